//! Guests written as text: a core module of a few lines, made a component of a world.
//!
//! The functions that a world imports have the names that the WIT has, `$lists.get-item` or
//! `$proxy.call`, and come with the signature that the canonical ABI gives them. Where it returns
//! more than one number, the last parameter says where in memory the result is to be put.

mod provider;

use commonhold_tests::root;
pub(crate) use provider::Provider;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, FunctionKind, PackageId, Resolve, TypeDefKind, WorldId, WorldItem};

/// WIT packages that guests are written against.
pub(crate) struct Wit {
    resolve: Resolve,
    package: PackageId,
}

impl Wit {
    /// The manager's own package.
    pub(crate) fn manager() -> Self {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
        Self { resolve, package }
    }

    /// A package of one's own, which can use the manager's.
    pub(crate) fn own(text: &str) -> Self {
        let mut wit = Self::manager();
        wit.package = wit.resolve.push_str("own.wit", text).unwrap();
        wit
    }

    /// The same, which can use `wasi:keyvalue` in one of its drafts.
    pub(crate) fn own_with_stores(draft: &str, text: &str) -> Self {
        let mut wit = Self::manager();
        wit.resolve.push_dir(root().join(format!("host/wit/keyvalue-{draft}"))).unwrap();
        wit.package = wit.resolve.push_str("own.wit", text).unwrap();
        wit
    }

    /// Makes a component of a world out of the fields of a module.
    pub(crate) fn component(&self, world: &str, fields: &str) -> Vec<u8> {
        let world = self.resolve.select_world(&[self.package], Some(world)).unwrap();
        let module = format!("(module {}\n{fields})", self.imports(world, fields));
        let mut module = wat::parse_str(&module).unwrap_or_else(|error| panic!("{error}\n{module}"));
        embed_component_metadata(&mut module, &self.resolve, world, StringEncoding::UTF8).unwrap();
        let mut encoder = ComponentEncoder::default();
        encoder.validate(true).module(&module).unwrap();
        encoder.encode().unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// The imports that the fields of a module use.
    fn imports(&self, world: WorldId, fields: &str) -> String {
        let mut imports = BTreeMap::new();
        for (key, item) in &self.resolve.worlds[world].imports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let module = self.resolve.name_world_key(key);
            let interface = &self.resolve.interfaces[*id];
            let short = interface.name.as_deref().unwrap_or(&module);
            for (name, function) in &interface.functions {
                let short = match &function.kind {
                    FunctionKind::Method(_) => name.trim_start_matches("[method]").to_owned(),
                    _ => format!("{short}.{}", name.trim_start_matches("[static]")),
                };
                imports.insert(short, (module.clone(), name.clone(), self.signature(function)));
            }
            for (name, id) in &interface.types {
                if matches!(self.resolve.types[*id].kind, TypeDefKind::Resource) {
                    let drop = (module.clone(), format!("[resource-drop]{name}"), "(param i32)".to_owned());
                    imports.insert(format!("{name}.drop"), drop);
                }
            }
        }
        let mut text = String::new();
        for (short, (module, name, signature)) in imports {
            if fields.contains(&format!("${short}")) {
                let _ = writeln!(text, "(import \"{module}\" \"{name}\" (func ${short} {signature}))");
            }
        }
        text
    }

    fn signature(&self, function: &Function) -> String {
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, function);
        let types = |types: &[WasmType]| -> String {
            let names = types.iter().map(|ty| match ty {
                WasmType::I32 | WasmType::Pointer | WasmType::Length => " i32",
                WasmType::I64 | WasmType::PointerOrI64 => " i64",
                WasmType::F32 => " f32",
                WasmType::F64 => " f64",
            });
            names.collect()
        };
        format!("(param{}) (result{})", types(&signature.params), types(&signature.results))
    }
}

/// One page of memory: from 0 on where results are put, from 1024 on the guest's own data.
pub(crate) const MEMORY: &str = r#"(memory (export "memory") 1)"#;

/// Hands out memory from 32 KiB on, and takes nothing back.
pub(crate) const REALLOC: &str = r#"
(global $free (mut i32) (i32.const 32768))
(func $realloc (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
        (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (block $fits
        (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow
            (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
        (unreachable))
    (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
    (local.get $at))
"#;

/// What most guests need. The results of the manager's functions have their case at 0 and the payload, an error
/// too, at 8; so has what `run` returns.
pub(crate) const HELPERS: &str = r#"
;; The handle that a function returned, which must not have failed.
(func $handle (param $result i32) (result i32)
    (if (i32.load8_u (local.get $result)) (then (unreachable)))
    (i32.load offset=8 (local.get $result)))

;; Arguments in memory, 24 bytes each.
(func $put-int (param $at i32) (param $number i64)
    (i32.store8 (local.get $at) (i32.const 2))
    (i64.store offset=8 (local.get $at) (local.get $number)))
(func $put-text (param $at i32) (param $start i32) (param $length i32)
    (i32.store8 (local.get $at) (i32.const 4))
    (i32.store offset=8 (local.get $at) (local.get $start))
    (i32.store offset=12 (local.get $at) (local.get $length)))
(func $put-proxy (param $at i32) (param $handle i32)
    (i32.store8 (local.get $at) (i32.const 6))
    (i32.store offset=8 (local.get $at) (local.get $handle)))
(func $put-tree (param $at i32) (param $start i32) (param $length i32) (param $proxies i32) (param $count i32)
    (i32.store8 (local.get $at) (i32.const 7))
    (i32.store offset=8 (local.get $at) (local.get $start))
    (i32.store offset=12 (local.get $at) (local.get $length))
    (i32.store offset=16 (local.get $at) (local.get $proxies))
    (i32.store offset=20 (local.get $at) (local.get $count)))

;; What `run` returns: null, and a number.
(func $null (result i32)
    (memory.fill (i32.const 896) (i32.const 0) (i32.const 80))
    (i32.const 896))
(func $int (param $number i64) (result i32)
    (call $put-int (i32.add (call $null) (i32.const 8)) (local.get $number))
    (i32.const 896))

;; Notes how calls ended, by their results: 255 for success, else the error's kind. `$notes` returns them.
(global $noted (mut i32) (i32.const 0))
(func $note (param $result i32)
    (i32.store8 offset=640 (global.get $noted)
        (select (i32.load8_u offset=8 (local.get $result)) (i32.const 255) (i32.load8_u (local.get $result))))
    (global.set $noted (i32.add (global.get $noted) (i32.const 1))))
(func $notes (result i32)
    (call $put-text (i32.add (call $null) (i32.const 8)) (i32.const 640) (global.get $noted))
    (i32.store8 offset=8 (i32.const 896) (i32.const 5))
    (i32.const 896))
"#;

/// A guest of the world `process`: the instructions of its `run`, which find its first two arguments' numbers or
/// handles in `$a` and `$b`, and all of them at `$args`.
pub(crate) struct Process {
    memory: String,
    realloc: String,
    fields: String,
    run: String,
}

impl Process {
    pub(crate) fn new(run: impl Into<String>) -> Self {
        Self { memory: MEMORY.into(), realloc: REALLOC.into(), fields: String::new(), run: run.into() }
    }

    /// More fields of the module.
    pub(crate) fn with(mut self, fields: impl AsRef<str>) -> Self {
        self.fields.push_str(fields.as_ref());
        self
    }

    /// Text at an address.
    pub(crate) fn data(self, at: u32, bytes: impl AsRef<[u8]>) -> Self {
        let escaped: String = bytes.as_ref().iter().map(|byte| format!("\\{byte:02x}")).collect();
        self.with(format!("(data (i32.const {at}) \"{escaped}\")"))
    }

    pub(crate) fn memory(mut self, memory: &str) -> Self {
        self.memory = memory.into();
        self
    }

    pub(crate) fn realloc(mut self, realloc: &str) -> Self {
        self.realloc = realloc.into();
        self
    }

    /// The module's fields, for a world of one's own.
    pub(crate) fn fields(&self) -> String {
        let Self { memory, realloc, fields, run } = self;
        let run = format!(
            r#"(func $run (export "run")
                (param $entry i32) (param $entry-length i32) (param $args i32) (param $count i32) (result i32)
                (local $a i32) (local $b i32) (local $i i32) (local $n i64)
                (local.set $a (i32.load offset=8 (local.get $args)))
                (local.set $b (i32.load offset=32 (local.get $args)))
                {run})"#
        );
        [memory, realloc, HELPERS, fields, &run].concat()
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        Wit::manager().component("process", &self.fields())
    }
}

/// Arguments as they are passed to the manager's functions: the case, and four numbers.
pub(crate) mod argument {
    pub(crate) const NULL: &str = "(i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)";

    pub(crate) fn int(number: i64) -> String {
        format!("(i32.const 2) (i64.const {number}) (i32.const 0) (i32.const 0) (i32.const 0)")
    }

    /// Text; `start` and `length` are instructions, as in the next ones.
    pub(crate) fn text(start: &str, length: &str) -> String {
        format!("(i32.const 4) (i64.extend_i32_u {start}) {length} (i32.const 0) (i32.const 0)")
    }

    pub(crate) fn bytes(start: &str, length: &str) -> String {
        format!("(i32.const 5) (i64.extend_i32_u {start}) {length} (i32.const 0) (i32.const 0)")
    }

    pub(crate) fn proxy(handle: &str) -> String {
        format!("(i32.const 6) (i64.extend_i32_u {handle}) (i32.const 0) (i32.const 0) (i32.const 0)")
    }

    pub(crate) fn tree(start: &str, length: &str, proxies: &str, count: &str) -> String {
        format!("(i32.const 7) (i64.extend_i32_u {start}) {length} {proxies} {count}")
    }
}

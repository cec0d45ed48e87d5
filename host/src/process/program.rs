use super::engine::{Class, Engines, TickingEngine};
use super::run::State;
use crate::error::Error;
use crate::object::NameGrants;
use crate::sync::{Arc, Mutex, OnceLock, Weak};
use crate::wit::bindings::{process, provider};
use crate::wit::{self, Files};
use wasmtime::component::{Component, Linker};
use wasmtime_wasi::p2::bindings::CommandPre;

/// A loaded program: its code under a name, with the files that belong to it.
pub(crate) struct Program {
    name: String,
    files: Arc<Files>,
    code: Arc<Code>,
    runs: bool,
    is_command: bool,
    provides: bool,
    /// Which names its processes may use, beside those that all may.
    names: Mutex<NameGrants>,
}

/// The components of all loaded programs, each once: all scripts have the same one, the interpreter.
#[derive(Default)]
pub(super) struct Codes(Mutex<Vec<Weak<Code>>>);

/// A component, and what is compiled of it for each class of engines, made when first needed.
struct Code {
    wasm: Vec<u8>,
    plain: OnceLock<Prepared>,
    metered: OnceLock<Prepared>,
    /// Held while compiling, so that whoever needs the same meanwhile waits for it.
    compiling: Mutex<()>,
}

/// A program that is ready to be instantiated on one engine.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(super) engine: Arc<TickingEngine>,
    pub(super) process: Option<process::ProcessPre<State>>,
    pub(super) command: Option<CommandPre<State>>,
    pub(super) provider: Option<provider::ProviderPre<State>>,
}

/// The interface that a provider exports.
pub(crate) const CUSTOM_TYPES: &str = "commonhold:manager/custom-types@0.1.0";

/// What a WASI command exports, in whichever version of 0.2.
pub(crate) const COMMAND: &str = "wasi:cli/run@0.2";

impl Program {
    pub(super) fn load(
        codes: &Codes,
        engines: &Engines,
        name: &str,
        wasm: Vec<u8>,
        files: Files,
        metered: bool,
    ) -> Result<Self, Error> {
        let failed = |reason: String| Error::Load { program: name.to_owned(), reason };
        check_header(&wasm).map_err(failed)?;
        let code = codes.get(wasm);
        let class = if metered { Class::Metered } else { Class::Plain };
        let prepared = code.prepared(engines, class).map_err(failed)?;
        let (is_command, provides) = (prepared.command.is_some(), prepared.provider.is_some());
        let runs = prepared.process.is_some() || is_command;
        let (name, files, names) = (name.to_owned(), Arc::new(files), Mutex::default());
        Ok(Self { name, files, code, runs, is_command, provides, names })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Lets the processes to come that the host starts of it use these names, too.
    pub(crate) fn grant_names(&self, grants: NameGrants) {
        let mut names = self.names.lock();
        *names = std::mem::take(&mut *names).and(grants);
    }

    pub(super) fn names(&self) -> NameGrants {
        self.names.lock().clone()
    }

    /// Whether it has entries.
    pub(crate) fn runs(&self) -> bool {
        self.runs
    }

    /// Whether it is a WASI command, whose one entry is `main`.
    pub(crate) fn is_command(&self) -> bool {
        self.is_command
    }

    /// Whether it implements shared types.
    pub(crate) fn provides(&self) -> bool {
        self.provides
    }

    /// The program for a class of engines, which is compiled the first time.
    pub(super) fn prepared(&self, engines: &Engines, class: Class) -> Result<Prepared, String> {
        self.code.prepared(engines, class)
    }
}

impl Codes {
    /// The code that a component stands for: the one that there is already, if somebody has it.
    fn get(&self, wasm: Vec<u8>) -> Arc<Code> {
        let mut codes = self.0.lock();
        codes.retain(|code| code.strong_count() > 0);
        if let Some(same) = codes.iter().filter_map(Weak::upgrade).find(|code| code.wasm == wasm) {
            return same;
        }
        let code =
            Arc::new(Code { wasm, plain: OnceLock::new(), metered: OnceLock::new(), compiling: Mutex::default() });
        codes.push(Arc::downgrade(&code));
        code
    }
}

impl Code {
    fn prepared(&self, engines: &Engines, class: Class) -> Result<Prepared, String> {
        let cell = match class {
            Class::Plain => &self.plain,
            Class::Metered => &self.metered,
        };
        if let Some(prepared) = cell.get() {
            return Ok(prepared.clone());
        }
        // It takes seconds, in which this thread is of no use to other guests.
        tokio::task::block_in_place(|| {
            let _one_at_a_time = self.compiling.lock();
            if let Some(prepared) = cell.get() {
                return Ok(prepared.clone());
            }
            let prepared = Prepared::new(engines, class, &self.wasm)?;
            let _ = cell.set(prepared.clone());
            Ok(prepared)
        })
    }
}

/// Tells what is no component at all from what is a bad one.
fn check_header(wasm: &[u8]) -> Result<(), String> {
    const MAGIC: &[u8] = b"\0asm";
    match wasm.get(..8) {
        _ if wasm.is_empty() => Err("the file is empty".into()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err("it is a core WebAssembly module, not a component; \
            'commonhold build FILE' makes a component of one that was built with the SDK"
            .into()),
        Some(header) if header.starts_with(MAGIC) => Ok(()),
        _ => Err("it is not a WebAssembly component (it does not begin with \\0asm)".into()),
    }
}

impl Prepared {
    fn new(engines: &Engines, class: Class, wasm: &[u8]) -> Result<Self, String> {
        let engine = engines.get(class).map_err(|error| error.to_string())?.clone();
        let component = Component::new(engine.engine(), wasm).map_err(|error| {
            let error = format!("{error:#}");
            if error.contains("component-model-async") || error.contains("component model async") {
                format!("it uses component-model async, which this host does not run: {error}")
            } else {
                format!("it is damaged, cut off, or made for another version of WebAssembly; build it anew ({error})")
            }
        })?;
        let exports = |name: &str| component.get_export_index(None, name).is_some();
        let (runs, provides) = (exports("run"), exports(CUSTOM_TYPES));
        // What has entries of this manager's is more than a command.
        let is_command = !runs && exports_command(&component);
        if !runs && !provides && !is_command {
            return Err("it was made for another world: it exports neither 'run' nor \
                'commonhold:manager/custom-types@0.1.0' nor 'wasi:cli/run@0.2'"
                .into());
        }
        let linker = linker(&engine).map_err(|error| format!("{error:#}"))?;
        let another_world = |error: wasmtime::Error| format!("it was made for another world: {error:#}");
        let instance = linker.instantiate_pre(&component).map_err(|error| match foreign_import(&component) {
            Some(name) => format!("it was made for another world: it imports {name}, which is not of this host"),
            None => another_world(error),
        })?;
        Ok(Self {
            process: runs.then(|| process::ProcessPre::new(instance.clone())).transpose().map_err(another_world)?,
            command: is_command.then(|| CommandPre::new(instance.clone())).transpose().map_err(another_world)?,
            provider: provides.then(|| provider::ProviderPre::new(instance)).transpose().map_err(another_world)?,
            engine,
        })
    }
}

fn exports_command(component: &Component) -> bool {
    let ty = component.component_type();
    ty.exports(component.engine()).any(|(name, _)| name.starts_with(COMMAND))
}

/// The first import that is neither the manager's nor one of WASI.
fn foreign_import(component: &Component) -> Option<String> {
    let ty = component.component_type();
    let mut imports = ty.imports(component.engine()).map(|(name, _)| name.to_owned());
    imports.find(|name| !name.starts_with("commonhold:manager/") && !name.starts_with("wasi:"))
}

/// All that a program may import.
fn linker(engine: &TickingEngine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine.engine());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wit::add_to_linker(&mut linker)?;
    wit::keyvalue::add_to_linker(&mut linker)?;
    Ok(linker)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wit_component::{StringEncoding, embed_component_metadata};

    /// A process that does nothing, and differs from others by its name.
    fn component(name: &str) -> Vec<u8> {
        let mut resolve = wit_parser::Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
        let world = resolve.select_world(&[package], Some("process")).unwrap();
        let module = format!(
            "(module
                (memory (export \"memory\") 1)
                (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable)
                (func ${name} (export \"run\") (param i32 i32 i32 i32) (result i32) unreachable))"
        );
        let mut module = wat::parse_str(module).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        crate::build::componentize(&module).unwrap()
    }

    /// Where the machine code is.
    fn place(prepared: Prepared) -> usize {
        prepared.process.unwrap().instance_pre().component().image_range().start.addr()
    }

    #[test]
    fn a_component_is_compiled_once_however_many_need_it_at_once() {
        let (codes, engines) = (Codes::default(), Engines::new(None));
        let wasm = component("one");
        for class in [Class::Plain, Class::Metered] {
            let load = || {
                let code = codes.get(wasm.clone());
                // The code goes with the last that has it: all have it to the end.
                (place(code.prepared(&engines, class).unwrap()), code)
            };
            let loaded: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(load)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(loaded.iter().map(|(place, _)| *place).collect::<BTreeSet<_>>().len(), 1, "{class:?}");
        }
    }

    #[test]
    fn programs_share_code_as_long_as_one_has_it() {
        let (codes, engines) = (Codes::default(), Engines::new(None));
        let load =
            |name: &str| Program::load(&codes, &engines, name, component(name), Files::default(), false).unwrap();
        let (one, same, other) = (load("one"), load("one"), load("other"));
        assert!(Arc::ptr_eq(&one.code, &same.code) && !Arc::ptr_eq(&one.code, &other.code));
        assert_eq!(codes.0.lock().len(), 2);
        drop((one, same));
        let _again = load("other");
        assert_eq!(codes.0.lock().len(), 1);
    }
}

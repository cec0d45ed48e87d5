//! Files that are no programs: an error that names the file and what is wrong with it, when it is loaded.

use super::Ground;
use crate::wat::{Process, Wit};
use commonhold::Error;

/// Loading a file of that name with that in it fails: why.
async fn refused(ground: &Ground, name: &str, wasm: &[u8]) -> String {
    let folder = std::env::temp_dir().join(format!("commonhold-loading-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.wasm"));
    std::fs::write(&file, wasm).unwrap();
    let loaded = ground.manager.load(&file).await;
    std::fs::remove_file(&file).unwrap();
    let _ = std::fs::remove_dir(&folder);
    let error = loaded.expect_err("it was loaded");
    assert!(ground.manager.program(name).is_err(), "it was kept under its name");
    let Error::Load { program, reason } = &error else { panic!("{error:?}") };
    assert_eq!(*program, file.display().to_string());
    assert!(!reason.contains('\n'), "more than one line: {reason}");
    assert_eq!(error.to_string(), format!("cannot load '{program}': {reason}"));
    reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_component_is_refused_with_its_name() {
    let ground = Ground::new().await;
    assert_eq!(refused(&ground, "empty", b"").await, "the file is empty");
    for text in
        [&b"#!/bin/sh\necho hello\n"[..], b"(component)", b"\x7fELF\x02\x01\x01\0\0\0\0\0", b"\0as", b"PK\x03\x04"]
    {
        let reason = refused(&ground, "text", text).await;
        assert_eq!(reason, "it is not a WebAssembly component (it does not begin with \\0asm)");
    }
    let module = wat::parse_str("(module (func (export \"run\")))").unwrap();
    let reason = refused(&ground, "module", &module).await;
    assert!(reason.starts_with("it is a core WebAssembly module, not a component; 'commonhold build"), "{reason}");
    // A version of the format that does not exist.
    let reason = refused(&ground, "future", b"\0asm\x0e\0\x01\0").await;
    assert!(reason.starts_with("it is damaged, cut off, or made for another version of WebAssembly"), "{reason}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_cut_off_anywhere_is_refused() {
    let ground = Ground::new().await;
    let whole = Process::new("(call $lists.length (local.get $a) (i32.const 128)) (i32.const 128)").component();
    // Every length would be much compiling; these are spread over all sections.
    for length in (1..whole.len()).step_by(97).chain([4, 7, 8, 9, whole.len() - 1]) {
        refused(&ground, "cut-off", &whole[..length]).await;
    }
    ground.unharmed().await;
}

/// One bit is wrong, at many places: either it is refused, or it is another valid component.
#[tokio::test(flavor = "multi_thread")]
async fn a_component_with_a_flipped_bit_harms_nobody() {
    let ground = Ground::new().await;
    let whole = Process::new("(call $null)").component();
    let (mut refused, mut loaded) = (0, 0);
    for bit in (0..whole.len() * 8).step_by(61) {
        let mut broken = whole.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        match ground.manager.load_bytes("flipped", broken, []).await {
            Err(Error::Load { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
            Ok(program) => {
                // It may run for ever; whatever it does, it is one process's business.
                let process = program.spawn("main", (&ground.list,)).unwrap();
                let _ = tokio::time::timeout(std::time::Duration::from_millis(50), process.outcome()).await;
                process.kill().await.unwrap();
                loaded += 1;
            }
        }
    }
    assert!(refused > 10 && loaded > 10, "{refused} refused, {loaded} loaded");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_for_another_world_is_refused_with_what_it_lacks() {
    let ground = Ground::new().await;
    let nothing = Wit::own("package mine:nothing; world nothing { export greet: func(); }");
    let wasm = nothing.component("nothing", "(func (export \"greet\"))");
    assert_eq!(
        refused(&ground, "greeter", &wasm).await,
        "it was made for another world: it exports neither 'run' nor 'commonhold:manager/custom-types@0.1.0' nor \
         'wasi:cli/run@0.2'"
    );

    // The right name, and the wrong type.
    for (wit, field) in [
        ("run: func()", "(func (export \"run\"))"),
        ("run: func(entry: string)", "(func (export \"run\") (param i32 i32))"),
        ("run: func(entry: u32) -> u32", "(func (export \"run\") (param i32) (result i32) (i32.const 0))"),
    ] {
        let other = Wit::own(&format!("package mine:other; world other {{ export {wit}; }}"));
        let realloc = [crate::wat::MEMORY, crate::wat::REALLOC, field].concat();
        let reason = refused(&ground, "other", &other.component("other", &realloc)).await;
        assert!(reason.starts_with("it was made for another world: ") && reason.contains("run"), "{reason}");
    }
    // `run` is not even a function, and the provider's interface is an empty one.
    let instance = wat::parse_str("(component (instance (export \"run\")))").unwrap();
    let reason = refused(&ground, "instance", &instance).await;
    assert!(reason.starts_with("it was made for another world: ") && reason.contains("run"), "{reason}");
    let empty = wat::parse_str("(component (instance (export \"commonhold:manager/custom-types@0.1.0\")))").unwrap();
    let reason = refused(&ground, "empty-provider", &empty).await;
    assert!(reason.starts_with("it was made for another world: "), "{reason}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_imports_what_is_not_there_is_refused_with_its_name() {
    let ground = Ground::new().await;
    let unknown = Wit::own(
        "package mine:unknown;
         interface weather { forecast: func() -> u32; }
         world unknown { include commonhold:manager/process@0.1.0; import weather; }",
    );
    let fields = Process::new("(drop (call $weather.forecast)) (call $null)").fields();
    let reason = refused(&ground, "unknown", &unknown.component("unknown", &fields)).await;
    assert!(
        reason.starts_with("it was made for another world: ") && reason.contains("mine:unknown/weather"),
        "{reason}"
    );

    // An interface that is there, in which a function is not.
    let newer = r#"(component
        (import "commonhold:manager/files@0.1.0" (instance (export "remove" (func (param "path" string)))))
        (core module $m (func (export "run")))
        (core instance $i (instantiate $m))
        (func (export "run") (canon lift (core func $i "run"))))"#;
    let reason = refused(&ground, "newer", &wat::parse_str(newer).unwrap()).await;
    assert!(reason.contains("commonhold:manager/files@0.1.0") && reason.contains("remove"), "{reason}");

    // The outside world, of which there is only what is granted by WASI's own interfaces.
    let network = r#"(component
        (import "wasi:http/outgoing-handler@0.2.0" (instance))
        (core module $m (func (export "run")))
        (core instance $i (instantiate $m))
        (func (export "run") (canon lift (core func $i "run"))))"#;
    refused(&ground, "network", &wat::parse_str(network).unwrap()).await;
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_needs_async_is_refused_and_told_so() {
    let ground = Ground::new().await;
    let waits = r#"(component
        (core module $m (func (export "run") (result i32) (i32.const 0))
                        (func (export "cb") (param i32 i32 i32) (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func (export "run") async (canon lift (core func $i "run") async (callback (func $i "cb")))))"#;
    let reason = refused(&ground, "waits", &wat::parse_str(waits).unwrap()).await;
    assert!(reason.starts_with("it uses component-model async, which this host does not run"), "{reason}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_refused_with_its_path() {
    let ground = Ground::new().await;
    let error = ground.manager.load("/no/such/program.wasm").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot load '/no/such/program.wasm': there is no such file");
    let error = ground.manager.load(std::env::temp_dir()).await.unwrap_err();
    let folder = std::env::temp_dir().display().to_string();
    assert_eq!(error.to_string(), format!("cannot load '{folder}': it is a directory"));
    ground.unharmed().await;
}

/// A program that is loaded in place of another and is refused leaves the other one there.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_replaces_nothing() {
    let ground = Ground::new().await;
    assert!(ground.manager.load_bytes("honest", b"\0asm".to_vec(), []).await.is_err());
    let honest = ground.manager.program("honest").unwrap().spawn("main", (&ground.list,)).unwrap();
    assert_eq!(honest.join::<i64>().await.unwrap(), 4);
    drop(honest);
    ground.unharmed().await;
}

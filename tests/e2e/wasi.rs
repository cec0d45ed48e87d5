//! WASI commands, components that export `wasi:cli/run`: the manager runs them as they are.

use crate::commands::Folder;
use crate::wat::{Process, Wit};
use commonhold::{Dict, Error, ErrorKind, Limits, Manager, Outcome, SpawnOptions, Value};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;
use std::time::Duration;

/// A command of a version of the system interface that does this and gives the number.
fn command(version: &str, body: &str) -> Vec<u8> {
    let wit = Wit::own(&format!(
        "package mine:command;
         world command {{ import wasi:cli/exit@{version}; export wasi:cli/run@{version}; }}
         package wasi:cli@{version} {{
             interface exit {{ exit: func(status: result); }}
             interface run {{ run: func() -> result; }}
         }}"
    ));
    let run =
        format!("(memory (export \"memory\") 1) (func (export \"wasi:cli/run@{version}#run\") (result i32) {body})");
    wit.component("command", &run)
}

async fn outcome(manager: &Manager, component: Vec<u8>) -> Outcome {
    let program = manager.load_bytes("command", component, []).await.unwrap();
    assert!(program.has_entries() && !program.is_provider());
    program.spawn("main", ()).unwrap().outcome().await.unwrap()
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    match result {
        Err(Error::Call(error)) => error.kind,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it did not fail"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_any_version_of_0_2_ends_as_it_says() {
    let manager = manager();
    for version in ["0.2.0", "0.2.3", "0.2.12"] {
        let ended = outcome(&manager, command(version, "(i32.const 0)")).await;
        assert!(matches!(ended, Outcome::Returned(Value::Null)), "{ended:?}");
        let ended = outcome(&manager, command(version, "(i32.const 1)")).await;
        assert!(matches!(ended, Outcome::Exited(1)), "{ended:?}");
        for status in [0, 1] {
            let exits = format!("(call $exit.exit (i32.const {status})) (unreachable)");
            let ended = outcome(&manager, command(version, &exits)).await;
            assert!(matches!(ended, Outcome::Exited(exited) if exited == status), "{ended:?}");
        }
        let ended = outcome(&manager, command(version, "(unreachable)")).await;
        assert!(matches!(&ended, Outcome::Trapped(error) if error.message.contains("unreachable")), "{ended:?}");
    }
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_can_be_killed_and_has_limits() {
    let manager = manager();
    let program =
        manager.load_bytes("command", command("0.2.0", "(loop $on (br $on)) (i32.const 0)"), []).await.unwrap();
    let process = program.spawn("main", ()).unwrap();
    process.kill().await.unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));
    drop(process);
    let mut limits = Limits::default();
    limits.time = Some(Duration::from_millis(1));
    let process = program.spawn_with("main", (), SpawnOptions::new().limits(limits)).unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::LimitExceeded(_)));
    drop(process);
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_has_one_entry_and_takes_texts() {
    let manager = manager();
    let program = load(&manager, "keyvalue").await;
    let list = manager.list([1]).unwrap();
    assert_eq!(kind(program.spawn("other", ())), ErrorKind::NoSuchEntry);
    assert_eq!(kind(program.spawn("main", (1,))), ErrorKind::Type);
    let error = program.spawn("main", ("a", &list)).unwrap_err().to_string();
    assert!(
        error.contains("program 'keyvalue' is a WASI command: its arguments are texts, not 'ListProxy'"),
        "{error}"
    );
    // It runs once, so it is nothing for a pool.
    assert_eq!(kind(program.pool(1)), ErrorKind::NoSuchEntry);
    assert_eq!(manager.number_of_processes(), 0);
    assert_exact(&manager, &BTreeMap::from([(list.proxy().id(), 1)]));
}

/// With arguments, and waits for it, as for any other child.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_starts_a_command_as_its_child() {
    let manager = manager();
    let dict: Dict<String, Value> = manager.dict([]).unwrap();
    manager.keyvalue_store("s", dict.proxy()).unwrap();
    load(&manager, "keyvalue").await;
    let parent = Process::new(
        "(call $put-text (i32.const 2048) (i32.const 1040) (i32.const 6))
         (call $put-text (i32.const 2072) (i32.const 1046) (i32.const 9))
         (call $processes.spawn (i32.const 1) (i32.const 1024) (i32.const 8) (i32.const 1032) (i32.const 4)
             (i32.const 2048) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
         (call $processes.join (call $handle (i32.const 128)) (i32.const 0) (i64.const 0) (i32.const 256))
         (call $note (i32.const 256))
         (call $notes)",
    )
    .data(1024, "keyvaluemain    open sset a ok!");
    let program = manager.load_bytes("parent", parent.component(), []).await.unwrap();
    let noted: Value = program.spawn("main", ()).unwrap().join().await.unwrap();
    assert_eq!(noted, Value::Bytes(vec![255]));
    assert_eq!(dict.to_string(), "{'a': b'ok!'}");
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(dict.proxy().id(), 2)]));
}

/// What has entries of the manager's is run by these.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_both_is_no_command() {
    let manager = manager();
    let wit = Wit::own(
        "package mine:both;
         world both { include commonhold:manager/process@0.1.0; export wasi:cli/run@0.2.0; }
         package wasi:cli@0.2.0 { interface run { run: func() -> result; } }",
    );
    let run = Process::new("(call $int (i64.const 5))")
        .with("(func (export \"wasi:cli/run@0.2.0#run\") (result i32) (unreachable))");
    let ended = outcome(&manager, wit.component("both", &run.fields())).await;
    assert!(matches!(ended, Outcome::Returned(Value::Int(5))), "{ended:?}");
}

#[test]
fn the_program_runs_a_command_with_its_arguments_and_stores() {
    let folder = Folder::new("wasi");
    folder.guest("keyvalue").guest("keyvalue-draft2").write("greeting", "set a hello").write(
        "commonhold.toml",
        "main = \"keyvalue.wasm\"\nkeyvalue = [\"one\"]\nargs = [\"open one\", \"increment n 5\", \"open two\"]\n",
    );
    let steps = ["open notes", "@greeting", "get a", "open", "fail"];
    let ran = folder.run(&[&["run", "keyvalue.wasm", "--keyvalue", "notes", "--"], &steps[..]].concat());
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    assert_eq!(ran.out, "\"open\"\nOk(())\nOk(Some(\"hello\"))\nError::NoSuchStore\n");
    assert_eq!(folder.printed(&["run"]), "\"open\"\nOk(5)\nError::NoSuchStore\n");
    assert_eq!(folder.printed(&["run", "--keyvalue", "two"]), "\"open\"\nOk(5)\n\"open\"\n");
    let default = ["run", "keyvalue-draft2.wasm", "--keyvalue", "default", "--", "open", "increment n -5"];
    assert_eq!(folder.printed(&default), "\"open\"\nOk(-5)\n");
    // Without arguments there is nothing to do, and nothing to print.
    assert_eq!(folder.printed(&["run", "keyvalue.wasm", "--keyvalue", "default"]), "");
    let ran = folder.run(&["run", "keyvalue.wasm", "--entry", "other"]);
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (
            1,
            "commonhold: error: NoSuchEntry: program 'keyvalue' is a WASI command: its only entry is 'main', not 'other'\n"
        )
    );
    let ran = folder.run(&["run", "keyvalue.wasm", "--json", "--", "5"]);
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (1, "commonhold: error: TypeError: program 'keyvalue' is a WASI command: its arguments are texts, not 'int'\n")
    );
}

/// By its name, both ways: what is published is a store, and what is a store is published.
#[test]
fn a_store_is_what_is_published_under_its_name() {
    let folder = Folder::new("wasi-names");
    folder.guest("keyvalue").guest("basics");
    let notes = ["--publish", "notes=dict:[{\"a\": \"x\"}]", "--keyvalue", "notes"];
    let reads = ["--", "open notes", "get a"];
    let text = folder.printed(&[&["run", "keyvalue.wasm"], &notes[..], &reads[..]].concat());
    assert_eq!(text, "\"open\"\nOk(Some(\"x\"))\n");
    let args = [
        "--json",
        "--entry",
        "has_worked_on",
        "--",
        "\"notes\"",
        "\"keyvalue\"",
        "[\"open notes\", \"increment n 5\"]",
    ];
    for (store, expected) in [(&notes[..], "{\"a\":\"x\",\"n\":5}"), (&notes[2..], "{\"n\":5}")] {
        let text =
            folder.printed(&[&["run", "basics.wasm", "--program", "keyvalue=keyvalue.wasm"], store, &args].concat());
        assert_eq!(text, format!("\"open\"\nOk(5)\n{expected}\n"));
    }
    let ran = folder.run(&["run", "keyvalue.wasm", "--publish", "notes=list", "--keyvalue", "notes"]);
    let said = "commonhold: error: cannot make the store 'notes': TypeError: expected a proxy to a 'dict', got one to a 'list'\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, said));
}

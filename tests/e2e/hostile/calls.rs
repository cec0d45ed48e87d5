//! Calls whose numbers, names and lists are as large, as negative or as senseless as they can be.

use super::{Ground, argument, failed, noted, returned, trap};
use crate::wat::Process;
use commonhold::{ErrorKind, Outcome, Value};

const NOTE: &str = "(call $note (i32.const 128))";
const MIN: &str = "(i64.const 0x8000000000000000)";
const MAX: &str = "(i64.const 0x7fffffffffffffff)";

/// `$call-1`: calls a method with the argument at 2048.
const CALL: &str = "
    (func $call-1 (param $self i32) (param $name i32) (param $length i32)
        (call $proxy.call (local.get $self) (local.get $name) (local.get $length)
            (i32.const 2048) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 128)))";

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_does_not_exist_is_not_exposed_whatever_its_name() {
    let ground = Ground::new().await;
    let call = |start: u32, length: u32| {
        format!(
            "(call $proxy.call (local.get $a) (i32.const {start}) (i32.const {length})
                 (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128)) (i32.const 128)"
        )
    };
    let name = |name: &str| Process::new(call(1024, name.len() as u32)).data(1024, name);
    for nothing in
        ["", "no_such_method", "__class__", "__init__", "_state", "append ", "APPEND", "\0", "\n", "append\0"]
    {
        let error = failed(ground.run_with_list(&name(nothing)).await);
        assert_eq!(error.kind, ErrorKind::NotExposed, "{nothing:?}: {error}");
        ground.unharmed().await;
    }
    // A name of a megabyte does not come back as a message of a megabyte.
    let long = Process::new(format!(
        "(memory.fill (i32.const 65536) (i32.const 120) (i32.const 1048576)) {}",
        call(65536, 1 << 20)
    ))
    .memory(r#"(memory (export "memory") 20)"#);
    let error = failed(ground.run_with_list(&long).await);
    assert_eq!(error.kind, ErrorKind::NotExposed);
    assert!(error.message.len() < 1000, "a message of {} bytes", error.message.len());
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_or_program_that_does_not_exist_is_an_error_whatever_its_name() {
    let ground = Ground::new().await;
    let create = "(call $manager.create (local.get $a) (local.get $b)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))";
    let spawn = "(call $processes.spawn (i32.const 1) (local.get $a) (local.get $b) (local.get $a) (local.get $b)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))";
    for (call, kind) in [(create, ErrorKind::NoSuchType), (spawn, ErrorKind::NoSuchName)] {
        for (start, length) in [(1024, 0), (1024, 7), (65536, 1 << 20)] {
            let guest = Process::new(format!(
                "(memory.fill (i32.const 65536) (i32.const 120) (i32.const 1048576))
                 (local.set $a (i32.const {start})) (local.set $b (i32.const {length}))
                 {call} (i32.const 128)"
            ))
            .memory(r#"(memory (export "memory") 20)"#)
            // A process is a shared object, but not one that can be created.
            .data(1024, "Process");
            let error = failed(ground.run_with_list(&guest).await);
            assert_eq!(error.kind, kind);
            assert!(error.message.len() < 1000, "a message of {} bytes", error.message.len());
            ground.unharmed().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_extreme_indexes_are_error_values_or_clipped() {
    let ground = Ground::new().await;
    let item = argument::int(9);
    for index in [MIN, MAX, "(i64.const 3)", "(i64.const -4)"] {
        let guest = Process::new(format!(
            "(call $lists.get-item (local.get $a) {index} (i32.const 128)) {NOTE}
             (call $lists.set-item (local.get $a) {index} {item} (i32.const 128)) {NOTE}
             (call $lists.delete-item (local.get $a) {index} (i32.const 128)) {NOTE}
             (call $lists.pop (local.get $a) (i32.const 1) {index} (i32.const 128)) {NOTE}
             (call $lists.fetch-add (local.get $a) {index} {item} (i32.const 128)) {NOTE}
             (call $lists.index (local.get $a) {item} (i32.const 1) {index} (i32.const 1) {index} (i32.const 128)) {NOTE}
             (call $notes)"
        ));
        let noted = noted(ground.run_with_list(&guest).await);
        assert_eq!(noted, ["index", "index", "index", "index", "index", "value"], "{index}");
        ground.unharmed().await;
    }
    let insert = Process::new(format!(
        "(call $lists.insert (local.get $a) {MIN} {item} (i32.const 128)) {NOTE}
         (call $lists.insert (local.get $a) {MAX} {item} (i32.const 128)) {NOTE}
         (call $notes)"
    ));
    let list = ground.manager.list([1]).unwrap();
    assert_eq!(noted(ground.run(&insert, (&list,)).await), ["ok", "ok"]);
    assert_eq!(list.to_vec().unwrap(), [9, 1, 9]);
    drop(list);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_extreme_slices_are_clipped_and_a_step_of_zero_is_an_error() {
    let ground = Ground::new().await;
    let slice = |start: &str, stop: &str, step: &str| {
        let some = |part: &str| format!("(i32.const 1) {part}");
        format!("{} {} {}", some(start), some(stop), some(step))
    };
    let get = |slice: String| {
        Process::new(format!("(call $lists.get-slice (local.get $a) {slice} (i32.const 128)) (i32.const 128)"))
    };
    for (parts, expected) in [
        ((MIN, MAX, MAX), vec![1]),
        ((MIN, MAX, "(i64.const 1)"), vec![1, 2, 3]),
        ((MAX, MIN, MIN), vec![3]),
        ((MAX, MIN, "(i64.const -1)"), vec![3, 2, 1]),
        ((MAX, MIN, "(i64.const 1)"), vec![]),
        ((MIN, MIN, MIN), vec![]),
    ] {
        let value = returned(ground.run_with_list(&get(slice(parts.0, parts.1, parts.2))).await);
        assert_eq!(commonhold::from_value::<Vec<i64>>(value).unwrap(), expected, "{parts:?}");
    }
    let zero = slice(MIN, MAX, "(i64.const 0)");
    assert_eq!(failed(ground.run_with_list(&get(zero.clone())).await).kind, ErrorKind::Value);

    // Changing by such slices; all three are replaced by `(9,)`, which a step of the largest number can be.
    let nine = argument::tree("(i32.const 1024)", "(i32.const 4)", "(i32.const 0)", "(i32.const 0)");
    let change = Process::new(format!(
        "(call $lists.set-slice (local.get $a) {zero} {nine} (i32.const 128)) {NOTE}
         (call $lists.delete-slice (local.get $a) {zero} (i32.const 128)) {NOTE}
         (call $lists.set-slice (local.get $a) {} {nine} (i32.const 128)) {NOTE}
         (call $lists.set-slice (local.get $a) {} {nine} (i32.const 128)) {NOTE}
         (call $lists.set-slice (local.get $a) {} {nine} (i32.const 128)) {NOTE}
         (call $lists.delete-slice (local.get $a) {} (i32.const 128)) {NOTE}
         (call $notes)",
        slice(MAX, MIN, "(i64.const -1)"),
        slice(MIN, MAX, MAX),
        slice(MIN, MAX, "(i64.const 1)"),
        slice(MAX, MIN, MIN),
    ))
    .data(1024, [8, 1, 2, 18]);
    let list = ground.manager.list([1, 2, 3]).unwrap();
    let noted = noted(ground.run(&change, (&list,)).await);
    assert_eq!(noted, ["value", "value", "value", "ok", "ok", "ok"]);
    assert_eq!(list.len().unwrap(), 0);
    drop(list);
    ground.unharmed().await;
}

/// `l *= 2**40`, of which the items would not fit into any memory.
#[tokio::test(flavor = "multi_thread")]
async fn repeating_a_list_beyond_its_limit_is_an_error_value() {
    let ground = Ground::new().await;
    // More than there can be bytes is no memory, as in Python.
    for (times, error) in [("(i64.const 0x10000000000)", "quota-exceeded"), (MAX, "memory")] {
        let guest = Process::new(format!(
            "(call $lists.repeat (local.get $a) {times} (i32.const 128)) {NOTE}
             (call $lists.repeat-in-place (local.get $a) {times} (i32.const 128)) {NOTE}
             (i64.store offset=8 (i32.const 2048) {times}) (i32.store8 (i32.const 2048) (i32.const 2))
             (call $call-1 (local.get $a) (i32.const 1024) (i32.const 7)) {NOTE}
             (call $call-1 (local.get $a) (i32.const 1032) (i32.const 8)) {NOTE}
             (call $notes)"
        ))
        .with(CALL)
        .data(1024, "__mul__ __imul__");
        let noted = noted(ground.run_with_list(&guest).await);
        assert_eq!(noted, [error; 4], "{times}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeating_a_list_less_than_once_leaves_nothing() {
    let ground = Ground::new().await;
    for times in ["(i64.const 0)", "(i64.const -1)", MIN] {
        let list = ground.manager.list([1, 2, 3]).unwrap();
        let repeat =
            Process::new(format!("(call $lists.repeat (local.get $a) {times} (i32.const 128)) (i32.const 128)"));
        let value = returned(ground.run(&repeat, (&list,)).await);
        assert!(matches!(value, Value::List(items) if items.is_empty()), "{times}");
        let in_place =
            format!("(call $lists.repeat-in-place (local.get $a) {times} (i32.const 128)) {NOTE} (call $notes)");
        assert_eq!(noted(ground.run(&Process::new(in_place), (&list,)).await), ["ok"]);
        assert_eq!(list.len().unwrap(), 0);
        drop(list);
        ground.unharmed().await;
    }
}

/// A list that doubles itself, of items that take no memory to speak of, until it is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_doubles_itself_meets_its_limit() {
    let ground = Ground::with(commonhold::Manager::builder().max_container_length(1 << 16)).await;
    let own = argument::proxy("(local.get $a)");
    let guest = Process::new(format!(
        "(loop $more
            (call $lists.extend (local.get $a) {own} (i32.const 128))
            {NOTE}
            (br_if $more (i32.eqz (i32.load8_u (i32.const 128)))))
         (call $lists.append (local.get $a) {own} (i32.const 128)) {NOTE}
         (call $notes)"
    ));
    let list = ground.manager.list([1]).unwrap();
    let noted = noted(ground.run(&guest, (&list,)).await);
    assert_eq!(noted[..16], ["ok"; 16]);
    assert_eq!(noted[16..], ["quota-exceeded"; 2]);
    assert_eq!(list.len().unwrap(), 1 << 16);
    drop(list);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sorting_by_keys_that_are_none_changes_nothing() {
    let ground = Ground::new().await;
    let sort = |version: &str, keys: &str| {
        format!("(call $lists.sort-by-keys (local.get $a) {version} {keys} (i32.const 0) (i32.const 128)) {NOTE}")
    };
    let tree = |at: u32, length: u32| {
        argument::tree(&format!("(i32.const {at})"), &format!("(i32.const {length})"), "(i32.const 0)", "(i32.const 0)")
    };
    let version = "(i64.load (i32.const 264))";
    let own = argument::proxy("(local.get $a)");
    let guest = Process::new(
        [
            "(call $lists.snapshot (local.get $a) (i32.const 256))".to_owned(),
            // Keys that are not a list: null, a number, a text; a proxy to the list itself is one.
            sort(version, argument::NULL),
            sort(version, &argument::int(3)),
            // Too few, too many; of types that have no order; with another version.
            sort(version, &tree(1024, 4)),
            sort(version, &tree(1032, 10)),
            sort(version, &tree(1048, 7)),
            sort("(i64.const -1)", &tree(1056, 8)),
            sort(MAX, &own),
            sort(version, &tree(1056, 8)),
            "(call $notes)".into(),
        ]
        .concat(),
    )
    .data(1024, [7, 1, 2, 2])
    .data(1032, [7, 4, 2, 2, 2, 4, 2, 6, 2, 8])
    .data(1048, [7, 3, 2, 2, 0, 7, 0])
    .data(1056, [7, 3, 2, 2, 2, 4, 2, 6]);
    let noted = noted(ground.run_with_list(&guest).await);
    assert_eq!(noted, ["type", "type", "value", "value", "type", "stale", "stale", "ok"]);
    ground.unharmed().await;
}

/// 2**64 - 1 nanoseconds are 584 years.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_timeouts_wait_and_can_be_ended() {
    let ground = Ground::new().await;
    let free = ground.manager.lock();
    let acquire = "(call $locks.acquire (local.get $a) (i32.const 1) (i64.const -1) (i32.const 128))";
    let guest = Process::new(format!("{acquire} {NOTE} (call $notes)"));
    assert_eq!(noted(ground.run(&guest, (&free,)).await), ["ok"]);

    // Now it is taken, and stays so: its holder ended as it should.
    let program = ground.load(&guest).await;
    let waiting = program.spawn("main", (&free,)).unwrap();
    // By name, with a float of seconds: about as many as CPython takes.
    let by_name = Process::new(format!(
        "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store8 (i32.const 2056) (i32.const 1))
         (i32.store8 (i32.const 2072) (i32.const 3)) (f64.store (i32.const 2080) (f64.const 9e9))
         (call $proxy.call (local.get $a) (i32.const 1024) (i32.const 7) (i32.const 2048) (i32.const 2)
             (i32.const 0) (i32.const 0) (i32.const 128))
         {NOTE} (call $notes)"
    ))
    .data(1024, "acquire");
    let by_name = ground.load(&by_name).await.spawn("main", (&free,)).unwrap();
    let joining = Process::new(format!(
        "(call $processes.join (local.get $a) (i32.const 1) (i64.const -1) (i32.const 128)) {NOTE} (call $notes)"
    ));
    let joining = ground.load(&joining).await.spawn("main", (&waiting,)).unwrap();
    for process in [&joining, &waiting, &by_name] {
        assert!(process.is_alive());
        process.kill().await.unwrap();
        assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));
    }
    drop((free, waiting, by_name, joining));
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timeouts_that_are_no_times_are_error_values() {
    let ground = Ground::new().await;
    let lock = ground.manager.lock();
    let mut calls = String::new();
    for number in ["nan", "-nan:0x8000000000001", "inf", "-inf", "1e300", "-1e300", "-1", "0"] {
        calls += &format!(
            "(f64.store (i32.const 2080) (f64.const {number}))
             (call $proxy.call (local.get $a) (i32.const 1024) (i32.const 7) (i32.const 2048) (i32.const 2)
                 (i32.const 0) (i32.const 0) (i32.const 128)) {NOTE}"
        );
    }
    let guest = Process::new(format!(
        "(i32.store8 (i32.const 2048) (i32.const 1)) (i32.store8 (i32.const 2056) (i32.const 1))
         (i32.store8 (i32.const 2072) (i32.const 3))
         {calls} (call $notes)"
    ))
    .data(1024, "acquire");
    let noted = noted(ground.run(&guest, (&lock,)).await);
    // -1 is for ever, as in Python.
    assert_eq!(noted, ["value", "value", "overflow", "value", "overflow", "value", "ok", "ok"]);
    drop(lock);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowing_without_end_is_an_error_value() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(loop $more
            (call $proxy.narrow (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)
                (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))
            (if (i32.eqz (i32.load8_u (i32.const 128))) (then
                (local.set $a (i32.load (i32.const 136)))
                (br $more))))
         (i32.const 128)",
    );
    assert_eq!(failed(ground.run_with_list(&guest).await).kind, ErrorKind::QuotaExceeded);
    ground.unharmed().await;

    // A hundred thousand names of methods, each of nothing.
    let names = Process::new(
        "(call $proxy.narrow (local.get $a) (i32.const 1) (i32.const 65536) (i32.const 100000)
             (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))
         (i32.const 128)",
    )
    .memory(r#"(memory (export "memory") 20)"#);
    assert_eq!(failed(ground.run_with_list(&names).await).kind, ErrorKind::Attribute);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyword_that_is_given_twice_is_an_error_value() {
    let ground = Ground::new().await;
    for (times, expected) in [(1, "ok"), (2, "type")] {
        let guest = Process::new(format!(
            "(i32.store (i32.const 2048) (i32.const 1032)) (i32.store (i32.const 2052) (i32.const 7))
             (call $put-int (i32.const 2056) (i64.const 0))
             (memory.copy (i32.const 2080) (i32.const 2048) (i32.const 32))
             (call $proxy.call (local.get $a) (i32.const 1024) (i32.const 4)
                 (i32.const 0) (i32.const 0) (i32.const 2048) (i32.const {times}) (i32.const 128))
             {NOTE} (call $notes)"
        ))
        .data(1024, "sort    reverse");
        assert_eq!(noted(ground.run_with_list(&guest).await), [expected]);
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_program_does_not_have_is_none() {
    let ground = Ground::new().await;
    for path in ["", "/etc/passwd", "../../etc/passwd", "\0", "main.py"] {
        let guest = Process::new(format!(
            "(call $files.read (i32.const 1024) (i32.const {}) (i32.const 128))
             (call $int (i64.load8_u (i32.const 128)))",
            path.len()
        ))
        .data(1024, path);
        assert!(matches!(returned(ground.run_with_list(&guest).await), Value::Int(0)), "{path:?}");
    }
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_end_of_a_huge_panic_message_is_kept() {
    let ground = Ground::new().await;
    // Two bytes to a letter, so that the cut falls into one.
    let guest = Process::new(
        "(loop $more
            (i32.store16 (i32.add (i32.const 65537) (local.get $i)) (i32.const 0xa9c3))
            (local.set $i (i32.add (local.get $i) (i32.const 2)))
            (br_if $more (i32.lt_u (local.get $i) (i32.const 1048574))))
         (i32.store8 (i32.const 1114111) (i32.const 33))
         (call $processes.set-panic-message (i32.const 65537) (i32.const 1048575))
         (unreachable)",
    )
    .memory(r#"(memory (export "memory") 20)"#);
    let message = trap(ground.run_with_list(&guest).await);
    assert!(message.len() <= 64 << 10 && message.len() > (64 << 10) - 4, "{} bytes", message.len());
    assert!(message.starts_with('é') && message.ends_with("é!"));
    ground.unharmed().await;
}

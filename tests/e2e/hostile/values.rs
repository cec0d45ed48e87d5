//! Values that are none: malformed trees by every way into the manager, texts that are too long or no texts.

use super::{Ground, argument, failed, noted, returned, trap};
use crate::wat::Process;
use commonhold::{ErrorKind, Outcome, Program, Value};
use commonhold_tests::root;
use serde::Deserialize;

/// What is not a value.
#[derive(Deserialize)]
struct Malformed {
    name: String,
    data: String,
    proxies: usize,
}

impl Malformed {
    fn new(name: &str, data: Vec<u8>, proxies: usize) -> Self {
        let data = data.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name: name.into(), data, proxies }
    }

    fn bytes(&self) -> Vec<u8> {
        let digits = self.data.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }
}

/// The vectors that every SDK refuses, and some that are worse.
fn malformed() -> Vec<Malformed> {
    let vectors = std::fs::read_to_string(root().join("tests/vectors/malformed.json")).unwrap();
    let mut all: Vec<Malformed> = serde_json::from_str(&vectors).unwrap();
    assert!(all.len() > 50, "the vectors are there");
    let deep = |opening: &[u8], levels: usize| [opening.repeat(levels), vec![0]].concat();
    all.push(Malformed::new("lists, 10,000 deep", deep(&[7, 1], 10_000), 0));
    all.push(Malformed::new("tuples, 10,000 deep", deep(&[8, 1], 10_000), 0));
    all.push(Malformed::new("dicts, 10,000 deep", deep(&[9, 1, 0], 10_000), 0));
    all.push(Malformed::new("tuples as keys, 10,000 deep", deep(&[9, 1, 8, 1], 10_000), 0));
    all.push(Malformed::new("objects, 10,000 deep", deep(&[14, 0, 0], 10_000), 0));
    all.push(Malformed::new("slices, 10,000 deep", deep(&[12], 10_000), 0));
    all.push(Malformed::new("lists, a million deep and cut off", [7, 1].repeat(1_000_000), 0));
    all.push(Malformed::new(
        "lists of lists of 2**60 items",
        [7, 128, 128, 128, 128, 128, 128, 128, 128, 16].repeat(50),
        0,
    ));
    all.push(Malformed::new("100 proxies for no mark", vec![0], 100));
    all.push(Malformed::new("no proxy for 100 marks", [&[7, 100][..], &[13; 100]].concat(), 0));
    all
}

/// Ways into the manager for the bytes that a guest has at `$b`, so many as it has in `$n`, with the proxies at 2048,
/// so many as it has in `$i`.
fn ways_in() -> Vec<(&'static str, Process)> {
    let tree = argument::tree("(local.get $b)", "(i32.wrap_i64 (local.get $n))", "(i32.const 2048)", "(local.get $i)");
    // The same as the second of two arguments in memory.
    let put = "(call $put-tree (i32.const 1048)
                   (local.get $b) (i32.wrap_i64 (local.get $n)) (i32.const 2048) (local.get $i))";
    let null = argument::NULL;
    let dict = "(call $dicts.create (i32.const 128)) (local.set $a (call $handle (i32.const 128)))";
    let no = |count: usize| "(i32.const 0) ".repeat(count);
    let result = "(if (i32.load8_u (i32.const 128)) (then (return (i32.const 128)))) (call $null)";
    let bodies = vec![
        ("lists.create-from", format!("(call $lists.create-from {tree} (i32.const 128))")),
        ("lists.append", format!("(call $lists.append (local.get $a) {tree} (i32.const 128))")),
        ("lists.extend", format!("(call $lists.extend (local.get $a) {tree} (i32.const 128))")),
        ("lists.contains", format!("(call $lists.contains (local.get $a) {tree} (i32.const 128))")),
        ("lists.concat", format!("(call $lists.concat (local.get $a) {tree} (i32.const 128))")),
        (
            "lists.sort-by-keys",
            format!("(call $lists.sort-by-keys (local.get $a) (i64.const 0) {tree} (i32.const 0) (i32.const 128))"),
        ),
        (
            "lists.fetch-add",
            format!("(call $lists.fetch-add (local.get $a) (i64.const 0) {tree} (i32.const 128))"),
        ),
        ("dicts.create-from", format!("(call $dicts.create-from {tree} (i32.const 128))")),
        ("a dict's key", format!("{dict} (call $dicts.set-item (local.get $a) {tree} {null} (i32.const 128))")),
        ("a dict's value", format!("{dict} (call $dicts.set-item (local.get $a) {null} {tree} (i32.const 128))")),
        ("dicts.find", format!("{dict} (call $dicts.find (local.get $a) {tree} (i32.const 128))")),
        ("dicts.update", format!("{dict} (call $dicts.update (local.get $a) {tree} (i32.const 128))")),
        (
            "an argument of a method",
            format!(
                "{put} (call $proxy.call (local.get $a) (i32.const 1032) (i32.const 6)
                     (i32.const 1048) (i32.const 1) {} (i32.const 128))",
                no(2)
            ),
        ),
        (
            "a keyword argument of a method",
            // A name and an argument.
            format!(
                "{put} (i32.store (i32.const 1040) (i32.const 1032)) (i32.store (i32.const 1044) (i32.const 4))
                 (call $proxy.call (local.get $a) (i32.const 1032) (i32.const 6) {}
                     (i32.const 1040) (i32.const 1) (i32.const 128))",
                no(2)
            ),
        ),
        (
            "an argument of a constructor",
            format!(
                "{put} (call $manager.create (i32.const 1024) (i32.const 4) (i32.const 1048) (i32.const 1) {}
                     (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))",
                no(8)
            ),
        ),
        (
            "an argument of a process",
            format!(
                "{put} (call $processes.spawn {} (i32.const 1024) (i32.const 4) (i32.const 1048) (i32.const 1)
                     (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))",
                no(3)
            ),
        ),
        (
            "the returned value",
            "(i32.store8 (i32.const 128) (i32.const 0))
             (call $put-tree (i32.const 136) (local.get $b) (i32.wrap_i64 (local.get $n)) (i32.const 2048) (local.get $i))
             (return (i32.const 128))"
                .into(),
        ),
    ];
    let guest = |body: String| {
        Process::new(format!(
            "(local.set $b (i32.load offset=32 (local.get $args)))
             (local.set $n (i64.load32_u offset=36 (local.get $args)))
             (call $own-proxies (local.get $a) (i32.load offset=56 (local.get $args)))
             (local.set $i (i32.load offset=56 (local.get $args)))
             {body} {result}"
        ))
        .with(OWN_PROXIES)
        .data(1024, "list    append")
    };
    bodies.into_iter().map(|(name, body)| (name, guest(body))).collect()
}

/// Puts as many handles of a proxy at 2048 as is wanted.
const OWN_PROXIES: &str = "
    (func $own-proxies (param $proxy i32) (param $count i32)
        (loop $more
            (if (local.get $count) (then
                (local.set $count (i32.sub (local.get $count) (i32.const 1)))
                (i32.store offset=2048 (i32.shl (local.get $count) (i32.const 2)) (call $proxy.duplicate (local.get $proxy)))
                (br $more)))))";

async fn send(program: &Program, ground: &Ground, value: &Malformed) -> Outcome {
    let args = (&ground.list, Value::Bytes(value.bytes()), value.proxies);
    program.spawn("main", args).unwrap().outcome().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_tree_is_an_error_value_by_whichever_way_it_comes() {
    let ground = Ground::new().await;
    let malformed = malformed();
    for (way, guest) in ways_in() {
        let program = ground.load(&guest).await;
        for value in &malformed {
            let error = failed(send(&program, &ground, value).await);
            assert_eq!(error.kind, ErrorKind::BadValue, "{} by {way}: {error}", value.name);
            assert!(error.message.starts_with("malformed value: "), "{} by {way}: {error}", value.name);
            ground.unharmed().await;
        }
    }
}

/// What shows that the ways in of the test above are open to values that are well-formed.
#[tokio::test(flavor = "multi_thread")]
async fn a_well_formed_tree_comes_in_by_the_same_ways() {
    let ground = Ground::new().await;
    // ((), proxy), which is no number, no list of pairs and no list of keys.
    let value = Malformed::new("a tuple", vec![8, 2, 8, 0, 13], 1);
    for (way, guest) in ways_in() {
        let program = ground.load(&guest).await;
        let list = ground.manager.list([1, 2, 3]).unwrap();
        let args = (&list, Value::Bytes(value.bytes()), value.proxies);
        let outcome = program.spawn("main", args).unwrap().outcome().await.unwrap();
        let kind = match &outcome {
            Outcome::Returned(_) => "ok",
            Outcome::Failed(error) => error.kind.name(),
            other => panic!("{way}: {other:?}"),
        };
        let expected = match way {
            "lists.concat" | "lists.fetch-add" | "a keyword argument of a method" => "type",
            "lists.sort-by-keys" | "dicts.create-from" | "dicts.update" => "value",
            _ => "ok",
        };
        assert_eq!(kind, expected, "{way}: {outcome:?}");
        drop((outcome, list));
        // A process that was spawned on the way runs to its end by itself.
        while ground.manager.number_of_processes() > 0 {
            tokio::task::yield_now().await;
        }
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_with_malformed_arguments_is_still_that_error() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $own-proxies (local.get $a) (i32.load offset=56 (local.get $args)))
         (i32.store8 (i32.const 128) (i32.const 1))
         (i32.store8 (i32.const 136) (i32.const 1))
         (i32.store (i32.const 148) (i32.const 1024)) (i32.store (i32.const 152) (i32.const 3))
         (i32.store8 (i32.const 160) (i32.const 1))
         (call $put-tree (i32.const 168) (local.get $b) (i32.load offset=36 (local.get $args))
             (i32.const 2048) (i32.load offset=56 (local.get $args)))
         (i32.const 128)",
    )
    .with(OWN_PROXIES)
    .data(1024, "why");
    let program = ground.load(&guest).await;
    for value in malformed() {
        let error = failed(send(&program, &ground, &value).await);
        assert_eq!((error.kind, error.message.as_str(), error.args), (ErrorKind::Key, "why", None), "{}", value.name);
        ground.unharmed().await;
    }
    let whole = Malformed::new("a key", vec![8, 1, 13], 1);
    let error = failed(send(&program, &ground, &whole).await);
    assert!(matches!(error.args.as_deref(), Some(Value::Tuple(args)) if matches!(args[..], [Value::Proxy(_)])));
    drop(error);
    ground.unharmed().await;
}

/// The deepest value that is taken can be used for everything, on the small stack that a guest's calls have.
#[tokio::test(flavor = "multi_thread")]
async fn the_deepest_values_do_not_exhaust_the_stack() {
    let ground = Ground::new().await;
    let openings: [&[u8]; 5] = [&[7, 1], &[8, 1], &[9, 1, 0], &[11, 1], &[14, 0, 0]];
    for opening in openings {
        let hashable = matches!(opening[0], 8 | 11 | 14);
        // As deep as is taken.
        let mut levels = 500;
        let (list, dict, value) = loop {
            let value = Malformed::new("deep", [opening.repeat(levels), vec![0]].concat(), 0);
            let tree = argument::tree("(i32.const 1024)", &length(&value), "(i32.const 0)", "(i32.const 0)");
            let append =
                format!("(call $lists.append (local.get $a) {tree} (i32.const 128)) (call $note (i32.const 128))");
            let append = Process::new(format!("{append} {append} (call $notes)")).data(1024, value.bytes());
            let list = ground.manager.list([0; 0]).unwrap();
            let dict = ground.manager.dict([(0, 0); 0]).unwrap();
            if noted(ground.run(&append, (&list,)).await) == ["ok", "ok"] {
                break (list, dict, value);
            }
            levels -= 1;
            assert!(levels > 400, "hardly any depth is taken");
        };
        let tree = argument::tree("(i32.const 1024)", &length(&value), "(i32.const 0)", "(i32.const 0)");
        let null = argument::NULL;
        let note = "(call $note (i32.const 128))";
        let everything = Process::new(format!(
            "(call $lists.count (local.get $a) {tree} (i32.const 128)) {note}
             (call $lists.sort (local.get $a) (i32.const 0) (i32.const 128)) {note}
             (call $proxy.to-text (local.get $a) (i32.const 128)) {note}
             (call $proxy.get-value (local.get $a) (i32.const 128)) {note}
             (call $lists.repeat (local.get $a) (i64.const 3) (i32.const 128)) {note}
             (call $dicts.set-item (local.get $b) {tree} {tree} (i32.const 128)) {note}
             (call $dicts.set-item (local.get $b) {null} {tree} (i32.const 128)) {note}
             (call $dicts.items (local.get $b) (i32.const 128)) {note}
             (call $proxy.to-text (local.get $b) (i32.const 128)) {note}
             (call $notes)"
        ))
        .data(1024, value.bytes());
        let noted = noted(ground.run(&everything, (&list, &dict)).await);
        let sort = if matches!(opening[0], 9 | 14) { "type" } else { "ok" };
        let key = if hashable { "ok" } else { "type" };
        assert_eq!(noted, ["ok", sort, "ok", "ok", "ok", key, "ok", "ok", "ok"], "{opening:?}");
        drop((list, dict));
        ground.unharmed().await;
    }
}

fn length(value: &Malformed) -> String {
    format!("(i32.const {})", value.data.len() / 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_large_is_an_error_value() {
    let ground = Ground::limited(|limits| limits.value_bytes = 1000).await;
    let length = |length: usize| format!("(i32.const {length})");
    let append = |argument: String| {
        Process::new(format!("(call $lists.append (local.get $a) {argument} (i32.const 128)) (i32.const 128)"))
            .data(1024, [b'x'; 1001])
            .data(4096, [&[6, 0xe6, 0x07][..], &[0; 998]].concat())
    };
    let at = "(i32.const 1024)";
    let list = ground.manager.list([0; 0]).unwrap();
    for (argument, fits) in [
        (argument::text(at, &length(1000)), true),
        (argument::text(at, &length(1001)), false),
        (argument::bytes(at, &length(1000)), true),
        (argument::bytes(at, &length(1001)), false),
        (argument::tree("(i32.const 4096)", &length(1001), "(i32.const 0)", "(i32.const 0)"), false),
    ] {
        match ground.run(&append(argument), (&list,)).await {
            Outcome::Returned(_) => assert!(fits),
            Outcome::Failed(error) => {
                assert_eq!(error.message, "a value can take 1000 bytes at most");
                assert_eq!(error.kind, ErrorKind::QuotaExceeded);
                assert!(!fits);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(list.len().unwrap(), 2);

    // Nor does one get out that grew inside of the manager, or in as an argument of a process.
    for _ in 0..2 {
        list.push(&5).unwrap();
    }
    let copy = Process::new("(call $lists.copy (local.get $a) (i32.const 128)) (i32.const 128)");
    assert_eq!(failed(ground.run(&copy, (&list,)).await).kind, ErrorKind::QuotaExceeded);
    let given = ground.run(&Process::new("(call $null)"), ("x".repeat(1001),)).await;
    assert_eq!(failed(given).kind, ErrorKind::QuotaExceeded);

    // Nor as what a process returns.
    let returns = |length: usize| {
        Process::new(format!(
            "(call $put-text (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const {length})) (i32.const 896)"
        ))
        .data(1024, [b'x'; 1001])
    };
    assert!(matches!(returned(ground.run(&returns(1000), ()).await), Value::Text(text) if text.len() == 1000));
    assert_eq!(failed(ground.run(&returns(1001), ()).await).kind, ErrorKind::QuotaExceeded);
    drop(list);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_utf_8_ends_the_guest() {
    let ground = Ground::new().await;
    let text = argument::text("(i32.const 1024)", "(i32.const 4)");
    for bytes in [[0xff, 0, 0, 0], [b'a', 0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98, b'a']] {
        let append = format!("(call $lists.append (local.get $a) {text} (i32.const 128)) (call $null)");
        let message = ground.trapped(&Process::new(append).data(1024, bytes)).await;
        assert!(message.to_lowercase().contains("utf-8"), "{message}");
        ground.unharmed().await;
        let returned = "(call $put-text (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const 4))
            (i32.const 896)";
        let message = trap(ground.run_with_list(&Process::new(returned).data(1024, bytes)).await);
        assert!(message.to_lowercase().contains("utf-8"), "{message}");
        ground.unharmed().await;
    }
}

/// A number of arguments that no method has, but that a guest has the memory for.
#[tokio::test(flavor = "multi_thread")]
async fn a_million_arguments_are_an_error_value() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $proxy.call (local.get $a) (i32.const 1024) (i32.const 6) (i32.const 65536) (i32.const 1000000)
             (i32.const 0) (i32.const 0) (i32.const 128))
         (i32.const 128)",
    )
    .memory(r#"(memory (export "memory") 400)"#)
    .data(1024, "append");
    let error = failed(ground.run_with_list(&guest).await);
    assert_eq!(error.kind, ErrorKind::Type);
    assert!(error.message.contains("1000000"), "{error}");
    ground.unharmed().await;
}

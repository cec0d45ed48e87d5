//! Handles that were never given, are no more, are of something else, or are too many.

use super::{Ground, argument, failed, limit_exceeded, noted, trap};
use crate::wat::{Process, Wit};
use commonhold::{ErrorKind, Outcome, Value};

const DONE: &str = "(call $null)";

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_handle_ends_the_guest() {
    let ground = Ground::new().await;
    let guest = Process::new(format!("(call $lists.length (local.get $a) (i32.const 128)) {DONE}"));
    let program = ground.load(&guest).await;
    for forged in [0, 2, 77, 0x1000_0000, 0x3fff_ffff, 0x7fff_ffff, -1] {
        let message = trap(program.spawn("main", (forged,)).unwrap().outcome().await.unwrap());
        assert!(message.contains("handle index"), "{message}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_was_dropped_ends_the_guest_that_uses_it() {
    let ground = Ground::new().await;
    let dropped = "(call $proxy.drop (local.get $a))";
    let item = argument::proxy("(local.get $a)");
    for use_of_it in [
        "(call $lists.length (local.get $a) (i32.const 128))".to_owned(),
        "(drop (call $proxy.id (local.get $a)))".to_owned(),
        "(drop (call $proxy.duplicate (local.get $a)))".to_owned(),
        // In an argument, beside a handle that is good.
        format!("(call $lists.append (local.get $b) {item} (i32.const 128))"),
    ] {
        let guest = Process::new(format!("{dropped} {use_of_it} {DONE}"));
        let message = trap(ground.run(&guest, (&ground.list, &ground.list)).await);
        assert!(message.contains("handle index"), "{message}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_is_dropped_twice_ends_the_guest() {
    let ground = Ground::new().await;
    let guest = Process::new(format!("(call $proxy.drop (local.get $a)) (call $proxy.drop (local.get $a)) {DONE}"));
    let message = ground.trapped(&guest).await;
    assert!(message.contains("handle index"), "{message}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_handle_cannot_be_dropped() {
    let ground = Ground::new().await;
    let message = ground.trapped(&Process::new(format!("(call $proxy.drop (i32.const 5)) {DONE}"))).await;
    assert!(message.contains("handle index"), "{message}");
    ground.unharmed().await;
}

/// The output stream's handle is a good one, only not of a proxy.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_of_another_resource_ends_the_guest() {
    let ground = Ground::new().await;
    let wit = Wit::own(
        "package mine:streaming;
         world streaming { include commonhold:manager/process@0.1.0; import wasi:cli/stdout@0.2.0; }
         package wasi:io@0.2.0 { interface streams { resource output-stream; } }
         package wasi:cli@0.2.0 {
             interface stdout { use wasi:io/streams@0.2.0.{output-stream}; get-stdout: func() -> output-stream; }
         }",
    );
    for confusion in [
        "(call $lists.length (call $stdout.get-stdout) (i32.const 128))",
        "(call $proxy.drop (call $stdout.get-stdout))",
        "(call $output-stream.drop (i32.load offset=8 (local.get 2)))",
    ] {
        let fields = Process::new(format!("{confusion} {DONE}")).fields();
        let program = ground.manager.load_bytes("stream", wit.component("streaming", &fields), []).await.unwrap();
        let message = trap(program.spawn("main", (&ground.list,)).unwrap().outcome().await.unwrap());
        assert!(message.contains("handle index"), "{message}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_to_another_type_is_an_error_value() {
    let ground = Ground::new().await;
    let key = argument::int(0);
    let guest = Process::new(format!(
        "(call $dicts.create (i32.const 128))
         (local.set $b (call $handle (i32.const 128)))
         (call $lists.length (local.get $b) (i32.const 128)) (call $note (i32.const 128))
         (call $dicts.get-item (local.get $a) {key} (i32.const 128)) (call $note (i32.const 128))
         (call $locks.release (local.get $a) (i32.const 128)) (call $note (i32.const 128))
         (call $locks.acquire (local.get $b) (i32.const 0) (i64.const 0) (i32.const 128)) (call $note (i32.const 128))
         (call $iterators.next (local.get $a) (i32.const 128)) (call $note (i32.const 128))
         (call $processes.kill (local.get $a) (i32.const 128)) (call $note (i32.const 128))
         (call $processes.join (local.get $a) (i32.const 0) (i64.const 0) (i32.const 128)) (call $note (i32.const 128))
         (call $lists.length (local.get $a) (i32.const 128)) (call $note (i32.const 128))
         (call $notes)"
    ));
    let noted = noted(ground.run_with_list(&guest).await);
    assert_eq!(noted, ["type", "type", "type", "type", "type", "type", "type", "ok"]);
    ground.unharmed().await;
}

/// Creates lists until there is an error, drops the last of them, and creates one again.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_handles_meets_an_error_and_then_goes_on() {
    let ground = Ground::limited(|limits| limits.proxies = 100).await;
    let create = "(call $lists.create (i32.const 128))";
    let guest = Process::new(format!(
        "(loop $more
            {create}
            (if (i32.eqz (i32.load8_u (i32.const 128))) (then
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (local.set $b (i32.load (i32.const 136)))
                (br $more))))
         (call $note (i32.const 128))
         (call $proxy.drop (local.get $b))
         {create} (call $note (i32.const 128))
         {create} (call $note (i32.const 128))
         (i32.store8 (i32.const 128) (i32.const 1)) (i32.store8 (i32.const 136) (local.get $i)) (call $note (i32.const 128))
         (call $notes)"
    ));
    let Outcome::Returned(Value::Bytes(noted)) = ground.run_with_list(&guest).await else { panic!("no notes") };
    let quota = ErrorKind::ALL.iter().position(|kind| *kind == ErrorKind::QuotaExceeded).unwrap() as u8;
    assert_eq!(noted, [quota, 255, quota, 99]);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_duplicates_ends_as_limit_exceeded() {
    let ground = Ground::limited(|limits| limits.proxies = 100).await;
    let count = argument::int(1);
    for flood in ["(drop (call $proxy.duplicate (local.get $a)))", "(drop (call $processes.current))"] {
        let list = ground.manager.list([0; 0]).unwrap();
        let guest = Process::new(format!(
            "(loop $more
                {flood}
                (call $lists.append (local.get $a) {count} (i32.const 128))
                (br $more))
             (unreachable)"
        ));
        let message = limit_exceeded(ground.run(&guest, (&list,)).await);
        assert_eq!(message, "a process can hold 100 proxies at most");
        // Besides the one that it was given.
        assert_eq!(list.len().unwrap(), 99);
        drop(list);
        ground.unharmed().await;
    }
}

/// Whatever gives a proxy refuses to, and what was made for it is gone again.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_table_is_an_error_of_whatever_would_give_one_more() {
    let ground = Ground::limited(|limits| limits.proxies = 3).await;
    let own = ground.manager.list([&ground.list]).unwrap();
    let nested = ground.manager.list([[&ground.list, &ground.list]]).unwrap();
    let note = "(call $note (i32.const 128))";
    let guest = Process::new(format!(
        r#"(drop (call $proxy.duplicate (local.get $a)))
         (call $lists.create (i32.const 128)) {note}
         (call $dicts.create (i32.const 128)) {note}
         (call $locks.create (i32.const 128)) {note}
         (call $manager.create (i32.const 1024) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
             (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128)) {note}
         (call $processes.spawn (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 4)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128)) {note}
         (call $proxy.narrow (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1)
             (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128)) {note}
         (call $lists.get-item (local.get $a) (i64.const 0) (i32.const 128)) {note}
         (call $lists.copy (local.get $a) (i32.const 128)) {note}
         (call $lists.copy (local.get $b) (i32.const 128)) {note}
         (call $proxy.get-value (local.get $b) (i32.const 128)) {note}
         (call $lists.length (local.get $b) (i32.const 128)) {note}
         (call $notes)"#
    ))
    .data(1024, "list");
    let outcome = ground.run(&guest, (&own, &nested)).await;
    let mut expected = vec!["quota-exceeded"; 10];
    expected.push("ok");
    assert_eq!(noted(outcome), expected);
    assert_eq!(own.len().unwrap(), 1);
    assert_eq!(nested.len().unwrap(), 1);
    drop((own, nested));
    ground.unharmed().await;
}

/// What is taken out of a container would be lost if it were refused, so that the last may be too much; but only
/// the last.
#[tokio::test(flavor = "multi_thread")]
async fn taking_out_of_containers_does_not_get_around_the_limit() {
    let ground = Ground::limited(|limits| limits.proxies = 10).await;
    let lists = ground.manager.list((0..20).map(|_| vec![ground.list.clone(); 5])).unwrap();
    let guest = Process::new(
        "(loop $more
            (call $lists.pop (local.get $a) (i32.const 0) (i64.const 0) (i32.const 128))
            (call $note (i32.const 128))
            (br_if $more (i32.eqz (i32.load8_u (i32.const 128)))))
         (call $notes)",
    );
    // The list itself, and then 5, 10, 15 more.
    assert_eq!(noted(ground.run(&guest, (&lists,)).await), ["ok", "ok", "quota-exceeded"]);
    assert_eq!(lists.len().unwrap(), 18);
    drop(lists);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_do_not_fit_the_table_are_the_new_processs_error() {
    let ground = Ground::limited(|limits| limits.proxies = 3).await;
    let error = failed(ground.run(&Process::new(DONE), vec![&ground.list; 4]).await);
    assert_eq!(error.kind, ErrorKind::QuotaExceeded);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_handle_that_is_returned_ends_the_guest() {
    let ground = Ground::new().await;
    let value = "(call $put-proxy (i32.add (call $null) (i32.const 8)) (i32.const 77)) (i32.const 896)";
    // In a tree: a good one, and then one that is not.
    let tree = "(i32.store (i32.const 1040) (local.get $a)) (i32.store (i32.const 1044) (i32.const 77))
        (call $put-tree (i32.add (call $null) (i32.const 8))
            (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const 2))
        (i32.const 896)";
    let twice = "(i32.store (i32.const 1040) (local.get $a)) (i32.store (i32.const 1044) (local.get $a))
        (call $put-tree (i32.add (call $null) (i32.const 8))
            (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const 2))
        (i32.const 896)";
    let dropped = "(call $put-proxy (i32.add (call $null) (i32.const 8)) (local.get $a))
        (call $proxy.drop (local.get $a)) (i32.const 896)";
    for body in [value, tree, twice, dropped] {
        let message = ground.trapped(&Process::new(body).data(1024, [7, 2, 13, 13])).await;
        assert!(message.contains("handle index"), "{message}");
        ground.unharmed().await;
    }
}

/// Lending is not holding: one handle stands for as many proxies of a value as it is named.
#[tokio::test(flavor = "multi_thread")]
async fn one_handle_can_be_lent_many_times_in_one_call() {
    let ground = Ground::limited(|limits| limits.proxies = 100).await;
    let bag = ground.manager.list([0; 0]).unwrap();
    let lend = |times: u32| {
        // A list of so many proxies, up to 16383.
        let count = [7, (times & 127) as u8 | 128, (times >> 7) as u8];
        let marks = vec![13; times as usize];
        let item = argument::tree(
            "(i32.const 1024)",
            &format!("(i32.const {})", times + 3),
            "(i32.const 131072)",
            &format!("(i32.const {times})"),
        );
        Process::new(format!(
            "(loop $more
                (i32.store (i32.add (i32.const 131072) (i32.shl (local.get $i) (i32.const 2))) (local.get $b))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $i) (i32.const {times}))))
             (call $lists.append (local.get $a) {item} (i32.const 128))
             (call $note (i32.const 128))
             (call $notes)"
        ))
        .memory(r#"(memory (export "memory") 20)"#)
        .data(1024, [&count[..], &marks].concat())
    };
    let outcome = ground.run(&lend(10_000), (&bag, &ground.list)).await;
    assert_eq!(noted(outcome), ["ok"]);
    let info = ground.manager.census().into_iter().find(|info| info.id == ground.list.proxy().id()).unwrap();
    assert_eq!(info.holders, 10_001);
    drop(bag);
    ground.unharmed().await;
}

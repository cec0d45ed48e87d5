//! Guests whose memory is not what they say: pointers out of bounds, allocators that lie.

use super::{Ground, argument, failed, trap};
use crate::wat::{MEMORY, Process, REALLOC};
use commonhold::{ErrorKind, Outcome};

#[tokio::test(flavor = "multi_thread")]
async fn pointers_out_of_bounds_end_the_guest() {
    let ground = Ground::new().await;
    let append = |item: String| format!("(call $lists.append (local.get $a) {item} (i32.const 128))");
    let (end, max) = ("(i32.const 0xfffffff0)", "(i32.const -1)");
    let call = |method: &str, args: &str, kwargs: &str| {
        format!("(call $proxy.call (local.get $a) {method} {args} {kwargs} (i32.const 128))")
    };
    let nothing = "(i32.const 0) (i32.const 0)";
    for body in [
        append(argument::text(end, "(i32.const 1)")),
        append(argument::text("(i32.const 1024)", max)),
        append(argument::text("(i32.const 65535)", "(i32.const 2)")),
        append(argument::bytes(end, max)),
        append(argument::tree(end, "(i32.const 100)", "(i32.const 0)", "(i32.const 0)")),
        append(argument::tree("(i32.const 1024)", "(i32.const 1)", end, "(i32.const 4)")),
        // So many handles that their bytes are more than 32 bits count.
        append(argument::tree("(i32.const 1024)", "(i32.const 1)", "(i32.const 1024)", "(i32.const 0x40000001)")),
        call(&format!("{end} (i32.const 100)"), nothing, nothing),
        call(nothing, "(i32.const 65528) (i32.const 1)", nothing),
        call(nothing, "(i32.const 1024) (i32.const 0x0aaaaaab)", nothing),
        call(nothing, nothing, "(i32.const 65504) (i32.const 3)"),
        call(nothing, nothing, "(i32.const 1024) (i32.const 0x08000001)"),
        // Where the result goes: out of bounds, at the end, and not aligned.
        format!("(call $lists.length (local.get $a) {end})"),
        "(call $lists.length (local.get $a) (i32.const 65528))".into(),
        "(call $lists.length (local.get $a) (i32.const 129))".into(),
        // Arguments that are not aligned.
        call(nothing, "(i32.const 1025) (i32.const 1)", nothing),
    ] {
        let message = ground.trapped(&Process::new(format!("{body} (call $null)"))).await;
        let expected = ["out of bounds", "not aligned", "unaligned", "too large"];
        assert!(expected.iter().any(|part| message.contains(part)), "{message}: {body}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn results_out_of_bounds_end_the_guest() {
    let ground = Ground::new().await;
    for body in [
        "(i32.const -16)",
        "(i32.const 65528)",
        "(i32.const 129)",
        // A text and a tree that do not fit into memory.
        "(call $put-text (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const 65536)) (i32.const 896)",
        "(call $put-tree (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const 1)
             (i32.const 1024) (i32.const 0x7fffffff)) (i32.const 896)",
    ] {
        let message = ground.trapped(&Process::new(body)).await;
        let expected = ["out of bounds", "not aligned", "unaligned", "too large"];
        assert!(expected.iter().any(|part| message.contains(part)), "{message}: {body}");
        ground.unharmed().await;
    }
}

/// Cases of variants and enums that do not exist.
#[tokio::test(flavor = "multi_thread")]
async fn cases_that_do_not_exist_end_the_guest() {
    let ground = Ground::new().await;
    let no_such_argument = "(i32.const 8) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0)";
    for body in [
        format!("(call $lists.append (local.get $a) {no_such_argument} (i32.const 128)) (call $null)"),
        "(call $locks.acquire (local.get $a) (i32.const 2) (i64.const 0) (i32.const 128)) (call $null)".into(),
        // What is returned: neither a value nor an error; no such value; no such kind of error.
        "(i32.store8 (call $null) (i32.const 2)) (i32.const 896)".into(),
        "(i32.store8 offset=8 (call $null) (i32.const 8)) (i32.const 896)".into(),
        "(i32.store8 (call $null) (i32.const 1)) (i32.store8 (i32.const 904) (i32.const 200)) (i32.const 896)".into(),
    ] {
        let message = ground.trapped(&Process::new(&body)).await;
        assert!(message.contains("discriminant"), "{message}: {body}");
        ground.unharmed().await;
    }
}

fn allocator(body: &str) -> String {
    format!(
        "(global $free (mut i32) (i32.const 0))
         (func $realloc (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) {body})"
    )
}

/// The allocator is asked for room for the arguments before the guest runs, and for what a call returns.
#[tokio::test(flavor = "multi_thread")]
async fn an_allocator_that_lies_is_its_guests_end() {
    let ground = Ground::new().await;
    for (body, expected) in [
        ("(unreachable)", "unreachable"),
        ("(i32.const -16)", "realloc return: beyond end of memory"),
        ("(i32.const 65528)", "realloc return: beyond end of memory"),
        ("(i32.const 1025)", "realloc return: result not aligned"),
        ("(call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3))", "call stack exhausted"),
    ] {
        let guest = Process::new("(call $null)").realloc(&allocator(body));
        let message = ground.trapped(&guest).await;
        assert!(message.contains(expected), "{message}: {body}");
        ground.unharmed().await;

        // The first piece of memory is honest, the next is not.
        let later = format!(
            "(if (result i32) (global.get $free)
                (then {body})
                (else (global.set $free (i32.const 1)) (i32.const 4096)))"
        );
        let guest = Process::new("(call $proxy.repr (local.get $a) (i32.const 128)) (call $null)");
        let message = ground.trapped(&guest.realloc(&allocator(&later))).await;
        assert!(message.contains(expected), "{message}: {body}");
        ground.unharmed().await;
    }
}

/// While the host writes a result, the guest's allocator must not call the host.
#[tokio::test(flavor = "multi_thread")]
async fn an_allocator_that_calls_the_manager_is_its_guests_end() {
    let ground = Ground::new().await;
    let calls = allocator("(drop (call $manager.number-of-objects)) (i32.const 4096)");
    let message = ground.trapped(&Process::new("(call $null)").realloc(&calls)).await;
    assert!(message.contains("cannot leave component instance"), "{message}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocator_that_does_not_end_can_be_killed() {
    let ground = Ground::new().await;
    let endless = allocator("(loop $for-ever (br $for-ever)) (unreachable)");
    let process = ground.load(&Process::new("(call $null)").realloc(&endless)).await;
    let process = process.spawn("main", (&ground.list,)).unwrap();
    process.kill().await.unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));
    drop(process);
    ground.unharmed().await;
}

/// An allocator that gives out the same memory again and again confuses nobody but its guest.
#[tokio::test(flavor = "multi_thread")]
async fn an_allocator_that_gives_out_one_place_harms_its_guest_alone() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $lists.get-item (local.get $a) (i64.const 100) (i32.const 128))
         (i32.const 128)",
    )
    .realloc(&allocator("(i32.const 4096)"));
    let error = failed(ground.run(&guest, (&ground.list, "text", 5)).await);
    assert_eq!(error.kind, ErrorKind::Index);
    ground.unharmed().await;
}

/// It has the smallest of memories, and grows it only when it is asked for room.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_room_for_what_it_is_given_meets_its_end() {
    let ground = Ground::new().await;
    let small = r#"(memory (export "memory") 1 1)"#;
    assert_ne!(small, MEMORY);
    let guest = Process::new("(call $null)").memory(small).realloc(REALLOC);
    let message = trap(ground.run(&guest, (&ground.list, "x".repeat(100_000))).await);
    assert!(message.contains("unreachable"), "{message}");
    ground.unharmed().await;
}

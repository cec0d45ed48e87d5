//! Handles of `wasi:keyvalue` that were never given, are no more, or are of something else.

use super::{Ground, trap};
use crate::wat::{Process, Wit};

const WORLD: &str = "
    package mine:stores;
    world stores { include commonhold:manager/process@0.1.0; include wasi:keyvalue/imports@0.2.0-draft2; }";

/// Opens the store `s` into `$b`, and sees its key `s` with a handle whose number is at 260.
const OPEN: &str = r#"
    (call $store.open (i32.const 1024) (i32.const 1) (i32.const 128))
    (if (i32.load8_u (i32.const 128)) (then (unreachable)))
    (local.set $b (i32.load (i32.const 132)))
    (call $atomics.cas.new (local.get $b) (i32.const 1024) (i32.const 1) (i32.const 256))
    (if (i32.load8_u (i32.const 256)) (then (unreachable)))"#;

const BUCKET: &str = "(local.get $b)";
const CAS: &str = "(i32.load (i32.const 260))";

fn exists(bucket: &str) -> String {
    format!("(call $bucket.exists {bucket} (i32.const 1024) (i32.const 1) (i32.const 128))")
}

fn swap(cas: &str) -> String {
    format!("(call $atomics.swap {cas} (i32.const 1024) (i32.const 1) (i32.const 128))")
}

fn current(cas: &str) -> String {
    format!("(call $cas.current {cas} (i32.const 128))")
}

/// The message of the trap of a guest that does this with a store that it has opened.
async fn trapped(ground: &Ground, misuse: &str) -> String {
    let dict = ground.manager.dict([("s", 1)]).unwrap();
    ground.manager.keyvalue_store("s", dict.proxy()).unwrap();
    let guest = Process::new(format!("{OPEN} {misuse} (call $null)")).data(1024, b"s\xff");
    let component = Wit::own_with_stores("0.2.0-draft2", WORLD).component("stores", &guest.fields());
    let program = ground.manager.load_bytes("hostile", component, []).await.unwrap();
    let message = trap(program.spawn("main", (&ground.list,)).unwrap().outcome().await.unwrap());
    assert_eq!(dict.to_string(), "{'s': 1}");
    assert_eq!(dict.proxy().holders(), 2);
    assert!(ground.manager.remove_keyvalue_store("s"));
    drop(dict);
    ground.unharmed().await;
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_to_a_store_that_is_none_ends_the_guest() {
    let ground = Ground::new().await;
    for misuse in [
        // Forged ones.
        exists("(i32.const 0)"),
        exists("(i32.const 77)"),
        exists("(i32.const -1)"),
        current("(i32.const 77)"),
        swap("(i32.const 77)"),
        // Good ones of something else.
        exists("(local.get $a)"),
        exists(CAS),
        current(BUCKET),
        swap(BUCKET),
        swap("(local.get $a)"),
        format!("(call $lists.length {BUCKET} (i32.const 128))"),
        format!("(drop (call $proxy.id {CAS}))"),
        format!("(call $proxy.drop {BUCKET})"),
        format!("(call $bucket.drop {CAS})"),
        format!("(call $cas.drop {BUCKET})"),
        // Such as were dropped.
        format!("(call $bucket.drop {BUCKET}) {}", exists(BUCKET)),
        format!("(call $bucket.drop {BUCKET}) (call $bucket.drop {BUCKET})"),
        format!("(call $cas.drop {CAS}) {}", current(CAS)),
        format!("(call $cas.drop {CAS}) {}", swap(CAS)),
    ] {
        let message = trapped(&ground, &misuse).await;
        assert!(message.contains("handle index"), "{misuse}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_no_text_ends_the_guest() {
    let ground = Ground::new().await;
    let exists = |start: &str, length: &str| {
        format!("(call $bucket.exists {BUCKET} (i32.const {start}) (i32.const {length}) (i32.const 128))")
    };
    for (misuse, expected) in [
        (exists("1025", "1"), "utf-8"),
        (exists("65536", "1"), "out of bounds"),
        (exists("1024", "-1"), "out of bounds"),
        (swap(CAS).replace("(i32.const 1) (i32.const 128)", "(i32.const -1) (i32.const 128)"), "out of bounds"),
    ] {
        let message = trapped(&ground, &misuse).await;
        assert!(message.contains(expected), "{misuse}: {message}");
    }
}

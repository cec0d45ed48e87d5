//! What those are told who look at all objects that there are.

use super::*;
use crate::manager::{Objects, Table, debug_info};
use std::collections::HashSet;

#[test]
fn whoever_looks_is_told_the_names_that_they_know_and_the_texts_that_they_may_print() {
    let objects = Objects::new(Limits::default());
    let host = objects.home().host();
    let [open, secret] = [1_i64, 2].map(|number| List::create_from(&host, &v(list![number])).unwrap());
    for (name, list) in [("known", &open), ("unknown", &open), ("hidden", &secret)] {
        objects.publish(&host, name, list).unwrap();
    }
    let paragraph = |list: &Proxy, holders: u32, text: &str, places: &str| {
        format!("  {:x}:       refcount={holders}\n    {text}\n    list, held by {places}", list.id())
    };
    let hidden = format!("<list object at {:#x}>", secret.id());
    let expected = [
        paragraph(&open, 3, "[1]", "the name 'known'; the host, running, or on its way x2"),
        paragraph(&secret, 2, &hidden, "the host, running, or on its way x2"),
    ];
    let told = debug_info(&objects, |name| name == "known", |id| id == open.id());
    assert_eq!(told, expected.join("\n"));
    // Who may do all is told all.
    let expected = [
        paragraph(&open, 3, "[1]", "the name 'known'; the name 'unknown'; the host, running, or on its way"),
        paragraph(&secret, 2, "[2]", "the name 'hidden'; the host, running, or on its way"),
    ];
    assert_eq!(debug_info(&objects, |_| true, |_| true), expected.join("\n"));
}

#[test]
fn a_process_may_print_what_one_of_its_proxies_may_and_uses_none_up() {
    let world = World::new();
    let [open, blind, both, revoked, counted] = [(); 5].map(|()| world.list(list![]));
    let narrowed = world.with_rights(&revoked, &Rights::all());
    let once = world.with_rights(&counted, &Rights { uses: Some(1), ..Rights::all() });
    let mut table = Table::new(10);
    for proxy in [&open, &world.narrowed(&blind, &["append"]), &world.narrowed(&both, &[]), &both, &narrowed, &once] {
        table.insert(proxy.clone());
    }
    world.revoke(&narrowed);
    assert_eq!(table.printable(), HashSet::from([&open, &both, &counted].map(Proxy::id)));
    assert_eq!(once.grant().uses_left(), 1);
}

//! What a provider says of its types when it has objects of them.

use super::*;
use crate::referents::custom::{Description, ProvidedType, Provider};

/// A provider that has described the type `Thing` with one method, which only reads.
fn provider(world: &World) -> Arc<Provider> {
    let provider = Provider::new(world.caller.actor.clone());
    let methods = vec![("act".to_owned(), "Acts.".to_owned(), Effect::Reads)];
    let described = Description { typeid: "Thing".into(), doc: "A thing.".into(), methods, creatable: true };
    provider.set_types(ProvidedType::of_all([described]).unwrap());
    provider
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().copied().map(str::to_owned).collect()
}

/// An object's methods, and those of them that only read.
fn methods(object: &Proxy) -> [Vec<String>; 2] {
    let methods = object.body().type_info().methods();
    let named = |reads_only: bool| {
        let chosen = methods.iter().filter(|method| !reads_only || method.effect() == Effect::Reads);
        chosen.map(|method| method.name().to_owned()).collect()
    };
    [named(false), named(true)]
}

#[test]
fn what_is_adopted_has_the_methods_that_were_told_last() {
    let world = World::new();
    let (provider, home) = (provider(&world), &world.caller.home);
    let before = provider.adopt(home, "Thing").unwrap();
    provider.expose("Thing".into(), names(&["more", "act"])).unwrap();
    let after = provider.adopt(home, "Thing").unwrap();
    provider.expose("Thing".into(), names(&["less"])).unwrap();
    let last = provider.adopt(home, "Thing").unwrap();
    assert_eq!(methods(&before), [names(&["act"]), names(&["act"])]);
    assert_eq!(methods(&after), [names(&["more", "act"]), names(&["act"])]);
    assert_eq!(methods(&last), [names(&["less"]), names(&[])]);
    assert_eq!(after.body().type_info().doc(), "A thing.");
    assert_eq!((before.typeid(), after.typeid()), ("Thing", "Thing"));
    // What can be created is what was described.
    assert_eq!(provider.creatable().collect::<Vec<_>>(), ["Thing"]);
}

#[test]
fn a_type_can_come_to_be_by_it() {
    let world = World::new();
    let (provider, home) = (provider(&world), &world.caller.home);
    let error = provider.adopt(home, "Other").unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoSuchType, "{error}");
    provider.expose("Other".into(), names(&["act"])).unwrap();
    assert_eq!(methods(&provider.adopt(home, "Other").unwrap()), [names(&["act"]), names(&[])]);
    assert_eq!(provider.creatable().collect::<Vec<_>>(), ["Thing"]);
}

#[test]
fn what_cannot_be_a_type_is_refused_and_changes_nothing() {
    let world = World::new();
    let (provider, home) = (provider(&world), &world.caller.home);
    let many: Vec<_> = (0..63).map(|number| format!("method{number}")).collect();
    let long = "x".repeat(101);
    for (typeid, methods) in [
        ("Thing", many),
        ("Thing", names(&["twice", "twice"])),
        ("Thing", names(&[""])),
        ("Thing", names(&["line\nbreak"])),
        ("", names(&["act"])),
        (&*long, names(&["act"])),
    ] {
        let error = provider.expose(typeid.into(), methods).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Type, "{error}");
    }
    assert_eq!(methods(&provider.adopt(home, "Thing").unwrap())[0], names(&["act"]));
}

#[test]
fn there_is_a_bound_to_what_a_type_says_about_itself() {
    let described = |typeid: &str, own: usize, of_method: usize| {
        let methods = vec![("act".to_owned(), "m".repeat(of_method), Effect::Reads)];
        Description { typeid: typeid.into(), doc: "t".repeat(own), methods, creatable: true }
    };
    let told = |own, of_method| ProvidedType::of_all([described("Thing", own, of_method)]).map(drop);
    for (own, of_method) in [(65_536, 0), (0, 65_536), (65_530, 6)] {
        assert_eq!(told(own, of_method), Ok(()));
    }
    let refused = "what type 'Thing' says about itself and its methods has 65537 bytes; 65536 is the most";
    for (own, of_method) in [(65_537, 0), (0, 65_537), (65_530, 7)] {
        assert_eq!(told(own, of_method), Err(refused.to_owned()));
    }
    // Of each type by itself.
    let both = ["Thing", "Other"].map(|typeid| described(typeid, 65_536, 0));
    assert_eq!(ProvidedType::of_all(both).map(|types| types.len()), Ok(2));
}

#[test]
fn there_are_bounds_to_how_many() {
    let world = World::new();
    let provider = provider(&world);
    for number in 0..1000 {
        provider.expose(format!("Type{number}"), names(&["act"])).unwrap();
    }
    let error = provider.expose("OneMore".into(), names(&["act"])).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Type, "the provider has more than 1000 types"));
    provider.expose("Type7".into(), names(&["other"])).unwrap();
}

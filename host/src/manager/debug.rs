use super::Objects;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How much of an object's text is shown, in characters, as in CPython.
const SHOWN: usize = 75;

/// One paragraph for each live object, by id: how many holders it has, the start of its text, and
/// where its holders are. The first two lines are CPython's.
///
/// It looks at one object after the other while others may be at work, so it is exact only when
/// they are not.
pub(crate) fn debug_info(objects: &Objects) -> String {
    let live = objects.home().survey();
    // For each object, who holds it and how often.
    let mut holders: BTreeMap<u64, BTreeMap<String, u32>> = BTreeMap::new();
    for (actor, name, ids) in objects.tables() {
        for id in ids {
            *holders.entry(id).or_default().entry(format!("process {name} ({actor:x})")).or_default() += 1;
        }
    }
    for referent in &live {
        let place = format!("{} {:x}", referent.body().type_info().typeid(), referent.id());
        referent.body().edges(&mut |proxy| {
            *holders.entry(proxy.id()).or_default().entry(place.clone()).or_default() += 1;
        });
    }
    let mut text = String::new();
    for referent in live {
        let count = referent.word().holders();
        if count == 0 {
            continue;
        }
        let shown = match referent.body().to_text(referent.id(), 4 * SHOWN) {
            Ok(text) => text.chars().take(SHOWN).collect(),
            Err(error) => format!("<{error}>"),
        };
        let mut places = holders.remove(&referent.id()).unwrap_or_default();
        let known: u32 = places.values().sum();
        if let Some(others @ 1..) = count.checked_sub(known) {
            places.insert("the host, running or on its way".into(), others);
        }
        let places: Vec<_> = places
            .into_iter()
            .map(|(place, times)| if times == 1 { place } else { format!("{place} x{times}") })
            .collect();
        let _ = write!(
            text,
            "{}  {:x}:       refcount={count}\n    {shown}\n    {}: held by {}",
            if text.is_empty() { "" } else { "\n" },
            referent.id(),
            referent.body().type_info().typeid(),
            places.join(", "),
        );
    }
    text
}

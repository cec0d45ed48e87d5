use super::Objects;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// How much of an object's text is shown, in characters, as in CPython.
const SHOWN: usize = 75;

/// What a manager knows of one live object, at the moment that it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// The object's number.
    pub id: u64,
    /// The name of its type.
    pub typeid: String,
    /// How many holders it has.
    pub holders: u32,
    /// The objects that it holds, one for each proxy in it.
    pub contains: Vec<u64>,
    /// The processes that hold proxies to it, each with its name and how many it holds.
    pub held_by: Vec<(u64, String, u32)>,
    /// The names that it is published under.
    pub published_as: Vec<String>,
    /// If it is a process: the processes that it waits for, without a timeout, to end or, being providers, to answer.
    pub waits_for: Vec<u64>,
    /// The start of its text.
    pub text: String,
}

/// Looks at all live objects, by id.
///
/// It looks at one after the other while others may be at work, so the whole is exact only when
/// they are not.
pub fn census(objects: &Objects) -> Vec<ObjectInfo> {
    let mut held: HashMap<u64, BTreeMap<u64, (String, u32)>> = HashMap::new();
    for (actor, name, ids) in objects.tables() {
        for id in ids {
            held.entry(id).or_default().entry(actor).or_insert_with(|| (name.clone(), 0)).1 += 1;
        }
    }
    let mut published: HashMap<u64, Vec<String>> = HashMap::new();
    for (name, id) in objects.names.all() {
        published.entry(id).or_default().push(name);
    }
    let live = objects.home().survey().into_iter().filter(|referent| referent.word().holders() > 0);
    let info = live.map(|referent| {
        let mut contains = Vec::new();
        referent.body().edges(&mut |proxy| contains.push(proxy.id()));
        let text = match referent.body().to_text(referent.id(), 4 * SHOWN) {
            Ok(text) => text.chars().take(SHOWN).collect(),
            Err(error) => format!("<{error}>"),
        };
        let held_by = held.remove(&referent.id()).unwrap_or_default();
        ObjectInfo {
            id: referent.id(),
            typeid: referent.body().type_info().typeid().to_owned(),
            holders: referent.word().holders(),
            contains,
            published_as: published.remove(&referent.id()).unwrap_or_default(),
            waits_for: objects.home().waits().of(referent.id()).into_iter().map(|(whom, _)| whom).collect(),
            held_by: held_by.into_iter().map(|(actor, (name, count))| (actor, name, count)).collect(),
            text,
        }
    });
    info.collect()
}

/// One paragraph for each live object, by id: how many holders it has, the start of its text, and
/// where its holders are; of a process, whom it waits for. The first two lines are CPython's.
///
/// Whoever asks is told the names that they know, and the texts of the objects, by their ids, that they may print.
pub fn debug_info(objects: &Objects, knows: impl Fn(&str) -> bool, may_print: impl Fn(u64) -> bool) -> String {
    let all = census(objects);
    let mut containers: HashMap<u64, BTreeMap<String, u32>> = HashMap::new();
    for container in &all {
        for id in &container.contains {
            let place = format!("{} {:x}", container.typeid, container.id);
            *containers.entry(*id).or_default().entry(place).or_default() += 1;
        }
    }
    let mut text = String::new();
    for info in all {
        let mut places: Vec<(String, u32)> = info
            .held_by
            .into_iter()
            .map(|(actor, name, count)| (format!("process {actor:x} ({name})"), count))
            .collect();
        let names = info.published_as.into_iter().filter(|name| knows(name));
        places.extend(names.map(|name| (format!("the name '{name}'"), 1)));
        places.extend(containers.remove(&info.id).unwrap_or_default());
        let known: u32 = places.iter().map(|(_, count)| count).sum();
        if let Some(others @ 1..) = info.holders.checked_sub(known) {
            places.push(("the host, running, or on its way".into(), others));
        }
        let times = |(place, count): &(String, u32)| match count {
            1 => place.clone(),
            count => format!("{place} x{count}"),
        };
        let places: Vec<_> = places.iter().map(times).collect();
        let waits = objects.home().waits().of(info.id).into_iter();
        let waits: String = waits.map(|(whom, what)| format!(", waits for {what} of process {whom:x}")).collect();
        let shown = match may_print(info.id) {
            true => info.text,
            false => format!("<{} object at {:#x}>", info.typeid, info.id),
        };
        let _ = write!(
            text,
            "{}  {:x}:       refcount={}\n    {}\n    {}{waits}, held by {}",
            if text.is_empty() { "" } else { "\n" },
            info.id,
            info.holders,
            shown,
            info.typeid,
            places.join("; "),
        );
    }
    text
}

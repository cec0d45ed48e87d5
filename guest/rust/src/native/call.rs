//! Calling the methods of the built-in types by name.

use commonhold_wire::{Error, ErrorKind};

use super::lists::Slice;
use super::referent::State;
use super::types::{self, Argument, Proxy, Value};
use super::{Failure, Plain, dicts, iterators, lists, locks, process, processes, unsupported};

/// A method of a built-in type.
pub(super) struct Method {
    pub(super) name: &'static str,
    /// How many arguments it takes at least and at most.
    arguments: (usize, usize),
    /// Whether it leaves the object as it was.
    pub(super) reads_only: bool,
}

const fn reads(name: &'static str, least: usize, most: usize) -> Method {
    Method { name, arguments: (least, most), reads_only: true }
}

const fn changes(name: &'static str, least: usize, most: usize) -> Method {
    Method { name, arguments: (least, most), reads_only: false }
}

const LIST: &[Method] = &[
    reads("__add__", 1, 1),
    reads("__contains__", 1, 1),
    changes("__delitem__", 1, 1),
    reads("__getitem__", 1, 1),
    changes("__iadd__", 1, 1),
    changes("__imul__", 1, 1),
    reads("__len__", 0, 0),
    reads("__mul__", 1, 1),
    reads("__radd__", 1, 1),
    reads("__reversed__", 0, 0),
    reads("__rmul__", 1, 1),
    changes("__setitem__", 2, 2),
    changes("append", 1, 1),
    changes("clear", 0, 0),
    reads("copy", 0, 0),
    reads("count", 1, 1),
    changes("extend", 1, 1),
    changes("fetch_add", 2, 2),
    reads("index", 1, 3),
    changes("insert", 2, 2),
    changes("pop", 0, 1),
    changes("remove", 1, 1),
    changes("reverse", 0, 0),
    changes("sort", 0, 0),
];

const DICT: &[Method] = &[
    reads("__contains__", 1, 1),
    changes("__delitem__", 1, 1),
    reads("__getitem__", 1, 1),
    changes("__ior__", 1, 1),
    reads("__iter__", 0, 0),
    reads("__len__", 0, 0),
    reads("__or__", 1, 1),
    reads("__reversed__", 0, 0),
    reads("__ror__", 1, 1),
    changes("__setitem__", 2, 2),
    changes("clear", 0, 0),
    reads("copy", 0, 0),
    changes("fetch_add", 2, 3),
    reads("fromkeys", 1, 2),
    reads("get", 1, 2),
    reads("items", 0, 0),
    reads("keys", 0, 0),
    changes("pop", 1, 2),
    changes("popitem", 0, 0),
    changes("setdefault", 1, 2),
    changes("update", 0, 1),
    reads("values", 0, 0),
];

const LOCK: &[Method] = &[changes("acquire", 0, 2), reads("locked", 0, 0), changes("release", 0, 0)];

const ITERATOR: &[Method] = &[changes("__next__", 0, 0)];

const PROCESS: &[Method] = &[reads("is_alive", 0, 0), reads("join", 0, 1), changes("kill", 0, 0)];

/// The methods of a built-in type.
pub(super) fn methods(state: &State) -> &'static [Method] {
    match state {
        State::List(_) => LIST,
        State::Dict(_) => DICT,
        State::Lock(_) => LOCK,
        State::Iterator(_) => ITERATOR,
        State::Process(_) => PROCESS,
        State::Custom(_) => &[],
    }
}

/// Calls a method of a built-in type.
pub(super) fn builtin(
    proxy: &Proxy,
    name: &str,
    args: Vec<Plain>,
    kwargs: Vec<(String, Plain)>,
) -> Result<Plain, Failure> {
    let state = &proxy.referent.state;
    let Some(method) = methods(state).iter().find(|method| method.name == name) else {
        let message = format!("method '{name}' of '{}' object is not exposed", proxy.referent.typeid());
        return Err(Error::not_exposed(message));
    };
    let (least, most) = method.arguments;
    if args.len() < least || args.len() > most {
        let message = format!("{name}() takes from {least} to {most} arguments ({} given)", args.len());
        return Err(Error::type_error(message));
    }
    let takes_keywords = matches!(name, "sort" | "update");
    if let Some((keyword, _)) = kwargs.first().filter(|_| !takes_keywords) {
        let message = format!("{name}() takes no keyword argument '{keyword}' in a native build");
        return Err(Error::type_error(message));
    }
    let result = match state {
        State::List(_) => list(proxy, name, &args, &kwargs),
        State::Dict(_) => dict(proxy, name, &args, kwargs),
        _ => other(proxy, name, &args),
    };
    result.map_err(process::failure)
}

type Result<T, E = types::Error> = std::result::Result<T, E>;

fn list(list: &Proxy, name: &str, args: &[Plain], kwargs: &[(String, Plain)]) -> Result<Plain> {
    match (name, args) {
        ("__len__", _) => lists::length(list).map(Plain::from),
        ("__getitem__", [Plain::Slice(parts)]) => plain(lists::get_slice(list, slice(parts)?)),
        ("__getitem__", [index]) => plain(lists::get_item(list, int(index)?)),
        ("__setitem__", [Plain::Slice(parts), items]) => unit(lists::set_slice(list, slice(parts)?, lend(items))),
        ("__setitem__", [index, item]) => unit(lists::set_item(list, int(index)?, lend(item))),
        ("__delitem__", [Plain::Slice(parts)]) => unit(lists::delete_slice(list, slice(parts)?)),
        ("__delitem__", [index]) => unit(lists::delete_item(list, int(index)?)),
        ("append", [item]) => unit(lists::append(list, lend(item))),
        ("extend" | "__iadd__", [items]) => unit(lists::extend(list, lend(items))),
        ("insert", [index, item]) => unit(lists::insert(list, int(index)?, lend(item))),
        ("pop", index) => plain(lists::pop(list, index.first().map(int).transpose()?)),
        ("remove", [item]) => unit(lists::remove(list, lend(item))),
        ("clear", _) => unit(lists::clear(list)),
        ("copy", _) => plain(lists::copy(list)),
        ("__reversed__", _) => plain(lists::copy_reversed(list)),
        ("__contains__", [item]) => lists::contains(list, lend(item)).map(Plain::Bool),
        ("count", [item]) => lists::count(list, lend(item)).map(Plain::from),
        ("index", [item, bounds @ ..]) => {
            let (start, stop) = (bounds.first().map(int).transpose()?, bounds.get(1).map(int).transpose()?);
            lists::index(list, lend(item), start, stop).map(Plain::from)
        }
        ("reverse", _) => unit(lists::reverse(list)),
        ("sort", _) => {
            let reverse = match kwargs {
                [] => false,
                [(name, flag)] if name == "reverse" => flag.is_truthy(),
                _ => return Err(Failure::type_error("sort() takes only 'reverse' in a native build").into()),
            };
            unit(lists::sort(list, reverse))
        }
        ("__add__", [other]) => plain(lists::concat(list, lend(other))),
        ("__radd__", [other]) => plain(lists::concat_before(list, lend(other))),
        ("__mul__" | "__rmul__", [times]) => plain(lists::repeat(list, int(times)?)),
        ("__imul__", [times]) => unit(lists::repeat_in_place(list, int(times)?)),
        ("fetch_add", [index, delta]) => plain(lists::fetch_add(list, int(index)?, lend(delta))),
        _ => Err(unsupported(name).into()),
    }
}

fn dict(dict: &Proxy, name: &str, args: &[Plain], kwargs: Vec<(String, Plain)>) -> Result<Plain> {
    let default = args.get(1).cloned().unwrap_or(Plain::Null);
    match (name, args) {
        ("__len__", _) => dicts::length(dict).map(Plain::from),
        ("__getitem__", [key]) => plain(dicts::get_item(dict, lend(key))),
        ("__setitem__", [key, item]) => unit(dicts::set_item(dict, lend(key), lend(item))),
        ("__delitem__", [key]) => unit(dicts::delete_item(dict, lend(key))),
        ("__contains__", [key]) => dicts::contains(dict, lend(key)).map(Plain::Bool),
        ("__iter__", _) => dicts::iterate(dict).map(Plain::Proxy),
        ("__reversed__", _) => plain(dicts::keys_reversed(dict)),
        ("get", [key, ..]) => dicts::find(dict, lend(key))?.map_or(Ok(default), |found| plain(Ok(found))),
        ("pop", [key, rest @ ..]) => match dicts::take(dict, lend(key))? {
            Some(found) => plain(Ok(found)),
            None if rest.is_empty() => Err(Error::key(key.clone()).into()),
            None => Ok(default),
        },
        ("popitem", _) => {
            let (key, item) = dicts::pop_item(dict)?;
            Ok(Plain::Tuple(vec![plain(Ok(key))?, plain(Ok(item))?]))
        }
        ("setdefault", [key, ..]) => plain(dicts::set_default(dict, lend(key), lend(&default))),
        ("update" | "__ior__", entries) => {
            if let Some(entries) = entries.first() {
                dicts::update(dict, lend(entries))?;
            }
            let keywords = kwargs.into_iter().map(|(name, item)| (Plain::Text(name), item)).collect();
            unit(dicts::update(dict, lend(&Plain::Dict(keywords))))
        }
        ("clear", _) => unit(dicts::clear(dict)),
        ("copy", _) => plain(dicts::copy(dict)),
        ("keys", _) => plain(dicts::keys(dict)),
        ("values", _) => plain(dicts::values(dict)),
        ("items", _) => plain(dicts::items(dict)),
        ("fromkeys", [keys, ..]) => {
            let keys = super::sequence::items(keys.clone())?;
            let entries = Plain::dict(keys.into_iter().map(|key| (key, default.clone())));
            Ok(entries.map_err(Failure::from)?)
        }
        ("__or__", [other]) => plain(dicts::merge(dict, lend(other))),
        ("__ror__", [other]) => plain(dicts::merge_before(dict, lend(other))),
        ("fetch_add", [key, delta, initial @ ..]) => {
            plain(dicts::fetch_add(dict, lend(key), lend(delta), initial.first().map(lend)))
        }
        _ => Err(unsupported(name).into()),
    }
}

fn other(proxy: &Proxy, name: &str, args: &[Plain]) -> Result<Plain> {
    match (name, args) {
        ("acquire", args) => {
            let timeout = match args {
                [] | [Plain::Bool(true)] | [Plain::Bool(true), Plain::Null] => None,
                [Plain::Bool(false), ..] => Some(0),
                _ => return Err(unsupported("a timeout of a call by name").into()),
            };
            Ok(Plain::Bool(locks::acquire(proxy, timeout)? != locks::Acquired::TimedOut))
        }
        ("release", _) => unit(locks::release(proxy)),
        ("locked", _) => locks::locked(proxy).map(Plain::Bool),
        ("__next__", _) => match iterators::next(proxy)? {
            Some(item) => plain(Ok(item)),
            None => Err(Failure::new(ErrorKind::StopIteration, "").into()),
        },
        ("is_alive", _) => processes::is_alive(proxy).map(Plain::Bool),
        ("kill", _) => unit(processes::kill(proxy)),
        _ => Err(unsupported(&format!("calling '{name}' by name")).into()),
    }
}

fn plain(value: Result<Value>) -> Result<Plain> {
    Ok(Plain::try_from(value?)?)
}

fn unit(result: Result<()>) -> Result<Plain> {
    result.map(|()| Plain::Null)
}

fn lend(value: &Plain) -> Argument<'static> {
    Argument::Plain(value.clone())
}

fn int(value: &Plain) -> Result<i64> {
    match value {
        Plain::Int(number) => Ok(*number),
        Plain::Bool(flag) => Ok((*flag).into()),
        other => {
            let message = format!("list indices must be integers or slices, not {}", other.type_name());
            Err(Failure::type_error(message).into())
        }
    }
}

fn slice(parts: &[Plain; 3]) -> Result<Slice> {
    let part = |value: &Plain| if *value == Plain::Null { Ok(None) } else { int(value).map(Some) };
    Ok(Slice { start: part(&parts[0])?, stop: part(&parts[1])?, step: part(&parts[2])? })
}

//! Calling the methods of the built-in types by name.

use commonhold_wire::Error;

use super::lists::Slice;
use super::referent::State;
use super::types::{self, Argument, Proxy, Value};
use super::{Failure, Plain, dicts, iterators, lists, locks, process, processes, unsupported};

const LIST: &[&str] = &[
    "__add__",
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__imul__",
    "__len__",
    "__mul__",
    "__reversed__",
    "__rmul__",
    "__setitem__",
    "append",
    "clear",
    "copy",
    "count",
    "extend",
    "fetch_add",
    "index",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
];

const DICT: &[&str] = &[
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__or__",
    "__reversed__",
    "__ror__",
    "__setitem__",
    "clear",
    "copy",
    "fetch_add",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

/// The methods of a built-in type.
pub(super) fn methods(state: &State) -> &'static [&'static str] {
    match state {
        State::List(_) => LIST,
        State::Dict(_) => DICT,
        State::Lock(_) => &["acquire", "locked", "release"],
        State::Iterator(_) => &["__next__"],
        State::Process(_) => &["is_alive", "join", "kill"],
        State::Custom(_) => &[],
    }
}

/// Calls a method of a built-in type.
pub(super) fn builtin(
    proxy: &Proxy,
    method: &str,
    args: Vec<Plain>,
    kwargs: Vec<(String, Plain)>,
) -> Result<Plain, Failure> {
    let state = &proxy.referent.state;
    if !methods(state).contains(&method) {
        let message = format!("method '{method}' of '{}' object is not exposed", proxy.referent.typeid());
        return Err(Error::not_exposed(message));
    }
    let call = Call { proxy, method, args, kwargs };
    let result = match state {
        State::List(_) => call.list(),
        State::Dict(_) => call.dict(),
        _ => call.other(),
    };
    result.map_err(process::failure)
}

struct Call<'a> {
    proxy: &'a Proxy,
    method: &'a str,
    args: Vec<Plain>,
    kwargs: Vec<(String, Plain)>,
}

type Result<T, E = types::Error> = std::result::Result<T, E>;

impl Call<'_> {
    fn list(&self) -> Result<Plain> {
        let list = self.proxy;
        match self.method {
            "__len__" => self.no_more(0, 0).and(lists::length(list)).map(Plain::from),
            "__getitem__" => match self.required(0, 1)? {
                Plain::Slice(parts) => plain(lists::get_slice(list, slice(parts)?)),
                index => plain(lists::get_item(list, int(index)?)),
            },
            "__setitem__" => {
                let item = lend(self.required(1, 2)?);
                match self.required(0, 2)? {
                    Plain::Slice(parts) => unit(lists::set_slice(list, slice(parts)?, item)),
                    index => unit(lists::set_item(list, int(index)?, item)),
                }
            }
            "__delitem__" => match self.required(0, 1)? {
                Plain::Slice(parts) => unit(lists::delete_slice(list, slice(parts)?)),
                index => unit(lists::delete_item(list, int(index)?)),
            },
            "append" => unit(lists::append(list, lend(self.required(0, 1)?))),
            "extend" => unit(lists::extend(list, lend(self.required(0, 1)?))),
            "insert" => unit(lists::insert(list, int(self.required(0, 2)?)?, lend(self.required(1, 2)?))),
            "pop" => plain(lists::pop(list, self.no_more(0, 1)?.args.first().map(int).transpose()?)),
            "remove" => unit(lists::remove(list, lend(self.required(0, 1)?))),
            "clear" => unit(self.no_more(0, 0).and(lists::clear(list))),
            "copy" => plain(self.no_more(0, 0).and(lists::copy(list))),
            "__reversed__" => plain(self.no_more(0, 0).and(lists::copy_reversed(list))),
            "__contains__" => lists::contains(list, lend(self.required(0, 1)?)).map(Plain::Bool),
            "count" => lists::count(list, lend(self.required(0, 1)?)).map(Plain::from),
            "index" => {
                let (start, stop) = (self.no_more(1, 3)?.args.get(1), self.args.get(2));
                let item = lend(&self.args[0]);
                let found = lists::index(list, item, start.map(int).transpose()?, stop.map(int).transpose()?);
                found.map(Plain::from)
            }
            "reverse" => unit(self.no_more(0, 0).and(lists::reverse(list))),
            "sort" => unit(lists::sort(list, self.reverse()?)),
            "__add__" => plain(lists::concat(list, lend(self.required(0, 1)?))),
            "__mul__" | "__rmul__" => plain(lists::repeat(list, int(self.required(0, 1)?)?)),
            "__imul__" => unit(lists::repeat_in_place(list, int(self.required(0, 1)?)?)),
            "fetch_add" => plain(lists::fetch_add(list, int(self.required(0, 2)?)?, lend(self.required(1, 2)?))),
            _ => Err(unsupported(self.method).into()),
        }
    }

    fn dict(&self) -> Result<Plain> {
        let dict = self.proxy;
        let key = || self.no_more(1, 3).map(|call| lend(&call.args[0]));
        match self.method {
            "__len__" => self.no_more(0, 0).and(dicts::length(dict)).map(Plain::from),
            "__getitem__" => plain(dicts::get_item(dict, key()?)),
            "__setitem__" => unit(dicts::set_item(dict, key()?, lend(self.required(1, 2)?))),
            "__delitem__" => unit(dicts::delete_item(dict, key()?)),
            "__contains__" => dicts::contains(dict, key()?).map(Plain::Bool),
            "__iter__" => self.no_more(0, 0).and(dicts::iterate(dict)).map(Plain::Proxy),
            "__reversed__" => plain(self.no_more(0, 0).and(dicts::keys_reversed(dict))),
            "get" => {
                let default = self.no_more(1, 2)?.args.get(1).cloned().unwrap_or(Plain::Null);
                dicts::find(dict, key()?)?.map_or(Ok(default), |found| plain(Ok(found)))
            }
            "pop" => {
                let found = dicts::take(dict, key()?)?;
                match (found, self.no_more(1, 2)?.args.get(1)) {
                    (Some(found), _) => plain(Ok(found)),
                    (None, Some(default)) => Ok(default.clone()),
                    (None, None) => Err(Error::key(self.args[0].clone()).into()),
                }
            }
            "popitem" => {
                let (key, item) = self.no_more(0, 0).and(dicts::pop_item(dict))?;
                Ok(Plain::Tuple(vec![plain(Ok(key))?, plain(Ok(item))?]))
            }
            "setdefault" => {
                let default = self.no_more(1, 2)?.args.get(1).cloned().unwrap_or(Plain::Null);
                plain(dicts::set_default(dict, key()?, lend(&default)))
            }
            "update" => unit(dicts::update(dict, lend(self.required(0, 1)?))),
            "clear" => unit(self.no_more(0, 0).and(dicts::clear(dict))),
            "copy" => plain(self.no_more(0, 0).and(dicts::copy(dict))),
            "keys" => plain(self.no_more(0, 0).and(dicts::keys(dict))),
            "values" => plain(self.no_more(0, 0).and(dicts::values(dict))),
            "items" => plain(self.no_more(0, 0).and(dicts::items(dict))),
            "__or__" => plain(dicts::merge(dict, lend(self.required(0, 1)?))),
            "__ror__" => plain(dicts::merge_before(dict, lend(self.required(0, 1)?))),
            "fetch_add" => {
                let initial = self.no_more(2, 3)?.args.get(2).map(lend);
                plain(dicts::fetch_add(dict, key()?, lend(&self.args[1]), initial))
            }
            _ => Err(unsupported(self.method).into()),
        }
    }

    fn other(&self) -> Result<Plain> {
        self.no_more(0, 0)?;
        match self.method {
            "acquire" => Ok(Plain::Bool(!matches!(locks::acquire(self.proxy, None)?, locks::Acquired::TimedOut))),
            "release" => unit(locks::release(self.proxy)),
            "locked" => locks::locked(self.proxy).map(Plain::Bool),
            "__next__" => match iterators::next(self.proxy)? {
                Some(item) => plain(Ok(item)),
                None => Err(Failure::new(commonhold_wire::ErrorKind::StopIteration, "").into()),
            },
            "is_alive" => processes::is_alive(self.proxy).map(Plain::Bool),
            "kill" => unit(processes::kill(self.proxy)),
            _ => Err(unsupported(&format!("calling '{}' by name", self.method)).into()),
        }
    }

    /// Checks the number of arguments.
    fn no_more(&self, least: usize, most: usize) -> Result<&Self> {
        if let Some((name, _)) = self.kwargs.first() {
            let message = format!("{}() takes no keyword argument '{name}' in a native build", self.method);
            return Err(Failure::type_error(message).into());
        }
        let given = self.args.len();
        if given < least || given > most {
            let message = format!("{}() takes from {least} to {most} arguments ({given} given)", self.method);
            return Err(Failure::type_error(message).into());
        }
        Ok(self)
    }

    /// One of an exact number of arguments.
    fn required(&self, at: usize, count: usize) -> Result<&Plain> {
        Ok(&self.no_more(count, count)?.args[at])
    }

    /// The one option of `sort` that is no function.
    fn reverse(&self) -> Result<bool> {
        match (self.args.as_slice(), self.kwargs.as_slice()) {
            ([], []) => Ok(false),
            ([], [(name, value)]) if name == "reverse" => Ok(value.is_truthy()),
            _ => Err(Failure::type_error("sort() takes only 'reverse' here, by its name").into()),
        }
    }
}

fn plain(value: Result<Value>) -> Result<Plain> {
    Ok(Plain::try_from(value?)?)
}

fn unit(result: Result<()>) -> Result<Plain> {
    result.map(|()| Plain::Null)
}

fn int(value: &Plain) -> Result<i64> {
    match value {
        Plain::Int(number) => Ok(*number),
        Plain::Bool(flag) => Ok((*flag).into()),
        other => {
            let message = format!("indices must be integers or slices, not {}", other.type_name());
            Err(Failure::type_error(message).into())
        }
    }
}

fn slice(parts: &[Plain; 3]) -> Result<Slice> {
    let part = |value: &Plain| if *value == Plain::Null { Ok(None) } else { int(value).map(Some) };
    Ok(Slice { start: part(&parts[0])?, stop: part(&parts[1])?, step: part(&parts[2])? })
}

fn lend(value: &Plain) -> Argument<'static> {
    Argument::Plain(value.clone())
}

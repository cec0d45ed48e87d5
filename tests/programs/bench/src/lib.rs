//! What the benchmarks measure: each entry makes an object and does one thing with it, as often as
//! its argument says.
//!
//! It is written against the bare bindings, so that an SDK is not measured too, and imports nothing
//! that a host of a hundred lines could not serve: the very same component runs on the manager and on
//! the floor that the manager is compared with.
#![cfg(target_family = "wasm")]

mod bindings {
    #![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, rust_2018_idioms)]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "process",
        ownership: Borrowing { duplicate_if_necessary: false },
    });

    // In here, so that the code that it expands to may use `unsafe` as well.
    export!(Operations with_types_in self);
    use super::Operations;
}

use bindings::commonhold::manager::types::{Argument, ErrorKind, Proxy};
use bindings::commonhold::manager::{dicts, lists, locks};
use bindings::{Error, Guest, Value};

/// How many items the lists and dicts have that are read and changed.
const SIZE: i64 = 1000;

struct Operations;

impl Guest for Operations {
    fn run(entry: String, args: Vec<Value>) -> Result<Value, Error> {
        let times = match args.as_slice() {
            [] => 0,
            [Value::Int(times)] => *times,
            _ => return Err(error(ErrorKind::Type, "an entry takes one integer")),
        };
        match entry.as_str() {
            "nothing" => Ok(()),
            "list.get" => list_get(times),
            "list.append" => list_append(times),
            "dict.get" => dict_get(times),
            "dict.set" => dict_set(times),
            "call.list.get" => call_list_get(times),
            "list.create_drop" => list_create_drop(times),
            "lock.acquire_release" => lock_acquire_release(times),
            _ => Err(error(ErrorKind::NoSuchEntry, &entry)),
        }?;
        Ok(Value::Null)
    }
}

fn list_get(times: i64) -> Result<(), Error> {
    let list = list_of_integers()?;
    for turn in 0..times {
        expect(lists::get_item(&list, turn % SIZE)?, turn % SIZE)?;
    }
    Ok(())
}

fn list_append(times: i64) -> Result<(), Error> {
    let list = lists::create()?;
    for turn in 0..times {
        lists::append(&list, Argument::Int(turn))?;
    }
    Ok(())
}

fn dict_get(times: i64) -> Result<(), Error> {
    let (dict, keys) = dict_of_integers()?;
    for (turn, key) in (0..times).zip(keys.iter().cycle()) {
        expect(dicts::get_item(&dict, Argument::Text(key))?, turn % SIZE)?;
    }
    Ok(())
}

fn dict_set(times: i64) -> Result<(), Error> {
    let (dict, keys) = dict_of_integers()?;
    for (turn, key) in (0..times).zip(keys.iter().cycle()) {
        dicts::set_item(&dict, Argument::Text(key), Argument::Int(turn))?;
    }
    Ok(())
}

fn call_list_get(times: i64) -> Result<(), Error> {
    let list = list_of_integers()?;
    for turn in 0..times {
        expect(list.call("__getitem__", &[Argument::Int(turn % SIZE)], &[])?, turn % SIZE)?;
    }
    Ok(())
}

fn list_create_drop(times: i64) -> Result<(), Error> {
    for _ in 0..times {
        drop(lists::create()?);
    }
    Ok(())
}

fn lock_acquire_release(times: i64) -> Result<(), Error> {
    let lock = locks::create()?;
    for _ in 0..times {
        locks::acquire(&lock, None)?;
        locks::release(&lock)?;
    }
    Ok(())
}

fn list_of_integers() -> Result<Proxy, Error> {
    let list = lists::create()?;
    for number in 0..SIZE {
        lists::append(&list, Argument::Int(number))?;
    }
    Ok(list)
}

fn dict_of_integers() -> Result<(Proxy, Vec<String>), Error> {
    let dict = dicts::create()?;
    let keys: Vec<String> = (0..SIZE).map(|number| format!("key-{number}")).collect();
    for (number, key) in (0..).zip(&keys) {
        dicts::set_item(&dict, Argument::Text(key), Argument::Int(number))?;
    }
    Ok((dict, keys))
}

/// Whoever answers wrongly is not measured.
fn expect(value: Value, expected: i64) -> Result<(), Error> {
    match value {
        Value::Int(number) if number == expected => Ok(()),
        _ => Err(error(ErrorKind::Assertion, "the answer is wrong")),
    }
}

fn error(kind: ErrorKind, message: &str) -> Error {
    Error { kind, type_name: String::new(), message: message.into(), args: None, traceback: None }
}

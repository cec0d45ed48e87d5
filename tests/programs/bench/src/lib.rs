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
use bindings::commonhold::manager::{
    arrays, counters, deques, dicts, iterators, lists, locks, namespaces, queues, rlocks, semaphores, sets, values,
};
use bindings::{Error, Guest, Value};

/// How many items the lists and dicts have that are read and changed.
const SIZE: i64 = 1000;

/// How many 64-bit integers a range of an array has.
const RANGE: u64 = 8192;

struct Operations;

impl Guest for Operations {
    fn run(entry: String, args: Vec<Value>) -> Result<Value, Error> {
        let times = match (entry.as_str(), args.as_slice()) {
            (_, []) => 0,
            // What a pool's worker is given.
            ("doubles", [Value::Int(number)]) => return Ok(Value::Int(2 * number)),
            (_, [Value::Int(times)]) => *times,
            ("queue.pings", [Value::Int(times), Value::Proxy(there), Value::Proxy(back)]) => {
                return pings(*times, there, back).map(|()| Value::Null);
            }
            ("queue.pongs", [Value::Int(times), Value::Proxy(there), Value::Proxy(back)]) => {
                return pongs(*times, there, back).map(|()| Value::Null);
            }
            ("provider.call", [Value::Int(times), Value::Proxy(clicker)]) => {
                for turn in 1..=*times {
                    expect(clicker.call("add", &[Argument::Int(1)], &[])?, turn)?;
                }
                return Ok(Value::Null);
            }
            ("queue.gets", [Value::Proxy(here), Value::Proxy(queue)]) => {
                queues::put(here, Argument::Null, None)?;
                return queues::get(queue, None);
            }
            ("call.host.get", [Value::Int(times), Value::Proxy(cell)]) => {
                return calls(*times, |_| cell.call("get", &[], &[])).map(|()| Value::Null);
            }
            ("call.host.add", [Value::Int(times), Value::Proxy(cell)]) => {
                let add = |turn| cell.call("add", &[Argument::Int(turn)], &[]);
                return answers(*times, add).map(|()| Value::Null);
            }
            _ => return Err(error(ErrorKind::Type, "an entry takes one integer")),
        };
        match entry.as_str() {
            "nothing" => Ok(()),
            "list.get" => list_get(times),
            "list.append" => list_append(times),
            "dict.get" => dict_get(times),
            "dict.set" => dict_set(times),
            "set.add" => set_add(times),
            "set.contains" => set_contains(times),
            "deque.append_pop" => deque_append_pop(times),
            "namespace.get" => namespace_get(times),
            "value.get" => value_get(times),
            "array.get" => array_get(times),
            "counter.get" => counter_get(times),
            "iterator.next" => {
                let (dict, _) = dict_of_integers()?;
                rounds(times, || dicts::iterate(&dict), |iterator| Ok(iterators::next(iterator)?.is_some()))
            }
            "lock.acquire_release" => lock_acquire_release(times),
            "rlock.acquire_release" => {
                let lock = rlocks::create()?;
                calls(times, |_| {
                    rlocks::acquire(&lock, None)?;
                    rlocks::release(&lock)?;
                    Ok(Value::Null)
                })
            }
            "semaphore.acquire_release" => {
                let semaphore = semaphores::create(1, false)?;
                calls(times, |_| {
                    semaphores::acquire(&semaphore, None)?;
                    semaphores::release(&semaphore, 1)?;
                    Ok(Value::Null)
                })
            }
            "queue.put_get" => {
                let queue = queues::create(None, false)?;
                answers(times, |turn| {
                    queues::put(&queue, Argument::Int(turn), None)?;
                    queues::get(&queue, None)
                })
            }
            "list.create_drop" => list_create_drop(times),
            "call.list.get" => {
                let list = list_of_integers()?;
                answers(times, |turn| list.call("__getitem__", &[Argument::Int(turn)], &[]))
            }
            "call.list.append" => {
                let list = lists::create()?;
                calls(times, |turn| list.call("append", &[Argument::Int(turn)], &[]))
            }
            "call.dict.get" => {
                let (dict, keys) = dict_of_integers()?;
                answers(times, |turn| dict.call("__getitem__", &[Argument::Text(&keys[turn as usize])], &[]))
            }
            "call.set.add" => {
                let set = sets::create()?;
                calls(times, |turn| set.call("add", &[Argument::Int(turn)], &[]))
            }
            "call.deque.append_pop" => {
                let deque = deques::create(None)?;
                answers(times, |turn| {
                    deque.call("append", &[Argument::Int(turn)], &[])?;
                    deque.call("popleft", &[], &[])
                })
            }
            "call.namespace.get" => {
                let namespace = namespace()?;
                calls(times, |_| namespace.call("__getattribute__", &[Argument::Text("number")], &[]))
            }
            "call.value.get" => {
                let value = values::create("i", Argument::Int(7))?;
                calls(times, |_| value.call("get", &[], &[]))
            }
            "call.array.get" => {
                let array = array_of_integers(SIZE as u64)?;
                answers(times, |turn| array.call("__getitem__", &[Argument::Int(turn)], &[]))
            }
            "call.counter.get" => {
                let (counter, keys) = counter()?;
                answers(times, |turn| counter.call("__getitem__", &[Argument::Text(&keys[turn as usize])], &[]))
            }
            "call.iterator.next" => {
                let (dict, _) = dict_of_integers()?;
                let next = |iterator: &Proxy| match iterator.call("__next__", &[], &[]) {
                    Err(error) if error.kind == ErrorKind::StopIteration => Ok(false),
                    outcome => outcome.map(|_| true),
                };
                rounds(times, || dicts::iterate(&dict), next)
            }
            "call.lock.acquire_release" => {
                let lock = locks::create()?;
                calls(times, |_| {
                    lock.call("acquire", &[], &[])?;
                    lock.call("release", &[], &[])
                })
            }
            "array.read_bytes" => array_read_bytes(times),
            "array.write_bytes" => array_write_bytes(times),
            "array.read_ints" => array_read_ints(times),
            "array.write_ints" => array_write_ints(times),
            _ => Err(error(ErrorKind::NoSuchEntry, &entry)),
        }?;
        Ok(Value::Null)
    }
}

/// Sends numbers, and waits for each to come back.
fn pings(times: i64, there: &Proxy, back: &Proxy) -> Result<(), Error> {
    for turn in 0..times {
        queues::put(there, Argument::Int(turn), None)?;
        expect(queues::get(back, None)?, turn)?;
    }
    Ok(())
}

/// Sends numbers back.
fn pongs(times: i64, there: &Proxy, back: &Proxy) -> Result<(), Error> {
    for turn in 0..times {
        expect(queues::get(there, None)?, turn)?;
        queues::put(back, Argument::Int(turn), None)?;
    }
    Ok(())
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

fn set_add(times: i64) -> Result<(), Error> {
    let set = sets::create()?;
    for turn in 0..times {
        sets::add(&set, Argument::Int(turn % SIZE))?;
    }
    Ok(())
}

fn set_contains(times: i64) -> Result<(), Error> {
    let set = sets::create()?;
    for number in 0..SIZE {
        sets::add(&set, Argument::Int(number))?;
    }
    for turn in 0..times {
        correct(sets::contains(&set, Argument::Int(turn % SIZE))?)?;
    }
    Ok(())
}

fn deque_append_pop(times: i64) -> Result<(), Error> {
    let deque = deques::create(None)?;
    for turn in 0..times {
        deques::append(&deque, Argument::Int(turn))?;
        expect(deques::pop_left(&deque)?, turn)?;
    }
    Ok(())
}

fn counter_get(times: i64) -> Result<(), Error> {
    let (counter, keys) = counter()?;
    for (turn, key) in (0..times).zip(keys.iter().cycle()) {
        expect(counters::get_item(&counter, Argument::Text(key))?, turn % SIZE)?;
    }
    Ok(())
}

/// Draws from an iterator, and from a new one whenever it is at its end.
fn rounds(
    times: i64,
    begin: impl Fn() -> Result<Proxy, Error>,
    next: impl Fn(&Proxy) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut iterator = begin()?;
    for _ in 0..times {
        if !next(&iterator)? {
            iterator = begin()?;
        }
    }
    Ok(())
}

fn namespace_get(times: i64) -> Result<(), Error> {
    let namespace = namespace()?;
    for _ in 0..times {
        expect(namespaces::get_attribute(&namespace, "number")?, 7)?;
    }
    Ok(())
}

fn value_get(times: i64) -> Result<(), Error> {
    let value = values::create("i", Argument::Int(7))?;
    for _ in 0..times {
        expect(values::get(&value)?, 7)?;
    }
    Ok(())
}

fn array_get(times: i64) -> Result<(), Error> {
    let array = array_of_integers(SIZE as u64)?;
    for turn in 0..times {
        expect(arrays::get_item(&array, turn % SIZE)?, turn % SIZE)?;
    }
    Ok(())
}

fn array_read_bytes(times: i64) -> Result<(), Error> {
    let array = array_of_integers(RANGE)?;
    for _ in 0..times {
        let bytes = arrays::read_bytes(&array, 0, RANGE)?;
        correct(bytes.len() as u64 == 8 * RANGE)?;
    }
    Ok(())
}

fn array_write_bytes(times: i64) -> Result<(), Error> {
    let array = array_of_integers(RANGE)?;
    let bytes = vec![7; 8 * RANGE as usize];
    for _ in 0..times {
        arrays::write_bytes(&array, 0, &bytes)?;
    }
    Ok(())
}

fn array_read_ints(times: i64) -> Result<(), Error> {
    let array = array_of_integers(RANGE)?;
    for _ in 0..times {
        let numbers = arrays::read_ints(&array, 0, RANGE)?;
        correct(numbers.len() as u64 == RANGE && numbers.last() == Some(&(RANGE as i64 - 1)))?;
    }
    Ok(())
}

fn array_write_ints(times: i64) -> Result<(), Error> {
    let array = array_of_integers(RANGE)?;
    let numbers = vec![7; RANGE as usize];
    for _ in 0..times {
        arrays::write_ints(&array, 0, &numbers)?;
    }
    Ok(())
}

/// Something that is called by name.
fn calls(times: i64, call: impl Fn(i64) -> Result<Value, Error>) -> Result<(), Error> {
    for turn in 0..times {
        call(turn % SIZE)?;
    }
    Ok(())
}

/// Something that is called by name with a number and answers with that number.
fn answers(times: i64, call: impl Fn(i64) -> Result<Value, Error>) -> Result<(), Error> {
    for turn in 0..times {
        expect(call(turn % SIZE)?, turn % SIZE)?;
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

/// Counts of 0, 1, 2 and so on.
fn counter() -> Result<(Proxy, Vec<String>), Error> {
    let counter = counters::create()?;
    let keys: Vec<String> = (0..SIZE).map(|number| format!("key-{number}")).collect();
    for (number, key) in (0..).zip(&keys) {
        dicts::set_item(&counter, Argument::Text(key), Argument::Int(number))?;
    }
    Ok((counter, keys))
}

fn namespace() -> Result<Proxy, Error> {
    let namespace = namespaces::create()?;
    namespaces::set_attribute(&namespace, "number", Argument::Int(7))?;
    Ok(namespace)
}

/// The numbers from 0.
fn array_of_integers(length: u64) -> Result<Proxy, Error> {
    let array = arrays::create("q", length)?;
    let numbers: Vec<i64> = (0..length as i64).collect();
    arrays::write_ints(&array, 0, &numbers)?;
    Ok(array)
}

fn expect(value: Value, expected: i64) -> Result<(), Error> {
    correct(matches!(value, Value::Int(number) if number == expected))
}

/// Whoever answers wrongly is not measured.
fn correct(is_correct: bool) -> Result<(), Error> {
    if is_correct { Ok(()) } else { Err(error(ErrorKind::Assertion, "the answer is wrong")) }
}

fn error(kind: ErrorKind, message: &str) -> Error {
    Error { kind, type_name: String::new(), message: message.into(), args: None, traceback: None }
}

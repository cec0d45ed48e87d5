//! What Python's documentation shows of proxy objects, line by line, in Rust.
//!
//! ```text
//! commonhold build guest/examples/proxy-objects
//! commonhold run target/commonhold/proxy-objects.wasm
//! ```
//!
//! The changes to nested objects are made by a second process, which was given the proxies. What is
//! printed is what `proxy_objects.py` beside this prints, but for the numbers of the objects.

use std::collections::BTreeMap;

use commonhold_guest::{
    Arguments, Dict, Error, List, Lock, Process, Proxy, Result, Slice, Value, entry, manager, println, repr,
};

/// A plain dict from letters to numbers.
type Plain = BTreeMap<String, i64>;

#[entry]
fn main() -> Result<()> {
    let squares: List<i64> = List::from_items((0..10).map(|i| i * i))?;
    println!("{squares}");
    println!("{squares:?}");
    println!("{}", squares.get(4)?);
    println!("{:?}", squares.slice(2..5)?);

    nested_lists()?;
    nested_dicts()?;
    unsynced_dict()?;

    println!("{}", repr(&(List::from_items([1, 2, 3])?.as_proxy() == List::from_items([1, 2, 3])?.as_proxy()))?);
    println!("{}", repr(&(squares == squares.duplicate()))?);

    calls()?;
    lifetime()
}

/// A shared list inside of another: a reference, not a copy.
fn nested_lists() -> Result<()> {
    let (a, b) = (List::<List<String>>::new()?, List::<String>::new()?);
    in_a_second_process("nest", (&a, &b))?;
    println!("{a} {b}");
    in_a_second_process("greet", (&a,))?;
    println!("{} {b}", a.get(0)?);
    Ok(())
}

fn nested_dicts() -> Result<()> {
    let outer: List<Dict<String, i64>> = List::from_items([Dict::new()?, Dict::new()?])?;
    in_a_second_process("fill", (&outer,))?;
    println!("{}", outer.get(0)?);
    println!("{}", outer.get(1)?);
    Ok(())
}

/// A plain dict inside of a shared list is a copy as soon as it is read.
fn unsynced_dict() -> Result<()> {
    let list: List<Plain> = List::from_items([Plain::new()])?;
    let mut dict = list.get(0)?;
    dict.insert("a".to_owned(), 1);
    dict.insert("b".to_owned(), 2);
    println!("{list}");
    list.set(0, dict)?;
    println!("{list}");
    Ok(())
}

/// Methods by the names that they have in Python.
fn calls() -> Result<()> {
    let shared: Proxy = List::<i64>::from_items(0..10)?.into();
    println!("{}", shared.call::<i64>("__len__", ())?);
    println!("{:?}", shared.call::<Vec<i64>>("__getitem__", (Slice::from(2..7),))?);
    match shared.call::<Value>("__getitem__", (20,)) {
        Ok(value) => println!("{}", repr(&value)?),
        Err(error) => println!("{error}"),
    }
    Ok(())
}

/// A shared object lives until the last proxy to it goes, wherever that is.
fn lifetime() -> Result<()> {
    let shared: List<char> = List::from_items("abc".chars())?;
    println!("holders: {}", holders(shared.as_proxy())?);
    let again = shared.duplicate();
    println!("holders: {}", holders(shared.as_proxy())?);
    drop(again);
    println!("holders: {}", holders(shared.as_proxy())?);

    let (may_drop, dropped) = (Lock::new()?, Lock::new()?);
    may_drop.acquire()?.keep();
    dropped.acquire()?.keep();
    let process = Process::spawn("hold", (&shared, &may_drop, &dropped))?;
    let count = manager::number_of_objects();
    drop(shared);
    println!("objects gone after the drop here: {}", count - manager::number_of_objects());
    may_drop.release()?;
    dropped.acquire()?.keep();
    println!("objects gone after the drop in the second process: {}", count - manager::number_of_objects());
    process.join()
}

/// Runs an entry in a process of its own, to its end.
fn in_a_second_process(entry: &str, args: impl Arguments) -> Result<()> {
    Process::spawn(entry, args)?.join()
}

#[entry]
fn nest(a: List<List<String>>, b: List<String>) -> Result<()> {
    a.push(b) // the referent of a now contains the referent of b
}

#[entry]
fn greet(a: List<List<String>>) -> Result<()> {
    a.get(0)?.push("hello")
}

#[entry]
fn fill(outer: List<Dict<String, i64>>) -> Result<()> {
    let first_inner = outer.get(0)?;
    first_inner.insert("a", 1)?;
    first_inner.insert("b", 2)?;
    outer.get(1)?.insert("c", 3)?;
    outer.get(1)?.insert("z", 26)
}

#[entry]
fn hold(shared: List<char>, may_drop: Lock, dropped: Lock) -> Result<()> {
    may_drop.acquire()?.release()?;
    drop(shared);
    dropped.release()
}

/// How many proxies refer to a shared object, as the manager knows.
fn holders(proxy: &Proxy) -> Result<u64> {
    let info = manager::debug_info();
    let line = format!("{:x}:", proxy.id());
    let count = info.lines().find_map(|text| text.trim().strip_prefix(&line)?.trim().strip_prefix("refcount="));
    let count = count.and_then(|count| count.parse().ok());
    count.ok_or_else(|| Error::runtime(format!("nothing is known of {proxy:?}")))
}

commonhold_guest::program!(entries: [main, nest, greet, fill, hold]);

#[cfg(test)]
mod tests {
    use super::*;

    #[commonhold_guest::test]
    fn every_line_can_be_printed() -> Result<()> {
        main()
    }

    #[commonhold_guest::test]
    fn a_duplicate_is_a_holder_and_a_clone_is_not() -> Result<()> {
        let list = List::<i64>::new()?;
        let (_clone, duplicate) = (list.clone(), list.duplicate());
        assert_eq!(holders(list.as_proxy())?, 2);
        drop(duplicate);
        assert_eq!(holders(list.as_proxy())?, 1);
        Ok(())
    }
}

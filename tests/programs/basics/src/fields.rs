//! Every function of namespaces, values and arrays, typed and by name.

use commonhold_guest::{Array, ErrorKind, List, Lock, Namespace, Result, SharedValue, Value, bindings, entry, manager};

use crate::check::{count, fails, fails_as, same};

/// Checks namespaces, values and arrays.
#[entry]
fn fields() -> Result<u64> {
    let before = manager::number_of_objects();
    namespaces()?;
    values()?;
    arrays()?;
    raw_arrays()?;
    by_name()?;
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

fn namespaces() -> Result<()> {
    let it = Namespace::new()?;
    it.set("x", 10)?;
    it.set("y", "hello")?;
    it.set("_z", 12.5)?;
    same(it.to_string(), "Namespace(x=10, y='hello')")?;
    same(it.get::<i64>("x")?, Some(10))?;
    same(it.get::<i64>("q")?, None)?;
    same(it.contains("_z")?, true)?;
    same(it.names()?, ["x", "y", "_z"])?;
    it.delete("_z")?;
    fails(it.delete("_z"), ErrorKind::Attribute, "'Namespace' object has no attribute '_z'")?;
    same(it.fetch_add("x", 1)?, 10)?;
    same(it.fetch_max("x", 20)?, 11)?;
    same(it.swap("x", 1)?, 20)?;
    same(it.compare_exchange("x", 1, 2)?, Ok(1))?;
    same(it.compare_exchange("x", 1, 3)?, Err(2))?;
    fails_as(it.swap("q", 1), ErrorKind::Attribute)?;
    let pairs: Vec<(String, Value)> =
        it.as_proxy().get_value::<std::collections::BTreeMap<_, _>>()?.into_iter().collect();
    same(pairs, vec![("x".to_owned(), 2.into()), ("y".to_owned(), "hello".into())])?;
    // A proxy that is swapped out lives on.
    let list = List::from_items([1])?;
    it.set("list", &list)?;
    let old: List<i64> = it.swap("list", list.clone())?;
    same(old == list, true)
}

fn values() -> Result<()> {
    let it = SharedValue::<Value>::with_typecode("i", Value::from(7))?;
    same(it.to_string(), "Value('i', 7)")?;
    same(it.get()?, 7.into())?;
    it.set(Value::from(1))?;
    same(it.fetch_add(Value::from(2))?, 1.into())?;
    same(it.fetch_max(Value::from(9.5))?, 3.into())?;
    same(it.swap(Value::from("x"))?, 9.5.into())?;
    same(it.compare_exchange(Value::from("x"), Value::Null)?, Ok("x".into()))?;
    same(it.compare_exchange(Value::from("x"), Value::Null)?, Err(Value::Null))?;
    fails_as(it.fetch_add(Value::from(1)), ErrorKind::Type)?;
    same(it.lock()?, it.lock()?)?;
    let guarded = it.lock()?;
    let guard = guarded.acquire()?;
    same(it.lock()?.is_locked()?, true)?;
    drop(guard);
    let lock = Lock::new()?;
    let own = manager::create("Value", ("i", 0, &lock))?;
    same(SharedValue::<i64>::try_from(own)?.lock()?, lock)
}

fn arrays() -> Result<()> {
    let it = Array::<i32>::from_slice(&[1, -2, 3])?;
    same(it.to_string(), "array('i', [1, -2, 3])")?;
    same((it.len()?, it.get(1)?, it.get(-1)?), (3, -2, 3))?;
    it.set(0, i32::MIN)?;
    it.write(1, &[i32::MAX, 5])?;
    same(it.read(..)?, [i32::MIN, i32::MAX, 5])?;
    fails(it.get(3), ErrorKind::Index, "array index out of range")?;
    fails(it.fetch_add(1, 1), ErrorKind::Overflow, "signed integer is greater than maximum")?;
    same(it.fetch_add(2, 1)?, 5)?;
    same(it.fetch_max(2, 9)?, 6)?;
    same(it.swap(2, 1)?, 9)?;
    same(it.compare_exchange(2, 1, 2)?, Ok(1))?;
    same(it.compare_exchange(2, 1, 3)?, Err(2))?;
    same(it.lock()?, it.lock()?)?;
    fails_as(Array::<u32>::try_from(it.as_proxy().clone()), ErrorKind::Type)?;
    let many: Vec<f64> = (0..100_000).map(f64::from).collect();
    let floats = Array::from_slice(&many)?;
    same(floats.read(99_998..)?, [99_998.0, 99_999.0])?;
    same(floats.read(..)? == many, true)
}

/// What the typed functions give to other languages.
fn raw_arrays() -> Result<()> {
    use bindings::arrays;
    use bindings::types::{Argument, ErrorKind, Value as Raw};
    let kind = |error: bindings::types::Error| format!("{:?}", error.kind);
    let failed = |error: bindings::types::Error| commonhold_guest::Error::internal(error.message);
    let it = arrays::create("H", 3).map_err(failed)?;
    arrays::write_ints(&it, 0, &[1, 65535, 7]).map_err(failed)?;
    same(arrays::read_ints(&it, 0, 3).map_err(failed)?, [1, 65535, 7])?;
    same(arrays::read_bytes(&it, 1, 1).map_err(failed)?, [255, 255])?;
    same(arrays::write_ints(&it, 0, &[5, 65536]).map_err(kind), Err(format!("{:?}", ErrorKind::Overflow)))?;
    same(arrays::write_ints(&it, 2, &[5, 6]).map_err(kind), Err(format!("{:?}", ErrorKind::Index)))?;
    same(arrays::read_floats(&it, 0, 1).map_err(kind), Err(format!("{:?}", ErrorKind::Type)))?;
    same(arrays::write_bytes(&it, 0, &[1]).map_err(kind), Err(format!("{:?}", ErrorKind::Value)))?;
    same(arrays::read_ints(&it, 0, 3).map_err(failed)?, [1, 65535, 7])?;
    let Raw::Int(item) = arrays::get_item(&it, -1).map_err(failed)? else { return same("another value", "an int") };
    same((item, arrays::typecode(&it).map_err(failed)?), (7, "H".to_owned()))?;
    let floats = arrays::create_from("f", Argument::Int(2)).map_err(failed)?;
    arrays::write_floats(&floats, 0, &[0.5, 1e300]).map_err(failed)?;
    same(arrays::read_floats(&floats, 0, 2).map_err(failed)?, [0.5, f64::INFINITY])
}

fn by_name() -> Result<()> {
    let it = manager::create("Array", ("b", vec![1, 2]))?;
    same(it.call::<i64>("fetch_add", (0, 5))?, 1)?;
    same(it.call::<(bool, i64)>("compare_exchange", (0, 6, 7))?, (true, 6))?;
    fails(it.call::<()>("__setitem__", (0, 200)), ErrorKind::Overflow, "signed char is greater than maximum")?;
    let unlocked = manager::create_with("Array", ("b", 2), (("lock", false),), None)?;
    fails(it.call::<()>("__setitem__", ("x", 1)), ErrorKind::Type, "array indices must be integers")?;
    fails(unlocked.call::<Lock>("get_lock", ()), ErrorKind::Attribute, "'Array' object has no attribute 'get_lock'")
}

//! Values of every kind, there and back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commonhold_guest::{
    BigInt, Dict, ErrorKind, List, Lock, Object, Proxy, Result, Value, entry, from_value, manager, to_value,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::check::{count, fails, fails_as, same};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Job {
    name: String,
    sizes: Vec<u32>,
    input: List<i64>,
    done: Option<Lock>,
    more: BTreeMap<String, Dict<String, i64>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Order {
    Stop,
    Wait(f64),
    Move(i8, i8),
    Take { from: List<i64>, count: usize },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

/// Checks values.
#[entry]
fn values() -> Result<u64> {
    let before = manager::number_of_objects();
    plain()?;
    with_proxies()?;
    raw()?;
    unfit()?;
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

/// Sends a value into a list in each way and reads it back.
#[track_caller]
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) -> Result<()> {
    let list = List::<T>::new()?;
    list.push(value)?;
    list.extend([value])?;
    list.as_proxy().call::<()>("append", (value,))?;
    same(list.to_string(), format!("[{text}, {text}, {text}]"))?;
    for item in &list {
        same(&item?, value)?;
    }
    let value = &to_value(value)?;
    same(&list.as_proxy().call::<Value>("__getitem__", (-1,))?, value)
}

fn plain() -> Result<()> {
    there_and_back(&(), "None")?;
    there_and_back(&true, "True")?;
    there_and_back(&-5_i8, "-5")?;
    there_and_back(&i64::MIN, "-9223372036854775808")?;
    there_and_back(&u64::MAX, "18446744073709551615")?;
    there_and_back(&i128::MIN, "-170141183460469231731687303715884105728")?;
    there_and_back(&0.5_f32, "0.5")?;
    there_and_back(&1e300, "1e+300")?;
    there_and_back(&'\u{1f419}', "'\u{1f419}'")?;
    there_and_back(&String::from("it's"), "\"it's\"")?;
    there_and_back(&None::<i64>, "None")?;
    there_and_back(&Some(7_u16), "7")?;
    there_and_back(&vec![vec![1_i64], vec![]], "[[1], []]")?;
    there_and_back(&(1_i64, 2.5, "x".to_owned()), "(1, 2.5, 'x')")?;
    there_and_back(&BTreeMap::from([("a".to_owned(), 1_i64), ("b".to_owned(), 2)]), "{'a': 1, 'b': 2}")?;
    there_and_back(&HashMap::from([((1_i64, true), vec!['c'])]), "{(1, True): ['c']}")?;
    there_and_back(&BTreeSet::from([3_i64, 1]), "[1, 3]")?;
    there_and_back(&Meters(2.0), "2.0")?;
    there_and_back(&Order::Stop, "'Stop'")?;
    there_and_back(&Order::Wait(0.25), "{'Wait': 0.25}")?;
    there_and_back(&Order::Move(1, -1), "{'Move': (1, -1)}")
}

fn with_proxies() -> Result<()> {
    let (input, counts) = (List::from_items([1, 2])?, Dict::new()?);
    let job = Job {
        name: "all".to_owned(),
        sizes: vec![1, 2],
        input: input.clone(),
        done: Some(Lock::new()?),
        more: BTreeMap::from([("counts".to_owned(), counts)]),
    };
    let jobs = List::<Job>::from_items([&job])?;
    let again = jobs.get(0)?;
    same(&again, &job)?;
    again.input.push(3)?;
    same(input.len()?, 3)?;
    there_and_back(
        &Order::Take { from: input.clone(), count: 9 },
        &format!("{{'Take': {{'from': {input:?}, 'count': 9}}}}"),
    )?;
    there_and_back(&Some(input.clone()), &format!("{input:?}"))?;
    there_and_back(&vec![input.clone(), input.clone()], &format!("[{input:?}, {input:?}]"))?;
    let pair: (Proxy, List<i64>) = from_value(to_value(&(&input, &input))?)?;
    same(pair.0 == *pair.1.as_proxy(), true)
}

fn raw() -> Result<()> {
    let list = List::<Value>::new()?;
    let big = Value::BigInt(BigInt::from(u64::MAX) * 4);
    let object = Value::Object(Box::new(Object {
        type_name: "Point".to_owned(),
        text: "Point(1, 2)".to_owned(),
        state: Value::Tuple(vec![1.into(), 2.into()]),
    }));
    for value in [
        big,
        object,
        Value::Bytes(vec![0, 255]),
        Value::Set(vec![1.into(), "a".into()]),
        Value::FrozenSet(vec![]),
        Value::Slice(Box::new([1.into(), Value::Null, (-1).into()])),
        Value::List(vec![list.clone().into(), Value::Dict(vec![("self".into(), list.clone().into())])]),
    ] {
        list.push(&value)?;
        same(list.get(-1)?, value)?;
    }
    same(list.slice(0..6)?.len(), 6)?;
    list.pop()?;
    same(
        list.to_string(),
        "[73786976294838206460, Point(1, 2), b'\\x00\\xff', {1, 'a'}, frozenset(), slice(1, None, -1)]",
    )?;
    let values = [Value::Int(6), "six".into(), Value::Tuple(vec![6.into(), list.clone().into()])];
    list.as_proxy().call::<()>("__setitem__", &[Value::Int(0), values[2].clone()][..])?;
    same(list.get(0)?, values[2].clone())?;
    list.clear()
}

fn unfit() -> Result<()> {
    let list = List::<Value>::from_items([Value::Int(300), "text".into(), Value::Null, 1.5.into()])?;
    let get = |index: i64| list.as_proxy().clone().call::<u8>("__getitem__", (index,));
    fails(get(0), ErrorKind::BadValue, "300 does not fit u8")?;
    fails(get(1), ErrorKind::BadValue, "expected int, found str")?;
    fails(get(2), ErrorKind::BadValue, "expected int, found NoneType")?;
    fails_as(get(3), ErrorKind::BadValue)?;
    fails_as(list.as_proxy().get_value::<Vec<Option<i64>>>(), ErrorKind::BadValue)?;
    fails_as(list.as_proxy().call::<List<i64>>("__getitem__", (0,)), ErrorKind::BadValue)?;
    // A dict is no list, and says so where it stands.
    let dicts = List::<Value>::from_items([Value::from(Dict::<i64, i64>::new()?)])?;
    let lists: List<List<i64>> = dicts.as_proxy().clone().try_into()?;
    let error =
        lists.get(0).map_err(|error| error.message.starts_with("expected a proxy of type 'list', found <DictProxy"));
    same(error, Err(true))?;
    // Numbers of another type, where nothing is lost.
    let numbers = List::<Value>::from_items([Value::Int(2)])?;
    same(numbers.as_proxy().call::<f64>("__getitem__", (0,))?, 2.0)
}

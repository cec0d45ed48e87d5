//! A guest that does what the shadow-graph test tells it to.

#![allow(missing_docs, clippy::unwrap_used)]

mod op;

use commonhold_guest::{
    Dict, Error, ErrorKind, List, Lock, Process, Proxy, Queue, Result, Rights, Value, entry, process,
};
use op::{How, Op, SLOTS};

type Slots = [Option<Proxy>; SLOTS];

/// Does one thing each time that it gets the turn.
#[entry]
fn actor(turn: Lock, ops: List<Op>, replies: List<u64>, exchange: List<Proxy>, never: Lock) -> Result<Vec<Proxy>> {
    let mut slots = Slots::default();
    loop {
        let guard = turn.acquire()?;
        match ops.pop()? {
            None => {}
            Some(Op::End) => {
                guard.release()?;
                return Ok(slots.into_iter().flatten().collect());
            }
            Some(Op::Trap) => panic!("as told"),
            Some(op) => {
                if let Some(reply) = obey(op, &mut slots, &exchange, &never)? {
                    replies.push(reply)?;
                }
            }
        }
        guard.release()?;
    }
}

fn list(slots: &Slots, slot: usize) -> Result<List<Value>> {
    slots[slot].as_ref().unwrap().duplicate().try_into()
}

fn dict(slots: &Slots, slot: usize) -> Result<Dict<i64, Value>> {
    slots[slot].as_ref().unwrap().duplicate().try_into()
}

fn proxy(slots: &Slots, slot: usize) -> Value {
    Value::Proxy(slots[slot].as_ref().unwrap().duplicate())
}

fn expect_proxy(value: Value) -> Result<Option<Proxy>> {
    match value {
        Value::Proxy(proxy) => Ok(Some(proxy)),
        _ => Err(Error::new(ErrorKind::Type, "that was no proxy")),
    }
}

fn obey(op: Op, slots: &mut Slots, exchange: &List<Proxy>, never: &Lock) -> Result<Option<u64>> {
    match op {
        Op::NewList { to } => {
            let made = List::<Value>::new()?;
            let id = made.as_proxy().id();
            slots[to] = Some(made.into());
            return Ok(Some(id));
        }
        Op::NewDict { to } => {
            let made = Dict::<i64, Value>::new()?;
            let id = made.as_proxy().id();
            slots[to] = Some(made.into());
            return Ok(Some(id));
        }
        Op::Duplicate { from, to } => slots[to] = Some(slots[from].as_ref().unwrap().duplicate()),
        Op::Narrow { from, to } => slots[to] = Some(slots[from].as_ref().unwrap().narrow(&Rights::all())?),
        Op::Drop { slot } => slots[slot] = None,
        Op::Append { list: at, item } => list(slots, at)?.push(proxy(slots, item))?,
        Op::AppendNested { list: at, item } => {
            let entries =
                vec![(Value::Int(1), proxy(slots, item)), (Value::Int(2), Value::List(vec![proxy(slots, item)]))];
            list(slots, at)?.push(Value::Tuple(vec![proxy(slots, item), Value::Dict(entries)]))?;
        }
        Op::Get { list: at, index, to } => slots[to] = expect_proxy(list(slots, at)?.get(index)?)?,
        Op::Look { list: at, index } => drop(list(slots, at)?.get(index)?),
        Op::Pop { list: at, to } => slots[to] = expect_proxy(list(slots, at)?.pop()?.unwrap())?,
        Op::Discard { list: at } => drop(list(slots, at)?.pop()?),
        Op::Replace { list: at, index, item } => list(slots, at)?.set(index, proxy(slots, item))?,
        Op::ExtendFrom { list: at, other } => list(slots, at)?.extend_from(&list(slots, other)?)?,
        Op::Reverse { list: at } => list(slots, at)?.reverse()?,
        Op::Put { dict: at, key, item } => dict(slots, at)?.insert(key, proxy(slots, item))?,
        Op::Find { dict: at, key, to } => slots[to] = expect_proxy(dict(slots, at)?.get(key)?.unwrap())?,
        Op::Take { dict: at, key, to } => slots[to] = expect_proxy(dict(slots, at)?.remove(key)?.unwrap())?,
        Op::Clear { container } => slots[container].as_ref().unwrap().call("clear", ())?,
        Op::RemoveMissing { list: at } => {
            let it = list(slots, at)?;
            let failed = it.remove_item(Value::Text("missing".into()));
            assert_eq!(failed.unwrap_err().kind, ErrorKind::Value);
        }
        Op::Spawn { to, args, how } => {
            let args: Vec<Value> = args.into_iter().map(|slot| proxy(slots, slot)).collect();
            let child = Process::builder("child").daemon(how == How::Daemon).spawn((args, how, never))?;
            let id = child.as_proxy().id();
            slots[to] = Some(child.into());
            return Ok(Some(id));
        }
        Op::Join { process, to } => {
            let child: Process = slots[process].as_ref().unwrap().duplicate().try_into()?;
            if let process::Outcome::Returned(Value::List(proxies)) = child.outcome()? {
                slots[to] = proxies.into_iter().next().map(expect_proxy).transpose()?.flatten();
            } else {
                slots[to] = None;
            }
        }
        Op::Kill { process } => {
            let child: Process = slots[process].as_ref().unwrap().duplicate().try_into()?;
            child.kill()?;
        }
        Op::Send { slot } => exchange.push(slots[slot].take().unwrap())?,
        Op::Receive { to } => slots[to] = exchange.pop()?,
        Op::End | Op::Trap => {}
    }
    Ok(None)
}

/// What an actor spawns.
#[entry]
fn child(proxies: Vec<Value>, how: How, never: Lock) -> Result<Vec<Value>> {
    match how {
        How::Return => Ok(proxies),
        How::Fail => Err(Error::new(ErrorKind::Runtime, "as told").with_args(Value::Tuple(proxies))),
        How::Trap => panic!("as told"),
        How::Exit => process::exit(3),
        How::Block | How::Daemon => {
            never.acquire()?.keep();
            Ok(Vec::new())
        }
    }
}

/// Makes, nests, reads, swaps, sends and drops at random, together with others. Only newer objects
/// are put into older ones, so there are no cycles.
#[entry]
fn storm(mut random: u64, steps: u32, exchange: List<Proxy>, how: How) -> Result<()> {
    let mut slots = Slots::default();
    let mut below = move |limit: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) % limit
    };
    for _ in 0..steps {
        let (a, b) = (below(SLOTS as u64) as usize, below(SLOTS as u64) as usize);
        let is_list = |slot: &Option<Proxy>| slot.as_ref().is_some_and(|proxy| proxy.typeid() == "list");
        let nests = is_list(&slots[a])
            && slots[b].as_ref().zip(slots[a].as_ref()).is_some_and(|(inner, outer)| inner.id() > outer.id());
        match below(10) {
            0 | 1 => slots[a] = Some(List::<Value>::new()?.into()),
            2 => slots[a] = slots[b].as_ref().map(Proxy::duplicate),
            3 => slots[a] = None,
            4 | 5 if nests => list(&slots, a)?.push(proxy(&slots, b))?,
            // Somebody else may pop it first: an index error is as good.
            6 if is_list(&slots[a]) => drop(list(&slots, a)?.get(below(3) as i64)),
            7 if is_list(&slots[a]) => {
                if let Some(Value::Proxy(item)) = list(&slots, a)?.pop()? {
                    slots[b] = Some(item);
                }
            }
            8 => {
                if let Some(proxy) = slots[a].take() {
                    exchange.push(proxy)?;
                }
            }
            9 => slots[a] = exchange.pop()?,
            _ => {}
        }
    }
    match how {
        How::Trap => panic!("as told"),
        How::Exit => process::exit(3),
        How::Fail => Err(Error::new(ErrorKind::Runtime, "as told")),
        // Killed meanwhile, perhaps.
        How::Block | How::Daemon => loop {
            drop(List::<Value>::new()?);
        },
        How::Return => Ok(()),
    }
}

/// What the test of faults stops at each of its host calls.
#[entry]
fn scenario(shared: List<Value>, map: Dict<String, Value>, lock: Lock) -> Result<Vec<Proxy>> {
    let fresh = List::<i64>::new()?;
    let value = || Value::Proxy(fresh.as_proxy().duplicate());
    fresh.push(1)?;
    shared.push(value())?;
    map.insert("new", value())?;
    let guard = lock.acquire()?;
    let nested = Value::List(vec![Value::Proxy(map.as_proxy().duplicate()), value()]);
    shared.push(Value::List(vec![value(), nested]))?;
    drop(fresh);
    let Value::Proxy(again) = shared.get(0)? else {
        return Err(Error::new(ErrorKind::Type, "that was no proxy"));
    };
    let process = Process::spawn("scenario_child", (&again, &shared))?;
    drop(process.outcome()?);
    guard.release()?;
    drop(shared.pop()?);
    drop(map.remove("new")?);
    drop(process);
    shared.clear()?;
    Ok(vec![again])
}

#[entry]
fn scenario_child(fresh: List<i64>, _shared: List<Value>) -> Result<List<i64>> {
    fresh.push(2)?;
    Ok(fresh)
}

/// One of very many.
#[entry]
fn wait_and_answer(gate: Lock, answers: List<u64>, number: u64) -> Result<()> {
    let _guard = gate.acquire()?;
    answers.push(number)
}

/// One of still more: says that it is there, and waits for a number.
#[entry]
fn answer_number(here: Queue<i64>, numbers: Queue<i64>) -> Result<i64> {
    here.put(0)?;
    drop(here);
    numbers.get()
}

commonhold_guest::program!(entries: [wait_and_answer, answer_number, actor, child, storm, scenario, scenario_child]);

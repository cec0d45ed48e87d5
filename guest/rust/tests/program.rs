//! A whole program, natively: how arguments reach entries and methods, and how what they end with
//! reaches whoever waits.

#![allow(unreachable_pub, reason = "what a type shares is pub")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use commonhold_guest::provider::Shared;
use commonhold_guest::{
    Error, ErrorKind, List, Lock, Outcome, Process, Proxy, Result, Rights, Value, entry, manager, process, shared_type,
    testing, time,
};
use serde::{Deserialize, Serialize};

/// Every way to take arguments.
#[entry]
fn takes(number: u8, maybe: Option<String>, #[rest] rest: Vec<i64>) -> (u8, Option<String>, Vec<i64>) {
    (number, maybe, rest)
}

#[entry(name = "by another name")]
fn renamed(r#type: String) -> String {
    r#type
}

#[entry]
fn nothing() {}

#[derive(Serialize, Deserialize)]
struct Job {
    list: List<i64>,
    steps: Vec<i64>,
}

#[entry]
fn works(job: Job) -> Result<Job> {
    job.list.extend(&job.steps)?;
    Ok(job)
}

#[derive(Debug)]
struct Trouble<T>(T);

impl<T: fmt::Display> fmt::Display for Trouble<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { write!(f, "trouble, because of {}", self.0) } else { f.write_str("trouble") }
    }
}

#[entry]
fn fails_with_text() -> Result<(), &'static str> {
    Err("a text")
}

#[entry]
fn fails_with_type() -> Result<(), Trouble<i32>> {
    Err(Trouble(7))
}

#[entry]
fn fails_in_a_box(list: List<i64>) -> Result<(), Box<dyn std::error::Error>> {
    list.get(0)?;
    Ok(())
}

#[entry]
fn fails_to_parse(number: String) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
    Ok(number.parse()?)
}

#[derive(Debug)]
enum Failed {
    Parse(std::num::ParseIntError),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not parsed")
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let Failed::Parse(cause) = self;
        Some(cause)
    }
}

#[entry]
fn fails_in_ways(how: String) -> Result<(), Box<dyn std::error::Error>> {
    match &*how {
        "os" => Err(std::io::Error::other("no such place"))?,
        "text" => Err("Text (in a box)")?,
        _ => how.parse::<i64>().map(|_| ()).map_err(Failed::Parse)?,
    }
    Ok(())
}

#[entry]
fn fails_outside() -> std::io::Result<()> {
    Err(std::io::Error::other("no such place"))
}

#[entry]
fn gives_nothing() -> Unserialisable {
    Unserialisable
}

struct Unserialisable;

impl Serialize for Unserialisable {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("never"))
    }
}

#[entry]
fn panics_with(lock: Lock) -> Result<()> {
    let _guard = lock.acquire()?;
    panic!("with the lock");
}

#[entry]
fn keeps(lock: Lock) -> Result<()> {
    lock.acquire()?.keep();
    Ok(())
}

#[entry]
fn exits(status: i32) {
    process::exit(status);
}

#[entry]
fn sleeps() {
    time::sleep(Duration::MAX);
}

#[entry]
fn asks(lock: Lock) -> Result<()> {
    let guard = lock.acquire()?;
    while lock.is_locked()? {}
    guard.release()
}

#[entry]
fn forgets(list: List<i64>) {
    std::mem::forget(list.duplicate());
}

#[entry]
fn waits(lock: Lock) -> Result<bool> {
    Ok(lock.acquire()?.is_abandoned())
}

/// Without `new`, `Display` or `Serialize`.
struct Opaque;

#[shared_type(name = "Opaque Type")]
impl Opaque {
    pub(crate) fn peek(&self) {}

    /// Not a method of the shared type.
    #[allow(dead_code)]
    fn private(&self) {}

    /// Not either.
    #[allow(dead_code)]
    pub(crate) fn associated() {}
}

#[derive(Serialize)]
struct Stack {
    items: Vec<Value>,
}

#[shared_type]
impl Stack {
    pub(crate) fn new(#[rest] items: Vec<Value>) -> Result<Self, String> {
        if items.len() > 9 { Err("too many".to_owned()) } else { Ok(Stack { items }) }
    }

    pub(crate) fn push(&mut self, item: Value, times: Option<usize>) -> usize {
        self.items.extend(std::iter::repeat_n(item, times.unwrap_or(1)));
        self.items.len()
    }

    pub(crate) fn pop(&mut self) -> Option<Value> {
        self.items.pop()
    }

    pub(crate) fn opaque(&self) -> Result<Shared<Opaque>> {
        Shared::new(Opaque)
    }

    pub(crate) fn asks(&mut self, other: Proxy) -> Result<usize> {
        other.call("push", (1,))
    }

    pub(crate) fn passes_on(&self) -> Result<()> {
        Err(Error::value("so it is").with_traceback("from afar\n"))
    }

    pub(crate) fn ends(&self) -> Result<()> {
        Err(Error::new(ErrorKind::StopIteration, ""))
    }

    pub(crate) fn takes_itself(&mut self, itself: Shared<Stack>) -> Result<usize> {
        itself.with(|stack| stack.items.len())
    }
}

commonhold_guest::program!(
    entries: [
        takes, renamed, nothing, works, fails_with_text, fails_with_type, fails_in_a_box, fails_to_parse,
        fails_in_ways, fails_outside, gives_nothing, panics_with, keeps, exits, waits, sleeps, asks, forgets, outlives,
    ],
    types: [Opaque, Stack],
);

/// What an error is about.
fn about<T: fmt::Debug>(result: Result<T>) -> (ErrorKind, String, String) {
    let error = result.unwrap_err();
    (error.kind, error.type_name.into_owned(), error.message)
}

fn type_error(message: &str) -> (ErrorKind, String, String) {
    (ErrorKind::Type, "TypeError".to_owned(), message.to_owned())
}

fn join<T: serde::de::DeserializeOwned>(entry: &str, args: impl commonhold_guest::Arguments) -> Result<T> {
    Process::spawn(entry, args)?.join()
}

#[commonhold_guest::test]
fn arguments_are_read_by_position() -> Result<()> {
    type Taken = (u8, Option<String>, Vec<i64>);
    assert_eq!(join::<Taken>("takes", (1,))?, (1, None, vec![]));
    assert_eq!(join::<Taken>("takes", (1, ()))?, (1, None, vec![]));
    assert_eq!(join::<Taken>("takes", (1, "two", 3, 4))?, (1, Some("two".to_owned()), vec![3, 4]));
    assert_eq!(join::<String>("by another name", ("x",))?, "x");
    let list = List::new()?;
    let job: Job = join("works", (Job { list: list.clone(), steps: vec![1, 2] },))?;
    assert_eq!((job.list == list, list.to_vec()?), (true, vec![1, 2]));
    Ok(())
}

#[commonhold_guest::test]
fn unfit_arguments_are_named() {
    let missing = "takes() missing 1 required positional argument: 'number'";
    assert_eq!(about(join::<()>("takes", ())), type_error(missing));
    let unfit = "takes() argument 'number': expected int, found str";
    assert_eq!(about(join::<()>("takes", ("x",))), type_error(unfit));
    let misfit = "takes() argument 'number': 300 does not fit u8";
    assert_eq!(about(join::<()>("takes", (300,))), type_error(misfit));
    let unfit = "takes() argument '4': expected int, found str";
    assert_eq!(about(join::<()>("takes", (1, (), 3, "x"))), type_error(unfit));
    let many = "nothing() takes 0 arguments but 1 was given";
    assert_eq!(about(join::<()>("nothing", (1,))), type_error(many));
    let unfit = "by another name() argument 'type': expected str, found int";
    assert_eq!(about(join::<()>("by another name", (1,))), type_error(unfit));
    let unfit = "works() argument 'job': expected dict, found list";
    assert_eq!(about(join::<()>("works", (vec![1],))), type_error(unfit));
}

#[commonhold_guest::test]
fn an_unknown_entry_is_an_error_that_names_the_known_ones() {
    let (kind, _, message) = about(join::<()>("nobody", ()));
    assert_eq!(kind, ErrorKind::NoSuchEntry);
    assert!(message.starts_with("there is no entry 'nobody'; the program's entries are: takes, by another name, "));
}

#[commonhold_guest::test]
fn errors_of_any_type_travel() -> Result<()> {
    let runtime = (ErrorKind::Runtime, "RuntimeError".to_owned(), "a text".to_owned());
    assert_eq!(about(join::<()>("fails_with_text", ())), runtime);
    let custom = (ErrorKind::Custom, "Trouble".to_owned(), "trouble, because of 7".to_owned());
    assert_eq!(about(join::<()>("fails_with_type", ())), custom);
    let index = (ErrorKind::Index, "IndexError".to_owned(), "list index out of range".to_owned());
    assert_eq!(about(join::<()>("fails_in_a_box", (List::<i64>::new()?,))), index);
    let parse = (ErrorKind::Custom, "ParseIntError".to_owned(), "invalid digit found in string".to_owned());
    assert_eq!(about(join::<i64>("fails_to_parse", ("x",))), parse);
    let os = (ErrorKind::Os, "OSError".to_owned(), "no such place".to_owned());
    let runtime = (ErrorKind::Runtime, "RuntimeError".to_owned(), "Text (in a box)".to_owned());
    assert_eq!(about(join::<()>("fails_outside", ())), os);
    for (how, expected) in [("os", os), ("text", runtime)] {
        assert_eq!(about(join::<()>("fails_in_ways", (how,))), expected, "{how}");
    }
    let error = join::<()>("fails_in_ways", ("variant",)).unwrap_err();
    assert_eq!((error.kind, &*error.type_name, &*error.message), (ErrorKind::Custom, "Parse", "not parsed"));
    assert_eq!(error.traceback.as_deref(), Some("caused by: invalid digit found in string"));
    Ok(())
}

#[commonhold_guest::test]
fn an_error_of_a_method_tells_which_methods_it_passed() -> Result<()> {
    let stack = manager::create("Stack", ())?;
    let many = [0_i64; 10].map(Value::from);
    let of = |result: Result<()>| result.unwrap_err().traceback.unwrap_or_default();
    assert_eq!(&*of(manager::create("Stack", many.as_slice()).map(|_| ())), "in Stack::new");
    assert_eq!(&*of(stack.call("push", ())), "in Stack::push");
    // What it has from elsewhere comes first.
    assert_eq!(&*of(stack.call("passes_on", ())), "from afar\nin Stack::passes_on");
    assert_eq!(stack.call::<()>("ends", ()).unwrap_err().traceback, None);
    Ok(())
}

#[commonhold_guest::test]
fn what_cannot_be_serialised_is_no_value() -> Result<()> {
    let list = List::<Value>::new()?;
    for (result, message) in [
        (list.as_proxy().call::<()>("append", (Unserialisable,)), "never"),
        (list.as_proxy().call::<()>("append", (vec![Unserialisable],)), "item [0]: never"),
        (commonhold_guest::to_value(&Unserialisable).map(|_| ()), "never"),
        (join::<()>("gives_nothing", ()), "never"),
    ] {
        assert_eq!(about(result), (ErrorKind::Unserializable, "Unserializable".to_owned(), message.to_owned()));
    }
    assert_eq!(list.len()?, 0);
    Ok(())
}

#[commonhold_guest::test]
fn a_lock_of_a_process_that_died_is_abandoned() -> Result<()> {
    let lock = Lock::new()?;
    let process = Process::spawn("panics_with", (&lock,))?;
    assert!(matches!(process.outcome()?, Outcome::Trapped(error) if error.message.contains("with the lock")));
    // It was released before whoever joined was told.
    assert_eq!(lock.try_acquire()?.map(|guard| guard.is_abandoned()), Some(true));
    assert_eq!(lock.try_acquire()?.map(|guard| guard.is_abandoned()), Some(false));
    join::<()>("keeps", (&lock,))?;
    assert!(lock.try_acquire()?.is_none());
    let waiting = Process::spawn("waits", (&lock,))?;
    assert!(waiting.outcome_timeout(Duration::ZERO)?.is_none());
    lock.release()?;
    assert!(!waiting.join::<bool>()?);
    Ok(())
}

#[commonhold_guest::test]
fn a_process_is_killed_where_it_waits_or_asks() -> Result<()> {
    let (taken, own) = (Lock::new()?, Lock::new()?);
    taken.acquire()?.keep();
    let before = manager::number_of_objects();
    let waiting = Process::spawn("waits", (&taken,))?;
    let sleeping = Process::spawn("sleeps", ())?;
    let asking = Process::spawn("asks", (&own,))?;
    while !own.is_locked()? {
        thread::yield_now();
    }
    for process in [waiting, sleeping, asking] {
        process.kill()?;
        assert!(matches!(process.outcome()?, Outcome::Killed));
        assert_eq!(about(process.join::<()>()).2, "the process was killed");
    }
    assert_eq!(manager::number_of_objects(), before);
    // Its guard was dropped as the thread was unwound, and left it to the manager, as in a guest.
    assert_eq!(own.try_acquire()?.map(|guard| guard.is_abandoned()), Some(true));
    Ok(())
}

#[commonhold_guest::test]
fn what_a_process_held_is_released_when_it_has_ended() -> Result<()> {
    let list = List::from_items([1])?;
    let before = manager::debug_info();
    join::<()>("forgets", (&list,))?;
    assert_eq!(manager::debug_info(), before);
    Ok(())
}

#[commonhold_guest::test]
fn a_panic_says_where_it_was() -> Result<()> {
    let outcome = Process::spawn("panics_with", (Lock::new()?,))?.outcome()?;
    let Outcome::Trapped(error) = outcome else { panic!("{outcome:?}") };
    assert_eq!((error.kind, &*error.type_name), (ErrorKind::ProcessDied, "Trap"));
    assert!(error.message.starts_with("panicked at ") && error.message.contains("program.rs:"), "{error}");
    Ok(())
}

/// Says that the thread is over which it belongs to.
struct Over(Sender<()>);

impl Drop for Over {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

static OVER: Mutex<Option<Over>> = Mutex::new(None);

#[entry]
fn outlives(lock: Lock) -> Result<()> {
    let _over = OVER.lock().unwrap().take();
    lock.acquire()?.release()
}

/// The test that starts a process may end, or fail, before it.
#[test]
fn the_processes_of_a_test_end_with_it() {
    let (over, is_over) = channel();
    *OVER.lock().unwrap() = Some(Over(over));
    let kept = testing::run(&COMMONHOLD_PROGRAM, || {
        let lock = Lock::new().unwrap();
        lock.acquire().unwrap().keep();
        Process::spawn("outlives", (&lock,)).unwrap();
        lock
    });
    assert!(is_over.recv().is_ok());
    // What a test returns can be looked at.
    assert!(kept.is_locked().unwrap());
}

#[commonhold_guest::test]
fn the_managers_limits_apply() -> Result<()> {
    let list = List::<Value>::new()?;
    let large = "x".repeat((64 << 20) + 1);
    let quota = |result: Result<()>| about(result).2;
    assert_eq!(quota(list.push(Value::from(large.as_str()))), "a value can take 67108864 bytes at most");
    let mut nested = Value::Null;
    for _ in 0..commonhold_wire::MAX_DEPTH - 7 {
        nested = Value::List(vec![nested]);
    }
    assert!(quota(list.push(nested)).starts_with("malformed value: "));
    let mut reader = list.as_proxy().clone();
    for _ in 0..16 {
        reader = reader.narrow(&Rights::all())?;
    }
    assert_eq!(about(reader.narrow(&Rights::all())).2, "a proxy can be narrowed 16 times at most");
    Ok(())
}

#[commonhold_guest::test]
fn proxies_of_two_managers_do_not_mix() -> Result<()> {
    let list = List::<Proxy>::new()?;
    let other = thread::spawn(|| List::<i64>::new().unwrap()).join().unwrap();
    let (kind, _, message) = about(list.push(other.as_proxy()));
    assert_eq!(kind, ErrorKind::Other);
    assert!(message.starts_with("this proxy belongs to another manager"));
    // A thread of the test's own acts for the test.
    let lock = Lock::new()?;
    lock.acquire()?.keep();
    let there = lock.clone();
    thread::spawn(move || there.release()).join().unwrap()?;
    assert!(!lock.is_locked()?);
    Ok(())
}

#[commonhold_guest::test]
fn a_status_is_an_outcome() -> Result<()> {
    assert!(matches!(Process::spawn("exits", (3,))?.outcome()?, Outcome::Exited(3)));
    assert_eq!(about(join::<()>("exits", (3,))).2, "the process exited with status 3");
    join::<()>("exits", (0,))
}

#[commonhold_guest::test]
fn objects_of_own_types_are_made_called_and_released() -> Result<()> {
    let before = manager::number_of_objects();
    let typeids = manager::typeids();
    assert!(
        typeids.is_sorted() && ["Lock", "Stack", "dict"].iter().all(|typeid| typeids.iter().any(|it| it == typeid))
    );
    let stack = manager::create("Stack", (1, "two"))?;
    assert_eq!(
        stack.get_value::<Value>()?,
        Value::Dict(vec![("items".into(), Value::List(vec![1.into(), "two".into()]))])
    );
    assert_eq!(stack.to_text()?, format!("<Stack object at {:#x}>", stack.id()));
    assert_eq!(format!("{stack:?}"), format!("<AutoProxy[Stack] object, typeid 'Stack' at {:#x}>", stack.id()));
    assert_eq!(stack.methods(), ["push", "pop", "opaque", "asks", "passes_on", "ends", "takes_itself"]);
    assert_eq!(stack.reading_methods(), ["opaque", "passes_on", "ends"]);

    // What is pushed is held until it is popped.
    let held = List::from_items([1])?;
    assert_eq!(stack.call::<usize>("push", (&held,))?, 3);
    assert_eq!(stack.call_with::<usize>("push", ("x",), (("times", 2),))?, 5);
    assert_eq!(stack.call::<String>("pop", ())?, "x");
    assert_eq!(stack.call::<String>("pop", ())?, "x");
    assert_eq!(stack.call::<List<i64>>("pop", ())?, held);

    let opaque: Proxy = stack.call("opaque", ())?;
    assert_eq!(opaque.typeid(), "Opaque Type");
    assert_eq!(opaque.methods(), ["peek"]);
    opaque.call::<()>("peek", ())?;
    assert_eq!(opaque.get_value::<Value>().unwrap_err().kind, ErrorKind::Unserializable);
    assert_eq!(opaque.call::<()>("private", ()).unwrap_err().kind, ErrorKind::NotExposed);

    // The last holder of the stack is the last holder of what is in it. The provider releases it before
    // it answers any later call.
    stack.call::<usize>("push", (&held,))?;
    drop((stack, opaque, held));
    manager::create("Stack", ())?;
    assert_eq!(manager::number_of_objects(), before);
    Ok(())
}

#[commonhold_guest::test]
fn wrong_uses_of_own_types_are_errors() -> Result<()> {
    let stack = manager::create("Stack", ())?;
    let push = |args: &[Value], kwargs: (&str, i64)| about(stack.call_with::<()>("push", args, (kwargs,)));
    assert_eq!(push(&[], ("times", 1)), type_error("push() missing 1 required positional argument: 'item'"));
    assert_eq!(push(&[1.into()], ("often", 1)), type_error("push() got an unexpected keyword argument 'often'"));
    assert_eq!(push(&[1.into()], ("item", 1)), type_error("push() got multiple values for argument 'item'"));
    assert_eq!(
        push(&[1.into(), 2.into(), 3.into()], ("x", 1)),
        type_error("push() takes 2 arguments but 3 were given")
    );
    let many: Vec<i64> = (0..10).collect();
    let many: Vec<Value> = many.into_iter().map(Value::from).collect();
    assert_eq!(about(manager::create("Stack", many.as_slice())).2, "too many");
    assert_eq!(about(manager::create("Opaque Type", ())).0, ErrorKind::NoSuchType);
    // Its own state is in use while its method runs.
    assert_eq!(about(stack.call::<usize>("takes_itself", (&stack,))).0, ErrorKind::Runtime);
    // Nor can it wait for itself.
    let (kind, _, message) = about(stack.call::<usize>("asks", (&stack,)));
    assert_eq!(kind, ErrorKind::Deadlock);
    assert!(message.starts_with("this wait would never end: main:provider at "), "{message}");
    let list = List::<i64>::new()?;
    let (kind, _, message) = about(stack.call::<usize>("takes_itself", (&list,)));
    assert_eq!(kind, ErrorKind::Type);
    assert_eq!(message, format!("takes_itself() argument 'itself': expected a proxy of type 'Stack', found {list:?}"));
    Ok(())
}

#[test]
fn without_a_program_there_is_nothing_to_start() {
    let (kind, _, message) = about(Process::spawn("takes", ()));
    assert_eq!(kind, ErrorKind::Other);
    assert_eq!(message, "no program is loaded: make the test a `#[commonhold_guest::test]`");
    assert_eq!(about(manager::create("Stack", ())).0, ErrorKind::NoSuchType);
}

#[commonhold_guest::test]
fn each_test_has_a_manager_of_its_own() -> Result<()> {
    // The test itself is a process, and so is the provider of the program's types.
    assert_eq!(manager::number_of_objects(), 2);
    let inner = List::<i64>::new()?;
    let outer = List::<List<i64>>::from_items([&inner])?;
    let (inner, outer) = (inner.as_proxy().id(), outer.as_proxy().id());
    assert_eq!(manager::number_of_objects(), 4);
    let info = manager::debug_info();
    let here = Process::current().as_proxy().id();
    assert_eq!(
        info.lines().skip(6).collect::<Vec<_>>(),
        [
            &format!("  {inner:x}:       refcount=2"),
            "    []",
            &format!("    list, held by process {here:x} (main:test); list {outer:x}"),
            &format!("  {outer:x}:       refcount=1"),
            &format!("    [<ListProxy object, typeid 'list' at {inner:#x}>]"),
            &format!("    list, held by process {here:x} (main:test)"),
        ]
    );
    Ok(())
}

#[test]
fn errors_are_small_enough_to_return() {
    assert!(size_of::<Result<i64, Error>>() <= 96);
}

//! Ways to end, and not to.

use std::hint::black_box;
use std::time::Duration;

use commonhold_guest::{
    Error, ErrorKind, List, Lock, Process, Proxy, Result, Value, entry, eprint, print, process, time,
};

/// Returns nothing.
#[entry]
fn nothing() {}

/// Returns its arguments as a list.
#[entry]
fn echoes(#[rest] values: Vec<Value>) -> Vec<Value> {
    values
}

/// Fails with a text, which becomes a `runtime` error.
#[entry]
fn fails(message: String) -> Result<(), String> {
    Err(message)
}

/// Fails with every part of an error, a proxy in its arguments.
#[entry]
fn fails_with_proxy(proxy: Proxy) -> Result<()> {
    let args = Value::Tuple(vec![1.into(), proxy.into()]);
    Err(Error::new(ErrorKind::Custom, "on purpose").with_type_name("Trouble").with_args(args).with_traceback("here"))
}

/// Panics.
#[entry]
fn panics(message: String, held: Option<Value>) {
    let _held = held;
    panic!("{message}");
}

/// Starts a process that panics and waits for it: asking how it ended and failing with that, or letting it be.
#[entry]
fn starts_what_panics(message: String, asking: String) -> Result<()> {
    let process = Process::spawn("panics", (message,))?;
    // By name it only waits.
    process.as_proxy().call::<()>("join", ())?;
    if asking == "asking" { process.join() } else { Ok(()) }
}

/// Exits with a status, holding what it was given.
#[entry]
fn exits(status: i32, held: Option<Value>) {
    let _held = held;
    process::exit(status);
}

/// Computes without end, and calls nothing.
#[entry]
fn loops(held: Option<Value>) {
    let _held = held;
    let mut turn = 0_u64;
    loop {
        turn = black_box(turn.wrapping_add(1));
    }
}

/// Waits for a lock, holding what it was given; if it gets the lock, gives it back.
#[entry]
fn waits(lock: Lock, held: Option<Value>) -> Result<()> {
    let _held = held;
    lock.acquire()?.release()
}

/// Waits for a clock, for a long time.
#[entry]
fn sleeps(seconds: u64) {
    time::sleep(Duration::from_secs(seconds));
}

/// Takes more and more memory.
#[entry]
fn allocates() -> usize {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(black_box(vec![1; 1 << 20]));
    }
}

/// Calls itself without end.
#[entry]
fn recurses() -> u64 {
    #[allow(unconditional_recursion)]
    fn deeper(depth: u64) -> u64 {
        let frame = black_box([depth; 16]);
        deeper(depth + 1) + frame[(depth % 16) as usize]
    }
    deeper(0)
}

/// Makes so many lists, holds them all at once, and returns how many there are.
#[entry]
fn holds(count: usize) -> Result<usize> {
    let lists = (0..count).map(|_| List::<i64>::new()).collect::<Result<Vec<_>>>()?;
    Ok(lists.len())
}

/// Writes to standard output and to standard error.
#[entry]
fn prints(out: String, error: String) {
    print!("{out}");
    eprint!("{error}");
}

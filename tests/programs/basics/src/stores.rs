//! A dict that components use as a store of `wasi:keyvalue`, as a guest sees it.

use commonhold_guest::{Dict, Process, Result, Value, entry, names};

/// Adds one to the number of a key, so often.
#[entry]
fn adds_to(store: Dict<String, Value>, key: String, times: u64) -> Result<()> {
    for _ in 0..times {
        store.fetch_add_or(&key, Value::from(1), Value::from(0))?;
    }
    Ok(())
}

/// Changes what is there, and returns what it was.
#[entry]
fn exchanges(store: Dict<String, Value>, name: String) -> Result<Value> {
    let seen = store.as_proxy().call("copy", ())?;
    store.insert("by", Value::from(name))?;
    store.fetch_add("n", Value::from(1))?;
    Ok(seen)
}

/// Has a command work on a store, which is also published, and returns what is in it then.
#[entry]
fn has_worked_on(store: String, command: String, steps: Vec<Value>) -> Result<Value> {
    let dict: Dict<String, Value> = names::look_up(&store)?;
    Process::spawn_program(&command, "main", &steps[..])?.join::<()>()?;
    dict.as_proxy().call("copy", ())
}

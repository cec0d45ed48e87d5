//! What the test tells its guests to do. Slots are places for one proxy each in the guest.

use serde::{Deserialize, Serialize};

/// How many slots a guest has.
pub(crate) const SLOTS: usize = 6;

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Op {
    /// Makes a list; replies with its id.
    NewList {
        to: usize,
    },
    /// Makes a dict; replies with its id.
    NewDict {
        to: usize,
    },
    Duplicate {
        from: usize,
        to: usize,
    },
    Narrow {
        from: usize,
        to: usize,
    },
    Drop {
        slot: usize,
    },
    Append {
        list: usize,
        item: usize,
    },
    /// Appends `(item, {1: item, 2: [item]})`.
    AppendNested {
        list: usize,
        item: usize,
    },
    /// Gets an item that is a proxy.
    Get {
        list: usize,
        index: i64,
        to: usize,
    },
    /// Gets an item, whatever it is, and drops it.
    Look {
        list: usize,
        index: i64,
    },
    Pop {
        list: usize,
        to: usize,
    },
    /// Pops an item, whatever it is, and drops it.
    Discard {
        list: usize,
    },
    Replace {
        list: usize,
        index: i64,
        item: usize,
    },
    ExtendFrom {
        list: usize,
        other: usize,
    },
    Reverse {
        list: usize,
    },
    Put {
        dict: usize,
        key: i64,
        item: usize,
    },
    Find {
        dict: usize,
        key: i64,
        to: usize,
    },
    Take {
        dict: usize,
        key: i64,
        to: usize,
    },
    Clear {
        container: usize,
    },
    /// Fails: the list has no such item.
    RemoveMissing {
        list: usize,
    },
    /// Spawns a child with proxies; replies with its id.
    Spawn {
        to: usize,
        args: Vec<usize>,
        how: How,
    },
    /// Waits for a child and takes the first proxy that it returned, if there is one.
    Join {
        process: usize,
        to: usize,
    },
    Kill {
        process: usize,
    },
    /// Puts a proxy where others can receive it.
    Send {
        slot: usize,
    },
    Receive {
        to: usize,
    },
    /// Returns, with all slots still full.
    End,
    /// Traps, with all slots still full.
    Trap,
}

/// How a child ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// Returns its proxies.
    Return,
    /// Returns an error that carries its proxies.
    Fail,
    Trap,
    Exit,
    /// Blocks as a daemon, until it is killed or its parent ends.
    Daemon,
    /// Waits for a lock that nobody gives back.
    Block,
}

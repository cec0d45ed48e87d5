//! The examples of embedding run, and print what they should.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

/// What an example prints.
fn printed(example: &str) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_commonhold")).parent().unwrap().join("examples");
    let output = Command::new(folder.join(example)).output();
    let output = output.unwrap_or_else(|error| panic!("{example}: {error}; 'cargo build --examples' makes it"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_type_of_the_embedders_own() {
    assert_eq!(
        printed("custom_type"),
        "\
== created by name, called by name
Account(Ada: 120) true [20]
== a new object from a method, and one that the embedder makes
Account(Bob: 0) Account(Eve: 5)
== a method that waits: two at the same time, one of them to the account itself
Account(Ada: 89) Account(Bob: 30) Account(Eve: 6) [20, -30, -1]
Eve's state, from Rust: 6
== an iterator, drawn from as far as anybody likes
[97, 106, 116, 127, 139]
== what is wrong is told
TypeError: deposit() argument 'amount' must be int, not str
OverflowError: deposit() argument 'amount': -1 does not fit u64
TypeError: transfer() argument 'to': expected a proxy to a 'Account', got one to a 'list'
InsufficientFunds: Ada has only 89
TypeError: Account() missing required argument 'owner'
== a panic ends a call, and the use of that one object
Internal: audit() panicked: the books of Bob are lost
Internal: the 'Account' object 0x.. is poisoned: a method of it has panicked: the books of Bob are lost
89
== and everything goes when nobody has it any more
0
"
    );
}

#[test]
fn an_embedders_own_world() {
    assert_eq!(
        printed("own_world"),
        "\
the first till sells 2 of the apples; 3 left
the second till sells 2 of the apples; 1 left
the first till sells 1 of the pears; 1 left
the second till sells 1 of the pears; 0 left
the first till cannot sell 3 of the apples: ValueError: there are only 1 of apples
the second till cannot sell 3 of the apples: ValueError: there are only 1 of apples
the first till cannot sell 1 of the plums: KeyError: 'plums'
the second till cannot sell 1 of the plums: KeyError: 'plums'
{\"apples\": 1, \"pears\": 0}
"
    );
}

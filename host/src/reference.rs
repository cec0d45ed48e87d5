//! The reference of all shared types, written out from their declarations.

use crate::object::{Effect, TypeInfo};
use crate::referents::builtin;
use std::fmt::Write as _;

/// What `docs/reference.md` holds: every shared type of this crate, with each method's parameters
/// and defaults, what it does, whether it changes the object, and whether it can wait.
pub fn reference() -> String {
    let mut text = String::from(
        "# Shared types\n\n\
         Written out from the declarations in `host/objects/src/referents` by the test that keeps it current: \
         `BLESS=1 cargo test -p commonhold reference` does it again.\n\n\
         The methods are those that `call` takes, by name. Signatures are in Python's notation: what stands before `/` \
         is given by position only, what stands behind `*` by keyword only. An `iterable` is a list, tuple, set, dict (its \
         keys), text (its characters), bytes, or a proxy to an object that can be iterated over; a `mapping` is a dict, a \
         proxy to one, or an iterable of pairs. Errors are named as Python names them.\n",
    );
    for builtin in builtin() {
        let info: &TypeInfo = builtin.info;
        let _ = write!(text, "\n## `{}`\n\n{}\n\n", info.typeid(), info.doc());
        let _ = match &builtin.constructor {
            Some(constructor) => write!(text, "Created by `{}`.", constructor.signature),
            None => write!(text, "Not created by name."),
        };
        let _ = write!(text, " A proxy prints as `{}`.\n\n", info.proxy_class());
        text.push_str("| method | what it does | changes | waits |\n| --- | --- | --- | --- |\n");
        for method in info.methods() {
            let changes = if method.effect() == Effect::Changes { "yes" } else { "" };
            let waits = if method.waits() { "yes" } else { "" };
            // A bar would end the cell.
            let signature = method.signature().text().replace('|', "\\|");
            let doc = method.doc().replace('|', "\\|");
            let _ = writeln!(text, "| `{signature}` | {doc} | {changes} | {waits} |");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn reference_in_docs_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
        let current = super::reference();
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(path, &current).expect("docs can be written");
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == current, "docs/reference.md is not current: run this test with BLESS=1");
    }
}

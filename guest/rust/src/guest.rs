//! What the exports of a guest call.

use std::sync::Once;

use crate::backend::{processes, types};
use crate::entry::{self, Given, Program, Raw};
use crate::error::into_raw;
use crate::generated::provider::exports::commonhold::manager::custom_types::{MethodDescription, TypeDescription};
use crate::provider;

type Result<T> = std::result::Result<T, types::Error>;

/// Runs an entry.
pub fn run(program: &Program, entry: &str, args: Vec<Raw>) -> Result<Raw> {
    prepare();
    entry::run(program, entry, args)
}

/// Describes the program's types, once it has done what there is to do before.
pub fn describe(program: &Program, args: Vec<Raw>) -> Result<Vec<TypeDescription>> {
    prepare();
    entry::start(program, args)?;
    let describe = |table: &provider::TypeTable| TypeDescription {
        typeid: table.typeid.to_owned(),
        doc: table.doc.to_owned(),
        methods: table
            .methods
            .iter()
            .map(|method| MethodDescription {
                name: method.name.to_owned(),
                doc: method.doc.to_owned(),
                reads_only: method.reads_only,
            })
            .collect(),
        creatable: table.creatable,
    };
    Ok(program.types.iter().map(describe).collect())
}

/// Makes the state of a new object, or gives another object instead.
pub fn construct(
    program: &Program,
    key: u64,
    typeid: &str,
    args: Vec<Raw>,
    kwargs: Vec<(String, Raw)>,
) -> Result<Option<types::Proxy>> {
    prepare();
    provider::construct(program, key, typeid, Given::new(args, kwargs)).map_err(into_raw)
}

/// Calls a method of an object.
pub fn call(key: u64, method: &str, args: Vec<Raw>, kwargs: Vec<(String, Raw)>) -> Result<Raw> {
    provider::call(key, method, Given::new(args, kwargs)).map_err(into_raw)
}

/// A copy of an object's state.
pub fn get_value(key: u64) -> Result<Raw> {
    provider::get_value(key).map_err(into_raw)
}

/// An object as text.
pub fn to_text(key: u64) -> Result<String> {
    provider::to_text(key).map_err(into_raw)
}

/// Drops an object's state.
pub fn release(key: u64) {
    provider::release(key);
}

/// Sees to it that a panic tells the manager what it is about before it traps. It is the manager that tells whoever
/// asks how the process ended, so that it is printed once, by the last to handle it.
fn prepare() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| processes::set_panic_message(&panic.to_string())));
    });
}

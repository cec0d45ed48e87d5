//! What the attributes and `program!` expand to calls of: the program's tables, and how arguments get
//! into parameters and results out.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::vec;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

use crate::backend::types;
use crate::convert::{give, read};
use crate::error::{into_raw, report};
use crate::provider::{Shared, SharedType, TypeTable};
use crate::{Error, ErrorKind, Result};

/// A value as the bindings have it.
pub type Raw = types::Value;

/// What a program exports: the tables that `program!` makes.
pub struct Program {
    /// Its entries.
    pub entries: &'static [EntryTable],
    /// Its shared types.
    pub types: &'static [TypeTable],
    /// What runs before it provides them.
    pub start: Option<EntryTable>,
}

/// A line of the program's table of entries, as `#[entry]` makes one of a function.
pub struct EntryTable {
    /// The entry's name.
    pub name: &'static str,
    /// Reads the arguments, calls the function, and gives away the result.
    pub run: fn(Given) -> Result<Raw>,
}

/// Runs an entry: the export `run`.
#[allow(clippy::result_large_err, reason = "the bindings' own error")]
pub(crate) fn run(program: &Program, entry: &str, args: Vec<Raw>) -> Result<Raw, types::Error> {
    let found = program.entries.iter().find(|table| table.name == entry);
    let result = match found {
        Some(table) => (table.run)(Given::new(args, Vec::new())),
        None => Err(no_such_entry(program, entry)),
    };
    result.map_err(into_raw)
}

/// Does what there is to do before the program provides its types, with what whoever starts it gives to it.
#[allow(clippy::result_large_err, reason = "the bindings' own error")]
pub(crate) fn start(program: &Program, args: Vec<Raw>) -> Result<(), types::Error> {
    let started = match &program.start {
        Some(table) => (table.run)(Given::new(args, Vec::new())).map(drop),
        None if args.is_empty() => Ok(()),
        None => Err(Error::type_error(format!("this provider takes no arguments ({} given)", args.len()))),
    };
    started.map_err(into_raw)
}

fn no_such_entry(program: &Program, entry: &str) -> Error {
    let names: Vec<&str> = program.entries.iter().map(|table| table.name).collect();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Error::new(ErrorKind::NoSuchEntry, format!("there is no entry '{entry}'; the program's entries are: {known}"))
}

/// What a function or method has to be called with.
pub struct Signature {
    /// Its name, for messages.
    pub function: &'static str,
    /// The names of its parameters, but for the one that takes the rest.
    pub parameters: &'static [&'static str],
    /// Whether there is one that takes the rest.
    pub has_rest: bool,
}

/// The arguments of a call.
pub struct Given {
    args: Vec<Raw>,
    kwargs: Vec<(String, Raw)>,
}

impl Given {
    /// Arguments by position and by name.
    pub fn new(args: Vec<Raw>, kwargs: Vec<(String, Raw)>) -> Given {
        Given { args, kwargs }
    }

    /// Puts the arguments in the order of the parameters, as Python does.
    pub fn bind(self, signature: &'static Signature) -> Result<Bound> {
        let Signature { function, parameters, has_rest } = *signature;
        let (expected, given) = (parameters.len(), self.args.len());
        if given > expected && !has_rest {
            let (s, were) = (if expected == 1 { "" } else { "s" }, if given == 1 { "was" } else { "were" });
            let message = format!("{function}() takes {expected} argument{s} but {given} {were} given");
            return Err(Error::type_error(message));
        }
        let mut args = self.args.into_iter();
        if self.kwargs.is_empty() {
            return Ok(Bound { signature, slots: None, next: 0, args });
        }
        let mut slots: Vec<Option<Raw>> = args.by_ref().take(expected).map(Some).collect();
        slots.resize_with(expected, || None);
        for (name, value) in self.kwargs {
            let problem = match parameters.iter().position(|parameter| *parameter == name) {
                None => "an unexpected keyword argument",
                Some(place) if slots[place].is_some() => "multiple values for argument",
                Some(place) => {
                    slots[place] = Some(value);
                    continue;
                }
            };
            return Err(Error::type_error(format!("{function}() got {problem} '{name}'")));
        }
        Ok(Bound { signature, slots: Some(slots.into_iter()), next: 0, args })
    }
}

/// Arguments in the order of the parameters.
pub struct Bound {
    signature: &'static Signature,
    /// Those of the parameters, if any was given by keyword; else they are the first of `args`.
    slots: Option<vec::IntoIter<Option<Raw>>>,
    next: usize,
    /// Those that were given by position, as far as they are in no slot.
    args: vec::IntoIter<Raw>,
}

impl Bound {
    /// The argument of the next parameter.
    #[allow(clippy::should_implement_trait)]
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<T> {
        let name = self.signature.parameters.get(self.next).copied().unwrap_or_default();
        self.next += 1;
        let function = self.signature.function;
        let value = match &mut self.slots {
            Some(slots) => slots.next().flatten(),
            None => self.args.next(),
        };
        match value {
            Some(value) => read(value).map_err(|error| unfit(function, name, &error)),
            None => T::deserialize(Missing).map_err(|Absent| {
                Error::type_error(format!("{function}() missing 1 required positional argument: '{name}'"))
            }),
        }
    }

    /// All arguments that are left.
    pub fn rest<T: DeserializeOwned>(&mut self) -> Result<Vec<T>> {
        let (function, before) = (self.signature.function, self.signature.parameters.len());
        let rest = self.args.by_ref().enumerate();
        rest.map(|(at, value)| read(value).map_err(|error| unfit(function, before + at + 1, &error))).collect()
    }
}

fn unfit(function: &str, parameter: impl Display, error: &Error) -> Error {
    Error::type_error(format!("{function}() argument '{parameter}': {}", error.message))
}

/// What is read where there is no argument: nothing, for a parameter that can be left out.
struct Missing;

#[derive(Debug)]
struct Absent;

impl Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is missing")
    }
}

impl std::error::Error for Absent {}

impl de::Error for Absent {
    fn custom<T: Display>(_message: T) -> Self {
        Absent
    }
}

impl<'de> Deserializer<'de> for Missing {
    type Error = Absent;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Absent> {
        Err(Absent)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Absent> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What a function returned. A method of the same name on a reference to it and on one to a reference
/// is chosen by the compiler: the way to treat a `Result` otherwise than any other value.
pub struct Ended<T>(Cell<Option<T>>);

impl<T> Ended<T> {
    /// Wraps a result.
    pub fn new(value: T) -> Ended<T> {
        Ended(Cell::new(Some(value)))
    }

    fn take(&self) -> Result<T> {
        self.0.take().ok_or_else(|| Error::internal("a result was taken twice"))
    }
}

/// How a plain value leaves.
pub trait EndValue {
    /// Gives it away.
    fn end(&self) -> Result<Raw>;
}

impl<T: Serialize> EndValue for Ended<T> {
    fn end(&self) -> Result<Raw> {
        give(self.take()?)
    }
}

/// How a `Result` leaves.
pub trait EndResult {
    /// Gives it away.
    fn end(&self) -> Result<Raw>;
}

impl<T: Serialize, E: Display + 'static> EndResult for &Ended<Result<T, E>> {
    fn end(&self) -> Result<Raw> {
        give(self.take()?.map_err(report)?)
    }
}

/// How an item leaves a `__next__`; none is the end.
pub trait EndNextValue {
    /// Gives it away.
    fn end_next(&self) -> Result<Raw>;
}

impl<T: Serialize> EndNextValue for Ended<Option<T>> {
    fn end_next(&self) -> Result<Raw> {
        give(self.take()?.ok_or_else(exhausted)?)
    }
}

/// How a `Result` with an item leaves a `__next__`.
pub trait EndNextResult {
    /// Gives it away.
    fn end_next(&self) -> Result<Raw>;
}

impl<T: Serialize, E: Display + 'static> EndNextResult for &Ended<Result<Option<T>, E>> {
    fn end_next(&self) -> Result<Raw> {
        give(self.take()?.map_err(report)?.ok_or_else(exhausted)?)
    }
}

fn exhausted() -> Error {
    Error::new(ErrorKind::StopIteration, "")
}

/// What a constructor returned: the same distinction.
pub struct Begun<T>(Cell<Option<T>>);

impl<T> Begun<T> {
    /// Wraps a result.
    pub fn new(value: T) -> Begun<T> {
        Begun(Cell::new(Some(value)))
    }

    fn take(&self) -> Result<T> {
        self.0.take().ok_or_else(|| Error::internal("a result was taken twice"))
    }
}

/// What a constructor has made.
pub enum Made<T: SharedType> {
    /// The state of a new object.
    State(T),
    /// Another object, which is given instead.
    Existing(Shared<T>),
}

/// How a state leaves its constructor.
pub trait BeginValue<T: SharedType> {
    /// The state.
    fn begin(&self) -> Result<Made<T>>;
}

impl<T: SharedType> BeginValue<T> for Begun<T> {
    fn begin(&self) -> Result<Made<T>> {
        self.take().map(Made::State)
    }
}

/// How a `Result` with a state leaves its constructor.
pub trait BeginResult<T: SharedType> {
    /// The state.
    fn begin(&self) -> Result<Made<T>>;
}

impl<T: SharedType, E: Display + 'static> BeginResult<T> for &Begun<Result<T, E>> {
    fn begin(&self) -> Result<Made<T>> {
        self.take()?.map(Made::State).map_err(report)
    }
}

/// How another object leaves a constructor.
pub trait BeginExisting<T: SharedType> {
    /// The object.
    fn begin(&self) -> Result<Made<T>>;
}

impl<T: SharedType> BeginExisting<T> for Begun<Shared<T>> {
    fn begin(&self) -> Result<Made<T>> {
        self.take().map(Made::Existing)
    }
}

/// How a `Result` with another object leaves a constructor.
pub trait BeginExistingResult<T: SharedType> {
    /// The object.
    fn begin(&self) -> Result<Made<T>>;
}

impl<T: SharedType, E: Display + 'static> BeginExistingResult<T> for &Begun<Result<Shared<T>, E>> {
    fn begin(&self) -> Result<Made<T>> {
        self.take()?.map(Made::Existing).map_err(report)
    }
}

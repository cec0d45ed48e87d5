//! Why something could not be made into a value, or a value into something.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::value::{ProxyIdentity, Value};

/// Why something could not be made into a value, or a value into something: what is wrong, and where.
///
/// It displays as `field jobs[3].done: expected int, found str`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerdeError(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    message: String,
    /// From the inside out.
    path: Vec<Step>,
    is_misfit: bool,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Item(usize),
    /// The value of a key that is not a text, as it prints.
    Key(String),
}

impl SerdeError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        SerdeError(Box::new(Inner { message: message.into(), path: Vec::new(), is_misfit: false }))
    }

    /// One for a number that has no place where it is to go.
    pub(crate) fn misfit(message: impl Into<String>) -> Self {
        SerdeError(Box::new(Inner { message: message.into(), path: Vec::new(), is_misfit: true }))
    }

    /// Whether it is about a number of the right kind that is too large, or too small, for what it is to be read as.
    pub fn is_misfit(&self) -> bool {
        self.0.is_misfit
    }

    /// The same error, one step further inside.
    pub(crate) fn inside(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    pub(crate) fn in_field(self, name: &str) -> Self {
        self.inside(Step::Field(name.to_owned()))
    }

    pub(crate) fn in_variant(self, variant: Option<&str>) -> Self {
        match variant {
            Some(variant) => self.in_field(variant),
            None => self,
        }
    }

    pub(crate) fn in_a_key(mut self) -> Self {
        self.0.message = format!("in a key: {}", self.0.message);
        self
    }
}

impl Step {
    /// Into the value of a key.
    pub(crate) fn of_key<P: ProxyIdentity>(key: &Value<P>) -> Self {
        match key {
            Value::Text(name) => Step::Field(name.clone()),
            key => Step::Key(crate::repr(key).unwrap_or_else(|error| error.to_string())),
        }
    }
}

impl fmt::Display for SerdeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, path, .. } = &*self.0;
        match path.last() {
            None => {}
            Some(Step::Field(_)) => f.write_str("field ")?,
            Some(_) => f.write_str("item ")?,
        }
        for (position, step) in path.iter().rev().enumerate() {
            match step {
                Step::Field(name) if position == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key}]")?,
            }
        }
        if !path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(message)
    }
}

impl std::error::Error for SerdeError {}

impl serde::ser::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        SerdeError::new(message.to_string())
    }
}

impl serde::de::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        SerdeError::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        SerdeError::new(format!("expected {}, found {}", name_of_expected(expected), name_of_found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Signed(number) => SerdeError::misfit(format!("{number} does not fit {expected}")),
            Unexpected::Unsigned(number) => SerdeError::misfit(format!("{number} does not fit {expected}")),
            _ => SerdeError::new(format!("expected {expected}, found {found}")),
        }
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        SerdeError::new(format!("expected {expected}, found {length} items"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        SerdeError::new(format!("there is no variant '{variant}', only {}", list(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        SerdeError::new(format!("there is no field '{field}', only {}", list(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        SerdeError::new(format!("field '{field}' is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        SerdeError::new(format!("field '{field}' is there twice"))
    }
}

/// Python's names for what serde calls by other ones.
fn name_of_expected(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    match expected.as_str() {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => {
            "int".to_owned()
        }
        "f32" | "f64" => "float".to_owned(),
        "a string" | "a borrowed string" => "str".to_owned(),
        "a boolean" => "bool".to_owned(),
        "a sequence" => "list".to_owned(),
        "a map" => "dict".to_owned(),
        "unit" => "None".to_owned(),
        _ => expected,
    }
}

fn name_of_found(found: Unexpected<'_>) -> String {
    let name = match found {
        Unexpected::Bool(_) => "bool",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "int",
        Unexpected::Float(_) => "float",
        Unexpected::Char(_) | Unexpected::Str(_) => "str",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "None",
        Unexpected::NewtypeStruct => "a proxy",
        Unexpected::Seq => "list",
        Unexpected::Map => "dict",
        other => return other.to_string(),
    };
    name.to_owned()
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

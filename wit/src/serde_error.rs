//! Why something could not be made into a value, or a value into something.

use std::fmt;

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
        SerdeError(Box::new(Inner { message: message.into(), path: Vec::new() }))
    }

    /// The same error, one step further inside.
    pub(crate) fn inside(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }
}

impl fmt::Display for SerdeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, path } = &*self.0;
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

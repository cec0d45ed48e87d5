//! Standard output and standard error.
//!
//! In a guest, the standard library's `println!` goes nowhere. These macros of the same names reach
//! the host: `use commonhold_guest::println;` is all that it takes. (They have to be named: a `*` does
//! not tell which of the two is meant.) Each call is written at once.
//!
//! ```
//! use commonhold_guest::println;
//!
//! println!("{} and {}", 1, 2);
//! ```

use std::fmt;

use crate::system;

/// Writes to standard output, as [`std::print!`] does.
///
/// ```
/// use commonhold_guest::{print, println};
///
/// print!("{} ", "no line");
/// println!("yet");
/// ```
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {
        $crate::io::write_out(::core::format_args!($($argument)*))
    };
}

/// Writes a line to standard output, as [`std::println!`] does.
#[macro_export]
macro_rules! println {
    () => {
        $crate::io::write_out(::core::format_args!("\n"))
    };
    ($($argument:tt)*) => {
        $crate::io::write_out(::core::format_args!("{}\n", ::core::format_args!($($argument)*)))
    };
}

/// Writes to standard error, as [`std::eprint!`] does.
///
/// ```
/// use commonhold_guest::{eprint, eprintln};
///
/// eprint!("{}", 1);
/// eprintln!(" warning");
/// ```
#[macro_export]
macro_rules! eprint {
    ($($argument:tt)*) => {
        $crate::io::write_error(::core::format_args!($($argument)*))
    };
}

/// Writes a line to standard error, as [`std::eprintln!`] does.
#[macro_export]
macro_rules! eprintln {
    () => {
        $crate::io::write_error(::core::format_args!("\n"))
    };
    ($($argument:tt)*) => {
        $crate::io::write_error(::core::format_args!("{}\n", ::core::format_args!($($argument)*)))
    };
}

/// Writes to standard output: what the macros call.
///
/// ```
/// use commonhold_guest::io;
///
/// io::write_out(format_args!("{} and {}\n", 1, 2));
/// ```
pub fn write_out(text: fmt::Arguments<'_>) {
    // One write for one call, so that the lines of several processes do not mix.
    match text.as_str() {
        Some(text) => system::print(text),
        None => system::print(&text.to_string()),
    }
}

/// Writes to standard error: what the macros call.
///
/// ```
/// use commonhold_guest::io;
///
/// io::write_error(format_args!("{} and {}\n", 1, 2));
/// ```
pub fn write_error(text: fmt::Arguments<'_>) {
    match text.as_str() {
        Some(text) => system::eprint(text),
        None => system::eprint(&text.to_string()),
    }
}

//! Running Python scripts.
//!
//! There is one *interpreter component* for all scripts: CPython with its standard library and Commonhold's Python SDK,
//! compiled to WebAssembly. [`runtime_component`] finds it in the user's cache, or builds it there with componentize-py.
//! A script is data: [`package`] collects it and the modules beside it, and a program made of the component and these
//! files runs the script as `python3 SCRIPT` would. Nothing of the script runs while it is packaged.
//!
//! ```no_run
//! use commonhold::python;
//!
//! let files = python::package("worker.py".as_ref())?;
//! let component = python::runtime_component(&mut |line| eprintln!("{line}"))?;
//! println!("{} files for {}", files.len(), component.display());
//! # Ok::<(), python::Error>(())
//! ```
//!
//! Both wait for files and other programs: call them from a thread that may block.

mod component;
mod error;
mod imports;
mod package;

pub use component::runtime_component;
pub use error::Error;
pub use package::package;

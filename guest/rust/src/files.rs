//! The files that were packaged with the running program. They are part of the program, not of the
//! outside world.

use crate::backend::files;

/// The paths of all files, in alphabetical order.
pub fn paths() -> Vec<String> {
    files::paths()
}

/// The contents of one file; none if there is no such file.
///
/// ```
/// use commonhold_guest::files;
///
/// for path in files::paths() {
///     let contents = files::read(&path).unwrap_or_default();
///     println!("{path}: {} bytes", contents.len());
/// }
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn read(path: &str) -> Option<Vec<u8>> {
    files::read(path)
}

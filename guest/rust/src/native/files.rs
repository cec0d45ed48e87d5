//! The counterpart of the interface `files`: a native build has none.

/// The paths of all files.
pub fn paths() -> Vec<String> {
    Vec::new()
}

/// The contents of one file.
pub fn read(_path: &str) -> Option<Vec<u8>> {
    None
}

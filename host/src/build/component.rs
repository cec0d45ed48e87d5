//! From a core module to a component.

use wit_component::{ComponentEncoder, metadata};

use super::Error;

/// What a manager calls in a guest: the one function of a process, and the interface of a provider.
const ENTRY_POINTS: [&str; 2] = ["run", "commonhold:manager/custom-types@0.1.0"];

/// The eight bytes that a core module and a component begin with: the magic number, then version and layer.
const MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Wraps a core module, as the compiler makes it of a guest in Rust, into a component, and validates that.
///
/// # Errors
///
/// [`Error::NotWasm`], [`Error::Component`], [`Error::NoWorld`] and [`Error::OtherWorld`] for what is not a guest's
/// core module, [`Error::Encode`] for one that imports more than its world describes.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, Error> {
    match module.first_chunk() {
        Some(&MODULE) => {}
        Some(&COMPONENT) => return Err(Error::Component),
        _ => return Err(Error::NotWasm),
    }
    check_world(module)?;
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|why| encode_error(&why))
}

/// Whether the module describes its world, and the world is one of this manager's. The encoder would take any
/// other, and a module without a description too, and make a component of it that nobody can use.
fn check_world(module: &[u8]) -> Result<(), Error> {
    let (described, bindgen) = metadata::decode(module).map_err(|why| encode_error(&why))?;
    if described.is_none() {
        return Err(Error::NoWorld);
    }
    let exports: Vec<String> = match bindgen.resolve.worlds.get(bindgen.world) {
        Some(world) => world.exports.keys().map(|key| bindgen.resolve.name_world_key(key)).collect(),
        None => Vec::new(),
    };
    if exports.iter().any(|name| ENTRY_POINTS.contains(&name.as_str())) {
        Ok(())
    } else {
        Err(Error::OtherWorld { exports })
    }
}

/// The encoder's error in one line, the outermost context first.
fn encode_error(why: &anyhow::Error) -> Error {
    let said = format!("{why:#}");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Error::Encode { why: lines.join(" ") }
}

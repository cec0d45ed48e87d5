//! From a core module to a component.

use wit_component::{ComponentEncoder, metadata};

use super::Error;
use crate::process::{COMMAND, CUSTOM_TYPES};

/// What a manager calls in a guest: the one function of a process, and the interface of a provider.
const ENTRY_POINTS: [&str; 2] = ["run", CUSTOM_TYPES];
/// What a manager gives to guests. Those with a world of their own are called by an embedder.
const IMPORTS: &str = "commonhold:manager/";

/// The eight bytes that a core module and a component begin with: the magic number, then version and layer.
const MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Wraps a core module, as the compiler makes it of a guest in Rust, into a component, and validates that.
///
/// This is for the output of one's own compiler. The result is checked as strictly as any component that a manager
/// loads, but a module that was *made* to do so can crash the process that wraps it.
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
    // What follows takes for granted that the module is sound, and panics if it is cut off.
    wasmparser::validate(module).map_err(|why| Error::Encode { why: why.to_string() })?;
    check_world(module)?;
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.encode())
        .map_err(|why| encode_error(&why))
}

/// Whether the module describes its world, and the world is one of this manager's or one of an embedder's that has
/// something of the manager in it. The encoder would take any other, and a module without a description too, and make
/// a component of it that nobody can use.
fn check_world(module: &[u8]) -> Result<(), Error> {
    let (described, bindgen) = metadata::decode(module).map_err(|why| encode_error(&why))?;
    if described.is_none() {
        return Err(Error::NoWorld);
    }
    let resolve = &bindgen.resolve;
    let Some(world) = resolve.worlds.get(bindgen.world) else { return Err(Error::NoWorld) };
    let exports: Vec<_> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    let imports_of_ours = || world.imports.keys().any(|key| resolve.name_world_key(key).starts_with(IMPORTS));
    let is_guest = exports.iter().any(|name| ENTRY_POINTS.contains(&name.as_str()) || name.starts_with(COMMAND));
    if is_guest || (!exports.is_empty() && imports_of_ours()) { Ok(()) } else { Err(Error::OtherWorld { exports }) }
}

/// The encoder's error in one line, the outermost context first.
fn encode_error(why: &anyhow::Error) -> Error {
    let said = format!("{why:#}");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Error::Encode { why: lines.join(" ") }
}

#[cfg(test)]
mod tests {
    use wit_component::{StringEncoding, embed_component_metadata};
    use wit_parser::Resolve;

    use super::*;

    /// A module in the text format, with the description of a world.
    fn module(wat: &str, wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = wat::parse_str(wat).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    fn process() -> Vec<u8> {
        module("(module (func (export \"run\")))", "package my:other; world w { export run: func(); }")
    }

    fn provider() -> Vec<u8> {
        module(
            "(module (func (export \"commonhold:manager/custom-types@0.1.0#describe\")))",
            "package commonhold:manager@0.1.0; interface custom-types { describe: func(); } \
             world provider { export custom-types; }",
        )
    }

    #[test]
    fn a_guests_module_becomes_a_component() {
        for module in [process(), provider()] {
            let component = componentize(&module).unwrap();
            assert!(component.starts_with(&COMPONENT));
            assert!(matches!(componentize(&component), Err(Error::Component)));
        }
    }

    #[test]
    fn the_names_of_functions_stay_for_backtraces() {
        let named =
            module("(module (func $inmost (export \"run\")))", "package my:other; world w { export run: func(); }");
        assert!(componentize(&named).unwrap().windows(6).any(|bytes| bytes == b"inmost"));
    }

    #[test]
    fn what_is_no_module_is_told_apart() {
        assert!(matches!(componentize(b""), Err(Error::NotWasm)));
        assert!(matches!(componentize(b"MZ and more"), Err(Error::NotWasm)));
        assert!(matches!(componentize(b"\0asm\x02\0\0\0"), Err(Error::NotWasm)));
        assert!(matches!(componentize(&MODULE), Err(Error::NoWorld)));
    }

    #[test]
    fn a_guest_of_something_else_is_refused_by_what_it_exports() {
        let other = module("(module (func (export \"greet\")))", "package my:other; world w { export greet: func(); }");
        let said = componentize(&other).unwrap_err().to_string();
        assert_eq!(
            said,
            "it is a guest of something else: it exports greet, but neither `run` nor `commonhold:manager/custom-types` \
             nor `wasi:cli/run`, and imports nothing of `commonhold:manager`"
        );
        let none = module("(module)", "package my:other; world w { import greet: func(); }");
        assert!(matches!(componentize(&none), Err(Error::OtherWorld { exports }) if exports.is_empty()));
    }

    /// A world of somebody's own, whose host links what the manager has into it.
    #[test]
    fn a_world_of_ones_own_is_a_guest_if_it_imports_of_the_manager() {
        let own = |exports: &str| {
            let module = module(
                &format!("(module {exports})"),
                &format!(
                    "package commonhold:manager@0.1.0; interface lists {{ length: func() -> u32; }} \
                     world mine {{ import lists; {} }}",
                    if exports.is_empty() { "" } else { "export greet: func();" }
                ),
            );
            componentize(&module)
        };
        assert!(own("(func (export \"greet\"))").unwrap().starts_with(&COMPONENT));
        // A guest of the SDK without any entry imports all of it and exports nothing.
        assert!(matches!(own(""), Err(Error::OtherWorld { exports }) if exports.is_empty()));
    }

    #[test]
    fn an_import_that_the_world_does_not_have_is_named() {
        let module = module(
            "(module (import \"env\" \"now\" (func)) (func (export \"run\")))",
            "package my:other; world w { export run: func(); }",
        );
        let Err(Error::Encode { why }) = componentize(&module) else { panic!("taken") };
        assert!(why.contains("env") && !why.contains('\n'), "{why}");
    }

    #[test]
    fn a_truncated_module_is_an_error() {
        let whole = provider();
        for length in 0..whole.len() {
            assert!(componentize(&whole[..length]).is_err(), "{length}");
        }
    }
}

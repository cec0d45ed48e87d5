//! `commonhold new`: a guest project to start from.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// Begin a guest project
///
/// It builds, runs and tests itself as it is; its README says how.
#[derive(Debug, clap::Args)]
pub(crate) struct NewArgs {
    /// The project's folder, which must not exist yet; its last part is the project's name
    #[arg(value_name = "NAME", value_parser = project_folder)]
    folder: PathBuf,

    /// The language to write it in
    #[arg(short, long, value_enum, default_value = "rust")]
    lang: Lang,

    /// Make a plugin, which provides a shared type, and a program that uses it; in Rust
    #[arg(long)]
    provider: bool,

    /// The folder of the Rust SDK, `commonhold-guest` [default: the one this program was built with]
    #[arg(long, value_name = "SDK_PATH")]
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    Rust,
    Python,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
}

/// The files of a project: where, and with what in them. `{{name}}` stands for its name, `{{sdk}}` for the SDK's place
/// as a TOML string.
type Template = &'static [(&'static str, &'static str)];

const RUST: Template = &[
    ("Cargo.toml", include_str!("../../templates/rust/Cargo.toml.in")),
    ("src/lib.rs", include_str!("../../templates/rust/lib.rs")),
    ("README.md", include_str!("../../templates/rust/README.md")),
    (".gitignore", "/target\n"),
];

const RUST_PROVIDER: Template = &[
    ("Cargo.toml", include_str!("../../templates/rust-provider/Cargo.toml.in")),
    ("api/Cargo.toml", include_str!("../../templates/rust-provider/api.toml.in")),
    ("api/src/lib.rs", include_str!("../../templates/rust-provider/api.rs")),
    ("provider/Cargo.toml", include_str!("../../templates/rust-provider/provider.toml.in")),
    ("provider/src/lib.rs", include_str!("../../templates/rust-provider/provider.rs")),
    ("consumer/Cargo.toml", include_str!("../../templates/rust-provider/consumer.toml.in")),
    ("consumer/src/lib.rs", include_str!("../../templates/rust-provider/consumer.rs")),
    ("commonhold.toml", include_str!("../../templates/rust-provider/commonhold.toml.in")),
    ("README.md", include_str!("../../templates/rust-provider/README.md")),
    (".gitignore", "/target\n"),
];

const PYTHON: Template = &[
    ("main.py", include_str!("../../templates/python/main.py")),
    ("README.md", include_str!("../../templates/python/README.md")),
];

const JAVASCRIPT: Template = &[
    ("main.js", include_str!("../../templates/javascript/main.js")),
    ("README.md", include_str!("../../templates/javascript/README.md")),
    (".gitignore", "/*.wasm\n"),
];

/// Makes the project and says what to do with it.
pub(crate) fn run(args: NewArgs) -> Result<()> {
    let folder = &args.folder;
    let name = name_of(folder);
    // A broken link exists too.
    ensure!(std::fs::symlink_metadata(folder).is_err(), "{} exists already", folder.display());
    ensure!(
        args.lang == Lang::Rust || !args.provider,
        "--provider is for Rust: docs/plugins.md tells how a plugin is written in another language"
    );
    let (template, sdk, next) = match args.lang {
        Lang::Rust if args.provider => {
            (RUST_PROVIDER, rust_sdk(args.path)?, "commonhold build && commonhold run".to_owned())
        }
        Lang::Rust => {
            let next = format!("commonhold build && commonhold run target/commonhold/{name}.wasm");
            (RUST, rust_sdk(args.path)?, next)
        }
        Lang::Python => {
            ensure!(args.path.is_none(), "--path is for Rust: a Python program needs no SDK but `commonhold run`");
            (PYTHON, String::new(), "commonhold run main.py".to_owned())
        }
        Lang::JavaScript => {
            ensure!(args.path.is_none(), "--path is for Rust: `commonhold build` knows where the JavaScript SDK is");
            (JAVASCRIPT, String::new(), "commonhold build main.js && commonhold run main.wasm".to_owned())
        }
    };
    let written = write(folder, template, &|text| text.replace("{{name}}", name).replace("{{sdk}}", &sdk));
    if let Err(why) = written {
        // Half a project would only be in the way of the next try.
        let _also_fails = std::fs::remove_dir_all(folder);
        return Err(why);
    }
    writeln!(std::io::stdout(), "made {}; next:\n  cd {} && {next}", folder.display(), folder.display())?;
    Ok(())
}

fn write(folder: &Path, template: Template, fill: &dyn Fn(&str) -> String) -> Result<()> {
    for (path, text) in template {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        std::fs::write(&path, fill(text)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// A folder whose name is fit for a project.
fn project_folder(folder: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(folder);
    check_name(name_of(&folder))?;
    Ok(folder)
}

/// The last part of the folder; nothing if it ends in `..`.
fn name_of(folder: &Path) -> &str {
    folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// A name has to do for a cargo package, a Rust crate and a Python module alike.
fn check_name(name: &str) -> Result<(), &'static str> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let well_formed = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !starts_well || !well_formed || name.len() > 64 {
        return Err("a project's name has up to 64 letters, digits, `-` and `_`, a letter first");
    }
    if TAKEN.contains(&name) {
        return Err("this name means something else in Rust");
    }
    Ok(())
}

/// Keywords of Rust, its own crates, and those that the project depends on.
#[rustfmt::skip]
const TAKEN: [&str; 61] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    "alloc", "core", "proc_macro", "proc-macro", "std", "test", "commonhold-guest", "commonhold_guest", "serde",
];

/// The place of the Rust SDK, as a TOML string.
fn rust_sdk(given: Option<PathBuf>) -> Result<String> {
    let folder = match given {
        Some(folder) => folder,
        None => {
            let built_with = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/rust");
            ensure!(
                built_with.is_dir(),
                "the Rust SDK is not where it was when this program was built: name its folder, `guest/rust` of \
                 Commonhold's source, with --path"
            );
            built_with
        }
    };
    let folder = folder.canonicalize().with_context(|| format!("cannot find the SDK at {}", folder.display()))?;
    let manifest = folder.join("Cargo.toml");
    let text =
        std::fs::read_to_string(&manifest).with_context(|| format!("cannot read the SDK's {}", manifest.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is malformed", manifest.display()))?;
    let name = table.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    ensure!(
        name == Some("commonhold-guest"),
        "{} is not the Rust SDK: its package is not `commonhold-guest`",
        folder.display()
    );
    let Some(folder) = folder.to_str() else {
        bail!("the SDK's folder {} cannot be named in a Cargo.toml, which is UTF-8", folder.display());
    };
    Ok(toml::Value::from(folder).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_work_everywhere_are_taken_and_others_refused() {
        for name in ["a", "worker", "word-count", "Two_2", "x".repeat(64).as_str()] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", "2nd", "-x", "_x", "a b", "wörk", "a.b", "x".repeat(65).as_str(), "fn", "std", "serde"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_name_is_the_last_part_of_the_folder() {
        assert_eq!(project_folder("deep/down/worker").as_deref(), Ok(Path::new("deep/down/worker")));
        assert_eq!(name_of(Path::new("deep/down/worker/")), "worker");
        for folder in ["", "/", "..", "worker/.."] {
            assert!(project_folder(folder).is_err(), "{folder}");
        }
    }
}

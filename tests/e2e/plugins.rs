//! Plugins: the example, and `docs/plugins.md`, which is followed here line by line.

use commonhold::Outcome;
use commonhold_tests::{assert_exact, load, load_script, manager, root, settle, target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What both consumers of the maths plugin print.
const MATHS: &str = "\
4 + 3 = 7, 7 * 8 = 56
results: [7, 56, 1, 2, 6, 24, 120]
primes that three processes have drawn: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
(x^2 - 2x + 5) + (x^3) = x^3 + x^2 - 2x + 5, at 2 it is 13, and its derivative is 3x^2 + 2x - 2
";

fn commonhold() -> Command {
    let program = target().join("debug/commonhold");
    assert!(program.exists(), "{} is missing: 'cargo build --package commonhold' makes it", program.display());
    let mut command = Command::new(program);
    command.current_dir(root()).env_remove("COMMONHOLD_LOG");
    command
}

#[test]
fn the_maths_plugin_is_used_from_rust_and_from_python() {
    let plugin = commonhold_tests::guest("maths-plugin");
    for consumer in [commonhold_tests::guest("maths-consumer"), root().join("guest/examples/maths-plugin/consumer.py")]
    {
        let ran = commonhold().arg("run").arg(&consumer).arg("--provider").arg(&plugin).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(String::from_utf8_lossy(&ran.stdout), MATHS, "{}: {said}", consumer.display());
        assert!(ran.status.success(), "{}: {said}", consumer.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_consumers_of_a_plugin_held_is_freed() {
    let manager = manager();
    let provider = load(&manager, "maths-plugin").await.provide().await.unwrap();
    let script = root().join("guest/examples/maths-plugin/consumer.py");
    for consumer in [load(&manager, "maths-consumer").await, load_script(&manager, script).await] {
        let outcome = consumer.spawn("main", ()).unwrap().outcome().await.unwrap();
        assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    }
    // One more, so that the provider has come to what was released before.
    drop(manager.create("Maths", ()).await.unwrap());
    while manager.number_of_objects() > 1 {
        tokio::task::yield_now().await;
    }
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

/// Without its plugin, a consumer says what is missing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_without_its_plugin_names_the_type() {
    let manager = manager();
    let consumer = load(&manager, "maths-consumer").await;
    let error = consumer.spawn("main", ()).unwrap().join::<()>().await.unwrap_err();
    assert!(error.to_string().contains("'Maths'"), "{error}");
}

/// Follows the page: each code block after a line that names a file is that file, or a part of it if it is there
/// already, and each `console` block is commands with what they print. What is followed begins in a new folder.
fn follow(section: &str, part: Option<&str>) {
    let page = std::fs::read_to_string(root().join("docs/plugins.md")).unwrap();
    let find = |from: usize, heading: &str| {
        let at = page[from..].find(&format!("\n{heading}\n"));
        from + at.unwrap_or_else(|| panic!("no section '{heading}'")) + 1
    };
    let mut start = find(0, section);
    let (mut section, mut folder) = (section, section.to_owned());
    if let Some(part) = part {
        start = find(start, part);
        folder.push_str(part);
        section = part;
    }
    let level = section.split(' ').next().unwrap();
    let mut reader = Reader::new(&folder);
    for line in page[start..].lines().skip(1) {
        let is_heading = reader.block.is_none() && line.starts_with('#');
        if is_heading && line.split(' ').next().is_some_and(|marks| marks.len() <= level.len()) {
            break;
        }
        reader.line(line);
    }
    assert!(reader.commands > 0, "'{section}' has no commands");
}

/// Where the reader of the page is.
struct Reader {
    folder: PathBuf,
    /// The last line of text, which may name a file.
    before: String,
    /// The kind and the lines of the block that one is in.
    block: Option<(String, String)>,
    commands: usize,
}

impl Reader {
    fn new(section: &str) -> Self {
        let name: String = section.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = target().join("tmp/plugins").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, before: String::new(), block: None, commands: 0 }
    }

    fn line(&mut self, line: &str) {
        match (&mut self.block, line.strip_prefix("```")) {
            (None, Some(kind)) => self.block = Some((kind.to_owned(), String::new())),
            (Some(_), Some(_)) => {
                let (kind, text) = self.block.take().unwrap();
                if kind == "console" {
                    self.follow(&text);
                } else if let Some(path) = named(&self.before) {
                    self.write(&path, &text);
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) if !line.is_empty() => line.clone_into(&mut self.before),
            (None, None) => {}
        }
    }

    /// A file as the page has it.
    fn write(&self, path: &str, text: &str) {
        let file = self.folder.join(path);
        if let Ok(there) = std::fs::read_to_string(&file) {
            assert!(there.contains(text), "{path} has no such part:\n{text}\nIt is:\n{there}");
            return;
        }
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }

    /// What was fetched and built for the tests already is used here, too.
    fn share(&self) {
        let (lock, built) = (self.folder.join("Cargo.lock"), self.folder.join("target"));
        if self.folder.join("Cargo.toml").exists() && !built.exists() {
            std::fs::copy(root().join("Cargo.lock"), lock).unwrap();
            std::os::unix::fs::symlink(target().join("guests"), built).unwrap();
        }
    }

    /// Commands after `$`, each with what it prints.
    fn follow(&mut self, block: &str) {
        for command in block.strip_prefix("$ ").expect("a command first").split("\n$ ") {
            let (command, expected) = command.split_once('\n').unwrap_or((command, ""));
            let expected = expected.trim_end();
            self.share();
            let place = self.folder.join(".place");
            let script = format!("set -e\n{command}\npwd >'{}'\n", place.display());
            let path = std::env::join_paths(
                std::iter::once(target().canonicalize().unwrap().join("debug"))
                    .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
            );
            let mut shell = Command::new("sh");
            shell.args(["-c", &script]).current_dir(&self.folder).stdin(Stdio::null()).env("PATH", path.unwrap());
            // As in a shell of one's own, cargo and its settings are those of the folder.
            let ran = shell.env_remove("CARGO_TARGET_DIR").output().unwrap();
            let (out, said) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
            assert!(ran.status.success(), "$ {command}\n{out}{said}");
            assert!(fits(&out, expected), "$ {command}\nprinted\n{out}instead of\n{expected}\n{said}");
            let now = std::fs::read_to_string(&place).unwrap();
            std::fs::remove_file(&place).unwrap();
            self.folder = Path::new(now.trim_end()).to_owned();
            self.commands += 1;
        }
    }
}

/// Whether this was printed, where a line `...` stands for any number of lines.
fn fits(out: &str, expected: &str) -> bool {
    let (out, expected): (Vec<_>, Vec<_>) = (out.lines().collect(), expected.lines().collect());
    let groups: Vec<_> = expected.split(|line| *line == "...").collect();
    let [first, middle @ .., last] = groups.as_slice() else { return out == expected };
    let Some(mut rest) = out.strip_prefix(*first).and_then(|rest| rest.strip_suffix(*last)) else { return false };
    middle.iter().all(|group| match rest.windows(group.len().max(1)).position(|lines| lines == *group) {
        Some(at) => {
            rest = &rest[at + group.len()..];
            true
        }
        None => group.is_empty(),
    })
}

/// The file that a line of text names: "`src/lib.rs`:" at its end.
fn named(line: &str) -> Option<String> {
    let (_, name) = line.strip_suffix("`:")?.rsplit_once('`')?;
    Some(name.to_owned())
}

#[test]
fn a_plugin_in_rust_is_written_as_the_page_says() {
    follow("## In Rust", Some("### With the SDK"));
}

#[test]
fn a_plugin_in_rust_is_written_against_the_wit_as_the_page_says() {
    follow("## In Rust", Some("### Without the SDK"));
}

#[test]
fn a_plugin_in_python_is_written_as_the_page_says_with_the_sdk_and_without() {
    follow("## In Python", None);
}

#[test]
fn a_plugin_in_javascript_is_written_as_the_page_says_with_the_sdk_and_without() {
    follow("## In JavaScript", None);
}

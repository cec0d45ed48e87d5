//! Projects that cargo itself is asked about, and builds by a cargo made of a shell script.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

/// A folder of projects, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("commonhold-project-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A package at a path, named as its folder.
    fn package(&self, path: &str, kind: &str) {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        self.write(
            &format!("{path}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"{kind}\"]\n"),
        );
        self.write(&format!("{path}/src/lib.rs"), "");
    }

    fn workspace(&self, members: &str) {
        self.write("Cargo.toml", &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"));
    }

    fn read(&self, path: &str, options: &Options) -> Result<Project, Error> {
        Project::read(&self.0.join(path), options)
    }

    fn refused(&self, path: &str, options: &Options) -> String {
        let Err(error) = self.read(path, options) else { panic!("{path} was taken") };
        error.to_string().replace(&self.0.display().to_string(), "HERE")
    }

    /// A toolchain whose cargo writes down its arguments, prints what is said here, and ends with a status. It is
    /// written by another process: were it open here for writing while another test forks, running it would fail.
    fn cargo(&self, says: &[String], status: i32) -> Toolchain {
        let script = format!(
            "#!/bin/sh\necho \"$@\" > {here}/arguments\ncat {here}/messages\nexit {status}\n",
            here = self.0.display()
        );
        self.write("script", &script);
        self.write("messages", &says.join("\n"));
        let copied = Command::new("sh").args(["-ec", "cp script cargo; chmod +x cargo"]).current_dir(&self.0).status();
        assert!(copied.unwrap().success());
        Toolchain::of(&self.0.join("cargo"))
    }

    fn artifact(&self, package: &str, kind: &str, file: &str) -> String {
        let manifest = self.0.join(package).join("Cargo.toml");
        format!(
            "{{\"reason\":\"compiler-artifact\",\"manifest_path\":{manifest:?},\"target\":{{\"crate_types\":[{kind:?}]}},\
             \"filenames\":[{:?}]}}",
            self.0.join(file)
        )
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_dir_all(&self.0);
    }
}

fn named(packages: &[&str]) -> Options {
    Options { packages: packages.iter().map(|&name| name.to_owned()).collect(), ..Options::default() }
}

fn names(project: &Project) -> Vec<&str> {
    let mut names: Vec<&str> = project.packages.iter().map(|package| package.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_folder_and_its_manifest_mean_the_same_project() {
    let folder = Folder::new("same");
    folder.package("worker", "cdylib");
    for path in ["worker", "worker/", "worker/Cargo.toml"] {
        let project = folder.read(path, &Options::default()).unwrap();
        assert_eq!(names(&project), ["worker"]);
        assert_eq!(project.folder.components(), folder.0.join("worker").components());
    }
}

#[test]
fn what_is_no_project_is_refused() {
    let folder = Folder::new("none");
    folder.write("notes.txt", "");
    let none = |path| folder.refused(path, &Options::default());
    assert_eq!(none("gone"), "HERE/gone is not a cargo project: there is no Cargo.toml in it");
    assert_eq!(none("notes.txt"), "HERE/notes.txt is not a cargo project: there is no Cargo.toml in it");
    folder.write("broken/Cargo.toml", "[package\n");
    let said = none("broken");
    assert!(said.starts_with("cargo cannot use HERE/broken/Cargo.toml: "), "{said}");
}

#[test]
fn a_crate_that_makes_no_module_is_told_what_it_lacks() {
    let folder = Folder::new("rlib");
    folder.package("tools", "lib");
    assert_eq!(
        folder.refused("tools", &Options::default()),
        "package `tools` does not make a WebAssembly module: add `[lib]` with `crate-type = [\"cdylib\"]` to \
         HERE/tools/Cargo.toml"
    );
}

#[test]
fn a_workspace_stands_for_its_guests_and_a_member_for_itself() {
    let folder = Folder::new("workspace");
    folder.workspace("\"one\", \"two\", \"tools\"");
    folder.package("one", "cdylib");
    folder.package("two", "cdylib");
    folder.package("tools", "lib");
    assert_eq!(names(&folder.read(".", &Options::default()).unwrap()), ["one", "two"]);
    assert_eq!(names(&folder.read("two", &Options::default()).unwrap()), ["two"]);
    assert_eq!(names(&folder.read("two", &named(&["one"])).unwrap()), ["one"]);
    assert_eq!(folder.refused(".", &named(&["three"])), "there is no package `three` here; the guests are one, two");
    assert!(folder.refused(".", &named(&["one", "tools"])).starts_with("package `tools` does not make"));
}

#[test]
fn a_workspace_without_guests_is_refused() {
    let folder = Folder::new("no-guests");
    folder.workspace("\"tools\"");
    folder.package("tools", "lib");
    let said = folder.refused(".", &Options::default());
    assert!(said.starts_with("no package of the workspace HERE") && said.contains("is a guest"), "{said}");
}

#[test]
fn several_guests_do_not_fit_into_one_file() {
    let folder = Folder::new("several");
    folder.workspace("\"one\", \"two\"");
    folder.package("one", "cdylib");
    folder.package("two", "cdylib");
    let options = Options { output: Some("out.wasm".into()), ..Options::default() };
    let said = folder.refused(".", &options);
    assert!(said.contains("several guests (one, two)") && said.contains("--package"), "{said}");
    assert!(folder.read(".", &Options { output: Some("out.wasm".into()), ..named(&["one"]) }).is_ok());
}

#[test]
fn cargo_builds_the_chosen_packages_and_tells_where_their_modules_are() {
    let folder = Folder::new("compile");
    folder.workspace("\"one\", \"two\"");
    folder.package("one", "cdylib");
    folder.package("two", "cdylib");
    let options = Options {
        target_dir: Some(folder.0.join("shared")),
        cargo_args: vec!["--locked".to_owned()],
        ..Options::default()
    };
    let toolchain = folder.cargo(
        &[
            "what a build script prints".to_owned(),
            folder.artifact("elsewhere", "cdylib", "elsewhere.wasm"),
            folder.artifact("one", "bin", "program.wasm"),
            folder.artifact("one", "cdylib", "one.wasm"),
            folder.artifact("two", "cdylib", "two.wasm"),
            "{\"reason\":\"build-finished\",\"success\":true}".to_owned(),
        ],
        0,
    );
    let project = folder.read(".", &options).unwrap();
    assert_eq!(project.output("one"), folder.0.join("shared/commonhold/one.wasm"));
    let modules = project.compile(&toolchain, &options).unwrap();
    let found: Vec<_> = modules.into_iter().map(|module| (module.package, module.path)).collect();
    let expected = ["one", "two"].map(|name| (name.to_owned(), folder.0.join(name).with_extension("wasm")));
    assert_eq!(found, expected);

    let arguments = std::fs::read_to_string(folder.0.join("arguments")).unwrap();
    let expected = format!("--target-dir {}/shared --profile release --lib", folder.0.display());
    assert!(arguments.contains(&expected), "{arguments}");
    assert!(arguments.starts_with("build --target wasm32-unknown-unknown"), "{arguments}");
    assert!(arguments.trim_end().ends_with("--locked"), "{arguments}");
}

#[test]
fn an_optimised_build_is_the_default_and_a_quick_one_the_choice() {
    let folder = Folder::new("profile");
    folder.package("one", "cdylib");
    let toolchain = folder.cargo(&[folder.artifact("one", "cdylib", "one.wasm")], 0);
    let options = Options { debug: true, ..Options::default() };
    folder.read("one", &options).unwrap().compile(&toolchain, &options).unwrap();
    let arguments = std::fs::read_to_string(folder.0.join("arguments")).unwrap();
    assert!(arguments.contains("--profile dev "), "{arguments}");
}

#[test]
fn a_failed_build_is_an_error_and_so_is_one_without_a_module() {
    let folder = Folder::new("failed");
    folder.package("one", "cdylib");
    let options = Options::default();
    let project = folder.read("one", &options).unwrap();
    let fails = |says: &[String], status| {
        let toolchain = folder.cargo(says, status);
        project.compile(&toolchain, &options).map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(fails(&[folder.artifact("one", "cdylib", "one.wasm")], 101), "`cargo build` failed, see above");
    assert_eq!(fails(&[], 0), "cargo's answer was not understood: cargo build made no module of `one`");
}

#[test]
fn a_library_from_source_is_seen_in_its_profiles_folder() {
    let folder = Folder::new("std");
    folder.package("one", "cdylib");
    let target_dir = Some(folder.0.join("target"));
    let project =
        |debug| folder.read("one", &Options { debug, target_dir: target_dir.clone(), ..Options::default() }).unwrap();
    assert!(!project(false).has_own_std());
    folder.write("target/wasm32-unknown-unknown/debug/deps/libstd-12.rlib", "");
    assert!(project(true).has_own_std());
    assert!(!project(false).has_own_std());
}

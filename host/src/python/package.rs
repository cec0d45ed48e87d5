//! Collecting the files of a script.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::Error;
use super::imports::top_level_names;

/// The script's source, and the file that tells the script's name.
const MAIN: &str = "__main__.py";
const MAIN_PATH: &str = "__main__.path";

/// How deep a package may nest: nobody nests deeper, but a symbolic link may lead in a circle.
const MAX_DEPTH: usize = 32;

/// Collects the files that a script needs to run: the script itself and, transitively, the modules and packages in its
/// folder that an import statement names. A package is taken whole, as far as it is made of `.py` files.
///
/// The keys are paths as Python would see them from the folder (`helper.py`, `package/part.py`). The script is
/// `__main__.py`, and `__main__.path` holds its path as given here, which tracebacks show.
///
/// # Errors
///
/// [`Error::File`] if the script or one of the modules cannot be read.
pub fn package(script: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let folder = script.parent().unwrap_or(Path::new(""));
    let mut packaging = Packaging { folder, files: BTreeMap::new(), seen: BTreeSet::new(), wanted: Vec::new() };
    packaging.take(script, MAIN)?;
    while let Some(name) = packaging.wanted.pop() {
        packaging.module(&name)?;
    }
    let mut files = packaging.files;
    files.insert(MAIN_PATH.into(), script.to_string_lossy().into_owned().into_bytes());
    Ok(files)
}

struct Packaging<'a> {
    folder: &'a Path,
    files: BTreeMap<String, Vec<u8>>,
    /// The names that were looked for already.
    seen: BTreeSet<String>,
    /// The names still to look for.
    wanted: Vec<String>,
}

impl Packaging<'_> {
    /// Takes the module or package of a name, if there is one.
    fn module(&mut self, name: &str) -> Result<(), Error> {
        let directory = self.folder.join(name);
        let file = self.folder.join(format!("{name}.py"));
        // In the order in which Python looks: a package, a module, and a directory without an `__init__`.
        if !directory.join("__init__.py").is_file() && file.is_file() {
            self.take(&file, &format!("{name}.py"))
        } else if directory.is_dir() {
            self.directory(&directory, name, MAX_DEPTH)
        } else {
            Ok(())
        }
    }

    /// Takes all modules in a directory, and in those below it.
    fn directory(&mut self, path: &Path, key: &str, depth: usize) -> Result<(), Error> {
        let failed = || Error::file("read", path);
        for entry in fs::read_dir(path).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            // No module can have a name that is not UTF-8.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let (path, key) = (entry.path(), format!("{key}/{name}"));
            if name.ends_with(".py") && path.is_file() {
                self.take(&path, &key)?;
            } else if depth > 0 && !name.starts_with('.') && name != "__pycache__" && path.is_dir() {
                self.directory(&path, &key, depth - 1)?;
            }
        }
        Ok(())
    }

    /// Takes one file, and notes what it imports.
    fn take(&mut self, path: &Path, key: &str) -> Result<(), Error> {
        let source = fs::read(path).map_err(Error::file("read", path))?;
        for name in top_level_names(&String::from_utf8_lossy(&source)) {
            if self.seen.insert(name.clone()) {
                self.wanted.push(name);
            }
        }
        self.files.insert(key.to_owned(), source);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::{env, fs, process};

    use super::{Error, package};

    /// A folder with files in it, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let path = env::temp_dir().join(format!("commonhold-package-{}-{name}", process::id()));
            for (file, source) in files {
                let file = path.join(file);
                fs::create_dir_all(file.parent().unwrap_or(&path)).unwrap();
                fs::write(file, source).unwrap();
            }
            Folder(path)
        }

        fn package(&self, script: &str) -> Vec<String> {
            package(&self.0.join(script)).unwrap().into_keys().collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_script_alone_knows_its_name() {
        let folder = Folder::new("alone", &[("a.py", "import os, json\n"), ("other.py", "")]);
        let files = package(&folder.0.join("a.py")).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["__main__.path", "__main__.py"]);
        assert_eq!(files["__main__.py"], b"import os, json\n");
        assert_eq!(files["__main__.path"], folder.0.join("a.py").to_string_lossy().as_bytes());
    }

    #[test]
    fn what_it_imports_comes_along_with_what_that_imports() {
        let folder = Folder::new(
            "imports",
            &[
                ("a.py", "import b\nfrom package.part import x\nimport space.inner"),
                ("b.py", "import c, a"),
                ("c.py", "import b"),
                ("d.py", ""),
                ("package/__init__.py", ""),
                ("package/part.py", "from . import other"),
                ("package/other.py", "import e"),
                ("package/data.txt", ""),
                ("package/deep/er.py", ""),
                ("package/.hidden/x.py", ""),
                ("package.py", "import d"),
                ("space/inner.py", ""),
                ("e.py", ""),
            ],
        );
        assert_eq!(
            folder.package("a.py"),
            [
                "__main__.path",
                "__main__.py",
                "a.py",
                "b.py",
                "c.py",
                "e.py",
                "package/__init__.py",
                "package/deep/er.py",
                "package/other.py",
                "package/part.py",
                "space/inner.py",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_come_to_an_end() {
        let folder = Folder::new("circle", &[("a.py", "import p"), ("p/__init__.py", "")]);
        std::os::unix::fs::symlink("../p", folder.0.join("p/again")).unwrap();
        assert!(folder.package("a.py").len() >= 3);
    }

    #[test]
    fn a_missing_script_is_named() {
        let error = package(Path::new("no/such/script.py")).unwrap_err();
        assert!(matches!(error, Error::File { .. }));
        assert!(error.to_string().starts_with("cannot read no/such/script.py: "), "{error}");
    }
}

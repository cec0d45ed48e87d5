//! Which modules a Python source may import.
//!
//! This is no parser: it finds each name that an import statement could mention, and some that only look as if. A name too
//! many costs a file in the package, and only if there is one of that name beside the script; one too few would be an
//! ImportError.

use std::collections::BTreeSet;

/// The first parts of the names of all modules that a source may import absolutely: `a` for `import a.b` and for
/// `from a.b import c`.
pub(super) fn top_level_names(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let joined = source.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in joined.lines() {
        // A statement may follow another one, or the colon of a compound one.
        for statement in line.split([';', ':']) {
            statement_names(statement.trim(), &mut names);
        }
        for function in ["import_module", "__import__"] {
            for (position, _) in line.match_indices(function) {
                call_name(&line[position + function.len()..], &mut names);
            }
        }
    }
    names
}

fn statement_names(statement: &str, names: &mut BTreeSet<String>) {
    let mut words = statement.splitn(2, char::is_whitespace);
    match (words.next(), words.next()) {
        (Some("import"), Some(modules)) => names.extend(modules.split(',').filter_map(first_name)),
        (Some("from"), Some(rest)) => names.extend(first_name(rest)),
        _ => {}
    }
}

/// The name in `("name"`, a call's argument.
fn call_name(rest: &str, names: &mut BTreeSet<String>) {
    let argument = rest.trim_start().strip_prefix('(').map(str::trim_start);
    if let Some(text) = argument.and_then(|argument| argument.strip_prefix(['"', '\''])) {
        names.extend(first_name(text));
    }
}

/// The identifier that a text begins with; none before the dot of a relative import.
fn first_name(text: &str) -> Option<String> {
    let text = text.trim_start();
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::top_level_names;

    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let names: Vec<_> = top_level_names(source).into_iter().collect();
        assert_eq!(names, expected, "{source}");
    }

    #[test]
    fn every_form_of_import_is_found() {
        check("import a", &["a"]);
        check("import a.b.c as d, e as f\n", &["a", "e"]);
        check("from a.b import c, d\r\n", &["a"]);
        check("import a # for b\nx = '#'; import c", &["a", "c"]);
        check("from\ta import (\n    b,\n    c,\n)", &["a"]);
        check("import a, \\\n    b", &["a", "b"]);
        check("x = 1; import a ;from b import c", &["a", "b"]);
        check("try: import a\nexcept ImportError: import b", &["a", "b"]);
        check("def f():\n    if x:\n        import größe_1", &["größe_1"]);
        check("importlib.import_module('a.b')\n__import__( \"c\" )", &["a", "c"]);
    }

    #[test]
    fn what_is_no_absolute_import_is_not() {
        check("from . import a\nfrom .b import c\nfrom ..d import e", &[]);
        check("# import a\nimported = 1\nfrom_a = 2\nx = important", &[]);
        check("import_module(name)\nimport\nfrom", &[]);
        check("", &[]);
    }
}

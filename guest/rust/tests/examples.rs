//! Each public item of the SDK is shown in an example that runs: one of its own, or one of the type that it belongs to.
//!
//! The sources are read as they are, since what `rustdoc` knows is for nightly compilers only. An example runs unless
//! its fence says otherwise (`no_run`, `compile_fail`, ...), and shows a function if it calls it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, TraitItem, Type, UseTree, Visibility};

/// What cannot be shown by running it, and why.
const NOT_RUN: &[(&str, &str)] = &[("process::exit", "it ends the process, which is that of the tests")];

/// A public item.
struct Public {
    /// As it is found in the documentation: `List::push`.
    path: String,
    name: String,
    /// The type whose examples may show it; for what belongs to none, itself.
    owner: String,
    is_called: bool,
    is_method: bool,
    has_own_example: bool,
}

#[derive(Default)]
struct Sources {
    public: Vec<Public>,
    /// The examples of each type, its functions' included, and of each function that belongs to none.
    examples: BTreeMap<String, Vec<String>>,
}

#[test]
fn every_public_item_is_shown_in_an_example() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Sources::default();
    let root = parse(&src.join("lib.rs"));
    let exported = exported(&root);
    sources.read(&root, "", &exported, &src);
    // The functions of a type are as public as it is.
    let types: BTreeSet<String> = sources.public.iter().map(|item| item.path.clone()).collect();
    sources.public.retain(|item| !item.is_method || types.contains(&item.owner));
    assert!(sources.public.len() > 200, "{} public items were found", sources.public.len());
    let missing: Vec<&str> = sources
        .public
        .iter()
        .filter(|item| !sources.shows(item) && !NOT_RUN.iter().any(|(path, _)| *path == item.path))
        .map(|item| item.path.as_str())
        .collect();
    assert!(missing.is_empty(), "{} public items are in no example that runs: {missing:#?}", missing.len());
}

fn parse(path: &Path) -> syn::File {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names that the crate's root gives out of modules that are not public.
fn exported(root: &syn::File) -> BTreeSet<String> {
    fn names(tree: &UseTree, into: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(path) => names(&path.tree, into),
            UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, into)),
            UseTree::Name(name) => drop(into.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(into.insert(rename.ident.to_string())),
            UseTree::Glob(_) => panic!("a glob hides what is public"),
        }
    }
    let mut all = BTreeSet::new();
    for item in &root.items {
        if let Item::Use(item) = item
            && is_public(&item.vis)
            && !is_hidden(&item.attrs)
        {
            names(&item.tree, &mut all);
        }
    }
    all
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn docs(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(literal) = &meta.value
            && let Lit::Str(line) = &literal.lit
        {
            text += &line.value();
            text.push('\n');
        }
    }
    text
}

/// Whether the documentation leaves it out, or it is there for tests only.
fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => {
            let inside = list.tokens.to_string();
            list.path.is_ident("doc") && inside == "hidden" || list.path.is_ident("cfg") && inside == "test"
        }
        _ => false,
    })
}

/// The examples in a documentation that run.
fn examples(docs: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current: Option<(bool, String)> = None;
    for line in docs.lines() {
        let fence = line.trim().strip_prefix("```");
        match (&mut current, fence) {
            (None, Some(kind)) => current = Some((kind.is_empty() || kind == "rust", String::new())),
            (Some((runs, text)), Some(_)) => {
                if *runs {
                    all.push(std::mem::take(text));
                }
                current = None;
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    all
}

impl Sources {
    fn note(&mut self, path: &str, name: &str, owner: &str, is_called: bool, attributes: &[Attribute]) {
        let own = examples(&docs(attributes));
        let has_own_example = !own.is_empty();
        self.examples.entry(owner.to_owned()).or_default().extend(own);
        let is_method = owner.starts_with(char::is_uppercase) && path.starts_with(&format!("{owner}::"));
        self.public.push(Public {
            is_method,
            has_own_example,
            path: path.to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            is_called,
        });
    }

    /// Reads a file, and those of its modules. `module` is the public one that it is, or nothing.
    fn read(&mut self, file: &syn::File, module: &str, exported: &BTreeSet<String>, folder: &Path) {
        let in_module = |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        let is_root = folder.ends_with("src");
        // What is in a module that is not public is so only by the root's leave.
        let gives = |name: &str| is_root || !module.is_empty() || exported.contains(name);
        for item in &file.items {
            match item {
                Item::Mod(it) if !is_hidden(&it.attrs) => {
                    let name = it.ident.to_string();
                    let public = if is_public(&it.vis) { name.as_str() } else { module };
                    let inner = folder.join(&name);
                    let path: PathBuf = folder.join(format!("{name}.rs"));
                    if NOT_THE_INTERFACE.contains(&name.as_str()) || it.content.is_some() {
                        continue;
                    }
                    let file = parse(&path);
                    if is_public(&it.vis) {
                        let examples = examples(&docs(&file.attrs));
                        self.examples.entry(name.clone()).or_default().extend(examples);
                    }
                    self.read(&file, public, exported, &inner);
                }
                Item::Fn(it) if is_public(&it.vis) && gives(&it.sig.ident.to_string()) && !is_hidden(&it.attrs) => {
                    let name = it.sig.ident.to_string();
                    let owner = if module.is_empty() { name.clone() } else { module.to_owned() };
                    self.note(&in_module(&name), &name, &owner, true, &it.attrs);
                }
                Item::Struct(it) => self.type_of(&it.ident, &it.vis, &it.attrs, &gives),
                Item::Enum(it) => self.type_of(&it.ident, &it.vis, &it.attrs, &gives),
                Item::Type(it) => self.type_of(&it.ident, &it.vis, &it.attrs, &gives),
                Item::Trait(it) if !is_hidden(&it.attrs) => {
                    self.type_of(&it.ident, &it.vis, &it.attrs, &gives);
                    let owner = it.ident.to_string();
                    for item in &it.items {
                        if let TraitItem::Fn(function) = item
                            && is_public(&it.vis)
                            && gives(&owner)
                            && !is_hidden(&function.attrs)
                        {
                            let name = function.sig.ident.to_string();
                            self.note(&format!("{owner}::{name}"), &name, &owner, true, &function.attrs);
                        }
                    }
                }
                Item::Impl(it) if it.trait_.is_none() && !is_hidden(&it.attrs) => {
                    let Type::Path(path) = &*it.self_ty else { continue };
                    let Some(owner) = path.path.segments.last().map(|segment| segment.ident.to_string()) else {
                        continue;
                    };
                    for item in &it.items {
                        if let ImplItem::Fn(function) = item
                            && is_public(&function.vis)
                            && gives(&owner)
                            && !is_hidden(&function.attrs)
                        {
                            let name = function.sig.ident.to_string();
                            self.note(&format!("{owner}::{name}"), &name, &owner, true, &function.attrs);
                        }
                    }
                }
                Item::Macro(it) if it.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) => {
                    let Some(name) = it.ident.as_ref().map(ToString::to_string) else { continue };
                    if !is_hidden(&it.attrs) {
                        let owner = if module.is_empty() { &name } else { module };
                        self.note(&format!("{name}!"), &format!("{name}!"), owner, true, &it.attrs);
                    }
                }
                _ => {}
            }
        }
    }

    fn type_of(
        &mut self,
        name: &syn::Ident,
        visibility: &Visibility,
        attributes: &[Attribute],
        gives: &dyn Fn(&str) -> bool,
    ) {
        let name = name.to_string();
        if is_public(visibility) && gives(&name) && !is_hidden(attributes) {
            self.note(&name, &name, &name, false, attributes);
        }
    }

    fn shows(&self, item: &Public) -> bool {
        if !item.is_called && item.has_own_example {
            return true;
        }
        let examples = self.examples.get(&item.owner).into_iter().flatten();
        examples.into_iter().any(|example| mentions(example, &item.name, item.is_called))
    }
}

/// Modules of the crate that are no part of its interface.
const NOT_THE_INTERFACE: &[&str] = &["generated", "guest", "native", "backend", "tests", "__private", "bindings"];

/// Whether a piece of code has a name in it, as one that is called if so wanted.
fn mentions(code: &str, name: &str, is_called: bool) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        let is_call = after.starts_with('(') || after.starts_with("::<");
        is_whole && (is_call || !is_called) && !before.ends_with("fn ")
    })
}

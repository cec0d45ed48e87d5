//! How a shared type declares its methods: once, as a signature in Python's notation with what it
//! does and what runs it. Dispatch by name, the checking of arguments and its messages, the list of
//! methods, read-only rights and the reference table all come from that declaration.

use super::call::{Args, Caller, has_to_resolve, resolve, resolve_iterator};
use super::rights::{Bit, GET_VALUE, MAX_METHODS, TO_TEXT};
use super::{BoxFuture, Call, CallError, Item, Outcome};
use hashbrown::HashMap;
use smallvec::SmallVec;
use std::borrow::Cow;

/// Whether a method leaves the object as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads: a read-only proxy may call it.
    Reads,
    /// It may change the object.
    Changes,
}

/// What runs a method.
#[derive(Clone, Copy)]
pub enum Run {
    /// At once.
    Now(fn(&mut Call<'_>) -> Outcome<Item>),
    /// It may wait.
    Wait(for<'a> fn(Call<'a>) -> BoxFuture<'a, Outcome<Item>>),
}

/// A method as its type declares it.
#[derive(Clone, Copy)]
pub struct Method {
    /// The name and the parameters in Python's notation: `pop(index=-1, /)`,
    /// `sort(*, key=None, reverse=False)`, `update(entries: mapping=(), /, **kwargs)`,
    /// `union(*others: iterable)`. The annotations `iterable` and `mapping` mark a parameter that
    /// wants what is inside an object, `iterator` one that wants to go over it.
    pub signature: &'static str,
    /// What it does, in a line or two.
    pub doc: &'static str,
    pub effect: Effect,
    pub run: Run,
}

impl Method {
    /// The number of the method with that name, for constants: a name that is none does not compile.
    pub const fn number(methods: &[Self], name: &str) -> Bit {
        match Self::place(methods, name.as_bytes()) {
            Some(number) => number as Bit,
            None => panic!("no such method"),
        }
    }

    /// The methods of a type that is another one underneath: the other's methods, which keep their
    /// numbers, those that it has a form of its own of, and after them its others. There are
    /// [`heirs`](Self::heirs) of them.
    pub const fn inherit<const N: usize>(base: &[Self], own: &[Self]) -> [Self; N] {
        let mut methods = [base[0]; N];
        let mut count = 0;
        while count < base.len() {
            methods[count] = base[count];
            count += 1;
        }
        let mut next = 0;
        while next < own.len() {
            match Self::place(base, own[next].signature.as_bytes()) {
                Some(number) => methods[number] = own[next],
                None => {
                    methods[count] = own[next];
                    count += 1;
                }
            }
            next += 1;
        }
        assert!(count == N, "a method was declared twice, or there is another number of them");
        methods
    }

    /// How many methods a type has that inherits some and declares some.
    pub const fn heirs(base: &[Self], own: &[Self]) -> usize {
        let mut count = base.len();
        let mut next = 0;
        while next < own.len() {
            if Self::place(base, own[next].signature.as_bytes()).is_none() {
                count += 1;
            }
            next += 1;
        }
        count
    }

    /// The number of the method with that name, which may be the start of a signature.
    const fn place(methods: &[Self], name: &[u8]) -> Option<usize> {
        let mut number = 0;
        while number < methods.len() {
            let signature = methods[number].signature.as_bytes();
            let mut same = 0;
            while same < signature.len()
                && signature[same] != b'('
                && same < name.len()
                && signature[same] == name[same]
            {
                same += 1;
            }
            if same < signature.len() && signature[same] == b'(' && (same == name.len() || name[same] == b'(') {
                return Some(number);
            }
            number += 1;
        }
        None
    }
}

/// What runs a method of a type that was declared while the program runs: its code is made, not named.
pub enum MadeRun {
    /// At once.
    Now(Box<dyn Fn(&mut Call<'_>) -> Outcome<Item> + Send + Sync>),
    /// It may wait.
    Wait(Box<dyn for<'a> Fn(Call<'a>) -> BoxFuture<'a, Outcome<Item>> + Send + Sync>),
}

/// Either of the two.
pub(super) enum Runner {
    Named(Run),
    Made(MadeRun),
}

/// One parameter of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub(super) name: Cow<'static, str>,
    pub(super) default: Option<Cow<'static, str>>,
    pub(super) place: Place,
    pub(super) wants: Wants,
}

/// What a parameter wants of an object that it is given a proxy to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Itself,
    /// The items, as a plain list.
    Items,
    /// The entries, as a plain dict.
    Entries,
    Iterator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    PositionOnly,
    Either,
    KeywordOnly,
    /// `*args`
    MorePositions,
    /// `**kwargs`
    Rest,
}

/// A name and parameters, taken apart.
pub struct Signature {
    text: Cow<'static, str>,
    name: Cow<'static, str>,
    parameters: Vec<Parameter>,
    /// How many arguments must, and how many can be given by position.
    required: usize,
    positional: usize,
    /// Whether any number more can be, and what is wanted of these.
    takes_more: bool,
    more_wants: Wants,
    takes_rest: bool,
    /// Whether any parameter wants more than the proxy.
    looks_inside: bool,
}

/// A method with its signature taken apart.
pub struct Declared {
    signature: Signature,
    doc: Cow<'static, str>,
    effect: Effect,
    run: Runner,
}

/// A shared type: its name and its methods.
pub struct TypeInfo {
    typeid: Cow<'static, str>,
    proxy_class: Cow<'static, str>,
    doc: Cow<'static, str>,
    methods: Vec<Declared>,
    numbers: HashMap<Cow<'static, str>, Bit>,
}

impl TypeInfo {
    /// A type of this crate.
    pub fn declare(typeid: &'static str, proxy_class: &'static str, doc: &'static str, methods: &[Method]) -> Self {
        let methods = methods.iter().map(Declared::parse).collect();
        Self::with_methods(typeid.into(), proxy_class.into(), doc.into(), methods)
    }

    /// A type that a provider describes; its methods' arguments are its own business.
    pub fn foreign(
        typeid: String,
        doc: String,
        methods: impl IntoIterator<Item = (String, String, Effect)>,
    ) -> Result<Self, String> {
        let methods: Vec<_> =
            methods.into_iter().map(|(name, doc, effect)| Declared::foreign(name, doc, effect)).collect();
        if methods.len() > MAX_METHODS {
            return Err(format!("type '{typeid}' has {} methods; {MAX_METHODS} is the most", methods.len()));
        }
        let proxy_class = format!("AutoProxy[{typeid}]");
        let info = Self::with_methods(typeid.into(), proxy_class.into(), doc.into(), methods);
        if info.numbers.len() < info.methods.len() {
            return Err(format!("type '{}' has two methods of the same name", info.typeid));
        }
        Ok(info)
    }

    /// A type that is declared while the program runs.
    pub fn made(typeid: String, doc: String, methods: Vec<Declared>) -> Result<Self, String> {
        if methods.len() > MAX_METHODS {
            return Err(format!("it has {} methods; {MAX_METHODS} is the most", methods.len()));
        }
        let proxy_class = format!("AutoProxy[{typeid}]");
        let info = Self::with_methods(typeid.into(), proxy_class.into(), doc.into(), methods);
        if info.numbers.len() < info.methods.len() {
            return Err("it has two methods of the same name".into());
        }
        Ok(info)
    }

    fn with_methods(
        typeid: Cow<'static, str>,
        proxy_class: Cow<'static, str>,
        doc: Cow<'static, str>,
        methods: Vec<Declared>,
    ) -> Self {
        debug_assert!(methods.len() <= MAX_METHODS, "rights are a bit set");
        let numbers = methods.iter().zip(0..).map(|(method, number)| (method.signature.name.clone(), number)).collect();
        Self { typeid, proxy_class, doc, methods, numbers }
    }

    pub fn typeid(&self) -> &str {
        &self.typeid
    }

    /// The name of the class that a proxy to it prints as.
    pub fn proxy_class(&self) -> &str {
        &self.proxy_class
    }

    pub fn doc(&self) -> &str {
        &self.doc
    }

    pub fn methods(&self) -> &[Declared] {
        &self.methods
    }

    /// The number of the method with that name.
    pub fn number_of(&self, name: &str) -> Option<Bit> {
        self.numbers.get(name).copied()
    }

    pub fn method(&self, number: Bit) -> &Declared {
        &self.methods[number as usize]
    }

    /// What a right is for, in words.
    pub(super) fn right_name(&self, right: Bit) -> &str {
        match right {
            GET_VALUE => "get-value",
            TO_TEXT => "to-text",
            number => self.methods.get(number as usize).map_or("?", Declared::name),
        }
    }
}

impl Declared {
    fn parse(method: &Method) -> Self {
        Self {
            signature: Signature::parse(method.signature),
            doc: method.doc.into(),
            effect: method.effect,
            run: Runner::Named(method.run),
        }
    }

    /// A method that is declared while the program runs.
    pub fn made(signature: Signature, doc: String, effect: Effect, run: MadeRun) -> Self {
        Self { signature, doc: doc.into(), effect, run: Runner::Made(run) }
    }

    fn foreign(name: String, doc: String, effect: Effect) -> Self {
        let run = Run::Now(|_| Err(CallError::new(commonhold_wire::ErrorKind::Internal, "a provider's method")));
        let run = Runner::Named(run);
        Self { signature: Signature::opaque(name), doc: doc.into(), effect, run }
    }

    pub fn name(&self) -> &str {
        &self.signature.name
    }

    pub fn doc(&self) -> &str {
        &self.doc
    }

    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether it can wait.
    pub fn waits(&self) -> bool {
        matches!(self.run, Runner::Named(Run::Wait(_)) | Runner::Made(MadeRun::Wait(_)))
    }

    pub(super) fn run(&self) -> &Runner {
        &self.run
    }
}

impl Wants {
    pub(super) fn annotated(annotation: &str) -> Self {
        match annotation {
            "iterable" => Self::Items,
            "mapping" => Self::Entries,
            "iterator" => Self::Iterator,
            _ => Self::Itself,
        }
    }

    async fn resolve(self, arg: &mut Item, caller: &Caller) -> Outcome<()> {
        match self {
            Self::Itself => Ok(()),
            Self::Items | Self::Entries => resolve(arg, caller).await,
            Self::Iterator => resolve_iterator(arg, caller).await,
        }
    }
}

impl Signature {
    pub fn parse(text: &'static str) -> Self {
        let (name, rest) = text.split_once('(').unwrap_or((text, ")"));
        let list = rest.rsplit_once(')').map_or(rest, |(list, _)| list);
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut place = Place::Either;
        for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part {
                "/" => parameters.iter_mut().for_each(|parameter| parameter.place = Place::PositionOnly),
                "*" => place = Place::KeywordOnly,
                _ => {
                    let (declaration, default) = match part.split_once('=') {
                        Some((declaration, default)) => (declaration.trim(), Some(default.trim())),
                        None => (part, None),
                    };
                    let (name, annotation) = match declaration.split_once(':') {
                        Some((name, annotation)) => (name.trim(), annotation.trim()),
                        None => (declaration, ""),
                    };
                    let wants = Wants::annotated(annotation);
                    let (name, here) = match (name.strip_prefix("**"), name.strip_prefix('*')) {
                        (Some(name), _) => (name, Place::Rest),
                        (None, Some(name)) => (name, Place::MorePositions),
                        (None, None) => (name, place),
                    };
                    if here == Place::MorePositions {
                        // As after a bare `*`.
                        place = Place::KeywordOnly;
                    }
                    let (name, default) = (name.into(), default.map(Into::into));
                    parameters.push(Parameter { name, default, place: here, wants });
                }
            }
        }
        Self::of(text.into(), name.into(), parameters)
    }

    /// One of a name and of all parameters, those with stars included.
    pub(super) fn of(text: Cow<'static, str>, name: Cow<'static, str>, mut parameters: Vec<Parameter>) -> Self {
        let by_position = |parameter: &&Parameter| matches!(parameter.place, Place::PositionOnly | Place::Either);
        let positional = parameters.iter().filter(by_position).count();
        let required = parameters.iter().filter(by_position).filter(|parameter| parameter.default.is_none()).count();
        let takes_rest = parameters.iter().any(|parameter| parameter.place == Place::Rest);
        let more = parameters.iter().find(|parameter| parameter.place == Place::MorePositions);
        let (takes_more, more_wants) = (more.is_some(), more.map_or(Wants::Itself, |more| more.wants));
        parameters.retain(|parameter| !matches!(parameter.place, Place::Rest | Place::MorePositions));
        let looks_inside =
            more_wants != Wants::Itself || parameters.iter().any(|parameter| parameter.wants != Wants::Itself);
        Self { text, name, parameters, required, positional, takes_more, more_wants, takes_rest, looks_inside }
    }

    /// Of a method whose arguments are its provider's business.
    fn opaque(name: String) -> Self {
        Self {
            text: format!("{name}(...)").into(),
            name: name.into(),
            parameters: Vec::new(),
            required: 0,
            positional: 0,
            takes_more: false,
            more_wants: Wants::Itself,
            takes_rest: false,
            looks_inside: false,
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same parameters under another name.
    pub fn named(mut self, name: &str) -> Self {
        let parameters = self.text.find('(').map_or("()", |start| &self.text[start..]);
        self.text = format!("{name}{parameters}").into();
        self.name = name.to_owned().into();
        self
    }

    /// As it was declared.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether [`resolve`](Self::resolve) would change anything.
    pub fn has_to_resolve(&self, args: &[Item], kwargs: &[(String, Item)]) -> bool {
        self.looks_inside && args.iter().chain(kwargs.iter().map(|(_, item)| item)).any(has_to_resolve)
    }

    /// Puts copies of providers' objects, or iterators over them, in the place of their proxies where a
    /// parameter wants that.
    pub async fn resolve(&self, args: &mut [Item], kwargs: &mut [(String, Item)], caller: &Caller) -> Outcome<()> {
        for (position, arg) in args.iter_mut().enumerate() {
            let wants = if self.takes_more && position >= self.positional {
                self.more_wants
            } else {
                self.parameters.get(position).map_or(Wants::Itself, |parameter| parameter.wants)
            };
            wants.resolve(arg, caller).await?;
        }
        for (name, arg) in kwargs {
            if let Some(parameter) = self.parameters.iter().find(|parameter| parameter.name == *name) {
                parameter.wants.resolve(arg, caller).await?;
            }
        }
        Ok(())
    }

    /// Puts arguments in the places of the parameters, with CPython's messages where they do not
    /// fit. `owner` is the type of a method, or nothing for a constructor.
    pub fn bind(
        &self,
        owner: Option<&TypeInfo>,
        mut args: SmallVec<[Item; 4]>,
        kwargs: Vec<(String, Item)>,
    ) -> Outcome<Args> {
        let given = args.len();
        if !kwargs.is_empty() && !self.takes_keywords() {
            return Err(type_error(if self.is_slot(owner) {
                format!("wrapper {}() takes no keyword arguments", self.name)
            } else {
                format!("{}() takes no keyword arguments", self.qualified(owner))
            }));
        }
        let all = given + kwargs.len();
        if self.takes_keywords() && !self.takes_rest && !self.takes_more && all > self.parameters.len() {
            let (most, keyword) = (self.parameters.len(), if given == 0 { "keyword " } else { "" });
            let plural = if most == 1 { "" } else { "s" };
            return Err(type_error(format!(
                "{}() takes at most {most} {keyword}argument{plural} ({all} given)",
                self.name
            )));
        }
        let more = match given.checked_sub(self.positional) {
            Some(0) | None => Vec::new(),
            Some(_) if self.takes_more => args.drain(self.positional..).collect(),
            Some(_) => return Err(self.wrong_number(owner, given)),
        };
        let mut bound: SmallVec<[Option<Item>; 4]> = SmallVec::with_capacity(self.parameters.len());
        for item in args {
            bound.push(Some(item));
        }
        while bound.len() < self.parameters.len() {
            bound.push(None);
        }
        let mut rest = Vec::new();
        for (keyword, item) in kwargs {
            let place = self
                .parameters
                .iter()
                .position(|parameter| parameter.name == keyword && parameter.place != Place::PositionOnly);
            match place {
                Some(position) if bound[position].is_some() => {
                    return Err(type_error(format!(
                        "argument for {}() given by name ('{keyword}') and position ({})",
                        self.name,
                        position + 1
                    )));
                }
                Some(position) => bound[position] = Some(item),
                None if self.takes_rest => rest.push((keyword, item)),
                None => {
                    let keyword = super::shown(&keyword);
                    return Err(type_error(format!("{}() got an unexpected keyword argument '{keyword}'", self.name)));
                }
            }
        }
        let missing =
            self.parameters.iter().zip(&bound).find(|(parameter, item)| item.is_none() && parameter.default.is_none());
        match missing {
            Some((parameter, _)) if parameter.place == Place::PositionOnly => Err(self.wrong_number(owner, given)),
            Some((parameter, _)) => {
                Err(type_error(format!("{}() missing required argument '{}'", self.name, parameter.name)))
            }
            None => Ok(Args { args: bound, more, kwargs: rest }),
        }
    }

    fn takes_keywords(&self) -> bool {
        self.takes_rest || self.parameters.iter().any(|parameter| parameter.place != Place::PositionOnly)
    }

    fn qualified(&self, owner: Option<&TypeInfo>) -> String {
        match owner {
            Some(info) => format!("{}.{}", info.typeid, self.name),
            None => self.name.to_string(),
        }
    }

    /// Whether CPython implements the method as a slot of its type.
    fn is_slot(&self, owner: Option<&TypeInfo>) -> bool {
        match &*self.name {
            "__getitem__" => owner.is_some_and(|owner| matches!(&*owner.typeid, "Array" | "deque")),
            "__reversed__" => false,
            "__contains__" => owner.is_none_or(|owner| !matches!(&*owner.typeid, "dict" | "Counter" | "set")),
            name => name.starts_with("__"),
        }
    }

    /// CPython words it by how the method is implemented there, which its shape tells.
    #[cold]
    fn wrong_number(&self, owner: Option<&TypeInfo>, given: usize) -> CallError {
        let (least, most) = (self.required, self.positional);
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        type_error(if self.takes_more {
            format!("{} expected at least {least} argument{}, got {given}", self.name, plural(least))
        } else if self.takes_keywords() && most == 0 {
            format!("{}() takes no positional arguments", self.name)
        } else if self.is_slot(owner) && most < 2 {
            format!("expected {most} argument{}, got {given}", plural(most))
        } else if most == 0 {
            format!("{}() takes no arguments ({given} given)", self.qualified(owner))
        } else if (least, most) == (1, 1) {
            format!("{}() takes exactly one argument ({given} given)", self.qualified(owner))
        } else if least == most {
            format!("{} expected {most} argument{}, got {given}", self.name, plural(most))
        } else if given < least {
            format!("{} expected at least {least} argument{}, got {given}", self.name, plural(least))
        } else {
            format!("{} expected at most {most} argument{}, got {given}", self.name, plural(most))
        })
    }
}

pub fn type_error(message: impl Into<String>) -> CallError {
    CallError::new(commonhold_wire::ErrorKind::Type, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallvec::smallvec;

    fn bound(signature: &'static str, args: SmallVec<[Item; 4]>, keywords: &[&str]) -> String {
        let kwargs = keywords.iter().map(|name| ((*name).to_owned(), Item::Bool(true))).collect();
        match Signature::parse(signature).bind(None, args, kwargs) {
            Ok(Args { args, more, kwargs }) => format!("{args:?} {more:?} {kwargs:?}"),
            Err(error) => error.message,
        }
    }

    #[test]
    fn a_star_collects_what_is_given_by_position() {
        let numbers = |count: i64| (0..count).map(Item::Int).collect::<SmallVec<[Item; 4]>>();
        assert_eq!(bound("f(*more)", numbers(0), &[]), "[] [] []");
        assert_eq!(bound("f(*more)", numbers(2), &[]), "[] [Int(0), Int(1)] []");
        assert_eq!(bound("f(*more)", smallvec![], &["x"]), "f() takes no keyword arguments");
        let mixed = "f(a, b=1, /, *more, c=2, **rest)";
        assert_eq!(bound(mixed, numbers(1), &[]), "[Some(Int(0)), None, None] [] []");
        assert_eq!(bound(mixed, numbers(3), &["c"]), "[Some(Int(0)), Some(Int(1)), Some(Bool(true))] [Int(2)] []");
        assert_eq!(bound(mixed, numbers(1), &["x"]), "[Some(Int(0)), None, None] [] [(\"x\", Bool(true))]");
        assert_eq!(bound(mixed, numbers(0), &[]), "f expected at least 1 argument, got 0");
        assert_eq!(bound("f(a, /)", numbers(2), &[]), "f() takes exactly one argument (2 given)");
    }
}

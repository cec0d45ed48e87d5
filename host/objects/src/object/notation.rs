//! Signatures that are written by somebody else: in Python's notation, and checked.

use super::declare::{Parameter, Place, Signature, Wants};
use super::{Item, Proxy};
use commonhold_wire::Value;

/// A signature, and what is to be known of each of its parameters in their order, those with stars included.
pub struct Notation {
    pub signature: Signature,
    pub parameters: Vec<Planned>,
}

/// What is to be known of a parameter by whoever takes its argument.
pub struct Planned {
    pub name: String,
    pub from: From,
    pub wants: Wants,
    /// What stands for an argument that was not given.
    pub default: Option<Item>,
}

/// Where an argument is after [binding](Signature::bind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// In that place.
    Place(usize),
    /// Among those that a `*` parameter collects.
    More,
    /// Among those that a `**` parameter collects.
    Rest,
}

/// How deep a default may nest.
const DEPTH: usize = 16;

impl Notation {
    /// Takes a signature apart: `deposit(amount, *, note='')`. Defaults are literals.
    pub fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|problem| format!("{problem} in the signature '{text}'"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text };
        let name = reader.name()?;
        reader.expect('(')?;
        let mut read = Parameters::default();
        while !reader.takes(')') {
            if !read.is_empty {
                reader.expect(',')?;
                if reader.takes(')') {
                    break;
                }
            }
            read.is_empty = false;
            read.next(&mut reader)?;
        }
        if !reader.at_end() {
            return Err(format!("'{}' behind the closing parenthesis", reader.rest));
        }
        if read.bare_star {
            return Err("nothing behind the '*'".into());
        }
        let parameters = read.planned();
        let signature = Signature::of(text.trim().to_owned().into(), name.to_owned().into(), read.all);
        Ok(Self { signature, parameters })
    }
}

/// The parameters that were read.
struct Parameters {
    all: Vec<Parameter>,
    defaults: Vec<Option<Item>>,
    place: Place,
    is_empty: bool,
    /// Whether there was a `/`.
    slash: bool,
    /// Whether there was a `*` alone, and nothing yet behind it.
    bare_star: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        let (all, defaults) = (Vec::new(), Vec::new());
        Self { all, defaults, place: Place::Either, is_empty: true, slash: false, bare_star: false }
    }
}

impl Parameters {
    fn next(&mut self, reader: &mut Reader<'_>) -> Result<(), String> {
        if self.all.last().is_some_and(|last| last.place == Place::Rest) {
            return Err("something behind the '**' parameter".into());
        }
        if reader.takes('/') {
            if self.slash || self.place != Place::Either || self.all.is_empty() {
                return Err("a '/' where none can be".into());
            }
            self.slash = true;
            self.all.iter_mut().for_each(|parameter| parameter.place = Place::PositionOnly);
            return Ok(());
        }
        let place = match (reader.takes('*'), reader.follows('*')) {
            (false, _) => self.place,
            (true, true) => Place::Rest,
            (true, false) => {
                if self.place == Place::KeywordOnly {
                    return Err("a second '*'".into());
                }
                self.place = Place::KeywordOnly;
                if matches!(reader.peek(), Some(',' | ')')) {
                    self.bare_star = true;
                    return Ok(());
                }
                Place::MorePositions
            }
        };
        // Only what is given by its own name counts.
        self.bare_star &= place == Place::Rest;
        let name = reader.name()?;
        if self.all.iter().any(|other| other.name == name) {
            return Err(format!("two parameters '{name}'"));
        }
        let wants = if reader.takes(':') { Wants::annotated(reader.name()?) } else { Wants::Itself };
        let default = if reader.takes('=') { Some(reader.default()?) } else { None };
        match place {
            Place::Rest | Place::MorePositions if default.is_some() => {
                return Err(format!("a default for '{name}', which collects what is left"));
            }
            Place::Rest if wants != Wants::Itself => {
                return Err(format!("an annotation of '{name}', which collects what is left"));
            }
            Place::Either if default.is_none() && self.all.last().is_some_and(|last| last.default.is_some()) => {
                return Err(format!("no default for '{name}', which follows a parameter with one"));
            }
            _ => {}
        }
        let (text, default) = default.unzip();
        self.defaults.push(default);
        let default = text.map(|text: &str| text.to_owned().into());
        self.all.push(Parameter { name: name.to_owned().into(), default, place, wants });
        Ok(())
    }

    fn planned(&mut self) -> Vec<Planned> {
        let mut places = 0..;
        let each = self.all.iter().zip(std::mem::take(&mut self.defaults));
        let planned = each.map(|(parameter, default)| {
            let from = match parameter.place {
                Place::MorePositions => From::More,
                Place::Rest => From::Rest,
                _ => From::Place(places.next().unwrap_or_default()),
            };
            Planned { name: parameter.name.clone().into_owned(), from, wants: parameter.wants, default }
        });
        planned.collect()
    }
}

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Whether this comes next; it is taken then.
    fn takes(&mut self, expected: char) -> bool {
        let is_next = self.peek() == Some(expected);
        if is_next {
            self.rest = &self.rest[expected.len_utf8()..];
        }
        is_next
    }

    /// Whether this comes next, with nothing in between; it is taken then.
    fn follows(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, expected: char) -> Result<(), String> {
        if self.takes(expected) { Ok(()) } else { Err(format!("no '{expected}' before '{}'", self.rest)) }
    }

    /// Takes what consists of such characters.
    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|next| !is(next)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn name(&mut self) -> Result<&'a str, String> {
        self.peek();
        let before = self.rest;
        let name = self.take_while(|next| next.is_alphanumeric() || next == '_');
        if name.is_empty() || name.starts_with(|first: char| first.is_numeric()) {
            return Err(format!("no name before '{before}'"));
        }
        Ok(name)
    }

    /// A literal, and its text.
    fn default(&mut self) -> Result<(&'a str, Item), String> {
        self.peek();
        let before = self.rest;
        let value = self.literal(DEPTH)?;
        let text = before[..before.len() - self.rest.len()].trim_end();
        let item = Item::from_value(value).map_err(|error| format!("the default {text}: {}", error.message))?;
        Ok((text, item))
    }

    fn literal(&mut self, depth: usize) -> Result<Value<Proxy>, String> {
        let inside = || depth.checked_sub(1).ok_or("a default that nests too deep");
        match self.peek() {
            Some('\'' | '"') => self.text().map(Value::Text),
            Some('[') => {
                self.expect('[')?;
                Ok(Value::List(self.items(']', inside()?)?.0))
            }
            Some('(') => {
                self.expect('(')?;
                let (mut items, is_tuple) = self.items(')', inside()?)?;
                match items.pop() {
                    Some(only) if items.is_empty() && !is_tuple => Ok(only),
                    last => {
                        items.extend(last);
                        Ok(Value::Tuple(items))
                    }
                }
            }
            Some('{') => {
                self.expect('{')?;
                let mut entries = Vec::new();
                while !self.takes('}') {
                    if !entries.is_empty() {
                        self.expect(',')?;
                        if self.takes('}') {
                            break;
                        }
                    }
                    let key = self.literal(inside()?)?;
                    self.expect(':')?;
                    entries.push((key, self.literal(inside()?)?));
                }
                Value::dict(entries).map_err(|error| error.to_string())
            }
            Some(first) if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => self.number(),
            _ => match self.name() {
                Ok("None") => Ok(Value::Null),
                Ok("True") => Ok(Value::Bool(true)),
                Ok("False") => Ok(Value::Bool(false)),
                Ok(other) => Err(format!("the default {other}, which is no literal")),
                Err(_) => Err(format!("no literal before '{}'", self.rest)),
            },
        }
    }

    /// Literals up to a bracket, and whether a comma was the last thing before it.
    fn items(&mut self, close: char, depth: usize) -> Result<(Vec<Value<Proxy>>, bool), String> {
        let mut items = Vec::new();
        let mut comma = false;
        while !self.takes(close) {
            if !items.is_empty() && !comma {
                return Err(format!("no ',' before '{}'", self.rest));
            }
            items.push(self.literal(depth)?);
            comma = self.takes(',');
        }
        Ok((items, comma))
    }

    fn number(&mut self) -> Result<Value<Proxy>, String> {
        let before = self.rest;
        self.rest = before.strip_prefix(['-', '+']).unwrap_or(before);
        self.take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '_'));
        if self.rest.starts_with(['-', '+']) && before[..before.len() - self.rest.len()].ends_with(['e', 'E']) {
            self.rest = &self.rest[1..];
            self.take_while(|next| next.is_ascii_digit());
        }
        let text = &before[..before.len() - self.rest.len()];
        let digits = text.replace('_', "");
        let number = digits.parse().map(Value::Int).or_else(|_| {
            // Which also takes `inf` and `nan`; these are names in Python.
            let is_number = digits.trim_start_matches(['-', '+']).starts_with(|first: char| !first.is_alphabetic());
            digits.parse().ok().filter(|_| is_number && digits.contains(['.', 'e', 'E'])).map(Value::Float).ok_or(())
        });
        number.map_err(|()| format!("the default {text}, which is no number, or too large a one"))
    }

    fn text(&mut self) -> Result<String, String> {
        let mut letters = self.rest.chars();
        let quote = letters.next();
        let mut text = String::new();
        loop {
            match letters.next() {
                None => return Err("a text without an end".into()),
                next if next == quote => break,
                Some('\\') => match letters.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(next @ ('\\' | '\'' | '"')) => text.push(next),
                    _ => return Err("a backslash with something else than n, t, a quote or a backslash".into()),
                },
                Some(next) => text.push(next),
            }
        }
        self.rest = letters.as_str();
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match Notation::read(text) {
            Err(problem) => problem,
            Ok(notation) => {
                let parameters = notation.parameters.iter().map(|parameter| {
                    let default =
                        parameter.default.as_ref().map(|item| commonhold_wire::repr(&item.to_value()).unwrap());
                    format!("{} {:?} {:?} {default:?}", parameter.name, parameter.from, parameter.wants)
                });
                let all: Vec<_> = parameters.collect();
                format!("{}: {}", notation.signature.text(), all.join(", "))
            }
        }
    }

    #[test]
    fn signatures_are_taken_apart() {
        assert_eq!(read(" f ( ) "), "f ( ): ");
        assert_eq!(
            read("f(a, b: iterable = (), /, c=-1, *more, d='x,\\n)', **rest)"),
            "f(a, b: iterable = (), /, c=-1, *more, d='x,\\n)', **rest): a Place(0) Itself None, \
             b Place(1) Items Some(\"()\"), c Place(2) Itself Some(\"-1\"), more More Itself None, \
             d Place(3) Itself Some(\"'x,\\\\n)'\"), rest Rest Itself None"
        );
        assert_eq!(read("f( * a, ** b )"), "f( * a, ** b ): a More Itself None, b Rest Itself None");
        let defaults = "f(a=1_000, b=2.5e-3, c=[1, (2,), (3)], d={'k': None, 1: True}, e=\"q\", g=(), h=[],)";
        assert_eq!(
            read(defaults),
            format!(
                "{defaults}: a Place(0) Itself Some(\"1000\"), b Place(1) Itself Some(\"0.0025\"), c Place(2) Itself \
                 Some(\"[1, (2,), 3]\"), d Place(3) Itself Some(\"{{'k': None, 1: True}}\"), e Place(4) Itself \
                 Some(\"'q'\"), g Place(5) Itself Some(\"()\"), h Place(6) Itself Some(\"[]\")"
            )
        );
    }

    #[test]
    fn what_is_wrong_with_a_signature_is_told() {
        for (text, problem) in [
            ("", "no name before ''"),
            ("f", "no '(' before ''"),
            ("f(", "no name before ''"),
            ("f(a", "no ',' before ''"),
            ("f(a b)", "no ',' before 'b)'"),
            ("f(1a)", "no name before '1a)'"),
            ("f(a, a)", "two parameters 'a'"),
            ("f(a) -> int", "'-> int' behind the closing parenthesis"),
            ("f(/)", "a '/' where none can be"),
            ("f(a, /, b, /)", "a '/' where none can be"),
            ("f(*, a, /)", "a '/' where none can be"),
            ("f(*)", "nothing behind the '*'"),
            ("f(*, **k)", "nothing behind the '*'"),
            ("f(*a, *b)", "a second '*'"),
            ("f(* *a)", "no name before '*a)'"),
            ("f(* * a)", "no name before '* a)'"),
            ("f(**a, b)", "something behind the '**' parameter"),
            ("f(*a=1)", "a default for 'a', which collects what is left"),
            ("f(**a: mapping)", "an annotation of 'a', which collects what is left"),
            ("f(a=1, b)", "no default for 'b', which follows a parameter with one"),
            ("f(a=b)", "the default b, which is no literal"),
            ("f(a=)", "no literal before ')'"),
            ("f(a=1x)", "the default 1x, which is no number, or too large a one"),
            ("f(a=99999999999999999999)", "the default 99999999999999999999, which is no number, or too large a one"),
            ("f(a='x)", "a text without an end"),
            ("f(a={[]: 1})", "unhashable type: 'list'"),
        ] {
            assert_eq!(read(text), format!("{problem} in the signature '{text}'"));
        }
        let deep = format!("f(a={})", "[".repeat(1000));
        assert!(read(&deep).starts_with("a default that nests too deep"));
    }
}

//! Checking an encoding without decoding it.

use super::{DecodeError, Kind, Limits, Problem, Reader, Token};

/// Checks that bytes are the encoding of a value with so many proxies, and says what it is.
///
/// Accepts exactly what [`decode`](crate::decode) accepts, without building it.
pub fn validate(data: &[u8], proxy_count: usize, limits: &Limits) -> Result<Kind, DecodeError> {
    let mut checker = Checker::new(data, proxy_count, limits)?;
    let kind = checker.value(0, Place::Anywhere)?;
    checker.finish()?;
    Ok(kind)
}

/// Where in a value another one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Key,
    SlicePart,
}

/// Reads tokens and checks what lies between them.
pub(crate) struct Checker<'a> {
    reader: Reader<'a>,
    limits: Limits,
    nodes: usize,
    marks: usize,
    proxies: usize,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(data: &'a [u8], proxies: usize, limits: &Limits) -> Result<Self, DecodeError> {
        if data.len() > limits.bytes {
            return Err(DecodeError { problem: Problem::Bytes(limits.bytes), position: limits.bytes });
        }
        Ok(Checker { reader: Reader::new(data), limits: *limits, nodes: 0, marks: 0, proxies })
    }

    /// Reads the token at which a value in this place begins.
    #[inline]
    pub(crate) fn token(&mut self, place: Place) -> Result<Token<'a>, DecodeError> {
        let position = self.reader.position();
        let error = |problem| Err(DecodeError { problem, position });
        if self.nodes == self.limits.nodes {
            return error(Problem::Nodes(self.limits.nodes));
        }
        self.nodes += 1;
        let token = self.reader.token()?;
        let kind = token.kind();
        match place {
            Place::Anywhere => {}
            Place::Key => {
                if !kind.is_hashable() {
                    return error(Problem::Unhashable(kind));
                }
            }
            Place::SlicePart => {
                if !matches!(kind, Kind::Null | Kind::Int | Kind::BigInt) {
                    return error(Problem::SlicePart(kind));
                }
            }
        }
        if kind == Kind::Proxy {
            self.marks += 1;
            if self.marks > self.proxies {
                return error(Problem::Proxies { marks: self.marks, proxies: self.proxies });
            }
        }
        Ok(token)
    }

    /// Enters a container that is inside of so many others.
    pub(crate) fn enter(&self, depth: usize) -> Result<(), DecodeError> {
        if depth < self.limits.depth { Ok(()) } else { Err(self.reader.error(Problem::Depth(self.limits.depth))) }
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        if !self.reader.is_at_end() {
            return Err(self.reader.error(Problem::Trailing(self.reader.left())));
        }
        if self.marks != self.proxies {
            return Err(self.reader.error(Problem::Proxies { marks: self.marks, proxies: self.proxies }));
        }
        Ok(())
    }

    /// Reads a value that is inside of so many containers.
    fn value(&mut self, depth: usize, place: Place) -> Result<Kind, DecodeError> {
        let token = self.token(place)?;
        let kind = token.kind();
        let children = token.children();
        if !kind.is_container() {
            return Ok(kind);
        }
        self.enter(depth)?;
        let depth = depth + 1;
        match kind {
            Kind::Dict => {
                for _ in 0..children / 2 {
                    self.value(depth, Place::Key)?;
                    self.value(depth, Place::Anywhere)?;
                }
            }
            _ => {
                let place = Place::inside(kind, place);
                for _ in 0..children {
                    self.value(depth, place)?;
                }
            }
        }
        Ok(kind)
    }
}

impl Place {
    /// The place of what is in a container, but for a dict.
    pub(crate) fn inside(kind: Kind, place: Place) -> Place {
        if kind == Kind::Slice {
            Place::SlicePart
        } else if kind.has_keys_inside(place == Place::Key) {
            Place::Key
        } else {
            Place::Anywhere
        }
    }
}

//! A plugin: it provides the shared types that [`maths_api`] declares, to programs that were compiled without it, in any
//! language.
//!
//! ```text
//! commonhold build guest/examples/maths-plugin/provider
//! commonhold build guest/examples/maths-plugin/consumer
//! commonhold run target/commonhold/maths-consumer.wasm --provider target/commonhold/maths-plugin.wasm
//! commonhold run guest/examples/maths-plugin/consumer.py --provider target/commonhold/maths-plugin.wasm
//! ```
//!
//! The state of each object is a plain Rust value, which stays in the plugin's process; who uses it has a proxy.

use std::fmt;

use commonhold_guest::provider::Shared;
use commonhold_guest::{Error, List, Result, shared_type};
use maths_api::{Maths, Polynomial, PolynomialProxy, Primes, PrimesProxy};

/// What came out is a shared list: who goes over it does so without the plugin.
struct Calculator {
    results: List<i64>,
}

impl Calculator {
    /// Remembers a result, if there is one.
    fn give(&mut self, result: Option<i64>) -> Result<i64> {
        let result = result.ok_or_else(too_large)?;
        self.results.push(result)?;
        Ok(result)
    }
}

#[shared_type]
impl Maths for Calculator {
    fn new() -> Result<Self> {
        Ok(Calculator { results: List::new()? })
    }

    fn add(&mut self, a: i64, b: i64) -> Result<i64> {
        self.give(a.checked_add(b))
    }

    fn mul(&mut self, a: i64, b: i64) -> Result<i64> {
        self.give(a.checked_mul(b))
    }

    fn __iter__(&self) -> Result<List<i64>> {
        Ok(self.results.clone())
    }

    fn primes(&self, up_to: Option<u64>) -> Result<PrimesProxy> {
        Ok(Shared::new(Sieve { found: Vec::new(), up_to: up_to.unwrap_or(u64::MAX) })?.into())
    }

    fn polynomial(&self, coefficients: Vec<i64>) -> Result<PolynomialProxy> {
        Ok(Shared::new(Coefficients(coefficients))?.into())
    }
}

/// The primes that were given so far.
struct Sieve {
    found: Vec<u64>,
    up_to: u64,
}

#[shared_type]
impl Primes for Sieve {
    fn __next__(&mut self) -> Result<Option<u64>> {
        let after = self.found.last().map_or(2, |last| last + 1);
        let is_prime = |number: &u64| {
            self.found.iter().take_while(|it| *it * *it <= *number).all(|it| !number.is_multiple_of(*it))
        };
        let next = (after..=self.up_to).find(is_prime);
        self.found.extend(next);
        Ok(next)
    }
}

/// That of the lowest power first.
struct Coefficients(Vec<i64>);

#[shared_type]
impl Polynomial for Coefficients {
    fn at(&self, x: i64) -> Result<i64> {
        let step = |sum: i64, coefficient: &i64| sum.checked_mul(x)?.checked_add(*coefficient);
        self.0.iter().rev().try_fold(0, step).ok_or_else(too_large)
    }

    fn plus(&self, other: Shared<Self>) -> Result<Shared<Self>> {
        let sum = other.with(|other| {
            let of = |it: &Self, power: usize| it.0.get(power).copied().unwrap_or(0);
            let powers = 0..self.0.len().max(other.0.len());
            powers.map(|power| of(self, power).checked_add(of(other, power))).collect::<Option<_>>()
        })?;
        Shared::new(Coefficients(sum.ok_or_else(too_large)?))
    }

    fn derivative(&self) -> Result<Shared<Self>> {
        let powers = self.0.iter().zip(0..).skip(1);
        let derived = powers.map(|(coefficient, power)| coefficient.checked_mul(power)).collect::<Option<_>>();
        Shared::new(Coefficients(derived.ok_or_else(too_large)?))
    }
}

impl fmt::Display for Coefficients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut is_first = true;
        for (power, coefficient) in self.0.iter().enumerate().rev().filter(|(_, coefficient)| **coefficient != 0) {
            match (is_first, *coefficient < 0) {
                (true, false) => {}
                (true, true) => f.write_str("-")?,
                (false, false) => f.write_str(" + ")?,
                (false, true) => f.write_str(" - ")?,
            }
            is_first = false;
            match (coefficient.unsigned_abs(), power) {
                (size, 0) => write!(f, "{size}")?,
                (1, _) => f.write_str("x")?,
                (size, _) => write!(f, "{size}x")?,
            }
            if power > 1 {
                write!(f, "^{power}")?;
            }
        }
        if is_first { f.write_str("0") } else { Ok(()) }
    }
}

fn too_large() -> Error {
    Error::overflow("the result is too large")
}

commonhold_guest::program!(types: [Calculator, Sieve, Coefficients]);

#[cfg(test)]
mod tests {
    use super::*;
    use commonhold_guest::ErrorKind;
    use maths_api::MathsProxy;

    #[commonhold_guest::test]
    fn results_are_remembered() -> Result<()> {
        let maths = MathsProxy::create()?;
        assert_eq!((maths.add(4, 3)?, maths.mul(7, 8)?), (7, 56));
        assert_eq!(maths.add(i64::MAX, 1).unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(maths.iter()?.collect::<Result<Vec<_>>>()?, [7, 56]);
        Ok(())
    }

    #[commonhold_guest::test]
    fn primes_are_drawn_one_after_the_other() -> Result<()> {
        let maths = MathsProxy::create()?;
        assert_eq!(maths.primes(30)?.collect::<Result<Vec<_>>>()?, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        assert_eq!(maths.primes(1)?.next_item()?, None);
        let (mine, yours) = (maths.primes(None)?, maths.primes(None)?);
        let ours = mine.duplicate();
        assert_eq!((mine.next_item()?, ours.next_item()?, yours.next_item()?), (Some(2), Some(3), Some(2)));
        Ok(())
    }

    #[commonhold_guest::test]
    fn polynomials_are_objects_of_their_own() -> Result<()> {
        let maths = MathsProxy::create()?;
        let parabola = maths.polynomial([5, -2, 1])?;
        assert_eq!((parabola.to_string(), parabola.at(3)?), ("x^2 - 2x + 5".to_owned(), 8));
        let sum = parabola.plus(maths.polynomial([0, 0, -1, -1])?)?;
        assert_eq!(
            (sum.to_string(), sum.derivative()?.to_string()),
            ("-x^3 - 2x + 5".to_owned(), "-3x^2 - 2".to_owned())
        );
        assert_eq!(maths.polynomial([0_i64; 0])?.to_string(), "0");
        assert_eq!(maths.polynomial([0, i64::MAX])?.at(2).unwrap_err().kind, ErrorKind::Overflow);
        Ok(())
    }
}

//! What the maths plugin offers. [The plugin](../../provider) implements these traits, and whoever uses it has the typed
//! proxies that they make: [`MathsProxy`], [`PrimesProxy`] and [`PolynomialProxy`]. Neither is compiled with the other.

use commonhold_guest::provider::Shared;
use commonhold_guest::{List, Result, shared_interface};

/// Calculates, and remembers what came out. Whoever goes over it gets that.
#[shared_interface]
pub trait Maths {
    /// One that has calculated nothing yet.
    fn new() -> Result<Self>;

    /// The sum of two numbers. `overflow` if it does not fit.
    fn add(&mut self, a: i64, b: i64) -> Result<i64>;

    /// The product of two numbers. `overflow` if it does not fit.
    fn mul(&mut self, a: i64, b: i64) -> Result<i64>;

    /// What came out so far, the first first.
    fn __iter__(&self) -> Result<List<i64>>;

    /// The prime numbers up to a number, or all of them.
    fn primes(&self, up_to: Option<u64>) -> Result<PrimesProxy>;

    /// The polynomial with these coefficients, that of the lowest power first.
    fn polynomial(&self, #[rest] coefficients: Vec<i64>) -> Result<PolynomialProxy>;
}

/// Prime numbers, one after the other. Any number of processes may draw from them.
#[shared_interface]
pub trait Primes {
    /// The next one.
    fn __next__(&mut self) -> Result<Option<u64>>;
}

/// A polynomial. It prints as one writes it.
#[shared_interface]
pub trait Polynomial {
    /// Its value at a place. `overflow` if it does not fit.
    fn at(&self, x: i64) -> Result<i64>;

    /// The sum of this one and another one of the same plugin.
    fn plus(&self, other: Shared<Self>) -> Result<Shared<Self>>;

    /// The derivative. `overflow` if a coefficient does not fit.
    fn derivative(&self) -> Result<Shared<Self>>;
}

//! Uses the [maths plugin](../../provider), of which it knows what [`maths_api`] declares and nothing else.
//!
//! ```text
//! commonhold run target/commonhold/maths-consumer.wasm --provider target/commonhold/maths-plugin.wasm
//! ```

use commonhold_guest::{Dict, Process, Result, entry, println};
use maths_api::{MathsProxy, PrimesProxy};

#[entry]
fn main() -> Result<()> {
    let maths = MathsProxy::create()?;
    println!("4 + 3 = {}, 7 * 8 = {}", maths.add(4, 3)?, maths.mul(7, 8)?);

    // It is a proxy like any other: another process adds to what this one began.
    Process::spawn("factorial", (&maths, 5))?.join::<()>()?;
    println!("results: {:?}", maths.iter()?.collect::<Result<Vec<_>>>()?);

    // A new object, which several processes draw from; each number goes to one of them.
    let (primes, drawn) = (maths.primes(30)?, Dict::<u64, bool>::new()?);
    let workers = [0, 1, 2].map(|_| Process::spawn("draw", (&primes, &drawn)));
    for worker in workers {
        worker?.join::<()>()?;
    }
    let mut drawn = drawn.keys()?;
    drawn.sort_unstable();
    println!("primes that three processes have drawn: {drawn:?}");

    let parabola = maths.polynomial([5, -2, 1])?;
    let sum = parabola.plus(maths.polynomial([0, 0, 0, 1])?)?;
    println!("({parabola}) + (x^3) = {sum}, at 2 it is {}, and its derivative is {}", sum.at(2)?, sum.derivative()?);
    Ok(())
}

/// Multiplies the numbers up to one, by a calculator that others use, too.
#[entry]
fn factorial(maths: MathsProxy, number: i64) -> Result<()> {
    (1..=number).try_fold(1, |product, factor| maths.mul(product, factor)).map(drop)
}

/// Draws numbers until there are no more, and notes them.
#[entry]
fn draw(primes: PrimesProxy, drawn: Dict<u64, bool>) -> Result<()> {
    for prime in primes {
        drawn.insert(prime?, true)?;
    }
    Ok(())
}

commonhold_guest::program!(entries: [main, factorial, draw]);

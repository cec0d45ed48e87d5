//! Random numbers of the host's, fit for secrets. In a native build they are for tests only.

use crate::system;

/// Fills a buffer with random bytes.
///
/// ```
/// let mut key = [0; 32];
/// commonhold_guest::random::fill(&mut key);
/// assert_ne!(key, [0; 32]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn fill(buffer: &mut [u8]) {
    system::random_bytes(buffer);
}

/// A random number.
///
/// ```
/// use commonhold_guest::random;
///
/// assert_ne!(random::u64(), random::u64());
/// ```
pub fn u64() -> u64 {
    system::random_u64()
}

//! What the standard library cannot reach in a guest that is built for `wasm32-unknown-unknown`:
//! output, clocks and random numbers, over the system interface. In a native build it is the
//! standard library.

#[cfg(target_family = "wasm")]
pub(crate) use guest::*;
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::*;

#[cfg(target_family = "wasm")]
mod guest {
    use std::time::Duration;

    use crate::generated::system::wasi::cli::{stderr, stdout};
    use crate::generated::system::wasi::clocks::{monotonic_clock, wall_clock};
    use crate::generated::system::wasi::io::streams::OutputStream;
    use crate::generated::system::wasi::random::random;
    use crate::lock::nanoseconds;

    /// How much one call may write.
    const CHUNK: usize = 4096;

    thread_local! {
        static STDOUT: OutputStream = stdout::get_stdout();
        static STDERR: OutputStream = stderr::get_stderr();
    }

    pub(crate) fn print(text: &str) {
        STDOUT.with(|stream| write(stream, text));
    }

    pub(crate) fn eprint(text: &str) {
        STDERR.with(|stream| write(stream, text));
    }

    fn write(stream: &OutputStream, text: &str) {
        for chunk in text.as_bytes().chunks(CHUNK) {
            // Whoever read it may have gone; that is no reason for a program to fail.
            if stream.blocking_write_and_flush(chunk).is_err() {
                return;
            }
        }
    }

    pub(crate) fn monotonic() -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    pub(crate) fn since_epoch() -> Duration {
        let now = wall_clock::now();
        Duration::new(now.seconds, now.nanoseconds)
    }

    pub(crate) fn sleep(duration: Duration) {
        monotonic_clock::subscribe_duration(nanoseconds(duration)).block();
    }

    pub(crate) fn random_bytes(buffer: &mut [u8]) {
        buffer.copy_from_slice(&random::get_random_bytes(buffer.len() as u64));
    }

    pub(crate) fn random_u64() -> u64 {
        random::get_random_u64()
    }
}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    static START: LazyLock<Instant> = LazyLock::new(Instant::now);

    // The macros, unlike the streams, write where a test's output is captured.
    #[allow(clippy::print_stdout)]
    pub(crate) fn print(text: &str) {
        std::print!("{text}");
    }

    #[allow(clippy::print_stderr)]
    pub(crate) fn eprint(text: &str) {
        std::eprint!("{text}");
    }

    pub(crate) fn monotonic() -> Duration {
        START.elapsed()
    }

    pub(crate) fn since_epoch() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    pub(crate) fn sleep(duration: Duration) {
        crate::native::sleep(duration);
    }

    pub(crate) fn random_bytes(buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&random_u64().to_le_bytes()[..chunk.len()]);
        }
    }

    /// From the keys that the standard library draws for its hash tables.
    pub(crate) fn random_u64() -> u64 {
        use std::hash::{BuildHasher, RandomState};
        RandomState::new().hash_one(monotonic())
    }
}

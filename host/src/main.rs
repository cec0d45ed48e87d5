//! The program `commonhold`: runs guest programs, builds them, and writes out what they are written
//! against.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}

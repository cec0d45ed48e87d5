//! The program `commonhold`.

mod build;
mod json;
mod new;
mod run;
mod wit;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Shared objects for sandboxed WebAssembly programs.
#[derive(Parser)]
#[command(name = "commonhold", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program: a WebAssembly component, or a Python script
    Run(run::RunArgs),
    Build(build::BuildArgs),
    New(new::NewArgs),
    /// Write out the WIT package that guests are written against
    Wit(wit::WitArgs),
    /// Build the interpreter that Python scripts run in, if it is not there yet
    PythonRuntime,
}

/// What a wrong usage ends with; clap uses the same.
const USAGE: u8 = 2;

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("COMMONHOLD_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("commonhold=warn")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .without_time()
        .init();
    let done = match Cli::parse().command {
        Command::Run(args) => return run::run(args),
        Command::Build(args) => build::run(args),
        Command::New(args) => new::run(args),
        Command::Wit(args) => wit::run(&args),
        Command::PythonRuntime => python_runtime(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn python_runtime() -> anyhow::Result<()> {
    let component = commonhold::python::runtime_component(&mut |line| note(line))?;
    println!("{}", component.display());
    Ok(())
}

/// Tells what is going on.
#[allow(clippy::print_stderr)]
fn note(line: &str) {
    eprintln!("commonhold: {line}");
}

/// Tells what went wrong.
#[allow(clippy::print_stderr)]
fn complain(error: &str) {
    eprintln!("commonhold: error: {error}");
}

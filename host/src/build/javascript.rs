//! Guests in JavaScript: the SDK has a tool of its own, which Node.js runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;

/// Builds the guest whose main module is at a path, with the JavaScript SDK that this program was built beside, and
/// returns where the component is: at `output`, or beside the module.
///
/// What is wrong with the module is told on the standard error stream.
///
/// # Errors
///
/// If the SDK is not where it was, if there is no Node.js, or if no component can be made.
pub fn build_script(module: &Path, output: Option<PathBuf>) -> Result<PathBuf, Error> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/js");
    let tool = sdk.join("build.mjs");
    if !tool.is_file() {
        return Err(Error::NoSdk { folder: sdk });
    }
    let output = output.unwrap_or_else(|| module.with_extension("wasm"));
    let mut node = Command::new("node");
    let built = node.arg(tool).arg("--output").arg(&output).arg("--").arg(module).stdin(Stdio::null()).status();
    match built {
        Ok(status) if status.success() => Ok(output),
        Ok(_) => Err(Error::Script { module: module.to_owned() }),
        Err(source) => Err(Error::Start { program: "node".into(), source }),
    }
}

use anyhow::{Context, Result};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct WitArgs {
    /// The directory to write to; it is made if it is missing
    dir: PathBuf,
}

pub(crate) fn run(args: &WitArgs) -> Result<()> {
    std::fs::create_dir_all(&args.dir).with_context(|| format!("cannot make the directory {}", args.dir.display()))?;
    for (name, text) in commonhold::WIT_PACKAGE {
        let path = args.dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

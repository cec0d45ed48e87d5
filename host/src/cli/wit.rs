use anyhow::{Context, Result};
use std::path::PathBuf;

/// The WIT package, file by file.
const FILES: [(&str, &str); 11] = [
    ("types.wit", include_str!("../../../wit/types.wit")),
    ("manager.wit", include_str!("../../../wit/manager.wit")),
    ("containers.wit", include_str!("../../../wit/containers.wit")),
    ("namespaces.wit", include_str!("../../../wit/namespaces.wit")),
    ("values.wit", include_str!("../../../wit/values.wit")),
    ("arrays.wit", include_str!("../../../wit/arrays.wit")),
    ("deques.wit", include_str!("../../../wit/deques.wit")),
    ("sets.wit", include_str!("../../../wit/sets.wit")),
    ("locks.wit", include_str!("../../../wit/locks.wit")),
    ("processes.wit", include_str!("../../../wit/processes.wit")),
    ("providers.wit", include_str!("../../../wit/providers.wit")),
];
const WORLDS: (&str, &str) = ("worlds.wit", include_str!("../../../wit/worlds.wit"));

#[derive(clap::Args)]
pub(crate) struct WitArgs {
    /// The directory to write to; it is made if it is missing
    dir: PathBuf,
}

pub(crate) fn run(args: &WitArgs) -> Result<()> {
    std::fs::create_dir_all(&args.dir).with_context(|| format!("cannot make the directory {}", args.dir.display()))?;
    for (name, text) in FILES.into_iter().chain([WORLDS]) {
        let path = args.dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

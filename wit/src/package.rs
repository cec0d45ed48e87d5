//! The WIT package that the crate's folder holds, for those who write it out or build against it.

macro_rules! files {
    ($($name:literal),+ $(,)?) => { &[$(($name, include_str!(concat!("../", $name)))),+] };
}

/// The files of the WIT package `commonhold:manager`, each by its name and with its text.
pub const WIT_PACKAGE: &[(&str, &str)] = files![
    "arrays.wit",
    "barriers.wit",
    "codecs.wit",
    "conditions.wit",
    "containers.wit",
    "counters.wit",
    "deques.wit",
    "events.wit",
    "locks.wit",
    "manager.wit",
    "names.wit",
    "namespaces.wit",
    "pools.wit",
    "processes.wit",
    "providers.wit",
    "queues.wit",
    "rlocks.wit",
    "semaphores.wit",
    "sets.wit",
    "types.wit",
    "values.wit",
    "waiting.wit",
    "worlds.wit",
];

#[cfg(test)]
mod tests {
    #[test]
    fn no_file_is_left_out() {
        let folder = std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap();
        let names = folder.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.filter(|name| name.ends_with(".wit")).collect();
        names.sort();
        assert_eq!(names, super::WIT_PACKAGE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}

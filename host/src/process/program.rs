use super::engine::{Class, Engines, TickingEngine};
use super::run::State;
use crate::error::Error;
use crate::sync::{Arc, OnceLock};
use crate::wit::bindings::{process, provider};
use crate::wit::{self, Files};
use wasmtime::component::{Component, Linker};

/// A loaded program: compiled code under a name, with the files that belong to it.
pub(crate) struct Program {
    name: String,
    files: Arc<Files>,
    wasm: Vec<u8>,
    /// What is compiled for each class of engines, made when first needed.
    plain: OnceLock<Prepared>,
    metered: OnceLock<Prepared>,
    runs: bool,
    provides: bool,
}

/// A program that is ready to be instantiated on one engine.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(super) engine: Arc<TickingEngine>,
    pub(super) process: Option<process::ProcessPre<State>>,
    pub(super) provider: Option<provider::ProviderPre<State>>,
}

const CUSTOM_TYPES: &str = "commonhold:manager/custom-types@0.1.0";

impl Program {
    pub(super) fn load(
        engines: &Engines,
        name: &str,
        wasm: Vec<u8>,
        files: Files,
        metered: bool,
    ) -> Result<Self, Error> {
        let failed = |reason: String| Error::Load { program: name.to_owned(), reason };
        check_header(&wasm).map_err(failed)?;
        let class = if metered { Class::Metered } else { Class::Plain };
        let prepared = Prepared::new(engines, class, &wasm).map_err(failed)?;
        let (runs, provides) = (prepared.process.is_some(), prepared.provider.is_some());
        let cell = OnceLock::from(prepared);
        let (plain, metered) = if metered { (OnceLock::new(), cell) } else { (cell, OnceLock::new()) };
        Ok(Self { name: name.to_owned(), files: Arc::new(files), wasm, plain, metered, runs, provides })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.files
    }

    /// Whether it has entries.
    pub(crate) fn runs(&self) -> bool {
        self.runs
    }

    /// Whether it implements shared types.
    pub(crate) fn provides(&self) -> bool {
        self.provides
    }

    /// The program for a class of engines, which is compiled the first time.
    pub(super) fn prepared(&self, engines: &Engines, class: Class) -> Result<Prepared, String> {
        let cell = match class {
            Class::Plain => &self.plain,
            Class::Metered => &self.metered,
        };
        if let Some(prepared) = cell.get() {
            return Ok(prepared.clone());
        }
        let prepared = Prepared::new(engines, class, &self.wasm)?;
        Ok(cell.get_or_init(|| prepared).clone())
    }
}

/// Tells what is no component at all from what is a bad one.
fn check_header(wasm: &[u8]) -> Result<(), String> {
    const MAGIC: &[u8] = b"\0asm";
    match wasm.get(..8) {
        _ if wasm.is_empty() => Err("the file is empty".into()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err("it is a core WebAssembly module, not a component; \
            'commonhold build FILE' makes a component of one that was built with the SDK"
            .into()),
        Some(header) if header.starts_with(MAGIC) => Ok(()),
        _ => Err("it is not a WebAssembly component (it does not begin with \\0asm)".into()),
    }
}

impl Prepared {
    fn new(engines: &Engines, class: Class, wasm: &[u8]) -> Result<Self, String> {
        let engine = engines.get(class).map_err(|error| error.to_string())?.clone();
        let component = Component::new(engine.engine(), wasm).map_err(|error| {
            let error = format!("{error:#}");
            if error.contains("component-model-async") || error.contains("component model async") {
                format!("it uses component-model async, which this host does not run: {error}")
            } else {
                format!("it is damaged, cut off, or made for another version of WebAssembly; build it anew ({error})")
            }
        })?;
        let exports = |name: &str| component.get_export_index(None, name).is_some();
        let (runs, provides) = (exports("run"), exports(CUSTOM_TYPES));
        if !runs && !provides {
            return Err("it was made for another world: it exports neither 'run' nor \
                'commonhold:manager/custom-types@0.1.0'"
                .into());
        }
        let linker = linker(&engine).map_err(|error| format!("{error:#}"))?;
        let another_world = |error: wasmtime::Error| format!("it was made for another world: {error:#}");
        let instance = linker.instantiate_pre(&component).map_err(|error| match foreign_import(&component) {
            Some(name) => format!("it was made for another world: it imports {name}, which is not of this host"),
            None => another_world(error),
        })?;
        Ok(Self {
            process: runs.then(|| process::ProcessPre::new(instance.clone())).transpose().map_err(another_world)?,
            provider: provides.then(|| provider::ProviderPre::new(instance)).transpose().map_err(another_world)?,
            engine,
        })
    }
}

/// The first import that is neither the manager's nor one of WASI.
fn foreign_import(component: &Component) -> Option<String> {
    let ty = component.component_type();
    let mut imports = ty.imports(component.engine()).map(|(name, _)| name.to_owned());
    imports.find(|name| !name.starts_with("commonhold:manager/") && !name.starts_with("wasi:"))
}

/// All that a program may import.
fn linker(engine: &TickingEngine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine.engine());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wit::add_to_linker(&mut linker)?;
    Ok(linker)
}

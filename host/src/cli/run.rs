use super::json::{from_json, shortened, to_json};
use super::{USAGE, complain, note};
use anyhow::{Context, Result, anyhow, bail};
use commonhold::{Error, Limits, Manager, NameGrants, Outcome, Program, ProvideOptions, Value};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

#[derive(clap::Args)]
#[command(after_help = "\
Arguments for the program follow --. Each is text; @FILE is the text of a file (@@ begins a text with @).
With --json each is JSON, where integers are exact and have 4300 digits at most. What the program
returns is printed, unless it is null.

Instead of MAIN, a file commonhold.toml in this directory (or MAIN, if it is such a file) can say the same:

    main = \"worker.wasm\"
    entry = \"main\"
    args = [\"10\"]
    memory = \"64M\"
    timeout = \"10s\"
    dirs = [\"data=/data\"]
    providers = [\"counter.wasm\"]
    restart-providers = true
    refuse-cycles = true
    allow-publish = [\"results/*\"]
    [programs]
    helper = \"helper.wasm\"
    [publish]
    jobs = \"Queue\"
    squares = \"list:[[0, 1, 4]]\"
    [env]
    LANG = \"C\"

Paths in it are seen from where it is. What the command line says goes first.

Exit status: 0, 1 if the program failed, 2 for wrong usage, 130 if it was interrupted, or what the
program exited with.

Examples:
    commonhold run worker.wasm -- 10 @words.txt
    commonhold run script.py
    commonhold run consumer.wasm --provider counter.wasm --memory 64M --timeout 10s
    commonhold run worker.wasm --publish jobs=Queue --publish 'squares=list:[[0, 1, 4]]'")]
pub(crate) struct RunArgs {
    /// The program: a component (.wasm), a Python script (.py), or a commonhold.toml
    main: Option<PathBuf>,
    /// Another program, which guests can spawn by its name; may be repeated
    #[arg(long = "program", value_name = "NAME=PATH", value_parser = named_path)]
    programs: Vec<(String, PathBuf)>,
    /// A provider, whose types guests can create; may be repeated
    #[arg(long = "provider", value_name = "PATH")]
    providers: Vec<PathBuf>,
    /// Start a provider again that has trapped or exceeded a limit, so that new objects of its types can
    /// be created; those that it had stay broken
    #[arg(long)]
    restart_providers: bool,
    /// The entry to run [default: main]
    #[arg(long, value_name = "NAME")]
    entry: Option<String>,
    /// Read the arguments as JSON, and print the result as JSON
    #[arg(long)]
    json: bool,
    /// The most memory of each process, such as 64M or 1G [default: 1G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<usize>,
    /// The longest time that each process may take, such as 500ms or 10s [default: none]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// The most fuel of each process, about one unit for each instruction [default: none]
    #[arg(long, value_name = "UNITS", value_parser = units)]
    fuel: Option<u64>,
    /// A directory that the guests may read and write, seen under the same path or under GUEST; may
    /// be repeated
    #[arg(long = "dir", value_name = "DIR[=GUEST]", value_parser = granted_dir)]
    dirs: Vec<(PathBuf, String)>,
    /// An environment variable for the guests; may be repeated
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// An object of a type, made with these arguments (JSON), that guests can look up by this name; may be repeated
    #[arg(long = "publish", value_name = "NAME=TYPEID[:ARGS]", value_parser = published)]
    publish: Vec<Published>,
    /// A name that guests may publish and look up, or all that begin like it (results/*); may be repeated
    #[arg(long = "allow-publish", value_name = "NAME")]
    allow_publish: Vec<String>,
    /// A store of wasi:keyvalue that guests may open: the dict that is published under this name, or else a
    /// new one that is; may be repeated
    #[arg(long = "keyvalue", value_name = "NAME")]
    keyvalue: Vec<String>,
    /// Fail a wait that would close a cycle of processes which wait for each other's re-entrant locks or
    /// ends, at once, instead of only logging the cycle
    #[arg(long)]
    refuse_cycles: bool,
    /// Arguments for the program
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

/// `commonhold.toml`.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    main: Option<PathBuf>,
    entry: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    json: bool,
    memory: Option<String>,
    timeout: Option<String>,
    fuel: Option<u64>,
    #[serde(default)]
    dirs: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    programs: BTreeMap<String, PathBuf>,
    #[serde(default)]
    providers: Vec<PathBuf>,
    #[serde(default)]
    publish: BTreeMap<String, String>,
    #[serde(default, rename = "allow-publish")]
    allow_publish: Vec<String>,
    #[serde(default)]
    keyvalue: Vec<String>,
    #[serde(default, rename = "restart-providers")]
    restart_providers: bool,
    #[serde(default, rename = "refuse-cycles")]
    refuse_cycles: bool,
}

/// An object that is published under a name.
#[derive(Clone)]
struct Published {
    name: String,
    typeid: String,
    args: Vec<Value>,
}

const CONFIG: &str = "commonhold.toml";

/// What is to be run, from the command line and the file together.
struct Plan {
    main: PathBuf,
    entry: String,
    programs: Vec<(String, PathBuf)>,
    providers: Vec<PathBuf>,
    restart_providers: bool,
    limits: Limits,
    dirs: Vec<(PathBuf, String)>,
    env: Vec<(String, String)>,
    keyvalue: Vec<String>,
    args: Vec<Value>,
    json: bool,
    refuse_cycles: bool,
    publish: Vec<Published>,
    allow_publish: Vec<String>,
}

pub(crate) fn run(args: RunArgs) -> ExitCode {
    let plan = match plan(args) {
        Ok(plan) => plan,
        Err(error) => {
            complain(&format!("{error:#}"));
            return ExitCode::from(USAGE);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("no threads to run guests: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(async {
        match carry_out(plan).await {
            Ok(status) => ExitCode::from(status),
            Err(error) => {
                complain(&format!("{error:#}"));
                ExitCode::FAILURE
            }
        }
    });
    // A guest may have left a thread in a blocking read.
    runtime.shutdown_background();
    status
}

fn plan(args: RunArgs) -> Result<Plan> {
    let is_config = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
    let config_name = args.main.as_deref().unwrap_or(Path::new(CONFIG)).display().to_string();
    let (config, folder) = match &args.main {
        Some(path) if is_config(path) => (read_config(path)?, path.parent().unwrap_or(Path::new("")).to_owned()),
        Some(_) => (Config::default(), PathBuf::new()),
        None if Path::new(CONFIG).exists() => (read_config(Path::new(CONFIG))?, PathBuf::new()),
        None => bail!("nothing to run: name a program, or write a {CONFIG} (see 'commonhold run --help')"),
    };
    // Paths in the file are seen from where the file is.
    let from = |path: PathBuf| folder.join(path);
    let main = match args.main.filter(|path| !is_config(path)) {
        Some(main) => main,
        None => from(config.main.ok_or_else(|| anyhow!("{config_name} does not say which program is 'main'"))?),
    };
    let mut programs: Vec<_> = config.programs.into_iter().map(|(name, path)| (name, from(path))).collect();
    programs.extend(args.programs);
    let mut providers: Vec<_> = config.providers.into_iter().map(from).collect();
    providers.extend(args.providers);
    let in_config = |what: &str, error: String| anyhow!("{what} in {config_name}: {error}");
    let dirs = config.dirs.iter().map(|text| dir(text, &folder)).collect::<Result<Vec<_>, _>>();
    let mut dirs = dirs.map_err(|error| in_config("dirs", error))?;
    dirs.extend(args.dirs);
    let mut env: Vec<_> = config.env.into_iter().collect();
    env.extend(args.env);
    let mut keyvalue = config.keyvalue;
    keyvalue.extend(args.keyvalue);
    let mut limits = Limits::default();
    if let Some(memory) = config.memory {
        limits.memory = size(&memory).map_err(|error| in_config("memory", error))?;
    }
    if let Some(timeout) = config.timeout {
        limits.time = Some(time(&timeout).map_err(|error| in_config("timeout", error))?);
    }
    limits.memory = args.memory.unwrap_or(limits.memory);
    limits.time = args.timeout.or(limits.time);
    limits.fuel = args.fuel.or(config.fuel);
    if let Some((name, _)) = programs.iter().find(|(name, _)| *name == stem(&main)) {
        bail!("there are two programs '{name}', the main one being called so after its file");
    }
    // As for all else, the command line goes first.
    let is_said = |name: &str| args.publish.iter().any(|published| published.name == name);
    let in_file = config.publish.iter().filter(|(name, _)| !is_said(name));
    let in_file = in_file.map(|(name, what)| object(name, what)).collect::<Result<Vec<_>, _>>();
    let mut publish = in_file.map_err(|error| in_config("publish", error))?;
    publish.extend(args.publish);
    let mut allow_publish = config.allow_publish;
    allow_publish.extend(args.allow_publish);
    let entry = args.entry.or(config.entry).unwrap_or_else(|| "main".into());
    let json = args.json || config.json;
    let refuse_cycles = args.refuse_cycles || config.refuse_cycles;
    let restart_providers = args.restart_providers || config.restart_providers;
    let (texts, folder) = if args.args.is_empty() { (config.args, &*folder) } else { (args.args, Path::new("")) };
    let args = texts.iter().map(|text| argument(text, json, folder)).collect::<Result<_>>()?;
    Ok(Plan {
        main,
        entry,
        programs,
        providers,
        restart_providers,
        limits,
        dirs,
        env,
        args,
        json,
        refuse_cycles,
        publish,
        allow_publish,
        keyvalue,
    })
}

fn read_config(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.lines().count().max(1) + usize::from(before.ends_with('\n') && !before.is_empty());
        anyhow!("{} is malformed in line {line}: {}", path.display(), error.message())
    })
}

/// One argument: text, the text of a file as seen from a folder, or JSON.
fn argument(text: &str, json: bool, folder: &Path) -> Result<Value> {
    let text = match text.strip_prefix('@') {
        Some(rest) if rest.starts_with('@') => rest.to_owned(),
        Some(path) => {
            std::fs::read_to_string(folder.join(path)).with_context(|| format!("cannot read the argument @{path}"))?
        }
        None => text.to_owned(),
    };
    if !json {
        return Ok(Value::Text(text));
    }
    from_json(&text).with_context(|| format!("cannot read the argument {} as JSON", shortened(&text)))
}

fn named_path(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.into(), path.into())),
        _ => Err("it has to be NAME=PATH".into()),
    }
}

fn published(text: &str) -> Result<Published, String> {
    match text.split_once('=') {
        Some((name, what)) => object(name, what),
        None => Err("it has to be NAME=TYPEID or NAME=TYPEID:ARGS".into()),
    }
}

/// An object to be published under a name: its type, and the arguments that make it as a JSON list.
fn object(name: &str, what: &str) -> Result<Published, String> {
    let (typeid, args) = what.split_once(':').map_or((what, None), |(typeid, args)| (typeid, Some(args)));
    if name.is_empty() || typeid.is_empty() {
        return Err("it has to be NAME=TYPEID or NAME=TYPEID:ARGS".into());
    }
    let args = match args.map(from_json).transpose().map_err(|error| format!("the arguments of '{name}': {error:#}"))? {
        None => Vec::new(),
        Some(Value::List(args)) => args,
        Some(_) => return Err(format!("the arguments of '{name}' have to be a JSON list")),
    };
    Ok(Published { name: name.to_owned(), typeid: typeid.to_owned(), args })
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("it has to be NAME=VALUE".into()),
    }
}

fn granted_dir(text: &str) -> Result<(PathBuf, String), String> {
    dir(text, Path::new(""))
}

/// A directory as seen from a folder, and where guests see it.
fn dir(text: &str, folder: &Path) -> Result<(PathBuf, String), String> {
    let (host, guest) = text.split_once('=').unwrap_or((text, text));
    if host.is_empty() || guest.is_empty() {
        return Err("it has to be DIR or DIR=GUEST".into());
    }
    let path = folder.join(host);
    if !path.is_dir() {
        return Err(format!("there is no directory {}", path.display()));
    }
    Ok((path, guest.into()))
}

fn units(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number of units"))
}

/// A span of time, as people write it.
fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("{text:?} is not a time such as 500ms or 10s"))
}

/// A number of bytes, with K, M or G for the powers of 1024.
fn size(text: &str) -> Result<usize, String> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, shift) = match digits.strip_suffix(['K', 'M', 'G']) {
        Some(number) if digits.ends_with('K') => (number, 10),
        Some(number) if digits.ends_with('M') => (number, 20),
        Some(number) => (number, 30),
        None => (digits, 0),
    };
    let number: usize = digits.trim().parse().map_err(|_| format!("{text:?} is not a size such as 64M"))?;
    number.checked_shl(shift).filter(|size| size >> shift == number).ok_or_else(|| format!("{text:?} is too large"))
}

/// Loads, runs, and tells how it went: the exit status.
async fn carry_out(plan: Plan) -> Result<u8> {
    let mut builder = Manager::builder().limits(plan.limits.clone()).refuse_cycles(plan.refuse_cycles);
    for (host, guest) in &plan.dirs {
        builder = builder.dir(host, guest);
    }
    for (name, value) in &plan.env {
        builder = builder.env(name, value);
    }
    let names = plan.publish.iter().fold(NameGrants::new(), |names, published| names.look_up(&published.name));
    let names = plan.allow_publish.iter().fold(names, |names, name| names.publish(name).look_up(name));
    let names = plan.keyvalue.iter().fold(names, |names, name| names.look_up(name));
    builder = builder.grant_names(names);
    let manager = builder.build()?;
    tokio::select! {
        status = work(&manager, &plan) => {
            manager.shutdown().await;
            status
        }
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("cannot wait for Ctrl-C")?;
            note("interrupted: ending all processes");
            manager.shutdown().await;
            Ok(130)
        }
    }
}

async fn work(manager: &Manager, plan: &Plan) -> Result<u8> {
    let options = ProvideOptions::new().restart(plan.restart_providers);
    for path in &plan.providers {
        let program = load(manager, &stem(path), path).await?;
        program.provide_with(options.clone()).await.map_err(|error| by_path(error, path))?;
    }
    for (name, path) in &plan.programs {
        load(manager, name, path).await?;
    }
    // After the providers, of whose types they may be.
    for Published { name, typeid, args } in &plan.publish {
        let object = manager.create(typeid, args).await;
        let published = object.and_then(|object| manager.publish(name, &object));
        // The error says itself what is behind it.
        published.map_err(|error| anyhow!("cannot publish '{name}': {error}"))?;
    }
    for name in &plan.keyvalue {
        grant_store(manager, name).with_context(|| format!("cannot make the store '{name}'"))?;
    }
    let program = load(manager, &stem(&plan.main), &plan.main).await?;
    let process = program.spawn(&plan.entry, &plan.args)?;
    let outcome = process.outcome().await?;
    Ok(match outcome {
        Outcome::Returned(value) => {
            print(&value, plan.json)?;
            0
        }
        Outcome::Failed(error) => failed(&error.to_string(), &error),
        Outcome::Trapped(error) => failed(&format!("trapped: {}", error.message), &error),
        Outcome::LimitExceeded(error) => failed(&format!("exceeded a limit: {}", error.message), &error),
        Outcome::Killed => {
            complain("the program was killed");
            1
        }
        // As the shell does, the low byte counts; but a failure never looks like a success.
        Outcome::Exited(status) => match status.to_le_bytes()[0] {
            0 if status != 0 => 1,
            low => low,
        },
    })
}

/// Grants a store: the dict that is published under its name, or a new one, which is published there.
fn grant_store(manager: &Manager, name: &str) -> Result<(), Error> {
    let dict = match manager.look_up(name) {
        Ok(published) => published,
        Err(_) => {
            let dict = manager.dict::<String, Value>([])?.proxy().clone();
            manager.publish(name, &dict)?;
            dict
        }
    };
    manager.keyvalue_store(name, &dict)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// An error about a program, by its path instead of its name.
fn by_path(error: Error, path: &Path) -> Error {
    match error {
        Error::Load { reason, .. } => Error::Load { program: path.display().to_string(), reason },
        other => other,
    }
}

/// How long loading may take before somebody wonders what is going on.
const PATIENCE: Duration = Duration::from_millis(500);

async fn load(manager: &Manager, name: &str, path: &Path) -> Result<Program> {
    let is_script = path.extension().is_some_and(|extension| extension == "py");
    let loading = async {
        if !is_script {
            return Ok(manager.load_as(name, path).await?);
        }
        // The script is looked at first: a mistake in its name should not cost a build.
        // These errors say themselves what is behind them.
        let whole = |error: commonhold::python::Error| anyhow!(error.to_string());
        let files = commonhold::python::package(path).map_err(whole)?;
        let component = tokio::task::block_in_place(|| commonhold::python::runtime_component(&mut |line| note(line)))
            .map_err(whole)?;
        let wasm = std::fs::read(&component).with_context(|| format!("cannot read {}", component.display()))?;
        Ok(manager.load_bytes(name, wasm, files).await?)
    };
    tokio::pin!(loading);
    match tokio::time::timeout(PATIENCE, &mut loading).await {
        Ok(loaded) => loaded,
        Err(_) => {
            let what = if is_script { "the Python interpreter".into() } else { path.display().to_string() };
            note(&format!("loading {what}; the first time it is compiled, which takes a while"));
            loading.await
        }
    }
}

fn print(value: &Value, json: bool) -> Result<()> {
    if matches!(value, Value::Null) {
        return Ok(());
    }
    let text = if json { to_json(value).context("what the program returned")? } else { commonhold::to_text(value)? };
    writeln!(std::io::stdout(), "{text}").context("cannot print what the program returned")
}

#[allow(clippy::print_stderr)]
fn failed(what: &str, error: &commonhold::CallError) -> u8 {
    match &error.traceback {
        // A Python traceback ends with the error itself. It may begin with that of the error's cause.
        Some(traceback) if traceback.contains("Traceback (most recent call last):\n") => {
            eprintln!("{}", traceback.trim_end())
        }
        Some(traceback) => {
            complain(what);
            eprintln!("{}", traceback.trim_end());
        }
        None => complain(what),
    }
    1
}

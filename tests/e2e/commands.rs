//! The program `commonhold`, as a person at a terminal meets it: what it prints, to where, and the status that it
//! exits with.
//!
//! What it says in many cases is in `golden/`, to be read as a whole; `BLESS=1` writes it anew.

use crate::wat::{MEMORY, Process, REALLOC, Wit};
use commonhold_tests::{guest, root, target};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A folder of the test's own, in which the program is run.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(test: &str) -> Self {
        let folder = target().join("tmp/commands").join(test);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
        self
    }

    /// A guest in Rust that is built with the tests.
    pub(crate) fn guest(&self, name: &str) -> &Self {
        std::fs::copy(guest(name), self.0.join(format!("{name}.wasm"))).unwrap();
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = target().join("debug/commonhold");
        assert!(program.exists(), "{} is missing: 'cargo build --package commonhold' makes it", program.display());
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.0).env_remove("COMMONHOLD_LOG").env_remove("COLUMNS");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// What a command printed that succeeded, and printed no complaints.
    #[track_caller]
    pub(crate) fn printed(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
        ran.out
    }

    /// What several commands said, one after the other, as in a terminal.
    fn transcript(&self, commands: &[&[&str]]) -> String {
        let mut text = String::new();
        for arguments in commands {
            let shown = arguments.iter().map(|argument| match argument.contains([' ', '"', '{']) {
                true => format!(" '{argument}'"),
                false => format!(" {argument}"),
            });
            let Ran { status, out, err } = self.run(arguments);
            let status = if status == 0 { String::new() } else { format!("[exit status {status}]\n") };
            let _ = writeln!(text, "$ commonhold{}\n{out}{err}{status}", shown.collect::<String>());
        }
        text
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        // Which program has to be compiled depends on what ran before.
        let err: String = text(output.stderr)
            .lines()
            .filter(|line| !is_progress(line))
            .fold(String::new(), |all, line| all + line + "\n");
        Self { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err }
    }
}

fn is_progress(line: &str) -> bool {
    line.starts_with("commonhold: loading ") || line.starts_with("commonhold: building the Python ")
}

/// Compares with a file of what is expected, or writes it.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let path = root().join("tests/e2e/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        expected,
        "{} differs: if the program is up to date ('cargo build'), BLESS=1 rewrites it",
        path.display()
    );
}

/// Components of a few instructions.
fn returning_bytes() -> Vec<u8> {
    Process::new("(call $notes)").component()
}

fn returning_float(number: &str) -> Vec<u8> {
    let float = format!(
        "(i32.store8 offset=8 (call $null) (i32.const 3)) (f64.store offset=16 (i32.const 896) (f64.const {number}))
         (i32.const 896)"
    );
    Process::new(float).component()
}

#[test]
fn each_command_explains_itself() {
    let folder = Folder::new("help");
    golden("help.txt", &folder.printed(&["--help"]));
    for command in ["run", "build", "new", "wit", "python-runtime"] {
        golden(&format!("help-{command}.txt"), &folder.printed(&[command, "--help"]));
    }
    // Without a command there is nothing to do, which is an error; what it says is the same.
    let nothing = folder.run(&[]);
    assert_eq!((nothing.status, nothing.out.as_str(), nothing.err), (2, "", folder.printed(&["--help"])));
}

#[test]
fn wrong_usage_is_told_with_what_would_be_right() {
    let folder = Folder::new("usage");
    folder.guest("basics").write("other/counter.wasm", "").write("text", "[1");
    folder.write("number.toml", "main = 5\n").write("open.toml", "entry = \"main\"\nmain = \"basics.wasm\n");
    folder.write("unknown.toml", "main = \"basics.wasm\"\n\nmemroy = \"64M\"\n").write("empty.toml", "");
    folder.write("size.toml", "main = \"basics.wasm\"\nmemory = \"much\"\n");
    folder.write("time.toml", "main = \"basics.wasm\"\ntimeout = \"soon\"\n");
    folder.write("dirs.toml", "main = \"basics.wasm\"\ndirs = [\"other\", \"none\"]\n");
    folder.write("publish.toml", "main = \"basics.wasm\"\n[publish]\njobs = \"Queue:1\"\n");
    folder.write("args.toml", "main = \"basics.wasm\"\nargs = [\"@none\"]\n");
    folder.write("mark", "\u{feff}[1]").write("digits", format!("[-{}]", "1".repeat(4301)));
    folder.write("deep", format!("{}{}", "[".repeat(501), "]".repeat(501))).write("deepest", "[".repeat(10_000_000));
    let text = folder.transcript(&[
        &["fly"],
        &["run"],
        &["run", "basics.wasm", "ten"],
        &["run", "basics.wasm", "--slowly"],
        &["run", "basics.wasm", "--memory", "much"],
        &["run", "basics.wasm", "--memory", "64X"],
        &["run", "basics.wasm", "--memory", "99999999999G"],
        &["run", "basics.wasm", "--timeout", "soon"],
        &["run", "basics.wasm", "--fuel", "some"],
        &["run", "basics.wasm", "--dir", "none"],
        &["run", "basics.wasm", "--dir", "=guest"],
        &["run", "basics.wasm", "--env", "HOME"],
        &["run", "basics.wasm", "--program", "basics.wasm"],
        &["run", "basics.wasm", "--program", "basics=other/counter.wasm"],
        &["run", "basics.wasm", "--publish", "jobs"],
        &["run", "basics.wasm", "--publish", "=Queue"],
        &["run", "basics.wasm", "--publish", "squares=list:[0"],
        &["run", "basics.wasm", "--publish", "squares=list:0"],
        &["run", "basics.wasm", "--", "@none"],
        &["run", "basics.wasm", "--json", "--", "{"],
        &["run", "basics.wasm", "--json", "--", "@text"],
        &["run", "basics.wasm", "--json", "--", ""],
        &["run", "basics.wasm", "--json", "--", "1 2"],
        &["run", "basics.wasm", "--json", "--", "1e400"],
        &["run", "basics.wasm", "--json", "--", "[-1e999]"],
        &["run", "basics.wasm", "--json", "--", "NaN"],
        &["run", "basics.wasm", "--json", "--", "-Infinity"],
        &["run", "basics.wasm", "--json", "--", "012"],
        &["run", "basics.wasm", "--json", "--", "[{\"a\": 1, \"b\": 2, \"\\u0061\": 1}]"],
        &["run", "basics.wasm", "--json", "--", "[\"\\ud800\"]"],
        &["run", "basics.wasm", "--json", "--", "{\"\\udc00\\ud800\": 1}"],
        &["run", "basics.wasm", "--json", "--", "@mark"],
        &["run", "basics.wasm", "--json", "--", "@digits"],
        &["run", "basics.wasm", "--json", "--", "@deep"],
        &["run", "basics.wasm", "--json", "--", "@deepest"],
        &["run", "none.toml"],
        &["run", "empty.toml"],
        &["run", "number.toml"],
        &["run", "open.toml"],
        &["run", "unknown.toml"],
        &["run", "size.toml"],
        &["run", "time.toml"],
        &["run", "dirs.toml"],
        &["run", "publish.toml"],
        &["run", "args.toml"],
        &["wit"],
        &["new", "2nd"],
    ]);
    golden("usage.txt", &text);
    let ends = text.matches("$ commonhold").count();
    assert_eq!(text.matches("[exit status 2]").count(), ends, "wrong usage ends with the status 2");
}

#[test]
fn what_cannot_be_run_is_told_in_a_line_that_names_it() {
    let folder = Folder::new("errors");
    let good = Process::new("(call $null)").component();
    let foreign = Wit::own("package mine:foreign; world foreign { export greet: func(); }");
    let foreign = foreign.component("foreign", "(func (export \"greet\"))");
    let typed = Wit::own("package mine:typed; world typed { export run: func(number: u32) -> u32; }");
    let typed = typed.component("typed", "(func (export \"run\") (param i32) (result i32) (i32.const 0))");
    let wants = Wit::own(
        "package mine:wants;
         interface weather { forecast: func() -> u32; }
         world wants { include commonhold:manager/process@0.1.0; import weather; }",
    );
    let wants = wants.component("wants", &Process::new("(drop (call $weather.forecast)) (call $null)").fields());
    let module = wat::parse_str(format!("(module {MEMORY} {REALLOC})")).unwrap();
    folder.guest("basics").guest("counter").write("folder.wasm/file", "").write("empty.wasm", "");
    folder
        .write("cut.wasm", &good[..good.len() / 2])
        .write("text.wasm", "print('hello')\n")
        .write("module.wasm", module);
    folder.write("foreign.wasm", foreign).write("typed.wasm", typed).write("wants.wasm", wants);
    folder.write("bytes.wasm", returning_bytes()).write("nan.wasm", returning_float("nan"));
    folder.write("main.toml", "main = \"none.wasm\"\n").write("script.py/file", "");
    let text = folder.transcript(&[
        &["run", "none.wasm"],
        &["run", "none"],
        &["run", "basics.wasm/none.wasm"],
        &["run", "folder.wasm"],
        &["run", "empty.wasm"],
        &["run", "text.wasm"],
        &["run", "cut.wasm"],
        &["run", "module.wasm"],
        &["run", "foreign.wasm"],
        &["run", "typed.wasm"],
        &["run", "wants.wasm"],
        &["run", "main.toml"],
        &["run", "none.py"],
        &["run", "script.py"],
        &["run", "basics.wasm", "--program", "worker=none.wasm"],
        &["run", "basics.wasm", "--provider", "none.wasm"],
        &["run", "basics.wasm", "--provider", "basics.wasm"],
        &["run", "basics.wasm", "--publish", "one=list:[1]"],
        &["run", "basics.wasm", "--publish", "one=Nothing"],
        &["run", "basics.wasm", "--publish", "one*=list"],
        &["run", "basics.wasm", "--publish", "one=list", "--publish", "one=dict"],
        &["run", "counter.wasm"],
        &["run", "counter.wasm", "--entry", "fly"],
        &["run", "basics.wasm", "--entry", "exits"],
        &["run", "basics.wasm", "--entry", "exits", "--", "three"],
        &["run", "basics.wasm", "--entry", "fails", "--", "on purpose"],
        &["run", "bytes.wasm", "--json"],
        &["run", "nan.wasm", "--json"],
        &["wit", "basics.wasm"],
    ]);
    golden("errors.txt", &text);
    for said in text.split("$ commonhold").skip(1) {
        let lines: Vec<_> = said.trim_end().lines().skip(1).collect();
        assert!(matches!(lines[..], [error, "[exit status 1]"] if error.starts_with("commonhold: error: ")), "{said}");
    }
}

#[test]
fn the_returned_value_is_printed_as_text_or_as_json() {
    let folder = Folder::new("values");
    folder.guest("basics").write("bytes.wasm", returning_bytes()).write("half.wasm", returning_float("0.5"));
    let echoes = ["run", "basics.wasm", "--entry", "echoes"];
    let values = ["null", "true", "-5", "18446744073709551615", "2.5", "\"it's\"", "[1, {\"a\": []}]"];
    let with = |more: &[&'static str]| [&echoes[..], more, &["--"], &values].concat();
    assert_eq!(folder.printed(&with(&["--json"])), "[null,true,-5,18446744073709551615,2.5,\"it's\",[1,{\"a\":[]}]]\n");
    assert_eq!(
        folder.printed(&with(&[])),
        "['null', 'true', '-5', '18446744073709551615', '2.5', '\"it\\'s\"', '[1, {\"a\": []}]']\n"
    );
    assert_eq!(folder.printed(&["run", "bytes.wasm"]), "b''\n");
    assert_eq!(folder.printed(&["run", "half.wasm"]), "0.5\n");
    assert_eq!(folder.printed(&["run", "half.wasm", "--json"]), "0.5\n");
    // Null is nothing to print.
    assert_eq!(folder.printed(&["run", "basics.wasm", "--entry", "nothing"]), "");
    assert_eq!(folder.printed(&["run", "basics.wasm", "--entry", "nothing", "--json"]), "");
}

#[test]
fn numbers_pass_through_json_as_they_are() {
    let folder = Folder::new("numbers");
    let digits = "9".repeat(4300);
    folder.guest("basics").write("digits", format!("[{digits}, -{digits}]"));
    folder.write("deep", format!("{}1{}", "[".repeat(490), "]".repeat(490)));
    let echo = |json: &str| folder.printed(&["run", "basics.wasm", "--json", "--entry", "echoes", "--", json]);
    // Wider than 64 bits, than 128, and than a float is exact.
    for number in ["9007199254740993", "-9223372036854775809", "340282366920938463463374607431768211457", "1e+22"] {
        assert_eq!(echo(number), format!("[{number}]\n"));
    }
    assert_eq!(echo("@digits"), format!("[[{digits},-{digits}]]\n"));
    // An exponent or a point makes a float, and minus zero is one only with them.
    assert_eq!(
        echo("[-0, -0.0, 1E2, 1e-400, 18446744073709551616.0]"),
        "[[0,-0.0,100.0,0.0,1.8446744073709552e+19]]\n"
    );
    // Read exactly, where a quicker way is off by one in the last place.
    assert_eq!(echo("[7.3879e20, 0.1, 2.2250738585072014e-308]"), "[[7.3879e+20,0.1,2.2250738585072014e-308]]\n");
    // What is printed is bounded as well.
    folder.write("script.py", "def power(digits):\n    return 10 ** (digits - 1)\n");
    let power = |digits| folder.run(&["run", "script.py", "--json", "--entry", "power", "--", digits]);
    assert_eq!(power("4300").out, format!("1{}\n", "0".repeat(4299)));
    let too_long =
        "commonhold: error: what the program returned: an integer of more than 4300 digits is too long to print\n";
    assert_eq!((power("4301").status, power("4301").err.as_str()), (1, too_long));
    assert_eq!(echo("@deep"), format!("[{}1{}]\n", "[".repeat(490), "]".repeat(490)));
    assert_eq!(
        echo("{\"\\ud83d\\ude00\": [true, false, null, \"\\n\"], \"\": {}}"),
        "[{\"😀\":[true,false,null,\"\\n\"],\"\":{}}]\n"
    );
}

#[test]
fn an_argument_can_be_the_text_of_a_file() {
    let folder = Folder::new("files");
    folder.guest("basics").write("text.txt", "two\nlines\n").write("value.json", "[1, 2]").write("@", "at");
    let echoes = ["run", "basics.wasm", "--entry", "echoes", "--", "@text.txt", "@@text.txt", "@@", "a@b", "@@@", "@@"];
    assert_eq!(folder.printed(&echoes), "['two\\nlines\\n', '@text.txt', '@', 'a@b', '@@', '@']\n");
    let json = ["run", "basics.wasm", "--entry", "echoes", "--json", "--", "@value.json"];
    assert_eq!(folder.printed(&json), "[[1,2]]\n");
}

#[test]
fn the_status_is_the_one_that_the_guest_exited_with() {
    let folder = Folder::new("statuses");
    folder.guest("basics");
    // The low byte is what a shell gets to see, but what is no success does not look like one.
    for (status, seen) in [("0", 0), ("3", 3), ("255", 255), ("256", 1), ("259", 3), ("-1", 255)] {
        let ran = folder.run(&["run", "basics.wasm", "--entry", "exits", "--json", "--", status]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (seen, "", ""), "{status}");
    }
}

#[test]
fn what_the_guest_prints_goes_where_it_says() {
    let folder = Folder::new("output");
    folder.guest("basics");
    let ran = folder.run(&["run", "basics.wasm", "--entry", "prints", "--", "to stdout\n", "to stderr\n"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "to stdout\n", "to stderr\n"));
}

#[test]
fn a_panic_is_told_with_its_message_its_place_and_the_names_of_the_functions() {
    let folder = Folder::new("panic");
    folder.guest("basics");
    let ran = folder.run(&["run", "basics.wasm", "--entry", "panics", "--", "at the disco"]);
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    let place = "commonhold: error: trapped: panicked at tests/programs/basics/src/endings.rs:";
    let (_, message) = ran.err.split_once(place).unwrap();
    assert!(message.lines().nth(1) == Some("at the disco"), "{message}");
    assert!(message.contains("error while executing at wasm backtrace:"), "{message}");
    assert!(message.contains("basics.wasm!basics::endings::panics::"), "{message}");
}

#[test]
fn a_panic_is_told_once_wherever_it_happens() {
    let folder = Folder::new("panics");
    folder.guest("basics");
    for (arguments, status, expected) in [
        (&["panics", "--", "at the disco"][..], 1, "commonhold: error: trapped: panicked at "),
        (&["starts_what_panics", "--", "at the disco", "asking"], 1, "commonhold: error: Trap: panicked at "),
        (&["starts_what_panics", "--", "at the disco", "not"], 0, "the process basics:panics trapped: panicked at "),
    ] {
        let ran = folder.run(&[&["run", "basics.wasm", "--entry"], arguments].concat());
        assert_eq!((ran.status, ran.out.as_str()), (status, ""), "{}", ran.err);
        assert_eq!(ran.err.matches("at the disco").count(), 1, "{}", ran.err);
        let (_, place) = ran.err.split_once(expected).unwrap_or_else(|| panic!("{}", ran.err));
        assert!(place.starts_with("tests/programs/basics/src/endings.rs:"), "{}", ran.err);
    }
}

#[test]
fn each_limit_is_told_by_what_it_is() {
    let folder = Folder::new("limits");
    folder.guest("basics");
    for (limit, entry, expected) in [
        (["--memory", "20M"], "allocates", "it needs more than 20971520 bytes of memory"),
        (["--timeout", "50ms"], "loops", "it ran longer than 50ms"),
        (["--fuel", "100000"], "loops", "it used up its 100000 units of fuel"),
    ] {
        let ran = folder.run(&["run", "basics.wasm", limit[0], limit[1], "--entry", entry]);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{}", ran.err);
        let first = ran.err.lines().next().unwrap();
        assert_eq!(first, format!("commonhold: error: exceeded a limit: {expected}"));
    }
}

#[test]
fn programs_and_providers_are_there_by_their_names() {
    let folder = Folder::new("names");
    folder.guest("basics").guest("counter");
    let counting = ["run", "basics.wasm", "--provider", "counter.wasm", "--entry", "counting"];
    assert!(folder.printed(&counting).trim().parse::<u64>().unwrap() > 10);

    // It starts an entry of another program, and returns what that returns.
    let starts = Process::new(
        "(call $processes.spawn (i32.const 1) (i32.const 1024) (i32.const 6) (i32.const 1032) (i32.const 7)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
         (if (i32.load8_u (i32.const 128)) (then (return (i32.const 128))))
         (call $processes.join (i32.load (i32.const 136)) (i32.const 0) (i64.const 0) (i32.const 256))
         ;; Where there is an outcome and it is a value, that value.
         (if (i32.load8_u (i32.const 256)) (then (unreachable)))
         (i32.store8 (i32.const 272) (i32.const 0))
         (i32.const 272)",
    )
    .data(1024, "worker  nothing");
    folder.write("starts.wasm", starts.component());
    assert_eq!(folder.printed(&["run", "starts.wasm", "--program", "worker=basics.wasm"]), "");
    let ran = folder.run(&["run", "starts.wasm"]);
    let expected = "commonhold: error: NoSuchName: no program 'worker' (there is starts)\n";
    assert_eq!((ran.status, ran.err.as_str()), (1, expected));
}

#[test]
fn a_run_is_over_when_the_programs_children_are() {
    let folder = Folder::new("children");
    folder.guest("basics");
    assert_eq!(folder.printed(&["run", "basics.wasm", "--entry", "leaves_one_who_prints"]), "left: true\n5\n");
}

/// It starts daemons that do not end, and returns.
#[test]
fn what_the_program_has_started_ends_with_it() {
    let folder = Folder::new("orphans");
    let spawn = "(call $processes.spawn (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 128))";
    let guest = Process::new(format!(
        "(if (local.get $count) (then (loop $for-ever (br $for-ever))))
         {spawn} {spawn} (call $int (i64.const 5))"
    ));
    folder.write("orphans.wasm", guest.component());
    assert_eq!(folder.printed(&["run", "orphans.wasm"]), "5\n");
}

#[test]
fn nothing_of_the_outside_world_is_there_unless_it_is_granted() {
    let folder = Folder::new("grants");
    folder.write("granted/text.txt", "granted").write("withheld/text.txt", "withheld");
    folder.write(
        "script.py",
        "import os\n\
         print(sorted(os.environ.items()))\n\
         for path in ['granted/text.txt', '/data/text.txt', 'withheld/text.txt', 'granted/../withheld/text.txt', 'script.py']:\n\
         \x20   try:\n\
         \x20       print(path, open(path).read())\n\
         \x20   except OSError as error:\n\
         \x20       print(path, type(error).__name__)\n\
         if os.path.isdir('/data'):\n\
         \x20   open('/data/new.txt', 'w').write('written')\n",
    );
    let mut command = folder.command(&["run", "script.py"]);
    command.env("SECRET", "secret");
    let ran = Ran::from(command.output().unwrap());
    let nothing = "[]\n\
        granted/text.txt FileNotFoundError\n\
        /data/text.txt FileNotFoundError\n\
        withheld/text.txt FileNotFoundError\n\
        granted/../withheld/text.txt FileNotFoundError\n\
        script.py FileNotFoundError\n";
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, nothing, ""));

    let flags = ["run", "script.py", "--dir", "granted", "--dir", "granted=/data", "--env", "A=1", "--env", "B=x=y"];
    let granted = "[('A', '1'), ('B', 'x=y')]\n\
        granted/text.txt granted\n\
        /data/text.txt granted\n\
        withheld/text.txt FileNotFoundError\n\
        granted/../withheld/text.txt PermissionError\n\
        script.py FileNotFoundError\n";
    assert_eq!(folder.printed(&flags), granted);
    assert_eq!(std::fs::read_to_string(folder.0.join("granted/new.txt")).unwrap(), "written");
}

#[test]
fn objects_are_published_under_names() {
    let folder = Folder::new("publish");
    folder.guest("basics").guest("counter");
    let finds = |name: &'static str, flags: &[&'static str]| {
        let mut arguments = vec!["run", "basics.wasm", "--entry", "finds"];
        arguments.extend(flags);
        arguments.extend(["--", name]);
        folder.printed(&arguments)
    };
    assert_eq!(finds("squares", &["--publish", "squares=list:[[0, 1, 4]]"]), "[0, 1, 4]\n");
    assert_eq!(finds("empty", &["--publish", "empty=list", "--publish", "squares=list:[[0, 1, 4]]"]), "[]\n");
    assert_eq!(finds("other", &["--publish", "squares=list"]), "no object is published as 'other'\n");
    let clicker = ["--provider", "counter.wasm", "--publish", "clicks=Clicker:[7]"];
    assert_eq!(finds("clicks", &clicker), "Clicker(7)\n");

    // A script finds it, and publishes for others what it may.
    folder.write(
        "script.py",
        "import commonhold\n\
         from multiprocessing import Manager, Process\n\
         def child():\n\
         \x20   commonhold.look_up('results/one').append('child')\n\
         if __name__ == '__main__':\n\
         \x20   jobs = commonhold.look_up('jobs')\n\
         \x20   jobs.put(1)\n\
         \x20   results = Manager().list()\n\
         \x20   commonhold.publish('results/one', results._narrow(['append', '__getitem__'], uses=3))\n\
         \x20   process = Process(target=child)\n\
         \x20   process.start(), process.join()\n\
         \x20   print(jobs.get(), results, commonhold.names())\n\
         \x20   found = commonhold.look_up('results/one')\n\
         \x20   print(found[0], found[0])\n\
         \x20   for refused in (lambda: found[0], lambda: commonhold.publish('other', results), lambda: commonhold.look_up('x')):\n\
         \x20       try:\n\
         \x20           refused()\n\
         \x20       except Exception as error:\n\
         \x20           print(str(error.args[0]).strip())\n\
         \x20   commonhold.withdraw('results/one')\n\
         \x20   print(commonhold.names())\n",
    );
    let told = "1 ['child'] ['jobs', 'results/one']\n\
        child child\n\
        Revoked: the proxy was used up\n\
        NotExposed: this process may not publish the name 'other'\n\
        NoSuchName: no object is published as 'x'\n\
        ['jobs']\n";
    let flags = ["run", "script.py", "--publish", "jobs=Queue", "--allow-publish", "results/*"];
    assert_eq!(folder.printed(&flags), told);
    folder.write(
        "commonhold.toml",
        "main = \"script.py\"\nallow-publish = [\"results/*\"]\n[publish]\njobs = \"Queue\"\n",
    );
    assert_eq!(folder.printed(&["run"]), told);
    // What is said on the command line goes before what the file says.
    folder.write(
        "commonhold.toml",
        "main = \"basics.wasm\"\nentry = \"finds\"\nargs = [\"it\"]\n[publish]\nit = \"list\"\n",
    );
    assert_eq!(folder.printed(&["run"]), "[]\n");
    assert_eq!(folder.printed(&["run", "--publish", "it=dict"]), "{}\n");
}

#[test]
fn the_file_says_the_same_as_the_flags() {
    let folder = Folder::new("config");
    std::fs::create_dir_all(folder.0.join("deep")).unwrap();
    folder.guest("basics").guest("counter").write("deep/text.txt", "the text");
    // The same file serves from where it is and from elsewhere: its paths are seen from its own place.
    let both = |config: &str| {
        folder.write("commonhold.toml", config);
        let here = folder.run(&["run"]);
        let mut command = folder.command(&["run", "../commonhold.toml"]);
        command.current_dir(folder.0.join("deep"));
        let there = Ran::from(command.output().unwrap());
        assert_eq!((here.status, &here.out, &here.err), (there.status, &there.out, &there.err));
        here
    };
    let main = "main = \"basics.wasm\"\n";
    let echoes = format!("{main}entry = \"echoes\"\nargs = [\"one\", \"@deep/text.txt\", \"@@\"]\n");
    assert_eq!(both(&echoes).out, "['one', 'the text', '@']\n");
    let json = format!("{main}entry = \"echoes\"\njson = true\nargs = [\"1\", \"[2]\"]\n");
    assert_eq!(both(&json).out, "[1,[2]]\n");
    let provider = format!("{main}entry = \"counting\"\nproviders = [\"counter.wasm\"]\n");
    assert_eq!(both(&provider).status, 0);
    for (limit, entry, expected) in [
        ("memory = \"20M\"", "allocates", "it needs more than 20971520 bytes of memory"),
        ("timeout = \"50ms\"", "loops", "it ran longer than 50ms"),
        ("fuel = 100000", "loops", "it used up its 100000 units of fuel"),
    ] {
        let ran = both(&format!("{main}entry = \"{entry}\"\n{limit}\n"));
        let first = ran.err.lines().next().unwrap_or_default();
        assert_eq!((ran.status, first), (1, format!("commonhold: error: exceeded a limit: {expected}").as_str()));
    }
    // What is said on the command line goes before what the file says.
    folder.write("commonhold.toml", &echoes);
    assert_eq!(folder.printed(&["run", "--", "two"]), "['two']\n");
    assert_eq!(folder.printed(&["run", "--json", "--", "2"]), "[2]\n");
    let fails = folder.run(&["run", "--entry", "fails", "commonhold.toml", "--", "two"]);
    assert_eq!((fails.status, fails.err.as_str()), (1, "commonhold: error: RuntimeError: two\n"));

    folder.write("deep/script.py", "import os\nprint(os.environ['A'], open('/data/text.txt').read())\n");
    let script = "main = \"deep/script.py\"\ndirs = [\"deep=/data\"]\n[env]\nA = \"1\"\n";
    assert_eq!(both(script).out, "1 the text\n");
    let named = "main = \"deep/script.py\"\n[programs]\nworker = \"none.wasm\"\n";
    folder.write("commonhold.toml", named);
    assert_eq!(folder.run(&["run"]).err, "commonhold: error: cannot load 'none.wasm': there is no such file\n");
}

#[test]
fn a_script_that_fails_is_told_by_its_traceback() {
    let folder = Folder::new("scripts");
    folder.write("division.py", "def half(number):\n    return number / 0\n\nhalf(1)\n");
    folder.write("syntax.py", "def half(number:\n    return number / 2\n");
    folder.write("exit.py", "import sys\nsys.exit(3)\n");
    folder.write("message.py", "import sys\nsys.exit('it did not work')\n");
    folder.write("module.py", "import no_such_module\n");
    let text = folder.transcript(&[
        &["run", "division.py"],
        &["run", "syntax.py"],
        &["run", "exit.py"],
        &["run", "message.py"],
        &["run", "module.py"],
    ]);
    golden("scripts.txt", &text);
}

/// Starts a program that says when it has begun, and then does not end.
fn begun(folder: &Folder, script: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    folder.write("script.py", script);
    let mut command = folder.command(&["run", "script.py"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    (child, out)
}

#[test]
fn ctrl_c_ends_everything() {
    let folder = Folder::new("interrupt");
    for script in [
        // Waiting for a lock for very long, computing, and with a process of its own that waits for ever.
        "from multiprocessing import Lock\nlock = Lock()\nlock.acquire()\nprint('begun', flush=True)\nlock.acquire(timeout=1e6)\n",
        "print('begun', flush=True)\nwhile True:\n    pass\n",
        "from multiprocessing import Lock, Process\n\
         def child(lock):\n    print('begun', flush=True)\n    lock.acquire()\n\
         if __name__ == '__main__':\n\
         \x20   lock = Lock()\n    lock.acquire()\n    process = Process(target=child, args=(lock,))\n\
         \x20   process.start()\n    process.join()\n",
    ] {
        let (mut child, mut out) = begun(&folder, script);
        let interrupt = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
        let status = child.wait().unwrap();
        let (mut rest, mut err) = (String::new(), String::new());
        out.read_to_string(&mut rest).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        // A lock that somebody has died with is worth a warning, and so is a circle of those who wait.
        let is_warning =
            |line: &str| line.contains("WARN commonhold::lock") || line.contains("WARN commonhold::deadlock");
        let err: Vec<_> = err.lines().filter(|line| !is_progress(line) && !is_warning(line)).collect();
        assert_eq!((status.code(), rest.as_str()), (Some(130), ""), "{err:?}");
        assert_eq!(err, ["commonhold: interrupted: ending all processes"]);
    }
}

/// Two processes that take two locks crosswise.
const CROSSWISE: &str = "\
from multiprocessing import Event, Lock, Process, RLock
import sys

def take(own, other, mine, theirs):
    with own:
        mine.set()
        theirs.wait()
        other.acquire()
        other.release()

if __name__ == '__main__':
    make = {'Lock': Lock, 'RLock': RLock}[sys.argv[1]]
    one, other, first, second = make(), make(), Event(), Event()
    processes = [Process(target=take, args=args)
                 for args in ((one, other, first, second), (other, one, second, first))]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(sorted(process.exitcode for process in processes))
";

#[test]
fn providers_are_started_again_if_it_is_asked_for() {
    let folder = Folder::new("restarts");
    folder.guest("counter").write("commonhold.toml", "main = \"counter.wasm\"\nproviders = [\"counter.wasm\"]\n");
    let run = ["run", "--entry", "makes_another"];
    let once = folder.run(&run);
    assert_eq!((once.status, once.out.as_str()), (1, ""), "{}", once.err);
    assert!(once.err.contains("no shared type 'Clicker'"), "{}", once.err);
    let again = folder.run(&[&run[..], &["--restart-providers"]].concat());
    assert_eq!((again.status, again.out.as_str()), (0, "2\n"), "{}", again.err);
    assert!(again.err.contains("is started again: trapped: "), "{}", again.err);
    let file = "main = \"counter.wasm\"\nproviders = [\"counter.wasm\"]\nrestart-providers = true\n";
    folder.write("commonhold.toml", file);
    assert_eq!(folder.run(&run).out, "2\n");
}

#[test]
fn a_cycle_of_waits_is_refused_if_it_is_asked_for() {
    let folder = Folder::new("cycles");
    folder.write("crosswise.py", CROSSWISE);
    folder.write("commonhold.toml", "main = \"crosswise.py\"\nrefuse-cycles = true\nargs = [\"RLock\"]\n");
    for args in [&["run", "crosswise.py", "--refuse-cycles", "--", "RLock"][..], &["run"]] {
        let ran = folder.run(args);
        assert_eq!((ran.status, ran.out.as_str()), (0, "[0, 1]\n"), "{}", ran.err);
        assert_eq!(ran.err.matches("Deadlock: this wait would never end: Process-").count(), 1, "{}", ran.err);
    }
}

#[test]
fn a_cycle_of_waits_that_is_let_be_is_logged_when_it_comes_to_be() {
    let folder = Folder::new("let-be");
    folder.write("crosswise.py", CROSSWISE);
    for args in [&["--", "RLock"][..], &["--refuse-cycles", "--", "Lock"]] {
        // Should nothing be told, it ends all the same.
        let mut command = folder.command(&[&["run", "crosswise.py", "--timeout", "60s"], args].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = "WARN commonhold::deadlock: this wait would never end: Process-";
        let mut lines = lines.map(Result::unwrap);
        let line = lines.find(|line| line.contains(told)).expect("the cycle is told");
        assert_eq!(line.matches("(crosswise:multiprocessing:__main__.take) at 0x").count(), 3, "{line}");
        // Nobody was refused, so it is there until it is ended.
        let interrupt = format!("kill -INT {}", child.id());
        assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
        lines.for_each(drop);
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn a_result_that_nobody_reads_is_no_crash() {
    let folder = Folder::new("pipe");
    folder.guest("basics").write("text.txt", "x".repeat(1 << 20));
    let mut command = folder.command(&["run", "basics.wasm", "--entry", "echoes", "--", "@text.txt"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // More than a pipe holds is on its way to nobody.
    drop(child.stdout.take());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 1);
    assert!(ran.err.starts_with("commonhold: error: cannot print what the program returned: "), "{}", ran.err);
}

#[test]
fn the_wit_package_is_written_as_it_is_and_can_be_used() {
    let folder = Folder::new("wit");
    folder.printed(&["wit", "deep/wit"]);
    let written = folder.0.join("deep/wit");
    let names = |folder: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.filter(|name| name.ends_with(".wit")).collect();
        names.sort();
        names
    };
    assert_eq!(names(&written), names(&root().join("wit")), "all files of the package, and nothing else");
    for name in names(&written) {
        let [ours, theirs] =
            [root().join("wit"), written.clone()].map(|folder| std::fs::read(folder.join(&name)).unwrap());
        assert!(ours == theirs, "{name} is not what is written");
    }
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(&written).unwrap();
    for world in ["imports", "process", "provider", "program"] {
        resolve.select_world(&[package], Some(world)).unwrap();
    }
    // A second time over the first is no mistake.
    folder.printed(&["wit", "deep/wit"]);
}

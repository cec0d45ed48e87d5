//! Types that Python programs register with their managers, and scripts as providers of other programs.

use commonhold::{Manager, NameGrants, Outcome};
use commonhold_tests::{assert_exact, load_script, manager, root, settle};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a script printed that ran to its end without complaints.
#[track_caller]
fn printed(script: &Path, more: &[&str]) -> String {
    let mut command = Command::new(commonhold_tests::target().join("debug/commonhold"));
    let output = command.arg("run").arg(script).args(more).env_remove("COMMONHOLD_LOG").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    out.into_owned()
}

fn example(name: &str) -> PathBuf {
    root().join("guest/examples/registered-types").join(name)
}

/// The check of that name in `registered.py`.
async fn check(name: &str) {
    let grants = NameGrants::new().look_up("managers/*").publish("managers/*");
    let manager = Manager::builder().output(false).grant_names(grants).build().unwrap();
    let program = load_script(&manager, root().join("tests/programs/python/registered.py")).await;
    let outcome = program.spawn("main", (name,)).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    // A manager's process ends with the one that has started it.
    until_alone(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

async fn until_alone(manager: &Manager) {
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    settle(manager).await;
}

macro_rules! checks {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            check(stringify!($name)).await;
        }
    )*

    #[test]
    fn every_check_of_the_script_is_made() {
        let script = std::fs::read_to_string(root().join("tests/programs/python/registered.py")).unwrap();
        let (_, list) = script.split_once("\nCHECKS = [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        let listed: Vec<_> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        assert_eq!(listed, [$(stringify!($name)),*]);
    }};
}

checks! {
    classes_are_shared
    classes_of_proxies_are_known_to_all
    what_methods_return_is_shared
    generators_are_gone_over_by_several
    what_a_function_gives_twice_is_the_same
    queues_are_waited_for
    classes_of_the_library_are_shared
    built_in_types_need_no_process
    the_errors_are_told_apart
    proxies_are_arguments
    copies_and_texts
    managers_are_apart
    a_manager_has_states
    an_initializer_goes_first
    a_process_that_dies_takes_its_objects_with_it
    what_has_no_name_is_refused
    an_address_is_found_by_others
    objects_go_with_their_last_proxies
}

#[test]
fn the_documentations_customized_manager_runs_as_it_stands() {
    assert_eq!(printed(&example("maths.py"), &[]), "7\n56\n");
}

#[test]
fn the_documentations_new_types_run_as_they_stand() {
    let text = printed(&example("new_types.py"), &[]);
    let (text, exposed) = text.split_once("op._exposed_ = ").unwrap();
    let line = "-".repeat(20);
    let expected = format!(
        "{line}\nyou called Foo.f()\nyou called Foo.g()\n\
         {line}\nyou called Foo.g()\nyou called Foo._h()\n\
         {line}\n<0> <1> <4> <9> <16> <25> <36> <49> <64> <81> \n\
         {line}\nop.add(23, 45) = 68\nop.pow(2, 94) = 19807040628566084398385987584\n"
    );
    assert_eq!(text, expected);
    // In CPython 3.14.
    let functions = "abs add and_ attrgetter call concat contains countOf delitem eq floordiv ge getitem gt iadd iand \
         iconcat ifloordiv ilshift imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_none is_not \
         is_not_none isub itemgetter itruediv ixor le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_ \
         pos pow rshift setitem sub truediv truth xor";
    let functions: Vec<_> = functions.split_whitespace().map(|name| format!("'{name}'")).collect();
    assert_eq!(exposed, format!("({})\n", functions.join(", ")));
}

async fn load_tally(manager: &Manager) -> commonhold::Program {
    load_script(manager, root().join("tests/programs/python/tally.py")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_provides_what_it_registers() {
    let manager = manager();
    let program = load_tally(&manager).await;
    let provider = program.provide().await.unwrap();
    let tally = manager.create("Tally", (5,)).await.unwrap();
    assert_eq!(tally.call::<_, i64>("add", (3,)).await.unwrap(), 8);
    let fork: commonhold::Proxy = tally.call("fork", ()).await.unwrap();
    assert_eq!(fork.call::<_, i64>("add", (1,)).await.unwrap(), 9);
    assert_eq!(tally.to_text().await.unwrap(), "a tally of 8");
    assert_eq!(fork.typeid(), "Tally");
    let error = tally.call::<_, i64>("add", ("x",)).await.unwrap_err();
    assert!(error.to_string().contains("by has to be an int"), "{error}");

    type Seen = (i64, i64, String, Vec<i64>, String, String, String, i64, Vec<String>, bool);
    let seen: Seen = program.spawn("use", ()).unwrap().join().await.unwrap();
    let text = str::to_owned;
    let expected = (
        5,
        7,
        text("a tally of 2"),
        vec![1, 0],
        text("AutoProxy[Tally]"),
        text("by has to be an int"),
        text("TallyProxy"),
        1,
        vec![text("add")],
        true,
    );
    assert_eq!(seen, expected);

    drop((tally, fork));
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_registers_nothing_provides_nothing() {
    let manager = manager();
    let script = root().join("tests/programs/python/iterating.py");
    let error = load_script(&manager, script).await.provide().await.unwrap_err();
    assert!(error.to_string().contains("the script registers no type with a manager"), "{error}");
}

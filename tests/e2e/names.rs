//! Published names: who may look them up and publish them, and how long they last.

use commonhold::{Error, ErrorKind, Manager, NameGrants, Outcome, Program, Rights, SpawnOptions};
use commonhold_tests::{assert_exact, guest, load, settle};
use std::collections::BTreeMap;

const NOTHING: &str = "no object is published as 'list'";

/// A manager that grants names to all guests, and the program that uses them.
async fn granting(grants: NameGrants) -> (Manager, Program) {
    let manager = Manager::builder().output(false).grant_names(grants).build().unwrap();
    let program = load(&manager, "basics").await;
    (manager, program)
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    match result {
        Err(Error::Call(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

async fn finds(program: &Program, name: &str) -> String {
    program.spawn("finds", (name,)).unwrap().join().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_may_do_what_it_was_granted() {
    let (manager, program) = granting(NameGrants::new().look_up("own/*").publish("own/*")).await;
    let checks: u64 = program.spawn("naming", ()).unwrap().join().await.unwrap();
    assert!(checks > 10, "{checks} checks");
    assert_eq!(manager.names(), [""; 0]);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_granted_unless_somebody_says_so() {
    let (manager, program) = granting(NameGrants::new()).await;
    let list = manager.list([1]).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    assert_eq!(finds(&program, "list").await, NOTHING);
    // It is told the same of what is not there.
    assert_eq!(finds(&program, "other").await, "no object is published as 'other'");
    let names: Vec<String> = program.spawn("lists_names", ()).unwrap().join().await.unwrap();
    assert_eq!(names, [""; 0]);
    for name in ["list", "other"] {
        let told: String = program.spawn("publishes", (name, &list)).unwrap().join().await.unwrap();
        assert_eq!(told, format!("this process may not publish the name '{name}'"));
        assert_eq!(kind(program.spawn("withdraws", (name,)).unwrap().join::<()>().await), ErrorKind::NoSuchName);
    }
    assert_eq!(manager.names(), ["list"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_granted_to_all_to_a_program_or_to_one_process() {
    let (manager, program) = granting(NameGrants::new().look_up("all")).await;
    let other = manager.load_as("other", guest("basics")).await.unwrap();
    program.grant_names(NameGrants::new().look_up("program"));
    program.grant_names(NameGrants::new().look_up("more*"));
    let list = manager.list([1]).unwrap();
    for name in ["all", "program", "more", "more/1", "process", "mor"] {
        manager.publish(name, list.proxy()).unwrap();
    }
    let names = |program: &Program, options| program.spawn_with("lists_names", (), options).unwrap();
    let own: Vec<String> = names(&program, SpawnOptions::new()).join().await.unwrap();
    assert_eq!(own, ["all", "more", "more/1", "program"]);
    let others: Vec<String> = names(&other, SpawnOptions::new()).join().await.unwrap();
    assert_eq!(others, ["all"]);
    // In place of the others: a process can be given less, too.
    let one = SpawnOptions::new().names(NameGrants::new().look_up("process"));
    let of_one: Vec<String> = names(&program, one).join().await.unwrap();
    assert_eq!(of_one, ["process"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_acts_for_a_process_may_use_the_names_that_it_may() {
    let (manager, program) = granting(NameGrants::new()).await;
    let other = manager.load_as("other", guest("basics")).await.unwrap();
    let list = manager.list([1]).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    let all_find = async |options: SpawnOptions| {
        let told = manager.list::<String>([]).unwrap();
        let process = program.spawn_with("others_find", ("list", "other", &told), options).unwrap();
        process.join::<Vec<String>>().await.unwrap()
    };
    let granted = SpawnOptions::new().names(NameGrants::new().look_up("list"));
    assert_eq!(all_find(granted).await, ["[1]"; 4]);
    // What is granted to the other program is for those whom the embedder starts.
    other.grant_names(NameGrants::new().look_up("list"));
    assert_eq!(all_find(SpawnOptions::new()).await, [NOTHING; 4]);
    assert_eq!(finds(&other, "list").await, "[1]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_provider_may_use_the_names_that_its_starter_may_and_no_others() {
    let (manager, _) = granting(NameGrants::new()).await;
    let program = load(&manager, "counter").await;
    let list = manager.list([7]).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    let starts = async |names: NameGrants| {
        let starter = program.spawn_with("starts", ("look up", "list"), SpawnOptions::new().names(names)).unwrap();
        starter.join::<i64>().await
    };
    let granted = NameGrants::new().look_up("list");
    assert_eq!(starts(granted.clone()).await.unwrap(), 7);
    assert_eq!(kind(starts(NameGrants::new()).await), ErrorKind::NoSuchName);
    // What is granted to its program is for those whom the embedder starts.
    program.grant_names(granted);
    assert_eq!(kind(starts(NameGrants::new()).await), ErrorKind::NoSuchName);
    let starter = program.spawn("starts", ("look up", "list")).unwrap();
    assert_eq!(starter.join::<i64>().await.unwrap(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_is_told_of_all_objects_is_no_more_than_it_could_find_and_print_itself() {
    let (manager, program) = granting(NameGrants::new().look_up("open")).await;
    let lists = ["an open text", "a secret text", "a veiled text"].map(|text| manager.list([text]).unwrap());
    let [open, secret, veiled] = lists.each_ref().map(|list| list.proxy());
    manager.publish("open", open).unwrap();
    manager.publish("secret", secret).unwrap();
    let narrowed = veiled.narrow(&Rights { to_text: false, ..Rights::all() }).unwrap();
    let told: String = program.spawn("tells_of_all", (vec![open, &narrowed],)).unwrap().join().await.unwrap();
    assert!(told.contains("    ['an open text']\n    list, held by process "), "{told}");
    assert!(told.contains("; the name 'open'; the host, running, or on its way"), "{told}");
    // The name is one of its two holders, and told as somebody of whom nothing is known.
    let id = secret.id();
    let of_secret = format!("  {id:x}:       refcount=2\n    <list object at {id:#x}>\n    list, held by ");
    let of_secret = of_secret + "the host, running, or on its way x2";
    assert!(told.contains(&of_secret), "{told}");
    let id = veiled.id();
    let of_veiled = format!("  {id:x}:       refcount=3\n    <list object at {id:#x}>\n    list, held by process ");
    assert!(told.contains(&of_veiled), "{told}");
    assert!(!told.contains("secret") && !told.contains("veiled"), "{told}");
    // Nothing is kept from the embedder.
    let info = manager.debug_info();
    for expected in ["an open text", "a secret text", "a veiled text"] {
        assert!(info.contains(&format!("\n    ['{expected}']\n    list, held by ")), "{info}");
    }
    for expected in ["the name 'open'", "the name 'secret'"] {
        assert!(info.contains(expected), "{info}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_at_more_by_having_another_act() {
    let (manager, program) = granting(NameGrants::new()).await;
    let list = manager.list([1]).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    let told = manager.list::<String>([]).unwrap();
    let barrier: commonhold::Proxy =
        program.spawn("makes_a_barrier_that_finds", ("list", &told)).unwrap().join().await.unwrap();
    // The last to arrive may look it up, whoever chose what it runs may not.
    let granted = SpawnOptions::new().names(NameGrants::new().look_up("*"));
    program.spawn_with("comes_to", (&barrier,), granted).unwrap().join::<()>().await.unwrap();
    assert_eq!(told.to_vec().unwrap(), [NOTHING]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_has_published_goes_with_it_however_it_ends() {
    for how in ["returns", "traps", "hangs"] {
        let (manager, program) = granting(NameGrants::new().publish("list").look_up("list")).await;
        let (list, published) = (manager.list([1]).unwrap(), manager.event());
        let process = program.spawn("publishes_and_ends", ("list", &list, &published, how)).unwrap();
        published.wait().await.unwrap();
        if how == "hangs" {
            assert_eq!(finds(&program, "list").await, "[1]");
            let taken: String = program.spawn("publishes", ("list", &list)).unwrap().join().await.unwrap();
            assert_eq!(taken, "the name 'list' is taken");
            assert_eq!(kind(program.spawn("withdraws", ("list",)).unwrap().join::<()>().await), ErrorKind::NoSuchName);
            process.kill().await.unwrap();
        }
        let outcome = process.outcome().await.unwrap();
        assert!(
            matches!(
                (how, &outcome),
                ("returns", Outcome::Returned(_)) | ("traps", Outcome::Trapped(_)) | ("hangs", Outcome::Killed)
            ),
            "{outcome:?}"
        );
        // It is gone when that is told, and can be taken again.
        assert_eq!(manager.names(), [""; 0]);
        assert_eq!(finds(&program, "list").await, NOTHING);
        manager.publish("list", list.proxy()).unwrap();
        settle(&manager).await;
        drop(outcome);
        let host = [(list.proxy().id(), 1), (published.proxy().id(), 1), (process.id(), 1)];
        assert_exact(&manager, &host.into());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedder_publishes_withdraws_and_looks_up() {
    let (manager, program) = granting(NameGrants::new().look_up("*").publish("*")).await;
    let list = manager.list([1, 2]).unwrap();
    let reader = list.proxy().narrow(&Rights::only(["__getitem__"])).unwrap();
    manager.publish("list", &reader).unwrap();
    assert_eq!(kind(manager.publish("list", list.proxy())), ErrorKind::Value);
    assert_eq!(finds(&program, "list").await, "'to-text' of 'list' object is not exposed by this proxy");
    let info = manager.debug_info();
    assert!(info.contains("the name 'list'"), "{info}");
    let found = manager.look_up("list").unwrap();
    assert_eq!(found.call::<_, i64>("__getitem__", (1,)).await.unwrap(), 2);
    assert_eq!(kind(found.call::<_, ()>("append", (1,)).await), ErrorKind::NotExposed);
    // A name holds its object, and is seen.
    let id = list.proxy().id();
    drop((list, reader, found));
    let census = assert_exact(&manager, &BTreeMap::new());
    assert_eq!(
        census.iter().map(|info| (info.id, &*info.published_as)).collect::<Vec<_>>(),
        [(id, &["list".to_owned()][..])]
    );

    manager.withdraw("list").unwrap();
    assert_eq!(kind(manager.withdraw("list")), ErrorKind::NoSuchName);
    assert_eq!(kind(manager.look_up("list")), ErrorKind::NoSuchName);
    assert_eq!(manager.number_of_objects(), 0);

    // It withdraws what guests have published, too.
    let (object, published) = (manager.list([3]).unwrap(), manager.event());
    let process = program.spawn("publishes_and_ends", ("theirs", &object, &published, "hangs")).unwrap();
    published.wait().await.unwrap();
    assert_eq!(manager.look_up("theirs").unwrap(), *object.proxy());
    manager.withdraw("theirs").unwrap();
    process.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_manager_withdraws_all_names() {
    let manager = Manager::builder().build().unwrap();
    manager.publish("kept", manager.event().proxy()).unwrap();
    assert_eq!(manager.number_of_objects(), 1);
    manager.shutdown().await;
    assert_eq!((manager.names(), manager.number_of_objects()), (vec![], 0));

    // So does letting go of the last of it.
    let (list, inside) = (manager.list::<commonhold::Proxy>([]).unwrap(), manager.event());
    list.push(inside.proxy()).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    drop((manager, list));
    assert_eq!(inside.proxy().holders(), 1);
}

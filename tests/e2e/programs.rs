//! What guests check themselves, typed and by `call`, and how each kind of end is told.

use commonhold::{ErrorKind, Limits, Outcome, SpawnOptions};
use commonhold_tests::{assert_exact, guest, load, load_script, manager, root, settle};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_does_what_the_guest_expects() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    for entry in [
        "lists", "deques", "dicts", "fields", "values", "nesting", "rights", "waiting", "messages", "spawning",
        "families", "lending",
    ] {
        let checks: u64 = program.spawn(entry, ()).unwrap().join().await.unwrap();
        assert!(checks > 10, "{entry} has made {checks} checks");
        // The workers of its pools end by themselves.
        while manager.number_of_processes() > 0 {
            tokio::task::yield_now().await;
        }
        settle(&manager).await;
        assert_exact(&manager, &BTreeMap::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_end_is_told_apart() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let held = manager.list([1]).unwrap();

    let outcome = program.spawn("echoes", (7, &held)).unwrap().outcome().await.unwrap();
    let Outcome::Returned(value) = outcome else { panic!("{outcome:?}") };
    assert_eq!(commonhold::from_value::<(i64, commonhold::List<i64>)>(value).unwrap(), (7, held.clone()));

    let outcome = program.spawn("fails", ("as told",)).unwrap().outcome().await.unwrap();
    assert!(matches!(&outcome, Outcome::Failed(error) if error.message == "as told"), "{outcome:?}");

    let outcome = program.spawn("panics", ("as told", &held)).unwrap().outcome().await.unwrap();
    let Outcome::Trapped(error) = &outcome else { panic!("{outcome:?}") };
    assert!(error.message.contains("as told") && error.message.contains("endings.rs:"), "{error}");
    let traceback = error.traceback.as_deref().unwrap_or_default();
    assert!(traceback.contains("panics"), "no function names in {traceback}");

    let outcome = program.spawn("exits", (7, &held)).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Exited(7)), "{outcome:?}");

    let process = program.spawn("loops", (&held,)).unwrap();
    process.kill().await.unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));

    let mut limits = Limits::default();
    limits.time = Some(Duration::from_millis(20));
    let mut options = SpawnOptions::default();
    options.limits = Some(limits);
    let outcome = program.spawn_with("loops", (&held,), options).unwrap().outcome().await.unwrap();
    assert!(matches!(&outcome, Outcome::LimitExceeded(error) if error.message.contains("longer than")), "{outcome:?}");

    let mut limits = Limits::default();
    limits.memory = 64 << 20;
    let mut options = SpawnOptions::default();
    options.limits = Some(limits);
    let outcome = program.spawn_with("allocates", (), options).unwrap().outcome().await.unwrap();
    assert!(matches!(&outcome, Outcome::LimitExceeded(error) if error.message.contains("memory")), "{outcome:?}");

    let outcome = program.spawn("recurses", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(&outcome, Outcome::Trapped(error) if error.message.contains("stack")), "{outcome:?}");

    let error = program.spawn("missing", ()).unwrap().join::<()>().await.unwrap_err();
    assert!(matches!(&error, commonhold::Error::Call(error) if error.kind == ErrorKind::NoSuchEntry), "{error}");

    drop(outcome);
    drop(process);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(held.proxy().id(), 1)]));
}

#[test]
fn joining_blocks_where_there_is_no_async() {
    let manager = manager();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let program = runtime.block_on(manager.load(guest("basics"))).unwrap();
    let echo: (i64,) = program.spawn("echoes", (3,)).unwrap().join_blocking().unwrap();
    assert_eq!(echo, (3,));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_count_words_as_one_does_in_fifty_runs() {
    let manager = manager();
    let program = load(&manager, "word-count").await;
    let texts = ["README.md", "docs/design.md", "docs/values.md", "docs/limits.md", "LICENSE-APACHE"];
    let texts = texts.map(|name| std::fs::read_to_string(root().join(name)).unwrap());
    program.spawn("check", texts).unwrap().join::<()>().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_gives_the_right_total_though_a_worker_is_killed() {
    let manager = manager();
    let program = load(&manager, "pipeline").await;
    for _ in 0..20 {
        let process = program.spawn("pipeline", (40, 3)).unwrap();
        // The steps of the numbers from 1 to 40, as anybody can count them.
        assert_eq!(process.join::<(u64, Vec<u64>)>().await.unwrap(), (709, vec![20]));
    }
    program.spawn("main", ()).unwrap().join::<()>().await.unwrap();
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_answered_from_while_others_fill_it() {
    let manager = manager();
    let program = load(&manager, "inverted-index").await;
    let texts = ["README.md", "docs/design.md", "docs/values.md", "docs/limits.md"];
    let texts = texts.map(|name| std::fs::read_to_string(root().join(name)).unwrap());
    let has = |paragraph: &str, wanted: &str| {
        paragraph.split(|letter: char| !letter.is_alphabetic()).any(|word| word.to_lowercase() == wanted)
    };
    let queries = [vec!["the", "manager"], vec!["proxy"], vec!["unicorn"]];
    let expected = queries.clone().map(|query| {
        let mut places = BTreeSet::new();
        for (number, text) in texts.iter().enumerate() {
            let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).enumerate();
            let found = paragraphs.filter(|(_, paragraph)| query.iter().all(|word| has(paragraph, word)));
            places.extend(found.map(|(place, _)| (number, place)));
        }
        places
    });
    assert!(expected[0].len() > 1 && expected[1].len() > 1 && expected[2].is_empty());

    let documents = manager.list(texts.into_iter().enumerate()).unwrap();
    let index = manager.dict::<String, commonhold::Set<(usize, usize)>>([]).unwrap();
    let finished = manager.value("O", &false).unwrap();
    let answering = program.spawn("answer", (queries, &index, &finished)).unwrap();
    let workers: Vec<_> = (0..4).map(|_| program.spawn("enter", (&documents, &index)).unwrap()).collect();
    for worker in workers {
        worker.join::<()>().await.unwrap();
    }
    finished.set(&true).unwrap();
    let answers: [BTreeSet<(usize, usize)>; 3] = answering.join().await.unwrap();
    assert_eq!(answers, expected);
    drop((documents, index, finished, answering));
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_object_is_itself_wherever_python_puts_it() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/nesting.py")).await;
    let outcome = program.spawn("main", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_shared_values_are_shared_by_its_processes() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/shared_values.py")).await;
    let outcome = program.spawn("main", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_processes_wait_for_each_other() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/waiting.py")).await;
    let outcome = program.spawn("main", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_pools_do_their_tasks() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/pools.py")).await;
    let outcome = program.spawn("main", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_proxies_agree_with_pythons_own_types() {
    let manager = manager();
    let script = root().join("guest/python/tests/programs/random_operations.py");
    let program = load_script(&manager, script).await;
    let seed = std::env::var("SEED").unwrap_or_else(|_| fastrand::u64(..1 << 32).to_string());
    println!("SEED={seed}");
    let outcome = program.spawn("main", ("5000", seed)).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_values_are_the_same_by_either_codec() {
    let manager = manager();
    let script = root().join("guest/python/tests/programs/random_values.py");
    let program = load_script(&manager, script).await;
    let seed = std::env::var("SEED").unwrap_or_else(|_| fastrand::u64(..1 << 32).to_string());
    println!("SEED={seed}");
    let outcome = program.spawn("main", ("300", seed)).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_namespaces_and_arrays_agree_with_pythons_own() {
    let manager = manager();
    let script = root().join("guest/python/tests/programs/random_fields.py");
    let program = load_script(&manager, script).await;
    let seed = std::env::var("SEED").unwrap_or_else(|_| fastrand::u64(..1 << 32).to_string());
    println!("SEED={seed}");
    let outcome = program.spawn("main", ("5000", seed)).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
}

//! What is seen of an error on the other side: for each language of a provider and of a consumer, in the words of the
//! consumer's own. `golden/errors-across.txt` has all of it, to be read as a whole; `BLESS=1` writes it anew.

use crate::commands::golden;
use commonhold::{Error, ErrorKind, Manager, Outcome, Program, Proxy};
use commonhold_tests::{javascript_guest, load, load_script, manager, root, settle};
use std::fmt::Write;

/// A language in which there are types that fail.
#[derive(Clone, Copy, PartialEq)]
enum Language {
    Rust,
    JavaScript,
    Python,
}

use Language::{JavaScript, Python, Rust};

const LANGUAGES: [Language; 3] = [Rust, JavaScript, Python];

impl Language {
    fn name(self) -> &'static str {
        match self {
            Rust => "Rust",
            JavaScript => "JavaScript",
            Python => "Python",
        }
    }

    fn typeid(self) -> &'static str {
        match self {
            Rust => "RustFaulty",
            JavaScript => "JsFaulty",
            Python => "PythonFaulty",
        }
    }

    /// What a class of a program is called.
    fn name_of(self, class: &str) -> String {
        if self == Python { format!("__main__.{class}") } else { class.to_owned() }
    }

    async fn load(self, manager: &Manager) -> Program {
        match self {
            Rust => load(manager, "errors").await,
            JavaScript => manager.load(javascript_guest("errors")).await.unwrap(),
            Python => load_script(manager, root().join("tests/programs/python/errors.py")).await,
        }
    }
}

/// What a consumer has seen, line by line. Numbers of objects differ from run to run.
fn write_seen(text: &mut String, seen: Vec<(String, String)>) {
    for (what, seen) in seen {
        let words = seen.split(' ').map(|word| if word.starts_with("0x") { "0x.." } else { word });
        writeln!(text, "{what}:\n    {}", words.collect::<Vec<_>>().join(" ").trim_end()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_is_told_in_every_language_as_what_it_was() {
    let mut text = String::new();
    for provider in LANGUAGES {
        for consumer in LANGUAGES {
            let manager = manager();
            // A provider of another language, through which errors come as well.
            let between = LANGUAGES.into_iter().find(|language| *language != provider).unwrap();
            let _providers = [
                provider.load(&manager).await.provide().await.unwrap(),
                between.load(&manager).await.provide().await.unwrap(),
            ];
            let object = manager.create(provider.typeid(), ()).await.unwrap();
            let other = manager.create(between.typeid(), ()).await.unwrap();
            let program = consumer.load(&manager).await;

            writeln!(text, "== {} sees an error of {}", consumer.name(), provider.name()).unwrap();
            let processes = program.spawn("observes_processes", (&object,)).unwrap();
            write_seen(&mut text, processes.join().await.unwrap());
            let methods = program.spawn("observes", (provider.typeid(), &object, &other)).unwrap();
            write_seen(&mut text, methods.join().await.unwrap());
            writeln!(text).unwrap();
            drop((object, other));
            settle(&manager).await;
        }
    }
    golden("errors-across.txt", &text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_a_process_ends_with_keeps_all_of_its_parts() {
    for provider in LANGUAGES {
        for consumer in LANGUAGES {
            let what = format!("{} through {}", provider.name(), consumer.name());
            let manager = manager();
            let _provider = provider.load(&manager).await.provide().await.unwrap();
            let object: Proxy = manager.create(provider.typeid(), ()).await.unwrap();
            let program = consumer.load(&manager).await;
            let ended = program.spawn("passes_on", (&object, "custom")).unwrap().outcome().await.unwrap();
            let Outcome::Failed(error) = ended else { panic!("{what}: {ended:?}") };
            assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Custom, "7: why"), "{what}");
            assert_eq!(error.type_name, provider.name_of("FaultyError"), "{what}");
            let args = error.args.as_deref().map(|args| commonhold::from_value::<(i64, String)>(args.clone()).unwrap());
            assert_eq!(args, Some((7, "why".to_owned())), "{what}");
            assert!(
                error.traceback.as_deref().is_some_and(|it| it.contains("custom")),
                "{what}: {:?}",
                error.traceback
            );

            // The framework's own keep their kind as well.
            let ended = program.spawn("passes_on", (&object, "flies")).unwrap().outcome().await.unwrap();
            let Outcome::Failed(error) = ended else { panic!("{what}: {ended:?}") };
            assert_eq!((error.kind, &*error.type_name), (ErrorKind::NotExposed, "NotExposed"), "{what}: {error}");
            let made = manager.create(provider.typeid(), ("custom",)).await.unwrap_err();
            assert!(matches!(&made, Error::Call(error) if error.kind == ErrorKind::Custom), "{what}: {made}");
        }
    }
}

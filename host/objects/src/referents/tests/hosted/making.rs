//! Declaring types, and making objects of them.

use super::*;
use crate::referents::hosted::Made;

#[test]
fn constructors_fail_panic_wait_and_give_what_there_is() {
    let bank = Bank::empty();
    let fails = |message: String| -> Result<u8, CallError> { Err(CallError::value(message)) };
    bank.objects.register_host(HostType::<u8>::new("Fails").constructor("message", fails)).unwrap();
    bank.objects.register_host(HostType::<u8>::new("Panics").constructor("", || -> u8 { panic!("oh") })).unwrap();
    assert_eq!(bank.create("Fails", items!["so"], vec![]).unwrap_err().to_string(), "ValueError: so");
    assert_eq!(bank.create("Panics", items![], vec![]).unwrap_err().to_string(), "Internal: Panics() panicked: oh");
    let later = |number: u32| async move {
        assert_ne!(number, 13, "no luck");
        Ok::<_, CallError>(Made::New(number))
    };
    let waits = HostType::<u32>::new("Later").waiting_constructor("number", later).reading("get()", |it: &u32| *it);
    bank.objects.register_host(waits).unwrap();
    let later = bank.create("Later", items![7], vec![]).unwrap();
    assert_eq!(bank.show(&later, "get", items![]), "7");
    let error = bank.create("Later", items![13], vec![]).unwrap_err();
    assert!(error.to_string().starts_with("Internal: Later() panicked: "), "{error}");

    // What there is already.
    let existing = HostObject::create(bank.objects.home(), None, 8_u32).unwrap();
    let weak = existing.downgrade();
    let again = move || match weak.upgrade() {
        Some(object) => Made::Existing(object),
        None => Made::New(9_u32),
    };
    bank.objects.register_host(HostType::<u32>::new("Again").constructor("", again)).unwrap();
    assert_eq!(bank.create("Again", items![], vec![]).unwrap(), *existing.proxy());
    drop(existing);
    assert_eq!(bank.create("Again", items![], vec![]).unwrap().typeid(), "Again");
    drop(later);
    assert_eq!(bank.count(), 0);
}

/// An error that cannot be told.
struct Unspeakable;

impl From<Unspeakable> for CallError {
    fn from(_: Unspeakable) -> Self {
        panic!("no words")
    }
}

#[test]
fn a_constructors_error_that_panics_is_an_error_all_the_same() {
    let bank = Bank::empty();
    let plain = HostType::<u8>::new("Plain").constructor("", || Err::<u8, _>(Unspeakable));
    let later = HostType::<u8>::new("Later").waiting_constructor("", || async { Err::<u8, _>(Unspeakable) });
    bank.objects.register_host(plain).unwrap();
    bank.objects.register_host(later).unwrap();
    for typeid in ["Plain", "Later"] {
        let error = bank.create(typeid, items![], vec![]).unwrap_err();
        assert_eq!(error.to_string(), format!("Internal: {typeid}() panicked: no words"));
    }
    assert_eq!(bank.count(), 0);
}

#[test]
fn a_constructor_gives_no_object_of_another_manager() {
    let (bank, other) = (Bank::new(), Bank::new());
    let theirs = HostObject::create(other.objects.home(), None, Account::new("Eve".into(), 1)).unwrap();
    let gives = theirs.clone();
    let host_type = HostType::<Account>::new("Theirs").constructor("", move || Made::Existing(gives.clone()));
    bank.objects.register_host(host_type).unwrap();
    let error = bank.create("Theirs", items![], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "Internal: the constructor gave an object of another manager");
    // Ours, and the constructor's.
    assert_eq!(theirs.proxy().holders(), 2);
}

#[test]
fn a_singleton_is_one_object_while_it_lives() {
    let made = Arc::new(AtomicUsize::new(0));
    let counts = made.clone();
    let host_type = HostType::<usize>::new("Only")
        .constructor("", move || counts.fetch_add(1, Ordering::SeqCst))
        .singleton()
        .exposed::<String>([]);
    let bank = Bank::with(host_type);
    let first = bank.create("Only", items![], vec![]).unwrap();
    assert_eq!(bank.create("Only", items![], vec![]).unwrap(), first);
    assert_eq!((made.load(Ordering::SeqCst), first.holders(), bank.count()), (1, 1, 1));
    drop(first);
    assert_eq!(bank.count(), 0);
    let second = bank.create("Only", items![], vec![]).unwrap();
    assert_eq!((made.load(Ordering::SeqCst), second.holders()), (2, 1));
}

#[test]
fn each_proxy_to_a_singleton_has_the_rights_that_are_exposed() {
    let host_type = HostType::<i64>::new("Only")
        .constructor("", || 1_i64)
        .singleton()
        .method("set(value)", |it: &mut i64, value: i64| *it = value)
        .reading("get()", |it: &i64| *it)
        .exposed(["get"]);
    let bank = Bank::with(host_type);
    let [first, second] = [(); 2].map(|()| bank.create("Only", items![], vec![]).unwrap());
    assert_eq!(first, second);
    let weak = HostObject::<i64>::try_from(first.clone()).unwrap().downgrade();
    for proxy in [&first, &second, weak.upgrade().unwrap().proxy()] {
        assert_eq!(bank.show(proxy, "get", items![]), "1");
        let refused = "NotExposed: 'set' of 'Only' object is not exposed by this proxy";
        assert_eq!(bank.show(proxy, "set", items![2]), refused);
    }
}

#[test]
fn two_who_make_a_singleton_at_one_time_are_given_the_same() {
    let (opens, gates): (Vec<_>, Vec<_>) = (0..2).map(|_| oneshot::channel::<()>()).unzip();
    let gates = Mutex::new(gates);
    let waits = move |number: i64| {
        let gate = gates.lock().pop();
        async move {
            if let Some(gate) = gate {
                let _opened = gate.await;
            }
            number
        }
    };
    let host_type =
        HostType::<i64>::new("Only").waiting_constructor("number", waits).singleton().reading("get()", |it: &i64| *it);
    let bank = Bank::with(host_type);
    let create = |number: i64| bank.objects.create(&bank.caller, "Only", items![number], vec![], None);
    let mut creating = [1, 2].map(|number| Box::pin(create(number)));
    for creating in &mut creating {
        assert!(creating.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    drop(opens);
    let [first, second] = creating.map(|creating| at_once(creating).unwrap());
    assert_eq!(first, second);
    assert_eq!((first.holders(), bank.count()), (2, 1));
    assert_eq!(bank.show(&second, "get", items![]), "1");
}

#[test]
fn what_is_wrong_with_a_type_is_told() {
    fn told<T: Send + 'static>(bank: &Bank, host_type: HostType<T>) -> String {
        bank.objects.register_host(host_type).unwrap_err().to_string()
    }
    let bank = Bank::new();
    let new = || HostType::<u8>::new("Thing");
    let get = |it: &u8| *it;
    let add = |it: &mut u8, by: u8| *it += by;
    for (host_type, reason) in [
        (HostType::new("list"), "cannot register the type 'list': there is a shared type of that name already"),
        (HostType::new("Account"), "cannot register the type 'Account': there is a shared type of that name already"),
        (HostType::new(""), "cannot register the type '': that is no name for a type"),
        (new().reading("get", get), "no '(' before '' in the signature 'get'"),
        (new().reading("get(x)", get), "method 'get': 1 parameters are declared, and the function has 0"),
        (new().method("add(by='x')", add), "method 'add': the default of 'by' does not fit: expected int, found str"),
        (new().method("add(by=256)", add), "method 'add': the default of 'by' does not fit: 256 does not fit u8"),
        (new().reading("get()", get).reading("get()", get), "it has two methods of the same name"),
        (new().exposed(["get"]), "it exposes a method 'get', which it does not have"),
        (new().heavy(), "'heavy' is said before any method"),
        (new().singleton(), "it is a singleton without a constructor"),
        (new().constructor("", || 1_u8).constructor("", || 2_u8), "it has two constructors"),
        (new().reading("get()", get).constructor("", || 1_u8), "its constructor is declared after a method"),
        (new().constructor("x", || 1_u8), "its constructor: 1 parameters are declared, and the function has 0"),
        (
            new().reading("get()", get).gives("Account"),
            "a method gives a 'Account', which no type of the manager's own that can be created is called",
        ),
        (
            new().waiting("get()", |me: HostObject<u8>| async move { me.with(|it| *it) }).heavy(),
            "method 'get': 'get' waits, so it cannot be heavy: let its heavy part be a blocking task",
        ),
        (
            (0..63).fold(new(), |host_type, number| host_type.reading(&format!("get{number}()"), get)),
            "it has 63 methods; 62 is the most",
        ),
    ] {
        let told = told(&bank, host_type);
        assert!(told.starts_with("cannot register the type '") && told.ends_with(reason), "{told}");
    }
    // What was refused has left nothing behind.
    let error = HostObject::create(bank.objects.home(), None, 1_u8).unwrap_err();
    assert_eq!(error.to_string(), "NoSuchType: no shared type is registered of the Rust type u8");
    let typeids = bank.objects.typeids();
    assert!(typeids.contains(&"Account".to_owned()) && !typeids.contains(&"Thing".to_owned()));
}

#[test]
fn one_rust_type_can_be_several_types() {
    let bank = Bank::new();
    let savings = HostType::<Account>::new("Savings")
        .text(|it| format!("Savings({})", it.balance))
        .reading("as_account()", |it: &Account| New::of("Account", Account::new(String::new(), it.balance)));
    bank.objects.register_host(savings).unwrap();
    let make = |typeid| HostObject::create(bank.objects.home(), typeid, Account::new("Ada".into(), 2));
    assert_eq!(make(None).unwrap().proxy().typeid(), "Account");
    let savings = make(Some("Savings")).unwrap();
    assert_eq!(bank.text(savings.proxy()).unwrap(), "Savings(2)");
    assert_eq!(bank.text(&bank.proxy(savings.proxy(), "as_account", items![])).unwrap(), "Account(, 2)");
    let error = make(Some("list")).unwrap_err().to_string();
    assert!(error.starts_with("NoSuchType: no shared type 'list' is registered of the Rust type "), "{error}");
    // Without a constructor it is made by code only.
    let error = bank.create("Savings", items![], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "NoSuchType: objects of type 'Savings' cannot be created by name");
    assert!(!bank.objects.typeids().contains(&"Savings".to_owned()));
}

/// A type's own code may hold objects, which hold the set of all.
#[test]
fn types_are_forgotten_with_what_their_code_holds() {
    let bank = Bank::new();
    let ada = HostObject::create(bank.objects.home(), None, Account::default()).unwrap();
    let holds = ada.clone();
    let shared = HostType::<Account>::new("Shared").constructor("", move || Made::Existing(holds.clone()));
    bank.objects.register_host(shared).unwrap();
    assert_eq!(bank.create("Shared", items![], vec![]).unwrap(), *ada.proxy());
    assert_eq!(ada.proxy().holders(), 2);
    bank.objects.forget_hosted();
    assert_eq!(ada.proxy().holders(), 1);
    assert_eq!(bank.create("Shared", items![], vec![]).unwrap_err().kind, ErrorKind::NoSuchType);
    assert_eq!(bank.show(ada.proxy(), "balance", items![]), "0");
}

//! Types that an embedder implements: their methods.

mod iterating;
mod making;

use super::*;
use crate::error::Error;
use crate::manager::{Objects, census};
use crate::object::Effect;
use crate::referents::hosted::{HostObject, HostType, Items, Itself, New};
use crate::sync::{AtomicUsize, Ordering, oneshot};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the tests' objects are.
#[derive(Default)]
struct Account {
    owner: String,
    balance: u64,
    held: Vec<Proxy>,
}

impl Account {
    fn new(owner: String, balance: u64) -> Self {
        Self { owner, balance, held: Vec::new() }
    }

    fn withdraw(&mut self, amount: u64) -> Result<u64, CallError> {
        self.balance = self.balance.checked_sub(amount).ok_or_else(|| {
            let error = CallError::new(ErrorKind::Custom, format!("only {} left", self.balance));
            error.with_type_name("InsufficientFunds").with_args(Value::Tuple(vec![self.balance.into()]))
        })?;
        Ok(self.balance)
    }
}

fn account() -> HostType<Account> {
    HostType::<Account>::new("Account")
        .doc("Somebody's money.")
        .constructor("owner, balance=0", Account::new)
        .method(
            "deposit(amount, times=1, *, note='')",
            |account: &mut Account, amount: u64, times: u64, _note: String| {
                account.balance += amount * times;
                Itself
            },
        )
        .doc("Puts something into it.")
        .method("withdraw(amount, /)", Account::withdraw)
        .reading("balance()", |account: &Account| account.balance)
        .reading("owner()", |account: &Account| account.owner.clone())
        .reading("child(owner)", |account: &Account, owner: String| New(Account::new(owner, account.balance)))
        .reading("find(owner)", |account: &Account, owner: String| {
            (owner == account.owner).then(|| New(Account::new(owner, 0)))
        })
        .reading("entries()", |account: &Account| vec![account.balance, 2])
        .gives("list")
        .reading("countdown()", |account: &Account| Items((0..account.balance).rev()))
        .method("hold(*objects)", |account: &mut Account, objects: Vec<Proxy>| account.held.extend(objects))
        .method("let_go()", |account: &mut Account| account.held.clear())
        .method("absorb(other)", |account: &mut Account, other: HostObject<Account>| -> Result<(), Error> {
            account.balance += other.with(|other| other.balance)?;
            Ok(())
        })
        .method("panic(message)", |account: &mut Account, message: String| {
            account.balance = 0;
            if !message.is_empty() {
                panic!("{message}");
            }
        })
        .waiting("pay(to, amount)", |me: HostObject<Account>, to: HostObject<Account>, amount: u64| async move {
            me.with_mut(|account| account.withdraw(amount))??;
            to.with_mut(|account| account.balance += amount)
        })
        .text(|account| {
            assert_ne!(account.owner, "unprintable");
            format!("Account({}, {})", account.owner, account.balance)
        })
        .copy(|account| (account.owner.clone(), account.balance))
        .contains(|account, show| account.held.iter().for_each(show))
}

/// A manager's objects, with some types of the embedder's.
struct Bank {
    objects: Arc<Objects>,
    caller: Caller,
}

impl Bank {
    fn new() -> Self {
        let bank = Self::empty();
        bank.objects.register_host(account()).unwrap();
        bank
    }

    fn empty() -> Self {
        let objects = Objects::new(Limits::default());
        let caller = objects.caller("test");
        Self { objects, caller }
    }

    fn with<T: Send + 'static>(host_type: HostType<T>) -> Self {
        let bank = Self::empty();
        bank.objects.register_host(host_type).unwrap();
        bank
    }

    fn create(&self, typeid: &str, args: Vec<Item>, kwargs: Vec<(&str, Item)>) -> Outcome<Proxy> {
        let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
        at_once(self.objects.create(&self.caller, typeid, args, kwargs, None))
    }

    fn account(&self, owner: &str, balance: u64) -> Proxy {
        self.create("Account", items![owner, balance], vec![]).unwrap()
    }

    fn call(&self, me: &Proxy, method: &str, args: Vec<Item>) -> Outcome<Item> {
        now(me, &self.caller, method, args)
    }

    fn proxy(&self, me: &Proxy, method: &str, args: Vec<Item>) -> Proxy {
        match self.call(me, method, args).unwrap() {
            Item::Proxy(proxy) => *proxy,
            other => panic!("no proxy: {other:?}"),
        }
    }

    fn show(&self, me: &Proxy, method: &str, args: Vec<Item>) -> String {
        shown(self.call(me, method, args))
    }

    fn show_with(&self, me: &Proxy, method: &str, args: Vec<Item>, kwargs: Vec<(&str, Item)>) -> String {
        let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
        shown(at_once(call::call(me, &self.caller, method, args.into(), kwargs)))
    }

    fn text(&self, me: &Proxy) -> Outcome<String> {
        at_once(call::to_text(me, &self.caller))
    }

    fn count(&self) -> u64 {
        settle();
        self.objects.home().number_of_objects()
    }
}

fn item(proxy: &Proxy) -> Item {
    Item::proxy(proxy.clone())
}

#[test]
fn methods_take_positions_keywords_and_defaults() {
    let bank = Bank::new();
    let ada = bank.create("Account", vec![], vec![("owner", v("Ada"))]).unwrap();
    assert_eq!(bank.show(&ada, "balance", items![]), "0");
    assert_eq!(bank.proxy(&ada, "deposit", items![5]), ada);
    bank.call(&ada, "deposit", items![1, 2]).unwrap();
    bank.show_with(&ada, "deposit", items![10], vec![("note", v("x")), ("times", v(3))]);
    assert_eq!(bank.show(&ada, "withdraw", items![7]), "30");
    assert_eq!(bank.text(&ada).unwrap(), "Account(Ada, 30)");
    assert_eq!(shown(at_once(call::get_value(&ada, &bank.caller))), "('Ada', 30)");
    let error = bank.call(&ada, "withdraw", items![31]).unwrap_err();
    assert_eq!((error.kind, error.to_string()), (ErrorKind::Custom, "InsufficientFunds: only 30 left".into()));
    assert_eq!(error.args.as_deref(), Some(&tuple![30]));
    assert_eq!((ada.typeid(), ada.body().type_info().doc()), ("Account", "Somebody's money."));
    assert_eq!(ada.repr(), format!("<AutoProxy[Account] object, typeid 'Account' at {:#x}>", ada.id()));
}

#[test]
fn a_type_error_names_the_parameter() {
    let bank = Bank::new();
    let ada = bank.account("Ada", 5);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    for (method, args, kwargs, message) in [
        ("deposit", items![], vec![], "TypeError: deposit() missing required argument 'amount'"),
        ("deposit", items!["x"], vec![], "TypeError: deposit() argument 'amount' must be int, not str"),
        ("deposit", items![1.5], vec![], "TypeError: deposit() argument 'amount' must be int, not float"),
        ("deposit", items![1, list![]], vec![], "TypeError: deposit() argument 'times' must be int, not list"),
        ("deposit", items![1], vec![("note", v(1))], "TypeError: deposit() argument 'note' must be str, not int"),
        ("deposit", items![-1], vec![], "OverflowError: deposit() argument 'amount': -1 does not fit u64"),
        ("deposit", items![1, 2, 3], vec![], "TypeError: deposit expected at most 2 arguments, got 3"),
        ("deposit", items![1], vec![("x", v(1))], "TypeError: deposit() got an unexpected keyword argument 'x'"),
        (
            "deposit",
            items![1],
            vec![("amount", v(1))],
            "TypeError: argument for deposit() given by name ('amount') and position (1)",
        ),
        ("withdraw", items![], vec![], "TypeError: Account.withdraw() takes exactly one argument (0 given)"),
        ("balance", items![1], vec![], "TypeError: Account.balance() takes no arguments (1 given)"),
        ("hold", items![1], vec![], "TypeError: hold() argument 'objects': item [0]: expected a proxy, found int"),
        ("absorb", items![1], vec![], "TypeError: absorb() argument 'other' must be a proxy, not int"),
        (
            "absorb",
            vec![item(&list)],
            vec![],
            "TypeError: absorb() argument 'other': expected a proxy to a 'Account', got one to a 'list'",
        ),
        ("fly", items![], vec![], "NotExposed: 'Account' object has no exposed method 'fly'"),
    ] {
        assert_eq!(bank.show_with(&ada, method, args, kwargs), message);
    }
    for (args, message) in [
        (items![], "TypeError: Account() missing required argument 'owner'"),
        (items![1], "TypeError: Account() argument 'owner' must be str, not int"),
        (items!["Ada", 1, 2], "TypeError: Account() takes at most 2 arguments (3 given)"),
    ] {
        assert_eq!(bank.create("Account", args, vec![]).unwrap_err().to_string(), message);
    }
    assert_eq!(bank.show(&ada, "balance", items![]), "5");
}

#[test]
fn methods_give_copies_new_objects_and_themselves() {
    let bank = Bank::new();
    let ada = bank.account("Ada", 5);
    let child = bank.proxy(&ada, "child", items!["Bob"]);
    assert_eq!((bank.text(&child).unwrap(), child.typeid()), ("Account(Bob, 5)".into(), "Account"));
    assert_eq!(bank.show(&ada, "find", items!["Eve"]), "None");
    let found = bank.proxy(&ada, "find", items!["Ada"]);
    assert_ne!(found, ada);
    let entries = bank.proxy(&ada, "entries", items![]);
    assert_eq!((entries.typeid(), bank.text(&entries).unwrap()), ("list", "[5, 2]".into()));
    assert_eq!(bank.count(), 4);

    // With the rights of the proxy that was called.
    let rights = Rights::only(["deposit"]);
    let grant = ada.grant().narrow(&rights, ada.body().type_info(), bank.caller.actor.id()).unwrap();
    let narrow = ada.with_grant(grant);
    let itself = bank.proxy(&narrow, "deposit", items![1]);
    assert_eq!(itself, ada);
    assert_eq!(bank.call(&itself, "balance", items![]).unwrap_err().kind, ErrorKind::NotExposed);
    assert_eq!(bank.text(&itself).unwrap_err().kind, ErrorKind::NotExposed);
    drop((child, found, entries, narrow, itself, ada));
    assert_eq!(bank.count(), 0);
}

#[test]
fn what_is_exposed_is_a_new_objects_rights() {
    let host_type = HostType::<i64>::new("Cell")
        .constructor("start=0", |start: i64| start)
        .method("set(value)", |cell: &mut i64, value: i64| *cell = value)
        .reading("get()", |cell: &i64| *cell)
        .waiting("get_later()", |me: HostObject<i64>| async move { me.with(|cell| *cell) })
        .reads()
        .reading("twin()", |cell: &i64| New(*cell))
        .exposed(["get", "get_later", "twin"]);
    let bank = Bank::with(host_type);
    let cell = bank.create("Cell", items![3], vec![]).unwrap();
    assert_eq!(bank.show(&cell, "get_later", items![]), "3");
    let twin = bank.proxy(&cell, "twin", items![]);
    let made = HostObject::create(bank.objects.home(), None, 3_i64).unwrap();
    for proxy in [&cell, &twin, made.proxy()] {
        assert_eq!(bank.show(proxy, "get", items![]), "3");
        let refused = bank.call(proxy, "set", items![1]).unwrap_err();
        assert_eq!(refused.to_string(), "NotExposed: 'set' of 'Cell' object is not exposed by this proxy");
    }
    let methods = cell.body().type_info().methods();
    let reading: Vec<_> =
        methods.iter().filter(|method| method.effect() == Effect::Reads).map(|method| method.name()).collect();
    assert_eq!(reading, ["get", "get_later", "twin"]);
    assert_eq!(methods.iter().filter(|method| method.waits()).count(), 1);
    // No copy and no text of its own.
    let error = at_once(call::get_value(&cell, &bank.caller)).unwrap_err();
    assert_eq!(error.to_string(), "Unserializable: cannot copy a 'Cell' object out of the manager");
    assert_eq!(bank.text(&cell).unwrap(), format!("<Cell object at {:#x}>", cell.id()));
}

#[test]
fn a_panic_is_an_error_and_poisons_its_object_only() {
    let bank = Bank::new();
    let (ada, bob) = (bank.account("Ada", 5), bank.account("Bob", 6));
    bank.call(&ada, "hold", vec![item(&bob)]).unwrap();
    assert_eq!(bank.show(&ada, "panic", items![""]), "None");
    assert_eq!(bank.show(&ada, "panic", items!["oh no"]), "Internal: panic() panicked: oh no");
    let poisoned =
        format!("Internal: the 'Account' object {:#x} is poisoned: a method of it has panicked: oh no", ada.id());
    assert_eq!(bank.show(&ada, "balance", items![]), poisoned);
    assert_eq!(bank.show(&ada, "pay", vec![item(&bob), v(0)]), poisoned);
    assert_eq!(bank.text(&ada).unwrap_err().to_string(), poisoned);
    let object = HostObject::<Account>::try_from(ada.clone()).unwrap();
    assert_eq!(object.with(|_| ()).unwrap_err().to_string(), poisoned);
    assert_eq!(bank.show(&bob, "balance", items![]), "6");
    assert_eq!(bank.show(&bob, "pay", vec![item(&ada), v(0)]), poisoned);
    assert_eq!(bank.show(&bob, "balance", items![]), "6");

    // It still holds what it held, and lets go of it.
    let bob_id = bob.id();
    drop(bob);
    let seen = census(&bank.objects);
    assert_eq!((seen[0].contains.as_slice(), seen.len()), ([bob_id].as_slice(), 2));
    drop((ada, object));
    assert_eq!(bank.count(), 0);

    // Printing is a method, too.
    let odd = bank.account("unprintable", 0);
    assert!(bank.text(&odd).unwrap_err().message.starts_with("printing it panicked: assertion"));
    assert!(bank.call(&odd, "balance", items![]).unwrap_err().message.contains("is poisoned"));
}

#[test]
fn a_panic_of_the_embedders_own_code_is_its_own_and_poisons_as_well() {
    let bank = Bank::new();
    let ada = HostObject::create(bank.objects.home(), None, Account::new("Ada".into(), 1)).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ada.with(|_| panic!("mine"))));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"mine"));
    assert!(bank.call(ada.proxy(), "balance", items![]).unwrap_err().message.ends_with("has panicked: mine"));
}

#[test]
fn a_destructor_that_panics_harms_nobody() {
    struct Bomb(Option<Proxy>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let host_type = HostType::<Bomb>::new("Bomb")
        .constructor("inner=None", Bomb)
        .method("panic()", |_: &mut Bomb| -> () { panic!("called") })
        .contains(|bomb, show| bomb.0.iter().for_each(show));
    let bank = Bank::with(host_type);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    let bomb = bank.create("Bomb", vec![item(&list)], vec![]).unwrap();
    let outer = bank.create("Bomb", vec![Item::proxy(bomb)], vec![]).unwrap();
    assert_eq!(bank.show(&outer, "panic", items![]), "Internal: panic() panicked: called");
    drop((outer, list));
    assert_eq!(bank.count(), 0);
}

#[test]
fn what_an_object_holds_is_seen_and_freed_with_it() {
    let bank = Bank::new();
    let ada = bank.account("Ada", 0);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    bank.call(&ada, "hold", vec![item(&list), item(&list)]).unwrap();
    let seen = census(&bank.objects);
    assert_eq!(seen[0].contains, [list.id(), list.id()]);
    assert_eq!(list.holders(), 3);
    drop(list);
    assert_eq!(bank.count(), 2);
    bank.call(&ada, "let_go", items![]).unwrap();
    assert_eq!(bank.count(), 1);

    // A long chain takes no stack, neither when it is let go of in a method nor when its first link goes.
    let mut last = bank.account("", 0);
    for _ in 0..50_000 {
        let next = bank.account("", 0);
        bank.call(&next, "hold", vec![Item::proxy(last)]).unwrap();
        last = next;
    }
    bank.call(&ada, "hold", vec![Item::proxy(last)]).unwrap();
    assert_eq!(bank.count(), 50_002);
    bank.call(&ada, "let_go", items![]).unwrap();
    assert_eq!(bank.count(), 1);
}

/// What a method lets go of may be another host object, whose destructor looks around.
#[test]
fn what_a_method_lets_go_of_is_freed_after_it() {
    struct Looks(Proxy, Arc<Mutex<Vec<String>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            let object = HostObject::<Account>::try_from(self.0.clone()).unwrap();
            self.1.lock().push(object.with(|account| account.owner.clone()).unwrap_or_else(|error| error.to_string()));
        }
    }
    let bank = Bank::new();
    bank.objects.register_host(HostType::<Looks>::new("Looks")).unwrap();
    let (ada, seen) = (bank.account("Ada", 0), Arc::default());
    let looks = HostObject::create(bank.objects.home(), None, Looks(ada.clone(), Arc::clone(&seen))).unwrap();
    bank.call(&ada, "hold", vec![item(looks.proxy())]).unwrap();
    drop(looks);
    bank.call(&ada, "let_go", items![]).unwrap();
    assert_eq!(*seen.lock(), ["Ada"]);
}

#[test]
fn a_method_cannot_look_into_another_state_meanwhile() {
    let bank = Bank::new();
    let (ada, bob) = (bank.account("Ada", 5), bank.account("Bob", 6));
    // Nor into its own: that would be a hang.
    for other in [&bob, &ada] {
        let error = bank.call(&ada, "absorb", vec![item(other)]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Runtime);
        assert!(error.message.starts_with("a method that works on one host object cannot look into another"));
    }
    // One after the other is how it is done.
    assert_eq!(bank.show(&ada, "pay", vec![item(&bob), v(2)]), "None");
    assert_eq!(bank.show(&ada, "pay", vec![item(&ada), v(2)]), "None");
    assert_eq!(bank.show(&ada, "pay", vec![item(&bob), v(4)]), "InsufficientFunds: only 3 left");
    assert_eq!(
        (bank.text(&ada).unwrap(), bank.text(&bob).unwrap()),
        ("Account(Ada, 3)".into(), "Account(Bob, 8)".into())
    );
}

/// A gate that a method waits at.
type Gate = Arc<Mutex<Option<oneshot::Receiver<()>>>>;

fn waits_at(gate: &Gate, dropped: &Arc<AtomicUsize>) -> HostType<i64> {
    struct Noted(Arc<AtomicUsize>);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (gate, dropped) = (gate.clone(), dropped.clone());
    HostType::<i64>::new("Cell")
        .waiting("add(by)", move |me: HostObject<i64>, by: i64| {
            let (gate, noted) = (gate.lock().take(), Noted(dropped.clone()));
            assert_ne!(by, 13, "no luck");
            async move {
                if let Some(gate) = gate {
                    let _opened = gate.await;
                }
                assert_ne!(by, 99, "too much");
                drop(noted);
                me.with_mut(|cell| {
                    *cell += by;
                    *cell
                })
            }
        })
        .reading("get()", |cell: &i64| *cell)
}

#[test]
fn nobody_waits_for_a_method_that_waits() {
    let (gate, dropped) = (Gate::default(), Arc::default());
    let bank = Bank::with(waits_at(&gate, &dropped));
    let cell = HostObject::create(bank.objects.home(), None, 1_i64).unwrap();
    let (open, receiver) = oneshot::channel();
    *gate.lock() = Some(receiver);
    let mut waiting = begun(cell.proxy(), &bank.caller, "add", items![5]);
    assert_eq!(bank.show(cell.proxy(), "get", items![]), "1");
    assert_eq!(bank.show(cell.proxy(), "add", items![2]), "3");
    // The method holds the object.
    assert_eq!(cell.proxy().holders(), 2);
    waiting.waits();
    open.send(()).unwrap();
    assert_eq!(waiting.over(), "8");

    // Whose caller is gone is gone.
    let (_open, receiver) = oneshot::channel();
    *gate.lock() = Some(receiver);
    dropped.store(0, Ordering::SeqCst);
    drop(begun(cell.proxy(), &bank.caller, "add", items![5]));
    assert_eq!((dropped.load(Ordering::SeqCst), cell.proxy().holders()), (1, 1));
    assert_eq!(bank.show(cell.proxy(), "get", items![]), "8");

    // And so is who waits with rights that are taken back.
    let by = bank.caller.actor.id();
    let grant = cell.proxy().grant().narrow(&Rights::all(), cell.proxy().body().type_info(), by).unwrap();
    let narrow = cell.proxy().with_grant(grant);
    let (_open, receiver) = oneshot::channel();
    *gate.lock() = Some(receiver);
    let waiting = begun(&narrow, &bank.caller, "add", items![5]);
    narrow.grant().revoke(by).unwrap();
    assert!(waiting.over().starts_with("Revoked: "));
    assert_eq!((dropped.load(Ordering::SeqCst), cell.proxy().holders()), (2, 2));
    assert_eq!(bank.show(cell.proxy(), "get", items![]), "8");
}

#[test]
fn a_panic_in_a_method_that_waits_poisons_as_well() {
    let (gate, dropped) = (Gate::default(), Arc::default());
    let bank = Bank::with(waits_at(&gate, &dropped));
    for (by, message) in [(13, "no luck"), (99, "too much")] {
        let cell = HostObject::create(bank.objects.home(), None, 1_i64).unwrap();
        let error = bank.call(cell.proxy(), "add", items![by]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Internal);
        assert!(error.message.starts_with("add() panicked: ") && error.message.contains(message), "{error}");
        let error = bank.call(cell.proxy(), "get", items![]).unwrap_err();
        assert!(error.message.contains("is poisoned") && error.message.contains(message), "{error}");
        assert_eq!(cell.proxy().holders(), 1);
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[test]
fn a_panic_while_a_method_that_waits_is_given_up_poisons_as_well() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("given up");
        }
    }
    let host_type = HostType::<i64>::new("Cell")
        .waiting("wait()", |_: HostObject<i64>| async {
            let _bomb = Bomb;
            std::future::pending::<()>().await;
        })
        .reading("get()", |cell: &i64| *cell);
    let bank = Bank::with(host_type);
    let cell = HostObject::create(bank.objects.home(), None, 1_i64).unwrap();
    drop(begun(cell.proxy(), &bank.caller, "wait", items![]));
    let id = cell.proxy().id();
    let poisoned = format!("Internal: the 'Cell' object {id:#x} is poisoned: a method of it has panicked: given up");
    assert_eq!(bank.show(cell.proxy(), "get", items![]), poisoned);
}

#[test]
fn no_method_that_waits_is_begun_on_what_is_poisoned() {
    let begins = Arc::new(AtomicUsize::new(0));
    let counts = begins.clone();
    let host_type = HostType::<i64>::new("Cell").method("panic()", |_: &mut i64| -> () { panic!("oh") }).waiting(
        "wait()",
        move |_: HostObject<i64>| {
            counts.fetch_add(1, Ordering::SeqCst);
            async {}
        },
    );
    let bank = Bank::with(host_type);
    let cell = HostObject::create(bank.objects.home(), None, 1_i64).unwrap();
    assert_eq!(bank.show(cell.proxy(), "wait", items![]), "None");
    assert_eq!(bank.show(cell.proxy(), "panic", items![]), "Internal: panic() panicked: oh");
    let error = bank.call(cell.proxy(), "wait", items![]).unwrap_err();
    assert!(error.message.ends_with("is poisoned: a method of it has panicked: oh"), "{error}");
    assert_eq!(begins.load(Ordering::SeqCst), 1);
}

#[test]
fn a_method_that_waits_ends_with_the_time_of_the_proxy() {
    timed(async {
        let (gate, dropped) = (Gate::default(), Arc::default());
        let bank = Bank::with(waits_at(&gate, &dropped));
        let cell = HostObject::create(bank.objects.home(), None, 1_i64).unwrap();
        let rights = Rights { lifetime: Some(Duration::from_secs(5)), ..Rights::all() };
        let grant = cell.proxy().grant().narrow(&rights, cell.proxy().body().type_info(), 1).unwrap();
        let narrow = cell.proxy().with_grant(grant);
        let (_open, receiver) = oneshot::channel();
        *gate.lock() = Some(receiver);
        let mut waiting = begun(&narrow, &bank.caller, "add", items![5]);
        tokio::time::advance(Duration::from_secs(4)).await;
        waiting.waits();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(waiting.over(), "Revoked: the proxy has expired");
        assert_eq!((dropped.load(Ordering::SeqCst), cell.proxy().holders()), (1, 2));
        assert_eq!(bank.show(cell.proxy(), "get", items![]), "1");
    });
}

#[test]
fn a_panic_in_what_makes_a_copy_is_an_error_and_harms_no_state() {
    struct Loud;
    impl serde::Serialize for Loud {
        fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            panic!("too loud")
        }
    }
    let host_type = HostType::<i64>::new("Loud").constructor("", || 1_i64).reading("get()", |it: &i64| *it);
    let bank = Bank::with(host_type.copy(|_| Loud));
    let loud = bank.create("Loud", items![], vec![]).unwrap();
    let error = at_once(call::get_value(&loud, &bank.caller)).unwrap_err();
    assert_eq!(error.to_string(), "Internal: copying it panicked: too loud");
    assert_eq!(bank.show(&loud, "get", items![]), "1");
}

#[test]
fn hostile_arguments_are_errors() {
    #[derive(serde::Deserialize)]
    struct Nested(#[allow(dead_code)] Vec<Nested>);
    let host_type = HostType::<()>::new("Reads")
        .constructor("", || ())
        .reading("nested(it)", |_: &(), _it: Nested| ())
        .reading("value(it)", |_: &(), it: Plain| it)
        .reading("rest(**rest)", |_: &(), rest: BTreeMap<String, i64>| rest.len() as i64)
        .reading("big()", |_: &()| "x".repeat(2 << 20));
    let objects = Objects::new(Limits { value_bytes: 1 << 20, ..Limits::default() });
    let bank = Bank { caller: objects.caller("test"), objects };
    bank.objects.register_host(host_type).unwrap();
    let reads = bank.create("Reads", items![], vec![]).unwrap();
    let nested = |depth| (1..depth).fold(list![], |inner, _| list![inner]);
    assert_eq!(bank.show(&reads, "nested", vec![v(nested(128))]), "None");
    let error = bank.call(&reads, "nested", vec![v(nested(129))]).unwrap_err();
    assert_eq!(error.to_string(), "BadValue: nested() argument 'it' nests more than 128 deep");
    // A value as it is goes as deep as values do.
    assert!(bank.call(&reads, "value", vec![v(nested(490))]).is_ok());
    assert_eq!(bank.show_with(&reads, "rest", vec![], vec![("a", v(1)), ("b", v(2))]), "2");
    assert_eq!(
        bank.show_with(&reads, "rest", vec![], vec![("a", v(1)), ("a", v(2))]),
        "TypeError: rest() got multiple values for keyword argument 'a'"
    );
    assert_eq!(bank.call(&reads, "big", items![]).unwrap_err().kind, ErrorKind::QuotaExceeded);
}

//! Types that the embedder implements, used by guests.

use crate::wat::Process as Text;
use commonhold::{
    CallError, Error, ErrorKind, Event, HostObject, HostType, Items, Itself, List, Made, Manager, New, Outcome,
    Process, Proxy, Value, WeakManager,
};
use commonhold_tests::{assert_exact, load, load_script, manager, root, settle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Account {
    owner: String,
    balance: u64,
    entries: Vec<u64>,
    held: Vec<Proxy>,
}

impl Account {
    fn new(owner: String, balance: u64) -> Self {
        Self { owner, balance, entries: Vec::new(), held: Vec::new() }
    }

    fn deposit(&mut self, amount: u64) {
        self.balance += amount;
        self.entries.push(amount);
    }

    fn withdraw(&mut self, amount: u64) -> Result<u64, CallError> {
        self.balance = self.balance.checked_sub(amount).ok_or_else(|| {
            let error = CallError::new(ErrorKind::Custom, format!("only {} left", self.balance));
            error.with_type_name("InsufficientFunds").with_args(Value::Tuple(vec![self.balance.into()]))
        })?;
        Ok(self.balance)
    }
}

/// How many methods wait for an event.
type Waiting = Arc<AtomicUsize>;

fn account(waiting: &Waiting) -> HostType<Account> {
    /// Counts while it exists.
    struct Waits(Waiting);
    impl Drop for Waits {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let waiting = waiting.clone();
    HostType::<Account>::new("Account")
        .constructor("owner, balance=0", Account::new)
        .method("deposit(amount, times=1, *, note='')", |it: &mut Account, amount: u64, times: u64, _note: String| {
            (0..times).for_each(|_| it.balance += amount);
            it.entries.push(amount * times);
            Itself
        })
        .method("deposit_all(amounts: iterable)", |it: &mut Account, amounts: Vec<u64>| {
            amounts.into_iter().for_each(|amount| it.deposit(amount));
            it.balance
        })
        .method("withdraw(amount)", Account::withdraw)
        .reading("balance()", |it: &Account| it.balance)
        .reading("child(owner)", |_: &Account, owner: String| New(Account::new(owner, 0)))
        .reading("entries()", |it: &Account| it.entries.clone())
        .gives("list")
        .reading("countdown()", |it: &Account| Items((0..it.balance).rev()))
        .reading("__iter__()", |it: &Account| Items(it.entries.clone().into_iter()))
        .waiting("pay(to, amount)", |me: HostObject<Account>, to: HostObject<Account>, amount: u64| async move {
            let rest = me.with_mut(|it| it.withdraw(amount))??;
            tokio::task::yield_now().await;
            to.with_mut(|to| to.deposit(amount))?;
            Ok::<_, Error>(rest)
        })
        .waiting("wait_for(event)", move |me: HostObject<Account>, event: Event| {
            waiting.fetch_add(1, Ordering::SeqCst);
            let waits = Waits(waiting.clone());
            async move {
                event.wait().await?;
                drop(waits);
                me.with_mut(|it| it.deposit(100))
            }
        })
        .method("hold(objects)", |it: &mut Account, objects: Vec<Proxy>| it.held.extend(objects))
        .method("panic(message)", |it: &mut Account, message: String| {
            if it.balance > 0 {
                panic!("{message}");
            }
        })
        .text(|it| format!("Account({}, {})", it.owner, it.balance))
        .copy(|it| (it.owner.clone(), it.balance))
        .contains(|it, show| it.held.iter().for_each(show))
}

fn bank() -> (Manager, Waiting) {
    let (manager, waiting) = (manager(), Waiting::default());
    manager.register(account(&waiting)).unwrap();
    (manager, waiting)
}

async fn assert_nothing_is_left(manager: &Manager) {
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
}

fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_in_rust_uses_a_host_type() {
    let (manager, _) = bank();
    let client = load(&manager, "basics").await;
    // It panics for one of its checks.
    let checks: u64 = client.spawn("hosted", ()).unwrap().join().await.unwrap();
    assert!(checks > 30, "it has made {checks} checks");
    assert_nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_in_python_uses_a_host_type() {
    let (manager, _) = bank();
    let script = load_script(&manager, root().join("tests/programs/python/host_types.py")).await;
    script.spawn("main", ()).unwrap().join::<()>().await.unwrap();
    assert_nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_work_on_one_object_and_the_embedder_sees_its_state() {
    let (manager, _) = bank();
    let account = manager.host_object(Account::new("all".into(), 0)).unwrap();
    let program = load(&manager, "basics").await;
    let processes: Vec<Process> = (0..4).map(|_| program.spawn("deposits", (&account, 250)).unwrap()).collect();
    for process in processes {
        process.join::<()>().await.unwrap();
    }
    assert_eq!(account.with(|it| (it.balance, it.entries.len())).unwrap(), (1000, 1000));
    let id = account.proxy().id();
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(id, 1)]));
    let proxy: Proxy = account.proxy().clone();
    let same = HostObject::<Account>::try_from(proxy).unwrap();
    assert_eq!(same, account);
    let list = manager.list([1]).unwrap();
    let error = HostObject::<Account>::try_from(list.proxy().clone()).unwrap_err();
    assert_eq!(error.to_string(), "TypeError: expected a proxy to a 'Account', got one to a 'list'");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_waits_is_given_up_with_its_caller() {
    let (manager, waiting) = bank();
    let (account, event) = (manager.host_object(Account::new("Ada".into(), 0)).unwrap(), manager.event());
    let program = load(&manager, "basics").await;
    let start = || program.spawn("waits_in_a_method", (&account, &event)).unwrap();
    let (killed, waits) = (start(), start());
    while waiting.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    // Nobody waits for those who wait, and both hold what they wait with.
    account.proxy().call::<_, Proxy>("deposit", (1,)).await.unwrap();
    killed.kill().await.unwrap();
    assert_eq!(waiting.load(Ordering::SeqCst), 1);
    assert!(matches!(killed.outcome().await.unwrap(), Outcome::Killed));
    event.set().unwrap();
    waits.join::<()>().await.unwrap();
    assert_eq!(account.with(|it| it.balance).unwrap(), 101);
    let held = BTreeMap::from([(account.proxy().id(), 1), (event.proxy().id(), 1), (killed.id(), 1), (waits.id(), 1)]);
    settle(&manager).await;
    assert_exact(&manager, &held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_object_holds_is_counted_wherever_it_is() {
    let (manager, _) = bank();
    let account = manager.host_object(Account::new("Ada".into(), 0)).unwrap();
    let other = manager.host_object(Account::new("Bob".into(), 0)).unwrap();
    let list: List<Proxy> = manager.list([other.proxy().clone(), account.proxy().clone()]).unwrap();
    account.proxy().call::<_, ()>("hold", (vec![list.proxy(), other.proxy()],)).await.unwrap();
    let ids = [account.proxy().id(), other.proxy().id(), list.proxy().id()];
    let census = assert_exact(&manager, &ids.iter().map(|id| (*id, 1)).collect());
    assert_eq!(census[0].contains, [ids[2], ids[1]]);
    // The embedder takes out what a method has put in.
    let taken = account.with_mut(|it| std::mem::take(&mut it.held)).unwrap();
    assert_eq!(taken.len(), 2);
    drop((taken, other));
    let held = BTreeMap::from([(ids[0], 1), (ids[2], 1)]);
    assert_exact(&manager, &held);
    drop(list);
    drop(account);
    assert_nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_taken_once() {
    let (manager, waiting) = bank();
    let taken = manager.register(account(&waiting)).unwrap_err().to_string();
    assert_eq!(taken, "cannot register the type 'Account': there is a shared type of that name already");
    let built = Manager::builder().register(HostType::<()>::new("Queue")).build().unwrap_err().to_string();
    assert_eq!(built, "cannot register the type 'Queue': there is a shared type of that name already");

    // A provider can have no name of the host's, nor the host a provider's.
    manager.register(HostType::<()>::new("Clicker")).unwrap();
    let provider = load(&manager, "counter").await;
    let refused = provider.provide().await.unwrap_err().to_string();
    assert!(refused.contains("there is a shared type 'Clicker' already"), "{refused}");
    let manager = commonhold_tests::manager();
    let _provider = load(&manager, "counter").await.provide().await.unwrap();
    let refused = manager.register(HostType::<()>::new("Clicker")).unwrap_err().to_string();
    assert!(refused.ends_with("there is a shared type of that name already"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_make_objects_of_the_manager_without_keeping_it() {
    let manager = manager();
    let weak: WeakManager = manager.downgrade();
    let make = {
        let weak = weak.clone();
        move || Ok::<_, Error>(Made::New(weak.upgrade()?.list([1_i64])?))
    };
    let shelf = HostType::<List<i64>>::new("Shelf")
        .constructor("", make)
        .singleton()
        .reading("items()", |items: &List<i64>| items.clone())
        .contains(|items, show| show(items.proxy()));
    manager.register(shelf).unwrap();
    let shelf = manager.create("Shelf", ()).await.unwrap();
    assert_eq!(manager.create("Shelf", ()).await.unwrap(), shelf);
    let items: List<i64> = shelf.call("items", ()).await.unwrap();
    assert_eq!(items.to_vec().unwrap(), [1]);
    assert_exact(&manager, &BTreeMap::from([(shelf.id(), 1), (items.proxy().id(), 1)]));
    drop((shelf, items));
    assert_nothing_is_left(&manager).await;
    drop(manager);
    let error = weak.upgrade().map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the manager has ended");
}

/// A long method keeps its thread; the runtime has others for those who do not want the object.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_heavy_method_keeps_nobody_else_waiting() {
    let manager = manager();
    let (begun, begins) = std::sync::mpsc::channel::<()>();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let works = move |ends: &mut std::sync::mpsc::Receiver<()>| {
        begun.send(()).map_err(|error| CallError::runtime(error.to_string()))?;
        ends.recv().map_err(|error| CallError::runtime(error.to_string()))
    };
    let heavy = HostType::<std::sync::mpsc::Receiver<()>>::new("Heavy").method("work()", works).heavy();
    manager.register(heavy).unwrap();
    let heavy = manager.host_object(ends).unwrap();
    let working = tokio::spawn(async move { heavy.proxy().call::<_, ()>("work", ()).await });
    tokio::task::spawn_blocking(move || begins.recv().unwrap()).await.unwrap();
    // The only thread is at work, and yet there is one for a process.
    let program = load(&manager, "basics").await;
    tokio::spawn(async move { program.spawn("nothing", ()).unwrap().join::<()>().await.unwrap() }).await.unwrap();
    end.send(()).unwrap();
    working.await.unwrap().unwrap();
}

/// Calls `$proxy.call` of the first argument with a method's name, and notes how it ended.
fn call(method: &str, args: &str, count: u32, kwargs: &str, names: u32) -> String {
    format!(
        "(call $proxy.call (local.get $a) (i32.const 1024) (i32.const {}) {args} (i32.const {count})
            {kwargs} (i32.const {names}) (i32.const 128))
         (call $note (i32.const 128))",
        method.len()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_arguments_are_errors_of_the_caller() {
    let (manager, _) = bank();
    let account = manager.host_object(Account::new("Ada".into(), 0)).unwrap();
    // Lists in lists, as deep as a value may be: a type that reads them would take a lot of stack.
    let depth = 490;
    let nested: Vec<u8> = (0..depth).fold(commonhold_wire::encode::<Proxy>(Value::Null).unwrap().data, |inner, _| {
        let mut outer = Vec::new();
        let mut writer = commonhold_wire::Writer::new(&mut outer);
        writer.list(1);
        writer.part(&inner);
        outer
    });
    let guest = Text::new(
        [
            // What is no encoding.
            "(call $put-tree (i32.const 2048) (i32.const 1100) (i32.const 3) (i32.const 0) (i32.const 0))".to_owned(),
            call("hold", "(i32.const 2048)", 1, "(i32.const 0)", 0),
            // What nests too deep.
            format!(
                "(call $put-tree (i32.const 2048) (i32.const 3072) (i32.const {}) (i32.const 0) (i32.const 0))",
                nested.len()
            ),
            call("hold", "(i32.const 2048)", 1, "(i32.const 0)", 0),
            // More arguments than anybody has parameters.
            call("hold", "(i32.const 8192)", 500, "(i32.const 0)", 0),
            // The object itself in place of a list, and of an account.
            "(call $put-proxy (i32.const 2048) (local.get $a))".to_owned(),
            call("hold", "(i32.const 2048)", 1, "(i32.const 0)", 0),
            "(call $notes)".to_owned(),
        ]
        .concat(),
    );
    let guest = guest.data(1024, "hold").data(1100, [0xff, 0xff, 0xff]).data(3072, &nested);
    let program = manager.load_bytes("hostile", guest.component(), []).await.unwrap();
    let notes: Vec<u8> = program.spawn("main", (&account,)).unwrap().join().await.unwrap();
    let kinds: Vec<_> = notes.iter().map(|kind| ErrorKind::ALL[usize::from(*kind)]).collect();
    assert_eq!(kinds, [ErrorKind::BadValue, ErrorKind::BadValue, ErrorKind::Type, ErrorKind::Type]);
    assert_eq!(account.with(|it| it.held.len()).unwrap(), 0);

    // One that panics for a guest is poisoned for all, and nothing else is.
    account.with_mut(|it| it.balance = 1).unwrap();
    let panics = account.proxy().call::<_, ()>("panic", ("oh",)).await.unwrap_err();
    assert_eq!((kind(&panics), panics.to_string()), (ErrorKind::Internal, "Internal: panic() panicked: oh".into()));
    assert!(account.with(|it| it.balance).is_err());
    drop(account);
    assert_nothing_is_left(&manager).await;
}

//! The interfaces alone, for an embedder who has an engine, a world and stores of their own.
//!
//! Every test runs with the engine's concurrency support on and off.

use crate::wat::{HELPERS, MEMORY, Process, Provider, REALLOC, Wit};
use commonhold::bindings::types;
use commonhold::{CallError, Error, ErrorKind, GuestCtx, GuestView, Limits, List, Manager, Proxy};
use commonhold_tests::{assert_exact, settle};
use std::collections::BTreeMap;
use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Config, Engine, Store};

mod world {
    //! What wasmtime makes of the embedder's world.

    wasmtime::component::bindgen!({
        path: ["../wit", "e2e/embedding"],
        world: "mine:app/app",
        imports: { default: trappable },
        exports: { default: async },
        with: { "commonhold:manager": ::commonhold::bindings },
    });
}

/// The guest. It keeps handles in globals, and all its results at 128.
const GUEST: &str = r#"
    (global $kept (mut i32) (i32.const 0))
    (func (export "keep") (param $object i32)
        (global.set $kept (local.get $object)))
    (func (export "give-back") (result i32)
        (global.get $kept))

    (func (export "total") (param $numbers i32) (result i32)
        (local $at i64) (local $length i64) (local $sum i64)
        (call $lists.length (local.get $numbers) (i32.const 128))
        (if (i32.load8_u (i32.const 128)) (then (call $proxy.drop (local.get $numbers)) (return (i32.const 128))))
        (local.set $length (i64.load (i32.const 136)))
        (block $done (loop $more
            (br_if $done (i64.ge_u (local.get $at) (local.get $length)))
            (call $lists.get-item (local.get $numbers) (local.get $at) (i32.const 128))
            (local.set $sum (i64.add (local.get $sum) (i64.load (i32.const 144))))
            (local.set $at (i64.add (local.get $at) (i64.const 1)))
            (br $more)))
        (call $proxy.drop (local.get $numbers))
        (i64.store (i32.const 136) (local.get $sum))
        (i32.const 128))

    ;; Gives what it was given. An error's payload is at the same place as a value, and looks like one.
    (func (export "repeat") (param $case i32) (param i64 i32 i32 i32) (result i32)
        (i32.store8 (i32.const 128) (i32.const 0))
        (i32.store8 (i32.const 136) (local.get $case))
        (i64.store (i32.const 144) (local.get 1))
        (if (i32.ge_u (local.get $case) (i32.const 4)) (then
            (i32.store (i32.const 148) (local.get 2))
            (i32.store (i32.const 152) (local.get 3))
            (i32.store (i32.const 156) (local.get 4))))
        (i32.const 128))

    (func (export "wait-for") (param $lock i32) (result i32)
        (call $locks.acquire (local.get $lock) (i32.const 0) (i64.const 0) (i32.const 128))
        (call $proxy.drop (local.get $lock))
        (i32.const 128))

    ;; Fetches an object, looks at it, puts it back, and has another one described.
    (func (export "use-desk") (result i32)
        (local $object i32)
        (local.set $object (call $desk.fetch))
        (drop (call $desk.look-at (local.get $object)))
        (call $desk.describe (i32.const 6) (i64.extend_i32_u (local.get $object))
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
        (call $desk.put (local.get $object))
        (i32.const 128))

    ;; Has a program of the manager's work on an object, and waits for it.
    (data (i32.const 1024) "worker  main")
    (func (export "delegate") (param $object i32) (result i32)
        (call $put-proxy (i32.const 2048) (local.get $object))
        (call $processes.spawn (i32.const 1) (i32.const 1024) (i32.const 6) (i32.const 1032) (i32.const 4)
            (i32.const 2048) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
        (call $proxy.drop (local.get $object))
        (if (i32.load8_u (i32.const 128)) (then (return (i32.const 128))))
        (call $processes.join (i32.load (i32.const 136)) (i32.const 0) (i64.const 0) (i32.const 256))
        (call $proxy.drop (i32.load (i32.const 136)))
        ;; No error, an outcome, and one that is a value.
        (if (i32.load8_u (i32.const 256)) (then (return (i32.const 256))))
        (if (i32.ne (i32.load8_u (i32.const 264)) (i32.const 1)) (then (unreachable)))
        (if (i32.load8_u (i32.const 272)) (then (unreachable)))
        (i32.const 128))

    ;; Starts a provider of its own.
    (data (i32.const 1040) "provider")
    (func (export "start-provider") (result i32)
        (call $providers.start (i32.const 1) (i32.const 1040) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 128))
        (i32.const 128))

    (func (export "misbehave") (param $object i32) (param $how i32)
        (local $list i32)
        (call $lists.create (i32.const 128))
        (local.set $list (call $handle (i32.const 128)))
        (call $locks.create (i32.const 128))
        (global.set $kept (call $handle (i32.const 128)))
        (call $locks.acquire (global.get $kept) (i32.const 0) (i64.const 0) (i32.const 128))
        (block $put (block $lost (block $dropped (block $trap
            (br_table $trap $dropped $lost $put (local.get $how)))
            (unreachable))
            ;; It uses what was lent to it after it has given it back.
            (call $proxy.drop (local.get $object))
            (call $lists.length (local.get $object) (i32.const 128))
            (return))
            ;; It does not give back what was lent to it.
            (return))
        ;; It gives away what was only lent to it.
        (call $desk.put (local.get $object)))
"#;

/// The store's data of an embedder, with what is on their desk.
struct Data {
    guest: GuestCtx,
    desk: Vec<Proxy>,
}

impl GuestView for Data {
    fn guest(&mut self) -> &mut GuestCtx {
        &mut self.guest
    }
}

impl world::mine::app::desk::Host for Data {
    fn look_at(&mut self, object: Resource<types::Proxy>) -> wasmtime::Result<u64> {
        Ok(self.guest.get_proxy(&object)?.id())
    }

    fn put(&mut self, object: Resource<types::Proxy>) -> wasmtime::Result<()> {
        self.desk.push(self.guest.take_proxy(object)?);
        Ok(())
    }

    fn fetch(&mut self) -> wasmtime::Result<Resource<types::Proxy>> {
        let object = self.desk.pop().ok_or_else(|| wasmtime::Error::msg("the desk is empty"))?;
        Ok(self.guest.give_proxy(object)?)
    }

    fn describe(&mut self, what: types::Argument) -> wasmtime::Result<Result<types::Value, types::Error>> {
        let what: commonhold::Value = match self.guest.get_argument(what) {
            Ok(what) => what,
            Err(Error::Call(error)) => return Ok(Err(self.guest.give_error(error))),
            Err(other) => return Err(other.into()),
        };
        let text = commonhold::to_text(&what).unwrap();
        Ok(Ok(self.guest.give_value(&(text, what))?))
    }
}

/// An embedder: an engine with one setting or the other, a manager, and the compiled guest.
struct Embedder {
    manager: Manager,
    engine: Engine,
    linker: Linker<Data>,
    component: Component,
}

/// One long-lived instance.
struct Instance {
    store: Store<Data>,
    app: world::App,
}

impl Embedder {
    fn new(concurrency_support: bool) -> Self {
        let mut config = Config::new();
        config.concurrency_support(concurrency_support);
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::new(&engine);
        commonhold::add_to_linker(&mut linker).unwrap();
        world::mine::app::desk::add_to_linker::<Data, HasSelf<Data>>(&mut linker, |data| data).unwrap();
        let wit = Wit::own(include_str!("embedding/app.wit"));
        let wasm = wit.component("app", &[MEMORY, REALLOC, HELPERS, GUEST].concat());
        let component = Component::new(&engine, wasm).unwrap();
        let mut limits = Limits::default();
        limits.proxies = 1000;
        let manager = Manager::builder().limits(limits).no_cache().build().unwrap();
        Self { manager, engine, linker, component }
    }

    async fn instance(&self) -> Instance {
        let data = Data { guest: self.manager.guest("an embedder's guest"), desk: Vec::new() };
        let mut store = Store::new(&self.engine, data);
        let app = world::App::instantiate_async(&mut store, &self.component, &self.linker).await.unwrap();
        Instance { store, app }
    }

    /// Checks that the books are exact, with these proxies in the embedder's hands, and gives how many objects live.
    async fn objects(&self, held: &[&Proxy]) -> usize {
        settle(&self.manager).await;
        let mut host = BTreeMap::new();
        for proxy in held {
            *host.entry(proxy.id()).or_default() += 1;
        }
        assert_exact(&self.manager, &host).len()
    }
}

impl Instance {
    fn guest(&mut self) -> &mut GuestCtx {
        &mut self.store.data_mut().guest
    }

    /// The total of a list, which is lent.
    async fn total(&mut self, list: &Proxy) -> Result<i64, CallError> {
        let lent = self.guest().lend_proxy(list).unwrap();
        let total = self.app.call_total(&mut self.store, lent.handle()).await.unwrap();
        self.guest().take_back(lent);
        total.map_err(|error| self.guest().take_error(error))
    }

    async fn keep(&mut self, object: Proxy) {
        let object = self.guest().give_proxy(object).unwrap();
        self.app.call_keep(&mut self.store, object).await.unwrap();
    }

    async fn give_back(&mut self) -> Proxy {
        let object = self.app.call_give_back(&mut self.store).await.unwrap();
        self.guest().take_proxy(object).unwrap()
    }

    /// The process of a provider that the guest has started, of the manager's program `provider`.
    async fn start_provider(&mut self) -> Proxy {
        let started = self.app.call_start_provider(&mut self.store).await.unwrap();
        let provider = started.map_err(|error| self.guest().take_error(error)).unwrap();
        self.guest().take_proxy(provider).unwrap()
    }
}

fn squares(manager: &Manager) -> List<i64> {
    manager.list((0..10).map(|number| number * number)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_made_proxy_is_lent_as_a_typed_argument() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        assert_eq!(instance.total(list.proxy()).await.unwrap(), 285);
        list.push(&1000).unwrap();
        assert_eq!(instance.total(list.proxy()).await.unwrap(), 1285);
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);

        // What is wrong is an error, as for every guest.
        let dict = embedder.manager.dict([(1, 1)]).unwrap();
        let error = instance.total(dict.proxy()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Type);
        let narrowed = commonhold::Rights::only([""; 0]);
        let error = instance.total(&list.proxy().narrow(&narrowed).unwrap()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotExposed);
        drop(dict);
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_loan_serves_many_calls() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        let lent = instance.guest().lend_proxy(list.proxy()).unwrap();
        for _ in 0..5000 {
            let total = instance.app.call_total(&mut instance.store, lent.handle()).await.unwrap();
            assert_eq!(total.unwrap(), 285);
        }
        // The loan keeps the list alive, whoever lets go of it.
        drop(list);
        assert_eq!(embedder.manager.number_of_objects(), 1);
        let total = instance.app.call_total(&mut instance.store, lent.handle()).await.unwrap();
        assert_eq!(total.unwrap(), 285);
        instance.guest().take_back(lent);
        assert_eq!(embedder.objects(&[]).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_on_a_long_lived_instance_leave_nothing_behind() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        // More of each than the guest may hold handles.
        for _ in 0..2000 {
            assert_eq!(instance.total(list.proxy()).await.unwrap(), 285);
            instance.keep(list.proxy().clone()).await;
            assert_eq!(&instance.give_back().await, list.proxy());
            let what = instance.guest().give_value(&(1, [&list, &list])).unwrap();
            let value = instance.app.call_repeat(&mut instance.store, &what).await.unwrap().unwrap();
            let (one, lists): (i64, [List<i64>; 2]) = instance.guest().take_value(value).unwrap();
            assert_eq!((one, &lists), (1, &[list.clone(), list.clone()]));
        }
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
        drop(instance);
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_share_a_list_and_either_can_go_first() {
    for concurrency_support in [false, true] {
        for first in [0, 1] {
            let embedder = Embedder::new(concurrency_support);
            let mut instances = [Some(embedder.instance().await), Some(embedder.instance().await)];
            let list = squares(&embedder.manager);
            for instance in instances.iter_mut().flatten() {
                instance.keep(list.proxy().clone()).await;
            }
            let id = list.proxy().id();
            drop(list);
            let census = embedder.manager.census();
            assert_eq!((census.len(), census[0].id, census[0].holders), (1, id, 2));
            assert_eq!(embedder.objects(&[]).await, 1);

            drop(instances[first].take());
            assert_eq!(embedder.objects(&[]).await, 1);
            let mut other = instances[1 - first].take().unwrap();
            let list = other.give_back().await;
            assert_eq!(other.total(&list).await.unwrap(), 285);
            drop(other);
            assert_eq!(embedder.objects(&[&list]).await, 1);
            drop(list);
            assert_eq!(embedder.objects(&[]).await, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_with_proxies_in_them_go_in_and_come_out() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        let proxy = || commonhold::Value::Proxy(list.proxy().clone());
        for value in [
            commonhold::Value::Null,
            commonhold::Value::Bool(true),
            commonhold::Value::Int(-5),
            commonhold::Value::Float(0.5),
            commonhold::Value::Text("text".into()),
            commonhold::Value::Bytes(vec![1, 2]),
            proxy(),
            commonhold::Value::List(vec![proxy(), commonhold::Value::Int(1), proxy()]),
        ] {
            let given = instance.guest().give_value(&value).unwrap();
            let result = instance.app.call_repeat(&mut instance.store, &given).await.unwrap();
            let back: commonhold::Value = instance.guest().take_value(result.unwrap()).unwrap();
            assert_eq!(back, value);
        }
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
        // What is no value, and what is too much of one.
        assert!(instance.guest().give_value(&vec![list.clone(); 1000]).is_ok());
        let error = instance.guest().give_value(&[&list]).unwrap_err();
        assert!(matches!(&error, Error::Call(error) if error.kind == ErrorKind::QuotaExceeded), "{error}");
        let error = instance.guest().give_proxy(list.proxy().clone()).unwrap_err();
        assert!(matches!(&error, Error::Call(error) if error.kind == ErrorKind::QuotaExceeded), "{error}");
        drop(instance);
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedders_own_functions_take_and_give_proxies() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        instance.store.data_mut().desk.push(list.proxy().clone());
        let result = instance.app.call_use_desk(&mut instance.store).await.unwrap().unwrap();
        let (text, described): (String, Proxy) = instance.guest().take_value(result).unwrap();
        assert_eq!((text, &described), (format!("{described:?}"), list.proxy()));
        assert_eq!(instance.store.data().desk, [list.proxy().clone()]);
        let on_desk = instance.store.data().desk[0].clone();
        assert_eq!(embedder.objects(&[list.proxy(), &described, &on_desk, &on_desk]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_lock_and_goes_on_when_it_is_free() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let lock = embedder.manager.lock();
        let guard = lock.acquire().await.unwrap();
        let proxy = lock.proxy().clone();
        let waiting = tokio::spawn(async move {
            let lent = instance.guest().lend_proxy(&proxy).unwrap();
            let done = instance.app.call_wait_for(&mut instance.store, lent.handle()).await.unwrap();
            instance.guest().take_back(lent);
            assert!(done.is_ok());
            instance
        });
        // It is the guest that waits, for nobody else does.
        assert!(lock.acquire_timeout(std::time::Duration::ZERO).await.unwrap().is_none());
        drop(guard);
        let mut instance = waiting.await.unwrap();
        assert!(lock.is_locked().unwrap());
        instance.guest().finish();
        drop(instance);
        assert_eq!(embedder.objects(&[lock.proxy()]).await, 1);
    }
}

/// As for processes: what ends as it should keeps its locks, what does not gives them back as abandoned.
#[tokio::test(flavor = "multi_thread")]
async fn finishing_keeps_a_lock_and_dropping_abandons_it() {
    for concurrency_support in [false, true] {
        for finishes in [true, false] {
            let embedder = Embedder::new(concurrency_support);
            let mut instance = embedder.instance().await;
            let lock = embedder.manager.lock();
            let lent = instance.guest().lend_proxy(lock.proxy()).unwrap();
            instance.app.call_wait_for(&mut instance.store, lent.handle()).await.unwrap().unwrap();
            if finishes {
                instance.guest().finish();
                assert_eq!(embedder.objects(&[lock.proxy()]).await, 1);
            }
            drop(instance);
            assert_eq!(lock.is_locked().unwrap(), finishes);
            if !finishes {
                assert!(lock.acquire().await.unwrap().is_abandoned());
            }
            assert_eq!(embedder.objects(&[lock.proxy()]).await, 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_given_up_while_it_waits_consumes_nothing() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let lock = embedder.manager.lock();
        let guard = lock.acquire().await.unwrap();
        let lent = instance.guest().lend_proxy(lock.proxy()).unwrap();
        {
            let mut call = std::pin::pin!(instance.app.call_wait_for(&mut instance.store, lent.handle()));
            let first_look = std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
            assert!(first_look.await.is_pending());
        }
        drop(instance);
        drop(guard);
        assert!(!lock.is_locked().unwrap());
        assert!(!lock.acquire().await.unwrap().is_abandoned());
        assert_eq!(embedder.objects(&[lock.proxy()]).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_misuses_what_is_lent_to_it_ends_and_leaves_nothing() {
    for concurrency_support in [false, true] {
        for (how, expected) in [
            (0, "unreachable"),
            (1, "handle index"),
            (2, "borrow handles still remain at the end of the call"),
            (3, "cannot lift own resource from a borrow"),
        ] {
            let embedder = Embedder::new(concurrency_support);
            let mut instance = embedder.instance().await;
            let mut bystander = embedder.instance().await;
            let list = squares(&embedder.manager);
            let lent = instance.guest().lend_proxy(list.proxy()).unwrap();
            let ended = instance.app.call_misbehave(&mut instance.store, lent.handle(), how).await;
            let error = format!("{:#}", ended.unwrap_err());
            assert!(error.contains(expected), "{error}");
            // It holds a list and a lock, which is taken, until its store is dropped.
            assert_eq!(embedder.objects(&[list.proxy()]).await, 3);
            drop(instance);
            assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
            assert_eq!(bystander.total(list.proxy()).await.unwrap(), 285);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_of_an_embedder_starts_processes_of_the_managers_programs() {
    for concurrency_support in [false, true] {
        let embedder = Embedder::new(concurrency_support);
        let mut instance = embedder.instance().await;
        let list = squares(&embedder.manager);
        let lent = instance.guest().lend_proxy(list.proxy()).unwrap();
        let error = instance.app.call_delegate(&mut instance.store, lent.handle()).await.unwrap().unwrap_err();
        assert_eq!(instance.guest().take_error(error).kind, ErrorKind::NoSuchName);

        let clear = Process::new("(call $lists.clear (local.get $a) (i32.const 128)) (call $null)");
        embedder.manager.load_bytes("worker", clear.component(), []).await.unwrap();
        let done = instance.app.call_delegate(&mut instance.store, lent.handle()).await.unwrap();
        assert!(done.is_ok());
        instance.guest().take_back(lent);
        assert!(list.is_empty().unwrap());
        assert_eq!(embedder.objects(&[list.proxy()]).await, 1);
    }
}

/// There is no process whose child the provider would be.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_a_guest_of_an_embedder_has_started_ends_with_the_guest() {
    for concurrency_support in [false, true] {
        for finishes in [true, false] {
            let embedder = Embedder::new(concurrency_support);
            embedder.manager.load_bytes("provider", Provider::new().component(), []).await.unwrap();
            let mut instance = Some(embedder.instance().await);
            let mut bystander = embedder.instance().await;
            let provider = instance.as_mut().unwrap().start_provider().await;
            let others = bystander.start_provider().await;
            let thing: Proxy = provider.call("create", ("Thing",)).await.unwrap();
            thing.call::<_, ()>("act", ()).await.unwrap();
            assert_eq!(embedder.manager.number_of_processes(), 2);
            if finishes {
                instance.as_mut().unwrap().guest().finish();
            } else {
                drop(instance.take());
            }
            // The first who asks for the end decides which way it is: as that of a daemon, -15, and not by this.
            provider.call::<_, ()>("kill", ()).await.unwrap();
            assert_eq!(provider.call::<_, Option<i64>>("exitcode", ()).await.unwrap(), Some(-15));
            let error = thing.call::<_, ()>("act", ()).await.unwrap_err();
            assert!(matches!(&error, Error::Call(error) if error.kind == ErrorKind::ProviderDied), "{error}");
            drop(instance);
            assert!(others.call::<_, bool>("is_alive", ()).await.unwrap());
            assert_eq!(embedder.manager.number_of_processes(), 1);
            drop(bystander);
            others.call::<_, ()>("kill", ()).await.unwrap();
            assert_eq!(others.call::<_, Option<i64>>("exitcode", ()).await.unwrap(), Some(-15));
            assert_eq!(embedder.manager.number_of_processes(), 0);
            assert_eq!(embedder.objects(&[&provider, &others, &thing]).await, 3);
        }
    }
}

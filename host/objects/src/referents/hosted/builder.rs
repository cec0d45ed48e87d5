use super::super::heavy::aside;
use super::super::prelude::*;
use super::super::{Constructor as Builtin, builtin};
use super::answer::{Asked, Gives, copy};
use super::arguments::{Arguments, Given, check};
use super::function::{Changing, Made, Makes, Making, Reading, Waiting};
use super::kind::Kind;
use super::panics::{Guarded, Payload, catching, panicked};
use super::registered::{Constructor, Registered, Registration, Run};
use super::{HostObject, Hosted};
use crate::error::Error;
use crate::object::declare::Declared;
use crate::object::notation::{Notation, Planned};
use crate::object::{BoxFuture, Call, MadeRun, Rights, Signature};
use serde::Serialize;

/// A type that the embedder implements in Rust: its name, its constructor and its methods, to be registered with a manager.
///
/// Methods are functions on a `T`, with parameters of any types that serde can read. Each is declared by a signature in
/// Python's notation, which gives the parameters' names and defaults, says which are given by position (before `/`) or by
/// keyword (behind `*`) only, and collects what is left in a `Vec` (`*args`) or a map (`**kwargs`). Defaults are literals. An
/// annotation says what is wanted of an object that a proxy is given to: its items, for a `Vec` or the like (`items:
/// iterable`), its entries (`prices: mapping`), or an iterator over it (`lines: iterator`); of any other name it only tells
/// the reader something.
///
/// What is wrong with a declaration is told when the type is registered.
pub struct HostType<T> {
    typeid: String,
    doc: String,
    methods: Vec<Pending>,
    constructor: Option<PendingConstructor<T>>,
    exposed: Option<Vec<String>>,
    kind: Hooks<T>,
    /// The first thing that was wrong.
    problem: Option<String>,
}

/// What a type has beside its methods.
struct Hooks<T>(Box<dyn FnOnce(&mut Kind<T>)>);

struct Pending {
    signature: String,
    doc: String,
    effect: Effect,
    heavy: bool,
    gives: Option<String>,
    make: Box<dyn FnOnce(How) -> Result<MadeRun, String>>,
}

struct PendingConstructor<T> {
    parameters: String,
    singleton: bool,
    make: Box<dyn FnOnce(How) -> Result<Run<T>, String>>,
}

/// How a function is called.
struct How {
    name: String,
    plan: Vec<Planned>,
    heavy: bool,
    /// What makes a shared object of an answer.
    gives: Option<(Signature, Builtin)>,
}

impl How {
    fn read<A: Arguments>(&self, args: &mut Args, caller: &Caller) -> Outcome<A> {
        A::read(&mut Given { method: &self.name, plan: &self.plan, args, caller })
    }

    /// What a caller gets of an answer.
    fn give<R: Gives<Way>, Way>(&self, answer: R, me: &Proxy, caller: &Caller) -> Outcome<Item> {
        let item = answer.give(&Asked { me: Some(me), home: &caller.home })?;
        match &self.gives {
            None => Ok(item),
            Some((signature, constructor)) => {
                let args = signature.bind(None, smallvec::smallvec![item], Vec::new())?;
                (constructor.run)(caller, args).map(Item::proxy)
            }
        }
    }

    /// Runs what may be the embedder's code beside a method itself: what serde derives, for one.
    fn catching<R>(&self, work: impl FnOnce() -> Outcome<R>) -> Outcome<R> {
        catching(work).unwrap_or_else(|payload| Err(panicked(&format!("{}()", self.name), &payload)))
    }

    /// A method that works under the state's lock.
    fn now<T, A, R, Way>(self, function: impl Fn(&mut T, A) -> R + Send + Sync + 'static) -> Result<MadeRun, String>
    where
        T: Send + 'static,
        A: Arguments,
        R: Gives<Way>,
    {
        check::<A>(&self.plan)?;
        Ok(at_once(move |call| {
            let (me, caller, args) = (call.me, call.caller, &mut call.args);
            self.catching(|| {
                let args: A = self.read(args, caller)?;
                let hosted = Hosted::<T>::of(me)?;
                let run = || hosted.run(me, &self.name, |state| function(state, args));
                let answer = if self.heavy { aside(run) } else { run() };
                self.give::<R, Way>(answer?, me, caller)
            })
        }))
    }

    /// A method that waits.
    fn waiting<T, F, Shape, Way>(self, function: F) -> Result<MadeRun, String>
    where
        T: Send + 'static,
        F: Waiting<T, Shape, Answer: Gives<Way>>,
    {
        check::<F::Args>(&self.plan)?;
        if self.heavy {
            return Err(format!("'{}' waits, so it cannot be heavy: let its heavy part be a blocking task", self.name));
        }
        let shared = Arc::new((self, function));
        Ok(in_time(move |call| {
            let shared = shared.clone();
            Box::pin(async move {
                let (how, function) = &*shared;
                let Call { me, caller, mut args } = call;
                let hosted = Hosted::<T>::of(me)?;
                let args = how.catching(|| how.read(&mut args, caller))?;
                // Nothing is begun on what is poisoned.
                hosted.run(me, &how.name, |_| ())?;
                let broken = |payload: Payload| {
                    hosted.poison(&payload);
                    panicked(&format!("{}()", how.name), &payload)
                };
                let future = catching(|| function.call(HostObject::new(me.clone()), args)).map_err(broken)?;
                let answer = Guarded::new(future, |payload: &Payload| hosted.poison(payload)).await;
                how.catching(|| how.give::<F::Answer, Way>(answer.map_err(broken)?, me, caller))
            })
        }))
    }
}

/// What runs a method at once. (A closure knows the lifetimes that it is for by what it is given to.)
fn at_once(run: impl Fn(&mut Call<'_>) -> Outcome<Item> + Send + Sync + 'static) -> MadeRun {
    MadeRun::Now(Box::new(run))
}

/// What runs a method that may wait.
fn in_time(run: impl for<'a> Fn(Call<'a>) -> BoxFuture<'a, Outcome<Item>> + Send + Sync + 'static) -> MadeRun {
    MadeRun::Wait(Box::new(run))
}

/// What runs a constructor.
fn constructing<T>(
    run: impl for<'a> Fn(&'a Caller, Args) -> BoxFuture<'a, Outcome<Made<T>>> + Send + Sync + 'static,
) -> Run<T> {
    Box::new(run)
}

impl<T: Send + 'static> HostType<T> {
    /// A type of that name, without constructor and methods.
    pub fn new(typeid: impl Into<String>) -> Self {
        Self {
            typeid: typeid.into(),
            doc: String::new(),
            methods: Vec::new(),
            constructor: None,
            exposed: None,
            kind: Hooks(Box::new(|_| ())),
            problem: None,
        }
    }

    /// What the type is for, or, after a method, what that one does.
    #[must_use]
    pub fn doc(mut self, text: impl Into<String>) -> Self {
        match self.methods.last_mut() {
            Some(method) => method.doc = text.into(),
            None => self.doc = text.into(),
        }
        self
    }

    /// Has objects of the type be created by its name: by guests, and by `Manager::create`. `parameters` is what would stand
    /// in the parentheses of a signature: `owner, balance=0`. The function returns the state of a new object, or [`Made`], or
    /// a `Result` of either. Without a constructor objects are made by methods, or by the embedder's code, only.
    ///
    /// [`Made`]: super::Made
    #[must_use]
    pub fn constructor<F, Shape, Way>(mut self, parameters: &str, function: F) -> Self
    where
        F: Making<Shape, Answer: Makes<T, Way>>,
    {
        self.construct(parameters, move |how| {
            check::<F::Args>(&how.plan)?;
            Ok(constructing(move |caller, mut args| {
                let made = how.catching(|| {
                    let args = how.read(&mut args, caller)?;
                    Makes::<T, Way>::made(function.call(args))
                });
                Box::pin(std::future::ready(made))
            }))
        });
        self
    }

    /// The same with a function that is async. It is dropped if whoever calls it is killed.
    #[must_use]
    pub fn waiting_constructor<F, Shape, Way>(mut self, parameters: &str, function: F) -> Self
    where
        F: Making<Shape, Answer: Future<Output: Makes<T, Way>> + Send + 'static>,
    {
        self.construct(parameters, move |how| {
            check::<F::Args>(&how.plan)?;
            Ok(constructing(move |caller, mut args| {
                let begun = how.catching(|| {
                    let args = how.read(&mut args, caller)?;
                    Ok(function.call(args))
                });
                let name = how.name.clone();
                Box::pin(async move {
                    let failed = |payload: Payload| panicked(&format!("{name}()"), &payload);
                    let made = Guarded::new(begun?, |_: &Payload| ()).await.map_err(failed)?;
                    catching(|| Makes::<T, Way>::made(made)).map_err(failed)?
                })
            }))
        });
        self
    }

    fn construct(&mut self, parameters: &str, make: impl FnOnce(How) -> Result<Run<T>, String> + 'static) {
        if self.constructor.is_some() {
            self.is_wrong("it has two constructors");
        }
        if !self.methods.is_empty() {
            self.is_wrong("its constructor is declared after a method");
        }
        let (parameters, make) = (parameters.to_owned(), Box::new(make));
        self.constructor = Some(PendingConstructor { parameters, singleton: false, make });
    }

    /// Has the constructor give the same object to everybody for as long as it lives.
    #[must_use]
    pub fn singleton(mut self) -> Self {
        match &mut self.constructor {
            Some(constructor) => constructor.singleton = true,
            None => self.is_wrong("it is a singleton without a constructor"),
        }
        self
    }

    /// A method that may change the state. It works under the state's lock: other calls of this object wait meanwhile, each
    /// with its thread, so it should not take long. It must not wait, and cannot look into other host objects.
    #[must_use]
    pub fn method<F, Shape, Way>(self, signature: &str, function: F) -> Self
    where
        F: Changing<T, Shape, Answer: Gives<Way>>,
    {
        self.declare(signature, Effect::Changes, move |how| {
            how.now(move |state: &mut T, args: F::Args| function.call(state, args))
        })
    }

    /// A method that leaves the state as it was, so that a proxy for reading only may call it. In all else as
    /// [`method`](Self::method).
    #[must_use]
    pub fn reading<F, Shape, Way>(self, signature: &str, function: F) -> Self
    where
        F: Reading<T, Shape, Answer: Gives<Way>>,
    {
        self.declare(signature, Effect::Reads, move |how| {
            how.now(move |state: &mut T, args: F::Args| function.call(state, args))
        })
    }

    /// A method that may wait: an async function, which is given a [handle](HostObject) to the object and takes the state's
    /// lock with it when it needs to, and for no longer than a closure runs. Others work on the object while it waits.
    ///
    /// It counts as changing the state unless [`reads`](Self::reads) says otherwise.
    #[must_use]
    pub fn waiting<F, Shape, Way>(self, signature: &str, function: F) -> Self
    where
        F: Waiting<T, Shape, Answer: Gives<Way>>,
        Shape: 'static,
        Way: 'static,
    {
        self.declare(signature, Effect::Changes, move |how| how.waiting(function))
    }

    fn declare(
        mut self,
        signature: &str,
        effect: Effect,
        make: impl FnOnce(How) -> Result<MadeRun, String> + 'static,
    ) -> Self {
        let (signature, make) = (signature.to_owned(), Box::new(make));
        self.methods.push(Pending { signature, doc: String::new(), effect, heavy: false, gives: None, make });
        self
    }

    fn is_wrong(&mut self, problem: &str) {
        self.problem.get_or_insert_with(|| problem.to_owned());
    }

    fn last(mut self, what: &str, change: impl FnOnce(&mut Pending)) -> Self {
        match self.methods.last_mut() {
            Some(method) => change(method),
            None => self.is_wrong(&format!("'{what}' is said before any method")),
        }
        self
    }

    /// Says of the method that was declared last that it leaves the state as it was.
    #[must_use]
    pub fn reads(self) -> Self {
        self.last("reads", |method| method.effect = Effect::Reads)
    }

    /// Says of the method that was declared last that it may take long: beyond some tens of microseconds. Other tasks of its
    /// thread go on elsewhere meanwhile, by tokio's [`block_in_place`](tokio::task::block_in_place).
    #[must_use]
    pub fn heavy(self) -> Self {
        self.last("heavy", |method| method.heavy = true)
    }

    /// Says of the method that was declared last that its caller gets a proxy to a new object of a type of the manager's
    /// own, which is made of what it returns as by the type's constructor: of a `Vec`, a `list`. (Of a host type, a method
    /// returns [`New`](struct@super::New).)
    #[must_use]
    pub fn gives(self, typeid: impl Into<String>) -> Self {
        self.last("gives", |method| method.gives = Some(typeid.into()))
    }

    /// Which methods a new object's first proxy may call, and so all that come from it. Default: all.
    #[must_use]
    pub fn exposed<N: Into<String>>(mut self, methods: impl IntoIterator<Item = N>) -> Self {
        self.exposed = Some(methods.into_iter().map(Into::into).collect());
        self
    }

    /// What an object prints as: what Python's `str` gives. Default: `<Account object at 0x2a>`.
    #[must_use]
    pub fn text(self, text: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        self.with_hook(|kind| kind.text = Some(Box::new(text)))
    }

    /// The value that a copy of the object as a whole is: what `get-value` gives. By default it has none.
    #[must_use]
    pub fn copy<V: Serialize + 'static>(self, value: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        self.with_hook(|kind| {
            kind.copy = Some(Box::new(move |state| {
                let value = value(state);
                Box::new(move |limits| copy(value, limits))
            }));
        })
    }

    /// Shows each proxy in a state, so that a census knows where the object's holders are. Proxies that are not shown keep
    /// their objects alive all the same. It must not use any proxy.
    #[must_use]
    pub fn contains(self, show: impl Fn(&T, &mut dyn FnMut(&Proxy)) + Send + Sync + 'static) -> Self {
        self.with_hook(|kind| kind.contains = Some(Box::new(show)))
    }

    fn with_hook(mut self, hook: impl FnOnce(&mut Kind<T>) + 'static) -> Self {
        let Hooks(others) = self.kind;
        self.kind = Hooks(Box::new(move |kind| {
            others(kind);
            hook(kind);
        }));
        self
    }

    /// The type, ready to be made known.
    ///
    /// # Errors
    ///
    /// [`Error::Register`] with what is wrong with its declaration.
    #[doc(hidden)]
    pub fn finish(self) -> Result<Arc<dyn Registered>, Error> {
        let typeid = self.typeid.clone();
        self.try_finish().map_err(|reason| Error::Register { typeid, reason })
    }

    fn try_finish(self) -> Result<Arc<dyn Registered>, String> {
        let Self { typeid, doc, methods, constructor, exposed, kind: hooks, problem } = self;
        if typeid.is_empty() || typeid.len() > 100 || typeid.contains(char::is_control) {
            return Err("that is no name for a type".into());
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        let constructor = constructor.map(|constructor| constructor.finish(&typeid)).transpose()?;
        let methods = methods.into_iter().map(Pending::finish).collect::<Result<_, _>>()?;
        let info = TypeInfo::made(typeid, doc, methods)?;
        if let Some(unknown) = exposed.iter().flatten().find(|name| info.number_of(name).is_none()) {
            return Err(format!("it exposes a method '{unknown}', which it does not have"));
        }
        let exposed = exposed.map(|methods| Rights { methods: Some(methods), ..Rights::all() });
        let mut kind = Kind { info, exposed, text: None, copy: None, contains: None };
        (hooks.0)(&mut kind);
        Ok(Arc::new(Registration { kind: Arc::new(kind), constructor }))
    }
}

impl Pending {
    fn finish(self) -> Result<Declared, String> {
        let Self { signature, doc, effect, heavy, gives, make } = self;
        let Notation { signature, parameters } = Notation::read(&signature)?;
        let gives = gives.map(|typeid| giving(&typeid)).transpose()?;
        let name = signature.name().to_owned();
        let run = make(How { name: name.clone(), plan: parameters, heavy, gives });
        Ok(Declared::made(signature, doc, effect, run.map_err(|problem| format!("method '{name}': {problem}"))?))
    }
}

impl<T> PendingConstructor<T> {
    fn finish(self, typeid: &str) -> Result<Constructor<T>, String> {
        let Self { parameters, singleton, make } = self;
        // A type's name need not be one that a signature takes.
        let Notation { signature, parameters } = Notation::read(&format!("constructor({parameters})"))?;
        let how = How { name: typeid.to_owned(), plan: parameters, heavy: false, gives: None };
        let run = make(how).map_err(|problem| format!("its constructor: {problem}"))?;
        let only = singleton.then(Mutex::default);
        Ok(Constructor { signature: signature.named(typeid), run, only })
    }
}

/// What makes an object of a type of this crate.
fn giving(typeid: &str) -> Result<(Signature, Builtin), String> {
    let found = builtin().into_iter().find(|builtin| builtin.typeid() == typeid);
    match found.and_then(|builtin| builtin.constructor) {
        Some(constructor) => Ok((Signature::parse(constructor.signature), constructor)),
        None => Err(format!(
            "a method gives a '{typeid}', which no type of the manager's own that can be created is called"
        )),
    }
}

impl<T> std::fmt::Debug for HostType<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostType").field("typeid", &self.typeid).finish_non_exhaustive()
    }
}

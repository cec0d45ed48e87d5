//! Types that a provider implements: the manager has the object's identity and its holders, the
//! provider its state.
//!
//! What is asked of a provider waits in its [`Mailbox`] until the provider's task comes to it, one
//! request after the other. A request holds the proxies that it needs, so a call is finished, and
//! its arguments live, even if its caller is killed meanwhile; and the news that an object is gone
//! cannot overtake a call to it.

use super::iterator::{Begun, Source, stop_iteration};
use super::prelude::*;
use crate::object::{Actor, Awaited, BoxFuture, Foreign, GET_VALUE, Remote, Waiting, shown, while_granted};
use crate::sync::{AtomicBool, Notify, Ordering, oneshot};
use std::collections::VecDeque;

/// The most calls that may wait for one provider.
const MAILBOX_LIMIT: usize = 4096;

/// With how many requests waiting a provider may not make objects itself: it could make and drop them without end
/// while it answers one call, and each would be one more to release.
const ADOPTION_LIMIT: usize = 100_000;

/// A running provider, as the objects that it implements know it.
pub struct Provider {
    pub actor: Arc<Actor>,
    pub mailbox: Mailbox,
    /// The types that it described, by name.
    types: Mutex<Vec<Arc<ProvidedType>>>,
}

/// A type of a provider.
pub struct ProvidedType {
    pub info: TypeInfo,
    pub creatable: bool,
}

impl ProvidedType {
    /// The types that a provider describes, checked.
    pub fn of_all(described: impl IntoIterator<Item = Description>) -> Result<Vec<Arc<Self>>, String> {
        let mut types: Vec<Arc<Self>> = Vec::new();
        for Description { typeid, doc, methods, creatable } in described {
            let is_name = |name: &str| !name.is_empty() && name.len() <= 100 && !name.contains(char::is_control);
            if !is_name(&typeid) {
                return Err(format!("{typeid:?} is no name for a type"));
            }
            if let Some((name, ..)) = methods.iter().find(|(name, ..)| !is_name(name)) {
                return Err(format!("{name:?} is no name for a method of type '{typeid}'"));
            }
            if types.iter().any(|other| other.info.typeid() == typeid) {
                return Err(format!("the provider describes two types '{typeid}'"));
            }
            let info = TypeInfo::foreign(typeid, doc, methods)?;
            types.push(Arc::new(Self { info, creatable }));
        }
        Ok(types)
    }
}

/// A type as its provider describes it.
pub struct Description {
    pub typeid: String,
    pub doc: String,
    /// The name of each method, what it does, and whether it changes the object.
    pub methods: Vec<(String, String, Effect)>,
    pub creatable: bool,
}

pub type Keywords = Vec<(String, Item)>;

/// Whether there is nothing more to go over. Requests for the next item share one: the first that is told so ends them
/// all, those included that wait in the mailbox by then.
#[derive(Default)]
pub struct Ending(AtomicBool);

impl Ending {
    fn has_come(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Where a request's answer goes.
pub struct Reply {
    /// Whoever asked counts as waiting no longer than until it is answered, even before it comes to know.
    waiting: Waiting,
    to: oneshot::Sender<Outcome<Item>>,
    /// Of what the request is a step.
    ending: Option<Arc<Ending>>,
}

impl Reply {
    /// Answers. Whoever asked may be gone.
    pub fn send(self, answer: Outcome<Item>) {
        if let (Some(ending), Err(error)) = (&self.ending, &answer)
            && error.kind == ErrorKind::StopIteration
        {
            ending.0.store(true, Ordering::Release);
        }
        drop(self.waiting);
        let _ = self.to.send(answer);
    }
}

/// What a provider is asked for.
pub enum Request {
    /// Something that is answered.
    Ask(Ask, Reply),
    /// The object of that number is gone.
    Release(u64),
}

/// What is answered. It holds the object, and what is given to it.
pub enum Ask {
    Construct { me: Proxy, args: Vec<Item>, kwargs: Keywords },
    Call { me: Proxy, method: String, args: Vec<Item>, kwargs: Keywords },
    GetValue { me: Proxy },
    ToText { me: Proxy },
}

/// The requests that wait for a provider.
#[derive(Default)]
pub struct Mailbox {
    state: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Default)]
struct Queue {
    requests: VecDeque<Request>,
    calls: usize,
    /// Why no more requests are taken.
    closed: Option<CallError>,
}

impl Mailbox {
    /// Posts what is to be answered. `enter` notes that the answer is waited for, which is only done once nothing else
    /// refuses the request: others rely on it that whoever counts as waiting does wait.
    fn ask(
        &self,
        what: Ask,
        ending: Option<Arc<Ending>>,
        enter: impl FnOnce() -> Outcome<Waiting>,
    ) -> Outcome<(Waiting, oneshot::Receiver<Outcome<Item>>)> {
        let mut state = self.state.lock();
        let entered = match &state.closed {
            Some(reason) => Err(reason.clone()),
            None if state.calls >= MAILBOX_LIMIT => Err(CallError::new(
                ErrorKind::QuotaExceeded,
                format!("{MAILBOX_LIMIT} calls are waiting for this provider already"),
            )),
            None => enter(),
        };
        let waiting = match entered {
            Ok(waiting) => waiting,
            Err(refusal) => {
                // What the request held is freed without the lock: it may be one of the provider's objects.
                drop(state);
                drop(what);
                return Err(refusal);
            }
        };
        let (to, answer) = oneshot::channel();
        state.calls += 1;
        state.requests.push_back(Request::Ask(what, Reply { waiting: waiting.twin(), to, ending }));
        drop(state);
        self.arrived.notify_one();
        Ok((waiting, answer))
    }

    /// Posts that an object is gone, if there is still somebody to know. Such requests are not counted: there are
    /// never more of them than there were objects, and none may be lost.
    fn release(&self, object: u64) {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return;
        }
        state.requests.push_back(Request::Release(object));
        drop(state);
        self.arrived.notify_one();
    }

    /// The next request; waits for one.
    pub async fn next(&self) -> Request {
        loop {
            while let Some(request) = self.take() {
                match request {
                    // Nobody is asked for more where there is no more.
                    Request::Ask(_, reply) if reply.ending.as_ref().is_some_and(|ending| ending.has_come()) => {
                        reply.send(Err(stop_iteration()));
                    }
                    request => return request,
                }
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Request> {
        let mut waiting = self.state.lock();
        let request = waiting.requests.pop_front()?;
        if !matches!(request, Request::Release(_)) {
            waiting.calls -= 1;
        }
        Some(request)
    }

    /// Refuses all requests from now on, the ones that wait included.
    pub fn close(&self, reason: CallError) {
        let waiting = {
            let mut waiting = self.state.lock();
            waiting.closed.get_or_insert_with(|| reason.clone());
            std::mem::take(&mut waiting.requests)
        };
        for request in waiting {
            if let Request::Ask(_, reply) = request {
                reply.send(Err(reason.clone()));
            }
        }
    }

    fn closed(&self) -> Option<CallError> {
        self.state.lock().closed.clone()
    }

    fn len(&self) -> usize {
        self.state.lock().requests.len()
    }
}

impl Provider {
    pub fn new(actor: Arc<Actor>) -> Arc<Self> {
        Arc::new(Self { actor, mailbox: Mailbox::default(), types: Mutex::default() })
    }

    pub fn set_types(&self, types: Vec<Arc<ProvidedType>>) {
        *self.types.lock() = types;
    }

    fn provided(&self, typeid: &str) -> Option<Arc<ProvidedType>> {
        self.types.lock().iter().find(|provided| provided.info.typeid() == typeid).cloned()
    }

    /// Makes a new object, with the provider's constructor.
    pub async fn construct(
        self: &Arc<Self>,
        provided: &Arc<ProvidedType>,
        caller: &Caller,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> Outcome<Proxy> {
        let me = self.object(&caller.home, provided.clone(), false);
        self.ask(&me, caller, Ask::Construct { me: me.clone(), args, kwargs }, None).await?;
        Ok(me)
    }

    /// A new object whose state the provider has made itself.
    pub fn adopt(self: &Arc<Self>, home: &Arc<Home>, typeid: &str) -> Outcome<Proxy> {
        let Some(provided) = self.provided(typeid) else {
            let message = format!("this provider does not implement a type '{}'", shown(typeid));
            return Err(CallError::new(ErrorKind::NoSuchType, message));
        };
        if self.mailbox.len() >= ADOPTION_LIMIT {
            let message = format!("{ADOPTION_LIMIT} requests are waiting for this provider; it has to answer first");
            return Err(CallError::new(ErrorKind::QuotaExceeded, message));
        }
        Ok(self.object(home, provided, true))
    }

    /// Whether the object is one of this provider's.
    pub fn implements(self: &Arc<Self>, proxy: &Proxy) -> bool {
        proxy.downcast::<Custom>().is_some_and(|custom| Arc::ptr_eq(&custom.provider, self))
    }

    fn object(self: &Arc<Self>, home: &Arc<Home>, provided: Arc<ProvidedType>, has_state: bool) -> Proxy {
        let custom = Custom { provided, provider: self.clone(), has_state: AtomicBool::new(has_state) };
        Referent::create(home, custom)
    }

    /// What is asked through a proxy that is revoked meanwhile is done all the same, but not answered.
    async fn ask(&self, me: &Proxy, caller: &Caller, what: Ask, ending: Option<Arc<Ending>>) -> Outcome<Item> {
        let enter = || caller.home.waits().enter(&caller.actor, self.actor.id(), Awaited::Answer);
        let (_waiting, answer) = self.mailbox.ask(what, ending, enter)?;
        let answer = async {
            match answer.await {
                Ok(answer) => answer,
                Err(_) => Err(self.mailbox.closed().unwrap_or_else(|| {
                    CallError::new(ErrorKind::ProviderDied, "the provider ended before it answered")
                })),
            }
        };
        while_granted(me, &caller.actor, answer).await
    }
}

/// An object of a provider.
pub struct Custom {
    provided: Arc<ProvidedType>,
    provider: Arc<Provider>,
    /// Whether the provider has a state for it, and so has to be told when it is gone.
    has_state: AtomicBool,
}

impl Custom {
    /// Notes that the provider's constructor has succeeded.
    pub fn constructed(proxy: &Proxy) {
        if let Some(custom) = proxy.downcast::<Self>() {
            custom.has_state.store(true, Ordering::Release);
        }
    }

    /// Calls a method without arguments; none if the type has no such method.
    pub(super) async fn call_if_declared(me: &Proxy, caller: &Caller, method: &str) -> Option<Outcome<Item>> {
        let number = me.body().type_info().number_of(method)?;
        let custom = super::expect_type::<Self>(me, "provided").and_then(|custom| me.check(number).map(|()| custom));
        match custom {
            Ok(custom) => Some(custom.ask_method(me, caller, method, Vec::new(), Vec::new(), None).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// Asks for the next item, of an object that has a `__next__`.
    pub(super) async fn step(me: &Proxy, caller: &Caller, ending: &Arc<Ending>) -> Outcome<Item> {
        let custom = super::expect_type::<Self>(me, "provided")?;
        if let Some(number) = me.body().type_info().number_of("__next__") {
            me.check(number)?;
        }
        if ending.has_come() {
            return Err(stop_iteration());
        }
        custom.ask_method(me, caller, "__next__", Vec::new(), Vec::new(), Some(ending.clone())).await
    }

    async fn ask_method(
        &self,
        me: &Proxy,
        caller: &Caller,
        method: &str,
        args: Vec<Item>,
        kwargs: Keywords,
        ending: Option<Arc<Ending>>,
    ) -> Outcome<Item> {
        let ask = Ask::Call { me: me.clone(), method: method.to_owned(), args, kwargs };
        self.provider.ask(me, caller, ask, ending).await
    }
}

impl Shared for Custom {
    fn type_info(&self) -> &TypeInfo {
        &self.provided.info
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, me: u64) -> Remains {
        if self.has_state.load(Ordering::Acquire) {
            self.provider.mailbox.release(me);
        }
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        // The provider prints it; this is what those see who cannot wait for that.
        Ok(format!("<{} object at {me:#x}>", self.provided.info.typeid()))
    }

    fn foreign(&self) -> Option<&dyn Foreign> {
        Some(self)
    }

    fn remote(&self) -> Option<&dyn Remote> {
        Some(self)
    }
}

impl Remote for Custom {
    /// What it yields if it can be gone over, or else a copy of its state.
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            let info = &self.provided.info;
            if info.number_of("__iter__").or(info.number_of("__next__")).is_none() {
                me.check(GET_VALUE)?;
                return Foreign::get_value(self, me, caller).await;
            }
            match Source::begin(me, caller).await? {
                Begun::Source(source) => Item::list(source.rest(None, caller).await?.iter(), me.home().limits()),
                // An iterator over it is gone over in its turn.
                given => {
                    let iterator = given.into_iterator(caller)?;
                    match iterator.body().remote() {
                        Some(remote) => remote.contents(&iterator, caller).await,
                        None => Ok(Item::proxy(iterator)),
                    }
                }
            }
        })
    }

    fn iterator<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move { Source::begin(me, caller).await?.into_iterator(caller).map(Item::proxy) })
    }
}

impl Foreign for Custom {
    fn call<'a>(
        &'a self,
        me: &'a Proxy,
        caller: &'a Caller,
        method: usize,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            let Some(declared) = self.provided.info.methods().get(method) else {
                return Err(CallError::new(ErrorKind::Internal, "a method without a declaration"));
            };
            self.ask_method(me, caller, declared.name(), args, kwargs, None).await
        })
    }

    fn get_value<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(self.provider.ask(me, caller, Ask::GetValue { me: me.clone() }, None))
    }

    fn to_text<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            match self.provider.ask(me, caller, Ask::ToText { me: me.clone() }, None).await? {
                Item::Text(text) => Ok(text.to_string()),
                _ => Err(CallError::new(ErrorKind::Internal, "a text that is none")),
            }
        })
    }
}

//! Running a provider: its types are registered, and its mailbox is worked off until it is ended.

use super::Runtime;
use super::run::{Job, State, supervise};
use super::service::{Progress, Service};
use crate::object::{CallError, Effect, Item, Outcome, Referent, Waiting};
use crate::referents::custom::{Ask, Custom, Description, Driver, ProvidedType, Provider, Request, Types};
use crate::referents::process::Process;
use crate::sync::{Arc, Weak, oneshot};
use crate::wit::bindings::imports::commonhold::manager::types::Value;
use crate::wit::bindings::provider::exports::commonhold::manager::custom_types::{Guest, TypeDescription};
use commonhold_wire::ErrorKind;
use wasmtime::Store;

/// Whom a provider's types are known to.
#[derive(Clone)]
pub(super) enum Scope {
    /// To everybody, by their names.
    Everybody(Arc<Service>),
    /// To those who have the proxy to the provider.
    Holders,
}

/// Where it is told that a provider's types can be used, or why not.
pub(super) struct Ready {
    /// Whoever started the provider waits no longer than until it is told, even before it comes to know.
    pub(super) waiting: Option<Waiting>,
    pub(super) to: oneshot::Sender<Outcome<()>>,
}

impl Ready {
    fn tell(self, outcome: Outcome<()>) {
        drop(self.waiting);
        // Whoever started it may be gone.
        let _ = self.to.send(outcome);
    }
}

/// Runs a provider to its end.
pub(super) async fn run(
    runtime: &Arc<Runtime>,
    job: Job,
    args: Vec<Item>,
    scope: Scope,
    ready: Option<Ready>,
    driver: Weak<dyn Driver>,
) {
    let (here, process) = (runtime.clone(), job.process.referent().clone());
    supervise(runtime, job, move |store, prepared| {
        Box::pin(async move {
            let Some(pre) = prepared.provider else {
                return Err(CallError::new(ErrorKind::Internal, "the program is no provider").into());
            };
            let provider = Provider::driven(store.data().guest.caller().actor.clone(), Some(driver));
            let closing = Closing { runtime: &here, process: &process, provider: &provider, scope: &scope };
            store.data_mut().guest.set_provider(provider.clone());
            let instance = pre.instantiate_async(&mut *store).await?;
            let guest = instance.commonhold_manager_custom_types();
            let described = describe(store, guest, args).await?;
            let known = described.and_then(|types| make_known(&here, &process, &provider, types, &scope));
            if let Some(ready) = ready {
                ready.tell(known.clone());
            }
            known?;
            scope.progress(Progress::Idle);
            let mut has_answered = false;
            loop {
                let (request, is_followed) = provider.mailbox.next_of_several().await;
                if !is_followed {
                    // It may have waited for long: its turn begins now. Where more is waiting it has one turn for all.
                    store.set_epoch_deadline(1);
                }
                match request {
                    Request::Release(key) => {
                        if !has_answered {
                            scope.progress(Progress::Asked);
                        }
                        if let Err(error) = guest.call_release(&mut *store, key).await {
                            let died = died(&error, &provider, store);
                            // Nobody waits for this.
                            tracing::warn!("{}", died.message);
                            closing.close(died);
                            return Err(error.into());
                        }
                        if !has_answered {
                            scope.progress(Progress::Idle);
                        }
                    }
                    Request::Ask(ask, reply) => {
                        if !has_answered {
                            scope.progress(Progress::Asked);
                        }
                        match answer(store, guest, ask).await {
                            Ok(answer) => reply.send(answer),
                            Err(error) => {
                                let died = died(&error, &provider, store);
                                closing.close(died.clone());
                                reply.send(Err(died));
                                return Err(error.into());
                            }
                        }
                        if !has_answered {
                            has_answered = true;
                            scope.progress(Progress::Answered);
                        }
                    }
                }
            }
        })
    })
    .await;
}

/// Has the provider describe its types. The outer error is its end.
async fn describe(store: &mut Store<State>, guest: &Guest, args: Vec<Item>) -> wasmtime::Result<Outcome<Types>> {
    // From here on the arguments' proxies are the guest's.
    let args = match store.data_mut().guest.values(args) {
        Ok(args) => args,
        Err(error) => return Ok(Err(error)),
    };
    Ok(match guest.call_describe(&mut *store, &args).await? {
        Ok(described) => ProvidedType::of_all(described.into_iter().map(Description::from))
            .map_err(|reason| CallError::new(ErrorKind::Type, reason)),
        Err(error) => Err(store.data_mut().guest.taken_error(error)),
    })
}

/// Makes a provider's types known to those whom they are for.
fn make_known(
    runtime: &Runtime,
    process: &Referent,
    provider: &Arc<Provider>,
    types: Types,
    scope: &Scope,
) -> Outcome<()> {
    provider.set_types(types.clone());
    if let Some(process) = Process::in_memory(process) {
        process.provides(provider);
    }
    match scope {
        Scope::Everybody(service) => service.begins(runtime, provider, types),
        Scope::Holders => Ok(()),
    }
}

/// What a provider's objects answer with once it has trapped.
fn died(error: &wasmtime::Error, provider: &Provider, store: &Store<State>) -> CallError {
    let why = match store.data().guest.panic_message() {
        Some(message) => message.to_owned(),
        None => error.root_cause().to_string(),
    };
    let message = format!("the provider {} has died: {why}", provider.actor.name());
    let died = CallError::new(ErrorKind::ProviderDied, message);
    match error.downcast_ref::<wasmtime::WasmBacktrace>() {
        Some(traceback) => died.with_traceback(traceback.to_string()),
        None => died,
    }
}

/// Whatever ends a provider, it answers nobody any more.
struct Closing<'a> {
    runtime: &'a Runtime,
    process: &'a Referent,
    provider: &'a Arc<Provider>,
    scope: &'a Scope,
}

impl Closing<'_> {
    /// Whoever comes to know of it finds that the next object would be made by another provider, if by any.
    fn close(&self, reason: CallError) {
        if let Scope::Everybody(service) = self.scope {
            service.pauses(self.runtime, self.process.id());
        }
        self.provider.mailbox.close(reason);
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let message = format!("the provider {} has ended", self.provider.actor.name());
        self.close(CallError::new(ErrorKind::ProviderDied, message));
    }
}

impl Scope {
    /// Notes how far the provider has come.
    fn progress(&self, progress: Progress) {
        if let Self::Everybody(service) = self {
            service.has_come_to(progress);
        }
    }
}

impl From<TypeDescription> for Description {
    fn from(TypeDescription { typeid, doc, methods, creatable }: TypeDescription) -> Self {
        let methods = methods
            .into_iter()
            .map(|method| (method.name, method.doc, if method.reads_only { Effect::Reads } else { Effect::Changes }));
        Self { typeid, doc, methods: methods.collect(), creatable }
    }
}

/// Has the provider answer. The outer error is the provider's end.
async fn answer(store: &mut Store<State>, guest: &Guest, ask: Ask) -> wasmtime::Result<Outcome<Item>> {
    let result = match ask {
        Ask::Construct { me, args, kwargs } => {
            let (args, kwargs) = match lower(store, args, kwargs) {
                Ok(lowered) => lowered,
                Err(error) => return Ok(Err(error)),
            };
            let result = guest.call_construct(&mut *store, me.id(), me.typeid(), &args, &kwargs).await?;
            let guest = &mut store.data_mut().guest;
            let given = match result {
                Ok(given) => given.map(|given| guest.taken(Value::Proxy(given))).transpose(),
                Err(error) => Err(guest.taken_error(error)),
            };
            return Ok(given.map(|given| Custom::constructed(&me, given)));
        }
        Ask::Call { me, method, args, kwargs } => {
            let (args, kwargs) = match lower(store, args, kwargs) {
                Ok(lowered) => lowered,
                Err(error) => return Ok(Err(error)),
            };
            let method = me.body().type_info().method(method).name();
            guest.call_call(&mut *store, me.id(), method, &args, &kwargs).await?
        }
        Ask::GetValue { me } => guest.call_get_value(&mut *store, me.id()).await?,
        Ask::ToText { me } => guest.call_to_text(&mut *store, me.id()).await?.map(Value::Text),
    };
    let guest = &mut store.data_mut().guest;
    Ok(match result {
        Ok(value) => guest.taken(value),
        Err(error) => Err(guest.taken_error(error)),
    })
}

type Values = Vec<Value>;
type Keywords = Vec<(String, Value)>;

fn lower(store: &mut Store<State>, args: Vec<Item>, kwargs: Vec<(String, Item)>) -> Outcome<(Values, Keywords)> {
    let guest = &mut store.data_mut().guest;
    // All or none: the room for both is made together.
    let mut count = 0;
    args.iter().chain(kwargs.iter().map(|(_, item)| item)).for_each(|item| item.proxies(&mut |_| count += 1));
    guest.make_room(count)?;
    args.iter().chain(kwargs.iter().map(|(_, item)| item)).try_for_each(|item| guest.check_size(item.weight()))?;
    Ok((guest.values(args)?, guest.keyword_values(kwargs)?))
}

//! Running a provider: its types are registered, and its mailbox is worked off until it is ended.

use super::Runtime;
use super::run::{Job, State, supervise};
use crate::object::{CallError, Effect, Item, Outcome};
use crate::referents::custom::{Ask, Custom, Description, ProvidedType, Provider, Request};
use crate::sync::{Arc, oneshot};
use crate::wit::bindings::imports::commonhold::manager::types::Value;
use crate::wit::bindings::provider::exports::commonhold::manager::custom_types::{Guest, TypeDescription};
use commonhold_wire::ErrorKind;
use wasmtime::Store;

/// Runs a provider to its end. `ready` is told when its types can be used, or why not.
pub(super) async fn run(runtime: Arc<Runtime>, job: Job, ready: oneshot::Sender<Result<(), String>>) {
    let here = runtime.clone();
    let mut ready = Some(ready);
    supervise(&runtime, job, move |store, prepared| {
        Box::pin(async move {
            let Some(pre) = prepared.provider else {
                return Err(CallError::new(ErrorKind::Internal, "the program is no provider").into());
            };
            let provider = Provider::new(store.data().guest.caller().actor.clone());
            let _closing = Closing { runtime: &here, provider: &provider };
            store.data_mut().guest.set_provider(provider.clone());
            let instance = pre.instantiate_async(&mut *store).await?;
            let guest = instance.commonhold_manager_custom_types();
            let described = guest.call_describe(&mut *store).await?;
            let described = described.into_iter().map(Description::from);
            let known = ProvidedType::of_all(described).and_then(|types| here.objects().register(&provider, types));
            if let Some(ready) = ready.take() {
                let _ = ready.send(known.clone());
            }
            if let Err(reason) = known {
                return Err(CallError::new(ErrorKind::Type, reason).into());
            }
            loop {
                match provider.mailbox.next().await {
                    Request::Release(key) => guest.call_release(&mut *store, key).await?,
                    Request::Ask(ask, reply) => match answer(store, guest, ask).await {
                        Ok(answer) => reply.send(answer),
                        Err(error) => {
                            let died = died(&error, &provider);
                            provider.mailbox.close(died.clone());
                            reply.send(Err(died));
                            return Err(error.into());
                        }
                    },
                }
            }
        })
    })
    .await;
}

/// What a provider's objects answer with once it has trapped.
fn died(error: &wasmtime::Error, provider: &Provider) -> CallError {
    let message = format!("the provider {} has died: {}", provider.actor.name(), error.root_cause());
    let died = CallError::new(ErrorKind::ProviderDied, message);
    match error.downcast_ref::<wasmtime::WasmBacktrace>() {
        Some(traceback) => died.with_traceback(traceback.to_string()),
        None => died,
    }
}

/// Whatever ends a provider, its types are forgotten and its mailbox is closed.
struct Closing<'a> {
    runtime: &'a Runtime,
    provider: &'a Arc<Provider>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.runtime.objects().unregister(self.provider);
        let message = format!("the provider {} has ended", self.provider.actor.name());
        self.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, message));
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
            if result.is_ok() {
                Custom::constructed(&me);
            }
            result.map(|()| Value::Null)
        }
        Ask::Call { me, method, args, kwargs } => {
            let (args, kwargs) = match lower(store, args, kwargs) {
                Ok(lowered) => lowered,
                Err(error) => return Ok(Err(error)),
            };
            guest.call_call(&mut *store, me.id(), &method, &args, &kwargs).await?
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
    Ok((guest.values(args)?, guest.keyword_values(kwargs)?))
}

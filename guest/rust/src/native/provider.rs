//! The provider of a native build: a process that answers for the types of the program under test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use commonhold_objects::manager::{Service, Standing};
use commonhold_objects::object::{CallError, Effect, Item, Outcome, Waiting};
use commonhold_objects::referents::custom::{Ask, Custom, Description, ProvidedType, Provider, Request};
use commonhold_objects::referents::process::{End, Process};
use commonhold_objects::sync::oneshot;
use commonhold_wire::ErrorKind;

use super::guest::Guest;
use crate::entry::{self, Given, Program, Raw};
use crate::error::into_raw;
use crate::provider::{self, TypeTable};

/// Where it is told that a provider's types can be used, or why not.
pub(super) struct Ready {
    /// Whoever started the provider waits no longer than until it is told.
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

/// What a provider begins with.
pub(super) struct Beginning {
    pub(super) program: &'static Program,
    pub(super) args: Vec<Item>,
    /// Whether everybody can create its types by their names.
    pub(super) for_everybody: bool,
}

/// Does what there is to do before, and makes the program's types known, on the thread of the process that is to answer
/// for them.
fn begin(guest: &Arc<Guest>, beginning: Beginning) -> Outcome<Closing<'_>> {
    let Beginning { program, args, for_everybody } = beginning;
    let provider = guest.provider.get_or_init(|| Provider::new(guest.caller.actor.clone())).clone();
    entry::start(program, guest.values(args)?).map_err(|error| guest.taken_error(error))?;
    let describe = |table: &TypeTable| Description {
        typeid: table.typeid.to_owned(),
        doc: table.doc.to_owned(),
        methods: table
            .methods
            .iter()
            .map(|method| {
                let effect = if method.reads_only { Effect::Reads } else { Effect::Changes };
                (method.name.to_owned(), method.doc.to_owned(), effect)
            })
            .collect(),
        creatable: table.creatable,
    };
    let refused = |reason| CallError::new(ErrorKind::Type, reason);
    let types = ProvidedType::of_all(program.types.iter().map(describe)).map_err(refused)?;
    let service = for_everybody.then(|| Service::new(guest.referent().id()));
    if let Some(service) = &service {
        guest.world.objects.register(service, &types).map_err(refused)?;
    }
    provider.set_types(types);
    if let Some(process) = Process::in_memory(guest.referent()) {
        process.provides(&provider);
    }
    if let Some(service) = &service {
        service.set(Standing::Running(provider.clone()));
    }
    Ok(Closing { guest, provider, service })
}

/// Describes the program's types and works off the provider's mailbox until its process is ended.
pub(super) fn run(guest: &Arc<Guest>, beginning: Beginning, ready: Ready) -> End {
    let program = beginning.program;
    // What it has told, should it panic, is that it ended before it had begun.
    let begun = match begin(guest, beginning) {
        Ok(begun) => begun,
        Err(error) => {
            ready.tell(Err(error.clone()));
            return End::Failed(error);
        }
    };
    let provider = &begun.provider;
    ready.tell(Ok(()));
    let end = loop {
        let request = match guest.unless_killed(provider.mailbox.next()) {
            Ok(Ok(request)) => request,
            Ok(Err(end)) => break end,
            Err(error) => break End::Failed(error),
        };
        let mut waiting = None;
        let answered = catch_unwind(AssertUnwindSafe(|| match request {
            Request::Release(key) => provider::release(key),
            Request::Ask(ask, reply) => {
                waiting = Some(reply);
                let answer = answer(guest, program, ask);
                // Whoever asked may be gone.
                if let Some(reply) = waiting.take() {
                    reply.send(answer);
                }
            }
        }));
        if let Err(payload) = answered {
            let end = guest.verdict(payload);
            let why = match &end {
                End::Trapped(error) => error.message.clone(),
                other => other.in_words(),
            };
            let message = format!("the provider {} has died: {why}", provider.actor.name());
            let died = CallError::new(ErrorKind::ProviderDied, message);
            provider.mailbox.close(died.clone());
            if let Some(reply) = waiting {
                reply.send(Err(died));
            }
            break end;
        }
    };
    // Their destructors still have a process that they belong to.
    provider::release_all();
    end
}

/// Whatever ends a provider, its types are forgotten and its mailbox is closed.
struct Closing<'a> {
    guest: &'a Guest,
    provider: Arc<Provider>,
    /// What others create its types by, if everybody can.
    service: Option<Arc<Service>>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if let Some(service) = &self.service {
            self.guest.world.objects.unregister(service);
        }
        let message = format!("the provider {} has ended", self.provider.actor.name());
        self.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, message));
    }
}

fn answer(guest: &Arc<Guest>, program: &Program, ask: Ask) -> Outcome<Item> {
    let result = match ask {
        Ask::Construct { me, args, kwargs } => {
            let made = provider::construct(program, me.id(), me.typeid(), given(guest, args, kwargs)?);
            let instead = match made {
                Ok(instead) => instead.map(|handle| guest.taken(Raw::Proxy(handle))).transpose()?,
                Err(error) => return Err(guest.taken_error(into_raw(error))),
            };
            return Ok(Custom::constructed(&me, instead));
        }
        Ask::Call { me, method, args, kwargs } => {
            let method = me.body().type_info().method(method).name();
            provider::call(me.id(), method, given(guest, args, kwargs)?)
        }
        Ask::GetValue { me } => provider::get_value(me.id()),
        Ask::ToText { me } => provider::to_text(me.id()).map(Raw::Text),
    };
    match result {
        Ok(value) => guest.taken(value),
        Err(error) => Err(guest.taken_error(into_raw(error))),
    }
}

fn given(guest: &Arc<Guest>, args: Vec<Item>, kwargs: Vec<(String, Item)>) -> Outcome<Given> {
    let (names, named): (Vec<_>, Vec<_>) = kwargs.into_iter().unzip();
    // All or none: the room for both is made together.
    let positional = args.len();
    let mut values = guest.values(args.into_iter().chain(named).collect())?;
    let named = values.split_off(positional);
    Ok(Given::new(values, names.into_iter().zip(named).collect()))
}

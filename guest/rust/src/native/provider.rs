//! The provider of a native build: a process that answers for the types of the program under test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use commonhold_objects::object::{CallError, Effect, Item, Outcome};
use commonhold_objects::referents::custom::{Ask, Custom, Description, ProvidedType, Provider, Request};
use commonhold_objects::referents::process::End;
use commonhold_wire::ErrorKind;

use super::guest::Guest;
use crate::entry::{Given, Program, Raw};
use crate::error::into_raw;
use crate::provider::{self, TypeTable};

/// Makes the program's types known, with the process that is to answer for them.
pub(super) fn register(guest: &Arc<Guest>, program: &Program) -> Result<Arc<Provider>, String> {
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
    let provider = Provider::new(guest.caller.actor.clone());
    let types = ProvidedType::of_all(program.types.iter().map(describe))?;
    guest.world.objects.register(&provider, types)?;
    Ok(guest.provider.get_or_init(|| provider).clone())
}

/// Works off the provider's mailbox until its process is ended.
pub(super) fn run(guest: &Arc<Guest>, program: &'static Program, provider: &Arc<Provider>) -> End {
    let _closing = Closing { guest, provider };
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
    provider: &'a Arc<Provider>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.guest.world.objects.unregister(self.provider);
        let message = format!("the provider {} has ended", self.provider.actor.name());
        self.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, message));
    }
}

fn answer(guest: &Arc<Guest>, program: &Program, ask: Ask) -> Outcome<Item> {
    let result = match ask {
        Ask::Construct { me, args, kwargs } => {
            let made = provider::construct(program, me.id(), me.typeid(), given(guest, args, kwargs)?);
            if made.is_ok() {
                Custom::constructed(&me);
            }
            made.map(|()| Raw::Null)
        }
        Ask::Call { me, method, args, kwargs } => provider::call(me.id(), &method, given(guest, args, kwargs)?),
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

//! The counterpart of the interface `providers`.

use commonhold_objects::referents::process::{Process, Start};

pub use super::types::{Argument, Error, Proxy, Rights};

use super::guest;

/// Starts a thread that provides the types of the program, and waits until they are known.
pub fn start(program: Option<&str>, args: &[Argument<'_>]) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let args = own.items(args)?;
        own.make_room(1)?;
        let itself = own.itself()?;
        let start = Start { name: None, daemon: true, parent: Some(&itself) };
        own.give(own.world.provide_for(own, program, args, start)?)
    })
}

/// Makes a referent of one of a provider's types.
pub fn create(
    provider: &Proxy,
    typeid: &str,
    args: &[Argument<'_>],
    kwargs: &[(&str, Argument<'_>)],
    rights: Option<Rights<'_>>,
) -> Result<Proxy, Error> {
    provider.with(|provider, own| {
        let (args, kwargs, rights) = (own.items(args)?, own.keywords(kwargs)?, rights.map(Into::into));
        let objects = &own.world.objects;
        let created = objects.create_in(provider, &own.caller, typeid, args, kwargs, rights.as_ref());
        own.give(own.wait(created)?)
    })
}

/// The typeids that `create` knows.
pub fn typeids(provider: &Proxy) -> Result<Vec<String>, Error> {
    provider.with(|provider, _| Process::typeids(provider))
}

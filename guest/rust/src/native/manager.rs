//! The counterpart of the interface `manager`.

pub use super::types::{Argument, Error, Proxy, Rights};

use super::guest;

/// Makes a referent of any type by its typeid.
pub fn create(
    typeid: &str,
    args: &[Argument<'_>],
    kwargs: &[(&str, Argument<'_>)],
    rights: Option<Rights<'_>>,
) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let (args, kwargs, rights) = (own.items(args)?, own.keywords(kwargs)?, rights.map(Into::into));
        own.give(own.wait(own.world.objects.create(&own.caller, typeid, args, kwargs, rights.as_ref()))?)
    })
}

/// The typeids that `create` knows.
pub fn typeids() -> Vec<String> {
    guest::current().world.objects.typeids()
}

/// How many referents are alive.
pub fn number_of_objects() -> u64 {
    guest::current().world.objects.home().number_of_objects()
}

/// One paragraph for each live referent.
pub fn debug_info() -> String {
    let guest = guest::current();
    let printable = guest.printable();
    // A test stands for the embedder, too: it may use all names.
    commonhold_objects::manager::debug_info(&guest.world.objects, |_| true, |id| printable.contains(&id))
}

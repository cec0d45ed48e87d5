//! Providers that a process starts for itself.

use std::marker::PhantomData;

use crate::arguments::{Arguments, Keywords};
use crate::backend::providers;
use crate::convert::expect_unit;
use crate::proxy::typed_proxy;
use crate::{Process, Proxy, Result, Rights};

/// A provider that a process has started: its types can be created by whoever has a proxy to it, and by nobody else.
/// So their names never meet those of another provider's types, and there can be several providers of one program,
/// each with objects of its own. The objects themselves can be given to anybody.
///
/// It is a process, a daemon of the one that has started it, and ends with it.
///
/// ```
/// use commonhold_guest::provider::Provider;
/// use commonhold_guest::{ErrorKind, Result, Rights, entry, shared_type};
///
/// thread_local! {
///     static GREETING: std::cell::OnceCell<String> = const { std::cell::OnceCell::new() };
/// }
///
/// /// Runs in the provider before all else, with what it is started with.
/// #[entry]
/// fn set_up(greeting: Option<String>) {
///     GREETING.with(|it| it.set(greeting.unwrap_or("Hello".to_owned()))).ok();
/// }
///
/// struct Greeter;
///
/// #[shared_type]
/// impl Greeter {
///     pub fn new() -> Self {
///         Greeter
///     }
///
///     /// Greets somebody.
///     pub fn greet(&self, whom: String) -> String {
///         GREETING.with(|it| format!("{}, {whom}", it.get().map_or("", String::as_str)))
///     }
/// }
///
/// commonhold_guest::program!(types: [Greeter], start: set_up);
///
/// fn example() -> Result<()> {
///     let german = Provider::start(None, ("Hallo",))?;
///     let french = Provider::start("main", ("Salut",))?;
///     assert_eq!(german.typeids()?, ["Greeter"]);
///     let greeters = [german.create("Greeter", ())?, french.create("Greeter", ())?];
///     assert_eq!(greeters[0].call::<String>("greet", ("Anna",))?, "Hallo, Anna");
///     assert_eq!(greeters[1].call::<String>("greet", ("Anne",))?, "Salut, Anne");
///
///     // One that can be called, and neither printed nor copied.
///     let greeter = german.create_with("Greeter", (), (), Some(&Rights::only(["greet"])))?;
///     assert!(greeter.to_text().is_err());
///     german.process()?.terminate()?;
///     assert_eq!(greeter.call::<String>("greet", ("Anna",)).unwrap_err().kind, ErrorKind::ProviderDied);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Provider {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Provider, "Process");

impl Provider {
    /// Starts a provider of the program of that name, or of this one if there is none, and waits until it has described
    /// its types. The arguments are for what the program [starts](macro@crate::program) with.
    ///
    /// # Errors
    ///
    /// `no-such-name` if there is no such program, `no-such-type` if it provides no types, `quota-exceeded` if there are
    /// too many processes, `assertion` if this process is a daemon; the provider's own error if it could not start,
    /// `process-died` if it ended before it did.
    pub fn start<'a>(program: impl Into<Option<&'a str>>, args: impl Arguments) -> Result<Provider> {
        let program = program.into();
        let handle = args.lend(|args| expect_unit(providers::start(program, args)))?;
        Ok(Provider::assume(Proxy::new(handle)))
    }

    /// Makes an object of one of the provider's types.
    ///
    /// # Errors
    ///
    /// `no-such-type` if it has no such type, `provider-died` if it has ended; else what the constructor reports.
    pub fn create(&self, typeid: &str, args: impl Arguments) -> Result<Proxy> {
        self.create_with(typeid, args, (), None)
    }

    /// The same, with keyword arguments and a choice of what the proxy may do; none means everything.
    ///
    /// # Errors
    ///
    /// As [`create`](Provider::create); `attribute` if the rights name a method that the type does not have.
    pub fn create_with(
        &self,
        typeid: &str,
        args: impl Arguments,
        kwargs: impl Keywords,
        rights: Option<&Rights>,
    ) -> Result<Proxy> {
        let provider = self.handle();
        let handle = args.lend(|args| {
            kwargs.lend(|kwargs| match rights {
                Some(rights) => {
                    rights.lend(|it| expect_unit(providers::create(provider, typeid, args, kwargs, Some(it))))
                }
                None => expect_unit(providers::create(provider, typeid, args, kwargs, None)),
            })
        })?;
        Ok(Proxy::new(handle))
    }

    /// The types that [`create`](Provider::create) knows, in alphabetical order.
    pub fn typeids(&self) -> Result<Vec<String>> {
        expect_unit(providers::typeids(self.handle()))
    }

    /// The provider as the process that it is: to end it, or to see how it has ended.
    pub fn process(&self) -> Result<Process> {
        self.proxy.clone().try_into()
    }
}

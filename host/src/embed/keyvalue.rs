use super::Manager;
use crate::error::Error;
use crate::object::Proxy;

impl Manager {
    /// Grants all guests a dict as a store of `wasi:keyvalue`, under a name, in place of another one of that name.
    /// They have the rights of the proxy, so one that was [narrowed](Proxy::narrow) to its
    /// [reading methods](Proxy::reading_methods) makes a store that they can only read, and revoking it ends all
    /// use of it. The store named `default` is also what a component gets that asks for `""`.
    ///
    /// The manager holds the dict until the grant is [taken back](Self::remove_keyvalue_store). `docs/keyvalue.md` tells
    /// what the two sides see of each other's values.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let visits = manager.dict([("total", 0)])?;
    /// manager.keyvalue_store("visits", visits.proxy())?;
    /// // A component that opens the store "visits" and increments "total".
    /// let program = manager.load("visitor.wasm").await?;
    /// program.spawn("main", ())?.join::<()>().await?;
    /// assert_eq!(visits.get("total")?, Some(1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not a dict.
    pub fn keyvalue_store(&self, name: impl Into<String>, dict: &Proxy) -> Result<(), Error> {
        Ok(self.objects().stores().grant(name, dict)?)
    }

    /// Takes back the grant of a store, and tells whether there was one. Guests that have opened it keep it: to end that
    /// too, grant a narrowed proxy and revoke it.
    pub fn remove_keyvalue_store(&self, name: &str) -> bool {
        self.objects().stores().withdraw(name).is_some()
    }
}

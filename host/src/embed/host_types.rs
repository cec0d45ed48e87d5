//! Types that the embedder implements.

use super::{Inner, Manager};
use crate::error::Error;
use crate::referents::hosted::{HostObject, HostType};
use crate::sync::{Arc, Weak};

impl Manager {
    /// Registers a type that the embedder implements in Rust. Guests create its objects by its name and call its methods, and
    /// all that holds of the manager's own types holds of it.
    ///
    /// ```
    /// use commonhold::{CallError, ErrorKind, HostObject, HostType, Items, Itself, List, Manager, New, Proxy};
    /// use std::time::Duration;
    ///
    /// struct Account {
    ///     owner: String,
    ///     balance: u64,
    ///     entries: List<i64>,
    /// }
    ///
    /// impl Account {
    ///     fn withdraw(&mut self, amount: u64) -> Result<u64, CallError> {
    ///         let Some(rest) = self.balance.checked_sub(amount) else {
    ///             // As a class of its own, which keeps its name in every language.
    ///             let error = CallError::new(ErrorKind::Custom, format!("only {} left", self.balance));
    ///             return Err(error.with_type_name("InsufficientFunds"));
    ///         };
    ///         self.balance = rest;
    ///         self.entries.push(&-(amount as i64))?;
    ///         Ok(rest)
    ///     }
    /// }
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), commonhold::Error> {
    /// let manager = Manager::new()?;
    /// // The type must not keep the manager that it is registered with.
    /// let weak = manager.downgrade();
    /// let account = HostType::<Account>::new("Account")
    ///     .doc("Somebody's money.")
    ///     .constructor("owner, balance=0", move |owner: String, balance: u64| {
    ///         Ok::<_, CallError>(Account { owner, balance, entries: weak.upgrade()?.list([])? })
    ///     })
    ///     .method("withdraw(amount)", Account::withdraw)
    ///     .method("deposit(amount, *, note='')", |account: &mut Account, amount: u64, note: String| {
    ///         println!("{note}");
    ///         account.balance += amount;
    ///         Itself
    ///     })
    ///     .reading("balance()", |account: &Account| account.balance)
    ///     .reading("entries()", |account: &Account| account.entries.clone())
    ///     .reading("savings()", |account: &Account| {
    ///         New(Account { owner: account.owner.clone(), balance: 0, entries: account.entries.clone() })
    ///     })
    ///     .reading("countdown()", |account: &Account| Items((0..account.balance).rev()))
    ///     .waiting("transfer(to, amount)", |me: HostObject<Account>, to: HostObject<Account>, amount: u64| async move {
    ///         tokio::time::sleep(Duration::from_millis(1)).await;
    ///         // One state at a time, and none while it waits.
    ///         me.with_mut(|account| account.withdraw(amount))??;
    ///         to.with_mut(|account| account.balance += amount)
    ///     })
    ///     .text(|account| format!("Account({}: {})", account.owner, account.balance))
    ///     .copy(|account| (account.owner.clone(), account.balance))
    ///     .contains(|account, show| show(account.entries.proxy()));
    /// manager.register(account)?;
    ///
    /// let ada = manager.create("Account", ("Ada", 7)).await?;
    /// let bob = manager.create("Account", ("Bob",)).await?;
    /// ada.call::<_, ()>("transfer", (&bob, 5)).await?;
    /// assert_eq!(bob.to_text().await?, "Account(Bob: 5)");
    /// let error = ada.call::<_, u64>("withdraw", (5,)).await.unwrap_err();
    /// assert_eq!(error.to_string(), "InsufficientFunds: only 2 left");
    /// let error = ada.call::<_, ()>("deposit", ("much",)).await.unwrap_err();
    /// assert_eq!(error.to_string(), "TypeError: deposit() argument 'amount' must be int, not str");
    /// assert_eq!(ada.call::<_, Proxy>("deposit", (1,)).await?, ada);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Threads, waiting and panics
    ///
    /// - Methods other than [waiting](HostType::waiting) ones run on the thread of whoever calls them, under the lock of the
    ///   object's state. One that takes longer than some tens of microseconds says so by [`heavy`](HostType::heavy), or is
    ///   a waiting one that has [`spawn_blocking`](tokio::task::spawn_blocking) do its work.
    /// - A thread works on one state at a time. A method that looks into a second host object, or into its own object once
    ///   more, gets an error: whatever a guest gives to whatever method, no two calls can wait for each other for ever.
    /// - A waiting method is dropped where it waits when its caller is killed, or loses the rights to call it, and then does
    ///   nothing more. What it waits for is waited for by the embedder's code: no such wait is refused as a `deadlock`, and
    ///   its caller counts as running.
    /// - A panic is an `internal` error with its message. The object that it happened in is poisoned: what is asked of it from
    ///   then on fails with an error that says so. All others are as they were.
    /// - Code of a type that holds an object of the same type, or the manager, would keep both for ever:
    ///   [`downgrade`](Self::downgrade) them.
    ///
    /// # Errors
    ///
    /// [`Error::Register`] if there is something wrong with the declaration, or another type has the name.
    pub fn register<T: Send + 'static>(&self, host_type: HostType<T>) -> Result<(), Error> {
        self.objects().register_host(host_type)
    }

    /// A new object of the first type that was registered with `T`, made of its state.
    ///
    /// ```
    /// use commonhold::{HostType, Manager};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), commonhold::Error> {
    /// // Without a constructor: guests have only what they are given.
    /// let log = HostType::<Vec<String>>::new("Log").method("write(line)", |log: &mut Vec<String>, line: String| log.push(line));
    /// let manager = Manager::builder().register(log).build()?;
    /// assert!(manager.create("Log", ()).await.is_err());
    ///
    /// let log = manager.host_object(vec!["begun".to_owned()])?;
    /// log.proxy().call::<_, ()>("write", ("written",)).await?;
    /// assert_eq!(log.with(|lines| lines.join(", "))?, "begun, written");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `no-such-type` if no type was registered with `T`.
    pub fn host_object<T: Send + 'static>(&self, state: T) -> Result<HostObject<T>, Error> {
        HostObject::create(self.objects().home(), None, state)
    }

    /// The same for the type of that name, where several were registered with `T`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `no-such-type` if no type of that name was registered with `T`.
    pub fn host_object_of<T: Send + 'static>(&self, typeid: &str, state: T) -> Result<HostObject<T>, Error> {
        HostObject::create(self.objects().home(), Some(typeid), state)
    }

    /// The same manager, not kept: for code that the manager itself keeps.
    pub fn downgrade(&self) -> WeakManager {
        WeakManager { inner: Arc::downgrade(&self.inner) }
    }
}

/// A manager that ends when nobody else has it.
#[derive(Clone)]
pub struct WeakManager {
    inner: Weak<Inner>,
}

impl WeakManager {
    /// The manager.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if it has ended.
    pub fn upgrade(&self) -> Result<Manager, Error> {
        match self.inner.upgrade() {
            Some(inner) => Ok(Manager { inner }),
            None => Err(Error::Runtime("the manager has ended".into())),
        }
    }
}

impl std::fmt::Debug for WeakManager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeakManager").finish_non_exhaustive()
    }
}

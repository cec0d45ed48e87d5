//! A type of the embedder's own, in Rust: `cargo run -p commonhold --example custom_type`.
//!
//! Guests would call it by the same names: see `own_world.rs` for one that does.

#![allow(clippy::unwrap_used, reason = "the errors are what is shown")]

use commonhold::{CallError, ErrorKind, HostObject, HostType, Items, Itself, List, Manager, New, Proxy};
use std::time::Duration;

/// What an object of the type is.
struct Account {
    owner: String,
    balance: u64,
    /// A shared list: whoever has a proxy to it sees it grow.
    entries: List<i64>,
}

impl Account {
    fn deposit(&mut self, amount: u64) -> Result<Itself, CallError> {
        self.balance += amount;
        self.entries.push(&(amount as i64))?;
        Ok(Itself)
    }

    fn withdraw(&mut self, amount: u64) -> Result<u64, CallError> {
        let Some(rest) = self.balance.checked_sub(amount) else {
            // A class of its own: it keeps its name in Python, and its arguments everywhere.
            let args = commonhold::to_value(&(&self.owner, self.balance, amount))?;
            let message = format!("{} has only {}", self.owner, self.balance);
            let error = CallError::new(ErrorKind::Custom, message);
            return Err(error.with_type_name("InsufficientFunds").with_args(args));
        };
        self.balance = rest;
        self.entries.push(&-(amount as i64))?;
        Ok(rest)
    }
}

/// The type: its name, its constructor and its methods. Signatures are in Python's notation.
fn account(manager: &Manager) -> HostType<Account> {
    // The manager keeps the type, so the type must not keep the manager.
    let (manager, weak) = (manager.downgrade(), manager.downgrade());
    HostType::<Account>::new("Account")
        .doc("Somebody's money.")
        .constructor("owner, balance=0", move |owner: String, balance: u64| {
            Ok::<_, CallError>(Account { owner, balance, entries: manager.upgrade()?.list([])? })
        })
        .method("deposit(amount)", Account::deposit)
        .doc("Puts something into it, and gives the account itself.")
        .method("withdraw(amount)", Account::withdraw)
        .doc("Takes something out of it: what is left.")
        .reading("balance()", |account: &Account| account.balance)
        .reading("entries()", |account: &Account| account.entries.clone())
        .doc("The shared list of all entries.")
        .reading("branch(owner, *, balance=0)", move |_: &Account, owner: String, balance: u64| {
            Ok::<_, CallError>(New(Account { owner, balance, entries: weak.upgrade()?.list([])? }))
        })
        .doc("A new account.")
        .reading("interest(percent)", |account: &Account, percent: u64| {
            let mut balance = account.balance;
            Items(std::iter::from_fn(move || {
                balance += balance * percent / 100;
                Some(balance)
            }))
        })
        .doc("What it will be after one year, after two, and so on: an iterator, which nobody can exhaust.")
        .waiting("transfer(to, amount)", |me: HostObject<Account>, to: HostObject<Account>, amount: u64| async move {
            // As a bank does it. Others work on both accounts meanwhile.
            tokio::time::sleep(Duration::from_millis(20)).await;
            // One state at a time: a guest may give the account itself, or have two transfers meet.
            me.with_mut(|account| account.withdraw(amount))??;
            to.with_mut(|account| account.deposit(amount))??;
            Ok::<_, commonhold::Error>(())
        })
        .doc("Gives something to another account.")
        .reading("audit()", |account: &Account| -> u64 { panic!("the books of {} are lost", account.owner) })
        .text(|account| format!("Account({}: {})", account.owner, account.balance))
        .copy(|account| (account.owner.clone(), account.balance))
        .contains(|account, show| show(account.entries.proxy()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A panic of a method is an error of the call; nobody has to see it twice.
    std::panic::set_hook(Box::new(|_| ()));
    let manager = Manager::new()?;
    manager.register(account(&manager))?;

    println!("== created by name, called by name");
    let ada = manager.create("Account", ("Ada", 100)).await?;
    let itself: Proxy = ada.call("deposit", (20,)).await?;
    let entries: List<i64> = ada.call("entries", ()).await?;
    println!("{} {} {}", ada.to_text().await?, itself == ada, entries);

    println!("== a new object from a method, and one that the embedder makes");
    let bob: Proxy = ada.call("branch", ("Bob",)).await?;
    let eve = manager.host_object(Account { owner: "Eve".into(), balance: 5, entries: manager.list([])? })?;
    println!("{} {}", bob.to_text().await?, eve.proxy().to_text().await?);

    println!("== a method that waits: two at the same time, one of them to the account itself");
    tokio::try_join!(ada.call::<_, ()>("transfer", (&bob, 30)), bob.call::<_, ()>("transfer", (&bob, 0)))?;
    ada.call::<_, ()>("transfer", (&eve, 1)).await?;
    let accounts = [ada.to_text().await?, bob.to_text().await?, eve.proxy().to_text().await?];
    println!("{} {entries}", accounts.join(" "));
    println!("Eve's state, from Rust: {}", eve.with(|account| account.balance)?);

    println!("== an iterator, drawn from as far as anybody likes");
    let interest: commonhold::Iter<u64> = ada.call::<_, Proxy>("interest", (10,)).await?.try_into()?;
    println!("{:?}", interest.next_many(5).await?);

    println!("== what is wrong is told");
    for error in [
        ada.call::<_, ()>("deposit", ("much",)).await.unwrap_err(),
        ada.call::<_, ()>("deposit", (-1,)).await.unwrap_err(),
        ada.call::<_, ()>("transfer", (&entries, 1)).await.unwrap_err(),
        ada.call::<_, ()>("withdraw", (1000,)).await.unwrap_err(),
        manager.create("Account", ()).await.unwrap_err(),
    ] {
        println!("{error}");
    }

    println!("== a panic ends a call, and the use of that one object");
    println!("{}", bob.call::<_, u64>("audit", ()).await.unwrap_err());
    println!(
        "{}",
        bob.call::<_, u64>("balance", ()).await.unwrap_err().to_string().replace(&format!("{:#x}", bob.id()), "0x..")
    );
    println!("{}", ada.call::<_, u64>("balance", ()).await?);

    println!("== and everything goes when nobody has it any more");
    drop((ada, itself, bob, eve, entries, interest));
    println!("{}", manager.number_of_objects());
    Ok(())
}

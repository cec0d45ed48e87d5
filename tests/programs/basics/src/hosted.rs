//! The client of the types that the tests' embedder implements: see `tests/e2e/host_types.rs`.

use commonhold_guest::{Error, ErrorKind, Event, Iter, List, Proxy, Result, Rights, Value, entry, manager};

use crate::check::{count, fails, fails_as, same};

/// Checks accounts, which are the host's.
#[entry]
fn hosted() -> Result<u64> {
    let before = manager::number_of_objects();
    same(manager::typeids().contains(&"Account".to_owned()), true)?;
    let ada = manager::create_with("Account", ("Ada",), (("balance", 5),), None)?;
    same(ada.typeid(), "Account")?;
    same(ada.to_text()?, "Account(Ada, 5)")?;
    same(ada.get_value::<(String, u64)>()?, ("Ada".to_owned(), 5))?;
    same(ada.repr(), format!("<AutoProxy[Account] object, typeid 'Account' at {:#x}>", ada.id()))?;

    // Each kind of argument.
    same(ada.call::<Proxy>("deposit", (2,))? == ada, true)?;
    same(ada.call_with::<Proxy>("deposit", (1,), (("times", 3), ("note", "thrice")))? == ada, true)?;
    same(ada.call::<u64>("balance", ())?, 10)?;
    let amounts = List::from_items([1, 2])?;
    same(ada.call::<u64>("deposit_all", (&amounts,))?, 13)?;
    same(ada.call::<u64>("deposit_all", (vec![4],))?, 17)?;

    // Each kind of answer.
    let child: Proxy = ada.call("child", ("Bob",))?;
    same((child.to_text()?, child == ada), ("Account(Bob, 0)".to_owned(), false))?;
    let entries: List<i64> = ada.call::<Proxy>("entries", ())?.try_into()?;
    same(entries.to_vec()?, vec![2, 3, 1, 2, 4])?;
    let countdown: Iter<u64> = ada.call::<Proxy>("countdown", ())?.try_into()?;
    same(countdown.next_item()?, Some(16))?;
    same(countdown.next_many(3)?, vec![15, 14, 13])?;
    same(countdown.next_many(100)?.len(), 13)?;
    let more = List::<u64>::from_items([7])?;
    more.as_proxy().call::<()>("extend", (&ada,))?;
    same(more.to_vec()?, vec![7, 2, 3, 1, 2, 4])?;
    drop(more);

    // One that waits, of two objects.
    same(ada.call::<u64>("pay", (&child, 7))?, 10)?;
    same(child.call::<u64>("balance", ())?, 7)?;

    // Each kind of failure.
    fails(ada.call::<u64>("withdraw", (11,)), ErrorKind::Custom, "only 10 left")?;
    let Err(error) = ada.call::<u64>("withdraw", (11,)) else {
        return Err(Error::new(ErrorKind::Assertion, "11 of 10 were withdrawn"));
    };
    same(error.type_name.as_ref(), "InsufficientFunds")?;
    same(error.args.as_deref(), Some(&Value::Tuple(vec![10.into()])))?;
    fails(ada.call::<()>("deposit", ()), ErrorKind::Type, "deposit() missing required argument 'amount'")?;
    fails(ada.call::<()>("deposit", ("x",)), ErrorKind::Type, "deposit() argument 'amount' must be int, not str")?;
    fails(ada.call::<()>("deposit", (-1,)), ErrorKind::Overflow, "deposit() argument 'amount': -1 does not fit u64")?;
    fails(
        ada.call::<()>("pay", (&amounts, 1)),
        ErrorKind::Type,
        "pay() argument 'to': expected a proxy to a 'Account', got one to a 'list'",
    )?;
    fails(ada.call::<()>("balance", (1,)), ErrorKind::Type, "Account.balance() takes no arguments (1 given)")?;
    fails_as(ada.call::<()>("fly", ()), ErrorKind::NotExposed)?;
    fails_as(manager::create("Account", (5,)), ErrorKind::Type)?;
    fails_as(manager::create("Vault", ()), ErrorKind::NoSuchType)?;

    // Rights: at creation, and for reading only.
    let rights = Rights::only(["deposit"]);
    let slot = manager::create_with("Account", ("Eve",), (), Some(&rights))?;
    same(slot.call::<Proxy>("deposit", (1,))?.methods(), vec!["deposit".to_owned()])?;
    fails_as(slot.call::<u64>("balance", ()), ErrorKind::NotExposed)?;
    let reader = ada.read_only()?;
    same(reader.call::<u64>("balance", ())?, 10)?;
    fails_as(reader.call::<()>("deposit", (1,)), ErrorKind::NotExposed)?;
    fails_as(manager::create_with("Account", ("Eve",), (), Some(&Rights::only(["fly"]))), ErrorKind::Attribute)?;

    // What it holds lives.
    let held = List::from_items([1])?;
    ada.call::<()>("hold", (vec![&held, &held],))?;
    drop(held);
    same(manager::debug_info().contains("held by Account"), true)?;

    // A panic poisons one object.
    fails(child.call::<()>("panic", ("oh no",)), ErrorKind::Internal, "panic() panicked: oh no")?;
    let poisoned = format!("the 'Account' object {:#x} is poisoned: a method of it has panicked: oh no", child.id());
    fails(child.call::<u64>("balance", ()), ErrorKind::Internal, &poisoned)?;
    fails(child.to_text(), ErrorKind::Internal, &poisoned)?;
    same(ada.call::<u64>("balance", ())?, 10)?;

    // All goes when it is let go of.
    drop((ada, child, slot, reader, entries, countdown, amounts));
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

/// Waits in a method of an account until an event is set.
#[entry]
fn waits_in_a_method(account: Proxy, event: Event) -> Result<()> {
    account.call("wait_for", (&event,))
}

/// Adds to an account so often.
#[entry]
fn deposits(account: Proxy, times: u64) -> Result<()> {
    (0..times).try_for_each(|_| account.call::<Proxy>("deposit", (1,)).map(drop))
}

//! Typed proxies of provided types: what a declaration gives to those who use a type, and to those who provide it.

#![allow(unreachable_pub, reason = "as in a crate of its own")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::fmt;

use commonhold_guest::provider::{Provider, Shared, SharedType};
use commonhold_guest::{
    Dict, Error, ErrorKind, Iter, List, Lock, Process, Proxy, Queue, Result, Rights, Value, entry, from_value, manager,
    shared_interface, shared_type, to_value,
};
use serde::{Deserialize, Serialize};

/// What is declared, as it would be in a crate of its own.
mod api {
    use super::*;

    /// An account, with a line for each change.
    #[shared_interface]
    pub trait Account {
        /// An account of somebody's, with something on it.
        fn new(owner: String, start: Option<i64>, #[rest] changes: Vec<i64>) -> Result<Self>;

        /// Pays in.
        fn pay(&mut self, amount: i64) -> Result<i64>;

        /// Does not fail at the provider; a call can.
        fn balance(&self) -> i64;

        /// Moves something to another account of the provider.
        fn give(&mut self, to: Shared<Self>, amount: Option<i64>, reason: Option<String>) -> Result<String>;

        /// Accounts for each of some people.
        fn branches(&self, owners: Vec<String>) -> Result<Vec<Shared<Self>>>;

        /// An account that there may be.
        fn branch(&self, owner: Option<String>) -> Result<Option<Shared<Self>>>;

        /// An object of another type of the provider.
        fn statement(&self, #[rest] marks: Vec<String>) -> Result<StatementProxy>;

        /// Adds what another account's statement tells, whoever provides it.
        fn absorb(&mut self, statement: StatementProxy, guard: Lock) -> Result<i64>;

        /// A keyword of Rust's as a name.
        fn r#type(&self, r#as: String) -> Result<String>;

        /// What is gone over are its changes.
        fn __iter__(&self) -> Result<List<i64>>;

        /// One that the trait itself implements.
        fn doubled(&self) -> Result<i64> {
            Ok(2 * self.balance())
        }

        /// Fails.
        fn close(&mut self) -> Result<()>;
    }

    /// The changes of an account, one after the other.
    #[shared_interface(name = "account statement", proxy = StatementProxy)]
    pub trait Statement {
        /// The next line.
        fn __next__(&mut self) -> Result<Option<(String, i64)>>;

        /// How many are left.
        fn left(&self) -> usize;
    }

    /// The same for all.
    #[shared_interface]
    pub trait Settings {
        /// The one that there is, or a new one.
        fn new() -> Result<Shared<Self>>;

        /// Changes one.
        fn set(&mut self, name: String, value: String);

        /// One.
        fn get(&self, name: String) -> Result<Option<String>>;
    }

    /// The built-in type of this name, as an interface of one's own.
    #[shared_interface(name = "list")]
    pub trait Numbers {
        fn new(items: Vec<i64>) -> Result<Self>;

        fn pop(&mut self, index: Option<i64>) -> Result<i64>;

        fn index(&self, value: i64, start: Option<i64>, stop: Option<i64>) -> Result<usize>;

        fn sort(&mut self, key: Option<Value>, reverse: Option<bool>) -> Result<()>;
    }
}

use api::{Account, AccountProxy, NumbersProxy, Settings, SettingsProxy, Statement, StatementProxy};

struct Book {
    owner: String,
    balance: i64,
    changes: List<i64>,
}

impl Book {
    fn open(owner: String, balance: i64) -> Result<Self> {
        Ok(Book { owner, balance, changes: List::new()? })
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.owner, self.balance)
    }
}

#[shared_type]
impl Account for Book {
    fn new(owner: String, start: Option<i64>, #[rest] changes: Vec<i64>) -> Result<Self> {
        if owner.is_empty() {
            return Err(Error::value("an account has an owner"));
        }
        let mut book = Book::open(owner, start.unwrap_or(0))?;
        for change in changes {
            book.pay(change)?;
        }
        Ok(book)
    }

    fn pay(&mut self, amount: i64) -> Result<i64> {
        self.balance += amount;
        self.changes.push(amount)?;
        Ok(self.balance)
    }

    fn balance(&self) -> i64 {
        self.balance
    }

    fn give(&mut self, to: Shared<Self>, amount: Option<i64>, reason: Option<String>) -> Result<String> {
        let amount = amount.unwrap_or(self.balance);
        self.pay(-amount)?;
        let owner = to.with_mut(|to| to.pay(amount).map(|_| to.owner.clone()))??;
        Ok(format!("{amount} to {owner} {}", reason.as_deref().unwrap_or("as a gift")))
    }

    fn branches(&self, owners: Vec<String>) -> Result<Vec<Shared<Self>>> {
        owners.into_iter().map(|owner| Shared::new(Book::open(owner, 0)?)).collect()
    }

    fn branch(&self, owner: Option<String>) -> Result<Option<Shared<Self>>> {
        owner.map(|owner| Shared::new(Book::open(owner, 1)?)).transpose()
    }

    fn statement(&self, marks: Vec<String>) -> Result<StatementProxy> {
        let lines = self.changes.to_vec()?.into_iter().enumerate();
        let lines = lines.map(|(at, change)| (marks.get(at).cloned().unwrap_or_default(), change)).collect();
        Ok(Shared::new(Lines(lines))?.into())
    }

    fn absorb(&mut self, statement: StatementProxy, guard: Lock) -> Result<i64> {
        let _guard = guard.acquire()?;
        // It may be the provider's own, whose state is at hand, or anybody's.
        let lines: Vec<(String, i64)> = match Shared::<Lines>::try_from(Proxy::from(statement.clone())) {
            Ok(own) => own.with_mut(|lines| std::mem::take(&mut lines.0))?,
            Err(_) => statement.collect::<Result<_>>()?,
        };
        lines.into_iter().try_fold(self.balance, |_, (_, change)| self.pay(change))
    }

    fn r#type(&self, r#as: String) -> Result<String> {
        Ok(format!("{as}: account"))
    }

    fn __iter__(&self) -> Result<List<i64>> {
        Ok(self.changes.clone())
    }

    fn close(&mut self) -> Result<()> {
        Err(Error::new(ErrorKind::Custom, "the account is needed").with_type_name("AccountError"))
    }
}

/// The lines that are left.
struct Lines(Vec<(String, i64)>);

#[shared_type]
impl Statement for Lines {
    fn __next__(&mut self) -> Result<Option<(String, i64)>> {
        if self.0.is_empty() { Ok(None) } else { Ok(Some(self.0.remove(0))) }
    }

    fn left(&self) -> usize {
        self.0.len()
    }
}

#[derive(Default)]
struct Only(HashMap<String, String>);

thread_local! {
    static ONLY: Cell<u64> = const { Cell::new(0) };
}

#[shared_type]
impl Settings for Only {
    fn new() -> Result<Shared<Self>> {
        if let Some(only) = Shared::existing(ONLY.get()) {
            return Ok(only);
        }
        let only = Shared::new(Only::default())?;
        ONLY.set(only.key());
        Ok(only)
    }

    fn set(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    fn get(&self, name: String) -> Result<Option<String>> {
        Ok(self.0.get(&name).cloned())
    }
}

/// A type without an interface, with a typed proxy for this program.
struct Words(Vec<String>);

#[shared_type(proxy = WordsProxy)]
impl Words {
    pub(crate) fn new(#[rest] words: Vec<String>) -> Self {
        Words(words)
    }

    /// References arrive as what owns it.
    pub(crate) fn all(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// Any error that can be printed.
    pub(crate) fn word(&self, at: usize) -> Result<&str, String> {
        self.0.get(at).map(String::as_str).ok_or_else(|| format!("there are {} words", self.0.len()))
    }

    pub(crate) fn letters(&self, at: usize) -> Result<Shared<Letters>> {
        let letters = self.0.get(at).map(|word| word.chars().rev().collect()).unwrap_or_default();
        Shared::new(Letters { letters })
    }

    pub(crate) fn untyped(&self) -> Result<Shared<Untyped>> {
        Shared::new(Untyped)
    }

    pub(crate) fn join(&mut self, other: Shared<Words>) -> Result<()> {
        self.0.extend(other.with(|other| other.0.clone())?);
        Ok(())
    }
}

struct Letters {
    letters: Vec<char>,
}

#[shared_type(name = "letters", proxy = LettersProxy)]
impl Letters {
    pub(crate) fn __next__(&mut self) -> Option<char> {
        self.letters.pop()
    }
}

struct Untyped;

#[shared_type]
impl Untyped {
    pub(crate) fn peek(&self) {}
}

/// A serde type with typed proxies in it.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Household {
    accounts: Vec<AccountProxy>,
    statement: Option<StatementProxy>,
}

#[entry]
fn pays(account: AccountProxy, amount: i64) -> Result<i64> {
    account.pay(amount)
}

#[entry]
fn totals(household: Household) -> Result<i64> {
    household.accounts.iter().map(AccountProxy::balance).sum()
}

commonhold_guest::program!(entries: [pays, totals], types: [Book, Lines, Only, Words, Letters, Untyped]);

#[commonhold_guest::test]
fn a_declaration_is_typed_at_both_ends() -> Result<()> {
    let tea = AccountProxy::create("tea", 5, [1, 2])?;
    assert_eq!(tea.pay(3)?, 11);
    assert_eq!(tea.balance()?, 11);
    assert_eq!(tea.doubled()?, 22);
    assert_eq!(tea.r#type("this")?, "this: account");
    assert_eq!(tea.to_string(), "tea: 11");
    let milk = AccountProxy::create("milk".to_owned(), None, Vec::<i64>::new())?;
    assert_eq!(tea.give(&milk, 4, None)?, "4 to milk as a gift");
    assert_eq!(tea.give(milk.clone(), None, "as agreed".to_owned())?, "7 to milk as agreed");
    assert_eq!((tea.balance()?, milk.balance()?), (0, 11));

    // What is made is a typed proxy wherever it is.
    let [a, b] = <[AccountProxy; 2]>::try_from(tea.branches(["a".to_owned(), "b".to_owned()].as_slice())?).unwrap();
    assert_eq!((a.to_string(), b.pay(7)?), ("a: 0".to_owned(), 7));
    assert_eq!(tea.branch(None)?, None);
    assert_eq!(tea.branch("c".to_owned())?.map(|it| it.balance()), Some(Ok(1)));
    Ok(())
}

#[commonhold_guest::test]
fn the_types_of_one_provider_meet() -> Result<()> {
    let (tea, milk) = (AccountProxy::create("tea", None, [1, 2, 3])?, AccountProxy::create("milk", None, [9])?);
    let statement: StatementProxy = tea.statement(["first", "second"])?;
    assert_eq!(statement.left()?, 3);
    assert_eq!(statement.next_item()?, Some(("first".to_owned(), 1)));
    let lock = Lock::new()?;
    assert_eq!(milk.absorb(&statement, &lock)?, 14);
    assert_eq!((statement.left()?, statement.next_item()?), (0, None));
    assert!(!lock.is_locked()?);
    Ok(())
}

#[commonhold_guest::test]
fn what_yields_is_an_iterator() -> Result<()> {
    let tea = AccountProxy::create("tea", None, [1, 2, 3])?;
    let mut statement = tea.statement(["a", "b"])?;
    let first = statement.next().transpose()?;
    assert_eq!(first, Some(("a".to_owned(), 1)));
    let rest = statement.collect::<Result<Vec<_>>>()?;
    assert_eq!(rest, [("b".to_owned(), 2), (String::new(), 3)]);

    let changes: Iter<i64> = tea.iter()?;
    assert_eq!(changes.next_item()?, Some(1));
    tea.pay(4)?;
    assert_eq!(changes.collect::<Result<Vec<_>>>()?, [2, 3, 4]);

    // An iterator of the manager's goes over it as well, and a `for` loop of Python's does.
    let again = Iter::<(String, i64)>::over(&tea.statement(Vec::<String>::new())?)?;
    assert_eq!(again.count(), 4);
    Ok(())
}

#[commonhold_guest::test]
fn a_typed_proxy_is_a_proxy_like_any_other() -> Result<()> {
    let before = manager::number_of_objects();
    let tea = AccountProxy::create("tea", 1, [1; 0])?;
    let milk = AccountProxy::create("milk", 2, [1; 0])?;
    // Nested, and what is nested is the same object.
    let list = List::<AccountProxy>::from_items([&tea, &milk])?;
    assert_eq!(list.get(0)?, tea);
    list.get(0)?.pay(10)?;
    assert_eq!(tea.balance()?, 11);
    let dict = Dict::<String, AccountProxy>::from_entries([("milk", &milk)])?;
    assert_eq!(dict.get_item("milk")?.balance()?, 2);
    let queue = Queue::<Household>::new()?;
    let household = Household { accounts: vec![tea.clone(), milk.clone()], statement: Some(tea.statement(["x"; 0])?) };
    queue.put(&household)?;
    assert_eq!(queue.get()?, household);
    // Sent.
    assert_eq!(Process::spawn("pays", (&tea, 5))?.join::<i64>()?, 16);
    assert_eq!(Process::spawn("totals", (&household,))?.join::<i64>()?, 18);

    // Duplicated, compared, in order, hashed.
    let copy = tea.duplicate();
    assert_eq!((copy == tea, tea < milk), (true, true));
    assert_eq!(BTreeSet::from([&milk, &tea, &copy]).len(), 2);
    drop(copy);
    // Debug is the proxy's own form, Display the object's.
    assert_eq!(format!("{tea:?} is {tea}"), format!("{} is tea: 16", tea.as_proxy().repr()));
    // To and from untyped ones, and values.
    let untyped: Proxy = tea.clone().into();
    assert_eq!(untyped.typeid(), AccountProxy::TYPEID);
    assert_eq!(AccountProxy::try_from(untyped)?, tea);
    assert_eq!(from_value::<AccountProxy>(Value::from(tea.clone()))?, tea);
    assert_eq!(to_value(&tea)?, Value::Proxy(tea.as_ref().clone()));
    let json = serde_json::to_string(&tea).unwrap_err();
    assert!(json.to_string().contains("a proxy travels inside a value"), "{json}");

    drop((list, dict, queue, household, tea, milk));
    // The provider has released them when it answers the next call.
    drop(AccountProxy::create("last", None, [1; 0])?);
    AccountProxy::create("", None, [1; 0]).unwrap_err();
    assert_eq!(manager::number_of_objects(), before);
    Ok(())
}

#[commonhold_guest::test]
fn a_narrowed_one_keeps_its_type() -> Result<()> {
    let tea = AccountProxy::create("tea", 1, [1; 0])?;
    let reader: AccountProxy = tea.as_proxy().read_only()?.try_into()?;
    assert_eq!(reader.balance()?, 1);
    assert_eq!(reader.pay(1).unwrap_err().kind, ErrorKind::NotExposed);
    let payer: AccountProxy = tea.as_proxy().narrow(&Rights::only(["pay"]))?.try_into()?;
    assert_eq!(payer.pay(1)?, 2);
    assert_eq!(payer.balance().unwrap_err().kind, ErrorKind::NotExposed);
    // It is narrow wherever it gets to.
    assert_eq!(
        Process::spawn("totals", (Household { accounts: vec![payer.clone()], statement: None },))?
            .join::<i64>()
            .unwrap_err()
            .kind,
        ErrorKind::NotExposed
    );
    payer.as_proxy().revoke()?;
    assert_eq!(payer.pay(1).unwrap_err().kind, ErrorKind::Revoked);
    Ok(())
}

#[commonhold_guest::test]
fn a_proxy_of_another_type_is_refused() -> Result<()> {
    let list = List::<i64>::new()?;
    let error = AccountProxy::try_from(Proxy::from(list.clone())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Type);
    assert_eq!(error.message, format!("expected a proxy of type 'Account', found {list:?}"));
    let words = WordsProxy::create(["x"])?;
    let error = StatementProxy::try_from(Proxy::from(words.clone())).unwrap_err();
    assert_eq!(error.message, format!("expected a proxy of type 'account statement', found {words:?}"));
    // So it is inside a value, and as an argument of an entry and of a method.
    let mixed = List::<Value>::from_items([Value::from(words.clone())])?;
    let typed: List<AccountProxy> = Proxy::from(mixed).try_into()?;
    assert_eq!(typed.get(0).unwrap_err().kind, ErrorKind::BadValue);
    let error = Process::spawn("pays", (&words, 1))?.join::<i64>().unwrap_err();
    assert_eq!(
        error.message,
        format!("pays() argument 'account': expected a proxy of type 'Account', found {words:?}")
    );
    let tea = AccountProxy::create("tea", 1, [1; 0])?;
    let error = tea.as_proxy().call::<i64>("absorb", (&tea, Lock::new()?)).unwrap_err();
    assert_eq!(
        error.message,
        format!("absorb() argument 'statement': expected a proxy of type 'account statement', found {tea:?}")
    );
    Ok(())
}

#[commonhold_guest::test]
fn errors_arrive_as_they_were() -> Result<()> {
    let error = AccountProxy::create("", None, [1; 0]).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Value, "an account has an owner"));
    let error = AccountProxy::create("tea", 1, [1; 0])?.close().unwrap_err();
    assert_eq!((error.kind, &*error.type_name), (ErrorKind::Custom, "AccountError"));
    assert_eq!(error.message, "the account is needed");
    let error = WordsProxy::create(["x"])?.word(3).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Runtime, "there are 1 words"));
    Ok(())
}

/// A list's own methods tell what was sent: they do not take None for an argument that is not there.
#[commonhold_guest::test]
fn what_is_left_out_is_not_sent() -> Result<()> {
    let numbers = NumbersProxy::create([3, 1, 2, 1].as_slice())?;
    assert_eq!(numbers.index(1, None, None)?, 1);
    assert_eq!(numbers.index(1, 2, None)?, 3);
    assert_eq!(numbers.index(1, 2, 3).unwrap_err().kind, ErrorKind::Value);
    // After one that is left out, the others go by their names.
    numbers.sort(None, true)?;
    assert_eq!(numbers.to_string(), "[3, 2, 1, 1]");
    assert_eq!((numbers.pop(None)?, numbers.pop(0)?), (1, 3));
    assert_eq!(numbers.as_proxy().call::<i64>("pop", (Value::Null,)).unwrap_err().kind, ErrorKind::Type);
    Ok(())
}

#[commonhold_guest::test]
fn a_type_without_an_interface_has_a_proxy_for_its_own_program() -> Result<()> {
    assert_eq!(WordsProxy::TYPEID, Words::TYPEID);
    let words = WordsProxy::create(["one", "two"])?;
    assert_eq!(words.all()?, ["one", "two"]);
    assert_eq!(words.first()?.as_deref(), Some("one"));
    assert_eq!(words.word(1)?, "two");
    words.join(WordsProxy::create(["six"])?)?;
    assert_eq!(words.word(2)?, "six");
    let letters: LettersProxy = words.letters(1)?;
    assert_eq!(letters.collect::<Result<String>>()?, "two");
    let untyped: Proxy = words.untyped()?;
    untyped.call::<()>("peek", ())
}

#[commonhold_guest::test]
fn an_object_is_made_by_a_provider_of_ones_own() -> Result<()> {
    let provider = Provider::start(None, ())?;
    let (own, public) = (AccountProxy::create_in(&provider, "own", 5, [1])?, AccountProxy::create("public", 5, [1])?);
    assert_eq!((own.pay(1)?, own.to_string()), (7, "own: 7".to_owned()));
    let words = WordsProxy::create_in(&provider, ["a", "b"])?;
    assert_eq!(words.all()?, ["a", "b"]);
    // They are of the same type, but their states are in two places.
    assert_eq!(own.give(&public, 1, None).unwrap_err().kind, ErrorKind::Type);
    let statement = public.statement(["first"])?;
    assert_eq!(own.absorb(&statement, Lock::new()?)?, 8);
    provider.process()?.kill()?;
    assert_eq!(own.balance().unwrap_err().kind, ErrorKind::ProviderDied);
    assert_eq!(AccountProxy::create_in(&provider, "x", 1, [1]).unwrap_err().kind, ErrorKind::ProviderDied);
    assert_eq!(public.balance()?, 6);
    Ok(())
}

/// A constructor may give an object that there is.
#[commonhold_guest::test]
fn there_can_be_one_for_all() -> Result<()> {
    let (one, other) = (SettingsProxy::create()?, SettingsProxy::create()?);
    one.set("colour".to_owned(), "red")?;
    assert_eq!((one == other, other.get("colour")?.as_deref()), (true, Some("red")));
    drop((one, other));
    assert_eq!(SettingsProxy::create()?.get("colour")?, None);
    Ok(())
}

#[commonhold_guest::test]
fn the_declaration_describes_the_type() -> Result<()> {
    let tea = AccountProxy::create("tea", 1, [1; 0])?;
    assert_eq!(
        tea.as_proxy().methods(),
        ["pay", "balance", "give", "branches", "branch", "statement", "absorb", "type", "__iter__", "doubled", "close"]
    );
    assert_eq!(
        tea.as_proxy().reading_methods(),
        ["balance", "branches", "branch", "statement", "type", "__iter__", "doubled"]
    );
    let typeids = manager::typeids();
    assert!(typeids.contains(&"Account".to_owned()) && !typeids.contains(&"account statement".to_owned()));
    // By name, the parameters have the names of the declaration.
    let account = manager::create_with("Account", (), (("owner", "x"), ("start", 2)), None)?;
    assert_eq!(account.call_with::<i64>("pay", (), (("amount", 1),))?, 3);
    let missing = account.call::<()>("pay", ()).unwrap_err();
    assert_eq!(missing.message, "pay() missing 1 required positional argument: 'amount'");
    Ok(())
}

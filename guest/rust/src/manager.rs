//! The set of live shared objects.

use crate::arguments::{Arguments, Keywords};
use crate::backend::manager;
use crate::convert::expect_unit;
use crate::{Proxy, Result, Rights};

/// Makes an object of any type by its typeid, a provider's own types included.
///
/// ```
/// use commonhold_guest::{List, manager};
///
/// let list: List<i64> = manager::create("list", ([1, 2, 3],))?.try_into()?;
/// assert_eq!(list.len()?, 3);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// `no-such-type` for an unknown typeid, else what the constructor reports.
pub fn create(typeid: &str, args: impl Arguments) -> Result<Proxy> {
    create_with(typeid, args, (), None)
}

/// Makes an object of any type, with keyword arguments and a choice of what the proxy may do; none
/// means everything.
///
/// ```
/// use commonhold_guest::{ErrorKind, Rights, manager};
///
/// let rights = Rights::only(["get"]);
/// let prices = manager::create_with("dict", (), (("tea", 3), ("milk", 2)), Some(&rights))?;
/// assert_eq!(prices.call::<i64>("get", ("tea",))?, 3);
/// assert_eq!(prices.call::<()>("clear", ()).unwrap_err().kind, ErrorKind::NotExposed);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// As [`create`]; `attribute` if the rights name a method that the type does not have.
pub fn create_with(
    typeid: &str,
    args: impl Arguments,
    kwargs: impl Keywords,
    rights: Option<&Rights>,
) -> Result<Proxy> {
    let handle = args.lend(|args| {
        kwargs.lend(|kwargs| match rights {
            Some(rights) => rights.lend(|rights| expect_unit(manager::create(typeid, args, kwargs, Some(rights)))),
            None => expect_unit(manager::create(typeid, args, kwargs, None)),
        })
    })?;
    Ok(Proxy::new(handle))
}

/// The typeids that [`create`] knows, in alphabetical order.
///
/// ```
/// use commonhold_guest::manager;
///
/// for typeid in ["dict", "list"] {
///     assert!(manager::typeids().contains(&typeid.to_owned()));
/// }
/// ```
pub fn typeids() -> Vec<String> {
    manager::typeids()
}

/// How many shared objects are alive, whoever holds them. Processes are among them.
///
/// ```
/// use commonhold_guest::{List, manager};
///
/// let before = manager::number_of_objects();
/// let list = List::<i64>::new()?;
/// assert_eq!(manager::number_of_objects(), before + 1);
/// drop(list);
/// assert_eq!(manager::number_of_objects(), before);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn number_of_objects() -> u64 {
    manager::number_of_objects()
}

/// One paragraph for each live object, by id: how many holders it has, the start of its text if the process could print it,
/// and where its holders are. For people; the format is not part of the contract.
///
/// ```
/// use commonhold_guest::{List, manager};
///
/// let list = List::<String>::from_items(["here I am"])?;
/// assert!(manager::debug_info().contains("here I am"));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn debug_info() -> String {
    manager::debug_info()
}

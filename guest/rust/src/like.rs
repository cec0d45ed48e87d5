//! What may be given where a container's item or key is asked for.

use serde::Serialize;

/// Something that can be given for a `T`: a `T` itself, a reference to one, or a borrowed form of one.
///
/// It is what makes `list.push(&job)`, `list.push(5)` and, for a list of `String`, `list.push("five")`
/// all work. A type of your own that serialises just as `T` does can implement it, too:
///
/// ```
/// use commonhold_guest::{Dict, Like};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Job { name: String, size: u64 }
///
/// #[derive(Serialize)]
/// struct JobRef<'a> { name: &'a str, size: u64 }
///
/// impl Like<Job> for JobRef<'_> {}
///
/// let jobs = Dict::<i64, Job>::new()?;
/// jobs.insert(1, JobRef { name: "first", size: 5 })?;
/// assert_eq!(jobs.get_item(1)?.name, "first");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub trait Like<T: ?Sized>: Serialize {}

impl<T: Serialize> Like<T> for T {}
impl<T: Serialize> Like<T> for &T {}
impl Like<String> for &str {}
impl<T: Serialize> Like<Vec<T>> for &[T] {}

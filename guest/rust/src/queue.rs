//! Shared queues.

use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::queues;
use crate::convert::{expect_unit, lend, receive};
use crate::error::wrong_type;
use crate::list::as_usize;
use crate::lock::nanoseconds;
use crate::proxy::{typed_proxy, typed_traits};
use crate::{Error, ErrorKind, Like, Proxy, Result};

/// A shared queue of items of one type: they go from some processes to others, first in, first out.
///
/// Whoever waits for an item, or for room, is served in turn. What a process was given that died before it came to know
/// goes back to the front.
///
/// ```
/// # use commonhold_guest::{Process, Queue, Result, entry};
/// #[entry]
/// fn consumer(numbers: Queue<i64>) -> Result<i64> {
///     let mut sum = 0;
///     // Until the queue is shut down.
///     for number in numbers.iter() {
///         sum += number?;
///     }
///     Ok(sum)
/// }
///
/// commonhold_guest::program!(entries: [consumer]);
///
/// fn example() -> Result<()> {
///     let numbers = Queue::bounded(2)?;
///     let consumers = [Process::spawn("consumer", (&numbers,))?, Process::spawn("consumer", (&numbers,))?];
///     for number in 1..=10 {
///         numbers.put(number)?;
///     }
///     numbers.shut_down()?;
///     let [a, b] = consumers;
///     assert_eq!(a.join::<i64>()? + b.join::<i64>()?, 55);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is no `T`. What each adds is listed there.
pub struct Queue<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(Queue<T>, "Queue" | "JoinableQueue");

impl<T> Queue<T> {
    /// A new, empty queue for any number of items, as many as a container may have.
    pub fn new() -> Result<Queue<T>> {
        expect_unit(queues::create(None, false)).map(|handle| Queue::assume(Proxy::new(handle)))
    }

    /// A new, empty queue for so many items at most; for any number if it is zero. Putting waits for room.
    pub fn bounded(most: usize) -> Result<Queue<T>> {
        expect_unit(queues::create(Some(most as u64), false)).map(|handle| Queue::assume(Proxy::new(handle)))
    }

    /// How many items the queue holds.
    ///
    /// ```
    /// use commonhold_guest::Queue;
    ///
    /// let queue = Queue::bounded(1)?;
    /// assert!(queue.is_empty()?);
    /// queue.put(1)?;
    /// assert_eq!((queue.len()?, queue.is_full()?), (1, true));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn len(&self) -> Result<usize> {
        expect_unit(queues::length(self.handle())).map(as_usize)
    }

    /// Whether the queue holds no item.
    pub fn is_empty(&self) -> Result<bool> {
        expect_unit(queues::is_empty(self.handle()))
    }

    /// Whether the queue holds as many items as it may.
    pub fn is_full(&self) -> Result<bool> {
        expect_unit(queues::is_full(self.handle()))
    }

    /// From now on nothing can be put, and nothing taken once the queue is empty. Whoever waits to put, or for an item that
    /// cannot come any more, gets `shut-down`.
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, Queue};
    ///
    /// let queue = Queue::new()?;
    /// queue.put(1)?;
    /// queue.shut_down()?;
    /// assert_eq!(queue.put(2).unwrap_err().kind, ErrorKind::ShutDown);
    /// assert_eq!(queue.get()?, 1);
    /// assert_eq!(queue.get().unwrap_err().kind, ErrorKind::ShutDown);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn shut_down(&self) -> Result<()> {
        expect_unit(queues::shut_down(self.handle(), false))
    }

    /// The same, and the queue is empty at once: what it held is given up, and counts as done.
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, Queue};
    ///
    /// let queue = Queue::new()?;
    /// queue.put(1)?;
    /// queue.shut_down_now()?;
    /// assert_eq!(queue.get().unwrap_err().kind, ErrorKind::ShutDown);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn shut_down_now(&self) -> Result<()> {
        expect_unit(queues::shut_down(self.handle(), true))
    }
}

impl<T: Serialize> Queue<T> {
    /// Adds an item at the end, waiting for room as long as it takes.
    ///
    /// # Errors
    ///
    /// `shut-down` if the queue was shut down, before or meanwhile, `quota-exceeded` if it is as long as a container may be,
    /// `deadlock` if nobody is left who could make room.
    pub fn put(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(queues::put(self.handle(), item, None)))
    }

    /// Adds an item at the end if there is room; whether there was.
    ///
    /// ```
    /// use commonhold_guest::Queue;
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<String>::bounded(1)?;
    /// assert!(queue.try_put("a")?);
    /// assert!(!queue.try_put("b")?);
    /// assert!(!queue.put_timeout("b", Duration::from_millis(1))?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`put`](Queue::put), but for `deadlock`.
    pub fn try_put(&self, item: impl Like<T>) -> Result<bool> {
        self.put_timeout(item, Duration::ZERO)
    }

    /// Adds an item at the end, waiting for room so long at most; whether there was any.
    ///
    /// # Errors
    ///
    /// As for [`try_put`](Queue::try_put).
    pub fn put_timeout(&self, item: impl Like<T>, timeout: Duration) -> Result<bool> {
        let timeout = Some(nanoseconds(timeout));
        match lend(&item, |item| expect_unit(queues::put(self.handle(), item, timeout))) {
            Ok(()) => Ok(true),
            Err(error) if error.kind == ErrorKind::Full => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl<T: DeserializeOwned> Queue<T> {
    /// Removes and returns the item at the front, waiting for one as long as it takes.
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, Queue};
    ///
    /// let queue = Queue::new()?;
    /// queue.put(1)?;
    /// assert_eq!(queue.get()?, 1);
    /// // There is nobody else who could put one.
    /// assert_eq!(queue.get().unwrap_err().kind, ErrorKind::Deadlock);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `shut-down` if the queue is empty and was shut down, `deadlock` if nobody is left who could put an item. What is no
    /// `T` is gone then.
    pub fn get(&self) -> Result<T> {
        receive(queues::get(self.handle(), None))
    }

    /// Removes and returns the item at the front if there is one.
    ///
    /// ```
    /// use commonhold_guest::Queue;
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<i64>::new()?;
    /// assert_eq!(queue.try_get()?, None);
    /// assert_eq!(queue.get_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `shut-down` as for [`get`](Queue::get).
    pub fn try_get(&self) -> Result<Option<T>> {
        self.get_timeout(Duration::ZERO)
    }

    /// Removes and returns the item at the front, waiting for one so long at most.
    ///
    /// # Errors
    ///
    /// As for [`try_get`](Queue::try_get).
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        match receive(queues::get(self.handle(), Some(nanoseconds(timeout)))) {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind == ErrorKind::Empty => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes item after item, waiting for each as long as it takes, until the queue is shut down and empty.
    ///
    /// An error ends it, too, but for an item that is no `T`.
    pub fn iter(&self) -> QueueIter<'_, T> {
        QueueIter { queue: self, waits: true, is_over: false }
    }

    /// Takes the items that are there, until the queue is empty.
    ///
    /// ```
    /// use commonhold_guest::{Queue, Result};
    ///
    /// let queue = Queue::new()?;
    /// queue.put(1)?;
    /// queue.put(2)?;
    /// assert_eq!(queue.try_iter().collect::<Result<Vec<i64>>>()?, [1, 2]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn try_iter(&self) -> QueueIter<'_, T> {
        QueueIter { queue: self, waits: false, is_over: false }
    }
}

impl<'a, T: DeserializeOwned> IntoIterator for &'a Queue<T> {
    type Item = Result<T>;
    type IntoIter = QueueIter<'a, T>;

    fn into_iter(self) -> QueueIter<'a, T> {
        self.iter()
    }
}

/// The items of a queue, each taken out as it comes: see [`Queue::iter`] and [`Queue::try_iter`].
///
/// ```
/// use commonhold_guest::{Queue, QueueIter};
///
/// let queue = Queue::new()?;
/// queue.put(1)?;
/// let mut items: QueueIter<i64> = queue.iter();
/// assert_eq!(items.next().transpose()?, Some(1));
/// queue.shut_down()?;
/// assert!(items.next().is_none());
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Debug)]
pub struct QueueIter<'a, T> {
    queue: &'a Queue<T>,
    waits: bool,
    is_over: bool,
}

impl<T: DeserializeOwned> Iterator for QueueIter<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.is_over {
            return None;
        }
        let item = if self.waits { self.queue.get().map(Some) } else { self.queue.try_get() };
        match item {
            Ok(Some(item)) => return Some(Ok(item)),
            // The item is gone, and the next one may be a `T`.
            Err(error) if error.kind == ErrorKind::BadValue => return Some(Err(error)),
            Ok(None) => self.is_over = true,
            Err(error) if error.kind == ErrorKind::ShutDown => self.is_over = true,
            Err(error) => {
                self.is_over = true;
                return Some(Err(error));
            }
        }
        None
    }
}

impl<T: DeserializeOwned> std::iter::FusedIterator for QueueIter<'_, T> {}

/// A [`Queue`] whose items are acknowledged by those who take them, so that others can wait until all are done.
///
/// It has all that a queue has. The items that a process has taken and not acknowledged count as done when it is killed,
/// traps or exceeds a limit.
///
/// ```
/// # use commonhold_guest::{JoinableQueue, Process, Result, entry};
/// #[entry]
/// fn worker(jobs: JoinableQueue<String>) -> Result<()> {
///     for job in jobs.iter() {
///         println!("{}", job?);
///         jobs.task_done()?;
///     }
///     Ok(())
/// }
///
/// commonhold_guest::program!(entries: [worker]);
///
/// fn example() -> Result<()> {
///     let jobs = JoinableQueue::<String>::new()?;
///     let worker = Process::spawn("worker", (&jobs,))?;
///     jobs.put("one")?;
///     jobs.put("two")?;
///     jobs.join()?;
///     assert!(jobs.is_empty()?);
///     jobs.shut_down()?;
///     worker.join()
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct JoinableQueue<T> {
    queue: Queue<T>,
}

typed_traits!(JoinableQueue<T>);

impl<T> Deref for JoinableQueue<T> {
    type Target = Queue<T>;

    fn deref(&self) -> &Queue<T> {
        &self.queue
    }
}

/// Fails with `type` if the proxy is one to another type.
impl<T> TryFrom<Proxy> for JoinableQueue<T> {
    type Error = Error;

    fn try_from(proxy: Proxy) -> Result<Self> {
        if proxy.typeid() == "JoinableQueue" {
            Ok(JoinableQueue::assume(proxy))
        } else {
            Err(wrong_type("JoinableQueue", &proxy))
        }
    }
}

impl<T> JoinableQueue<T> {
    fn assume(proxy: Proxy) -> Self {
        JoinableQueue { queue: Queue::assume(proxy) }
    }

    fn into_proxy(self) -> Proxy {
        self.queue.into_proxy()
    }

    /// A new, empty queue for any number of items, as many as a container may have.
    pub fn new() -> Result<JoinableQueue<T>> {
        expect_unit(queues::create(None, true)).map(|handle| JoinableQueue::assume(Proxy::new(handle)))
    }

    /// A new, empty queue for so many items at most; for any number if it is zero. Putting waits for room.
    ///
    /// ```
    /// use commonhold_guest::JoinableQueue;
    /// use std::time::Duration;
    ///
    /// let jobs = JoinableQueue::bounded(1)?;
    /// jobs.put(1)?;
    /// assert!(jobs.is_full()?);
    /// assert!(!jobs.join_timeout(Duration::from_millis(1))?);
    /// assert_eq!(jobs.get()?, 1);
    /// jobs.task_done()?;
    /// assert!(jobs.join_timeout(Duration::ZERO)?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn bounded(most: usize) -> Result<JoinableQueue<T>> {
        let handle = expect_unit(queues::create(Some(most as u64), true))?;
        Ok(JoinableQueue::assume(Proxy::new(handle)))
    }

    /// One more proxy to the same object, which the manager counts as one more holder. A
    /// clone shares the handle of the original.
    ///
    /// ```
    /// use commonhold_guest::JoinableQueue;
    ///
    /// let jobs = JoinableQueue::<i64>::new()?;
    /// assert_eq!(jobs.duplicate(), jobs);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    #[must_use]
    pub fn duplicate(&self) -> Self {
        JoinableQueue { queue: self.queue.duplicate() }
    }

    /// Acknowledges that an item which was taken is done: the oldest that this process has taken and not acknowledged.
    ///
    /// # Errors
    ///
    /// `value` if all are done.
    pub fn task_done(&self) -> Result<()> {
        expect_unit(queues::task_done(self.handle()))
    }

    /// Waits until all items that were put are done.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could do them.
    pub fn join(&self) -> Result<()> {
        // Without a timeout it cannot time out; if it did, waiting on is what was asked for.
        while !expect_unit(queues::join(self.handle(), None))? {}
        Ok(())
    }

    /// Waits until all items that were put are done, so long at most; whether they are.
    pub fn join_timeout(&self, timeout: Duration) -> Result<bool> {
        expect_unit(queues::join(self.handle(), Some(nanoseconds(timeout))))
    }
}

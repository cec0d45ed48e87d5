//! A host type as the set of all types knows it.

use super::super::prelude::*;
use super::function::Made;
use super::handle::WeakHostObject;
use super::kind::Kind;
use crate::object::{BoxFuture, Signature};

/// A registered type, whatever its Rust type is.
pub trait Registered: Send + Sync {
    fn typeid(&self) -> &str;

    /// Whether it can be created by name.
    fn is_creatable(&self) -> bool;

    /// Makes it known to the home where its objects will be.
    fn enter(&self, home: &Home);

    /// Makes an object with the type's constructor.
    fn construct<'a>(
        &'a self,
        caller: &'a Caller,
        args: Vec<Item>,
        kwargs: Vec<(String, Item)>,
    ) -> BoxFuture<'a, Outcome<Proxy>>;
}

/// How objects are created by the type's name.
pub(super) struct Constructor<T> {
    pub(super) signature: Signature,
    pub(super) run: Run<T>,
    /// Of a type that has one object at most, that one.
    pub(super) only: Option<Mutex<Option<WeakHostObject<T>>>>,
}

pub(super) type Run<T> = Box<dyn for<'a> Fn(&'a Caller, Args) -> BoxFuture<'a, Outcome<Made<T>>> + Send + Sync>;

pub(super) struct Registration<T> {
    pub(super) kind: Arc<Kind<T>>,
    pub(super) constructor: Option<Constructor<T>>,
}

impl<T: Send + 'static> Registration<T> {
    async fn create(
        &self,
        constructor: &Constructor<T>,
        caller: &Caller,
        mut args: Vec<Item>,
        mut kwargs: Vec<(String, Item)>,
    ) -> Outcome<Proxy> {
        let Constructor { signature, run, only } = constructor;
        signature.resolve(&mut args, &mut kwargs, caller).await?;
        let args = signature.bind(None, args.into(), kwargs)?;
        let existing = || only.as_ref().and_then(|only| only.lock().as_ref().and_then(WeakHostObject::upgrade));
        if let Some(existing) = existing() {
            return Ok(existing.proxy().clone());
        }
        match run(caller, args).await? {
            Made::Existing(object) if Arc::ptr_eq(object.proxy().home(), &caller.home) => Ok(object.proxy().clone()),
            Made::Existing(_) => Err(CallError::internal("the constructor gave an object of another manager")),
            Made::New(value) => {
                let Some(only) = only else { return self.kind.clone().create(&caller.home, value) };
                let new = super::HostObject::new(self.kind.clone().create(&caller.home, value)?);
                let mut slot = only.lock();
                // Another caller may have been faster; ours is dropped without the lock.
                if let Some(first) = slot.as_ref().and_then(WeakHostObject::upgrade) {
                    drop(slot);
                    return Ok(first.proxy().clone());
                }
                *slot = Some(new.downgrade());
                Ok(new.proxy().clone())
            }
        }
    }
}

impl<T: Send + 'static> Registered for Registration<T> {
    fn typeid(&self) -> &str {
        self.kind.info.typeid()
    }

    fn is_creatable(&self) -> bool {
        self.constructor.is_some()
    }

    fn enter(&self, home: &Home) {
        home.kinds().add(self.kind.clone());
    }

    fn construct<'a>(
        &'a self,
        caller: &'a Caller,
        args: Vec<Item>,
        kwargs: Vec<(String, Item)>,
    ) -> BoxFuture<'a, Outcome<Proxy>> {
        Box::pin(async move {
            match &self.constructor {
                Some(constructor) => self.create(constructor, caller, args, kwargs).await,
                None => {
                    let message = format!("objects of type '{}' cannot be created by name", self.typeid());
                    Err(CallError::new(ErrorKind::NoSuchType, message))
                }
            }
        })
    }
}

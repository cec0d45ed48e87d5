use super::bindings::imports::commonhold::manager::async_results;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::async_result::AsyncResult;
use async_results::Value;
use std::time::Duration;
use wasmtime::component::Resource;

impl async_results::Host for GuestCtx {
    async fn get(&mut self, result: Resource<Slot>, timeout: Option<u64>) -> Hosted<Option<Value>> {
        let timeout = timeout.map(Duration::from_nanos);
        let outcome = AsyncResult::get(self.proxy(&result)?, &self.caller, timeout).await?;
        Ok(match outcome {
            Some(item) => Some(self.value(item)?),
            None => None,
        })
    }

    async fn wait(&mut self, result: Resource<Slot>, timeout: Option<u64>) -> Hosted<bool> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(AsyncResult::wait(self.proxy(&result)?, &self.caller, timeout).await?)
    }

    fn is_ready(&mut self, result: Resource<Slot>) -> Hosted<bool> {
        Ok(AsyncResult::is_ready(self.proxy(&result)?)?)
    }

    fn is_successful(&mut self, result: Resource<Slot>) -> Hosted<bool> {
        Ok(AsyncResult::is_successful(self.proxy(&result)?)?)
    }
}

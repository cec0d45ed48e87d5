use super::bindings::imports::commonhold::manager::waiting;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::several::wait_for_first;
use std::time::Duration;
use waiting::Value;
use wasmtime::component::Resource;

impl waiting::Host for GuestCtx {
    async fn wait_for_first(
        &mut self,
        objects: Vec<Resource<Slot>>,
        timeout: Option<u64>,
    ) -> Hosted<Option<(u32, Value)>> {
        // One of the objects may be a queue.
        self.may_remove()?;
        let timeout = timeout.map(Duration::from_nanos);
        let proxies = objects.iter().map(|object| self.proxy(object)).collect::<wasmtime::Result<Vec<_>>>()?;
        let first = wait_for_first(&proxies, &self.caller, timeout).await?;
        // There are far fewer objects than such a number can count.
        Ok(first.map(|(index, item)| (u32::try_from(index).unwrap_or(u32::MAX), self.removed(item))))
    }
}

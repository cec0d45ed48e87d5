use super::bindings::imports::commonhold::manager::{counters, sets};
use super::{GuestCtx, Hosted, Slot};
use crate::referents::counter::{Counter, Operation};
use counters::{Argument, Value};
use wasmtime::component::Resource;

impl From<counters::Operation> for Operation {
    fn from(operation: counters::Operation) -> Self {
        match operation {
            counters::Operation::Sum => Self::Sum,
            counters::Operation::Difference => Self::Difference,
            counters::Operation::Intersection => Self::Intersection,
            counters::Operation::Union => Self::Union,
        }
    }
}

impl counters::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Counter::create(&self.caller))
    }

    async fn create_from(&mut self, counted: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let counted = self.contents(counted).await?;
        let counter = Counter::create_from(&self.caller, &counted)?;
        self.give(counter)
    }

    fn get_item(&mut self, counter: Resource<Slot>, key: Argument) -> Hosted<Value> {
        let count = Counter::get_item(self.proxy(&counter)?, &self.item(key)?)?;
        Ok(self.value(count)?)
    }

    async fn update(&mut self, counter: Resource<Slot>, counted: Argument) -> Hosted<()> {
        let counter = self.proxy(&counter)?;
        Ok(Counter::update(counter, &self.contents_for(counter, counted).await?)?)
    }

    async fn subtract(&mut self, counter: Resource<Slot>, counted: Argument) -> Hosted<()> {
        let counter = self.proxy(&counter)?;
        Ok(Counter::subtract(counter, &self.contents_for(counter, counted).await?)?)
    }

    fn most_common(&mut self, counter: Resource<Slot>, most: Option<u64>) -> Hosted<Value> {
        let entries = Counter::most_common(self.proxy(&counter)?, most)?;
        Ok(self.value(entries)?)
    }

    fn elements(&mut self, counter: Resource<Slot>) -> Hosted<Value> {
        let elements = Counter::elements(self.proxy(&counter)?)?;
        Ok(self.value(elements)?)
    }

    fn total(&mut self, counter: Resource<Slot>) -> Hosted<Value> {
        let total = Counter::total(self.proxy(&counter)?)?;
        Ok(self.value(total)?)
    }

    async fn combine(
        &mut self,
        counter: Resource<Slot>,
        operation: counters::Operation,
        other: Argument,
    ) -> Hosted<Value> {
        let counter = self.proxy(&counter)?;
        let combined = Counter::combine(counter, operation.into(), &self.contents_for(counter, other).await?)?;
        Ok(self.value(combined)?)
    }

    async fn combine_before(
        &mut self,
        counter: Resource<Slot>,
        operation: counters::Operation,
        other: Argument,
    ) -> Hosted<Value> {
        let counter = self.proxy(&counter)?;
        let combined = Counter::combine_before(counter, operation.into(), &self.contents_for(counter, other).await?)?;
        Ok(self.value(combined)?)
    }

    async fn combine_in_place(
        &mut self,
        counter: Resource<Slot>,
        operation: counters::Operation,
        other: Argument,
    ) -> Hosted<()> {
        let counter = self.proxy(&counter)?;
        Ok(Counter::combine_in_place(counter, operation.into(), &self.contents_for(counter, other).await?)?)
    }

    fn positive(&mut self, counter: Resource<Slot>) -> Hosted<Value> {
        let counts = Counter::positive(self.proxy(&counter)?)?;
        Ok(self.value(counts)?)
    }

    fn negative(&mut self, counter: Resource<Slot>) -> Hosted<Value> {
        let counts = Counter::negative(self.proxy(&counter)?)?;
        Ok(self.value(counts)?)
    }

    async fn compare(&mut self, counter: Resource<Slot>, relation: sets::Relation, other: Argument) -> Hosted<bool> {
        let counter = self.proxy(&counter)?;
        Ok(Counter::compare(counter, relation.into(), &self.contents_for(counter, other).await?)?)
    }
}

use super::bindings::imports::commonhold::manager::sets;
use super::{GuestCtx, Hosted, Slot};
use crate::object::call::{resolve, resolve_for};
use crate::object::{Item, Proxy};
use crate::referents::set::{Operation, Relation, Set};
use sets::{Argument, Value};
use wasmtime::component::Resource;

impl From<sets::Operation> for Operation {
    fn from(operation: sets::Operation) -> Self {
        match operation {
            sets::Operation::Union => Self::Union,
            sets::Operation::Intersection => Self::Intersection,
            sets::Operation::Difference => Self::Difference,
            sets::Operation::SymmetricDifference => Self::SymmetricDifference,
        }
    }
}

impl From<sets::Relation> for Relation {
    fn from(relation: sets::Relation) -> Self {
        match relation {
            sets::Relation::Subset => Self::Subset,
            sets::Relation::ProperSubset => Self::ProperSubset,
            sets::Relation::Superset => Self::Superset,
            sets::Relation::ProperSuperset => Self::ProperSuperset,
        }
    }
}

impl GuestCtx {
    /// An argument for what is in it.
    pub(super) async fn contents(&self, argument: Argument) -> Hosted<Item> {
        let mut item = self.item(argument)?;
        resolve(&mut item, &self.caller).await?;
        Ok(item)
    }

    /// The same for a method of an object, while its proxy is of use.
    pub(super) async fn contents_for(&self, me: &Proxy, argument: Argument) -> Hosted<Item> {
        let mut item = self.item(argument)?;
        resolve_for(me, &mut item, &self.caller).await?;
        Ok(item)
    }

    async fn all_contents_for(&self, me: &Proxy, arguments: Vec<Argument>) -> Hosted<Vec<Item>> {
        let mut items = self.items(arguments)?;
        for item in &mut items {
            resolve_for(me, item, &self.caller).await?;
        }
        Ok(items)
    }
}

impl sets::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Set::create(&self.caller))
    }

    async fn create_from(&mut self, items: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let items = self.contents(items).await?;
        let set = Set::create_from(&self.caller, &items)?;
        self.give(set)
    }

    fn length(&mut self, set: Resource<Slot>) -> Hosted<u64> {
        Ok(Set::length(self.proxy(&set)?)?)
    }

    fn contains(&mut self, set: Resource<Slot>, element: Argument) -> Hosted<bool> {
        Ok(Set::contains(self.proxy(&set)?, &self.item(element)?)?)
    }

    fn add(&mut self, set: Resource<Slot>, element: Argument) -> Hosted<bool> {
        Ok(Set::add(self.proxy(&set)?, self.item(element)?)?)
    }

    fn discard(&mut self, set: Resource<Slot>, element: Argument) -> Hosted<bool> {
        Ok(Set::discard(self.proxy(&set)?, &self.item(element)?)?)
    }

    fn remove(&mut self, set: Resource<Slot>, element: Argument) -> Hosted<()> {
        Ok(Set::remove(self.proxy(&set)?, &self.item(element)?)?)
    }

    fn pop(&mut self, set: Resource<Slot>) -> Hosted<Value> {
        self.may_remove()?;
        let element = Set::pop(self.proxy(&set)?)?;
        Ok(self.removed(element))
    }

    fn clear(&mut self, set: Resource<Slot>) -> Hosted<()> {
        Ok(Set::clear(self.proxy(&set)?)?)
    }

    fn copy(&mut self, set: Resource<Slot>) -> Hosted<Value> {
        let copy = Set::copy(self.proxy(&set)?)?;
        Ok(self.value(copy)?)
    }

    fn items(&mut self, set: Resource<Slot>) -> Hosted<Value> {
        let items = Set::items(self.proxy(&set)?)?;
        Ok(self.value(items)?)
    }

    async fn is_disjoint(&mut self, set: Resource<Slot>, other: Argument) -> Hosted<bool> {
        let set = self.proxy(&set)?;
        Ok(Set::is_disjoint(set, &self.contents_for(set, other).await?)?)
    }

    async fn is_subset(&mut self, set: Resource<Slot>, other: Argument) -> Hosted<bool> {
        let set = self.proxy(&set)?;
        Ok(Set::is_subset(set, &self.contents_for(set, other).await?)?)
    }

    async fn is_superset(&mut self, set: Resource<Slot>, other: Argument) -> Hosted<bool> {
        let set = self.proxy(&set)?;
        Ok(Set::is_superset(set, &self.contents_for(set, other).await?)?)
    }

    async fn union(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let union = Set::union(set, &self.all_contents_for(set, others).await?)?;
        Ok(self.value(union)?)
    }

    async fn intersection(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let intersection = Set::intersection(set, &self.all_contents_for(set, others).await?)?;
        Ok(self.value(intersection)?)
    }

    async fn difference(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let difference = Set::difference(set, &self.all_contents_for(set, others).await?)?;
        Ok(self.value(difference)?)
    }

    async fn symmetric_difference(&mut self, set: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let difference = Set::symmetric_difference(set, &self.contents_for(set, other).await?)?;
        Ok(self.value(difference)?)
    }

    async fn update(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<()> {
        let set = self.proxy(&set)?;
        Ok(Set::update(set, &self.all_contents_for(set, others).await?)?)
    }

    async fn intersection_update(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<()> {
        let set = self.proxy(&set)?;
        Ok(Set::intersection_update(set, &self.all_contents_for(set, others).await?)?)
    }

    async fn difference_update(&mut self, set: Resource<Slot>, others: Vec<Argument>) -> Hosted<()> {
        let set = self.proxy(&set)?;
        Ok(Set::difference_update(set, &self.all_contents_for(set, others).await?)?)
    }

    async fn symmetric_difference_update(&mut self, set: Resource<Slot>, other: Argument) -> Hosted<()> {
        let set = self.proxy(&set)?;
        Ok(Set::symmetric_difference_update(set, &self.contents_for(set, other).await?)?)
    }

    async fn combine(&mut self, set: Resource<Slot>, operation: sets::Operation, other: Argument) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let combined = Set::combine(set, operation.into(), &self.contents_for(set, other).await?)?;
        Ok(self.value(combined)?)
    }

    async fn combine_before(
        &mut self,
        set: Resource<Slot>,
        operation: sets::Operation,
        other: Argument,
    ) -> Hosted<Value> {
        let set = self.proxy(&set)?;
        let combined = Set::combine_before(set, operation.into(), &self.contents_for(set, other).await?)?;
        Ok(self.value(combined)?)
    }

    async fn combine_in_place(
        &mut self,
        set: Resource<Slot>,
        operation: sets::Operation,
        other: Argument,
    ) -> Hosted<()> {
        let set = self.proxy(&set)?;
        Ok(Set::combine_in_place(set, operation.into(), &self.contents_for(set, other).await?)?)
    }

    async fn compare(&mut self, set: Resource<Slot>, relation: sets::Relation, other: Argument) -> Hosted<bool> {
        let set = self.proxy(&set)?;
        Ok(Set::compare(set, relation.into(), &self.contents_for(set, other).await?)?)
    }
}

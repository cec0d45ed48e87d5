//! What is a reading and a change in one.

use super::*;

impl List {
    pub fn fetch_add(me: &Proxy, index: i64, delta: &Item) -> Outcome<Item> {
        me.check(FETCH_ADD)?;
        let mut state = Self::open(me)?;
        let position = state.position(index, "list index out of range")?;
        let sum = state.items[position].add(delta)?;
        Ok(state.exchange(position, sum))
    }

    /// The item at an index, which is replaced by another if that is greater.
    pub fn fetch_max(me: &Proxy, index: i64, value: Item) -> Outcome<Item> {
        me.check(FETCH_MAX)?;
        let mut state = Self::open(me)?;
        let position = state.position(index, "list index out of range")?;
        let item = &state.items[position];
        if heavy(item.weight(), || Comparing::new(1).less(item, &value))? {
            Ok(state.exchange(position, value))
        } else {
            Ok(item.clone())
        }
    }

    pub fn swap(me: &Proxy, index: i64, item: Item) -> Outcome<Item> {
        me.check(SWAP)?;
        let mut state = Self::open(me)?;
        let position = state.position(index, "list assignment index out of range")?;
        Ok(state.exchange(position, item))
    }

    /// Replaces the item at an index if it is equal to the expected one; whether it was, and what was
    /// there.
    pub fn compare_exchange(me: &Proxy, index: i64, expected: &Item, new: Item) -> Outcome<(bool, Item)> {
        me.check(COMPARE_EXCHANGE)?;
        let mut state = Self::open(me)?;
        let position = state.position(index, "list index out of range")?;
        let item = &state.items[position];
        if equal_one(item, expected) { Ok((true, state.exchange(position, new))) } else { Ok((false, item.clone())) }
    }

    /// Removes the item at an index if it is equal to the expected one; whether it was, and what was
    /// there.
    pub fn pop_if(me: &Proxy, index: i64, expected: &Item) -> Outcome<(bool, Item)> {
        me.check(POP_IF)?;
        let mut state = Self::open(me)?;
        let position = state.position(index, "list index out of range")?;
        let item = &state.items[position];
        if !equal_one(item, expected) {
            return Ok((false, item.clone()));
        }
        let item = state.take_at(position);
        item.moved();
        Ok((true, item))
    }

    /// A plain list of the items at some indexes.
    pub fn get_many(me: &Proxy, indexes: &Item) -> Outcome<Item> {
        me.check(GET_MANY)?;
        Self::of(me)?;
        let indexes = operand::items(indexes)?.iter().map(methods::index).collect::<Outcome<Vec<_>>>()?;
        let state = Self::open(me)?;
        heavy(indexes.len(), || {
            let position = |index: &i64| state.position(*index, "list index out of range");
            let positions = indexes.iter().map(position).collect::<Outcome<Vec<_>>>()?;
            Item::list(positions.iter().map(|position| &state.items[*position]), me.home().limits())
        })
    }

    /// Replaces the items at some indexes, all or none.
    pub fn set_many(me: &Proxy, pairs: &Item) -> Outcome<()> {
        me.check(SET_MANY)?;
        Self::of(me)?;
        let pairs = operand::pairs(pairs)?.into_iter().map(|(key, item)| Ok((methods::index(&key)?, item)));
        let mut pairs = pairs.collect::<Outcome<Vec<_>>>()?;
        {
            let mut state = Self::open(me)?;
            let position = |(index, _): &(i64, Item)| state.position(*index, "list assignment index out of range");
            let positions = heavy(pairs.len(), || pairs.iter().map(position).collect::<Outcome<Vec<_>>>())?;
            if !positions.is_empty() {
                state.changed();
            }
            heavy(pairs.len(), || {
                for (position, (_, item)) in positions.into_iter().zip(&mut pairs) {
                    item.moved();
                    std::mem::swap(&mut state.items[position], item);
                }
            });
        }
        // Now these are the old ones.
        heavy(pairs.len(), || drop(pairs));
        Ok(())
    }

    pub fn get_path(me: &Proxy, path: &Item) -> Outcome<Item> {
        me.check(GET_PATH)?;
        Self::of(me)?;
        super::super::path::get(me, path)
    }

    pub fn set_path(me: &Proxy, path: &Item, item: Item) -> Outcome<()> {
        me.check(SET_PATH)?;
        Self::of(me)?;
        super::super::path::set(me, path, item)
    }
}

impl Container for List {
    fn visit(&self, me: &Proxy, key: &Item, work: &mut dyn FnMut(&Item) -> Option<Item>) -> Outcome<()> {
        me.check(GETITEM)?;
        let index = methods::index(key)?;
        let _old;
        let mut state = lock(&self.state);
        let position = state.position(index, "list index out of range")?;
        if let Some(new) = work(&state.items[position]) {
            me.check_again(SETITEM)?;
            _old = state.exchange(position, new);
        }
        Ok(())
    }

    fn set(&self, me: &Proxy, key: Item, item: Item) -> Outcome<()> {
        Self::set_item(me, methods::index(&key)?, item)
    }
}

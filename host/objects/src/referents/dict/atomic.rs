//! What is a reading and a change in one.

use super::*;

impl Dict {
    pub fn fetch_add(me: &Proxy, key: Item, delta: &Item, initial: Option<Item>) -> Outcome<Item> {
        me.check(FETCH_ADD)?;
        let this = Self::of(me)?;
        let initial = initial.or_else(|| this.initial());
        let hash = hash_key(&key)?;
        let limit = me.home().limits().container_length;
        let set = {
            let mut table = lock(&this.table);
            if let Some(item) = table.get_mut(hash, &key) {
                let sum = item.add(delta)?;
                return Ok(std::mem::replace(item, sum));
            }
            match &initial {
                None => Err(key),
                Some(initial) => {
                    let sum = initial.add(delta)?;
                    key.moved();
                    Ok(table.set((hash, key, sum), limit))
                }
            }
        };
        match set {
            Ok(Set::Full(_)) => Err(full(limit)),
            Ok(_) => Ok(initial.unwrap_or(Item::Null)),
            Err(key) => Err(missing(&key)),
        }
    }

    /// The value of a key, which is replaced by another if that is greater.
    pub fn fetch_max(me: &Proxy, key: Item, value: Item, initial: Option<Item>) -> Outcome<Item> {
        me.check(FETCH_MAX)?;
        let this = Self::of(me)?;
        let initial = initial.or_else(|| this.initial());
        let hash = hash_key(&key)?;
        let limit = me.home().limits().container_length;
        let is_less = |item: &Item, value: &Item| heavy(item.weight(), || Comparing::new(1).less(item, value));
        let set = {
            let mut table = lock(&this.table);
            if let Some(item) = table.get_mut(hash, &key) {
                return Ok(if is_less(item, &value)? { exchange(item, value) } else { item.clone() });
            }
            match &initial {
                None => Err(key),
                Some(initial) => {
                    let item = if is_less(initial, &value)? { value } else { initial.clone() };
                    key.moved();
                    item.moved();
                    Ok(table.set((hash, key, item), limit))
                }
            }
        };
        match set {
            Ok(Set::Full(_)) => Err(full(limit)),
            Ok(_) => Ok(initial.unwrap_or(Item::Null)),
            Err(key) => Err(missing(&key)),
        }
    }

    pub fn swap(me: &Proxy, key: &Item, item: Item) -> Outcome<Item> {
        me.check(SWAP)?;
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        let limit = me.home().limits().container_length;
        let _not_needed;
        let mut table = lock(&this.table);
        if let Some(place) = table.get_mut(hash, key) {
            return Ok(exchange(place, item));
        }
        let before = this.missing(key)?;
        item.moved();
        _not_needed = table.set((hash, key.clone(), item), limit);
        match _not_needed {
            Set::Full(_) => Err(full(limit)),
            _ => Ok(before),
        }
    }

    /// Replaces the value of a key if it is equal to the expected one; whether it was, and what was
    /// there.
    pub fn compare_exchange(me: &Proxy, key: &Item, expected: &Item, new: Item) -> Outcome<(bool, Item)> {
        me.check(COMPARE_EXCHANGE)?;
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        let limit = me.home().limits().container_length;
        let _not_needed;
        let mut table = lock(&this.table);
        if let Some(item) = table.get_mut(hash, key) {
            return if equal_one(item, expected) { Ok((true, exchange(item, new))) } else { Ok((false, item.clone())) };
        }
        let before = this.missing(key)?;
        if !equal_one(&before, expected) {
            return Ok((false, before));
        }
        new.moved();
        _not_needed = table.set((hash, key.clone(), new), limit);
        match _not_needed {
            Set::Full(_) => Err(full(limit)),
            _ => Ok((true, before)),
        }
    }

    /// Removes a key if its value is equal to the expected one; whether it was, and what was there.
    pub fn pop_if(me: &Proxy, key: &Item, expected: &Item) -> Outcome<(bool, Item)> {
        me.check(POP_IF)?;
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        let removed = {
            let mut table = lock(&this.table);
            match table.get(hash, key) {
                None => None,
                Some(item) if !equal_one(item, expected) => return Ok((false, item.clone())),
                Some(_) => table.remove(hash, key).inspect(|(_, item)| item.moved()),
            }
        };
        match removed {
            Some((_, item)) => Ok((true, item)),
            None => {
                let before = this.missing(key)?;
                Ok((equal_one(&before, expected), before))
            }
        }
    }

    /// A plain list of the values of some keys. Where there is none, it has the default.
    pub fn get_many(me: &Proxy, keys: &Item, default: Option<&Item>) -> Outcome<Item> {
        me.check(GET_MANY)?;
        let this = Self::of(me)?;
        let keys = operand::items(keys)?;
        let default = default.cloned().or_else(|| this.initial());
        let hashes = heavy(keys.len(), || keys.iter().map(hash_key).collect::<Outcome<Vec<_>>>())?;
        let table = lock(&this.table);
        heavy(keys.len(), || {
            let find = |(hash, key): (&u64, _)| table.get(*hash, key).or(default.as_ref()).ok_or_else(|| missing(key));
            let items = hashes.iter().zip(&keys).map(find).collect::<Outcome<Vec<_>>>()?;
            Item::list(items.into_iter(), me.home().limits())
        })
    }

    /// Sets entries, all or none.
    pub fn set_many(me: &Proxy, entries: &Item) -> Outcome<()> {
        me.check(SET_MANY)?;
        Self::of(me)?;
        // A dict has its own entries already.
        let Some(entries) = Entries::of(Some(me), entries)? else { return Ok(()) };
        Self::set_all_or_none(me, entries)
    }

    pub(super) fn set_all_or_none(me: &Proxy, entries: Entries) -> Outcome<()> {
        let this = Self::of(me)?;
        if let Some(error) = entries.error {
            return Err(error);
        }
        let limits = me.home().limits();
        // So that a key counts once.
        let mut new = Table::default();
        set_all(&mut new, entries, limits, &mut Vec::new())?;
        let mut given_up = Vec::new();
        let done = {
            let mut table = lock(&this.table);
            heavy(new.len(), || {
                let is_new = |(hash, key, _): &&Entry| table.get(*hash, key).is_none();
                let room = limits.container_length.saturating_sub(table.len());
                if new.len() > room && new.iter().filter(is_new).count() > room {
                    return Err(full(limits.container_length));
                }
                let entries = Entries { entries: new.take().into_iter().flatten().collect(), error: None };
                set_all(&mut table, entries, limits, &mut given_up)
            })
        };
        heavy(given_up.len(), || drop((given_up, new)));
        done
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

impl Dict {
    /// What a key that is not there begins with, unless a caller knows better.
    fn initial(&self) -> Option<Item> {
        (self.variety == Variety::Counter).then_some(counter::NONE)
    }
}

/// Puts an item into the place of another, which is handed out.
fn exchange(place: &mut Item, item: Item) -> Item {
    item.moved();
    let old = std::mem::replace(place, item);
    old.moved();
    old
}

impl Container for Dict {
    fn visit(&self, me: &Proxy, key: &Item, work: &mut dyn FnMut(&Item) -> Option<Item>) -> Outcome<()> {
        me.check(GETITEM)?;
        let hash = hash_key(key)?;
        let _old;
        let mut table = lock(&self.table);
        let Some(place) = table.get_mut(hash, key) else {
            // Nothing inside of a number could be replaced.
            work(&self.missing(key)?);
            return Ok(());
        };
        if let Some(new) = work(place) {
            me.check_again(SETITEM)?;
            _old = exchange(place, new);
        }
        Ok(())
    }

    fn set(&self, me: &Proxy, key: Item, item: Item) -> Outcome<()> {
        Self::set_item(me, key, item)
    }
}

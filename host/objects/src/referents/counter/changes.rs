//! Changes of a counter, made ready before any is carried out.
//!
//! Whatever is made ready is a number, or a copy of what the counter or an argument has: dropping it
//! under the counter's lock frees nothing. What the counter itself gives up is kept until after.

use super::*;
use crate::referents::table::Set;

/// What is to be counted: an iterable's items or a mapping's counts, and counts by keywords.
pub(super) struct Given {
    counted: Counting,
    keywords: Vec<Entry>,
}

enum Counting {
    Nothing,
    /// The counts that the counter itself has at that moment.
    Own,
    /// Items, and what is wrong with the one behind them, if one is no key: the counts before it come first.
    Items(Vec<Element>, Option<CallError>),
    Counts(Vec<Entry>),
}

impl Given {
    pub(super) fn of(
        me: Option<&Proxy>,
        counted: Option<&Item>,
        keywords: Vec<(String, Item)>,
        sign: Sign,
    ) -> Outcome<Self> {
        let counted = match counted {
            None | Some(Item::Null) => Counting::Nothing,
            Some(Item::Proxy(proxy)) if me.is_some_and(|me| proxy.same(me)) => {
                operand::may_copy(proxy)?;
                Counting::Own
            }
            Some(counted) => match operand::mapping(counted)? {
                Some(counts) => Counting::Counts(counts.entries),
                None => {
                    let items = operand::items_again(counted)?;
                    let mut wrong = None;
                    let hash = |item: Item| {
                        // As CPython words it: one way of counting looks keys up, the other does not.
                        let hash = if sign == Sign::Plus { item.hash() } else { operand::hash_key(&item) };
                        hash.map_err(|error| wrong = Some(error)).ok().map(|hash| (hash, item))
                    };
                    let items = heavy(items.len(), || items.into_iter().map_while(hash).collect());
                    Counting::Items(items, wrong)
                }
            },
        };
        Ok(Self { counted, keywords: Entries::default().with_keywords(keywords).entries })
    }
}

/// What a counter is to become.
#[derive(Default)]
pub(super) struct Changes {
    /// The counts that are to be set.
    pub(super) set: Table,
    /// How many of these are of keys that the counter does not have.
    new: usize,
    /// The keys that are to be removed, which are the counter's.
    removed: Vec<Element>,
    /// What the counter has given up.
    given_up: Vec<Item>,
}

impl Changes {
    /// How much there is to drop.
    pub(super) fn size(&self) -> usize {
        self.set.len() + self.removed.len() + self.given_up.len()
    }

    /// What a key counts after the changes.
    fn current<'a>(&'a self, table: &'a Table, hash: u64, key: &Item) -> Option<&'a Item> {
        self.set.get(hash, key).or_else(|| table.get(hash, key))
    }

    /// Sets what a key counts.
    fn put(&mut self, table: &Table, hash: u64, key: &Item, count: Item) -> Outcome<()> {
        match self.set.get_mut(hash, key) {
            Some(place) => *place = count,
            None => {
                self.new += usize::from(!table.contains(hash, key));
                self.insert(hash, key, count)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, hash: u64, key: &Item, count: Item) -> Outcome<()> {
        match self.set.set((hash, key.clone(), count), usize::MAX) {
            Set::Full(_) => Err(full(usize::MAX)),
            Set::New | Set::Replaced(..) => Ok(()),
        }
    }

    /// Counts what is given.
    pub(super) fn count(&mut self, table: &Table, given: &Given, sign: Sign) -> Outcome<()> {
        match &given.counted {
            Counting::Nothing => {}
            Counting::Own => heavy(table.len(), || self.count_mapping(table, table.iter(), sign))?,
            Counting::Items(items, wrong) => {
                heavy(items.len(), || self.count_items(table, items, sign))?;
                if let Some(error) = wrong {
                    return Err(error.clone());
                }
            }
            Counting::Counts(counts) => heavy(counts.len(), || self.count_mapping(table, counts.iter(), sign))?,
        }
        if given.keywords.is_empty() {
            return Ok(());
        }
        heavy(given.keywords.len(), || self.count_mapping(table, given.keywords.iter(), sign))
    }

    fn count_items(&mut self, table: &Table, items: &[Element], sign: Sign) -> Outcome<()> {
        for (hash, item) in items {
            if let Some(count) = self.set.get_mut(*hash, item) {
                *count = one_more(count, sign)?;
                continue;
            }
            let before = table.get(*hash, item);
            let count = one_more(before.unwrap_or(&NONE), sign)?;
            self.new += usize::from(before.is_none());
            self.insert(*hash, item, count)?;
        }
        Ok(())
    }

    fn count_mapping<'a>(&mut self, table: &Table, counts: impl Iterator<Item = &'a Entry>, sign: Sign) -> Outcome<()> {
        // As in CPython, an empty counter takes what is given as it is.
        let is_empty = table.is_empty() && self.set.is_empty() && sign == Sign::Plus;
        for (hash, key, count) in counts {
            let count = if is_empty {
                count.moved();
                count.clone()
            } else {
                let before = self.current(table, *hash, key).unwrap_or(&NONE);
                match sign {
                    Sign::Plus => count.add(before)?,
                    Sign::Minus => before.subtract(count)?,
                }
            };
            self.put(table, *hash, key, count)?;
        }
        Ok(())
    }

    /// Makes the counter what an operator makes of it and other counts.
    pub(super) fn combine(&mut self, table: &Table, operation: Operation, other: &Table) -> Outcome<()> {
        let size = table.len().saturating_add(other.len());
        let mut comparing = Comparing::new(size);
        heavy(size, || {
            match operation {
                Operation::Sum | Operation::Difference => {
                    for (hash, key, count) in other.iter() {
                        let before = table.get(*hash, key).unwrap_or(&NONE);
                        let (made, operator) = match operation {
                            Operation::Sum => (before.add(count), "+="),
                            _ => (before.subtract(count), "-="),
                        };
                        let made = made.map_err(|error| match error.kind {
                            ErrorKind::Type => unsupported(operator, &before.type_name(), &count.type_name()),
                            _ => error,
                        })?;
                        self.put(table, *hash, key, made)?;
                    }
                }
                Operation::Union => {
                    for (hash, key, count) in other.iter() {
                        let before = table.get(*hash, key).unwrap_or(&NONE);
                        if comparing.ordered(count, Order::Greater, before)? {
                            self.put(table, *hash, key, count.clone())?;
                        }
                    }
                }
                Operation::Intersection => {
                    for (hash, key, count) in table.iter() {
                        let count_there = other.get(*hash, key).unwrap_or(&NONE);
                        if comparing.ordered(count_there, Order::Less, count)? {
                            self.put(table, *hash, key, count_there.clone())?;
                        }
                    }
                }
            }
            self.keep_positive(table, &mut comparing)
        })
    }

    /// Leaves no key that does not count more than nothing.
    fn keep_positive(&mut self, table: &Table, comparing: &mut Comparing) -> Outcome<()> {
        let mut is_positive = |count: &Item| comparing.ordered(count, Order::Greater, &NONE);
        for (hash, key, count) in table.iter() {
            if !is_positive(self.set.get(*hash, key).unwrap_or(count))? {
                self.removed.push((*hash, key.clone()));
            }
        }
        let mut gone = Vec::new();
        for (hash, key, count) in self.set.iter() {
            if !is_positive(count)? {
                gone.push((*hash, key.clone()));
            }
        }
        for (hash, key) in gone {
            self.new -= usize::from(!table.contains(hash, &key));
            self.set.remove(hash, &key);
        }
        Ok(())
    }

    /// Fails if the counter has no room for what is new.
    pub(super) fn check_room(&self, table: &Table, limits: &Limits) -> Outcome<()> {
        let length = (table.len() + self.new).saturating_sub(self.removed.len());
        if self.new > 0 && length > room(limits.container_length) {
            return Err(full(limits.container_length));
        }
        Ok(())
    }

    /// Changes the counter, which has room for it.
    pub(super) fn carry_out(&mut self, table: &mut Table) {
        heavy(self.size(), || {
            for (hash, key) in &self.removed {
                if let Some((key, count)) = table.remove(*hash, key) {
                    self.given_up.extend([key, count]);
                }
            }
            for entry in self.set.take().into_iter().flatten() {
                match table.set(entry, usize::MAX) {
                    Set::New => {}
                    Set::Replaced(key, count) | Set::Full((_, key, count)) => self.given_up.extend([key, count]),
                }
            }
        });
    }
}

/// A count after one more, or one less.
fn one_more(count: &Item, sign: Sign) -> Outcome<Item> {
    match (count, sign) {
        (Item::Int(count), Sign::Plus) if *count < i64::MAX => Ok(Item::Int(count + 1)),
        (Item::Int(count), Sign::Minus) if *count > i64::MIN => Ok(Item::Int(count - 1)),
        (count, Sign::Plus) => count.add(&Item::Int(1)),
        (count, Sign::Minus) => count.subtract(&Item::Int(1)),
    }
}

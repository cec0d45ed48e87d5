//! Random operations of several processes, compared with a plain model at every quiet point.

#[path = "../programs/shadow/src/op.rs"]
mod op;

use commonhold::{LockGuard, Manager, Process, Program, Proxy};
use commonhold_tests::{assert_exact, load, manager, settle};
use op::{How, Op, SLOTS};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

const ACTORS: usize = 3;

/// The shadow of an object: who holds it, and what it holds.
#[derive(Default)]
struct Shadow {
    holders: u32,
    kind: Kind,
}

#[derive(Default)]
enum Kind {
    /// An item is the proxies in it.
    List(Vec<Vec<u64>>),
    Dict(BTreeMap<i64, Vec<u64>>),
    /// What the process holds while it runs, then what it returned.
    Process {
        running: bool,
        returned: bool,
        holds: Vec<u64>,
        outcome: Vec<u64>,
    },
    #[default]
    Lock,
}

/// Counts references as the manager should.
#[derive(Default)]
struct Model {
    objects: BTreeMap<u64, Shadow>,
}

impl Model {
    fn new_object(&mut self, id: u64, kind: Kind) {
        assert!(self.objects.insert(id, Shadow { holders: 1, kind }).is_none(), "the id {id} was used before");
    }

    fn hold(&mut self, id: u64) {
        self.objects.get_mut(&id).expect("a live object").holders += 1;
    }

    fn hold_all(&mut self, ids: &[u64]) {
        ids.iter().for_each(|id| self.hold(*id));
    }

    fn release(&mut self, id: u64) {
        let mut work = VecDeque::from([id]);
        while let Some(id) = work.pop_front() {
            let shadow = self.objects.get_mut(&id).expect("a live object");
            shadow.holders -= 1;
            if shadow.holders > 0 {
                continue;
            }
            match self.objects.remove(&id).expect("a live object").kind {
                Kind::List(items) => work.extend(items.into_iter().flatten()),
                Kind::Dict(entries) => work.extend(entries.into_values().flatten()),
                Kind::Process { holds, outcome, .. } => work.extend(holds.into_iter().chain(outcome)),
                Kind::Lock => {}
            }
        }
    }

    fn release_all(&mut self, ids: Vec<u64>) {
        ids.into_iter().for_each(|id| self.release(id));
    }

    fn list(&mut self, id: u64) -> &mut Vec<Vec<u64>> {
        match &mut self.objects.get_mut(&id).expect("a live object").kind {
            Kind::List(items) => items,
            _ => panic!("{id} is no list"),
        }
    }

    fn dict(&mut self, id: u64) -> &mut BTreeMap<i64, Vec<u64>> {
        match &mut self.objects.get_mut(&id).expect("a live object").kind {
            Kind::Dict(entries) => entries,
            _ => panic!("{id} is no dict"),
        }
    }

    fn is_running(&self, id: u64) -> bool {
        matches!(self.objects.get(&id), Some(Shadow { kind: Kind::Process { running: true, .. }, .. }))
    }

    /// The process ends and holds no more.
    fn end(&mut self, id: u64, how: How, outcome_is: Vec<u64>) {
        let Some(Shadow { kind: Kind::Process { running, returned, holds, outcome }, .. }) = self.objects.get_mut(&id)
        else {
            panic!("{id} is no process")
        };
        if !std::mem::take(running) {
            return;
        }
        let holds = std::mem::take(holds);
        *returned = how == How::Return;
        outcome.clone_from(&outcome_is);
        self.hold_all(&outcome_is);
        self.release_all(holds);
        // Its own hold on itself.
        self.release(id);
    }

    /// What the manager's census has to say: holders, and what is held.
    fn picture(&self) -> BTreeMap<u64, (u32, Vec<u64>)> {
        let contents = |kind: &Kind| {
            let mut ids: Vec<u64> = match kind {
                Kind::List(items) => items.iter().flatten().copied().collect(),
                Kind::Dict(entries) => entries.values().flatten().copied().collect(),
                Kind::Process { outcome, .. } => outcome.clone(),
                Kind::Lock => Vec::new(),
            };
            ids.sort_unstable();
            ids
        };
        self.objects.iter().map(|(id, shadow)| (*id, (shadow.holders, contents(&shadow.kind)))).collect()
    }
}

/// The same of the manager.
fn picture(manager: &Manager) -> BTreeMap<u64, (u32, Vec<u64>)> {
    let census = manager.census().into_iter().map(|mut info| {
        info.contains.sort_unstable();
        (info.id, (info.holders, info.contains))
    });
    census.collect()
}

/// One of the processes that are told what to do.
struct Actor {
    process: Process,
    turn: commonhold::Lock,
    guard: Option<LockGuard>,
    ops: Proxy,
    replies: Proxy,
    slots: [Option<u64>; SLOTS],
    /// Those that it has started and that do not end by themselves.
    children: Vec<(u64, How)>,
}

struct World {
    manager: Manager,
    program: Program,
    model: Model,
    actors: Vec<Actor>,
    exchange: Proxy,
    never: commonhold::Lock,
    _never_guard: LockGuard,
}

impl World {
    async fn new() -> Self {
        let manager = manager();
        let program = load(&manager, "shadow").await;
        let mut model = Model::default();
        let exchange = manager.create("list", ()).await.unwrap();
        model.new_object(exchange.id(), Kind::List(Vec::new()));
        let never = manager.lock();
        model.new_object(never.proxy().id(), Kind::Lock);
        let guard = never.acquire().await.unwrap();
        // The guard is a holder, too.
        model.hold(never.proxy().id());
        let mut world = Self { manager, program, model, actors: Vec::new(), exchange, never, _never_guard: guard };
        for _ in 0..ACTORS {
            let actor = world.actor().await;
            world.actors.push(actor);
        }
        world
    }

    async fn actor(&mut self) -> Actor {
        let turn = self.manager.lock();
        let guard = turn.acquire().await.unwrap();
        let ops = self.manager.create("list", ()).await.unwrap();
        let replies = self.manager.create("list", ()).await.unwrap();
        let args = (&turn, &ops, &replies, &self.exchange, &self.never);
        let process = self.program.spawn("actor", args).unwrap();
        self.model.new_object(turn.proxy().id(), Kind::Lock);
        self.model.hold(turn.proxy().id());
        let never = self.never.proxy().id();
        let holds = vec![turn.proxy().id(), ops.id(), replies.id(), self.exchange.id(), never];
        self.model.new_object(ops.id(), Kind::List(Vec::new()));
        self.model.new_object(replies.id(), Kind::List(Vec::new()));
        self.model.hold_all(&holds);
        self.model
            .new_object(process.id(), Kind::Process { running: true, returned: false, holds, outcome: Vec::new() });
        self.model.hold(process.id());
        Actor { process, turn, guard: Some(guard), ops, replies, slots: Default::default(), children: Vec::new() }
    }

    /// Has an actor do something, and the model the same.
    async fn step(&mut self, at: usize, op: Op) {
        let actor = &mut self.actors[at];
        actor.ops.call::<_, ()>("append", (&op,)).await.unwrap();
        // The actor gives the turn back when it has done as it was told. At first it may not be there
        // yet to take it.
        loop {
            drop(actor.guard.take());
            actor.guard = Some(actor.turn.acquire().await.unwrap());
            if actor.ops.call::<_, u64>("__len__", ()).await.unwrap() == 0 {
                break;
            }
            assert!(actor.process.is_alive(), "the actor has ended: {:?}", actor.process.outcome().await);
        }
        let replied = match actor.replies.call::<_, u64>("__len__", ()).await.unwrap() {
            0 => None,
            _ => Some(actor.replies.call::<_, u64>("pop", ()).await.unwrap()),
        };
        self.follow(at, op, replied);
    }

    fn slot(&self, at: usize, slot: usize) -> u64 {
        self.actors[at].slots[slot].expect("a full slot")
    }

    /// Fills a slot with a proxy that the model has already counted.
    fn fill(&mut self, at: usize, to: usize, id: Option<u64>) {
        let process = self.actors[at].process.id();
        let old = std::mem::replace(&mut self.actors[at].slots[to], id);
        if let Some(Shadow { kind: Kind::Process { holds, .. }, .. }) = self.model.objects.get_mut(&process) {
            holds.extend(id);
            if let Some(place) = old.and_then(|old| holds.iter().rposition(|held| *held == old)) {
                holds.swap_remove(place);
            }
        }
        if let Some(old) = old {
            self.model.release(old);
        }
    }

    fn follow(&mut self, at: usize, op: Op, replied: Option<u64>) {
        let made = || replied.expect("the id of what was made");
        match op {
            Op::NewList { to } => {
                self.model.new_object(made(), Kind::List(Vec::new()));
                self.fill(at, to, Some(made()));
            }
            Op::NewDict { to } => {
                self.model.new_object(made(), Kind::Dict(BTreeMap::new()));
                self.fill(at, to, Some(made()));
            }
            Op::Duplicate { from, to } | Op::Narrow { from, to } => {
                let id = self.slot(at, from);
                self.model.hold(id);
                self.fill(at, to, Some(id));
            }
            Op::Drop { slot } => self.fill(at, slot, None),
            Op::Append { list, item } => {
                let (list, item) = (self.slot(at, list), self.slot(at, item));
                self.model.hold(item);
                self.model.list(list).push(vec![item]);
            }
            Op::AppendNested { list, item } => {
                let (list, item) = (self.slot(at, list), self.slot(at, item));
                self.model.hold_all(&[item; 3]);
                self.model.list(list).push(vec![item; 3]);
            }
            Op::Get { list, index, to } => {
                let list = self.slot(at, list);
                let id = self.model.list(list)[index as usize][0];
                self.model.hold(id);
                self.fill(at, to, Some(id));
            }
            Op::Look { .. } | Op::RemoveMissing { .. } => {}
            Op::Pop { list, to } => {
                let list = self.slot(at, list);
                let item = self.model.list(list).pop().expect("an item");
                self.fill(at, to, Some(item[0]));
            }
            Op::Discard { list } => {
                let list = self.slot(at, list);
                let item = self.model.list(list).pop().unwrap_or_default();
                self.model.release_all(item);
            }
            Op::Replace { list, index, item } => {
                let (list, item) = (self.slot(at, list), self.slot(at, item));
                self.model.hold(item);
                let old = std::mem::replace(&mut self.model.list(list)[index as usize], vec![item]);
                self.model.release_all(old);
            }
            Op::ExtendFrom { list, other } => {
                let (list, other) = (self.slot(at, list), self.slot(at, other));
                let items = self.model.list(other).clone();
                items.iter().for_each(|item| self.model.hold_all(item));
                self.model.list(list).extend(items);
            }
            Op::Reverse { list } => {
                let list = self.slot(at, list);
                self.model.list(list).reverse();
            }
            Op::Put { dict, key, item } => {
                let (dict, item) = (self.slot(at, dict), self.slot(at, item));
                self.model.hold(item);
                let old = self.model.dict(dict).insert(key, vec![item]).unwrap_or_default();
                self.model.release_all(old);
            }
            Op::Find { dict, key, to } => {
                let dict = self.slot(at, dict);
                let id = self.model.dict(dict)[&key][0];
                self.model.hold(id);
                self.fill(at, to, Some(id));
            }
            Op::Take { dict, key, to } => {
                let dict = self.slot(at, dict);
                let item = self.model.dict(dict).remove(&key).expect("an entry");
                self.fill(at, to, Some(item[0]));
            }
            Op::Clear { container } => {
                let id = self.slot(at, container);
                let items = match &mut self.model.objects.get_mut(&id).expect("a live object").kind {
                    Kind::List(items) => std::mem::take(items),
                    Kind::Dict(entries) => std::mem::take(entries).into_values().collect(),
                    _ => Vec::new(),
                };
                self.model.release_all(items.concat());
            }
            Op::Spawn { to, args, how } => {
                let never = self.never.proxy().id();
                let args: Vec<u64> = args.iter().map(|slot| self.slot(at, *slot)).collect();
                let holds = [args.clone(), vec![never]].concat();
                self.model.hold_all(&holds);
                self.model
                    .new_object(made(), Kind::Process { running: true, returned: false, holds, outcome: Vec::new() });
                // The child holds itself.
                self.model.hold(made());
                match how {
                    How::Block | How::Daemon => self.actors[at].children.push((made(), how)),
                    How::Return | How::Fail => self.model.end(made(), how, args),
                    How::Trap | How::Exit => self.model.end(made(), how, Vec::new()),
                }
                self.fill(at, to, Some(made()));
            }
            Op::Join { process, to } => {
                let process = self.slot(at, process);
                // An error's proxies are given, and dropped.
                let first = match &self.model.objects[&process].kind {
                    Kind::Process { returned: true, outcome, .. } => outcome.first().copied(),
                    _ => None,
                };
                if let Some(first) = first {
                    self.model.hold(first);
                }
                self.fill(at, to, first);
            }
            Op::Kill { process } => {
                let process = self.slot(at, process);
                self.model.end(process, How::Trap, Vec::new());
            }
            Op::Send { slot } => {
                let id = self.slot(at, slot);
                self.model.hold(id);
                let exchange = self.exchange.id();
                self.model.list(exchange).push(vec![id]);
                self.fill(at, slot, None);
            }
            Op::Receive { to } => {
                let exchange = self.exchange.id();
                let item = self.model.list(exchange).pop();
                self.fill(at, to, item.map(|item| item[0]));
            }
            Op::End | Op::Trap => {}
        }
    }
}

impl World {
    /// Something that the actor can do in the state that it is in.
    fn choose(&self, at: usize, random: &mut fastrand::Rng) -> Option<Op> {
        let actor = &self.actors[at];
        let full = |wanted: &dyn Fn(&Kind) -> bool| -> Vec<usize> {
            let fits = |slot: &usize| actor.slots[*slot].is_some_and(|id| wanted(&self.model.objects[&id].kind));
            (0..SLOTS).filter(fits).collect()
        };
        let any = full(&|_| true);
        let lists = full(&|kind| matches!(kind, Kind::List(_)));
        let plain = |item: &Vec<u64>| item.len() == 1;
        let ending = full(&|kind| matches!(kind, Kind::List(items) if items.last().is_some_and(plain)));
        let filled = full(&|kind| matches!(kind, Kind::List(items) if !items.is_empty()));
        let small = full(&|kind| matches!(kind, Kind::List(items) if items.len() < 50));
        let dicts = full(&|kind| matches!(kind, Kind::Dict(_)));
        let entries = full(&|kind| matches!(kind, Kind::Dict(entries) if !entries.is_empty()));
        let over = full(&|kind| matches!(kind, Kind::Process { running: false, .. }));
        let running = full(&|kind| matches!(kind, Kind::Process { running: true, .. }));
        let containers = [lists.clone(), dicts.clone()].concat();
        // None if there is nothing to choose from.
        let one = |random: &mut fastrand::Rng, from: &[usize]| random.choice(from.iter().copied());
        let to = random.usize(..SLOTS);
        let list_of = |slot: usize| match &self.model.objects[&actor.slots[slot]?].kind {
            Kind::List(items) => Some(items),
            _ => None,
        };
        let key_of = |slot: usize, random: &mut fastrand::Rng| match &self.model.objects[&actor.slots[slot]?].kind {
            Kind::Dict(entries) => random.choice(entries.keys().copied()),
            _ => None,
        };
        Some(match random.u8(..30) {
            0 | 1 => Op::NewList { to },
            2 => Op::NewDict { to },
            3 => Op::Duplicate { from: one(random, &any)?, to },
            4 => Op::Narrow { from: one(random, &containers)?, to },
            5 => Op::Drop { slot: one(random, &any)? },
            6 | 7 => Op::Append { list: one(random, &small)?, item: one(random, &any)? },
            8 => Op::AppendNested { list: one(random, &small)?, item: one(random, &any)? },
            9 => {
                let list = one(random, &filled)?;
                let index = random.usize(..list_of(list)?.len());
                plain(&list_of(list)?[index]).then_some(Op::Get { list, index: index as i64, to })?
            }
            10 => {
                let list = one(random, &filled)?;
                Op::Look { list, index: random.usize(..list_of(list)?.len()) as i64 }
            }
            11 => Op::Pop { list: one(random, &ending)?, to },
            12 => Op::Discard { list: one(random, &lists)? },
            13 => {
                let list = one(random, &filled)?;
                let index = random.usize(..list_of(list)?.len()) as i64;
                Op::Replace { list, index, item: one(random, &any)? }
            }
            14 => Op::ExtendFrom { list: one(random, &small)?, other: one(random, &small)? },
            15 => Op::Reverse { list: one(random, &lists)? },
            16 | 17 => Op::Put { dict: one(random, &dicts)?, key: random.i64(..4), item: one(random, &any)? },
            18 => {
                let dict = one(random, &entries)?;
                Op::Find { dict, key: key_of(dict, random)?, to }
            }
            19 => {
                let dict = one(random, &entries)?;
                Op::Take { dict, key: key_of(dict, random)?, to }
            }
            20 => Op::Clear { container: one(random, &containers)? },
            21 => Op::RemoveMissing { list: one(random, &lists)? },
            22 | 23 => {
                let how = random.choice([How::Return, How::Fail, How::Trap, How::Exit, How::Block, How::Daemon])?;
                let args = (0..random.usize(..3)).filter_map(|_| one(random, &any)).collect();
                Op::Spawn { to, args, how }
            }
            24 => Op::Join { process: one(random, &over)?, to },
            25 => Op::Kill { process: one(random, &running)? },
            26 | 27 => Op::Send { slot: one(random, &any)? },
            _ => Op::Receive { to },
        })
    }

    /// Ends an actor, in one way or another, and has a new one take its place.
    async fn replace(&mut self, at: usize, random: &mut fastrand::Rng) {
        let mut actor = self.actors.swap_remove(at);
        let slots: Vec<u64> = actor.slots.iter().flatten().copied().collect();
        let children = std::mem::take(&mut actor.children).into_iter();
        let running: Vec<_> = children.filter(|(id, _)| self.model.is_running(*id)).collect();
        // One that comes to its own end would wait for a child that does not, unless it is a daemon.
        let waits = running.iter().any(|(_, how)| *how == How::Block);
        let (how, outcome) = match random.u8(u8::from(waits)..3) {
            0 => {
                actor.ops.call::<_, ()>("append", (Op::End,)).await.unwrap();
                (How::Return, slots)
            }
            1 => {
                actor.ops.call::<_, ()>("append", (Op::Trap,)).await.unwrap();
                (How::Trap, Vec::new())
            }
            _ => {
                actor.process.kill().await.unwrap();
                (How::Trap, Vec::new())
            }
        };
        drop(actor.guard.take());
        let ended = actor.process.outcome().await.unwrap();
        drop(ended);
        self.model.end(actor.process.id(), how, outcome);
        for (daemon, _) in running.into_iter().filter(|(_, how)| *how == How::Daemon) {
            self.model.end(daemon, How::Trap, Vec::new());
        }
        // What the host had of it: its guard, its lock, its lists, its process.
        let turn = actor.turn.proxy().id();
        self.model.release_all(vec![turn, turn, actor.ops.id(), actor.replies.id(), actor.process.id()]);
        drop(actor);
        let new = self.actor().await;
        self.actors.push(new);
    }

    /// Waits until the manager's picture is the model's: children end in their own time.
    async fn compare(&self, after: &str) {
        let patience = Instant::now() + Duration::from_secs(60);
        settle(&self.manager).await;
        while picture(&self.manager) != self.model.picture() && Instant::now() < patience {
            tokio::task::yield_now().await;
        }
        assert_eq!(picture(&self.manager), self.model.picture(), "{after}:\n{}", self.manager.debug_info());
        assert_eq!(self.manager.number_of_objects(), self.model.objects.len() as u64, "{after}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn manager_agrees_with_a_plain_model_after_every_step() {
    let seed = std::env::var("SEED").ok().map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut world = World::new().await;
    world.compare("before the first step").await;
    let mut steps = 0;
    while steps < 1500 {
        let at = random.usize(..ACTORS);
        if random.u8(..40) == 0 {
            world.replace(at, &mut random).await;
            world.compare(&format!("SEED={seed}, step {steps}: an actor was replaced")).await;
            continue;
        }
        let Some(op) = world.choose(at, &mut random) else { continue };
        let what = format!("SEED={seed}, step {steps}: actor {at}: {op:?}");
        world.step(at, op).await;
        world.compare(&what).await;
        steps += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nothing_is_left_of_a_storm_of_processes() {
    let seed = std::env::var("SEED").ok().map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let manager = manager();
    let program = load(&manager, "shadow").await;
    let exchange = manager.create("list", ()).await.unwrap();
    for round in 0..15 {
        let hows = [How::Return, How::Fail, How::Trap, How::Exit, How::Block, How::Block];
        let start = |how: &How| program.spawn("storm", (random.u64(1..) >> 1, 2000, &exchange, how)).unwrap();
        let storm: Vec<_> = hows.iter().map(start).collect();
        for process in &storm[..4] {
            process.outcome().await.unwrap();
        }
        for process in &storm[4..] {
            process.kill().await.unwrap();
        }
        let mut host = BTreeMap::from([(exchange.id(), 1)]);
        host.extend(storm.iter().map(|process| (process.id(), 1)));
        settle(&manager).await;
        assert_exact(&manager, &host);
        drop(storm);
        exchange.call::<_, ()>("clear", ()).await.unwrap();
        settle(&manager).await;
        let left: Vec<_> = manager.census().into_iter().map(|info| info.id).collect();
        assert_eq!(left, [exchange.id()], "SEED={seed}, round {round}: objects that nobody holds are alive");
    }
}

//! Namespaces, values and arrays of every type code.

use super::super::*;
use super::{agree, python, replay, seed};
use commonhold_wire::BigInt;
use std::collections::HashMap;

const OPERATIONS: usize = 60_000;

/// Older interpreters do not know `w`.
const TYPECODES: &[u8] = b"bBuhHiIlLqQfd";

const NAMES: [&str; 6] = ["a", "b", "a1", "_h", "é", "__dict__"];

struct Run {
    world: World,
    random: Random,
    objects: Vec<Proxy>,
    script: Vec<String>,
    results: Vec<String>,
}

/// What is at a place: one namespace, one value, and arrays.
fn typeid(place: usize) -> &'static str {
    ["Namespace", "Value", "Array"][place.min(2)]
}

impl Run {
    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.random.below(of.len() as u64) as usize].clone()
    }

    fn number(&mut self) -> Plain {
        let edges = [7, 8, 15, 16, 31, 32, 63, 64, 70];
        match self.random.below(8) {
            0..=2 => Plain::from(self.random.below(9) as i64 - 4),
            3 => Value::Bool(self.random.below(2) == 0),
            4 => {
                let floats = [0.5, -0.0, 1.0, 0.1, 1e300, f64::INFINITY, f64::NAN, 2.0_f64.powi(63), 3e38, -1e16];
                self.pick(&floats).into()
            }
            _ => {
                let edge = BigInt::from(1) << self.pick(&edges);
                let near = edge + (self.random.below(3) as i64 - 1);
                Value::from_bigint(if self.random.below(2) == 0 { near } else { -near })
            }
        }
    }

    fn value(&mut self) -> Plain {
        match self.random.below(10) {
            0 => Value::Null,
            1 => self.pick(&["a", "", "ab", "é", "'", "\u{10ffff}"]).into(),
            2 => Value::List((0..self.random.below(3)).map(|_| self.number()).collect()),
            3 => b"a".to_vec().into(),
            _ => self.number(),
        }
    }

    /// What is likely to fit into an object.
    fn fitting(&mut self, place: usize) -> Plain {
        if self.random.below(6) == 0 {
            return self.value();
        }
        if place < 2 {
            return if self.random.below(3) == 0 { self.value() } else { self.number() };
        }
        match self.code(place) {
            'u' => self.pick(&["a", "b", "é", "\n"]).into(),
            _ if self.random.below(3) == 0 => self.number(),
            _ => Plain::from(self.random.below(9) as i64),
        }
    }

    /// The type code of the array at a place.
    fn code(&self, place: usize) -> char {
        self.world.text(&self.objects[place]).chars().nth(7).unwrap()
    }

    fn length(&self, place: usize) -> usize {
        self.objects[place].body().length().unwrap()
    }

    fn index(&mut self, place: usize) -> Plain {
        let length = self.length(place) as i64;
        match self.random.below(12) {
            0 => i64::MAX.into(),
            1 => self.value(),
            _ => (self.random.below(2 * length as u64 + 3) as i64 - length - 1).into(),
        }
    }

    fn slice(&mut self, place: usize) -> Plain {
        let part = |run: &mut Self, of: u64| match run.random.below(4) {
            0 => Value::Null,
            _ => Plain::from(run.random.below(2 * of + 3) as i64 - of as i64 - 1),
        };
        let length = self.length(place) as u64;
        let parts = [part(self, length), part(self, length), part(self, 2)];
        Value::Slice(Box::new(parts))
    }

    fn items(&mut self, place: usize) -> Plain {
        match self.random.below(12) {
            0 => self.value(),
            1 => "aé".into(),
            _ => {
                let items = (0..self.random.below(5)).map(|_| self.fitting(place)).collect();
                if self.random.below(2) == 0 { Value::List(items) } else { Value::Tuple(items) }
            }
        }
    }

    fn renew(&mut self, place: usize) {
        let args: Vec<Plain> = match typeid(place) {
            "Namespace" => vec![],
            "Value" => vec![self.value(), self.value()],
            _ => {
                let code = self.pick(TYPECODES);
                let code = match self.random.below(20) {
                    0 => self.value(),
                    1 => "z".into(),
                    _ => char::from(code).to_string().into(),
                };
                let items = match self.random.below(8) {
                    0 => self.value(),
                    1 => Plain::from(self.random.below(4) as i64 - 1),
                    2 => vec![1; self.random.below(17) as usize].into(),
                    3 => "éa".into(),
                    _ => {
                        let letters = code == Plain::from("u");
                        let item = |run: &mut Self| {
                            if letters { "b".into() } else { Plain::from(run.random.below(100) as i64) }
                        };
                        Value::List((0..self.random.below(6)).map(|_| item(self)).collect())
                    }
                };
                let too_large = matches!(&items, Value::BigInt(_)) || matches!(&items, Value::Int(many) if *many > 9);
                // Not every number is a letter, and CPython finds out when it looks.
                let no_letters = code == Plain::from("u") && matches!(&items, Value::Bytes(_));
                if too_large || no_letters { vec![code, Value::List(vec![])] } else { vec![code, items] }
            }
        };
        let kwargs: Vec<_> = match typeid(place) {
            "Namespace" => NAMES[..4].iter().map(|name| (*name, self.value())).collect(),
            _ => vec![],
        };
        let mut source = format!("new({place}, '{}'", typeid(place));
        args.iter().for_each(|arg| source += &format!(", {}", repr(arg).unwrap()));
        kwargs.iter().for_each(|(name, arg)| source += &format!(", {name}={}", repr(arg).unwrap()));
        let kwargs = kwargs.into_iter().map(|(name, arg)| (name, v(arg))).collect();
        let outcome = match self.world.create(typeid(place), args.into_iter().map(v).collect(), kwargs) {
            Ok(made) => {
                match self.objects.get_mut(place) {
                    Some(object) => *object = made,
                    None => self.objects.push(made),
                }
                Ok(Item::Null)
            }
            Err(error) => Err(error),
        };
        self.note(place, source + ")", outcome);
    }

    fn note(&mut self, place: usize, source: String, outcome: Outcome<Item>) {
        let result = match outcome {
            Ok(item) => format!("= {}", repr(&item.to_value()).unwrap()),
            Err(error) => format!("! {}: {}", error.type_name, error.message),
        };
        let state = self.world.text(&self.objects[place]);
        self.script.push(format!("{place} {source}"));
        self.results.push(format!("{result}\t{state}"));
    }

    fn operate(&mut self) {
        let place = self.random.below(8) as usize;
        if self.random.below(25) == 0 || (place >= 2 && self.length(place) > 12) {
            return self.renew(place);
        }
        let methods = self.objects[place].body().type_info().methods();
        let method = methods[self.random.below(methods.len() as u64) as usize].name().to_owned();
        if method == "get_lock" {
            return;
        }
        let mut args = match typeid(place) {
            "Namespace" if self.random.below(20) == 0 => vec![self.number()],
            "Namespace" => vec![self.pick(&NAMES[..3]).into()],
            "Value" => vec![],
            _ if method == "__len__" => vec![],
            _ if method.starts_with("__") && self.random.below(2) == 0 => vec![self.slice(place)],
            _ => vec![self.index(place)],
        };
        match &*method {
            "__setitem__" if matches!(args[0], Value::Slice(_)) => args.push(self.items(place)),
            "__setitem__" | "__setattr__" | "set" | "swap" | "fetch_max" => args.push(self.fitting(place)),
            "fetch_add" => args.push(self.number()),
            "compare_exchange" => {
                args.push(self.fitting(place));
                args.push(self.fitting(place));
            }
            _ => {}
        }
        let python_is_callable_with_less = ["fetch_add", "fetch_max", "swap", "compare_exchange", "set", "get"];
        if self.random.below(40) == 0 && !python_is_callable_with_less.contains(&&*method) {
            args.pop();
        }
        let mut source = format!("call({place}, '{method}'");
        args.iter().for_each(|arg| source += &format!(", {}", repr(arg).unwrap()));
        let me = self.objects[place].clone();
        let outcome = self.world.call(&me, &method, args.into_iter().map(v).collect());
        self.note(place, source + ")", outcome);
    }
}

#[test]
fn namespaces_values_and_arrays_do_what_cpythons_do() {
    let Some(python) = python() else { return };
    let seed = seed();
    let mut run = Run {
        world: World::new(),
        random: Random::new(seed),
        objects: Vec::new(),
        script: Vec::new(),
        results: Vec::new(),
    };
    while run.objects.len() < 8 {
        let place = run.objects.len();
        let args = [vec![], items!["i", 1], items!["i", list![]]][place.min(2)].clone();
        let shown = ["", ", 'i', 1", ", 'i', []"][place.min(2)];
        let made = run.world.create(typeid(place), args, vec![]).unwrap();
        run.objects.push(made);
        run.note(place, format!("new({place}, '{}'{shown})", typeid(place)), Ok(Item::Null));
    }
    while run.script.len() < OPERATIONS {
        run.operate();
    }
    let theirs = replay(&python, include_str!("fields.py"), &run.script);
    assert_eq!(theirs.len(), run.script.len(), "seed {seed}: CPython gave up");
    let mut seen: HashMap<(&str, &str), [usize; 2]> = HashMap::new();
    for (number, ((source, ours), theirs)) in run.script.iter().zip(&run.results).zip(&theirs).enumerate() {
        let (our_result, our_state) = ours.split_once('\t').unwrap();
        let (their_result, their_state) = theirs.split_once('\t').unwrap_or((theirs, ""));
        assert!(
            agree(our_result, their_result) && our_state == their_state,
            "seed {seed}, operation {number}: {source}\n   ours: {ours}\ncpython: {theirs}"
        );
        let place: usize = source.split(' ').next().unwrap().parse().unwrap();
        let method = source.split('\'').nth(1).unwrap();
        seen.entry((typeid(place), method)).or_default()[usize::from(our_result.starts_with('!'))] += 1;
    }
    for object in &run.objects[..3] {
        for method in object.body().type_info().methods() {
            let [good, bad] = seen.get(&(object.typeid(), method.name())).copied().unwrap_or_default();
            let can_fail = !["get", "set", "__len__", "swap", "compare_exchange"].contains(&method.name());
            assert!(
                method.name() == "get_lock" || good > 100 && (bad > 5 || !can_fail),
                "seed {seed}: {} of {} succeeded {good} times, failed {bad} times",
                method.name(),
                object.typeid()
            );
        }
    }
}

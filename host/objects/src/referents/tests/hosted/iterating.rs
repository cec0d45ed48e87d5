//! Iterators that methods give, and objects that can be iterated over.

use super::*;
use crate::object::Room;
use crate::referents::hosted::Made;
use crate::referents::iterator::Iteration;

#[test]
fn iterators_are_asked_when_somebody_draws() {
    let asked = Arc::new(AtomicUsize::new(0));
    let host_type = HostType::<Arc<AtomicUsize>>::new("Source").reading("numbers()", |asked: &Arc<AtomicUsize>| {
        let asked = asked.clone();
        Items((0_i64..).map(move |number| {
            asked.fetch_add(1, Ordering::SeqCst);
            match number {
                3 => Err(CallError::value("three")),
                _ => Ok(number),
            }
        }))
    });
    let bank = Bank::with(host_type);
    let source = HostObject::create(bank.objects.home(), None, asked.clone()).unwrap();
    let numbers = bank.proxy(source.proxy(), "numbers", items![]);
    assert_eq!((numbers.typeid(), asked.load(Ordering::SeqCst)), ("Iterator", 0));
    assert_eq!(bank.text(&numbers).unwrap(), format!("<generator object at {:#x}>", numbers.id()));
    assert_eq!(bank.show(&numbers, "__next__", items![]), "0");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let many = |items| at_once(Iteration::next_many(&numbers, &bank.caller, Room::some(items, 10)));
    // An error is told by the call that would give nothing else.
    assert_eq!(many(10).unwrap().len(), 2);
    assert_eq!(many(10).unwrap_err().to_string(), "ValueError: three");
    assert_eq!(bank.show(&numbers, "__next__", items![]), "4");
    assert_eq!(many(1 << 16).unwrap().len(), 1024);
    assert_eq!(asked.load(Ordering::SeqCst), 5 + 1024);
    drop((numbers, source));
    assert_eq!(bank.count(), 0);
}

#[test]
fn an_iterator_that_ends_lets_go_and_one_that_panics_is_asked_no_more() {
    let bank = Bank::new();
    let ada = bank.account("Ada", 3);
    let countdown = bank.proxy(&ada, "countdown", items![]);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    bank.call(&list, "extend", vec![item(&countdown)]).unwrap();
    assert_eq!(bank.text(&list).unwrap(), "[2, 1, 0]");
    assert_eq!(bank.call(&countdown, "__next__", items![]).unwrap_err().kind, ErrorKind::StopIteration);

    let (alive, count) = (Arc::new(()), Arc::new(AtomicUsize::new(0)));
    let (held, counts) = (alive.clone(), count.clone());
    let panics = move || {
        let (held, counts) = (held.clone(), counts.clone());
        Made::New(Mutex::new(Some(Items(std::iter::from_fn(move || {
            assert_eq!(Arc::strong_count(&held), 2 + 1, "the constructor has one, too");
            match counts.fetch_add(1, Ordering::SeqCst) {
                0 => Some(1),
                _ => panic!("no more"),
            }
        })))))
    };
    // Any iterator, even if its type cannot be named.
    fn register<I: Iterator<Item = i32> + Send + 'static>(
        bank: &Bank,
        constructor: impl Fn() -> Made<Mutex<Option<Items<I>>>> + Send + Sync + 'static,
    ) {
        let take = |it: &mut Mutex<Option<Items<I>>>| it.lock().take().ok_or_else(|| CallError::value("taken"));
        let host_type = HostType::new("Panics").constructor("", constructor).method("take()", take);
        bank.objects.register_host(host_type).unwrap();
    }
    register(&bank, panics);
    let object = bank.create("Panics", items![], vec![]).unwrap();
    let iterator = bank.proxy(&object, "take", items![]);
    let many = || at_once(Iteration::next_many(&iterator, &bank.caller, Room::some(10, 10)));
    assert_eq!(many().unwrap().len(), 1);
    assert_eq!(many().unwrap_err().to_string(), "Internal: the iterator panicked: no more");
    assert_eq!(many().unwrap_err().to_string(), "Internal: the iterator is poisoned: it has panicked: no more");
    assert_eq!(count.load(Ordering::SeqCst), 2);
    drop(iterator);
    assert_eq!(bank.show(&object, "take", items![]), "ValueError: taken");
    // The constructor's, and ours.
    assert_eq!(Arc::strong_count(&alive), 2);
}

#[test]
fn an_endless_iterator_is_no_list() {
    let host_type = HostType::<()>::new("Endless").constructor("", || ()).reading("numbers()", |_: &()| Items(0_u64..));
    let objects = Objects::new(Limits { value_bytes: 16 << 10, ..Limits::default() });
    let bank = Bank { caller: objects.caller("test"), objects };
    bank.objects.register_host(host_type).unwrap();
    let endless = bank.create("Endless", items![], vec![]).unwrap();
    let numbers = bank.proxy(&endless, "numbers", items![]);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    assert_eq!(bank.call(&list, "extend", vec![item(&numbers)]).unwrap_err().kind, ErrorKind::QuotaExceeded);
    assert_eq!(bank.text(&list).unwrap(), "[]");
}

#[test]
fn what_can_be_iterated_over_stands_for_its_items() {
    let bag = HostType::<Vec<i64>>::new("Bag")
        .constructor("items: iterable=()", |items: Vec<i64>| items)
        .waiting(
            "__iter__()",
            |me: HostObject<Vec<i64>>| async move { me.with(|items| Items(items.clone().into_iter())) },
        )
        .reading(
            "total(more: iterable, *, prices: mapping={})",
            |items: &Vec<i64>, more: Vec<i64>, prices: BTreeMap<String, i64>| {
                items.iter().chain(&more).chain(prices.values()).sum::<i64>()
            },
        )
        .reading("next_of(it: iterator, /)", |_: &Vec<i64>, it: Proxy| it)
        .copy(Vec::clone);
    let bank = Bank::with(bag);
    let bag = bank.create("Bag", items![list![1, 2]], vec![]).unwrap();
    // Of other objects, by position and by name; of itself, of keys and of a text's letters.
    let other = bank.create("Bag", vec![item(&bag)], vec![]).unwrap();
    let list = List::create_from(&bank.caller, &v(list![10])).unwrap();
    let dict = Dict::create_from(&bank.caller, &v(dict! {"a" => 100})).unwrap();
    assert_eq!(bank.show(&bag, "total", vec![item(&list)]), "13");
    assert_eq!(bank.show(&bag, "total", vec![item(&bag)]), "6");
    assert_eq!(bank.show(&bag, "total", vec![v(dict! {5 => 6})]), "8");
    assert_eq!(bank.show_with(&bag, "total", vec![], vec![("more", item(&other)), ("prices", item(&dict))]), "106");
    assert_eq!(bank.show(&bag, "total", items![5]), "TypeError: total() argument 'more' must be iterable, not int");
    assert_eq!(
        bank.show_with(&bag, "total", items![list![]], vec![("prices", v(list![]))]),
        "TypeError: total() argument 'prices' must be a mapping, not list"
    );
    assert_eq!(
        bank.show(&bag, "total", items!["ab"]),
        "TypeError: total() argument 'more': item [0]: expected int, found str"
    );
    let iterator = bank.proxy(&bag, "next_of", vec![item(&bag)]);
    assert_eq!(bank.show(&iterator, "__next__", items![]), "1");
    bank.call(&list, "extend", vec![item(&bag)]).unwrap();
    assert_eq!(bank.text(&list).unwrap(), "[10, 1, 2]");
    let copy = bank.create("list", vec![item(&bag)], vec![]).unwrap();
    assert_eq!(bank.text(&copy).unwrap(), "[1, 2]");
    // Without the right to `__iter__` it is none.
    let rights = Rights { methods: Some(vec!["total".into()]), ..Rights::all() };
    let narrow = bag.with_grant(bag.grant().narrow(&rights, bag.body().type_info(), 1).unwrap());
    assert_eq!(bank.call(&list, "extend", vec![Item::proxy(narrow)]).unwrap_err().kind, ErrorKind::NotExposed);
}

#[test]
fn what_gives_no_iterator_cannot_be_gone_over() {
    let host_type = HostType::<()>::new("Odd").constructor("", || ()).reading("__iter__()", |_: &()| 5_i64);
    let bank = Bank::with(host_type);
    let odd = bank.create("Odd", items![], vec![]).unwrap();
    let list = List::create_from(&bank.caller, &v(list![1])).unwrap();
    let told = "TypeError: iter() returned non-iterator of type 'int'";
    assert_eq!(bank.show(&list, "extend", vec![item(&odd)]), told);
    assert_eq!(bank.create("list", vec![item(&odd)], vec![]).unwrap_err().to_string(), told);
    assert_eq!(bank.text(&list).unwrap(), "[1]");
}

#[test]
fn a_copy_stands_for_an_object_only_where_it_may_be_copied() {
    let bank = Bank::new();
    let ada = bank.account("Ada", 5);
    let list = List::create_from(&bank.caller, &v(list![])).unwrap();
    let narrowed = |rights: Rights| ada.with_grant(ada.grant().narrow(&rights, ada.body().type_info(), 1).unwrap());
    let blind = narrowed(Rights { get_value: false, ..Rights::all() });
    let refused = "NotExposed: 'get-value' of 'Account' object is not exposed by this proxy";
    assert_eq!(bank.show(&list, "extend", vec![item(&blind)]), refused);
    assert_eq!(bank.text(&list).unwrap(), "[]");
    let once = narrowed(Rights { uses: Some(1), ..Rights::all() });
    assert_eq!(bank.show(&list, "extend", vec![item(&once)]), "None");
    assert_eq!(bank.text(&list).unwrap(), "['Ada', 5]");
    assert_eq!(bank.show(&list, "extend", vec![item(&once)]), "Revoked: the proxy was used up");
}

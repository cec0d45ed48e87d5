//! Takes the steps of the conformance suite (`tests/conformance`) with an object: by the methods' names, or with
//! the SDK's typed proxies, which call the typed interfaces. What each step gave is for the host to judge.

mod counters;
mod deques;
mod dicts;
mod fields;
mod iterators;
mod lists;
mod locks;
mod sets;

use commonhold_guest::{Proxy, Result, Value, entry, to_value};

/// A method's name, its arguments, and those by keyword.
type Step = (String, Vec<Value>, Vec<(String, Value)>);

/// How a step ended, `returned`, `raised` or `not there`, with the value or the error's text.
type Outcome = (&'static str, Value);

/// Takes the steps by `call`.
#[entry]
fn by_name(object: Proxy, steps: Vec<Step>) -> Vec<Outcome> {
    let take = |(method, args, mut kwargs): Step| match (method.as_str(), kwargs.pop()) {
        ("str", _) => ended(object.to_text()),
        (method, None) => ended(object.call::<Value>(method, args.as_slice())),
        (method, Some((name, value))) => {
            ended(object.call_with::<Value>(method, args.as_slice(), ((name.as_str(), value),)))
        }
    };
    steps.into_iter().map(take).collect()
}

/// Takes the steps with typed proxies.
#[entry]
fn typed(object: Proxy, steps: Vec<Step>) -> Vec<Outcome> {
    let take = |(method, args, kwargs): Step| {
        let taken = match (object.typeid().as_str(), method.as_str()) {
            ("list", method) => lists::take(&object, method, &args, &kwargs),
            ("Counter", method) => counters::take(&object, method, &args, &kwargs),
            ("deque", method) => deques::take(&object, method, &args, &kwargs),
            ("set", method) => sets::take(&object, method, &args, &kwargs),
            ("Namespace", method) => fields::take_namespace(&object, method, &args),
            ("Value", method) => fields::take_value(&object, method, &args),
            ("Array", method) => fields::take_array(&object, method, &args),
            ("Lock", method) => locks::take(&object, method, &args, &kwargs),
            ("Iterator", method) => iterators::take(&object, method, &args),
            ("dict", method) => dicts::take(&object, method, &args, &kwargs),
            _ => None,
        };
        taken.map_or(("not there", Value::Null), ended)
    };
    steps.into_iter().map(take).collect()
}

fn ended<T: Into<Value>>(result: Result<T>) -> Outcome {
    match result {
        Ok(value) => ("returned", value.into()),
        Err(error) => ("raised", Value::from(error.to_string())),
    }
}

/// What a typed method gave, as a value.
fn given<T: serde::Serialize>(result: Result<T>) -> Option<Result<Value>> {
    Some(result.and_then(|it| to_value(&it)))
}

/// What an exchange or removal that depends on what is there gave, as the methods by name give it.
fn attempted<T>(outcome: std::result::Result<T, T>) -> (bool, T) {
    match outcome {
        Ok(there) => (true, there),
        Err(there) => (false, there),
    }
}

commonhold_guest::program!(entries: [by_name, typed]);

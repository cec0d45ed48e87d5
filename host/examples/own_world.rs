//! An embedder with an engine, a WIT world and stores of their own, whose guests share an object of a type of the
//! embedder's: `cargo run -p commonhold --example own_world`.
//!
//! The manager runs no process here: it only keeps the objects, and serves the interfaces of `commonhold:manager` to
//! whatever guests the embedder runs. `own_world/app.wit` is the embedder's world, `own_world/till.wat` a guest of it. It is
//! in text so that the example needs no toolchain for guests; one in Rust is built against the same world.

use commonhold::{CallError, GuestCtx, GuestView, HostType, Manager, Proxy};
use std::collections::BTreeMap;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

mod bindings {
    //! What wasmtime makes of the world, with the manager's own types in it.

    #![allow(missing_docs)]
    wasmtime::component::bindgen!({
        path: ["../wit", "examples/own_world"],
        world: "my:shop/till",
        exports: { default: async },
        with: { "commonhold:manager": ::commonhold::bindings },
    });
}

/// What the guests share: how much there is of everything.
type Stock = BTreeMap<String, i64>;

fn stock() -> HostType<Stock> {
    HostType::<Stock>::new("Stock")
        .method("take(name, pieces=1)", |stock: &mut Stock, name: String, pieces: i64| -> Result<i64, CallError> {
            let left = stock.get_mut(&name).ok_or_else(|| CallError::key(name.as_str().into()))?;
            if !(0..=*left).contains(&pieces) {
                return Err(CallError::value(format!("there are only {left} of {name}")));
            }
            *left -= pieces;
            Ok(*left)
        })
        .reading("names()", |stock: &Stock| stock.keys().cloned().collect::<Vec<_>>())
        .text(|stock| format!("{stock:?}"))
}

/// The data of a store: whatever the embedder has there, and the guest's part of the manager.
struct Data {
    guest: GuestCtx,
}

impl GuestView for Data {
    fn guest(&mut self) -> &mut GuestCtx {
        &mut self.guest
    }
}

/// A guest, ready to be called.
struct Till {
    store: Store<Data>,
    instance: bindings::Till,
}

impl Till {
    /// Has the guest sell something. It is lent the stock for as long as that takes.
    async fn sell(&mut self, stock: &Proxy, name: &str, pieces: i64) -> anyhow::Result<Result<i64, CallError>> {
        let lent = self.store.data_mut().guest.lend_proxy(stock)?;
        let sold = self.instance.call_sell(&mut self.store, lent.handle(), name, pieces).await?;
        let guest = &mut self.store.data_mut().guest;
        guest.take_back(lent);
        Ok(match sold {
            Ok(left) => Ok(guest.take_value(left)?),
            Err(error) => Err(guest.take_error(error)),
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let manager = Manager::builder().register(stock()).build()?;
    let goods = [("apples", 5), ("pears", 2)].map(|(name, pieces)| (name.to_owned(), pieces));
    let stock = manager.host_object(Stock::from(goods))?;

    let engine = Engine::default();
    let component = Component::new(&engine, till_component()?)?;
    let mut linker = Linker::new(&engine);
    commonhold::add_to_linker(&mut linker)?;

    let mut tills = Vec::new();
    for name in ["the first till", "the second till"] {
        let mut store = Store::new(&engine, Data { guest: manager.guest(name) });
        let instance = bindings::Till::instantiate_async(&mut store, &component, &linker).await?;
        tills.push((name, Till { store, instance }));
    }
    for (name, pieces) in [("apples", 2), ("pears", 1), ("apples", 3), ("plums", 1)] {
        for (till, guest) in &mut tills {
            match guest.sell(stock.proxy(), name, pieces).await? {
                Ok(left) => println!("{till} sells {pieces} of the {name}; {left} left"),
                Err(error) => println!("{till} cannot sell {pieces} of the {name}: {error}"),
            }
        }
    }
    // What the guests have done is there, in Rust.
    stock.with(|stock| println!("{stock:?}"))?;
    Ok(())
}

/// Makes a component of the guest, as `wasm-tools component embed` and `wasm-tools component new` do.
fn till_component() -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit"))?;
    let package = resolve.push_str("app.wit", include_str!("own_world/app.wit"))?;
    let world = resolve.select_world(&[package], Some("till"))?;
    let mut module = wat::parse_str(include_str!("own_world/till.wat"))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

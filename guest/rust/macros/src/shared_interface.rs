//! `#[shared_interface]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, FnArg, ItemTrait, LitStr, Result, ReturnType, TraitItem, parse_quote};

use crate::methods::Declaration;
use crate::options::Options;
use crate::parameters::{doc, plain};
use crate::proxy::{Owner, Typed};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut interface: ItemTrait = syn::parse2(item).map_err(|error| {
        let message = "`#[shared_interface]` belongs on a trait: `#[shared_interface] pub trait Clicker { .. }`";
        Error::new(error.span(), message)
    })?;
    if !interface.generics.params.is_empty() {
        let message = "a shared interface cannot be generic: its type has one name";
        return Err(Error::new_spanned(&interface.generics, message));
    }
    let options = Options::of_type(attribute)?;
    let ident = interface.ident.clone();
    let typeid = options.name.unwrap_or_else(|| LitStr::new(&plain(&ident), ident.span()));
    let proxy = options.proxy.unwrap_or_else(|| format_ident!("{}Proxy", plain(&ident), span = ident.span()));
    let interface_doc = doc(&interface.attrs);
    let declaration = declared(&mut interface)?;

    let owner = quote! { <Self as #ident> };
    let (methods, creatable) = (declaration.descriptions(), declaration.constructor.is_some());
    let (construct, call) = (declaration.construct(&owner, &typeid), declaration.call(&owner, &typeid));
    interface.supertraits.push(parse_quote!(::commonhold_guest::provider::SharedType));
    // Its name is what the compiler says is missing, where `#[shared_type]` is on the `impl` of another trait.
    interface.items.push(parse_quote! {
        #[doc(hidden)]
        const IS_DECLARED_WITH_SHARED_INTERFACE: ::commonhold_guest::__private::Interface<Self> =
            ::commonhold_guest::__private::Interface {
                typeid: #typeid,
                doc: #interface_doc,
                methods: #methods,
                creatable: #creatable,
                construct: |given: ::commonhold_guest::__private::Given| { #construct },
                call: |state: &::core::cell::RefCell<Self>,
                       method: &str,
                       given: ::commonhold_guest::__private::Given| { #call },
            };
    });
    let typed = Typed {
        ident: &proxy,
        visibility: &interface.vis,
        typeid: &typeid,
        attributes: &interface.attrs,
        owner: Owner::Interface(&ident),
        declaration: &declaration,
    }
    .expand()?;
    Ok(quote! {
        #interface

        #typed
    })
}

/// Reads the functions of the trait.
fn declared(interface: &mut ItemTrait) -> Result<Declaration> {
    let mut declaration = Declaration::default();
    for item in &mut interface.items {
        let TraitItem::Fn(function) = item else {
            return Err(Error::new_spanned(item, "a shared interface has functions only, which others can call"));
        };
        match function.sig.inputs.first().cloned() {
            Some(FnArg::Receiver(receiver)) => {
                declaration.add_method(&receiver, &mut function.sig, &function.attrs)?;
            }
            _ if function.sig.ident == "new" => {
                if matches!(function.sig.output, ReturnType::Default) {
                    let message = "the constructor returns the new state: `Self` or `Result<Self>`";
                    return Err(Error::new_spanned(&function.sig.ident, message));
                }
                declaration.add_constructor(&mut function.sig, &function.attrs)?;
            }
            _ => {
                let message =
                    "a function of a shared interface takes `&self` or `&mut self`, or is the constructor, `new`";
                return Err(Error::new_spanned(&function.sig.ident, message));
            }
        }
    }
    Ok(declaration)
}

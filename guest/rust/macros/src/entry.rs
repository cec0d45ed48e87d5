//! `#[entry]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ItemFn, Result};

use crate::options::Options;
use crate::parameters::{Parameters, check, plain};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut function: ItemFn = syn::parse2(item)
        .map_err(|error| Error::new(error.span(), "`#[entry]` belongs on a function: `#[entry] fn main() { .. }`"))?;
    if let Some(FnArg::Receiver(receiver)) = function.sig.inputs.first() {
        return Err(Error::new(receiver.span(), "an entry is a function, not a method"));
    }
    check(&function.sig, "an entry")?;
    let ident = function.sig.ident.clone();
    let name = match Options::with_name(attribute)?.name {
        Some(name) => name.value(),
        None => plain(&ident),
    };
    let parameters = Parameters::take(&mut function.sig)?;
    let (signature, bind, variables) = (parameters.describe(&name), parameters.bind(), parameters.variables());
    let end = quote_spanned! { function.sig.output.span() =>
        (&&::commonhold_guest::__private::Ended::new(#ident(#(#variables),*))).end()
    };
    // The function's twin among the types: what `program!` lists, so that one name stands for both. It is never public,
    // so that the compiler sees when it is not listed anywhere; and it has the function's own span, since the compiler
    // keeps such things to itself about what a macro has made.
    let twin = quote_spanned! { ident.span() =>
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        pub(crate) enum #ident {}

        impl #ident {
            #[deny(dead_code, reason = "an entry is listed in `commonhold_guest::program!(entries: [..])`")]
            pub(crate) const COMMONHOLD_ENTRY: ::commonhold_guest::__private::EntryTable =
                ::commonhold_guest::__private::EntryTable { name: #name, run: #ident::run };
        }
    };
    Ok(quote! {
        #function

        #twin

        impl #ident {
            fn run(
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{EndResult as _, EndValue as _};
                #[allow(unused_mut, unused_variables)]
                let mut arguments = given.bind(#signature)?;
                #bind
                #end
            }
        }
    })
}

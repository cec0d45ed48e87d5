//! `#[test]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, ItemFn, Result};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new_spanned(attribute, "`#[commonhold_guest::test]` has no options"));
    }
    let ItemFn { attrs, vis, sig, block } = syn::parse2(item)?;
    if let Some(input) = sig.inputs.first() {
        return Err(Error::new_spanned(input, "a test has no parameters"));
    }
    let output = &sig.output;
    Ok(quote! {
        #[::core::prelude::v1::test]
        #(#attrs)*
        #vis #sig {
            ::commonhold_guest::testing::run(&crate::COMMONHOLD_PROGRAM, || #output #block)
        }
    })
}

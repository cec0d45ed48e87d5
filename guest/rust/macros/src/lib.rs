//! The attributes of `commonhold-guest`, which exports and documents them.

mod entry;
mod methods;
mod options;
mod parameters;
mod proxy;
mod shared_interface;
mod shared_type;
mod test;

use proc_macro::TokenStream;

/// See `commonhold_guest::entry`.
#[proc_macro_attribute]
pub fn entry(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(entry::expand(attribute.into(), item.into()))
}

/// See `commonhold_guest::shared_interface`.
#[proc_macro_attribute]
pub fn shared_interface(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(shared_interface::expand(attribute.into(), item.into()))
}

/// See `commonhold_guest::shared_type`.
#[proc_macro_attribute]
pub fn shared_type(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(shared_type::expand(attribute.into(), item.into()))
}

/// See `commonhold_guest::test`.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(test::expand(attribute.into(), item.into()))
}

fn finish(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

//! `#[shared_type]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ImplItem, ItemImpl, LitStr, Path, Result, Type, Visibility, parse_quote};

use crate::methods::Declaration;
use crate::options::Options;
use crate::parameters::{doc, plain, take_marks};
use crate::proxy::{Owner, Typed};

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let block: ItemImpl = syn::parse2(item).map_err(|error| {
        Error::new(error.span(), "`#[shared_type]` belongs on an impl block: `#[shared_type] impl Clicker { .. }`")
    })?;
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(&block.generics, "a shared type cannot be generic: it has one name"));
    }
    let options = Options::of_type(attribute)?;
    match block.trait_.clone() {
        Some((_, interface, _)) => implemented(block, &interface, &options),
        None => declared(block, options),
    }
}

/// A type with an interface of its own.
fn declared(mut block: ItemImpl, options: Options) -> Result<TokenStream> {
    let ty = (*block.self_ty).clone();
    let typeid = match options.name {
        Some(name) => name,
        None => type_name(&ty)?,
    };
    let type_doc = doc(&block.attrs);
    let mut declaration = Declaration::default();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        if matches!(function.vis, Visibility::Inherited) {
            continue;
        }
        match function.sig.inputs.first().cloned() {
            Some(FnArg::Receiver(receiver)) => {
                declaration.add_method(&receiver, &mut function.sig, &function.attrs)?;
            }
            _ if function.sig.ident == "new" => {
                declaration.add_constructor(&mut function.sig, &function.attrs)?;
            }
            _ => {}
        }
    }
    let owner = quote!(Self);
    let (methods, creatable) = (declaration.descriptions(), declaration.constructor.is_some());
    let (construct, call) = (declaration.construct(&owner, &typeid), declaration.call(&owner, &typeid));
    let typed = match &options.proxy {
        Some(proxy) => {
            let visibility = parse_quote!(pub(crate));
            let (ident, attributes) = (proxy, block.attrs.as_slice());
            let owner = Owner::Type(&ty);
            Typed { ident, visibility: &visibility, typeid: &typeid, attributes, owner, declaration: &declaration }
                .expand()?
        }
        None => quote! {
            impl ::commonhold_guest::__private::ProxyOf for #ty {
                type Proxy = ::commonhold_guest::Proxy;
            }
        },
    };
    let provided = provided(
        &ty,
        &quote! {
            const DOC: &'static str = #type_doc;
            const CREATABLE: bool = #creatable;
            const METHODS: &'static [::commonhold_guest::__private::Method] = #methods;

            fn construct(
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Made<Self>> {
                #construct
            }

            fn call(
                state: &::core::cell::RefCell<Self>,
                method: &str,
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                #call
            }
        },
    );
    Ok(quote! {
        #block

        impl ::commonhold_guest::provider::SharedType for #ty {
            const TYPEID: &'static str = #typeid;
        }

        #provided

        #typed
    })
}

/// A type that implements a `#[shared_interface]`, which has said all but how it is done.
fn implemented(mut block: ItemImpl, interface: &Path, options: &Options) -> Result<TokenStream> {
    let refused = options.name.as_ref().map(Spanned::span).or(options.proxy.as_ref().map(Spanned::span));
    if let Some(span) = refused {
        let message = "the name of the type and of its proxy are told where the interface is declared: \
                       `#[shared_interface(name = \"...\")]`";
        return Err(Error::new(span, message));
    }
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            take_marks(&mut function.sig);
        }
    }
    let ty = (*block.self_ty).clone();
    let declared = quote_spanned! { interface.span() =>
        <#ty as #interface>::IS_DECLARED_WITH_SHARED_INTERFACE
    };
    let provided = provided(
        &ty,
        &quote! {
            const DOC: &'static str = <#ty>::COMMONHOLD_INTERFACE.doc;
            const CREATABLE: bool = <#ty>::COMMONHOLD_INTERFACE.creatable;
            const METHODS: &'static [::commonhold_guest::__private::Method] = <#ty>::COMMONHOLD_INTERFACE.methods;

            fn construct(
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Made<Self>> {
                (<#ty>::COMMONHOLD_INTERFACE.construct)(given)
            }

            fn call(
                state: &::core::cell::RefCell<Self>,
                method: &str,
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                (<#ty>::COMMONHOLD_INTERFACE.call)(state, method, given)
            }
        },
    );
    Ok(quote! {
        #block

        impl #ty {
            #[doc(hidden)]
            const COMMONHOLD_INTERFACE: ::commonhold_guest::__private::Interface<#ty> = #declared;
        }

        impl ::commonhold_guest::provider::SharedType for #ty {
            const TYPEID: &'static str = <#ty>::COMMONHOLD_INTERFACE.typeid;
        }

        #provided
    })
}

/// What is the same for both: the line for `program!`, and what only the type itself tells.
fn provided(ty: &Type, interface: &TokenStream) -> TokenStream {
    // With the type's own span, since the compiler keeps to itself what is not used of what a macro has made.
    let listed = quote_spanned! { ty.span() =>
        impl #ty {
            /// What `program!` lists.
            #[doc(hidden)]
            #[deny(dead_code, reason = "a shared type is listed in `commonhold_guest::program!(types: [..])`")]
            pub(crate) const COMMONHOLD_TYPE: ::commonhold_guest::__private::TypeTable =
                ::commonhold_guest::__private::TypeTable::of::<#ty>();
        }
    };
    quote! {
        #listed

        impl ::commonhold_guest::__private::Provide for #ty {
            #interface

            fn value(&self) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{ValueOfSerialize as _, ValueOfAny as _};
                let typeid = <#ty as ::commonhold_guest::provider::SharedType>::TYPEID;
                (&&::commonhold_guest::__private::Probe(self)).value(typeid)
            }

            fn text(&self) -> ::core::option::Option<::std::string::String> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{TextOfAny as _, TextOfDisplay as _};
                (&&::commonhold_guest::__private::Probe(self)).text()
            }
        }
    }
}

fn type_name(ty: &Type) -> Result<LitStr> {
    match ty {
        Type::Path(path) if path.qself.is_none() => match path.path.segments.last() {
            Some(segment) if segment.arguments.is_empty() => {
                Ok(LitStr::new(&plain(&segment.ident), segment.ident.span()))
            }
            _ => Err(Error::new_spanned(ty, "a shared type is a plain type, without parameters")),
        },
        _ => Err(Error::new_spanned(ty, "a shared type is a struct or an enum")),
    }
}

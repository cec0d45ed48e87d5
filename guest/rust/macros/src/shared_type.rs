//! `#[shared_type]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, ImplItem, ImplItemFn, ItemImpl, LitStr, Receiver, Result, Type, Visibility};

use crate::parameters::{Parameters, check, doc, name_option, plain};

/// How many methods the contract lets a type have.
const MAX_METHODS: usize = 62;

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let mut block: ItemImpl = syn::parse2(item).map_err(|error| {
        Error::new(error.span(), "`#[shared_type]` belongs on an impl block: `#[shared_type] impl Clicker { .. }`")
    })?;
    if let Some((_, path, _)) = &block.trait_ {
        return Err(Error::new_spanned(
            path,
            "`#[shared_type]` belongs on the type's own impl block, not on a trait's",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(&block.generics, "a shared type cannot be generic: it has one name"));
    }
    let ty = (*block.self_ty).clone();
    let typeid = match name_option(attribute)? {
        Some(name) => name,
        None => type_name(&ty)?,
    };
    let type_doc = doc(&block.attrs);

    let mut constructor = None;
    let mut methods = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else { continue };
        if matches!(function.vis, Visibility::Inherited) {
            continue;
        }
        match function.sig.inputs.first() {
            Some(FnArg::Receiver(receiver)) => {
                let reads_only = reads_only(receiver)?;
                methods.push(Method::take(function, reads_only)?);
            }
            _ if function.sig.ident == "new" => constructor = Some(construct(function, &typeid)?),
            _ => {}
        }
    }
    if let Some(method) = methods.get(MAX_METHODS) {
        let message = format!("a shared type has {MAX_METHODS} methods at most");
        return Err(Error::new(method.call.span(), message));
    }
    let descriptions = methods.iter().map(|method| &method.description);
    let calls = methods.iter().map(|method| &method.call);
    let creatable = constructor.is_some();
    let construct = constructor.unwrap_or_else(|| {
        quote! { ::commonhold_guest::__private::not_creatable(#typeid) }
    });

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
    Ok(quote! {
        #block

        #listed

        impl ::commonhold_guest::provider::SharedType for #ty {
            const TYPEID: &'static str = #typeid;
        }

        impl ::commonhold_guest::__private::Provide for #ty {
            const DOC: &'static str = #type_doc;
            const CREATABLE: bool = #creatable;
            const METHODS: &'static [::commonhold_guest::__private::Method] = &[#(#descriptions),*];

            fn construct(
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Made<Self>> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{
                    BeginExisting as _, BeginExistingResult as _, BeginResult as _, BeginValue as _,
                };
                let _ = &given;
                #construct
            }

            fn call(
                state: &::core::cell::RefCell<Self>,
                method: &str,
                given: ::commonhold_guest::__private::Given,
            ) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{EndResult as _, EndValue as _};
                let _ = (state, &given);
                match method {
                    #(#calls)*
                    _ => ::commonhold_guest::__private::no_such_method(#typeid, method),
                }
            }

            fn value(&self) -> ::commonhold_guest::Result<::commonhold_guest::__private::Raw> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{ValueOfSerialize as _, ValueOfAny as _};
                (&&::commonhold_guest::__private::Probe(self)).value(#typeid)
            }

            fn text(&self) -> ::core::option::Option<::std::string::String> {
                #[allow(unused_imports)]
                use ::commonhold_guest::__private::{TextOfAny as _, TextOfDisplay as _};
                (&&::commonhold_guest::__private::Probe(self)).text()
            }
        }
    })
}

/// What the expansion says of one method.
struct Method {
    description: TokenStream,
    call: TokenStream,
}

impl Method {
    fn take(function: &mut ImplItemFn, reads_only: bool) -> Result<Method> {
        check(&function.sig, "a method of a shared type")?;
        let (ident, name, text) = (function.sig.ident.clone(), plain(&function.sig.ident), doc(&function.attrs));
        let parameters = Parameters::take(&mut function.sig)?;
        let (signature, bind, variables) = (parameters.describe(&name), parameters.bind(), parameters.variables());
        let borrow = if reads_only {
            quote! { let this = ::commonhold_guest::__private::read(state)?; let this = &*this; }
        } else {
            quote! { let mut this = ::commonhold_guest::__private::write(state)?; let this = &mut *this; }
        };
        let end = quote_spanned! { function.sig.output.span() =>
            (&&::commonhold_guest::__private::Ended::new(Self::#ident(this, #(#variables),*))).end()
        };
        Ok(Method {
            description: quote! {
                ::commonhold_guest::__private::Method { name: #name, doc: #text, reads_only: #reads_only }
            },
            call: quote_spanned! { function.sig.ident.span() =>
                #name => {
                    #[allow(unused_mut, unused_variables)]
                    let mut arguments = given.bind(#signature)?;
                    #bind
                    #borrow
                    #end
                }
            },
        })
    }
}

/// The body of the runtime's `construct`.
fn construct(function: &mut ImplItemFn, typeid: &LitStr) -> Result<TokenStream> {
    check(&function.sig, "a constructor")?;
    let parameters = Parameters::take(&mut function.sig)?;
    let (signature, bind, variables) =
        (parameters.describe(&typeid.value()), parameters.bind(), parameters.variables());
    let ident = &function.sig.ident;
    let begin = quote_spanned! { function.sig.output.span() =>
        (&&::commonhold_guest::__private::Begun::new(Self::#ident(#(#variables),*))).begin()
    };
    Ok(quote! {
        #[allow(unused_mut, unused_variables)]
        let mut arguments = given.bind(#signature)?;
        #bind
        #begin
    })
}

fn reads_only(receiver: &Receiver) -> Result<bool> {
    if receiver.reference.is_none() {
        let message = "a method of a shared type takes `&self` or `&mut self`: the object stays where it is";
        return Err(Error::new_spanned(receiver, message));
    }
    Ok(receiver.mutability.is_none())
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

//! What the types in a declaration are for those who hold a proxy.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Error, GenericArgument, Ident, PathArguments, Result, Type, TypePath, parse_quote};

use super::Owner;

/// What is in the angle brackets of a type of this name: of `Option<T>` the `T`.
pub(crate) fn generic<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(TypePath { qself: None, path }) = ty else { return None };
    let segment = path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| if let GenericArgument::Type(ty) = argument { Some(ty) } else { None })
}

/// What comes of a function if it does not fail.
pub(crate) fn result_of(ty: &Type) -> &Type {
    generic(ty, "Result").unwrap_or(ty)
}

/// The type as it arrives at whoever holds a proxy: owned, and with proxies in place of states.
pub(super) fn seen(ty: &Type, owner: &Owner<'_>, proxy: &Ident) -> Result<Type> {
    let seen = |ty: &Type| seen(ty, owner, proxy);
    if let Some(state) = generic(ty, "Shared") {
        return shared(state, owner, proxy);
    }
    Ok(match ty {
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(text) if text.path.is_ident("str") => parse_quote!(::std::string::String),
            other => seen(other)?,
        },
        Type::Slice(slice) => {
            let item = seen(&slice.elem)?;
            parse_quote!(::std::vec::Vec<#item>)
        }
        Type::Path(path) if path.path.is_ident("Self") => match owner {
            Owner::Type(ty) => (*ty).clone(),
            Owner::Interface(_) => {
                let message = "`Self` is the provider's state, which stays where it is: take or give `Shared<Self>`";
                return Err(Error::new_spanned(ty, message));
            }
        },
        Type::Path(path) => {
            let mut path = path.clone();
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        *ty = seen(ty)?;
                    }
                }
            }
            Type::Path(path)
        }
        Type::Tuple(tuple) => {
            let mut tuple = tuple.clone();
            for ty in &mut tuple.elems {
                *ty = seen(ty)?;
            }
            Type::Tuple(tuple)
        }
        Type::Array(array) => {
            let mut array = array.clone();
            *array.elem = seen(&array.elem)?;
            Type::Array(array)
        }
        Type::Paren(inner) => seen(&inner.elem)?,
        Type::Group(inner) => seen(&inner.elem)?,
        Type::ImplTrait(_) => {
            return Err(Error::new_spanned(ty, "others have to know the type: `impl Trait` does not tell it"));
        }
        other => other.clone(),
    })
}

/// A proxy to the state of another object of the same provider.
fn shared(state: &Type, owner: &Owner<'_>, proxy: &Ident) -> Result<Type> {
    let is_self = matches!(state, Type::Path(path) if path.path.is_ident("Self"));
    match owner {
        _ if is_self => Ok(parse_quote!(#proxy)),
        Owner::Type(own) if own.to_token_stream().to_string() == state.to_token_stream().to_string() => {
            Ok(parse_quote!(#proxy))
        }
        Owner::Type(_) => Ok(parse_quote!(<#state as ::commonhold_guest::__private::ProxyOf>::Proxy)),
        Owner::Interface(_) => {
            let message = "an interface knows no state but `Self`: for another type, take or give its proxy";
            Err(Error::new(state.span(), message))
        }
    }
}

//! What entries and methods have in common: their parameters, and the name option of the attributes.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, FnArg, Ident, Lit, LitStr, Meta, Pat, PatType, Result, Signature, Type};

/// The parameters of a function, without `self`.
pub(crate) struct Parameters {
    names: Vec<String>,
    variables: Vec<Ident>,
    types: Vec<Type>,
    has_rest: bool,
}

impl Parameters {
    /// Reads the parameters of a function, and takes the marks that are ours off them.
    pub(crate) fn take(signature: &mut Signature) -> Result<Parameters> {
        let mut parameters =
            Parameters { names: Vec::new(), variables: Vec::new(), types: Vec::new(), has_rest: false };
        for input in &mut signature.inputs {
            if let FnArg::Typed(parameter) = input {
                parameters.take_one(parameter)?;
            }
        }
        Ok(parameters)
    }

    fn take_one(&mut self, parameter: &mut PatType) -> Result<()> {
        if self.has_rest {
            return Err(Error::new(parameter.span(), "nothing can follow the parameter that takes the rest"));
        }
        let Pat::Ident(name) = &*parameter.pat else {
            return Err(Error::new(parameter.pat.span(), "a parameter needs a name, which callers and errors use"));
        };
        if let Type::Reference(reference) = &*parameter.ty {
            let message = "a parameter owns its value: take `String`, `Vec<T>`, `List<T>` and not a reference";
            return Err(Error::new(reference.span(), message));
        }
        let before = parameter.attrs.len();
        parameter.attrs.retain(|attribute| !attribute.path().is_ident("rest"));
        self.has_rest = parameter.attrs.len() < before;
        self.names.push(plain(&name.ident));
        self.variables.push(format_ident!("argument_{}", self.variables.len(), span = name.ident.span()));
        self.types.push((*parameter.ty).clone());
        Ok(())
    }

    /// An expression for the `Signature` of the runtime.
    pub(crate) fn describe(&self, function: &str) -> TokenStream {
        let names = if self.has_rest { &self.names[..self.names.len() - 1] } else { &self.names };
        let has_rest = self.has_rest;
        quote! {
            &::commonhold_guest::__private::Signature {
                function: #function,
                parameters: &[#(#names),*],
                has_rest: #has_rest,
            }
        }
    }

    /// Statements that take each parameter's value out of `arguments`.
    pub(crate) fn bind(&self) -> TokenStream {
        let last = self.variables.len().wrapping_sub(1);
        let bindings = self.variables.iter().zip(&self.types).enumerate().map(|(at, (variable, ty))| {
            let take = if self.has_rest && at == last { quote!(rest) } else { quote!(next) };
            quote! { let #variable: #ty = arguments.#take()?; }
        });
        quote! { #(#bindings)* }
    }

    /// The variables that `bind` makes.
    pub(crate) fn variables(&self) -> &[Ident] {
        &self.variables
    }
}

/// Refuses what cannot be called from outside.
pub(crate) fn check(signature: &Signature, what: &str) -> Result<()> {
    let refuse = |span: Span, why: &str| Err(Error::new(span, format!("{what} {why}")));
    if let Some(keyword) = &signature.asyncness {
        return refuse(keyword.span(), "cannot be async: a process waits by blocking");
    }
    if let Some(keyword) = &signature.unsafety {
        return refuse(keyword.span(), "cannot be unsafe");
    }
    if let Some(abi) = &signature.abi {
        return refuse(abi.span(), "cannot be extern");
    }
    if !signature.generics.params.is_empty() {
        return refuse(signature.generics.span(), "cannot be generic: its parameters need one type each");
    }
    Ok(())
}

/// The name that an attribute gives, `#[entry(name = "...")]`, if it does.
pub(crate) fn name_option(attribute: TokenStream) -> Result<Option<LitStr>> {
    let options = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated.parse2(attribute)?;
    let mut name = None;
    for option in options {
        match &option {
            Meta::NameValue(pair) if pair.path.is_ident("name") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().is_empty() => name = Some(text.clone()),
                other => return Err(Error::new(other.span(), "a name is a text: `name = \"...\"`")),
            },
            _ => return Err(Error::new(option.span(), "the only option is `name = \"...\"`")),
        }
    }
    Ok(name)
}

/// The text of the doc comments, a line each.
pub(crate) fn doc(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// A name without the mark that makes a keyword a name.
pub(crate) fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

//! What entries and methods have in common: their parameters.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, FnArg, Ident, Lit, Meta, Pat, PatType, Result, Signature, Type};

/// The parameters of a function, without `self`.
pub(crate) struct Parameters {
    names: Vec<String>,
    /// As they are written.
    idents: Vec<Ident>,
    variables: Vec<Ident>,
    types: Vec<Type>,
    has_rest: bool,
}

impl Parameters {
    /// Reads the parameters of a function, and takes the marks that are ours off them.
    pub(crate) fn take(signature: &mut Signature) -> Result<Parameters> {
        let mut parameters = Parameters {
            names: Vec::new(),
            idents: Vec::new(),
            variables: Vec::new(),
            types: Vec::new(),
            has_rest: false,
        };
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
        self.idents.push(name.ident.clone());
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

    /// Each parameter: its ident, its name, its type, and whether it takes the rest.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Ident, &str, &Type, bool)> {
        let last = self.types.len().wrapping_sub(1);
        let parameters = self.idents.iter().zip(&self.names).zip(&self.types).enumerate();
        parameters.map(move |(at, ((ident, name), ty))| (ident, name.as_str(), ty, self.has_rest && at == last))
    }

    /// The variables that `bind` makes.
    pub(crate) fn variables(&self) -> &[Ident] {
        &self.variables
    }
}

/// Takes the marks that are ours off the parameters of a function whose interface has said already what they mean.
pub(crate) fn take_marks(signature: &mut Signature) {
    for input in &mut signature.inputs {
        if let FnArg::Typed(parameter) = input {
            parameter.attrs.retain(|attribute| !attribute.path().is_ident("rest"));
        }
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

//! What a type's methods and its constructor expand to where they are implemented.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, LitStr, Receiver, Result, ReturnType, Signature};

use crate::parameters::{Parameters, check, doc, plain};
use crate::proxy::types::{generic, result_of};

/// How many methods the contract lets a type have.
const MAX_METHODS: usize = 62;

/// What is declared of a type.
#[derive(Default)]
pub(crate) struct Declaration {
    pub(crate) constructor: Option<Function>,
    pub(crate) methods: Vec<Method>,
}

/// A method or a constructor, as it was written.
pub(crate) struct Function {
    pub(crate) ident: Ident,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) parameters: Parameters,
    pub(crate) output: ReturnType,
}

/// A method.
pub(crate) struct Method {
    pub(crate) function: Function,
    reads_only: bool,
}

impl Function {
    /// Reads a signature, and takes the marks that are ours off it.
    fn take(what: &str, signature: &mut Signature, attributes: &[Attribute]) -> Result<Function> {
        check(signature, what)?;
        Ok(Function {
            ident: signature.ident.clone(),
            attributes: attributes.to_vec(),
            parameters: Parameters::take(signature)?,
            output: signature.output.clone(),
        })
    }

    /// As others call it.
    pub(crate) fn name(&self) -> String {
        plain(&self.ident)
    }
}

impl Declaration {
    /// Adds a method.
    pub(crate) fn add_method(
        &mut self,
        receiver: &Receiver,
        signature: &mut Signature,
        attributes: &[Attribute],
    ) -> Result<()> {
        if receiver.reference.is_none() {
            let message = "a method of a shared type takes `&self` or `&mut self`: the object stays where it is";
            return Err(Error::new_spanned(receiver, message));
        }
        let reads_only = receiver.mutability.is_none();
        if self.methods.len() == MAX_METHODS {
            let message = format!("a shared type has {MAX_METHODS} methods at most");
            return Err(Error::new(signature.ident.span(), message));
        }
        let function = Function::take("a method of a shared type", signature, attributes)?;
        self.methods.push(Method { function, reads_only });
        Ok(())
    }

    /// Adds the constructor.
    pub(crate) fn add_constructor(&mut self, signature: &mut Signature, attributes: &[Attribute]) -> Result<()> {
        self.constructor = Some(Function::take("a constructor", signature, attributes)?);
        Ok(())
    }

    /// An expression for the runtime's descriptions of the methods.
    pub(crate) fn descriptions(&self) -> TokenStream {
        let descriptions = self.methods.iter().map(|method| {
            let (name, doc, reads_only) = (method.function.name(), doc(&method.function.attributes), method.reads_only);
            quote! { ::commonhold_guest::__private::Method { name: #name, doc: #doc, reads_only: #reads_only } }
        });
        quote! { &[#(#descriptions),*] }
    }

    /// The body of the runtime's `construct`, with `given` in scope. `owner` is what the functions belong to.
    pub(crate) fn construct(&self, owner: &TokenStream, typeid: &LitStr) -> TokenStream {
        let Some(Function { ident, parameters, output, .. }) = &self.constructor else {
            return quote! {
                let _ = given;
                ::commonhold_guest::__private::not_creatable(#typeid)
            };
        };
        let (signature, bind, variables) =
            (parameters.describe(&typeid.value()), parameters.bind(), parameters.variables());
        let begin = quote_spanned! { output.span() =>
            (&&::commonhold_guest::__private::Begun::new(#owner::#ident(#(#variables),*))).begin()
        };
        quote! {
            #[allow(unused_imports)]
            use ::commonhold_guest::__private::{
                BeginExisting as _, BeginExistingResult as _, BeginResult as _, BeginValue as _,
            };
            #[allow(unused_mut, unused_variables)]
            let mut arguments = given.bind(#signature)?;
            #bind
            #begin
        }
    }

    /// The body of the runtime's `call`, with `state`, `method` and `given` in scope.
    pub(crate) fn call(&self, owner: &TokenStream, typeid: &LitStr) -> TokenStream {
        let calls = self.methods.iter().map(|method| method.call(owner));
        quote! {
            #[allow(unused_imports)]
            use ::commonhold_guest::__private::{
                EndNextResult as _, EndNextValue as _, EndResult as _, EndValue as _,
            };
            let _ = (state, &given);
            match method {
                #(#calls)*
                _ => ::commonhold_guest::__private::no_such_method(#typeid, method),
            }
        }
    }
}

impl Method {
    fn call(&self, owner: &TokenStream) -> TokenStream {
        let Function { ident, parameters, output, .. } = &self.function;
        let name = self.function.name();
        let (signature, bind, variables) = (parameters.describe(&name), parameters.bind(), parameters.variables());
        let borrow = if self.reads_only {
            quote! { let this = ::commonhold_guest::__private::read(state)?; let this = &*this; }
        } else {
            quote! { let mut this = ::commonhold_guest::__private::write(state)?; let this = &mut *this; }
        };
        let end = if gives_items(&name, output) { quote!(end_next) } else { quote!(end) };
        let end = quote_spanned! { output.span() =>
            (&&::commonhold_guest::__private::Ended::new(#owner::#ident(this, #(#variables),*))).#end()
        };
        quote_spanned! { ident.span() =>
            #name => {
                #[allow(unused_mut, unused_variables)]
                let mut arguments = given.bind(#signature)?;
                #bind
                #borrow
                #end
            }
        }
    }
}

/// Whether it is a `__next__` that tells the end by giving none.
fn gives_items(name: &str, output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else { return false };
    name == "__next__" && generic(result_of(ty), "Option").is_some()
}

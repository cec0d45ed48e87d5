//! The typed proxy that a declaration makes.

pub(crate) mod types;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, LitStr, Result, ReturnType, Type, Visibility, parse_quote};

use crate::methods::{Declaration, Function};
use types::{generic, result_of, seen};

/// What is declared, and as what.
pub(crate) struct Typed<'a> {
    /// The proxy's type.
    pub(crate) ident: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    /// The name by which it is created.
    pub(crate) typeid: &'a LitStr,
    /// Those of the declaration, its documentation among them.
    pub(crate) attributes: &'a [Attribute],
    pub(crate) owner: Owner<'a>,
    pub(crate) declaration: &'a Declaration,
}

/// Where the functions are declared.
pub(crate) enum Owner<'a> {
    /// In a trait, for providers that are somewhere else.
    Interface(&'a Ident),
    /// At the type itself.
    Type(&'a Type),
}

/// What a proxy has anyway. A method of the same name would be in its way.
const RESERVED: [&str; 9] =
    ["as_proxy", "assume", "create", "create_in", "duplicate", "into_proxy", "iter", "next", "next_item"];

/// With how many arguments a tuple can be sent.
const MOST_IN_TUPLE: usize = 12;

impl Typed<'_> {
    pub(crate) fn expand(&self) -> Result<TokenStream> {
        let Typed { ident, visibility, typeid, .. } = self;
        let doc = self.attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
        let about = match &self.owner {
            Owner::Interface(interface) => format!("A proxy to an object of the shared type [`{interface}`]."),
            Owner::Type(_) => format!("A proxy to an object of the shared type `{}`.", typeid.value()),
        };
        let create = self.declaration.constructor.as_ref().map(|function| self.create(function)).transpose()?;
        let methods = self.declaration.methods.iter().map(|method| self.method(&method.function));
        let methods = methods.collect::<Result<Vec<_>>>()?;
        let (from, items) = (self.conversion_of_shared(), self.items()?);
        Ok(quote! {
            #(#doc)*
            #[doc = ""]
            #[doc = #about]
            #visibility struct #ident {
                proxy: ::commonhold_guest::Proxy,
            }

            ::commonhold_guest::__typed_traits!(#ident);

            #[allow(dead_code)]
            impl #ident {
                /// The name of the type, by which its objects are created.
                #visibility const TYPEID: &'static str = #typeid;

                #create

                #(#methods)*

                /// The untyped proxy.
                #visibility fn as_proxy(&self) -> &::commonhold_guest::Proxy {
                    &self.proxy
                }

                /// One more proxy to the same object, which the manager counts as one more holder. A clone shares the
                /// handle of the original.
                #[must_use]
                #visibility fn duplicate(&self) -> Self {
                    Self::assume(self.proxy.duplicate())
                }

                fn assume(proxy: ::commonhold_guest::Proxy) -> Self {
                    Self { proxy }
                }

                fn into_proxy(self) -> ::commonhold_guest::Proxy {
                    self.proxy
                }
            }

            /// Fails with `type` if the proxy is one to another type.
            impl ::core::convert::TryFrom<::commonhold_guest::Proxy> for #ident {
                type Error = ::commonhold_guest::Error;

                fn try_from(proxy: ::commonhold_guest::Proxy) -> ::commonhold_guest::Result<Self> {
                    ::commonhold_guest::__private::check_type(&proxy, #typeid)?;
                    Ok(Self { proxy })
                }
            }

            #from

            #items
        })
    }

    /// The functions that make an object.
    fn create(&self, function: &Function) -> Result<TokenStream> {
        let (visibility, typeid, sent) = (self.visibility, self.typeid, self.send(function)?);
        let (attributes, more) = (shown(function), shown(function));
        let (parameters, provider) = (&sent.parameters, Ident::new("provider", Span::mixed_site()));
        let made = sent.call(
            |tuple| quote!(::commonhold_guest::manager::create(#typeid, #tuple)),
            |arguments| quote!(#arguments.create(#typeid)),
        );
        let made_in = sent.call(
            |tuple| quote!(#provider.create(#typeid, #tuple)),
            |arguments| quote!(#arguments.create_in(#provider, #typeid)),
        );
        Ok(quote! {
            #(#attributes)*
            #visibility fn create(#(#parameters),*) -> ::commonhold_guest::Result<Self> {
                #made.and_then(Self::try_from)
            }

            #(#more)*
            #[doc = ""]
            #[doc = "It is made by a provider that this process has started."]
            #visibility fn create_in(
                #provider: &::commonhold_guest::provider::Provider,
                #(#parameters),*
            ) -> ::commonhold_guest::Result<Self> {
                #made_in.and_then(Self::try_from)
            }
        })
    }

    fn method(&self, function: &Function) -> Result<TokenStream> {
        let (ident, name, visibility) = (&function.ident, function.name(), self.visibility);
        if RESERVED.contains(&name.as_str()) {
            let message = format!("every proxy has a function `{name}` of its own: name the method otherwise");
            return Err(Error::new(ident.span(), message));
        }
        let attributes = shown(function);
        if name == "__iter__" {
            let item = yielded(&self.item_of(function)?);
            return Ok(quote! {
                #(#attributes)*
                #visibility fn iter(&self) -> ::commonhold_guest::Result<::commonhold_guest::Iter<#item>> {
                    ::commonhold_guest::Iter::over(&self.proxy)
                }
            });
        }
        if name == "__next__" {
            let item = self.item_of(function)?;
            return Ok(quote! {
                #(#attributes)*
                #[doc = ""]
                #[doc = "None is the end."]
                #visibility fn next_item(&self) -> ::commonhold_guest::Result<::core::option::Option<#item>> {
                    ::commonhold_guest::__private::next_item(&self.proxy)
                }
            });
        }
        let (sent, output) = (self.send(function)?, self.output(function)?);
        let parameters = &sent.parameters;
        let call = sent.call(
            |tuple| quote!(self.proxy.call(#name, #tuple)),
            |arguments| quote!(#arguments.call(&self.proxy, #name)),
        );
        Ok(quote! {
            #(#attributes)*
            #visibility fn #ident(&self, #(#parameters),*) -> ::commonhold_guest::Result<#output> {
                #call
            }
        })
    }

    /// The type of what a function gives.
    fn output(&self, function: &Function) -> Result<Type> {
        match &function.output {
            ReturnType::Default => Ok(parse_quote!(())),
            ReturnType::Type(_, ty) => seen(result_of(ty), &self.owner, self.ident),
        }
    }

    /// What an `__iter__` gives, or the items of a `__next__`.
    fn item_of(&self, function: &Function) -> Result<Type> {
        if let Some((ident, ..)) = function.parameters.iter().next() {
            let message = format!("`{}` is called without arguments", function.name());
            return Err(Error::new(ident.span(), message));
        }
        let output = self.output(function)?;
        let item = if function.name() == "__next__" { generic(&output, "Option") } else { None };
        Ok(item.unwrap_or(&output).clone())
    }

    /// What a function takes, and how that is sent.
    fn send(&self, function: &Function) -> Result<Sent> {
        let mut sent = Sent { parameters: Vec::new(), idents: Vec::new(), steps: Vec::new(), is_simple: true };
        let arguments = Sent::arguments();
        for (ident, name, ty, takes_rest) in function.parameters.iter() {
            let seen = seen(ty, &self.owner, self.ident)?;
            sent.idents.push(ident.clone());
            let (parameter, step) = if takes_rest {
                let Some(item) = generic(&seen, "Vec") else {
                    return Err(Error::new(ty.span(), "the parameter that takes the rest is a `Vec`"));
                };
                sent.is_simple = false;
                (
                    quote!(impl ::core::iter::IntoIterator<Item: ::commonhold_guest::Like<#item>>),
                    quote!(#arguments.rest(#ident)?;),
                )
            } else if let Some(inner) = generic(&seen, "Option") {
                sent.is_simple = false;
                let optional = quote!(::core::option::Option<#inner>);
                (
                    quote!(impl ::core::convert::Into<#optional>),
                    quote!(#arguments.optional(#name, &::core::convert::Into::<#optional>::into(#ident))?;),
                )
            } else {
                (quote!(impl ::commonhold_guest::Like<#seen>), quote!(#arguments.given(#name, &#ident)?;))
            };
            sent.parameters.push(quote_spanned!(ty.span() => #ident: #parameter));
            sent.steps.push(step);
        }
        sent.is_simple &= sent.idents.len() <= MOST_IN_TUPLE;
        Ok(sent)
    }

    /// From the provider's own form of a proxy.
    fn conversion_of_shared(&self) -> TokenStream {
        let ident = self.ident;
        let state = format_ident!("State", span = Span::mixed_site());
        let (parameters, state, proxy_of) = match &self.owner {
            Owner::Interface(interface) => (quote!(<#state: #interface>), quote!(#state), None),
            Owner::Type(ty) => {
                let proxy_of = quote! {
                    impl ::commonhold_guest::__private::ProxyOf for #ty {
                        type Proxy = #ident;
                    }
                };
                (TokenStream::new(), quote!(#ty), Some(proxy_of))
            }
        };
        quote! {
            impl #parameters ::core::convert::From<::commonhold_guest::provider::Shared<#state>> for #ident {
                fn from(shared: ::commonhold_guest::provider::Shared<#state>) -> Self {
                    Self { proxy: shared.into() }
                }
            }

            #proxy_of
        }
    }

    /// That it can be gone over.
    fn items(&self) -> Result<TokenStream> {
        let named = |name: &str| {
            self.declaration.methods.iter().map(|method| &method.function).find(|function| function.name() == name)
        };
        let ident = self.ident;
        let yields = |item: TokenStream| {
            quote! {
                impl ::commonhold_guest::__private::Yields for #ident {
                    type Item = #item;
                }
            }
        };
        if let Some(next) = named("__next__") {
            let item = self.item_of(next)?;
            let yields = yields(quote!(#item));
            return Ok(quote! {
                impl ::core::iter::Iterator for #ident {
                    type Item = ::commonhold_guest::Result<#item>;

                    fn next(&mut self) -> ::core::option::Option<Self::Item> {
                        self.next_item().transpose()
                    }
                }

                #yields
            });
        }
        match named("__iter__") {
            Some(iter) => Ok(yields(yielded(&self.item_of(iter)?))),
            None => Ok(TokenStream::new()),
        }
    }
}

/// The type of the items of what an `__iter__` gives.
fn yielded(over: &Type) -> TokenStream {
    quote!(<#over as ::commonhold_guest::__private::Yields>::Item)
}

/// Parameters, and how what is given for them is sent.
struct Sent {
    parameters: Vec<TokenStream>,
    idents: Vec<Ident>,
    steps: Vec<TokenStream>,
    /// Whether all of them are always sent, by position.
    is_simple: bool,
}

impl Sent {
    /// The variable for the arguments, which meets no parameter's name.
    fn arguments() -> Ident {
        Ident::new("arguments", Span::mixed_site())
    }

    /// The call: with all of them in a tuple where that can be, or by the runtime's `Sent`.
    fn call(
        &self,
        with_tuple: impl FnOnce(TokenStream) -> TokenStream,
        with_sent: impl FnOnce(&Ident) -> TokenStream,
    ) -> TokenStream {
        let (idents, steps, arguments) = (&self.idents, &self.steps, Sent::arguments());
        if self.is_simple {
            return with_tuple(quote!((#(&#idents,)*)));
        }
        let call = with_sent(&arguments);
        quote! {{
            let mut #arguments = ::commonhold_guest::__private::Sent::default();
            #(#steps)*
            #call
        }}
    }
}

/// The attributes of a function that its proxy has, too.
fn shown(function: &Function) -> impl Iterator<Item = &Attribute> {
    let is_shown = |path: &syn::Path| path.is_ident("doc") || path.is_ident("deprecated") || path.is_ident("allow");
    function.attributes.iter().filter(move |attribute| is_shown(attribute.path()))
}

//! The options of the attributes: `#[shared_type(name = "...", proxy = ClickerProxy)]`.

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Meta, Result, Token};

/// What an attribute says.
#[derive(Default)]
pub(crate) struct Options {
    /// `name = "..."`: what others know it by.
    pub(crate) name: Option<LitStr>,
    /// `proxy = ClickerProxy`: the type of the proxies.
    pub(crate) proxy: Option<Ident>,
}

impl Options {
    /// Of `#[entry]`, which has a name alone.
    pub(crate) fn with_name(attribute: TokenStream) -> Result<Options> {
        let options = Options::parse(attribute, "the only option is `name = \"...\"`")?;
        match &options.proxy {
            Some(proxy) => Err(Error::new(proxy.span(), "an entry has no proxy: the only option is `name = \"...\"`")),
            None => Ok(options),
        }
    }

    /// Of what declares a type.
    pub(crate) fn of_type(attribute: TokenStream) -> Result<Options> {
        Options::parse(attribute, "the options are `name = \"...\"` and `proxy = ClickerProxy`")
    }

    fn parse(attribute: TokenStream, known: &str) -> Result<Options> {
        let mut options = Options::default();
        for option in Punctuated::<Meta, Token![,]>::parse_terminated.parse2(attribute)? {
            let Meta::NameValue(pair) = &option else { return Err(Error::new(option.span(), known)) };
            if pair.path.is_ident("name") {
                options.name = Some(text(&pair.value)?);
            } else if pair.path.is_ident("proxy") {
                options.proxy = Some(ident(&pair.value)?);
            } else {
                return Err(Error::new(option.span(), known));
            }
        }
        Ok(options)
    }
}

fn text(value: &Expr) -> Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().is_empty() => Ok(text.clone()),
        other => Err(Error::new(other.span(), "a name is a text: `name = \"...\"`")),
    }
}

fn ident(value: &Expr) -> Result<Ident> {
    let path = if let Expr::Path(path) = value { path.path.get_ident() } else { None };
    path.cloned()
        .ok_or_else(|| Error::new(value.span(), "the proxy's type is a new one's name: `proxy = ClickerProxy`"))
}

//! The implementation of `#[punctual::repeat]`. Depend on [`punctual`](https://docs.rs/punctual) with its feature
//! `macros`, not on this crate.

// Most of what is below `core` serves more than the text of a schedule, and here nothing is public.
#![allow(dead_code, unexpected_cfgs, unreachable_pub, unused_imports, clippy::wrong_self_convention)]

#[warn(dead_code, unexpected_cfgs, unused_imports)]
mod attribute;
#[warn(dead_code, unexpected_cfgs, unused_imports)]
mod function;
#[warn(dead_code, unexpected_cfgs, unused_imports)]
mod literals;

// Modules of `punctual`, which depends on this crate and so cannot be a dependency of it. They are symbolic links, and
// files in the published package. If the compiler finds "../../.." in them, the checkout has no symbolic links: clone with
// `git clone -c core.symlinks=true`.
#[path = "core/error.rs"]
mod error;
#[path = "core/log_line.rs"]
mod log_line;
#[path = "core/schedule/mod.rs"]
mod schedule;
#[path = "core/text.rs"]
mod text;
#[path = "core/timestamp.rs"]
mod timestamp;
#[path = "core/trigger/mod.rs"]
mod trigger;
#[path = "core/unwind.rs"]
mod unwind;
#[path = "core/zone/mod.rs"]
mod zone;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ext::IdentExt, parse2, Error, Result};

use self::{
    attribute::Attribute,
    function::{returned, Function},
};

// Documented where `punctual` exports it.
#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn repeat(attribute: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = TokenStream::from(item);
    let declaration = declare(attribute.into(), item.clone()).unwrap_or_else(Error::into_compile_error);
    quote!(#item #declaration).into()
}

/// The code that is added after the function.
fn declare(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: Function = parse2(item)?;
    let Attribute { sentence, arguments } = parse2(attribute)?;
    function.check(&arguments)?;

    let Function { cfgs, signature } = &function;
    let function = &signature.ident;
    let name = function.unraw().to_string();
    // If a body may not return the function's type, the error is in this call. It is given the span of the return type,
    // so that rustc points there and not at the attribute.
    let span = Span::call_site().located_at(returned(signature));
    let (declare, body) = match signature.asyncness {
        None => (
            quote!(declare),
            quote_spanned! {span=> || ::punctual::BodyReturn::into_body_outcome(#function(#(#arguments),*))},
        ),
        // The arguments are evaluated in the future, so that it may borrow from them.
        Some(_) => (quote!(declare_async), quote_spanned! {span=> || async move { #function(#(#arguments),*).await }}),
    };
    // Mixed-site spans: the local `name` must not shadow a `name` in the sentence or an argument.
    Ok(quote_spanned! {Span::mixed_site()=>
        #(#cfgs)*
        ::punctual::__private::inventory::submit! {
            ::punctual::__private::Declaration {
                name: ::core::concat!(::core::module_path!(), "::", #name),
                file: ::core::file!(),
                line: ::core::line!(),
                column: ::core::column!(),
                register: |name| ::punctual::__private::#declare(#sentence, name, #body),
            }
        }
    })
}

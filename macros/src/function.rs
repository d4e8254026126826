//! The signature of the function, and the checks that a job can call it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::{
    parse::{Parse, ParseStream},
    spanned::Spanned,
    Abi, Attribute, Error, Expr, FnArg, GenericParam, Pat, Result, ReturnType, Safety, Signature, Token, Visibility,
};

pub(crate) struct Function {
    /// Its `#[cfg]` attributes. The declaration gets the same, so that it never refers to a function that is not
    /// compiled.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) signature: Signature,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut cfgs = Attribute::parse_outer(input)?;
        cfgs.retain(|attribute| attribute.path().is_ident("cfg"));
        let visibility: Visibility = input.parse()?;
        if !is_function(&input.fork()) {
            let item: TokenStream = input.parse()?;
            let first = quote!(#visibility #item).into_iter().next();
            return Err(Error::new(
                first.map_or_else(Span::call_site, |token| token.span()),
                "`#[repeat]` makes a job of a function: expected `fn`",
            ));
        }
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(input.error("a job needs a body: expected `{ … }`"));
        }
        // The body is not parsed: rustc reports its errors better, and once.
        input.parse::<TokenStream>()?;
        Ok(Function { cfgs, signature })
    }
}

fn is_function(input: ParseStream<'_>) -> bool {
    let qualifiers = || {
        input.parse::<Option<Token![const]>>()?;
        input.parse::<Option<Token![async]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Option<Abi>>()
    };
    qualifiers().is_ok() && input.peek(Token![fn])
}

impl Function {
    /// Checks that a job can call the function with these arguments. The error contains all mistakes.
    pub(crate) fn check(&self, arguments: &[Expr]) -> Result<()> {
        let mut mistakes = Mistakes(None);
        self.check_kind(&mut mistakes);
        if mistakes.0.is_none() {
            self.check_number(arguments, &mut mistakes);
        }
        mistakes.0.map_or(Ok(()), Err)
    }

    fn check_kind(&self, mistakes: &mut Mistakes) {
        let signature = &self.signature;
        if let Some(token) = signature.asyncness.as_ref().filter(|_| !cfg!(feature = "tokio")) {
            mistakes.add(
                token,
                "an async job needs the feature `tokio` of `punctual`: expected that, or a function that is not async",
            );
        }
        if let Safety::Unsafe(token) = &signature.safety {
            mistakes.add(
                token,
                "the scheduler calls the function and cannot uphold its contract: expected one that \
                 is not unsafe",
            );
        }
        if let Some(abi) = &signature.abi {
            mistakes.add(abi, "a job is a function of Rust: expected one without `extern`");
        }
        for parameter in &signature.generics.params {
            let name = match parameter {
                GenericParam::Type(parameter) => &parameter.ident,
                GenericParam::Const(parameter) => &parameter.ident,
                _ => continue,
            };
            let message = format!("nothing decides what `{name}` is: expected a function that is not generic");
            mistakes.add(parameter, &message);
        }
        if let Some(receiver) = signature.receiver() {
            mistakes.add(
                receiver,
                "a job has no `self`: expected a function outside of `impl`, which may call the \
                 method",
            );
        }
    }

    fn check_number(&self, arguments: &[Expr], mistakes: &mut Mistakes) {
        let Signature { ident, inputs, .. } = &self.signature;
        for parameter in inputs.iter().skip(arguments.len()) {
            let name = match parameter {
                FnArg::Typed(parameter) => match &*parameter.pat {
                    Pat::Ident(name) => format!("`{}`", name.ident),
                    _ => "this parameter".to_owned(),
                },
                FnArg::Receiver(_) => "`self`".to_owned(),
            };
            mistakes.add(
                parameter,
                &format!(
                    "no argument for {name}: expected one after the sentence, as in \
                     `#[repeat(every().second(), \"World\")]`"
                ),
            );
        }
        if let Some(surplus) = arguments.get(inputs.len()..).filter(|surplus| !surplus.is_empty()) {
            let number = match inputs.len() {
                0 => "no argument".to_owned(),
                1 => "1 argument".to_owned(),
                n => format!("{n} arguments"),
            };
            mistakes.add(quote!(#(#surplus),*), &format!("`{ident}` takes {number}: expected no more"));
        }
    }
}

/// The span of the return type, or of the name if there is none.
pub(crate) fn returned(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Type(_, returned) => returned.span(),
        ReturnType::Default => signature.ident.span(),
    }
}

/// The mistakes found so far, as one error.
struct Mistakes(Option<Error>);

impl Mistakes {
    fn add(&mut self, tokens: impl ToTokens, message: &str) {
        let mistake = Error::new_spanned(tokens, message);
        match &mut self.0 {
            Some(first) => first.combine(mistake),
            None => self.0 = Some(mistake),
        }
    }
}

//! The arguments of the attribute: a sentence, then the arguments of the function.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    parse::{Parse, ParseStream},
    parse_quote_spanned,
    punctuated::Punctuated,
    Error, Expr, ExprCall, ExprLit, Ident, Lit, Member, Result, Token,
};

use crate::literals;

pub(crate) struct Attribute {
    pub(crate) sentence: Expr,
    pub(crate) arguments: Vec<Expr>,
}

impl Parse for Attribute {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Err(Error::new(
                Span::call_site(),
                "when? Expected a sentence, as in `#[repeat(every().second())]`",
            ));
        }
        let mut sentence = input.parse()?;
        begin(&mut sentence)?;
        literals::check(&sentence)?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("the sentence has ended: expected `,` and the arguments, or nothing"));
        }
        input.parse::<Option<Token![,]>>()?;
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        arguments.iter().try_for_each(unnamed)?;
        Ok(Attribute { sentence, arguments: arguments.into_iter().collect() })
    }
}

/// Makes the first word of a sentence refer to `punctual`, whatever the name means where the function is.
fn begin(sentence: &mut Expr) -> Result<()> {
    if let Expr::Call(call) = sentence {
        if first_word(&call.func).is_some_and(|word| word == "every") && call.args.is_empty() {
            return Err(Error::new_spanned(
                call,
                "how often? Expected a unit after `every()`, as in `every().second()`",
            ));
        }
    }
    begin_part(sentence)
}

/// Walks from the last call of a sentence back to its first word, and checks each call on the way.
fn begin_part(part: &mut Expr) -> Result<()> {
    match part {
        Expr::MethodCall(call) => {
            not_the_end(&call.method)?;
            begin_part(&mut call.receiver)
        }
        Expr::Try(part) => begin_part(&mut part.expr),
        Expr::Paren(part) => begin_part(&mut part.expr),
        Expr::Group(part) => begin_part(&mut part.expr),
        Expr::Field(field) => {
            begin_part(&mut field.base)?;
            Err(not_a_field(&field.member))
        }
        Expr::Call(call) => begin_call(call),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            *part = parse_quote_spanned!(text.span()=> ::punctual::schedule(#text));
            Ok(())
        }
        // A macro may expand to a sentence. If it does not, rustc reports its type.
        Expr::Macro(_) => Ok(()),
        _ => Err(match first_word(part) {
            Some(word) => {
                let call = if word == "every" { "every()".to_owned() } else { format!("{word}(…)") };
                Error::new_spanned(word, format!("`{word}` is a function: expected `{call}`"))
            }
            None => not_a_sentence(part),
        }),
    }
}

fn begin_call(call: &mut ExprCall) -> Result<()> {
    let Some(word) = first_word(&call.func).cloned() else { return Ok(()) };
    if word == "every" && !call.args.is_empty() {
        return Err(Error::new_spanned(
            &call.args,
            "the number is said with the unit: expected `every()`, as in `every().seconds(10)`",
        ));
    }
    *call.func = parse_quote_spanned!(Span::mixed_site()=> ::punctual::#word);
    Ok(())
}

fn first_word(part: &Expr) -> Option<&Ident> {
    let Expr::Path(path) = part else { return None };
    let word = path.path.get_ident()?;
    ["every", "after", "once", "schedule", "cron", "cron_in"].iter().any(|known| word == known).then_some(word)
}

fn not_the_end(method: &Ident) -> Result<()> {
    if method != "run" && method != "run_with" && method != "schedule" {
        return Ok(());
    }
    let message = format!("the body is the function below: expected a sentence that ends before `.{method}(…)`");
    Err(Error::new_spanned(method, message))
}

fn not_a_field(member: &Member) -> Error {
    let Member::Named(unit) = member else { return not_a_sentence(member) };
    let arguments = if unit.to_string().ends_with('s') { "…" } else { "" };
    Error::new_spanned(unit, format!("`{unit}` is a method: expected `.{unit}({arguments})`"))
}

fn not_a_sentence(part: impl ToTokens) -> Error {
    Error::new_spanned(
        part,
        "not a sentence: expected one that begins with `every()`, `after(…)`, `once(…)`, `cron(…)` or `schedule(…)`, as \
         in `every().second()`, or text, as in `\"every second\"`",
    )
}

/// Rejects `name = "World"`, which Rust would parse as an assignment.
fn unnamed(argument: &Expr) -> Result<()> {
    match argument {
        Expr::Assign(named) => Err(Error::new_spanned(
            &named.left,
            "arguments are positional: expected the value alone, without a name and `=`",
        )),
        _ => Ok(()),
    }
}

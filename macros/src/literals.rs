//! Texts in a sentence that are known now, and are read now.

use syn::{Error, Expr, ExprLit, Lit, LitStr, Path, Result};

use crate::{
    error,
    schedule::{Dialect, Schedule},
};

/// Rejects the literals of a sentence that are no schedule, with the error that it would give. Whether a schedule has a
/// run left depends on the time, and is decided when the job is registered.
pub(crate) fn check(part: &Expr) -> Result<()> {
    match part {
        Expr::MethodCall(call) => {
            check(&call.receiver)?;
            if call.method == "or" || call.method == "and" {
                check_schedule(call.args.first())?;
            }
            call.args.iter().try_for_each(check)
        }
        Expr::Call(call) => {
            let first = call.args.first();
            match function(&call.func).as_deref() {
                Some("schedule") => check_schedule(first)?,
                Some("cron") => check_cron(Some(Dialect::Unix), first)?,
                Some("cron_in") => check_cron(first.and_then(dialect), call.args.get(1))?,
                _ => {}
            }
            call.args.iter().try_for_each(check)
        }
        Expr::Try(part) => check(&part.expr),
        Expr::Paren(part) => check(&part.expr),
        Expr::Group(part) => check(&part.expr),
        Expr::Reference(part) => check(&part.expr),
        _ => Ok(()),
    }
}

fn check_schedule(argument: Option<&Expr>) -> Result<()> {
    let Some(text) = argument.and_then(literal) else { return Ok(()) };
    checked(text, text.value().parse::<Schedule>())
}

fn check_cron(dialect: Option<Dialect>, argument: Option<&Expr>) -> Result<()> {
    let (Some(dialect), Some(text)) = (dialect, argument.and_then(literal)) else { return Ok(()) };
    checked(text, Schedule::cron_in(dialect, text.value()))
}

fn checked(text: &LitStr, read: error::Result<Schedule>) -> Result<()> {
    read.map(drop).map_err(|mistake| Error::new_spanned(text, mistake))
}

fn literal(argument: &Expr) -> Option<&LitStr> {
    match argument {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        Expr::Paren(part) => literal(&part.expr),
        Expr::Group(part) => literal(&part.expr),
        Expr::Reference(part) => literal(&part.expr),
        _ => None,
    }
}

/// The function that is called, if it is of this crate by its path: `cron`, `punctual::cron` or `Schedule::cron`.
fn function(called: &Expr) -> Option<String> {
    let mut words = words(path(called)?);
    let word = words.pop()?;
    let is_schedule = words.last().is_some_and(|word| word == "Schedule") && word != "schedule";
    if is_schedule {
        words.pop();
    }
    (words.is_empty() || words == ["punctual"]).then_some(word)
}

/// The dialect that is named by its path, as in `Dialect::Quartz`.
fn dialect(argument: &Expr) -> Option<Dialect> {
    let words = words(path(argument)?);
    match &words[..] {
        [.., name, dialect] if name == "Dialect" => dialect.to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

fn path(part: &Expr) -> Option<&Path> {
    match part {
        Expr::Path(path) => Some(&path.path),
        Expr::Paren(part) => path(&part.expr),
        Expr::Group(part) => path(&part.expr),
        _ => None,
    }
}

fn words(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

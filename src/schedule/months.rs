//! Months: what `only_in` takes.

use std::{fmt, str::FromStr};

use super::{
    names::{month, runs, span, MONTHS},
    tokens::Tokens,
};
use crate::{
    error::{Error, Result},
    text::for_texts,
    trigger::list,
};

/// A set of months.
///
/// ```
/// use punctual::Months;
/// let months: Months = "Dec, jan and June to august".parse()?;
/// assert_eq!(months.to_string(), "June to August, December and January");
/// # Ok::<(), punctual::Error>(())
/// ```
// One bit each, from January.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months(u16);

impl Months {
    pub(crate) fn bits(self) -> u16 {
        self.0
    }

    /// The set of these bits, unless it is empty.
    pub(super) fn of_bits(bits: u16) -> Option<Months> {
        (bits != 0).then_some(Months(bits))
    }
}

/// Months, as [`only_in`](crate::Every::only_in) takes them: [`chrono::Month`], text, and arrays, slices and `Vec` of
/// these.
///
/// This trait is sealed.
///
/// ```
/// use punctual::{chrono::Month, IntoMonths};
/// assert_eq!([Month::June, Month::July, Month::August].into_months()?, "june to august".into_months()?);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoMonths: sealed::Sealed {
    /// Collects the months.
    ///
    /// # Errors
    ///
    /// If text cannot be read, or there is no month at all.
    ///
    /// ```
    /// use punctual::IntoMonths;
    /// assert_eq!("nov to feb".into_months()?.to_string(), "November to February");
    /// assert_eq!(
    ///     "13".into_months().unwrap_err().to_string(),
    ///     "invalid text \"13\": unexpected \"13\" at column 1 (expected a month, such as June or Jun)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_months(self) -> Result<Months>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Months {}

impl IntoMonths for Months {
    fn into_months(self) -> Result<Months> {
        Ok(self)
    }
}

impl sealed::Sealed for chrono::Month {}

impl IntoMonths for chrono::Month {
    fn into_months(self) -> Result<Months> {
        Ok(Months(1 << (self.number_from_month() - 1)))
    }
}

impl<M: IntoMonths, const N: usize> sealed::Sealed for [M; N] {}

impl<M: IntoMonths, const N: usize> IntoMonths for [M; N] {
    fn into_months(self) -> Result<Months> {
        all(self)
    }
}

impl<M: IntoMonths + Clone> sealed::Sealed for &[M] {}

impl<M: IntoMonths + Clone> IntoMonths for &[M] {
    fn into_months(self) -> Result<Months> {
        all(self.iter().cloned())
    }
}

impl<M: IntoMonths> sealed::Sealed for Vec<M> {}

impl<M: IntoMonths> IntoMonths for Vec<M> {
    fn into_months(self) -> Result<Months> {
        all(self)
    }
}

impl sealed::Sealed for &str {}

impl IntoMonths for &str {
    fn into_months(self) -> Result<Months> {
        self.parse()
    }
}

for_texts!(IntoMonths, into_months -> Result<Months>);

fn all(several: impl IntoIterator<Item = impl IntoMonths>) -> Result<Months> {
    let bits = several.into_iter().try_fold(0, |bits, months| Ok(bits | months.into_months()?.0))?;
    Months::of_bits(bits).ok_or_else(|| Error::invalid("invalid months []: expected at least one".to_owned()))
}

impl Tokens<'_> {
    /// Reads a list of months, up to what cannot be one.
    pub(super) fn months(&mut self) -> Result<Months> {
        let mut months = self.month_span()?;
        let mut ahead = *self;
        while ahead.take_joint() && month(ahead.peek()).is_some() {
            months |= ahead.month_span()?;
            *self = ahead;
        }
        Ok(Months(months))
    }

    fn month_span(&mut self) -> Result<u16> {
        let from = self.month()?;
        let to = if self.take("to") { self.month()? } else { from };
        Ok(span(u32::from(from) - 1, u32::from(to) - 1, 12) as u16)
    }
}

/// The months in English, as in "June to August".
impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = runs(self.0.into(), 12).into_iter().map(|(from, to)| match from == to {
            true => MONTHS[from].to_owned(),
            false => format!("{} to {}", MONTHS[from], MONTHS[to]),
        });
        list(shown, f)
    }
}

impl FromStr for Months {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut tokens = Tokens::new(text)?;
        let months = tokens.months()?;
        tokens.end("a comma or the end")?;
        Ok(months)
    }
}

//! Weekdays.

use chrono::Weekday;

use super::tokens::Tokens;
use crate::{error::Result, text::for_texts};

/// One [`Weekday`], or several, also as text: what [`on`](crate::Every::on) takes.
///
/// This trait is sealed.
///
/// ```
/// # use punctual::{ManualClock, Scheduler};
/// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
/// use punctual::Weekday;
/// let one = scheduler.every().week().on(Weekday::Mon).run(|| {})?;
/// let two = scheduler.every().week().on([Weekday::Mon, Weekday::Fri]).run(|| {})?;
/// let many = scheduler.every().week().on(vec![Weekday::Sat; 7]).run(|| {})?;
/// let text = scheduler.every().week().on("tue and Thursday").run(|| {})?;
/// let days = [one, two, many, text].map(|job| job.next_run().unwrap().date_naive().to_string());
/// assert_eq!(days, ["1970-01-05", "1970-01-02", "1970-01-03", "1970-01-06"]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoWeekdays: sealed::Sealed {
    /// Collects the weekdays, in the order given.
    ///
    /// # Errors
    ///
    /// If text cannot be read.
    ///
    /// ```
    /// use punctual::{IntoWeekdays, Weekday};
    /// assert_eq!(Weekday::Mon.into_weekdays()?, [Weekday::Mon]);
    /// assert_eq!([Weekday::Fri, Weekday::Mon].into_weekdays()?, [Weekday::Fri, Weekday::Mon]);
    /// assert_eq!("fri to sun".into_weekdays()?, [Weekday::Fri, Weekday::Sat, Weekday::Sun]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_weekdays(self) -> Result<Vec<Weekday>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! weekdays {
    ($([$($n:ident)?] $several:ty: $days:ident -> $vec:expr;)*) => {$(
        impl$(<const $n: usize>)? sealed::Sealed for $several {}

        impl$(<const $n: usize>)? IntoWeekdays for $several {
            fn into_weekdays(self) -> Result<Vec<Weekday>> {
                let $days = self;
                Ok($vec)
            }
        }
    )*};
}
weekdays! {
    [] Weekday: day -> vec![day];
    [] &[Weekday]: days -> days.to_vec();
    [N] [Weekday; N]: days -> days.to_vec();
    [N] &[Weekday; N]: days -> days.to_vec();
    [] Vec<Weekday>: days -> days;
    [] &Vec<Weekday>: days -> days.clone();
}

impl sealed::Sealed for &str {}

impl IntoWeekdays for &str {
    fn into_weekdays(self) -> Result<Vec<Weekday>> {
        let mut tokens = Tokens::new(self)?;
        let weekdays = tokens.weekdays()?;
        tokens.end("a comma or the end")?;
        Ok(weekdays)
    }
}

for_texts!(IntoWeekdays, into_weekdays -> Result<Vec<Weekday>>);

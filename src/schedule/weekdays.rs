//! Weekdays.

use chrono::Weekday;

/// One [`Weekday`], or several: what [`on`](crate::Every::on) takes.
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
/// let days = [one, two, many].map(|job| job.next_run().unwrap().date_naive().to_string());
/// assert_eq!(days, ["1970-01-05", "1970-01-02", "1970-01-03"]);
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoWeekdays: sealed::Sealed {
    /// Collects the weekdays, in the order given.
    ///
    /// ```
    /// use punctual::{IntoWeekdays, Weekday};
    /// assert_eq!(Weekday::Mon.into_weekdays(), [Weekday::Mon]);
    /// assert_eq!([Weekday::Fri, Weekday::Mon].into_weekdays(), [Weekday::Fri, Weekday::Mon]);
    /// ```
    fn into_weekdays(self) -> Vec<Weekday>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! weekdays {
    ($([$($n:ident)?] $several:ty: $days:ident -> $vec:expr;)*) => {$(
        impl$(<const $n: usize>)? sealed::Sealed for $several {}

        impl$(<const $n: usize>)? IntoWeekdays for $several {
            fn into_weekdays(self) -> Vec<Weekday> {
                let $days = self;
                $vec
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

//! Weekdays, as `on` takes them.

use chrono::Weekday;

/// What [`on`](crate::Every::on) takes: one [`Weekday`], or several.
///
/// This trait is sealed: it is implemented in this crate alone.
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
    /// The weekdays, one by one.
    #[doc(hidden)]
    fn into_weekdays(self) -> Vec<Weekday>;
}

mod sealed {
    use chrono::Weekday;

    pub trait Sealed {}

    impl Sealed for Weekday {}
    impl Sealed for &[Weekday] {}
    impl<const N: usize> Sealed for [Weekday; N] {}
    impl<const N: usize> Sealed for &[Weekday; N] {}
    impl Sealed for Vec<Weekday> {}
    impl Sealed for &Vec<Weekday> {}
}

impl IntoWeekdays for Weekday {
    fn into_weekdays(self) -> Vec<Weekday> {
        vec![self]
    }
}

impl IntoWeekdays for &[Weekday] {
    fn into_weekdays(self) -> Vec<Weekday> {
        self.to_vec()
    }
}

impl<const N: usize> IntoWeekdays for [Weekday; N] {
    fn into_weekdays(self) -> Vec<Weekday> {
        self.to_vec()
    }
}

impl<const N: usize> IntoWeekdays for &[Weekday; N] {
    fn into_weekdays(self) -> Vec<Weekday> {
        self.to_vec()
    }
}

impl IntoWeekdays for Vec<Weekday> {
    fn into_weekdays(self) -> Vec<Weekday> {
        self
    }
}

impl IntoWeekdays for &Vec<Weekday> {
    fn into_weekdays(self) -> Vec<Weekday> {
        self.clone()
    }
}

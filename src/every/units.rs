//! How often: the units of a sentence.

use std::time::Duration;

use chrono::Weekday;

use super::{
    draft::Draft,
    state::{Dates, Days, Hours, Length, Minutes, Months, Seconds, Unsaid, Weeks, Years},
    Every,
};
use crate::{
    schedule::{IntoCount, Schedule},
    trigger::{Unit, WeekdaySet},
};

/// How often.
impl Every<Unsaid> {
    /// Every second. Same as `seconds(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().second().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:01+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn second(self) -> Every<Seconds> {
        self.seconds(1)
    }

    /// Every minute, counted from the registration, or at the second that `at` names. Same as `minutes(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().minute().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:01:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn minute(self) -> Every<Minutes> {
        self.minutes(1)
    }

    /// Every hour, counted from the registration, or at the minute that `at` names. Same as `hours(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hour().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T01:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn hour(self) -> Every<Hours> {
        self.hours(1)
    }

    /// Every day, at the time of the registration or the times that `at` names. Same as `days(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().day().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn day(self) -> Every<Days> {
        self.days(1)
    }

    /// Every week, on the weekday and at the time of the registration, or on the days that `on` names. Same as
    /// `weeks(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().week().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-08T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn week(self) -> Every<Weeks> {
        self.weeks(1)
    }

    /// Every month, on the day and at the time of the registration, or on the day that an `on_…` names. Same as
    /// `months(1)`. Day 31 is clamped to the last day of shorter months, and returns to the 31st afterwards.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-02-01T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn month(self) -> Every<Months> {
        self.months(1)
    }

    /// Every year, on the date and at the time of the registration, or on the date that `on_date` names. Same as
    /// `years(1)`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().year().run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1971-01-01T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn year(self) -> Every<Years> {
        self.years(1)
    }

    /// Every `n` milliseconds.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().millis(250).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:00.250+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn millis(self, n: impl IntoCount) -> Every<Seconds> {
        self.count(n, Unit::Millisecond)
    }

    /// Every `n` seconds.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().seconds(10).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:10+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn seconds(self, n: impl IntoCount) -> Every<Seconds> {
        self.count(n, Unit::Second)
    }

    /// Every `n` minutes.
    ///
    /// With `n` above one and `at`, matching starts `n` minutes from now, as in Python's `schedule`:
    /// `minutes(5).at(":17")` that is registered at 12:00:40 first runs at 12:05:17.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().minutes(5).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:05:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn minutes(self, n: impl IntoCount) -> Every<Minutes> {
        self.count(n, Unit::Minute)
    }

    /// Every `n` hours of elapsed time. With `n` above one and `at`, matching starts `n` hours from now, as in Python's
    /// `schedule`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hours(2).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T02:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn hours(self, n: impl IntoCount) -> Every<Hours> {
        self.count(n, Unit::Hour)
    }

    /// Every `n` days by the calendar: the wall time stays the same when the offset of the zone changes. With `n` above
    /// one and `at`, matching starts `n` days from now, as in Python's `schedule`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().days(3).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-04T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn days(self, n: impl IntoCount) -> Every<Days> {
        self.count(n, Unit::Day)
    }

    /// Every `n` weeks.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weeks(2).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-15T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn weeks(self, n: impl IntoCount) -> Every<Weeks> {
        self.count(n, Unit::Week)
    }

    /// Every `n` months.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().months(3).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-04-01T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn months(self, n: impl IntoCount) -> Every<Months> {
        self.count(n, Unit::Month)
    }

    /// Every `n` years. 29 February is clamped to the 28th in common years.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().years(10).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1980-01-01T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn years(self, n: impl IntoCount) -> Every<Years> {
        self.count(n, Unit::Year)
    }

    /// Every `length` of elapsed time, to the nanosecond. A length of zero is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().duration(std::time::Duration::from_millis(1500)).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:01.500+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn duration(self, length: Duration) -> Every<Length> {
        self.map_state(|_| Schedule::interval(length).map(Draft::from))
    }

    /// Every Monday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().monday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-05T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn monday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Mon)
    }

    /// Every Tuesday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().tuesday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-06T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tuesday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Tue)
    }

    /// Every Wednesday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().wednesday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-07T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn wednesday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Wed)
    }

    /// Every Thursday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().thursday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn thursday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Thu)
    }

    /// Every Friday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().friday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn friday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Fri)
    }

    /// Every Saturday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().saturday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-03T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn saturday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Sat)
    }

    /// Every Sunday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().sunday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-04T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn sunday(self) -> Every<Dates> {
        self.day_of_week(Weekday::Sun)
    }

    /// Every day from Monday to Friday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weekday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn weekday(self) -> Every<Dates> {
        self.days_of_week(WeekdaySet::WEEKDAYS)
    }

    /// Every Saturday and Sunday, at the time of the registration or the times that `at` names.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weekend().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-03T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn weekend(self) -> Every<Dates> {
        self.days_of_week(WeekdaySet::WEEKEND)
    }

    fn count<T>(self, n: impl IntoCount, unit: Unit) -> Every<T> {
        self.map_state(|_| Schedule::every(n, unit).map(Draft::from))
    }

    fn day_of_week(self, weekday: Weekday) -> Every<Dates> {
        self.days_of_week([weekday].into_iter().collect())
    }

    fn days_of_week(self, days: WeekdaySet) -> Every<Dates> {
        self.map_state(|_| Schedule::every(1, Unit::Week)?.on_weekdays(days).map(Draft::from))
    }
}

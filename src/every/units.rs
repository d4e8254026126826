//! How often: the units of a sentence, and what can be said of each.

use std::{marker::PhantomData, time::Duration};

use chrono::Weekday;

use super::{
    count::{at_least_one, in_range, Count},
    draft::{Draft, On},
    state::{Dates, Days, Hours, Length, Minutes, Months, Seconds, Unsaid, Weeks, Years},
    time::{time_of_hour, time_of_minute, IntoTime},
    weekdays::IntoWeekdays,
    Every,
};
use crate::{
    error::{Error, Result},
    trigger::{DayOfMonth, Unit, WeekdaySet},
};

impl Every<Unsaid> {
    /// Every second: `seconds(1)`.
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

    /// Every minute, counted from the registration, unless `at` says which second: `minutes(1)`.
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

    /// Every hour, counted from the registration, unless `at` says which minute: `hours(1)`.
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

    /// Every day at the time of the registration, unless `at` says when: `days(1)`.
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

    /// Every week on the weekday and at the time of the registration, unless `on` says which day: `weeks(1)`.
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

    /// Every month on the day and at the time of the registration, unless an `on_…` says which day: `months(1)`.
    /// The 31st is the last day of a shorter month, and the 31st again in a longer one.
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

    /// Every year on the date and at the time of the registration, unless `on_date` says which day: `years(1)`.
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
    pub fn millis(self, n: impl Count) -> Every<Seconds> {
        self.every(n, Unit::Millisecond)
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
    pub fn seconds(self, n: impl Count) -> Every<Seconds> {
        self.every(n, Unit::Second)
    }

    /// Every `n` minutes. With `at` and more than one minute the first run is `n` minutes ahead, as in Python's `schedule`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().minutes(5).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:05:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn minutes(self, n: impl Count) -> Every<Minutes> {
        self.every(n, Unit::Minute)
    }

    /// Every `n` hours of elapsed time. With `at` and more than one hour the first run is `n` hours ahead, as in Python's
    /// `schedule`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hours(2).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T02:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn hours(self, n: impl Count) -> Every<Hours> {
        self.every(n, Unit::Hour)
    }

    /// Every `n` days by the calendar: the time of day stays, whatever the clocks are set to in between. With `at` and
    /// more than one day the first run is `n` days ahead, as in Python's `schedule`.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().days(3).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-04T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn days(self, n: impl Count) -> Every<Days> {
        self.every(n, Unit::Day)
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
    pub fn weeks(self, n: impl Count) -> Every<Weeks> {
        self.every(n, Unit::Week)
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
    pub fn months(self, n: impl Count) -> Every<Months> {
        self.every(n, Unit::Month)
    }

    /// Every `n` years. 29 February is the 28th in other years.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().years(10).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1980-01-01T00:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn years(self, n: impl Count) -> Every<Years> {
        self.every(n, Unit::Year)
    }

    /// Every so much elapsed time, to the nanosecond. A length of zero is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().duration(std::time::Duration::from_millis(1500)).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:01.500+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn duration(self, length: Duration) -> Every<Length> {
        self.go_on(|_| Ok(Draft::every(nanos(length)?, Unit::Nanosecond)))
    }

    /// Every Monday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().monday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-05T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn monday(self) -> Every<Dates> {
        self.on_days([Weekday::Mon].into_iter().collect())
    }

    /// Every Tuesday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().tuesday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-06T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn tuesday(self) -> Every<Dates> {
        self.on_days([Weekday::Tue].into_iter().collect())
    }

    /// Every Wednesday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().wednesday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-07T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn wednesday(self) -> Every<Dates> {
        self.on_days([Weekday::Wed].into_iter().collect())
    }

    /// Every Thursday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().thursday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn thursday(self) -> Every<Dates> {
        self.on_days([Weekday::Thu].into_iter().collect())
    }

    /// Every Friday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().friday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-02T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn friday(self) -> Every<Dates> {
        self.on_days([Weekday::Fri].into_iter().collect())
    }

    /// Every Saturday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().saturday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-03T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn saturday(self) -> Every<Dates> {
        self.on_days([Weekday::Sat].into_iter().collect())
    }

    /// Every Sunday, at the time of the registration unless `at` says when.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().sunday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-04T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn sunday(self) -> Every<Dates> {
        self.on_days([Weekday::Sun].into_iter().collect())
    }

    /// Every day from Monday to Friday.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weekday().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn weekday(self) -> Every<Dates> {
        self.on_days(WeekdaySet::WEEKDAYS)
    }

    /// Every Saturday and Sunday.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weekend().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-03T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn weekend(self) -> Every<Dates> {
        self.on_days(WeekdaySet::WEEKEND)
    }

    fn every<T>(self, n: impl Count, unit: Unit) -> Every<T> {
        let n = at_least_one(n, format_args!("{}s", unit.name()));
        Every { inner: self.inner, draft: n.map(|n| Draft::every(n, unit)), state: PhantomData }
    }

    fn on_days(self, days: WeekdaySet) -> Every<Dates> {
        self.week().go_on(|draft| draft.on(On::Weekdays(days)))
    }
}

/// A length in nanoseconds, when it is neither zero nor longer than 584 years.
fn nanos(length: Duration) -> Result<u64> {
    match u64::try_from(length.as_nanos()) {
        Ok(0) => Err(Error::count("invalid duration 0ns: it must be longer than zero".to_owned())),
        Ok(nanos) => Ok(nanos),
        Err(_) => Err(Error::never(format!("the interval of {length:?} is too long: expected at most 584 years"))),
    }
}

impl<B> Every<Seconds, B> {
    /// Makes the length random: from the number given to the unit up to `longest`, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().seconds(5).to(10).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::seconds(5)..=chrono::TimeDelta::seconds(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }
}

impl<B> Every<Length, B> {
    /// Makes the length random: from the one given up to `longest`, both included, drawn anew for every run, to the
    /// nanosecond. A `longest` below it is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use std::{marker::PhantomData, time::Duration};
    /// let job = scheduler.every().duration(Duration::from_millis(5)).to(Duration::from_millis(10)).run(|| {})?;
    /// let wait = (job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH).to_std().unwrap();
    /// assert!((Duration::from_millis(5)..=Duration::from_millis(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: Duration) -> Self {
        self.and_then(|draft| match longest.as_nanos() {
            0 => draft.to(0),
            _ => draft.to(nanos(longest)?.into()),
        })
    }
}

impl<B> Every<Minutes, B> {
    /// Makes the length random: from the number given to the unit up to `longest` minutes, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().minutes(5).to(10).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::minutes(5)..=chrono::TimeDelta::minutes(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// At which second of the minute: `:SS`. A second `at` adds a second time.
    ///
    /// Other text is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().minute().at(":17").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:17+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at(self, time: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.at(time_of_minute(time.as_ref())?))
    }
}

impl<B> Every<Hours, B> {
    /// Makes the length random: from the number given to the unit up to `longest` hours, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hours(5).to(10).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::hours(5)..=chrono::TimeDelta::hours(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// At which minute of the hour: `:MM`, or `MM:SS` for a second of it. A second `at` adds a second time.
    ///
    /// The hours count elapsed time, so the hour that an autumn night has twice gets a run each time. Other text is an error
    /// that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hour().at(":30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:30:00+00:00");
    /// let job = scheduler.every().hour().at("30:15").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T00:30:15+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at(self, time: impl AsRef<str>) -> Self {
        self.and_then(|draft| draft.at(time_of_hour(time.as_ref())?))
    }
}

impl<B> Every<Days, B> {
    /// Makes the length random: from the number given to the unit up to `longest` days, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().days(5).to(10).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::days(5)..=chrono::TimeDelta::days(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// At which time of the day: `HH:MM` or `HH:MM:SS` (an hour of one digit will do), or a `NaiveTime`. A second `at` adds
    /// a second time.
    ///
    /// A time that a day lacks, because the clocks go forward, comes later by the gap; a time that a day has twice comes at
    /// the first. Other text is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().day().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at(self, time: impl IntoTime) -> Self {
        self.and_then(|draft| draft.at(time.into_time("a daily job")?))
    }
}

impl<B> Every<Weeks, B> {
    /// Makes the length random: from the number given to the unit up to `longest` weeks, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().weeks(1).to(2).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::weeks(1)..=chrono::TimeDelta::weeks(2)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// On which days of the week: a `Weekday`, or several. The first run is on the first of them; with more than one week, the
    /// weeks are counted from that of the first run, and begin on Monday.
    ///
    /// No weekday at all is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Weekday;
    /// let job = scheduler.every().weeks(2).on([Weekday::Mon, Weekday::Thu]).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on(self, days: impl IntoWeekdays) -> Every<Dates, B> {
        self.go_on(|draft| {
            let days: WeekdaySet = days.into_weekdays().into_iter().collect();
            if days.is_empty() {
                return Err(Error::date("invalid weekdays []: expected at least one".to_owned()));
            }
            draft.on(On::Weekdays(days))
        })
    }
}

impl<B> Every<Months, B> {
    /// Makes the length random: from the number given to the unit up to `longest` months, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().months(1).to(2).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::days(31)..=chrono::TimeDelta::days(59)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// On a day of the month, 1 to 31; in a shorter month on its last day.
    ///
    /// Another number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_day(15).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-15T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_day(self, day: impl Count) -> Every<Dates, B> {
        self.go_on(|draft| {
            let day = in_range(day, 1, 31, format_args!("day of the month {}", day.count()))?;
            draft.on(On::Day(DayOfMonth::Number(day.into())))
        })
    }

    /// On the last day of the month.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_last_day().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-31T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last_day(self) -> Every<Dates, B> {
        self.go_on(|draft| draft.on(On::Day(DayOfMonth::Last)))
    }

    /// On the first to the fifth of a weekday in the month. A month without a fifth is passed over.
    ///
    /// Another number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Weekday;
    /// let job = scheduler.every().month().on_nth(2, Weekday::Tue).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-13T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nth(self, n: impl Count, weekday: Weekday) -> Every<Dates, B> {
        self.go_on(|draft| {
            let n = in_range(n, 1, 5, format_args!("number {} of a weekday in the month", n.count()))?;
            draft.on(On::Day(DayOfMonth::Nth(n, weekday)))
        })
    }

    /// On the last of a weekday in the month.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Weekday;
    /// let job = scheduler.every().month().on_last(Weekday::Fri).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-30T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last(self, weekday: Weekday) -> Every<Dates, B> {
        self.go_on(|draft| draft.on(On::Day(DayOfMonth::LastWeekday(weekday))))
    }
}

impl<B> Every<Years, B> {
    /// Makes the length random: from the number given to the unit up to `longest` years, both included, drawn anew for
    /// every run. A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().years(1).to(2).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::days(365)..=chrono::TimeDelta::days(730)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to(self, longest: impl Count) -> Self {
        self.range(longest)
    }

    /// On a date of the year: the month, 1 to 12, then the day. 29 February is the 28th in other years.
    ///
    /// A date that never comes is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().year().on_date(12, 25).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-12-25T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_date(self, month: impl Count, day: impl Count) -> Every<Dates, B> {
        self.go_on(|draft| {
            let month = in_range(month, 1, 12, format_args!("month {}", month.count()))?;
            let (name, last) = longest(month);
            let day = in_range(day, 1, last, format_args!("day of {name} {}", day.count()))?;
            draft.on(On::Date { month, day })
        })
    }
}

impl<B> Every<Dates, B> {
    /// At which time of the day: `HH:MM` or `HH:MM:SS` (an hour of one digit will do), or a `NaiveTime`. A second `at` adds
    /// a second time; without any, it is the time of the registration.
    ///
    /// A time that a day lacks, because the clocks go forward, comes later by the gap; a time that a day has twice comes at
    /// the first. Other text is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().monday().at("13:15").at("9:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-05T09:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at(self, time: impl IntoTime) -> Self {
        self.and_then(|draft| {
            let time = time.into_time(draft.kind_of_job())?;
            draft.at(time)
        })
    }
}

impl<S, B> Every<S, B> {
    fn range(self, longest: impl Count) -> Self {
        self.and_then(|draft| draft.to(longest.count()))
    }
}

/// The name of a month, and how many days it has at most.
fn longest(month: u8) -> (&'static str, u8) {
    const LEAP_YEAR: i32 = 2000;
    let name = chrono::Month::try_from(month).map_or("", |month| month.name());
    let last = (28..=31).rev().find(|day| chrono::NaiveDate::from_ymd_opt(LEAP_YEAR, month.into(), *day).is_some());
    (name, last.map_or(31, |day| day as u8))
}

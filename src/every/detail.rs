//! What follows a unit: a range, days, times.

use chrono::Weekday;

use super::{
    state::{Daily, Dates, Monthly, Ranged, Timed, Weekly, Yearly},
    Every,
};
use crate::schedule::{IntoCount, IntoTime, IntoWeekdays, Schedule};

/// How often exactly, on which days, and at which times of them. The unit decides which of these apply.
impl<S, B> Every<S, B> {
    /// Makes the interval random: from the number given to the unit up to `longest` of the same unit, inclusive, drawn
    /// for every run. After [`duration`](Every::duration), `longest` is a `Duration`.
    ///
    /// With [`until`](Every::until), only numbers whose run is not after the deadline are drawn. The job ends when even
    /// the lowest number leads to a run after the deadline.
    ///
    /// A `longest` below that number is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use std::time::Duration;
    /// let job = scheduler.every().minutes(5).to(10).run(|| {})?;
    /// let wait = job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH;
    /// assert!((chrono::TimeDelta::minutes(5)..=chrono::TimeDelta::minutes(10)).contains(&wait));
    ///
    /// let job = scheduler.every().duration(Duration::from_millis(5)).to(Duration::from_millis(10)).run(|| {})?;
    /// let wait = (job.next_run().unwrap() - chrono::DateTime::UNIX_EPOCH).to_std().unwrap();
    /// assert!((Duration::from_millis(5)..=Duration::from_millis(10)).contains(&wait));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to<L>(self, longest: L) -> Self
    where
        S: Ranged<L>,
    {
        self.map_schedule(|schedule| S::to(schedule, longest))
    }

    /// Adds a time. A second `at` adds a second time.
    ///
    /// | after | takes | means |
    /// | --- | --- | --- |
    /// | minutes | `":SS"` | that second of the minute |
    /// | hours | `":MM"`, `"MM:SS"` | that minute of the hour |
    /// | days, weekdays, dates | `"HH:MM"`, `"H:MM"`, `"HH:MM:SS"`, a `NaiveTime` | that time of the day |
    ///
    /// Weeks, months and years take a time once their days are named. Text in another form is an error that `run`
    /// returns, as are more than 1,440 times, those of alternatives included.
    ///
    /// With a number of units above one, matching starts that many units from now: `minutes(5).at(":17")` that is
    /// registered at 12:00:40 first runs at 12:05:17, not at 12:01:17.
    ///
    /// A time of day that a gap skips is shifted later by the length of the gap; one in an overlap is its first
    /// occurrence. `hour().at(":30")` runs whenever the clock shows that minute: twice in an overlap, and not in a gap.
    /// The same is true of `minute().at(":17")`. Larger numbers of hours or minutes count elapsed time, and each run is
    /// when the clock shows that minute or second.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let minutely = scheduler.every().minute().at(":17").run(|| {})?;
    /// assert_eq!(minutely.next_run().unwrap().to_rfc3339(), "1970-01-01T00:00:17+00:00");
    /// let hourly = scheduler.every().hour().at(":30").at("15:10").run(|| {})?;
    /// assert_eq!(hourly.next_run().unwrap().to_rfc3339(), "1970-01-01T00:15:10+00:00");
    /// let daily = scheduler.every().day().at("10:30").run(|| {})?;
    /// assert_eq!(daily.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// let weekly = scheduler.every().monday().at("13:15").at("9:30").run(|| {})?;
    /// assert_eq!(weekly.next_run().unwrap().to_rfc3339(), "1970-01-05T09:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at<T>(self, time: T) -> Self
    where
        S: Timed<T>,
    {
        self.map_schedule(|schedule| S::at(schedule, time))
    }

    /// Runs once on each day, at a random moment: from `open` up to, but not including, `close`, drawn for each day. It
    /// may cross midnight, and `"24:00"` is the end of the day. Instead of `at` and `between`.
    ///
    /// A job that is registered at ten with `at_random("09:00", "11:00")` still runs today, between ten and eleven.
    /// With [`until`](Every::until), moments up to the deadline are drawn. The moment is the run's slot, and what
    /// [`Job::next_run`](crate::Job::next_run) returns.
    ///
    /// Two equal times are an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().day().at_random("09:00", "11:00").run(|| println!("tea, at some time"))?;
    /// let hours = job.upcoming(7).iter().map(|slot| slot.timestamp() % 86_400 / 3_600).collect::<Vec<_>>();
    /// assert!(hours.iter().all(|hour| (9..11).contains(hour)), "{hours:?}");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn at_random(self, open: impl IntoTime, close: impl IntoTime) -> Self
    where
        S: Daily,
    {
        self.map_schedule(|schedule| schedule.at_random(open, close))
    }

    /// Limits weeks to some of their days, as [`Weekday`]s or as text such as `"mon and thu"`. The first run is on the
    /// next of these days; the job then runs in every `n`-th week, Monday to Sunday.
    ///
    /// An empty list, and text that names no weekday, are errors that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Weekday;
    /// let job = scheduler.every().weeks(2).on([Weekday::Mon, Weekday::Thu]).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on(self, weekdays: impl IntoWeekdays) -> Every<Dates, B>
    where
        S: Weekly,
    {
        self.map_schedule(|schedule| schedule.on(weekdays))
    }

    /// Limits months to a day, 1 to 31, clamped to the last day of shorter months.
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
    pub fn on_day(self, day: impl IntoCount) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_day(day))
    }

    /// Limits months to several days, each as [`on_day`](Every::on_day) does.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_days([1, 16]).at("01:30").run(|| {})?;
    /// let next: Vec<_> = job.upcoming(3).iter().map(|slot| slot.date_naive().to_string()).collect();
    /// assert_eq!(next, ["1970-01-01", "1970-01-16", "1970-02-01"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_days<N: IntoCount>(self, days: impl IntoIterator<Item = N>) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_days(days))
    }

    /// Limits months to the day from Monday to Friday that is nearest to a day, in the same month. The day, 1 to 31, is
    /// clamped to the last of shorter months. The first working day of a month is `on_nearest_weekday(1)`, the last one
    /// [`on_last_weekday`](Every::on_last_weekday).
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_nearest_weekday(17).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-16T10:30:00+00:00", "the 17th is a Saturday");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nearest_weekday(self, day: impl IntoCount) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_nearest_weekday(day))
    }

    /// Limits months to the `n`-th day from their end, 1 to 31: 1 is the last day, 2 the day before it. Months with
    /// fewer days are skipped.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_nth_last_day(3).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-29T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_nth_last_day(self, n: impl IntoCount) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_nth_last_day(n))
    }

    /// Limits months to the last of their days from Monday to Friday.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_last_weekday().at("17:00").run(|| println!("the last working day"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-30T17:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last_weekday(self) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(Schedule::on_last_weekday)
    }

    /// Limits months to their last day.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().month().on_last_day().at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-31T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last_day(self) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(Schedule::on_last_day)
    }

    /// Limits months to the first to fifth of a weekday. Months without a fifth are skipped.
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
    pub fn on_nth(self, n: impl IntoCount, weekday: Weekday) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_nth(n, weekday))
    }

    /// Limits months to the last of a weekday.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::Weekday;
    /// let job = scheduler.every().month().on_last(Weekday::Fri).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-30T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_last(self, weekday: Weekday) -> Every<Dates, B>
    where
        S: Monthly,
    {
        self.map_schedule(|schedule| schedule.on_last(weekday))
    }

    /// Limits years to a date: the month, 1 to 12, then the day. 29 February is clamped to the 28th in common years.
    ///
    /// A date that no year has is an error that `run` returns.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().year().on_date(12, 25).at("10:30").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-12-25T10:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn on_date(self, month: impl IntoCount, day: impl IntoCount) -> Every<Dates, B>
    where
        S: Yearly,
    {
        self.map_schedule(|schedule| schedule.on_date(month, day))
    }
}

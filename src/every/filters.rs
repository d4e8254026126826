//! The filters of a sentence: the parts of the day, the hours, the months and the dates to which its runs are limited.

use super::{state::Repeating, Every};
use crate::schedule::{IntoCount, IntoDates, IntoMonths, IntoTime};

/// To what runs are limited, for schedules that repeat.
impl<S: Repeating, B> Every<S, B> {
    /// Limits runs to a part of the day, the window: from `open` up to, but not including, `close`, in the sentence's
    /// zone. It may cross midnight. `"24:00"` closes it at the end of the day.
    ///
    /// Slots outside the window are left out: the job continues with the first slot of its grid inside. A slot of a
    /// random interval moves to the next time the window opens, possibly on the following day. A late run that would
    /// start outside is skipped, and reported as [`Skip::Window`](crate::Skip::Window).
    ///
    /// A window without a slot for 60 years is an error that `run` returns, as is an empty window. This is computed,
    /// not searched for day by day. A trigger of your own is asked up to 1,000 times.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    /// let job = scheduler.every().minutes(20).between("09:00", "17:30").tz("UTC").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T09:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn between(self, open: impl IntoTime, close: impl IntoTime) -> Self {
        self.map_schedule(|schedule| schedule.between(open, close))
    }

    /// Limits runs to some dates: days of the week or the month, dates, or a [calendar](crate::Scheduler::calendar). A
    /// second `only_on` limits them to the dates that are in both.
    ///
    /// Slots on other dates are left out, and the grid stays where it is. The date of the slot decides: unlike
    /// [`between`](Every::between), a filter does not prevent a run that is late, or delayed by
    /// [`jitter`](Every::jitter), from starting on another date.
    ///
    /// After [`or`](Every::or), applies to the first schedule. See [`Schedule::only_on`](crate::Schedule::only_on) for
    /// details.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// use punctual::dates;
    /// let job = scheduler.every().hours(8).only_on(dates::WEEKEND).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-03T00:00:00+00:00");
    /// let job = scheduler.every().day().at("09:00").only_on("the last weekday").run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-30T09:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_on(self, dates: impl IntoDates) -> Self {
        self.map_schedule(|schedule| schedule.only_on(dates))
    }

    /// Limits runs to some months, as [`only_on`](Every::only_on) does to dates. After [`or`](Every::or), applies to
    /// the first schedule.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().day().at("06:00").only_in("june to august").run(|| println!("water"))?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-06-01T06:00:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_in(self, months: impl IntoMonths) -> Self {
        self.map_schedule(|schedule| schedule.only_in(months))
    }

    /// Limits runs to some hours of the day, 0 to 23, as [`only_on`](Every::only_on) does to dates. After
    /// [`or`](Every::or), applies to the first schedule.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// let job = scheduler.every().hour().at(":30").only_in_hours([9, 12, 15]).run(|| {})?;
    /// assert_eq!(job.next_run().unwrap().to_rfc3339(), "1970-01-01T09:30:00+00:00");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_in_hours<N: IntoCount>(self, hours: impl IntoIterator<Item = N>) -> Self {
        self.map_schedule(|schedule| schedule.only_in_hours(hours))
    }

    /// Leaves out runs on some dates: the opposite of [`only_on`](Every::only_on), but also for the alternatives added
    /// so far. A second `except_on` leaves out its dates, too.
    ///
    /// ```
    /// # use punctual::{ManualClock, Scheduler};
    /// # let scheduler = Scheduler::builder().clock(ManualClock::new(chrono::DateTime::UNIX_EPOCH)).tz("UTC").build()?;
    /// scheduler.calendar("holidays", "1970-01-02 to 1970-01-06")?;
    /// let saturday = punctual::every().saturday().at("11:00").schedule()?;
    /// let job = scheduler.every().weekday().at("09:00").or(saturday).except_on("holidays").run(|| {})?;
    /// let next: Vec<_> = job.upcoming(3).iter().map(|slot| slot.date_naive().to_string()).collect();
    /// assert_eq!(next, ["1970-01-01", "1970-01-07", "1970-01-08"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn except_on(self, dates: impl IntoDates) -> Self {
        self.map_schedule(|schedule| schedule.except_on(dates))
    }
}

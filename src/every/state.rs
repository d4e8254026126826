//! The states of a sentence. Each offers only the methods that make sense there.
//!
//! You only need to name a state to return an unfinished sentence from a function:
//!
//! ```
//! use punctual::{every, state::Days, Every};
//!
//! fn nightly() -> Every<Days> {
//!     every().day().at("02:00")
//! }
//! assert_eq!(nightly().schedule()?.to_string(), "every day at 02:00");
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # What does not compile
//!
//! Singular units take no count, and plural units take one:
//!
//! ```compile_fail,E0061
//! punctual::every().second(5);
//! ```
//! ```compile_fail,E0061
//! punctual::every().seconds();
//! ```
//!
//! Seconds have no part to name, and weeks, months and years take a time only once their days are named:
//!
//! ```compile_fail,E0277
//! punctual::every().seconds(5).at(":30");
//! ```
//! ```compile_fail,E0277
//! punctual::every().week().at("10:30");
//! ```
//! ```compile_fail,E0277
//! punctual::every().months(2).at("10:30");
//! ```
//! ```compile_fail,E0277
//! punctual::every().year().at("10:30");
//! ```
//!
//! A weekday has no interval that could be random, and days are named once:
//!
//! ```compile_fail,E0277
//! punctual::every().monday().to(3);
//! ```
//! ```compile_fail,E0599
//! punctual::every().monday().tuesday();
//! ```
//! ```compile_fail,E0277
//! punctual::every().day().on_day(15);
//! ```
//! ```compile_fail,E0277
//! punctual::every().week().on(punctual::Weekday::Mon).on(punctual::Weekday::Tue);
//! ```
//!
//! ```compile_fail,E0277
//! punctual::every().month().at_random("09:00", "11:00");
//! ```
//!
//! A body that mutates its captures cannot run on several workers at a time:
//!
//! ```compile_fail,E0594
//! let mut runs = 0;
//! punctual::every().second().max_instances(2).run(move || runs += 1);
//! ```
//!
//! Hours take no time of day, only text that names a part of the hour:
//!
//! ```compile_fail,E0277
//! punctual::every().hour().at(chrono::NaiveTime::MIN);
//! ```
//!
//! A sentence has one unit, and options follow it:
//!
//! ```compile_fail,E0599
//! punctual::every().day().hour();
//! ```
//! ```compile_fail,E0277
//! punctual::every().at("10:30");
//! ```

use std::time::Duration;

use crate::{
    error::Result,
    schedule::{IntoCount, IntoTime, Schedule},
};

mod sealed {
    pub trait Sealed {}
}

/// A state that says how often: a sentence in it can end.
///
/// ```compile_fail,E0277
/// // How often?
/// punctual::every().run(|| {});
/// ```
#[diagnostic::on_unimplemented(
    message = "this sentence does not say how often",
    label = "a unit is missing",
    note = "name a unit first, as in `every().day()` or `every().minutes(5)`"
)]
pub trait Complete: sealed::Sealed {}

/// A state with more than one run: `starting`, `times` and `between` apply.
///
/// ```compile_fail,E0599
/// // A delay has a single run.
/// punctual::after(std::time::Duration::from_secs(1)).times(3);
/// ```
pub trait Repeating: Complete {}

/// A state with an interval that `to` makes random. `L` is the type of the longest: a count, or a `Duration`.
///
/// ```compile_fail,E0277
/// punctual::every().monday().to(3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`to` does not apply to `{Self}`",
    label = "no interval that could be random",
    note = "`to` follows the count of a unit, as in `minutes(5).to(10)`, or a length, as in `duration(a).to(b)`"
)]
pub trait Ranged<L>: sealed::Sealed {
    /// Makes the interval of a schedule random.
    #[doc(hidden)]
    fn to(schedule: Schedule, longest: L) -> Result<Schedule>;
}

/// A state that takes `at`. `T` is the type of the time: text, or for days and dates also a `NaiveTime`.
///
/// ```compile_fail,E0277
/// punctual::every().seconds(5).at(":30");
/// ```
#[diagnostic::on_unimplemented(
    message = "`at` does not apply to `{Self}`",
    label = "no part that could be named",
    note = "`at` takes \":SS\" after minutes, \":MM\" or \"MM:SS\" after hours, and \"HH:MM\" or \"HH:MM:SS\" after days",
    note = "after weeks, months and years, name the days first, as in `week().on(Weekday::Mon).at(\"10:30\")`"
)]
pub trait Timed<T>: sealed::Sealed {
    /// Adds a time to a schedule.
    #[doc(hidden)]
    fn at(schedule: Schedule, time: T) -> Result<Schedule>;
}

/// A state with days, counted or named, that take a time: `at_random` applies.
///
/// ```compile_fail,E0277
/// punctual::every().hour().at_random("09:00", "11:00");
/// ```
#[diagnostic::on_unimplemented(
    message = "`at_random` does not apply to `{Self}`",
    label = "no days on which a moment could be drawn",
    note = "`at_random` follows days, as in `day().at_random(\"09:00\", \"11:00\")`",
    note = "after weeks, months and years, name the days first, as in `week().on(Weekday::Mon)`"
)]
pub trait Daily: sealed::Sealed {}

/// A state that counts weeks, whose days are not named yet: `on` applies.
///
/// ```compile_fail,E0277
/// punctual::every().minutes(20).on(punctual::Weekday::Mon);
/// ```
#[diagnostic::on_unimplemented(
    message = "`on` does not apply to `{Self}`",
    label = "no weeks whose days could be named",
    note = "`on` names the days of weeks, once: `week().on(Weekday::Mon)`, `weeks(2).on([Weekday::Mon, Weekday::Thu])`"
)]
pub trait Weekly: sealed::Sealed {}

/// A state that counts months, whose day is not named yet: `on_day`, `on_last_day`, `on_nth` and `on_last` apply.
///
/// ```compile_fail,E0277
/// punctual::every().year().on_day(15);
/// ```
#[diagnostic::on_unimplemented(
    message = "a day of the month does not apply to `{Self}`",
    label = "no months whose day could be named",
    note = "it names the day of months, once: `month().on_day(15)`, `months(3).on_last(Weekday::Fri)`"
)]
pub trait Monthly: sealed::Sealed {}

/// A state that counts years, whose date is not named yet: `on_date` applies.
///
/// ```compile_fail,E0277
/// punctual::every().month().on_date(12, 25);
/// ```
#[diagnostic::on_unimplemented(
    message = "`on_date` does not apply to `{Self}`",
    label = "no years whose date could be named",
    note = "`on_date` names the date of years, once: `year().on_date(12, 25)`"
)]
pub trait Yearly: sealed::Sealed {}

/// Where the body runs: in the polling thread, or on workers.
pub trait Placement: sealed::Sealed {
    /// The same after [`parallel`](crate::Every::parallel).
    type Parallel: Placement;
    /// Whether several runs may be in progress at a time.
    #[doc(hidden)]
    const IS_SHARED: bool = false;
}

/// The body runs once at a time, so it may mutate its captures: `FnMut`.
pub trait OneAtATime: Placement {}

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident: $($capability:ident)*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $state {}
        impl sealed::Sealed for $state {}
        $(impl $capability for $state {})*
    )*};
}

states! {
    /// `every()`: a unit comes next.
    Unsaid:;
    /// Milliseconds and seconds: `to`.
    Seconds: Complete Repeating;
    /// Any `Duration`: `to`.
    Length: Complete Repeating;
    /// Minutes: `at(":30")`, `to`.
    Minutes: Complete Repeating;
    /// Hours: `at(":30")`, `at("30:15")`, `to`.
    Hours: Complete Repeating;
    /// Days: `at("10:30")`, `to`.
    Days: Complete Repeating;
    /// Weeks: `on` weekdays, `to`.
    Weeks: Complete Repeating;
    /// Months: `on_day`, `on_last_day`, `on_nth`, `on_last`, `to`.
    Months: Complete Repeating;
    /// Years: `on_date`, `to`.
    Years: Complete Repeating;
    /// Days that are named, by weekday or by date: `at("10:30")`.
    Dates: Complete Repeating;
    /// A cron expression, which says its own days and times: `cron`, `cron_in`.
    Expression: Complete Repeating;
    /// A single run: `after`, `once`.
    Single: Complete;
    /// A [`Schedule`]: `schedule(s)`.
    Given: Complete Repeating;
    /// The body runs in the thread that polls.
    InTurn: OneAtATime;
    /// `parallel()`: the body runs on a worker, once at a time.
    Parallel: OneAtATime;
    /// `max_instances(n)`: the body runs on several workers at a time.
    Instances:;
}

impl Daily for Days {}
impl Daily for Dates {}
impl Weekly for Weeks {}
impl Monthly for Months {}
impl Yearly for Years {}

impl Placement for InTurn {
    type Parallel = Parallel;
}

impl Placement for Parallel {
    type Parallel = Parallel;
}

impl Placement for Instances {
    type Parallel = Instances;
    const IS_SHARED: bool = true;
}

// Without `do_not_recommend`, the compiler would explain that `bool` is no `IntoCount`, and not that `to` takes a
// count.
macro_rules! ranged {
    ($($state:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<N: IntoCount> Ranged<N> for $state {
            fn to(schedule: Schedule, longest: N) -> Result<Schedule> {
                schedule.to(longest)
            }
        }
    )*};
}
ranged!(Seconds Minutes Hours Days Weeks Months Years);

impl Ranged<Duration> for Length {
    fn to(schedule: Schedule, longest: Duration) -> Result<Schedule> {
        schedule.to_duration(longest)
    }
}

macro_rules! timed {
    ($($state:ident: $($bound:path)|+;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: $($bound +)+> Timed<T> for $state {
            fn at(schedule: Schedule, time: T) -> Result<Schedule> {
                schedule.at(time)
            }
        }
    )*};
}

// A part of an hour or a minute is text: a `NaiveTime` names an hour, which means nothing there.
timed! {
    Minutes: IntoTime | AsRef<str>;
    Hours: IntoTime | AsRef<str>;
    Days: IntoTime;
    Dates: IntoTime;
}

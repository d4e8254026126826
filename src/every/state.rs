//! How far a sentence has got. Each state has the methods that mean something there, and no others.
//!
//! You never name these types; they are here because the methods of [`Every`](crate::Every) are sorted by them.
//!
//! What cannot be meant does not compile. A number takes the plural, and a plural takes a number:
//!
//! ```compile_fail,E0061
//! punctual::every().second(5);
//! ```
//! ```compile_fail,E0061
//! punctual::every().seconds();
//! ```
//!
//! Seconds have no part that could be named, and weeks, months and years not before their `on…` has said which day:
//!
//! ```compile_fail,E0599
//! punctual::every().seconds(5).at(":30");
//! ```
//! ```compile_fail,E0599
//! punctual::every().week().at("10:30");
//! ```
//! ```compile_fail,E0599
//! punctual::every().months(2).at("10:30");
//! ```
//! ```compile_fail,E0599
//! punctual::every().year().at("10:30");
//! ```
//!
//! A weekday has no length that could be random, and days are named once:
//!
//! ```compile_fail,E0599
//! punctual::every().monday().to(3);
//! ```
//! ```compile_fail,E0599
//! punctual::every().monday().tuesday();
//! ```
//! ```compile_fail,E0599
//! punctual::every().day().on_day(15);
//! ```
//! ```compile_fail,E0599
//! punctual::every().week().on(punctual::Weekday::Mon).on(punctual::Weekday::Tue);
//! ```
//!
//! A body that changes what it holds cannot run twice at a time:
//!
//! ```compile_fail,E0594
//! let mut runs = 0;
//! punctual::every().second().max_instances(2).run(move || runs += 1);
//! ```
//!
//! An hour has no time of day, only a text that says where in it:
//!
//! ```compile_fail,E0277
//! punctual::every().hour().at(chrono::NaiveTime::MIN);
//! ```
//!
//! A unit is said once, and options follow it:
//!
//! ```compile_fail,E0599
//! punctual::every().day().hour();
//! ```
//! ```compile_fail,E0599
//! punctual::every().at("10:30");
//! ```

mod sealed {
    pub trait Sealed {}
}

/// A sentence in this state can end with `run`.
///
/// ```compile_fail,E0599
/// // How often?
/// punctual::every().run(|| {});
/// ```
pub trait Complete: sealed::Sealed {}

/// The body runs once at a time, so it may change what it holds: `FnMut`.
pub trait OneAtATime: sealed::Sealed {}

/// A sentence in this state has more than one run, so it can be bounded: `starting`, `times`, `between`.
///
/// ```compile_fail,E0599
/// // A delay has one run only.
/// punctual::after(std::time::Duration::from_secs(1)).times(3);
/// ```
pub trait Repeating: Complete {}

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
    /// `every()`: nothing has been said yet.
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
    /// The days have been named, by weekday or by date: `at("10:30")`.
    Dates: Complete Repeating;
    /// A single run: `after`, `once`.
    Single: Complete;
    /// The body runs in the thread that polls.
    InTurn: OneAtATime;
    /// `parallel()`: the body runs on a worker, once at a time.
    Parallel: OneAtATime;
    /// `max_instances(n)`: the body runs on several workers at a time.
    Instances:;
}

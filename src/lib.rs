//! Jobs inside one process, scheduled in the words a person would use.
//!
//! ```
//! use punctual::{every, run_pending, CancelJob};
//! # fn poll() {}
//! # fn report() {}
//! # fn greet(name: &str) { println!("Hello, {name}") }
//!
//! # fn main() -> punctual::Result<()> {
//! every().seconds(10).run(|| println!("working"))?;
//! every().minutes(5).to(10).run(poll)?;                    // a random 5 to 10 minutes
//! every().day().at("10:30").run(report)?;
//! # #[cfg(feature = "tz")]
//! every().monday().at("13:15").tz("Europe/Amsterdam").tag("weekly").run(|| greet("Alice"))?;
//! every().minute().at(":34").run(|| { println!("once"); CancelJob })?;
//! # assert!(punctual::jobs().len() >= 4);
//!
//! # for _ in 0..1 {
//! loop {
//!     run_pending();
//! #   break;
//!     std::thread::sleep(std::time::Duration::from_secs(1));
//! }
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! # The sentence
//!
//! [`every()`](every()) begins it, a unit says how often, options refine it, and `run` ends it: it registers a [`Job`] and
//! returns a handle. Your own loop calls [`run_pending`] as often as it likes, which runs what is due, in your thread;
//! when nothing is due it looks at no job at all. Or [`run_forever`] is that loop, and [`start`] puts it into a thread of
//! its own, for as long as you keep what it returns. `.parallel()` moves a body to a worker thread, so that others do not
//! wait for it; a program that ends cuts it short there, unless it calls [`shutdown(true)`](shutdown) before.
//!
//! | what | how |
//! | --- | --- |
//! | one of a unit | `second()` `minute()` `hour()` `day()` `week()` `month()` `year()` |
//! | several | `millis(n)` `seconds(n)` `minutes(n)` `hours(n)` `days(n)` `weeks(n)` `months(n)` `years(n)` `duration(d)` |
//! | a weekday | `monday()` to `sunday()`, `weekday()`, `weekend()`, `weeks(n).on([..])` |
//! | a date | `month().on_day(15)`, `.on_last_day()`, `.on_nth(2, Weekday::Tue)`, `.on_last(Weekday::Fri)`, `year().on_date(12, 25)` |
//! | when in it | `at("10:30")` on days and dates, `at(":30")` on hours, `at(":17")` on minutes; a second `at` adds a time |
//! | a random length | `minutes(5).to(10)` |
//! | where | `tz("Europe/Berlin")` |
//! | which part of the day | `between("09:00", "17:30")` |
//! | from, until, how often | `starting(when)` `until(when)` `times(n)` `once()` `immediately()` |
//! | where it runs | `parallel()` `max_instances(n)` |
//! | who | `tag("a")` `tags([..])` `named("report")` `priority(n)` |
//! | the end | `run(body)`, `run_with(body)` for a body that wants its [`Context`] |
//!
//! [`after(delay)`](after) and [`once(when)`](once) begin sentences with a single run.
//!
//! What cannot be meant does not compile: a number takes the plural, and a second has no part that `at` could name.
//! (Each [state] of the sentence shows what does not.) Everything else is reported once, at the end, with what was
//! given and what would be right:
//!
//! ```
//! let error = punctual::every().hours(2).at(":75").tag("polite").run(|| {}).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "invalid time \":75\" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)",
//! );
//! ```
//!
//! # Which scheduler
//!
//! The free functions of this crate work on one registry that is global. A [`Scheduler`] of your own has the same
//! methods; with a [`ManualClock`] it is how schedules are tested, and how the examples of these pages are:
//!
//! ```
//! use std::time::Duration;
//! use punctual::chrono::{TimeZone, Utc};
//! use punctual::{ManualClock, Scheduler};
//!
//! let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
//! let scheduler = Scheduler::with_clock(clock.clone());
//! let job = scheduler.every().minutes(10).run(|| {})?;
//!
//! clock.advance(Duration::from_secs(600));
//! assert_eq!(scheduler.run_pending(), 1);
//! assert_eq!(job.last_run(), Some(clock.now()));
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # No drift, and late polls
//!
//! The slots of a job form a grid. The next run is computed from the slot, never from the finish, so a slow body moves
//! nothing. A poll that comes late, after a slow body or a night in which the machine slept, runs a job once for all that
//! it missed, and lands on the next slot of the grid:
//!
//! ```
//! # use std::time::Duration;
//! # use chrono::{TimeZone, Utc};
//! # use punctual::{ManualClock, Scheduler};
//! # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
//! # let scheduler = Scheduler::with_clock(clock.clone());
//! let job = scheduler.every().seconds(10).run(|| {})?; // 12:00:00, so the grid is :10, :20, :30, …
//! clock.advance(Duration::from_secs(47));
//! assert_eq!(scheduler.run_pending(), 1);
//! assert_eq!(job.next_run(), Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 50).single());
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # Hours pass, days are read off the calendar
//!
//! Hours and shorter units count elapsed time. Days and longer units are dates in the job's zone, at a wall time. On the
//! two nights of the year on which the clocks change, a wall time that the day lacks comes later by the gap, and a wall
//! time that the day has twice comes at the first, and is run once:
//!
//! ```
//! # #[cfg(feature = "tz")] {
//! # use std::time::Duration;
//! use punctual::chrono::{TimeZone, Utc};
//! use punctual::chrono_tz::America::New_York;
//! # use punctual::{ManualClock, Scheduler};
//!
//! // On 10 March 2024 the clocks of New York went from 02:00 to 03:00.
//! let clock = ManualClock::new(New_York.with_ymd_and_hms(2024, 3, 9, 12, 0, 0).unwrap().to_utc());
//! let scheduler = Scheduler::builder().clock(clock.clone()).tz(New_York).build()?;
//! let job = scheduler.every().day().at("02:30").run(|| {})?;
//! assert_eq!(job.next_run(), New_York.with_ymd_and_hms(2024, 3, 10, 3, 30, 0).single().map(|t| t.to_utc()));
//!
//! clock.advance(Duration::from_secs(24 * 3600));
//! assert_eq!(scheduler.run_pending(), 1);
//! assert_eq!(job.next_run(), New_York.with_ymd_and_hms(2024, 3, 11, 2, 30, 0).single().map(|t| t.to_utc()));
//! # }
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! The 31st, or the day of the registration, is the last day of a shorter month and comes back in a longer one; 29
//! February is the 28th in other years; a fifth Friday that a month lacks is passed over.
//!
//! # When a body fails
//!
//! The error that a body returns may be a `&str`, a `String`, any error type that is `Send + Sync`, or
//! `Box<dyn Error + Send + Sync>`. An `Err` and a panic are caught, logged, told to [listeners](Scheduler::on_event) as an
//! [`Event`], and kept as the job's [`last_outcome`](Job::last_outcome). (A program that is built to abort at a panic
//! does.) The job stays scheduled, and the others run:
//!
//! ```
//! # use punctual::{Outcome, Scheduler};
//! # let scheduler = Scheduler::new();
//! let fragile = scheduler.every().hour().run(|| Err::<(), _>("the disk is full"))?;
//! let sturdy = scheduler.every().hour().run(|| {})?;
//! assert_eq!(scheduler.run_all(), 2);
//! assert_eq!(fragile.last_outcome(), Some(Outcome::Failed("the disk is full".into())));
//! assert_eq!(sturdy.last_outcome(), Some(Outcome::Completed));
//! assert!(fragile.is_scheduled());
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! A body that returns [`CancelJob`] takes its job out of the registry. `until`, `times(n)` and `once()` do so without
//! its help.
//!
//! # Inside a body, and from other threads
//!
//! No lock is held while a body runs, so a body may call anything: add, cancel and clear jobs, its own included, and even
//! `run_pending`. What is due is settled when a pass begins: a job that a body adds waits for the next pass, and one that
//! an earlier body cancelled does not run. Any number of threads may poll; no slot runs twice, and a body never runs
//! inside itself.
//!
//! # When somebody sets the clock
//!
//! Set forward, or after sleep, the clock makes every job that it passed over due once. Set back, it does not stall the
//! jobs that count elapsed time, which keep their spacing, nor does it repeat a calendar slot that has run. A job with `at`
//! on minutes or hours waits for its next reading then, and so comes later by a minute or an hour at most. No body is told
//! of a slot that is still to come: see [`Context::scheduled_at`].
//!
//! A wrong clock that is polled once has its effect: one that shows 2034 for a moment runs what is due until then, and a
//! slot of a day or a date that has run does not run again before 2034. Cancel such a job and say its sentence again.
//!
//! # Features
//!
//! - `signals`: `run_until_signal`, a loop that ends with SIGINT and SIGTERM. It returns a `std::io::Result`. On Unix.
//! - `tz` (by default): time zones by name. Without it, `tz` takes [`Utc`](chrono::Utc), [`Local`](chrono::Local) and
//!   fixed offsets, as values or as texts.
//! - `macros`: jobs declared where their functions are, `#[repeat(every().second())]`. Nobody can be given an `Err` there:
//!   a mistake that the compiler cannot see is logged, and the job is missing.

mod clock;
#[cfg(feature = "macros")]
mod declaration;
mod driver;
mod error;
mod event;
mod every;
mod executor;
mod global;
mod handle;
mod job;
mod journal;
mod outcome;
mod queue;
mod scheduler;
mod timestamp;
mod trigger;
mod wake;
mod zone;

pub use chrono::{self, Weekday};
#[cfg(feature = "tz")]
pub use chrono_tz;

#[cfg(all(feature = "signals", unix))]
pub use crate::global::run_until_signal;
pub use crate::{
    clock::{Clock, ManualClock, Reading, SystemClock},
    driver::{Background, StopHandle},
    error::{Error, Result},
    event::{Event, Removal},
    every::{state, Count, Every, IntoTime, IntoWeekdays, IntoWhen, When},
    global::{
        after, cancel_job, clear, clear_tagged, default_scheduler, every, idle, jobs, jobs_tagged, next_run,
        next_run_tagged, once, run_all, run_all_with_delay, run_forever, run_pending, run_until, run_until_empty,
        shutdown, start, stop_handle,
    },
    handle::Job,
    job::{Context, JobId},
    outcome::{CancelJob, IntoOutcome, Outcome, Returned},
    scheduler::{Listener, Scheduler, SchedulerBuilder},
    wake::Wakeup,
    zone::{IntoZone, Zone},
};

#[cfg(feature = "macros")]
pub use crate::declaration::repeat;

#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod __private {
    //! What the attributes of this version write: nothing that anybody else may rely on.

    pub use inventory;

    pub use crate::declaration::{declare, Declaration};
}

// The examples of these pages use every feature.
#[cfg(all(doctest, feature = "tz", feature = "signals", feature = "macros", unix))]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../docs/coming-from.md")]
    struct ComingFrom;
}

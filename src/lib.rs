//! A job scheduler that runs inside your process and reads like the sentence you would say.
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
//! Words such as *slot*, *grid* and *overdue* have one meaning on these pages: see the [glossary](#glossary).
//!
//! # The sentence
//!
//! [`every()`](every()) starts a sentence, a unit says how often, options refine it, and `run` ends it: it registers
//! the job and returns a [`Job`], a handle.
//!
//! | what | how |
//! | --- | --- |
//! | one of a unit | `second()` `minute()` `hour()` `day()` `week()` `month()` `year()` |
//! | several | `millis(n)` `seconds(n)` `minutes(n)` `hours(n)` `days(n)` `weeks(n)` `months(n)` `years(n)` `duration(d)` |
//! | a weekday | `monday()` to `sunday()`, `weekday()` (Monday to Friday), `weekend()`, `week().on([..])`, `weeks(n).on([..])` |
//! | a date | `month().on_day(15)`, `.on_days([1, 16])`, `.on_last_day()`, `.on_nth_last_day(3)`, `.on_nth(2, Weekday::Tue)`, `.on_last(Weekday::Fri)`, `year().on_date(12, 25)` |
//! | a working day | `month().on_nearest_weekday(15)`, the first one of the month: `.on_nearest_weekday(1)`, the last one: `.on_last_weekday()` |
//! | when in it | `at("10:30")` on days and dates, `at(":30")` on hours, `at(":17")` on minutes; a second `at` adds a time |
//! | at random | `minutes(5).to(10)`, drawn for each run; `at_random("09:00", "11:00")` on days and dates; `jitter(d)`; `spread(d)`, by the job's name |
//! | in which zone | `tz("Europe/Berlin")`; without it the scheduler's, by default the machine's |
//! | in which part of the day | `between("09:00", "17:30")`, `only_in_hours([9, 12])` |
//! | on which dates | `only_on(dates::WEEKDAYS)`, `only_in("june to august")`, `except_on("holidays")` |
//! | several schedules | `or(schedule)`, `and(schedule)` |
//! | from, until, how often | `starting(when)` `until(when)` `times(n)` `once()` `immediately()` |
//! | labels | `key("report")` `named("report")` `tag("a")` `tags([..])` `priority(n)` |
//! | where it runs | `parallel()` `max_instances(n)` `pool("db")` |
//! | late and overlapping runs | `misfire_grace(d)` `coalesce(..)` `overlap(..)` |
//! | failed and slow runs | `retry(3)` `retry(Retry::exponential(..).times(3))` `timeout(d)` |
//! | around each attempt | `around(hook)` `before_run(hook)` `after_run(hook)`; all three on the scheduler, too |
//! | the end | `run(body)`, `run_with(body)` for a body that takes its [`Context`], `schedule()` for the schedule alone |
//! | a program | `run_command("backup.sh --full")`, `run_command(Command::shell("a \| b"))` (feature `command`) |
//! | an async end | `run_async(body)`, `run_async_with(body)`: the body returns a future (feature `tokio`) |
//!
//! [`after(delay)`](after) and [`once(when)`](once) start sentences with a single run, and
//! [`cron("30 9 * * mon-fri")`](cron) one with the slots of a cron expression. [`schedule`] starts one from a
//! [`Schedule`], or from its text: `schedule("every weekday at 09:30 in Europe/Berlin")`. The forms that text may have
//! are listed [there](Schedule#impl-FromStr-for-Schedule). Give `schedule` the text of one job; use `parse` where the
//! [value](#a-schedule-as-a-value) is needed.
//!
//! The **first run** is one interval from now, or at the first match of `at` or `on`. With a number above one and `at`,
//! as in `hours(2).at(":30")`, matching starts two hours from now. `immediately()` makes a first run due at once, and
//! does not move the others.
//!
//! Schedules that make no sense do not compile: a count needs a plural unit, and seconds have no `at`. ([`state`] lists
//! what each state of the builder offers.) All other mistakes are one `Err` from `run`, which quotes the input and says
//! what is expected:
//!
//! ```
//! let error = punctual::every().hours(2).at(":75").tag("polite").run(|| {}).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "invalid time \":75\" for an hourly job: the minute must be 0 to 59 (expected :MM or MM:SS)",
//! );
//! ```
//!
//! If rustc suggests removing an argument, the number belongs to the unit, as in `every().seconds(10)`, or the zone to
//! `tz`. If `at` is not found, say the day first: `week().on(Weekday::Mon).at("10:30")`,
//! `month().on_day(1).at("10:30")`. If `repeat`, `run_async`, `run_command` or `run_until_signal` is not found, enable
//! the [feature](#features).
//!
//! `until("23:59")` is today's 23:59 in the job's zone, inclusive. If that is past, or leaves no run, `run` returns an
//! error, so a program that may start late in the evening should expect it.
//!
//! # A schedule as a value
//!
//! `schedule()` ends a sentence without registering anything. The [`Schedule`] has no clock, no scheduler and no body:
//! it can be stored in a struct, compared, and used for any number of jobs:
//!
//! ```
//! use punctual::Scheduler;
//!
//! let scheduler = Scheduler::new();
//! let morning = scheduler.every().weekday().at("09:30").schedule()?;
//! let evening = scheduler.every().day().at("18:00").schedule()?;
//!
//! let report = scheduler.schedule(morning.clone()).key("report").run(|| println!("report"))?;
//! assert_eq!(report.schedule(), morning);
//! report.reschedule(evening)?;
//! assert_eq!(report.upcoming(3).len(), 3);
//! assert_eq!(scheduler.find("report"), Some(report));
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! A **key** identifies a job. Registering a key again updates the job: it takes the new body and options, and its next
//! run moves only if the schedule changed. `on_conflict(OnConflict::Keep)` keeps the first job unchanged,
//! `OnConflict::Fail` makes it an error. A *name* is only a label for logs and events, and need not be unique.
//!
//! # Looking ahead
//!
//! [`Schedule::upcoming`] and [`Schedule::previous`] return slots without a scheduler, [`Job::upcoming`] those of a
//! job. [`Scheduler::timeline`] returns what all jobs will do in a span of time. It runs the scheduler's own passes on
//! a copy, so it also lists what is skipped and coalesced. [`Timeline::to_svg`] draws it for a browser,
//! [`Timeline::to_text`] for a terminal. [`Scheduler::lint`] reports schedules that probably do not do what was meant:
//!
//! ```
//! use punctual::chrono::{TimeDelta, TimeZone, Utc};
//! use punctual::{LintKind, ManualClock, Scheduler};
//!
//! let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
//! let scheduler = Scheduler::builder().clock(ManualClock::new(noon)).tz(Utc).build()?;
//! scheduler.every().hour().between("09:00", "14:00").named("poll").run(|| println!("poll"))?;
//! scheduler.cron("*/25 * * * *").named("sync").run(|| println!("sync"))?;
//!
//! let timeline = scheduler.timeline(noon..noon + TimeDelta::days(1));
//! let polls = timeline.entries().iter().filter(|entry| *entry.name == *"poll");
//! assert_eq!(polls.count(), 4, "at 13:00, and tomorrow at 09:00, 10:00 and 11:00");
//! assert_eq!(scheduler.lint()[0].kind, LintKind::UnevenStep, "minutes 0, 25 and 50 are not 25 minutes apart");
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # Looking back
//!
//! [`Job::explain`] says why a job did or did not run at an instant, or whether it will; [`Scheduler::explain`] finds the
//! job by its key. The answer is what the slot's run did, what it waits for, why it was skipped, or which slots are
//! nearest. The past is known as far as [`SchedulerBuilder::history`] keeps it: by default not at all. A time without a
//! date, as in `explain("sync", "08:01")`, is today's in the job's zone.
//!
//! ```
//! use std::time::Duration;
//! use punctual::chrono::{TimeZone, Utc};
//! use punctual::{ManualClock, Scheduler};
//!
//! let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
//! let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).history(100).build()?;
//! scheduler.every().hour().misfire_grace(Duration::from_secs(60)).key("sync").named("sync").run(|| println!("sync"))?;
//! clock.advance(Duration::from_secs(3_700)); // as if the machine had been asleep
//! scheduler.run_pending();
//!
//! let why = scheduler.explain("sync", "2024-01-10 13:00")?;
//! assert_eq!(
//!     why.to_string(),
//!     "sync skipped the slot at 2024-01-10 13:00:00 +00:00, because it was too late: decided at 2024-01-10 13:01:40 +00:00",
//! );
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # Running jobs
//!
//! [`run_pending`] runs what is due, in your thread, and returns. Call it as often as you like: a poll with nothing due
//! looks at no job. [`run_forever`], [`run_until`] and [`run_until_empty`] are loops that sleep until the next run.
//! [`start`] runs such a loop in a thread of its own, until the [`Background`] that it returns is stopped or dropped:
//! `let _ = start();` drops it at once. `run_until_signal` (feature `signals`) returns after Ctrl-C or SIGTERM, and may
//! run in any thread: a program that works in `main` spawns it and watches `is_finished()`. After it has returned, the
//! next signal ends the process at once.
//!
//! Bodies run one after another in the thread that polls. `.parallel()` runs the body on a worker thread, so other jobs
//! do not wait for it. All parallel jobs share ten workers. Long jobs can have a [pool](SchedulerBuilder::pool) of
//! workers of their own, as in `.pool("backups")`, so that they delay no others. When `main` returns, running workers
//! are cut off: call [`shutdown(true)`](shutdown) first to let them finish, or `shutdown(Duration::from_secs(30))` to
//! wait for at most that long. A body that takes long checks [`Context::is_cancelled`] from time to time.
//!
//! The free functions work on one global scheduler. A [`Scheduler`] of your own has the same methods, and more:
//! [`find`](Scheduler::find), [`on_event`](Scheduler::on_event), [`snapshot`](Scheduler::snapshot) and
//! [`job`](Scheduler::job). With a [`ManualClock`] it is how schedules are tested, because its loops advance the clock
//! instead of sleeping:
//!
//! ```
//! use punctual::chrono::{TimeDelta, TimeZone, Utc};
//! use punctual::{ManualClock, Scheduler};
//!
//! let noon = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
//! let clock = ManualClock::new(noon);
//! let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
//! let job = scheduler.every().day().at("10:30").run(|| println!("a week in no time"))?;
//!
//! assert_eq!(scheduler.run_until(TimeDelta::days(7))?, 7);
//! assert_eq!(clock.now(), noon + TimeDelta::days(7));
//! assert_eq!(job.last_run(), Utc.with_ymd_and_hms(2024, 1, 17, 10, 30, 0).single());
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! `Scheduler::builder().seed(n)` makes random intervals reproducible, and `Context::detached(slot)` is a context for
//! calling a body without a scheduler.
//!
//! # Late runs
//!
//! The next run is computed from the slot, never from the end of the last run: a slow body causes no drift. If a poll is
//! late, because a body was slow or the machine was suspended, each overdue job runs **once**, however many slots it
//! missed, and continues with its next slot after now. Here a job runs every 10 seconds, and nothing polls between :05
//! and :47:
//!
//! ```text
//! slots     :10       :20       :30       :40       :50       :00
//!            |         |         |         |         |         |
//! polls      -         -         -         -   :47   :50       :00
//! runs                                          X     X         X
//!                                               |     for :50   for :00
//!                                               for :10; :20, :30 and :40 share this run
//! ```
//!
//! ```
//! # use std::time::Duration;
//! # use punctual::chrono::{TimeZone, Utc};
//! # use punctual::{ManualClock, Scheduler};
//! # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
//! # let scheduler = Scheduler::with_clock(clock.clone());
//! let job = scheduler.every().seconds(10).run(|| {})?; // at 12:00:00, so the grid is :10, :20, :30, …
//! clock.advance(Duration::from_secs(47));
//! assert_eq!(scheduler.run_pending(), 1);
//! assert_eq!(job.next_run(), Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 50).single());
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! [`Context::slot`] is the first slot that was missed, here :10, so a body that must handle every slot can count from
//! it to [`Context::now`]. The run covers all slots up to its start, including those that pass while an earlier body of
//! the same pass is running. A job that becomes due only while such a body is running waits for the next pass.
//!
//! # Overlapping, failed and slow runs
//!
//! By default, a job that runs in the polling thread never overlaps with itself, and a slot of a parallel job that is
//! still running is skipped. A failed run is reported, and the job runs again at its next slot. Options of the sentence
//! change that. When a slot is due, these questions are asked, in this order:
//!
//! | question | if so |
//! | --- | --- |
//! | is the job or the scheduler paused? | nothing begins, and what was due is dropped |
//! | were several slots missed? | [`coalesce`](Every::coalesce) decides which of them have runs |
//! | is it too late for the run? | [`misfire_grace`](Every::misfire_grace): [`Skip::Misfire`] |
//! | are as many runs in progress as allowed? | [`overlap`](Every::overlap), [`max_instances`](Every::max_instances): [`Skip::Overlap`], or the slot waits |
//! | are all workers of its pool busy? | [`pool`](Every::pool), [`priority`](Every::priority): the run waits for its turn |
//! | does a hook veto it? | [`around`](Every::around), [`before_run`](Every::before_run): [`Skip::Vetoed`] |
//! | when it begins, has the window closed? | [`between`](Every::between): [`Skip::Window`] |
//! | when it begins, is it too late by now? | [`misfire_grace`](Every::misfire_grace): [`Skip::Misfire`] |
//! | does the attempt take too long? | [`timeout`](Every::timeout): [`Outcome::TimedOut`] |
//! | did it fail? | [`retry`](Every::retry): it is tried again, for the same slot |
//!
//! [`overlap`](Every::overlap) is about jobs whose runs can overlap: those that are parallel or async, or that several
//! threads poll.
//!
//! ```text
//! every 10 s          slots    :10     :20     :30     :40     :50
//! the poll is late             -- no poll -----------> x at :42
//!   by default, or Earliest                    run for :10
//!   misfire_grace(15 s), or Latest             run for :40
//!   All(3)                                     runs for :10 :20 :30
//!   misfire_grace(15 s), All(3)                runs for :30 :40; :10 and :20 are skipped, as one misfire
//!
//! a parallel run takes 25 s    [run for :10 ........... :35]
//!   Skip                               skip    skip
//!   Queue(1)                           waits   skip   [run for :20 ........... :60]
//!   max_instances(2)                   [run for :20 ........... :45]
//!
//! retry(Retry::fixed(5 s).times(2))
//!                              [fails] :12 [fails] :17 [ends]    one run, three attempts, all for :10
//! ```
//!
//! # Elapsed time and wall time
//!
//! Hours and shorter units count elapsed time. Days and longer units are dates in the job's zone, at a wall time. Twice
//! a year the two differ. A wall time that falls into a **gap** is shifted forward by the length of the gap, for that
//! day only. In New York, on 10 March 2024, 02:00 was followed by 03:00:
//!
//! ```text
//! wall time          00:30     01:30  |  03:30     04:30
//! day().at("02:30")                   |    X                    an hour later that day; at 02:30 on the next
//! hours(1)             X         X    |    X         X          an hour apart
//! hour().at(":30")     X         X    |    X         X          whenever the clock shows :30
//! ```
//!
//! A wall time in an **overlap** resolves to its first occurrence. On 3 November 2024, 02:00 was followed by 01:00:
//!
//! ```text
//! wall time          00:30     01:30  |  01:30     02:30
//! day().at("01:30")              X    |                         the first occurrence only
//! hours(1)             X         X    |    X         X          an hour apart
//! hour().at(":30")     X         X    |    X         X          whenever the clock shows :30
//! ```
//!
//! Where clocks change by half an hour, the last two differ. On Lord Howe Island, on 7 April 2024, 02:00 was followed
//! by 01:30, and on 6 October by 02:30:
//!
//! ```text
//! 7 April            00:45     01:45  |  01:45     02:15     02:45
//! hours(1)             X         X    |              X                 an hour apart
//! hour().at(":45")     X         X    |    X                   X       twice in the overlap
//!
//! 6 October          00:15     01:15  |  02:45     03:15     03:45
//! hours(1)             X         X    |    X                   X       an hour apart
//! hour().at(":15")     X         X    |              X                 not in the gap, which contains 02:15
//! ```
//!
//! ```
//! # #[cfg(feature = "tz")] {
//! use punctual::chrono::{DateTime, Duration, TimeZone, Utc};
//! use punctual::chrono_tz::{America::New_York, Tz};
//! use punctual::{ManualClock, Scheduler};
//!
//! # fn new_york(month: u32, day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
//! #     New_York.with_ymd_and_hms(2024, month, day, hour, minute, 0).earliest().unwrap().to_utc()
//! # }
//! let clock = ManualClock::new(new_york(3, 9, 12, 0));
//! let scheduler = Scheduler::builder().clock(clock.clone()).tz(New_York).build()?;
//! let job = scheduler.every().day().at("02:30").run(|| {})?;
//! assert_eq!(job.next_run(), Some(new_york(3, 10, 3, 30)), "in the gap: shifted by an hour");
//! scheduler.run_until(Duration::days(1))?;
//! assert_eq!(job.next_run(), Some(new_york(3, 11, 2, 30)));
//!
//! let clock = ManualClock::new(new_york(11, 3, 0, 0));
//! let scheduler = Scheduler::builder().clock(clock.clone()).tz(New_York).build()?;
//! scheduler.every().day().at("01:30").named("daily").run(|| {})?;
//! assert_eq!(scheduler.run_until(Duration::hours(4))?, 1, "in the overlap: once");
//! scheduler.clear();
//! clock.set(new_york(11, 3, 0, 0));
//! scheduler.every().hour().at(":30").run(|| {})?;
//! assert_eq!(scheduler.run_until(Duration::hours(4))?, 4);
//! # }
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! In **shorter months**, day 31 (named, or because the job was registered on one) is clamped to the last day, and
//! returns to the 31st afterwards. 29 February becomes the 28th in common years. Months without a fifth Friday are
//! skipped.
//!
//! # When the clock is set
//!
//! A `Duration` is a length of elapsed time and stays that long whatever is done to the clock. Everything else is a
//! moment of the wall clock.
//!
//! When the clock **jumps forward**, or the machine resumes, every job whose slot has passed is overdue and runs once,
//! as [above](#late-runs). As far as the jump undoes an earlier set-back, however long ago that was, it does not count
//! as elapsed time: a clock that wobbles adds no runs. A machine that resumes looks the same, so in a process whose
//! clock was set back by an hour, the first hour of suspension does not count either.
//!
//! When the clock is **set back**, intervals keep their spacing, and calendar slots that have run do not repeat; those
//! that have not run yet wait for their wall time. Here the clock is set back by an hour at 12:25:
//!
//! ```text
//! wall clock          12:00  12:10  12:20 | 11:30  11:40  11:50  12:00  12:10  12:20  12:30  12:40
//! minutes(10)                  X      X   |   X      X      X      X      X      X      X      X
//! day().at("12:10")            X          |                                                           has run today
//! day().at("12:40")                       |                                                    X      has not run yet
//! ```
//!
//! ```
//! # use std::time::Duration;
//! # use punctual::chrono::{TimeDelta, TimeZone, Utc};
//! # use punctual::{ManualClock, Scheduler};
//! # let clock = ManualClock::new(Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap());
//! # let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
//! let interval = scheduler.every().minutes(10).run(|| {})?;
//! let early = scheduler.every().day().at("12:10").run(|| {})?;
//! let late = scheduler.every().day().at("12:40").run(|| {})?;
//! scheduler.run_until(Duration::from_secs(25 * 60))?;
//!
//! clock.set(clock.now() - TimeDelta::hours(1)); // 12:25 becomes 11:25
//! let counts = || [&interval, &early, &late].map(|job| job.run_count());
//! assert_eq!(counts(), [2, 1, 0]);
//! scheduler.run_until(Duration::from_secs(75 * 60))?; // to 12:40
//! assert_eq!(counts(), [10, 1, 1]);
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! A job with `at` on minutes or hours waits until the clock next shows that time, so it may be late by up to a minute or
//! an hour. [`Context::slot`] is never later than [`Context::now`].
//!
//! A poll while the **clock is wrong** makes jobs run, but not skip. If the clock jumps to 2034 and there is a poll,
//! everything due runs once, for the slot that was due. When the clock is corrected, jobs continue with the slots that
//! have not run:
//!
//! ```
//! # use punctual::chrono::{TimeZone, Utc};
//! # use punctual::{ManualClock, Scheduler};
//! # let at = |year, day, hour, minute| Utc.with_ymd_and_hms(year, 1, day, hour, minute, 0).unwrap();
//! # let clock = ManualClock::new(at(2024, 10, 12, 0));
//! # let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
//! let interval = scheduler.every().minutes(10).run(|| {})?; // on 10 January 2024, at 12:00
//! let daily = scheduler.every().day().at("10:30").run(|| {})?;
//!
//! clock.set(at(2034, 1, 0, 0)); // by mistake
//! assert_eq!(scheduler.run_pending(), 2); // for 10 January, 12:10, and for 11 January, 10:30
//!
//! clock.set(at(2024, 10, 12, 0)); // corrected
//! assert_eq!(scheduler.run_pending(), 0);
//! assert!(interval.next_run().unwrap() <= at(2024, 10, 12, 10));
//! assert_eq!(daily.next_run(), Some(at(2024, 12, 10, 30)));
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! This holds even if slots of 2034 have run by then: the job leaves out those slots, and no others. A job on days or
//! dates that was registered while the clock was wrong, and has not run yet, counts from the corrected time.
//!
//! Two things are not undone. A poll after the last slot of a schedule removes the job: the last slot before its
//! `until`, otherwise the last one of the year 9999. And if there is a poll while the clock is fast, the difference
//! counts as elapsed time: what it used up of a length, in `after`, `until` or `starting`, is not given back when the
//! clock is corrected. That happens once, not each time that the clock is as fast again.
//!
//! # Bodies
//!
//! A body is a function or closure that is `FnMut + Send + 'static`. It returns `()`, [`CancelJob`],
//! `Option<CancelJob>`, or a `Result` of these. [`CancelJob`] removes the job; a body that decides at each run returns
//! an `Option`:
//!
//! ```
//! # use punctual::{CancelJob, Scheduler};
//! # let scheduler = Scheduler::new();
//! let mut count = 0;
//! let job = scheduler.every().hour().run(move || {
//!     count += 1;
//!     (count == 10).then_some(CancelJob)
//! })?;
//! # for _ in 0..10 { job.run_now(); }
//! # assert_eq!(job.run_count(), 10);
//! # assert!(!job.is_scheduled());
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! `until`, `times(n)` and `once()` remove a job too. [`run_until_empty`] returns when none is left.
//!
//! The error of a body may be a `&str`, a `String`, `anyhow::Error`, or any error type that is `Send + Sync`. A plain
//! `Box<dyn Error>` is not, and cannot be returned; convert it inside the body:
//! `run(|| work().map_err(|e| e.to_string()))`.
//!
//! An `Err` and a panic are caught and logged, reported to [listeners](Scheduler::on_event) as an [`Event`], and kept
//! as the job's [`last_outcome`](Job::last_outcome). The job stays scheduled and the others run. (With
//! `panic = "abort"`, a panic still ends the program.)
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
//! No lock is held while a body runs, so it may call anything: add, cancel and clear jobs, including its own, and even
//! `run_pending`. Such polls nest: a poll in a body may run another body that polls, and so on, and each level takes
//! space on the stack. Only a few bodies should poll.
//!
//! What is due is decided when a pass starts: a job that a body adds waits for the next pass, and a job that an earlier
//! body cancelled does not run. Any number of threads may poll: no slot runs twice, and a job never runs inside itself.
//!
//! Clones of a [`Scheduler`] share one registry; dropping the last clone removes all jobs. A body that captures a clone
//! keeps its scheduler alive until the job is cancelled. Use [`Context::scheduler`] instead, or capture a
//! [`WeakScheduler`], and a `Weak` of any struct that owns the scheduler. Capturing a [`Job`] keeps nothing alive.
//!
//! # Hooks
//!
//! A hook is called before each attempt, of all jobs or of one, and returns a closure that is called at its end, with the
//! outcome: for a transaction, a lease, an error reporter. If it returns an error instead, the attempt does not begin.
//! The same hook serves closures, commands and async bodies. See [`around`](Scheduler::around) for the order and the
//! threads, and `examples/hooks.rs`. Listeners ([`on_event`](Scheduler::on_event)) receive every event, and change
//! nothing.
//!
//! ```
//! use punctual::{Outcome, Scheduler};
//!
//! let scheduler = Scheduler::new();
//! scheduler.around(|run| {
//!     let line = format!("{}, attempt {}", run.name(), run.attempt());
//!     Ok(move |outcome: &Outcome| println!("{line}: {outcome}"))
//! });
//! scheduler.before_run(|run| if run.tags().any(|tag| tag == "leader") { Err("not the leader".into()) } else { Ok(()) });
//! let job = scheduler.every().hour().tag("leader").run(|| println!("sweep"))?;
//! assert!(!job.run_now(), "vetoed");
//! # assert_eq!(job.run_count(), 0);
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! # Spans and metrics
//!
//! With the feature `tracing`, each attempt has a span `punctual.run` at level `INFO`, without a parent. It is entered while
//! a closure or a command runs, and at each poll of a future, so what the body logs is inside it. A closure that returns
//! after its [`timeout`](Every::timeout) keeps its span open until then.
//!
//! | field | what |
//! | --- | --- |
//! | `job.name`, `job.key`, `job.id` | the job; `job.key` only if it has one |
//! | `run.id`, `slot`, `attempt` | the run, its slot in RFC 3339, and the number of the attempt, from 1 |
//! | `pool` | the pool whose worker runs the body, such as `default`; absent in a polling thread and in a task |
//! | `outcome` | at the end: `completed`, `cancelled`, `failed`, `panicked`, `aborted` or `timed_out` |
//! | `error.type` | at the end, unless it succeeded: the same word |
//! | `otel.name`, `otel.status_code` | for OpenTelemetry: `run` and the job's name; `ERROR` unless it succeeded |
//!
//! With the feature `metrics`, these go to the recorder of the [`metrics`](https://docs.rs/metrics) facade that the program
//! installs. Install it first: runs before that are not counted.
//!
//! | name | labels | what |
//! | --- | --- | --- |
//! | `punctual_runs_total` | `job`, `outcome` | runs that have ended; a run has one outcome, however many attempts |
//! | `punctual_run_duration_seconds` | `job` | how long each attempt took |
//! | `punctual_run_lateness_seconds` | `job` | how long after its slot each run began |
//! | `punctual_skips_total` | `job`, `reason` | slots without a run: `overlap`, `window`, `misfire`, `shutdown`, `vetoed` |
//! | `punctual_retries_total` | `job` | failed attempts that are followed by another |
//! | `punctual_pool_queued`, `punctual_pool_running` | `pool` | gauges: runs that wait for a worker, and busy workers |
//!
//! The label `job` is the name given with `named`, else the `key`. All other jobs share the label `""`, so that the type
//! names of bodies create no series. Times are read from the scheduler's clock. See `examples/metrics.rs`.
//!
//! # Commands
//!
//! With the feature `command`, `run_command` runs a program: text, which is split at spaces and quotes without a shell,
//! or a `Command`, which has `arg`, `env`, `current_dir`, `output_to`, `log_output` and `grace`. `Command::shell` is a
//! script for `sh -c`. A status other than 0 is a failure, with the last 4 KiB of stderr in its text:
//!
//! ```
//! # #[cfg(all(feature = "command", unix))] {
//! use punctual::{Command, Outcome, Scheduler};
//!
//! let scheduler = Scheduler::new();
//! let check = scheduler.every().minute().run_command("test -d /")?;
//! let dump = Command::shell("echo dumping; echo the disk is full >&2; exit 3").output_to("/dev/null");
//! let dump = scheduler.every().day().at("02:00").named("dump").parallel().run_command(dump)?;
//! let backup = Command::shell("echo the disk is full >&2; exit 3").current_dir("/").env("LEVEL", "9");
//! let backup = scheduler.every().day().at("03:00").named("backup").parallel().run_command(backup)?;
//! scheduler.run_all();
//! assert_eq!(check.last_outcome(), Some(Outcome::Completed));
//! assert_eq!(dump.last_outcome(), Some(Outcome::Failed("exit status 3".into())), "its output is in the file");
//! assert_eq!(backup.last_outcome(), Some(Outcome::Failed("exit status 3: the disk is full".into())));
//! # }
//! # Ok::<(), punctual::Error>(())
//! ```
//!
//! The thread that runs the body waits for the program: make the job `parallel()` if it takes long. A run ends when its
//! program does, even if that leaves other processes running in the background. On Unix, a program has a process group of
//! its own. [`shutdown`] with a deadline sends TERM to the group at once, and KILL after a grace of 10 seconds or at the
//! deadline; the outcome is [`Outcome::Aborted`]. `shutdown(true)` waits for the program. Ctrl-C does not reach it, and it
//! survives this process unless something ends it: call `shutdown`, after `run_until_signal` for example.
//!
//! # Async bodies
//!
//! With the feature `tokio`, `run_async` takes a closure that returns a future, or an `async fn`; so does `#[repeat]`.
//! Each run is a task: a pass spawns it and does not wait for it. `run_forever_async().await` and
//! `run_until_async(future).await` are the loops for a program that is itself async. They need no thread of their own,
//! work in a runtime of any flavour and in a `LocalSet`, and yield after at most 32 runs:
//!
//! ```
//! # #[cfg(feature = "tokio")] {
//! use std::{sync::Arc, time::Duration};
//! use punctual::{Context, Scheduler};
//!
//! struct Client;
//! impl Client {
//!     async fn fetch(&self, of: &str) -> Result<(), std::io::Error> {
//! #       let _ = of;
//!         tokio::time::sleep(Duration::from_millis(1)).await;
//!         Ok(())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let scheduler = Scheduler::new();
//! let client = Arc::new(Client);
//! let job = scheduler.every().millis(5).run_async_with(move |context: Context| {
//!     let client = Arc::clone(&client); // the future owns what it needs
//!     async move { client.fetch(context.name()).await }
//! })?;
//!
//! let shut_down = tokio::time::sleep(Duration::from_millis(50)); // or `tokio::signal::ctrl_c()`
//! scheduler.run_until_async(shut_down).await?;
//! assert!(job.run_count() > 0);
//! # Ok::<(), punctual::Error>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | what happens | result |
//! | --- | --- |
//! | a slot comes while the body is running | it is skipped, as [`Skip::Overlap`]; `max_instances(n)` allows more at a time |
//! | the closure panics, or its future at any poll | [`Outcome::Panicked`]; the job stays scheduled |
//! | the runtime is shut down, before the first poll or later | [`Outcome::Aborted`], at once; the job may run again |
//! | a poll in a thread without a runtime | the run uses the builder's `runtime(handle)`, or that of an async loop; if there is none, [`Outcome::Failed`] |
//! | the loop is dropped or stopped | runs in progress continue as long as their runtime does |
//! | `end` of `run_until_async(end)` is ready at the moment of a slot | the loop ends first; the slot stays due |
//! | [`run_now`](Job::run_now) | starts the run and returns: it cannot wait inside a runtime |
//! | [`shutdown(true)`](shutdown) | waits for workers, not for async bodies; `shutdown_async` waits for both |
//! | a future blocks its thread | it blocks a thread of the runtime: use `parallel().run(body)` or `spawn_blocking` |
//!
//! A body that is a closure runs in the loop's own task; if it takes long, make the job `parallel()`. A `current_thread`
//! runtime runs tasks only while a thread is in its `block_on`. A loop in a thread ([`start`], [`run_forever`]) starts
//! async bodies, too, and is exact to a tenth of a millisecond; tokio's timer is exact to one or two milliseconds.
//!
//! In a test with tokio's time paused (`#[tokio::test(start_paused = true)]`), use a `TokioClock`, which follows it, so
//! that `sleep`s in bodies take no time either. In other tests, use a [`ManualClock`]: the loops advance it to the next
//! slot whenever no body is running. Do not use [`SystemClock`] with paused time: a loop would wake again and again.
//!
//! # Glossary
//!
//! - **Slot**: an instant at which a schedule says that the job should run.
//! - **Grid**: the sequence of a job's slots.
//! - **Cursor**: the position of a job on its grid, the only part of its timing that changes while it lives.
//! - **Due**: a job is due from its next slot on, until it runs.
//! - **Overdue**: due, with a slot in the past.
//! - **Missed**, or **coalesced**: a slot that passed without a run of its own, because the job was overdue and one run
//!   served several slots.
//! - **Late**: a run that starts after its slot, or a poll that comes after a slot.
//! - **Pass**: one call of `run_pending`, or one round of a loop; what it runs is decided when it starts.
//! - **Window**: the part of the day that `between` allows.
//! - **Filter**: an option that limits a schedule to some dates, months or hours: `only_on`, `only_in`,
//!   `only_in_hours`, `except_on`.
//! - **Calendar**: dates that a scheduler knows by a name, such as holidays.
//! - **Jitter**: a random length by which a run is later than its slot of the grid, drawn for each run.
//! - **Spread**: the same, but one length for all runs of a job, derived from its key or name.
//! - **Clamp**: to replace a day that a month does not have by its last day.
//! - **Skip**: to leave a slot without a run, for a reason such as `max_instances`, and report that as an event.
//! - **Resolve**: to turn a wall time, or text such as `"18:30"`, into an instant, with a date and a zone.
//! - **Wall time**: what a clock on the wall shows in the job's zone.
//! - **Elapsed time**: how much time has passed, however the clock was set meanwhile.
//! - **Gap**: the wall times that a zone skips when its clocks go forward.
//! - **Overlap**: the wall times that a zone shows twice when its clocks go back.
//! - **Set back**: the machine's wall clock was changed to an earlier time; a DST change in a zone is not a set-back.
//!   Set forward again, the clock undoes the set-back.
//! - **Jump forward**: the wall clock advanced by more than the time that elapsed.
//! - **Run**: what a job does for one slot: one call of its body, or several with `retry`.
//! - **Attempt**: one call of the body within a run. Attempts are numbered from 1.
//! - **In progress**: said of a run from its beginning to its end, including the wait for another attempt.
//! - **Hook**: a closure that is called around each attempt. An error that it returns is a **veto**: the attempt does not
//!   begin.
//! - **Outcome**: how a run ended: completed, cancelled its job, failed, panicked, timed out or aborted.
//! - **Executor**: where a body runs: in the thread that polls, on a worker thread, or in a task.
//! - **Pool**: worker threads with a name. Each is a **place** for one body at a time.
//! - **Key**: the identity of a job, unique in its scheduler.
//! - **Store**: a place where jobs are kept that outlive the process, shared by any number of processes.
//! - **Heartbeat**: how a process that uses a store shows that it is alive, and until when.
//! - **Orphan**: a run in progress whose process has no heartbeat.
//!
//! # Features
//!
//! - `tz` (default): time zones by name. Without it, `tz` takes [`Utc`](chrono::Utc), [`Local`](chrono::Local) and
//!   fixed offsets, as values or as text.
//! - `signals`: `run_until_signal`, a loop that ends on SIGINT and SIGTERM. Unix only.
//! - `macros`: jobs declared at their functions, `#[repeat(every().second())]`. There is no caller to return an error
//!   to: a mistake that the compiler cannot catch is logged, and the job is not registered.
//! - `tokio`: [async bodies](#async-bodies), loops in a task, and a clock that follows tokio's time.
//! - `command`: [commands](#commands), programs as bodies. On Unix, a shutdown also ends the processes that they start;
//!   elsewhere only the program itself.
//! - `tracing`, `metrics`: [a span around each attempt, and counters of runs](#spans-and-metrics).
//! - `store`: `punctual::store`, where jobs are kept that outlive the process: the trait of a store, the contract that
//!   each store keeps, and one in memory.
//! - `serde`: [`Schedule`] is written and read as a string, such as `"every weekday at 09:30"`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
#[cfg(feature = "command")]
mod command;
#[cfg(feature = "macros")]
mod declaration;
mod driver;
mod error;
mod event;
mod every;
mod executor;
mod explanation;
mod global;
mod handle;
mod id;
mod job;
mod log_line;
mod observe;
mod outcome;
mod preview;
mod queue;
mod run;
mod schedule;
mod scheduler;
#[cfg(feature = "store")]
pub mod store;
mod text;
mod timestamp;
mod trigger;
mod unwind;
mod wake;
mod zone;

pub use chrono::{self, Weekday};
#[cfg(feature = "tz")]
pub use chrono_tz;

#[cfg(feature = "command")]
pub use crate::command::{Command, IntoCommand};
#[cfg(all(feature = "signals", unix))]
pub use crate::global::run_until_signal;
#[cfg(feature = "tokio")]
pub use crate::{
    clock::TokioClock,
    global::{run_forever_async, run_until_async, shutdown_async},
    scheduler::EventStream,
};
pub use crate::{
    clock::{Clock, ManualClock, Reading, SystemClock},
    driver::{Background, StopHandle},
    error::{Error, Result},
    event::{Event, EventKind, Removal, Skip},
    every::{state, Every},
    explanation::{Explanation, Forgotten, Reason, WaitsFor},
    global::{
        add_pool, after, after_run, around, before_run, calendar, cancel_job, clear, clear_tagged, cron, cron_in,
        default_scheduler, every, idle, is_paused, jobs, jobs_tagged, lint, next_run, next_run_tagged, once, pause,
        pool, pools, remove_pool, resume, run_all, run_all_with_delay, run_forever, run_pending, run_until,
        run_until_empty, schedule, shutdown, start, stop_handle, timeline,
    },
    handle::Job,
    id::{JobId, RunId},
    job::{Coalesce, Context, IntoRetry, JobInfo, OnConflict, Overlap, Retry, Veto},
    outcome::{BodyReturn, CancelJob, IntoOutcome, Outcome, Permanent},
    preview::{Decision, Finding, LintKind, Timeline, TimelineEntry, TimelineLane, Upcoming},
    run::Run,
    schedule::{
        named_dates as dates, Dates, Dialect, Fields, IntoCount, IntoCron, IntoDates, IntoMonths, IntoSchedule,
        IntoTime, IntoWeekdays, IntoWhen, Moment, Months, NamedDays, Parts, Recurrence, Schedule, Time, When,
    },
    scheduler::{
        HookHandle, Listener, PoolInfo, Received, Scheduler, SchedulerBuilder, Subscription, Unfinished, Wait,
        WeakScheduler,
    },
    trigger::{Trigger, Unit},
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

    #[cfg(feature = "tokio")]
    pub use crate::declaration::declare_async;
    pub use crate::declaration::{declare, Declaration};
}

// The examples of these pages use every feature.
#[cfg(all(doctest, feature = "tz", feature = "signals", feature = "macros", feature = "tokio", unix))]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../docs/coming-from.md")]
    struct ComingFrom;

    #[doc = include_str!("../docs/architecture.md")]
    struct Architecture;
}

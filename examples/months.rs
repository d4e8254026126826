//! Months and years. Python's `schedule` has neither: there one writes `schedule.every().day.at("02:00").do(job)` and
//! starts the job with `if date.today().day != 1: return`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use punctual::chrono::{TimeZone, Utc};
use punctual::{Job, ManualClock, Scheduler, Weekday};

fn main() -> punctual::Result<()> {
    let begin = Utc.with_ymd_and_hms(2024, 1, 31, 9, 0, 0).unwrap();
    let clock = ManualClock::new(begin);
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build()?;
    let month = || scheduler.every().month();
    let year = || scheduler.every().year();

    // Prints a job and the days of its first five runs.
    let show = |job: Job| {
        println!("{job}");
        while let Some(next) = job.next_run().filter(|_| job.run_count() < 5) {
            print!("  {}", next.format("%a %F"));
            clock.set(next);
            scheduler.run_pending();
        }
        println!();
        job.cancel();
        clock.set(begin);
    };

    show(month().on_day(1).at("02:00").named("rent").run(|| {})?);
    show(month().on_day(31).at("02:00").named("wages").run(|| {})?);
    show(month().on_last_day().at("23:00").named("books").run(|| {})?);
    show(month().on_nth(2, Weekday::Tue).named("patches").run(|| {})?);
    show(month().on_nth(5, Weekday::Fri).named("party").run(|| {})?);
    show(month().on_last(Weekday::Fri).named("beer").run(|| {})?);
    show(scheduler.every().months(3).named("taxes").run(|| {})?);
    show(year().on_date(12, 25).at("08:00").named("presents").run(|| {})?);
    show(year().on_date(2, 29).named("birthday").run(|| {})?);

    if let Err(error) = year().on_date(2, 30).run(|| {}) {
        println!("{error}");
    }
    Ok(())
}

//! Cron expressions, in the dialects of crontab, Quartz and APScheduler. Python's APScheduler has
//! `scheduler.add_job(report, CronTrigger.from_crontab("30 9 * * mon-fri"))`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use punctual::chrono::{TimeZone, Utc};
use punctual::{Dialect, Fields, ManualClock, Result, Scheduler};

fn main() -> Result<()> {
    let begin = Utc.with_ymd_and_hms(2024, 1, 10, 12, 0, 0).unwrap();
    let scheduler = Scheduler::builder().clock(ManualClock::new(begin)).tz(Utc).build()?;

    // Minute, hour, day of month, month, day of week.
    let jobs = [
        scheduler.cron("30 9 * * mon-fri").run(|| println!("good morning"))?,
        scheduler.cron("*/15 9-17 * * mon-fri").between("10:00", "16:00").run(|| println!("tick"))?,
        // The last day, the weekday nearest the 15th, the second Tuesday.
        scheduler.cron("0 18 L * *").run(|| println!("close the books"))?,
        scheduler.cron("0 9 15W * *").run(|| println!("pay"))?,
        scheduler.cron("0 20 * * TUE#2").run(|| println!("meet"))?,
        // The 13th or Friday, as crontabs have it; and Friday the 13th.
        scheduler.cron("0 0 13 * FRI").run(|| println!("either"))?,
        scheduler.cron("0 0 13 * +FRI").run(|| println!("both"))?,
        scheduler.cron_in(Dialect::Quartz, "0 0 12 ? * FRI").run(|| println!("lunch"))?,
        scheduler.cron(Fields::new().day("3rd fri").hour(17)).run(|| println!("retrospective"))?,
    ];
    for job in jobs {
        let next = job.upcoming(3).iter().map(|slot| slot.format("%a %F %R").to_string()).collect::<Vec<_>>();
        println!("{}\n  {}", job.schedule(), next.join(", "));
    }

    // What is easily misread is refused, and says what would be right.
    for text in ["0/15 * * * *", "0 0 * * FRI-MON", "@every 5m", "0 0 31 4 *"] {
        println!("{}", scheduler.cron(text).run(|| {}).unwrap_err());
    }
    Ok(())
}

//! Wall times in other zones, and DST changes. Mirrors "Timezone & Daylight Saving Time" of Python's
//! `schedule`: `schedule.every().day.at("12:42", "Europe/Amsterdam").do(job)`, also with a `pytz` zone.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use punctual::chrono::{TimeZone, Utc};
use punctual::chrono_tz::Europe::Berlin;
use punctual::{every, ManualClock, Scheduler};

fn main() -> punctual::Result<()> {
    // By name, by a value of `chrono-tz`, by an offset.
    println!("{}", every().day().at("12:42").tz("Europe/Amsterdam").named("lunch").run(|| {})?);
    println!("{}", every().hour().at(":30").tz(Berlin).named("chime").run(|| {})?);
    println!("{}", every().friday().at("17:00").tz(Utc).named("beer").run(|| {})?);
    println!("{}", every().day().at("9:00").tz("+05:30").named("tea").run(|| {})?);
    if let Err(error) = every().day().tz("Europe/Berlim").run(|| {}) {
        println!("{error}");
    }

    // 02:30 does not exist on 31 March 2024 in Berlin, and exists twice on 27 October.
    for (month, day) in [(3, 29), (10, 25)] {
        println!();
        let noon = Utc.with_ymd_and_hms(2024, month, day, 12, 0, 0).unwrap();
        let clock = ManualClock::new(noon);
        let scheduler = Scheduler::with_clock(clock.clone());
        scheduler.every().day().at("02:30").tz(Berlin).run(|| {})?;
        while let Some(next) = scheduler.next_run().filter(|next| (*next - noon).num_days() < 4) {
            println!("{} is {}", next.with_timezone(&Berlin), next);
            clock.set(next);
            scheduler.run_pending();
        }
    }
    Ok(())
}

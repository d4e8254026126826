//! Cron expressions in every dialect, and fields: the first byte says which.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{Dialect, Recurrence, Schedule};
use punctual_fuzz::stage;

const DIALECTS: [Dialect; 5] = [Dialect::Unix, Dialect::Vixie, Dialect::Quartz, Dialect::Celery, Dialect::Fields];

fuzz_target!(|input: (u8, &str)| {
    let (dialect, text) = input;
    let dialect = DIALECTS[usize::from(dialect) % DIALECTS.len()];
    let Ok(schedule) = Schedule::cron_in(dialect, text) else { return };
    // What was read is shown so that it is read again, as the same.
    let Recurrence::Cron(dialect, shown) = schedule.parts().recurrence else { panic!("{schedule} is no cron") };
    let again = Schedule::cron_in(dialect, &shown).expect("a canonical text can be read");
    assert_eq!((&again, again.to_string()), (&schedule, schedule.to_string()), "{text:?}");
    // Slots come in order, after now.
    let (scheduler, now) = stage();
    if let Ok(job) = scheduler.schedule(schedule).tz("America/New_York").run(|| {}) {
        let slots = job.upcoming(5);
        assert!(slots.first().is_some_and(|slot| *slot > now) && slots.is_sorted(), "{text:?}: {slots:?}");
    }
});

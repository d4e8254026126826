//! Schedules as text: what is read is shown so that it is read again, as the same; words have the slots of cron.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{Recurrence, Schedule};
use punctual_fuzz::stage;

/// Whether slots are drawn by each job.
fn is_random(schedule: &Schedule) -> bool {
    let parts = schedule.parts();
    matches!(parts.recurrence, Recurrence::Every { low, high, .. } if low < high)
        || parts.jitter.is_some()
        || parts.at_random.is_some()
        || parts.or.iter().any(is_random)
}

fuzz_target!(|text: &str| {
    let Ok(schedule) = text.parse::<Schedule>() else { return };
    let shown = schedule.to_string();
    match shown.parse::<Schedule>() {
        Ok(again) => assert_eq!((&again, again.to_string()), (&schedule, shown), "{text:?}"),
        // Canonical words may be longer than those that were read.
        Err(error) => assert!(shown.len() > 256, "{text:?}: {error}"),
    }
    let words = schedule.describe();
    let Ok(described) = words.parse::<Schedule>() else {
        assert!(words.len() > 256, "{text:?} in words: {words}");
        return;
    };
    let slots = |schedule: Schedule| {
        let (scheduler, _) = stage();
        scheduler.schedule(schedule).run(|| {}).map(|job| job.upcoming(5)).unwrap_or_default()
    };
    if words != text && !is_random(&schedule) {
        assert_eq!(slots(schedule), slots(described), "{text:?} in words: {words}");
    }
});

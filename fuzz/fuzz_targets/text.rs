//! Schedules as text: what is read is shown so that it is read again, as the same; words have the slots of cron.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::Schedule;
use punctual_fuzz::stage;

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
    // Random lengths are drawn by each job.
    if words != text && !words.contains(" to ") {
        assert_eq!(slots(schedule), slots(described), "{text:?} in words: {words}");
    }
});

//! The text of `tz`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{IntoZone, Schedule, Scheduler, Unit};
use punctual_fuzz::{refused, stage, zone};

fuzz_target!(|text: &str| {
    let (scheduler, now) = stage();
    let expected = zone(text);
    let daily = Schedule::every(1, Unit::Day).and_then(|schedule| schedule.at("10:30")).unwrap();
    match daily.tz(text) {
        Ok(schedule) => {
            assert_eq!(schedule.parts().zone.map(|zone| zone.to_string()), expected, "{text:?}: {schedule}");
            let job = scheduler.schedule(schedule).run(|| {}).unwrap();
            assert!(job.next_run().is_some_and(|next| next > now), "{text:?}: {job}");
            let read = text.into_zone().unwrap();
            assert_eq!(Some(read.to_string()), expected, "{text:?}: {job}");
            let again = read.to_string().into_zone().unwrap();
            assert_eq!(again.to_string(), read.to_string(), "a zone is called by a name that it has");
            assert!(Scheduler::builder().tz(read).build().is_ok());
        }
        Err(error) => {
            assert_eq!(expected, None, "{text:?}: {error}");
            assert!(error.is_invalid(), "{error}");
            refused(&scheduler, text, &error);
            judge_proposal(&error.to_string(), text);
        }
    }
});

/// A zone that is proposed instead exists.
fn judge_proposal(message: &str, text: &str) {
    let rest = message.strip_prefix(&format!("unknown time zone {text:?}"));
    if let Some(proposal) = rest.and_then(|rest| rest.strip_prefix(": did you mean \"")) {
        let name = proposal.strip_suffix("\"?");
        assert!(name.is_some_and(|name| zone(name).is_some()), "{message}");
    }
}

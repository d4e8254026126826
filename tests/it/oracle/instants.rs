//! `hour().at(…)` and `minute().at(…)` by their definition: a look at the clock at every second.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use punctual::{ManualClock, Scheduler};
use punctual_oracle::{is_full, Change, Zone, ZONES};

/// The seconds in `length` after `from` at which the clock shows what `is_shown` looks for.
fn seconds(zone: &Zone, from: DateTime<Utc>, length: TimeDelta, is_shown: impl Fn(u32) -> bool) -> Vec<DateTime<Utc>> {
    let all = (1..=length.num_seconds()).map(|second| from + TimeDelta::seconds(second));
    all.filter(|instant| is_shown(zone.wall(*instant).num_seconds_from_midnight())).collect()
}

#[test]
fn hours_and_minutes_with_at_run_at_the_instants_at_which_the_clock_shows_it() {
    let (before, length) = (TimeDelta::minutes(61), TimeDelta::minutes(200));
    let mut judged = 0;
    for tz in ZONES {
        let zone = Zone::between(tz, 1970..2040);
        let is_partial = |forward: TimeDelta| forward.num_seconds() % 3_600 != 0;
        let (partial, whole): (Vec<Change>, Vec<Change>) =
            zone.changes.iter().copied().partition(|change| is_partial(change.forward()));
        let sample: usize = if is_full() { 1 } else { 8 };
        for change in partial.into_iter().step_by(sample.div_ceil(4)).chain(whole.into_iter().step_by(sample * 2)) {
            let from = change.at - before;
            let scheduler = Scheduler::builder().clock(ManualClock::new(from)).tz(tz).build().unwrap();
            let hourly = scheduler.every().hour().at(":15").at("44:30").run(|| {}).unwrap();
            let minutely = scheduler.every().minute().at(":17").run(|| {}).unwrap();
            let expected = seconds(&zone, from, length, |second| [900, 2_670].contains(&(second % 3_600)));
            assert_eq!(hourly.upcoming(expected.len()), expected, "{tz}: {hourly}");
            judged += expected.len();
            let expected = seconds(&zone, from, length, |second| second % 60 == 17);
            assert_eq!(minutely.upcoming(expected.len()), expected, "{tz}: {minutely}");
            judged += expected.len();
        }
    }
    assert!(judged > 20_000, "{judged}");
}

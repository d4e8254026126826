//! Random lengths: every run lies within the bounds.

use chrono::{DateTime, Days, Months, NaiveDateTime, TimeDelta, Utc};
use fastrand::Rng;
use punctual::{
    ManualClock, Schedule, Scheduler,
    Unit::{self, Day, Hour, Millisecond, Minute, Month, Second, Week, Year},
};
use punctual_oracle::{length, Draw, Zone, ZONES};

use super::settle;

const UNITS: [Unit; 8] = [Millisecond, Second, Minute, Hour, Day, Week, Month, Year];

fn later(zone: &Zone, wall: NaiveDateTime, n: u32, unit: Unit) -> DateTime<Utc> {
    zone.instant(match unit {
        Day => wall + Days::new(n.into()),
        Week => wall + Days::new(7 * u64::from(n)),
        Month => wall + Months::new(n),
        _ => wall + Months::new(12 * n),
    })
}

/// The earliest and the latest run after a slot. The day and the time of the registration come back after a month, or a
/// day, that lacks them.
fn bounds(
    zone: &Zone,
    registered: NaiveDateTime,
    slot: DateTime<Utc>,
    (low, high): (u32, u32),
    unit: Unit,
) -> (DateTime<Utc>, DateTime<Utc>) {
    if let Some(length) = length(unit) {
        let steps = |n| length * i32::try_from(n).unwrap();
        return (slot + steps(low), slot + steps(high));
    }
    let wall = zone.wall(slot);
    let back = match unit {
        Month | Year => TimeDelta::days(3),
        _ => TimeDelta::zero(),
    };
    let days = [TimeDelta::zero(), TimeDelta::days(-1), back];
    let walls = days.iter().flat_map(|by| {
        let day = wall.date() + *by;
        [wall, day.and_time(registered.time())]
    });
    let at = |n| walls.clone().map(move |wall| later(zone, wall, n, unit));
    (at(low).min().unwrap(), at(high).max().unwrap())
}

#[test]
fn every_run_of_a_random_length_lies_within_its_bounds() {
    let (mut wrong, mut judged) = (Vec::new(), 0);
    for (seed, tz) in (1..).zip(ZONES) {
        let zone = Zone::between(tz, 1965..2100);
        let mut draw = Draw::new(&zone, seed);
        let mut rng = Rng::with_seed(seed);
        for round in 0..200 {
            let now = draw.now();
            let unit = UNITS[round % UNITS.len()];
            let low = rng.u32(1..=3);
            let high = low + rng.u32(0..=3);
            let clock = ManualClock::new(now);
            let scheduler = Scheduler::builder().clock(clock.clone()).tz(tz).seed(draw.within(0..=99)).build().unwrap();
            let schedule = Schedule::every(low, unit).unwrap().to(high).unwrap();
            let job = scheduler.schedule(schedule).run(|| {}).unwrap();
            let mut last = now;
            for _ in 0..4 {
                let (earliest, latest) = bounds(&zone, zone.wall(now), last, (low, high), unit);
                let next = job.next_run().unwrap();
                if next <= last || next < earliest || latest < next {
                    wrong.push(format!(
                        "{tz} {job} registered at {now}: {next} is not within {earliest} and {latest}, after {last}"
                    ));
                    break;
                }
                clock.advance((next - clock.now()).to_std().unwrap());
                assert_eq!(scheduler.run_pending(), 1);
                last = next;
                judged += 1;
            }
        }
    }
    settle(wrong, judged, 10_000);
}

#[test]
fn a_random_length_takes_every_value_from_the_lowest_to_the_highest() {
    let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    let scheduler = Scheduler::builder().clock(clock.clone()).seed(0).build().unwrap();
    let job = scheduler.every().minutes(5).to(8).run(|| {}).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let wait = job.next_run().unwrap() - clock.now();
        seen.insert(wait.num_seconds());
        clock.advance(wait.to_std().unwrap());
        assert_eq!(scheduler.run_pending(), 1);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [300, 360, 420, 480]);
}

//! Cron expressions by their definition: a look at the clock at every minute, or at every time of every date.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use fastrand::Rng;
use punctual::{ManualClock, Scheduler};
use punctual_oracle::{is_full, Zone, ZONES};

/// Sets of numbers, and the expression that says them.
struct Expression {
    text: String,
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Option<Vec<u32>>,
    weekdays: Option<Vec<u32>>,
    is_both: bool,
    follows_clock: bool,
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// A few numbers, in order.
fn some(rng: &mut Rng, numbers: std::ops::Range<u32>) -> Vec<u32> {
    let mut all: Vec<u32> = (0..rng.usize(1..=4)).map(|_| rng.u32(numbers.clone())).collect();
    all.sort_unstable();
    all.dedup();
    all
}

impl Expression {
    fn draw(rng: &mut Rng) -> Self {
        let quarter = |n: &u32| n % 15 == 0;
        let step = rng.u32(1..=30);
        let (minutes, minute) = match rng.u8(0..4) {
            0 => ((0..60).step_by(step as usize).collect(), format!("*/{step}")),
            1 => ((0..60).filter(quarter).collect(), "0-59/15".to_owned()),
            _ => {
                let some = some(rng, 0..60);
                (some.clone(), list(&some))
            }
        };
        let (hours, hour) = match rng.u8(0..4) {
            0 => ((0..24).collect(), "*".to_owned()),
            1 => ((0..24).collect(), "0-23".to_owned()),
            _ => {
                let mut some = some(rng, 0..5);
                some.extend([23].into_iter().filter(|_| rng.bool()));
                (some.clone(), list(&some))
            }
        };
        let days = rng.bool().then(|| some(rng, 1..32));
        let weekdays = rng.bool().then(|| some(rng, 0..7));
        let is_both = weekdays.is_some() && rng.bool();
        let day = days.as_deref().map_or("*".to_owned(), list);
        let weekday = weekdays.as_deref().map_or("*".to_owned(), list);
        let text = format!("{minute} {hour} {day} * {}{weekday}", if is_both { "+" } else { "" });
        let follows_clock = minute.starts_with('*') || hour.starts_with('*');
        Expression { text, minutes, hours, days, weekdays, is_both, follows_clock }
    }

    fn has_date(&self, date: NaiveDate) -> bool {
        let day = self.days.as_ref().map(|days| days.contains(&date.day()));
        let weekday = self.weekdays.as_ref().map(|days| days.contains(&date.weekday().num_days_from_sunday()));
        match (day, weekday) {
            (Some(day), Some(weekday)) if self.is_both => day && weekday,
            (Some(day), Some(weekday)) => day || weekday,
            (day, weekday) => day.or(weekday).unwrap_or(true),
        }
    }

    fn has(&self, wall: NaiveDateTime) -> bool {
        self.minutes.contains(&wall.minute()) && self.hours.contains(&wall.hour()) && self.has_date(wall.date())
    }

    /// The slots in some days after an instant, which is a whole minute of UTC.
    fn slots(&self, zone: &Zone, from: DateTime<Utc>, days: u64) -> Vec<DateTime<Utc>> {
        if self.follows_clock {
            let minutes = (1..=days as i64 * 24 * 60).map(|minute| from + TimeDelta::minutes(minute));
            return minutes.filter(|instant| self.has(zone.wall(*instant))).collect();
        }
        let dates = zone.wall(from).date() - Days::new(3);
        let dates = (0..days + 6).map(|day| dates + Days::new(day)).filter(|date| self.has_date(*date));
        let walls = dates.flat_map(|date| {
            let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
            times.filter_map(move |(hour, minute)| date.and_hms_opt(hour, minute, 0))
        });
        let end = from + Days::new(days);
        let mut slots: Vec<_> = walls.map(|wall| zone.instant(wall)).filter(|at| *at > from && *at <= end).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

#[test]
fn expressions_have_the_slots_of_their_definition_near_changes() {
    const DAYS: u64 = 6;
    let mut rng = Rng::with_seed(13);
    let mut judged = 0;
    let count = if is_full() { 400 } else { 12 };
    for tz in ZONES {
        let zone = Zone::between(tz, 1975..2040);
        // Offsets with seconds are not looked at once a minute.
        let whole = |offset: TimeDelta| offset.num_seconds() % 60 == 0;
        let changes: Vec<_> = zone.changes.iter().filter(|one| whole(one.before) && whole(one.after)).collect();
        for _ in 0..count {
            let near = changes.get(rng.usize(0..changes.len().max(1))).map(|change| change.at);
            let around = near.unwrap_or(DateTime::UNIX_EPOCH + Days::new(10_000));
            let from = around - TimeDelta::minutes(rng.i64(-24 * 60..3 * 24 * 60));
            let expression = Expression::draw(&mut rng);
            let expected = expression.slots(&zone, from, DAYS);
            let scheduler = Scheduler::builder().clock(ManualClock::new(from)).tz(tz).build().unwrap();
            let found = match scheduler.cron(&expression.text).run(|| {}) {
                Ok(job) => job.upcoming(expected.len() + 1),
                Err(error) if error.is_never() => Vec::new(),
                Err(error) => panic!("{error}"),
            };
            let found: Vec<_> = found.into_iter().filter(|at| *at <= from + Days::new(DAYS)).collect();
            assert_eq!(found, expected, "{} in {tz} after {from}", expression.text);
            judged += expected.len();
        }
    }
    assert!(judged > 2_000, "{judged}");
}

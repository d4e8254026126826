//! What the clocks of a place show. The offset at an instant is all that is taken from the time zone database.

use std::{collections::BTreeMap, sync::Mutex};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// A time zone, and when its clocks are set.
#[derive(Debug)]
pub struct Zone {
    /// Its name.
    pub tz: Tz,
    /// When its clocks are set, in the order of time.
    pub changes: Vec<Change>,
}

/// The clocks are set from one offset to another.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The first instant of the new offset.
    pub at: DateTime<Utc>,
    /// The offset from UTC until then.
    pub before: TimeDelta,
    /// The offset from UTC from then on.
    pub after: TimeDelta,
}

impl Change {
    /// By how much the clocks go forward; negative when they go back.
    pub fn forward(&self) -> TimeDelta {
        self.after - self.before
    }

    /// The wall time at which the clocks are set, as it would be without the change.
    pub fn wall_before(&self) -> NaiveDateTime {
        self.at.naive_utc() + self.before
    }

    /// The wall time at which the clocks are set, as it is after the change.
    pub fn wall_after(&self) -> NaiveDateTime {
        self.at.naive_utc() + self.after
    }
}

/// More than any clock is ever apart from UTC or set by.
fn a_day_and_more() -> TimeDelta {
    TimeDelta::hours(26)
}

/// From this year on the database says nothing more, and the last rule of each zone stays in force.
const NOT_LISTED: i32 = 2100;

/// A rule names a month and a day or a weekday, so what counts about a date is its name: the month, the day and the
/// weekday. From 2090 to 2098, when the last rule of every zone is in force, there is a date of each name.
fn namesake(date: NaiveDate) -> NaiveDate {
    // No rule names 29 February: it is the day after the 28th.
    if (date.month(), date.day()) == (2, 29) {
        return namesake(date - Days::new(1)) + Days::new(1);
    }
    let dates = (2090..=2098).filter_map(|year| date.with_year(year));
    dates.into_iter().find(|other| other.weekday() == date.weekday()).expect("there is one of each name")
}

fn offset_at(tz: Tz, instant: DateTime<Utc>) -> TimeDelta {
    let mut asked = instant.naive_utc();
    if asked.year() >= NOT_LISTED {
        asked = namesake(asked.date()).and_time(asked.time());
    }
    TimeDelta::seconds(tz.offset_from_utc_datetime(&asked).fix().local_minus_utc().into())
}

impl Zone {
    /// The zone with all changes of the given years, found by comparing the offsets of neighbouring days.
    pub fn between(tz: Tz, years: std::ops::Range<i32>) -> Self {
        let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN);
        let mut today = new_year(years.start).and_utc();
        let end = new_year(years.end).and_utc();
        let mut changes = Vec::new();
        while today < end {
            let tomorrow = today + Days::new(1);
            let (before, after) = (offset_at(tz, today), offset_at(tz, tomorrow));
            if before != after {
                let at = first_second(today, tomorrow, |instant| offset_at(tz, instant) == after);
                changes.push(Change { at, before, after });
            }
            today = tomorrow;
        }
        Zone { tz, changes }
    }

    /// The zone with its changes from 1960 to 2199. Found once, and kept for as long as the process runs.
    pub fn of(tz: Tz) -> &'static Zone {
        static FOUND: Mutex<BTreeMap<&str, &Zone>> = Mutex::new(BTreeMap::new());
        let mut found = FOUND.lock().unwrap();
        found.entry(tz.name()).or_insert_with(|| Box::leak(Box::new(Zone::between(tz, 1960..2200))))
    }

    /// The offset from UTC at an instant.
    pub fn offset(&self, instant: DateTime<Utc>) -> TimeDelta {
        offset_at(self.tz, instant)
    }

    /// The wall time at an instant.
    pub fn wall(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.naive_utc() + self.offset(instant)
    }

    /// All offsets that hold within a day of `instant`. Between the two ends the clocks are set once at most.
    pub fn offsets_around(&self, instant: DateTime<Utc>) -> Vec<TimeDelta> {
        let around = [instant, instant - a_day_and_more(), instant + a_day_and_more()];
        let mut offsets = around.map(|instant| self.offset(instant)).to_vec();
        let mut seen = Vec::new();
        offsets.retain(|offset| {
            !seen.contains(offset) && {
                seen.push(*offset);
                true
            }
        });
        offsets
    }

    /// All instants at which the clocks show `wall`, in order: none in a gap, two in an overlap.
    pub fn showings(&self, wall: NaiveDateTime) -> Vec<DateTime<Utc>> {
        let offsets = self.offsets_around(wall.and_utc());
        let mut showings: Vec<_> = offsets
            .into_iter()
            .map(|offset| (wall - offset).and_utc())
            .filter(|instant| self.wall(*instant) == wall)
            .collect();
        showings.sort();
        showings.dedup();
        showings
    }

    /// The instant of a wall time that a gap skips: later by the gap, when it would have come without the change.
    pub fn shifted(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let before = self.offset(wall.and_utc() - a_day_and_more());
        (wall - before).and_utc()
    }

    /// The instant that a wall time resolves to: its first occurrence, or later by the gap that skips it.
    pub fn instant(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        self.showings(wall).first().copied().unwrap_or_else(|| self.shifted(wall))
    }
}

/// The first whole second after `no` that fulfils `is`, which `yes` does.
fn first_second(mut no: DateTime<Utc>, mut yes: DateTime<Utc>, is: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    while yes - no > TimeDelta::seconds(1) {
        let middle = no + TimeDelta::seconds((yes - no).num_seconds() / 2);
        if is(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

/// The wall time, or instant, without what is less than `whole`: an hour, or a minute.
pub(crate) fn truncated(wall: NaiveDateTime, whole: TimeDelta) -> NaiveDateTime {
    let since_midnight = TimeDelta::seconds(wall.num_seconds_from_midnight().into());
    let rest = since_midnight.num_seconds() % whole.num_seconds();
    wall - TimeDelta::seconds(rest) - TimeDelta::nanoseconds(wall.nanosecond().into())
}

//! What holds of every schedule, however odd.

use punctual::{
    chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc},
    Error, IntoZone, Moment, NamedDays, Parts, Recurrence, Schedule, Unit,
};

/// What the parts of a schedule ask of its slots, as far as that is plain to see.
pub struct Rules {
    now: DateTime<Utc>,
    whole: Parts,
    /// The schedule itself, and its alternatives.
    lines: Vec<Line>,
    until: Option<DateTime<Utc>>,
}

struct Line {
    parts: Parts,
    /// How far its clocks are ahead of UTC, if they are never set.
    ahead: Option<TimeDelta>,
}

impl Rules {
    /// The rules of a schedule that is registered at `now` with a scheduler in UTC.
    pub fn new(schedule: &Schedule, now: DateTime<Utc>) -> Self {
        let whole = schedule.parts();
        let until = match whole.until.as_ref().map(|when| when.moment().unwrap()) {
            Some(Moment::At(instant)) => Some(instant),
            Some(Moment::FromNow(delta)) => now.checked_add_signed(delta),
            _ => None,
        };
        let zone = whole.zone;
        let line = |schedule: &Schedule| {
            let parts = schedule.parts();
            let zone = parts.zone.or(zone).map_or("UTC".to_owned(), |zone| zone.to_string());
            Line { parts, ahead: fixed(&zone) }
        };
        let lines = std::iter::once(schedule).chain(&whole.or).map(line).collect();
        Rules { now, lines, until, whole }
    }

    /// The highest number of runs.
    pub fn times(&self) -> Option<u64> {
        match self.whole.recurrence {
            Recurrence::Every { .. } => self.whole.times,
            _ => Some(1),
        }
    }

    /// The first slot.
    pub fn judge_first(&self, slot: DateTime<Utc>) {
        let is_single = !matches!(self.whole.recurrence, Recurrence::Every { .. });
        let may_be_now = self.whole.immediately || is_single;
        assert!(slot > self.now || may_be_now && slot == self.now, "the first slot {slot} is not after {}", self.now);
        if slot > self.now {
            self.judge(slot);
        }
        self.judge_deadline(slot);
    }

    /// A slot after the first, and the one before it, which was polled on time or not.
    pub fn judge_next(&self, before: DateTime<Utc>, slot: DateTime<Utc>, on_time: bool) {
        assert!(slot > before, "{slot} comes after {before}");
        self.judge(slot);
        self.judge_deadline(slot);
        let [line] = &self.lines[..] else { return };
        let Some((low, high)) = line.lengths().filter(|_| line.parts.at.is_empty()) else { return };
        if self.whole.immediately && before == self.now {
            return;
        }
        let gap = nanos(slot - before);
        let is_one_step = on_time && line.parts.between.is_none();
        if low == high {
            assert!(gap % low == 0 && (!is_one_step || gap == low), "{gap} ns is no step of {low} ns");
        } else {
            assert!(gap >= low, "{gap} ns is not {low} ns");
            assert!(!is_one_step || gap <= high, "{gap} ns is more than {high} ns");
        }
    }

    fn judge_deadline(&self, slot: DateTime<Utc>) {
        assert!(self.until.is_none_or(|until| slot <= until), "{slot} is later than {:?}", self.until);
    }

    fn judge(&self, slot: DateTime<Utc>) {
        assert!(self.lines.iter().any(|line| line.has(slot)), "{slot} is no slot of {:?}", self.whole);
    }
}

impl Line {
    /// The shortest and the longest step in nanoseconds, if it is elapsed time.
    fn lengths(&self) -> Option<(i128, i128)> {
        let Recurrence::Every { low, high, unit } = self.parts.recurrence else { return None };
        let unit = match unit {
            Unit::Nanosecond => 1,
            Unit::Millisecond => 1_000_000,
            Unit::Second => 1_000_000_000,
            Unit::Minute => 60_000_000_000,
            Unit::Hour => 3_600_000_000_000,
            _ => return None,
        };
        Some((unit * i128::from(low), unit * i128::from(high)))
    }

    /// If the clocks are never set, they show at a slot what the schedule says.
    fn has(&self, slot: DateTime<Utc>) -> bool {
        let Some(wall) = self.ahead.and_then(|ahead| slot.naive_utc().checked_add_signed(ahead)) else { return true };
        let time = wall.time();
        let is_open = match self.parts.between {
            None => true,
            Some((open, close)) if open < close => open <= time && time < close,
            Some((open, close)) => open <= time || time < close,
        };
        // A random length is put off until the window opens.
        let is_random = matches!(self.parts.recurrence, Recurrence::Every { low, high, .. } if low < high);
        let is_opening = is_random && self.parts.between.is_some_and(|(open, _)| open == time);
        let at = &self.parts.at;
        is_open && (at.is_empty() || is_opening || at.contains(&self.shown(wall))) && self.has_date(wall.date())
    }

    /// What `at` is about.
    fn shown(&self, wall: NaiveDateTime) -> NaiveTime {
        let hms = |hour, minute| NaiveTime::from_hms_nano_opt(hour, minute, wall.second(), wall.nanosecond()).unwrap();
        match self.parts.recurrence {
            Recurrence::Every { unit: Unit::Minute, .. } => hms(0, 0),
            Recurrence::Every { unit: Unit::Hour, .. } => hms(0, wall.minute()),
            _ => wall.time(),
        }
    }

    fn has_date(&self, date: NaiveDate) -> bool {
        let (day, weekday) = (date.day(), date.weekday());
        let last = last_day(date.year(), date.month());
        match &self.parts.days {
            NamedDays::Weekdays(days) => days.contains(&weekday),
            NamedDays::Day(wanted) => day == u32::from(*wanted).min(last),
            NamedDays::LastDay => day == last,
            NamedDays::Nth(nth, wanted) => weekday == *wanted && date.day0() / 7 + 1 == u32::from(*nth),
            NamedDays::Last(wanted) => weekday == *wanted && day + 7 > last,
            NamedDays::Date { month, day: wanted } => {
                date.month() == u32::from(*month) && day == u32::from(*wanted).min(last)
            }
            _ => true,
        }
    }
}

/// How far clocks are ahead of UTC, if a text names an offset.
fn fixed(zone: &str) -> Option<TimeDelta> {
    if zone == "UTC" {
        return Some(TimeDelta::zero());
    }
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let ahead = TimeDelta::minutes(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?);
    assert!(zone.into_zone().is_ok());
    Some(if zone.starts_with('-') { -ahead } else { ahead })
}

fn last_day(year: i32, month: u32) -> u32 {
    (28..=31).rev().find(|day| NaiveDate::from_ymd_opt(year, month, *day).is_some()).unwrap()
}

fn nanos(delta: TimeDelta) -> i128 {
    i128::from(delta.num_seconds()) * 1_000_000_000 + i128::from(delta.subsec_nanos())
}

/// A schedule is refused when it is registered if it has no slot, or for a moment, which the error quotes.
pub fn judge_error(schedule: &Schedule, error: &Error) {
    let message = error.to_string();
    let parts = schedule.parts();
    let starting = |schedule: &Schedule| schedule.parts().starting;
    let once = match &parts.recurrence {
        Recurrence::Once(when) => Some(when.clone()),
        _ => None,
    };
    let mut moments = parts.or.iter().chain([schedule]).filter_map(starting).chain(once).chain(parts.until.clone());
    let is_quoted =
        message.starts_with("invalid moment ") && moments.any(|when| message.contains(&format!("\"{when}\"")));
    assert!(error.is_never() || error.is_invalid() && is_quoted, "{message}");
    assert!(!is_sensible(&parts), "{message}");
}

/// Whether nothing could be wrong with it: a modest number, and nothing that bounds it.
fn is_sensible(parts: &Parts) -> bool {
    let is_modest = matches!(parts.recurrence, Recurrence::Every { low, high, .. } if low == high && low <= 1000);
    let is_plain = matches!(parts.days, NamedDays::Unnamed | NamedDays::Weekdays(_));
    let is_bounded = parts.between.is_some() || parts.starting.is_some() || parts.until.is_some();
    is_modest && is_plain && !is_bounded && parts.or.is_empty()
}

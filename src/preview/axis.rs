//! The lines and labels of a time axis, at round wall times.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::{timestamp::Timestamp, zone::Zone};

/// A time axis in a zone.
pub(super) struct Axis {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) zone: Zone,
}

/// A line of the axis, and what stands at it.
pub(super) struct Tick {
    pub(super) at: Timestamp,
    pub(super) label: String,
}

/// The distance of two lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Months(u32),
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The distances of the fine lines, from the shortest.
const FINE: [Step; 18] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(MINUTE),
    Step::Seconds(5 * MINUTE),
    Step::Seconds(10 * MINUTE),
    Step::Seconds(15 * MINUTE),
    Step::Seconds(30 * MINUTE),
    Step::Seconds(HOUR),
    Step::Seconds(2 * HOUR),
    Step::Seconds(3 * HOUR),
    Step::Seconds(6 * HOUR),
    Step::Seconds(12 * HOUR),
    Step::Seconds(DAY),
    Step::Seconds(WEEK),
    Step::Months(1),
    Step::Months(12),
];

/// The distances of the strong lines, which stand at days and longer steps.
const STRONG: [Step; 9] = [
    Step::Seconds(DAY),
    Step::Seconds(WEEK),
    Step::Months(1),
    Step::Months(3),
    Step::Months(12),
    Step::Months(60),
    Step::Months(120),
    Step::Months(600),
    Step::Months(1_200),
];

impl Step {
    fn seconds(self) -> i64 {
        match self {
            Step::Seconds(seconds) => seconds,
            Step::Months(months) => i64::from(months) * 30 * DAY,
        }
    }

    /// The last round wall time at or before one.
    fn floor(self, wall: NaiveDateTime) -> NaiveDateTime {
        match self {
            Step::Seconds(seconds) => {
                // Weeks begin with Monday: 1970 began with a Thursday.
                let shift = if seconds == WEEK { 4 * DAY } else { 0 };
                let count = wall.and_utc().timestamp() - shift;
                let floor = count.div_euclid(seconds) * seconds + shift;
                DateTime::from_timestamp(floor, 0).map_or(wall, |floor| floor.naive_utc())
            }
            Step::Months(n) => {
                let count = wall.year() * 12 + wall.month0() as i32;
                month(count.div_euclid(n as i32) * n as i32).unwrap_or(wall)
            }
        }
    }

    fn next(self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Step::Seconds(seconds) => wall.checked_add_signed(TimeDelta::seconds(seconds)),
            Step::Months(n) => month(wall.year() * 12 + wall.month0() as i32 + n as i32),
        }
    }
}

/// The beginning of a month, counted from January of the year 0.
fn month(count: i32) -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(count.div_euclid(12), count.rem_euclid(12) as u32 + 1, 1)?.and_hms_opt(0, 0, 0)
}

impl Axis {
    /// The most lines, whatever the caller asks for.
    const MOST: usize = 400;

    /// The fine lines and the strong ones: see [`fine`](Axis::fine) and [`strong`](Axis::strong). Where both are the
    /// same there are no fine ones.
    pub(super) fn ticks(&self, letter: f64, part: f64) -> (Vec<Tick>, Vec<Tick>) {
        let (mut fine, strong) = (self.fine(letter), self.strong(part));
        if fine.iter().all(|tick| strong.iter().any(|other| other.at == tick.at)) {
            fine.clear();
        }
        (fine, strong)
    }

    /// The fine lines, as close as their labels allow, of which a letter takes a `letter` of the span. The labels say
    /// the time, or the day.
    fn fine(&self, letter: f64) -> Vec<Tick> {
        let (step, format) = self.step(FINE.map(|step| match step.seconds() {
            ..MINUTE => (step, "%H:%M:%S", 10.0 * letter),
            MINUTE..HOUR => (step, "%H:%M", 7.0 * letter),
            HOUR..DAY => (step, "%H", 4.0 * letter),
            DAY..=WEEK => (step, "%-d", 4.0 * letter),
            _ if step == Step::Months(1) => (step, "%b", 5.0 * letter),
            _ => (step, "%Y", 6.0 * letter),
        }));
        self.at_steps(step, format)
    }

    /// The strong lines, at midnights: as close as possible, but at least a `part` of the span apart.
    fn strong(&self, part: f64) -> Vec<Tick> {
        let (step, _) = self.step(STRONG.map(|step| (step, "", part)));
        let format = match step {
            Step::Seconds(_) => "%a %-d %b",
            Step::Months(1 | 3) => "%b %Y",
            Step::Months(_) => "%Y",
        };
        self.at_steps(step, format)
    }

    /// The first step that is at least a part of the span, or the last.
    fn step<const N: usize>(&self, steps: [(Step, &'static str, f64); N]) -> (Step, &'static str) {
        let seconds = self.length() as f64 / 1e9;
        let fits = |(step, _, part): &&(Step, &str, f64)| step.seconds() as f64 >= seconds * part;
        let (step, format, _) = steps.iter().find(fits).unwrap_or(&steps[N - 1]);
        (*step, format)
    }

    fn at_steps(&self, step: Step, format: &str) -> Vec<Tick> {
        let mut wall = self.naive(self.from).map(|wall| step.floor(wall));
        let mut ticks: Vec<Tick> = Vec::new();
        while let Some(this) = wall {
            let at = self.zone.resolve(this.into());
            if at >= self.to || ticks.len() >= Self::MOST {
                break;
            }
            if at >= self.from && ticks.last().is_none_or(|last| last.at < at) {
                ticks.push(Tick { at, label: self.wall(at).format(format).to_string() });
            }
            wall = step.next(this);
        }
        ticks
    }

    /// The wall time at an instant.
    pub(super) fn wall(&self, at: Timestamp) -> DateTime<FixedOffset> {
        let offset = i32::try_from(self.zone.offset_at(at) / 1_000_000_000).ok().and_then(FixedOffset::east_opt);
        at.datetime().with_timezone(&offset.unwrap_or_else(utc))
    }

    /// The wall time at an instant; `None` beyond the ends of the calendar.
    fn naive(&self, at: Timestamp) -> Option<NaiveDateTime> {
        let wall = self.wall(at);
        wall.naive_utc().checked_add_offset(*wall.offset())
    }

    /// The place of an instant on the axis, from 0 to 1.
    pub(super) fn place(&self, at: Timestamp) -> f64 {
        (at.nanos() - self.from.nanos()) as f64 / self.length() as f64
    }

    /// The length in nanoseconds, at least one.
    fn length(&self) -> i128 {
        (self.to.nanos() - self.from.nanos()).max(1)
    }

    /// An instant as text, as precise as it has to be.
    pub(super) fn show(&self, at: Timestamp) -> String {
        let wall = self.wall(at);
        let format = match (wall.nanosecond(), wall.second()) {
            (0, 0) => "%a %-d %b %Y %H:%M",
            (0, _) => "%a %-d %b %Y %H:%M:%S",
            _ => "%a %-d %b %Y %H:%M:%S%.f",
        };
        wall.format(format).to_string()
    }
}

fn utc() -> FixedOffset {
    use chrono::Offset;
    chrono::Utc.fix()
}

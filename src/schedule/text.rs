//! Schedules as text.

use std::fmt;

use super::{days::longest, filters::Run, names::runs, Cadence, Dates, On, Options, Schedule};
use crate::{
    trigger::{list, Unit, WeekdaySet, Window},
    zone::TimeOfDay,
};

/// The schedule in English, as in "every day at 10:30": the canonical form of what [`FromStr`](std::str::FromStr)
/// reads.
///
/// The text of a [`Trigger`](crate::Trigger) of your own, "by a trigger", cannot be read back, nor can one of more than
/// 256 bytes.
///
/// ```
/// use punctual::Schedule;
/// let schedule: Schedule = "every Mon, THU at 9:00 for 8h".parse()?;
/// assert_eq!(schedule.to_string(), "every Monday and Thursday at 09:00 for 28800s");
/// assert_eq!(schedule.to_string().parse::<Schedule>()?, schedule);
/// # Ok::<(), punctual::Error>(())
/// ```
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(options) = self.options.as_deref() else { return write!(f, "{}", self.cadence) };
        self.members().fmt(f)?;
        if let Some(until) = &options.until {
            match until.is_length_ahead() {
                true => write!(f, " {}", until.canonical("for"))?,
                false => write!(f, " until {}", until.canonical("in"))?,
            }
        }
        self.ending().fmt(f)
    }
}

impl Schedule {
    /// Shows the schedule without `until`, `immediately` and `times`, which apply to the whole.
    pub(crate) fn members(&self) -> impl fmt::Display + '_ {
        Members(self)
    }

    /// Shows `immediately` and `times`.
    pub(crate) fn ending(&self) -> impl fmt::Display + '_ {
        Ending(self)
    }

    /// The dates of `except_on`, if there are any.
    fn excluded(&self) -> Option<&Dates> {
        self.options.as_deref().map(|options| &options.filters.except).filter(|dates| !dates.is_empty())
    }

    /// Shows the schedule without its alternatives and without `except_on`.
    fn describe_clause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cadence)?;
        self.options.as_deref().map_or(Ok(()), |options| options.describe(&self.cadence, f))
    }

    /// Shows the schedule without its alternatives, in brackets if it has an `except_on` of its own.
    fn describe_alone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.options.as_deref() {
            Some(options) if self.excluded().is_some() => {
                f.write_str("(")?;
                self.describe_clause(f)?;
                options.filters.describe_except(f)?;
                f.write_str(")")
            }
            _ => self.describe_clause(f),
        }
    }
}

struct Members<'a>(&'a Schedule);

impl fmt::Display for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedule = self.0;
        let Some(options) = schedule.options.as_deref() else { return write!(f, "{}", schedule.cadence) };
        let except = schedule.excluded();
        if options.or.is_empty() || (except.is_some() && options.or.iter().all(|other| other.excluded() == except)) {
            // "a or b except c": it is said once, of all.
            schedule.describe_clause(f)?;
            options.or.iter().try_for_each(|other| {
                f.write_str(" or ")?;
                other.describe_clause(f)
            })?;
            return options.filters.describe_except(f);
        }
        schedule.describe_alone(f)?;
        options.or.iter().try_for_each(|other| {
            f.write_str(" or ")?;
            other.describe_alone(f)
        })
    }
}

struct Ending<'a>(&'a Schedule);

impl fmt::Display for Ending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(options) = self.0.options.as_deref() else { return Ok(()) };
        if options.immediately {
            f.write_str(" immediately")?;
        }
        match options.times {
            Some(1) => f.write_str(", once"),
            Some(times) => write!(f, ", {times} times"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high, unit, on) = match self {
            Cadence::Unsaid => return f.write_str("every"),
            Cadence::After(delay) => return write!(f, "once after {delay:?}"),
            Cadence::Once(when) if when.is_length() => return write!(f, "once {}", when.canonical("in")),
            Cadence::Once(when) => return write!(f, "once at {}", when.canonical("in")),
            Cadence::Cron(cron) => return cron.fmt(f),
            Cadence::All(all) => {
                let mut joint = "";
                return all.iter().try_for_each(|one| {
                    write!(f, "{joint}({one})")?;
                    joint = " and ";
                    Ok(())
                });
            }
            Cadence::Own(_) => return f.write_str("by a trigger"),
            Cadence::Every { low, high, unit, on } => (*low, *high, *unit, *on),
        };
        match on {
            // "every Monday", not "every week on Monday".
            On::Weekdays(days) if (low, high) == (1, 1) => match days {
                WeekdaySet::WEEKDAYS => return f.write_str("every weekday"),
                WeekdaySet::WEEKEND => return f.write_str("every weekend"),
                days => return write!(f, "every {days}"),
            },
            _ => unit.describe(low, Some((low, high)), f)?,
        }
        match on {
            On::Default => Ok(()),
            On::Weekdays(days) => write!(f, " on {days}"),
            On::Day(day) => write!(f, " on {}", Dates::from(day)),
            On::Date { month, day } => write!(f, " on {day} {}", longest(month).0),
        }
    }
}

impl Options {
    fn describe(&self, cadence: &Cadence, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.at.is_empty() {
            f.write_str(" at ")?;
            match cadence {
                Cadence::Every { unit: unit @ (Unit::Minute | Unit::Hour), .. } => {
                    list(self.at.iter().map(|at| Part(*at, *unit)), f)?;
                }
                _ => match Product::of(&self.at) {
                    Some(product) => write!(f, "{product}")?,
                    None => list(self.at.iter(), f)?,
                },
            }
        }
        if let Some(window) = self.scatter.at_random {
            write!(f, " at a random time between {}", Hours(window))?;
        }
        if let Some(window) = self.window {
            write!(f, " between {}", Hours(window))?;
        }
        if let Some(most) = self.scatter.jitter {
            write!(f, " with jitter {most:?}")?;
        }
        if let Some(most) = self.scatter.spread {
            write!(f, " spread over {most:?}")?;
        }
        self.filters.describe(f)?;
        self.zone.map_or(Ok(()), |zone| write!(f, " in {zone}"))?;
        let starting = self.starting.as_ref();
        starting.map_or(Ok(()), |starting| write!(f, " starting {}", starting.canonical("in")))
    }
}

/// The opening and the close of a window.
struct Hours(Window);

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.close.nanos() {
            0 => write!(f, "{} and 24:00", self.0.open),
            _ => write!(f, "{} and {}", self.0.open, self.0.close),
        }
    }
}

/// A second of the minute or a minute of the hour, in the form that `at` takes.
struct Part(TimeOfDay, Unit);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.nanos() / 1_000_000_000;
        match (self.1, seconds / 60, seconds % 60) {
            (Unit::Hour, minute, 0) => write!(f, ":{minute:02}"),
            (Unit::Hour, minute, second) => write!(f, "{minute:02}:{second:02}"),
            (_, _, second) => write!(f, ":{second:02}"),
        }
    }
}

/// Times of day that are each of some minutes of each of some hours.
struct Product {
    minutes: u64,
    hours: u64,
}

impl Product {
    /// Up to as many times, the list is easier to read.
    const LONGEST_LIST: usize = 6;

    fn of(times: &[TimeOfDay]) -> Option<Self> {
        if times.len() <= Product::LONGEST_LIST || times.iter().any(|time| time.nanos() % MINUTE != 0) {
            return None;
        }
        let minute = |time: &TimeOfDay| time.nanos() / MINUTE;
        let minutes = times.iter().fold(0, |minutes, time| minutes | 1 << (minute(time) % 60));
        let hours = times.iter().fold(0, |hours, time| hours | 1 << (minute(time) / 60));
        // The times are distinct and all in the product, so it has no other if it has as many.
        let count = u64::count_ones(minutes) * u64::count_ones(hours);
        (count as usize == times.len()).then_some(Product { minutes, hours })
    }
}

const MINUTE: i64 = 60_000_000_000;

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One bit more than there are stays empty, so that no run goes round the end.
        let of = |one, several, bits: u64| if bits.is_power_of_two() { one } else { several };
        write!(f, "{} ", of("minute", "minutes", self.minutes))?;
        list(runs(self.minutes, 61).into_iter().map(Run), f)?;
        write!(f, " of {} ", of("hour", "hours", self.hours))?;
        list(runs(self.hours, 25).into_iter().map(Run), f)
    }
}

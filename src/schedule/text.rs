//! Schedules as text.

use std::fmt;

use super::{days::longest, Cadence, Dates, On, Options, Schedule};
use crate::{
    trigger::{list, Unit, WeekdaySet, Window},
    zone::TimeOfDay,
};

/// The sentence in English, as in "every day at 10:30", without `starting`, `until`, `times` and `immediately`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(options) = self.options.as_deref() else { return write!(f, "{}", self.cadence) };
        let except = &options.filters.except;
        if options.or.iter().all(|other| other.excluded() == Some(except).filter(|dates| !dates.is_empty())) {
            // "a or b except c": it is said once, of all.
            self.describe(f)?;
            options.or.iter().try_for_each(|other| {
                f.write_str(" or ")?;
                other.describe(f)
            })?;
            return options.filters.describe_except(f);
        }
        self.describe_alone(f)?;
        options.or.iter().try_for_each(|other| {
            f.write_str(" or ")?;
            other.describe_alone(f)
        })
    }
}

impl Schedule {
    /// The dates of `except_on`, if there are any.
    fn excluded(&self) -> Option<&Dates> {
        self.options.as_deref().map(|options| &options.filters.except).filter(|dates| !dates.is_empty())
    }

    /// Shows the schedule without its alternatives and without `except_on`.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cadence)?;
        self.options.as_deref().map_or(Ok(()), |options| options.describe(&self.cadence, f))
    }

    /// Shows the schedule without its alternatives, in brackets if it has an `except_on` of its own.
    fn describe_alone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.options.as_deref() {
            Some(options) if self.excluded().is_some() => {
                f.write_str("(")?;
                self.describe(f)?;
                options.filters.describe_except(f)?;
                f.write_str(")")
            }
            _ => self.describe(f),
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high, unit, on) = match self {
            Cadence::Unsaid => return f.write_str("every"),
            Cadence::After(delay) => return write!(f, "once after {delay:?}"),
            Cadence::Once(when) => return write!(f, "once at {when}"),
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
                _ => list(self.at.iter(), f)?,
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
        self.zone.map_or(Ok(()), |zone| write!(f, " in {zone}"))
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

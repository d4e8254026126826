//! The contents of a schedule in public types.

use std::time::Duration;

use chrono::{NaiveTime, Weekday};

use super::{Cadence, Dates, Dialect, Months, On, Schedule, When};
use crate::{
    trigger::{DayOfMonth, Unit, Window},
    zone::Zone,
};

/// The contents of a [`Schedule`] in public types, for dashboards, configuration tools and tests.
///
/// ```
/// use punctual::{chrono::NaiveTime, NamedDays, Recurrence, Schedule, Unit, Weekday};
/// let parts = Schedule::every(2, Unit::Week)?.on(Weekday::Mon)?.at("10:30")?.parts();
/// assert_eq!(parts.recurrence, Recurrence::Every { low: 2, high: 2, unit: Unit::Week });
/// assert_eq!(parts.days, NamedDays::Weekdays(vec![Weekday::Mon]));
/// assert_eq!(parts.at, [NaiveTime::from_hms_opt(10, 30, 0).unwrap()]);
/// assert!(parts.zone.is_none() && parts.between.is_none() && parts.or.is_empty());
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parts {
    /// How often the schedule has slots.
    pub recurrence: Recurrence,
    /// The days that are named.
    pub days: NamedDays,
    /// The times that are named, in ascending order: times of day, the minute and second of an hour, or the second of a
    /// minute. The other fields are zero.
    ///
    /// [`Schedule::at`] takes the times of days unchanged. For hours and minutes it takes only text: format them with
    /// `"%M:%S"` for hours and with `":%S"` for minutes.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Hour)?.at(":45")?;
    /// let at = schedule.parts().at[0].format("%M:%S").to_string();
    /// assert_eq!(Schedule::every(1, Unit::Hour)?.at(at)?, schedule);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub at: Vec<NaiveTime>,
    /// The zone; `None` for the scheduler's.
    pub zone: Option<Zone>,
    /// The opening of the window, inclusive, and its close, exclusive. It crosses midnight if it closes before it
    /// opens. A close at 00:00 is the midnight at the end of the day.
    pub between: Option<(NaiveTime, NaiveTime)>,
    /// The dates of each `only_on`. A date has to be in all of them.
    pub only_on: Vec<Dates>,
    /// The months of `only_in`.
    pub only_in: Option<Months>,
    /// The hours of `only_in_hours`, in ascending order.
    pub only_in_hours: Option<Vec<u8>>,
    /// The dates of `except_on`.
    pub except_on: Option<Dates>,
    /// The part of the day from which a random moment is drawn; its end is exclusive, and 00:00 is the midnight at the
    /// end of the day.
    pub at_random: Option<(NaiveTime, NaiveTime)>,
    /// The longest random length by which each slot is put off.
    pub jitter: Option<Duration>,
    /// The length over which jobs are spread by their key or name.
    pub spread: Option<Duration>,
    /// When the schedule starts.
    pub starting: Option<When>,
    /// The deadline, inclusive.
    pub until: Option<When>,
    /// The maximum number of runs.
    pub times: Option<u64>,
    /// Whether the first run is due at the registration.
    pub immediately: bool,
    /// The alternatives, which have none of their own.
    pub or: Vec<Schedule>,
}

/// How often a [`Schedule`] has slots.
///
/// ```
/// use std::time::Duration;
/// use punctual::{Dialect, Recurrence, Schedule, Unit};
/// let random = Schedule::every(5, Unit::Minute)?.to(10)?;
/// assert_eq!(random.parts().recurrence, Recurrence::Every { low: 5, high: 10, unit: Unit::Minute });
/// let delay = Duration::from_secs(5);
/// assert_eq!(Schedule::after(delay).parts().recurrence, Recurrence::After(delay));
/// let cron = Recurrence::Cron(Dialect::Unix, "30 9 * * MON-FRI".to_owned());
/// assert_eq!(Schedule::cron("30 9 * * mon-fri")?.parts().recurrence, cron);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Recurrence {
    /// Every `low` to `high` units; a random number of them if the two differ. A length given as a `Duration` is a
    /// number of [nanoseconds](Unit::Nanosecond).
    Every {
        /// The shortest interval.
        low: u64,
        /// The longest interval, at least `low`.
        high: u64,
        /// What is counted.
        unit: Unit,
    },
    /// Once, this long after the registration.
    After(Duration),
    /// Once, at a moment.
    Once(When),
    /// At the slots of a cron expression: its dialect, and its text as `Display` shows it.
    Cron(Dialect, String),
    /// At the slots that all of these have.
    All(Vec<Schedule>),
    /// At the slots of a [`Trigger`](crate::Trigger) of your own.
    Own,
}

/// The days that a [`Schedule`] names.
///
/// ```
/// use punctual::{NamedDays, Schedule, Unit};
/// assert_eq!(Schedule::every(1, Unit::Month)?.parts().days, NamedDays::Unnamed);
/// assert_eq!(Schedule::every(1, Unit::Month)?.on_last_day()?.parts().days, NamedDays::LastDay);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamedDays {
    /// Not named: counted from the day of the registration, or from `starting`.
    Unnamed,
    /// Days of the week, from Monday on, at least one.
    Weekdays(Vec<Weekday>),
    /// A day of the month, 1 to 31, clamped to the last day of shorter months.
    Day(u8),
    /// Several days of the month, each 1 to 31, in ascending order.
    Days(Vec<u8>),
    /// The last day of the month.
    LastDay,
    /// A day counted from the end of the month, 2 to 31: 2 is the day before the last.
    NthLastDay(u8),
    /// The last day of the month from Monday to Friday.
    LastWeekday,
    /// The day from Monday to Friday that is nearest to a day of the month, 1 to 31.
    NearestWeekday(u8),
    /// The first to fifth of a weekday in the month; months without a fifth are skipped.
    Nth(u8, Weekday),
    /// The last of a weekday in the month.
    Last(Weekday),
    /// A date of the year. 29 February is clamped to the 28th in common years.
    Date {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: u8,
    },
}

/// Inspection.
impl Schedule {
    /// Returns the contents of the schedule.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// assert_eq!(Schedule::every(1, Unit::Day)?.times(3)?.parts().times, Some(3));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn parts(&self) -> Parts {
        let (recurrence, days) = match &self.cadence {
            Cadence::Every { low, high, unit, on } => {
                (Recurrence::Every { low: *low, high: *high, unit: *unit }, NamedDays::from(*on))
            }
            Cadence::After(delay) => (Recurrence::After(*delay), NamedDays::Unnamed),
            Cadence::Once(when) => (Recurrence::Once((**when).clone()), NamedDays::Unnamed),
            Cadence::Cron(cron) => (Recurrence::Cron(cron.dialect, cron.text.to_string()), NamedDays::Unnamed),
            Cadence::All(all) => (Recurrence::All(all.clone()), NamedDays::Unnamed),
            Cadence::Own(_) => (Recurrence::Own, NamedDays::Unnamed),
            Cadence::Unsaid => unreachable!("a schedule has a unit from the start"),
        };
        let options = self.options.as_deref().cloned().unwrap_or_default();
        let times = |window: Window| (window.open.into(), window.close.into());
        Parts {
            recurrence,
            days,
            at: options.at.into_iter().map(NaiveTime::from).collect(),
            zone: options.zone,
            between: options.window.map(times),
            only_on: options.filters.only,
            only_in: options.filters.months,
            only_in_hours: options.filters.hours.map(|hours| (0..24).filter(|hour| hours >> hour & 1 == 1).collect()),
            except_on: Some(options.filters.except).filter(|dates| !dates.is_empty()),
            at_random: options.scatter.at_random.map(times),
            jitter: options.scatter.jitter,
            spread: options.scatter.spread,
            starting: options.starting,
            until: options.until,
            times: options.times,
            immediately: options.immediately,
            or: options.or,
        }
    }
}

impl From<On> for NamedDays {
    fn from(on: On) -> Self {
        match on {
            On::Default => NamedDays::Unnamed,
            On::Weekdays(days) => NamedDays::Weekdays(days.days().collect()),
            On::Day(DayOfMonth::Days(days)) if days.is_power_of_two() => NamedDays::Day(days.trailing_zeros() as u8),
            On::Day(DayOfMonth::Days(days)) => NamedDays::Days((1..=31).filter(|day| days >> day & 1 == 1).collect()),
            On::Day(DayOfMonth::NthLast(1)) => NamedDays::LastDay,
            On::Day(DayOfMonth::NthLast(n)) => NamedDays::NthLastDay(n),
            On::Day(DayOfMonth::NearestWeekday(day)) => NamedDays::NearestWeekday(day),
            On::Day(DayOfMonth::LastWorkday) => NamedDays::LastWeekday,
            On::Day(DayOfMonth::Nth(n, weekday)) => NamedDays::Nth(n, weekday),
            On::Day(DayOfMonth::LastWeekday(weekday)) => NamedDays::Last(weekday),
            On::Date { month, day } => NamedDays::Date { month, day },
        }
    }
}

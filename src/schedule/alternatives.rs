//! Alternatives: several schedules as one.

use std::mem;

use super::{Cadence, IntoSchedule, Options, Schedule};
use crate::error::{Error, Result};

/// Alternatives.
impl Schedule {
    /// The most alternatives that a schedule may have. It bounds the work of finding a slot.
    const MOST_ALTERNATIVES: usize = 32;

    /// The most alternatives of a random length. To draw one of those that end before a deadline, many lengths are
    /// tried.
    const MOST_RANDOM: usize = 4;

    /// Adds an alternative: a slot of either schedule is a slot of the whole, and an instant that is a slot of both is
    /// one slot.
    ///
    /// | option | applies to |
    /// | --- | --- |
    /// | `at`, `at_random`, `on…`, `to`, `between`, `jitter`, `spread`, `starting` | the schedule on which it was set; after `or`, the first |
    /// | `only_on`, `only_in`, `only_in_hours` | the same |
    /// | `except_on` | the schedule on which it was set, and the alternatives added to it so far |
    /// | `tz` | that schedule, and the alternatives added to it that have no zone |
    /// | `until`, `times`, `immediately` | the whole: an alternative cannot have them |
    ///
    /// The alternatives of an alternative become those of the whole: `a.or(b.or(c))` equals `a.or(b).or(c)`.
    ///
    /// An alternative that has no slot left, such as one limited to dates that have passed, is no error as long as
    /// another one has.
    ///
    /// # Errors
    ///
    /// If the alternative is text that cannot be read. If either is a single run, or the alternative has `until`,
    /// `times` or `immediately`. If the whole has more than 32 alternatives, or more than four of a
    /// random length, or names more than 1,440 times.
    ///
    /// ```
    /// use punctual::{Schedule, Unit, Weekday};
    /// let weekend = Schedule::every(1, Unit::Week)?.on([Weekday::Sat, Weekday::Sun])?.at("11:00")?;
    /// let daily = Schedule::every(1, Unit::Day)?.at("09:00")?.or(&weekend)?;
    /// assert_eq!(daily.to_string(), "every day at 09:00 or every weekend at 11:00");
    /// assert_eq!(daily.parts().or, [weekend.clone()]);
    ///
    /// let error = daily.or(weekend.times(3)?).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid alternative \"every weekend at 11:00, 3 times\": it has its own `times` (expected `times` on the \
    ///      whole)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn or(self, other: impl IntoSchedule) -> Result<Self> {
        self.or_schedule(other.into_schedule()?)
    }

    fn or_schedule(self, mut other: Schedule) -> Result<Self> {
        let refused = |why: String| Err(Error::invalid(format!("invalid alternative \"{other}\"{why}")));
        if !other.is_repeating() {
            return refused(": there is a single run (expected a schedule that repeats)".to_owned());
        }
        if !self.is_repeating() {
            return refused(format!(" to \"{self}\": there is a single run (expected a schedule that repeats)"));
        }
        if let Some(word) = other.options.as_deref().and_then(Options::of_whole) {
            return refused(format!(": it has its own `{word}` (expected `{word}` on the whole)"));
        }
        let count = self.number_of_schedules() + other.number_of_schedules() - 1;
        if count > Schedule::MOST_ALTERNATIVES {
            let most = Schedule::MOST_ALTERNATIVES;
            return refused(format!(": there would be {count} of them (expected at most {most})"));
        }
        let random = self.random_alternatives() + usize::from(other.is_random()) + other.random_alternatives();
        if random > Schedule::MOST_RANDOM {
            let most = Schedule::MOST_RANDOM;
            return refused(format!(": {random} of them would have a random length (expected at most {most})"));
        }
        let times = self.times_named() + other.times_named();
        if times > Schedule::MOST_TIMES {
            let most = Schedule::MOST_TIMES;
            return refused(format!(": the whole would name {times} times (expected at most {most})"));
        }
        let nested = other.take_alternatives();
        Ok(self.with(|options| {
            options.or.push(other);
            options.or.extend(nested);
        }))
    }

    fn random_alternatives(&self) -> usize {
        self.options.as_deref().map_or(0, |options| options.or.iter().filter(|other| other.is_random()).count())
    }

    fn is_random(&self) -> bool {
        matches!(self.cadence, Cadence::Every { low, high, .. } if low < high)
    }

    /// Removes and returns the alternatives as they are.
    pub(super) fn split_off_alternatives(&mut self) -> Vec<Schedule> {
        self.options.as_deref_mut().map_or_else(Vec::new, |options| mem::take(&mut options.or))
    }

    /// Removes and returns the alternatives, each with the zone that applies to it.
    fn take_alternatives(&mut self) -> Vec<Schedule> {
        let Some(options) = self.options.as_deref_mut() else { return Vec::new() };
        let (zone, alternatives) = (options.zone, mem::take(&mut options.or));
        if *options == Options::default() {
            self.options = None;
        }
        alternatives.into_iter().map(|alternative| alternative.in_zone(zone)).collect()
    }
}

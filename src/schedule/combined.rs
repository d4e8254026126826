//! Schedules whose slots are the common slots of several others.

use std::mem;

use super::{Cadence, IntoSchedule, Options, Schedule};
use crate::error::{Error, Result};

/// Common slots.
impl Schedule {
    /// The most schedules, alternatives included, whose common slots a schedule may have. It bounds the work of finding
    /// a slot.
    const MOST_MEMBERS: usize = 32;

    /// Keeps only the slots that another schedule has, too: an instant that is a slot of both is one of the whole.
    ///
    /// | option | applies to |
    /// | --- | --- |
    /// | `at`, `on…`, filters, `or` | the schedule on which it was set |
    /// | `between` | the schedule on which it was set; after `and`, the whole |
    /// | `tz` | the whole, except for a schedule that has its own |
    /// | `starting`, `until`, `times`, `immediately`, `jitter`, `spread` | the whole: `other` cannot have them |
    ///
    /// `a.and(b).and(c)` and `a.and(b.and(c))` are equal: all three have to have a slot.
    ///
    /// # Errors
    ///
    /// If text cannot be read. If either is a single run or has slots at random moments (`to`, `at_random`, `jitter`,
    /// `spread`), or `other` has `starting`, `until`, `times` or `immediately`. If the whole has more than 32
    /// schedules, or names more than 1,440 times. It is an error when the job is registered if there is no common slot
    /// within 60 years, or among the next slots that are tried, up to 100,000 in all.
    ///
    /// ```
    /// use punctual::{Schedule, Unit, Weekday};
    /// let friday = Schedule::every(1, Unit::Week)?.on(Weekday::Fri)?.at("12:00")?;
    /// let thirteenth = Schedule::every(1, Unit::Month)?.on_day(13)?.at("12:00")?;
    /// let unlucky = friday.and(&thirteenth)?;
    /// assert_eq!(unlucky.to_string(), "(every Friday at 12:00) and (every month on day 13 at 12:00)");
    ///
    /// let error = unlucky.and(thirteenth.times(3)?).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "invalid part \"every month on day 13 at 12:00, 3 times\" of common slots: it has its own `times` (expected \
    ///      `times` on the whole)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn and(self, other: impl IntoSchedule) -> Result<Self> {
        self.and_schedule(other.into_schedule()?)
    }

    fn and_schedule(mut self, other: Schedule) -> Result<Self> {
        let starts = |options: &Options| options.starting.as_ref().map(|_| "starting");
        let own = other.options.as_deref().and_then(|options| starts(options).or_else(|| options.of_whole()));
        if let Some(word) = own {
            return Err(other.no_part(format_args!("it has its own `{word}` (expected `{word}` on the whole)")));
        }
        self.check_part()?;
        other.check_part()?;
        let count = self.number_of_schedules() + other.number_of_schedules();
        if count > Schedule::MOST_MEMBERS {
            let most = Schedule::MOST_MEMBERS;
            return Err(other.no_part(format_args!("there would be {count} schedules (expected at most {most})")));
        }
        let times = self.times_named() + other.times_named();
        if times > Schedule::MOST_TIMES {
            let most = Schedule::MOST_TIMES;
            return Err(other.no_part(format_args!("the whole would name {times} times (expected at most {most})")));
        }
        let whole = self.take_whole();
        let mut all = self.into_members();
        all.extend(other.into_members());
        Ok(Schedule { cadence: Cadence::All(all), options: whole }.simplified())
    }

    /// The error for a schedule that cannot be a part of one with common slots.
    #[cold]
    fn no_part(&self, why: impl std::fmt::Display) -> Error {
        Error::invalid(format!("invalid part \"{self}\" of common slots: {why}"))
    }

    /// Checks that the slots of the schedule can be compared with those of another.
    fn check_part(&self) -> Result<()> {
        let options = self.options.as_deref();
        if !self.is_repeating() {
            return Err(self.no_part("there is a single run (expected a schedule that repeats)"));
        }
        if matches!(self.cadence, Cadence::Every { low, high, .. } if low < high) {
            return Err(self.no_part("its interval is random (expected one without `to`)"));
        }
        if options.is_some_and(|options| options.scatter.is_set()) {
            return Err(self.no_part("its slots are at random moments (expected them without, or on the whole)"));
        }
        options.map_or(&[][..], |options| &options.or).iter().try_for_each(Schedule::check_part)
    }

    /// The number of schedules in the schedule.
    pub(super) fn number_of_schedules(&self) -> usize {
        let own = match &self.cadence {
            Cadence::All(all) => all.iter().map(Schedule::number_of_schedules).sum(),
            _ => 1,
        };
        let options = self.options.as_deref();
        own + options.map_or(&[][..], |options| &options.or).iter().map(Schedule::number_of_schedules).sum::<usize>()
    }

    /// Whether this holds for the schedule, or for one that is part of it.
    pub(super) fn has_part(&self, is_one: &dyn Fn(&Schedule) -> bool) -> bool {
        let parts = match &self.cadence {
            Cadence::All(all) => all.as_slice(),
            _ => &[],
        };
        let others = self.options.as_deref().map_or(&[][..], |options| &options.or);
        is_one(self) || parts.iter().chain(others).any(|part| part.has_part(is_one))
    }

    /// Removes and returns the options that apply to the whole.
    fn take_whole(&mut self) -> Option<Box<Options>> {
        let options = self.options.as_deref_mut()?;
        let mut whole = Options {
            zone: options.zone.take(),
            starting: options.starting.take(),
            until: options.until.take(),
            times: options.times.take(),
            immediately: mem::take(&mut options.immediately),
            ..Options::default()
        };
        // A window of common slots limits the common slots with one more schedule, too.
        if matches!(self.cadence, Cadence::All(_)) && options.or.is_empty() {
            whole.window = options.window.take();
            whole.filters = mem::take(&mut options.filters);
        }
        Some(Box::new(whole))
    }

    /// The schedules whose common slots are those of this one: itself, if it has none.
    fn into_members(self) -> Vec<Schedule> {
        let this = self.simplified();
        let zone = this.options.as_deref().and_then(|options| options.zone);
        let has_only_zone =
            this.options.as_deref().is_none_or(|options| *options == Options { zone, ..Options::default() });
        match this.cadence {
            Cadence::All(all) if has_only_zone => all.into_iter().map(|member| member.in_zone(zone)).collect(),
            _ => vec![this],
        }
    }

    /// The schedule, in a zone unless it has its own.
    pub(super) fn in_zone(self, zone: Option<crate::zone::Zone>) -> Schedule {
        match zone {
            Some(_) => self.with(|options| options.zone = options.zone.or(zone)),
            None => self,
        }
    }

    /// A schedule without options is stored without a box; otherwise it would differ from an equal one that never had
    /// any.
    pub(super) fn simplified(mut self) -> Schedule {
        if self.options.as_deref() == Some(&Options::default()) {
            self.options = None;
        }
        self
    }
}

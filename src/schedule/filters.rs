//! Filters: the dates, months and hours in which a schedule may have slots.

use std::fmt;

use super::{
    count::{in_range, IntoCount},
    dates::{Dates, NamedDates},
    names::runs,
    IntoDates, IntoMonths, Months, Schedule,
};
use crate::{
    error::{Error, Result},
    trigger::{list, DateItem, Limits},
};

/// The dates, months and hours of a schedule.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filters {
    /// A date has to be in each of these.
    pub(crate) only: Vec<Dates>,
    /// A date must not be in this.
    pub(crate) except: Dates,
    pub(crate) months: Option<Months>,
    /// One bit each.
    pub(crate) hours: Option<u32>,
}

impl Filters {
    pub(crate) fn is_of_all_dates(&self) -> bool {
        self.only.is_empty() && self.except.is_empty() && self.months.is_none()
    }

    fn only_on(&mut self, dates: Dates) {
        if !self.only.contains(&dates) {
            self.only.push(dates);
        }
    }

    fn except_on(&mut self, dates: Dates) {
        let except = std::mem::take(&mut self.except);
        self.except = except.union(dates);
    }

    /// Shows all but `except`.
    pub(super) fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(hours) = self.hours {
            f.write_str(" only in hours ")?;
            list(runs(hours.into(), 24).into_iter().map(Run), f)?;
        }
        self.only.iter().try_for_each(|dates| write!(f, " only on {dates}"))?;
        self.months.map_or(Ok(()), |months| write!(f, " only in {months}"))
    }

    /// Shows `except`, if there is anything in it.
    pub(super) fn describe_except(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.except.is_empty() {
            return Ok(());
        }
        let is_span = |item: &NamedDates| match item {
            NamedDates::Rule(DateItem::Range(from, to)) => from != to,
            NamedDates::Rule(_) => false,
            NamedDates::Calendar(_) => true,
        };
        // "except holidays", but "except on Mondays".
        let on = if self.except.items().iter().all(is_span) { "" } else { "on " };
        write!(f, " except {on}{}", self.except)
    }
}

/// Numbers from one to another.
pub(super) struct Run(pub(super) (usize, usize));

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            (from, to) if from == to => write!(f, "{from}"),
            (from, to) => write!(f, "{from} to {to}"),
        }
    }
}

/// The dates, at least one.
fn some(dates: impl IntoDates) -> Result<Dates> {
    let dates = dates.into_dates()?;
    if dates.is_empty() {
        return Err(Error::invalid("invalid dates []: expected at least one".to_owned()));
    }
    Ok(dates)
}

/// Filters.
impl Schedule {
    /// Limits the slots to some dates. A second `only_on` limits them to the dates that are in both.
    ///
    /// The date is that of the wall time that names the slot. A day of the month that a month does not have is left
    /// out: day 31 is the 31st, and matches nothing in June. Slots that are left out remain steps of the grid: every 2
    /// days only on Mondays is every other Monday.
    ///
    /// After [`or`](Schedule::or), applies to the first schedule.
    ///
    /// # Errors
    ///
    /// If the dates cannot be read, if there are none, or for a single run. A calendar that is not registered is an
    /// error when the job is.
    ///
    /// ```
    /// use punctual::{dates, Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Hour)?.only_on(dates::WEEKDAYS)?.only_on("day 1 to 7")?;
    /// assert_eq!(schedule.to_string(), "every hour only on weekdays only on day 1 to 7");
    /// assert_eq!(schedule.parts().only_on.len(), 2);
    /// assert!(Schedule::every(1, Unit::Hour)?.only_on("day 32").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_on(self, dates: impl IntoDates) -> Result<Self> {
        let dates = some(dates)?;
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("filter \"only on {dates}\"")));
        }
        Ok(self.with(|options| options.filters.only_on(dates)))
    }

    /// Limits the slots to some months. A second `only_in` limits them to the months that are in both. After
    /// [`or`](Schedule::or), applies to the first schedule.
    ///
    /// # Errors
    ///
    /// If the months cannot be read, if there are none, or for a single run.
    ///
    /// ```
    /// use punctual::{chrono::Month, Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Day)?.at("09:00")?.only_in("june to august")?;
    /// assert_eq!(schedule.to_string(), "every day at 09:00 only in June to August");
    /// let error = schedule.only_in(Month::May).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot limit every day at 09:00 only in June to August to May: no month is left (expected one of them)",
    /// );
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_in(self, months: impl IntoMonths) -> Result<Self> {
        let months = months.into_months()?;
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("filter \"only in {months}\"")));
        }
        let before = self.options.as_deref().and_then(|options| options.filters.months);
        let both = before.map_or(months.bits(), |before| before.bits() & months.bits());
        let Some(both) = Months::of_bits(both) else {
            let why = "no month is left (expected one of them)";
            return Err(Error::invalid(format!("cannot limit {self} to {months}: {why}")));
        };
        Ok(self.with(|options| options.filters.months = Some(both)))
    }

    /// Limits the slots to some hours of the day, 0 to 23: 9 is from 09:00 up to 10:00. A second `only_in_hours` limits
    /// them to the hours that are in both. After [`or`](Schedule::or), applies to the first schedule.
    ///
    /// # Errors
    ///
    /// If an hour is out of range, or none is left, or for a single run, or with [`at_random`](Schedule::at_random).
    /// That no slot is in one of the hours is an error when the job is registered; for units up to the hour, and for a
    /// trigger of your own, if it is so for 60 years.
    ///
    /// ```
    /// use punctual::{Schedule, Unit};
    /// let schedule = Schedule::every(1, Unit::Hour)?.at(":30")?.only_in_hours((9..=11).chain(14..=17))?;
    /// assert_eq!(schedule.to_string(), "every hour at :30 only in hours 9 to 11 and 14 to 17");
    /// assert!(Schedule::every(1, Unit::Hour)?.only_in_hours([24]).unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn only_in_hours<N: IntoCount>(self, hours: impl IntoIterator<Item = N>) -> Result<Self> {
        let hour = |hour: N| in_range(hour, 0, 23, format_args!("hour {}", hour.into_count()));
        let hours = hours.into_iter().try_fold(0_u32, |hours, one| Ok(hours | 1 << hour(one)?))?;
        if !self.is_repeating() {
            return Err(self.not_repeating("filter \"only in hours\""));
        }
        if self.has_random_moment() {
            let why = "its moments are random already (expected either)";
            return Err(Error::invalid(format!("cannot limit the hours of {self}: {why}")));
        }
        let before = self.options.as_deref().and_then(|options| options.filters.hours);
        let hours = hours & before.unwrap_or(Limits::ALL_HOURS);
        if hours == 0 {
            return Err(Error::invalid(format!(
                "cannot limit the hours of {self}: none is left (expected at least one)"
            )));
        }
        Ok(self.with(|options| options.filters.hours = Some(hours)))
    }

    /// Leaves out the slots on some dates, those of the alternatives added so far included. A second `except_on` leaves
    /// out its dates, too.
    ///
    /// # Errors
    ///
    /// If the dates cannot be read, if there are none, or for a single run. A calendar that is not registered is an
    /// error when the job is.
    ///
    /// ```
    /// use punctual::{every, Schedule, Unit};
    /// let saturday = every().saturday().at("11:00").schedule()?;
    /// let schedule = every().weekday().at("09:00").or(saturday).except_on("holidays").schedule()?;
    /// assert_eq!(schedule.to_string(), "every weekday at 09:00 or every Saturday at 11:00 except holidays");
    /// assert!(Schedule::once("2030-01-01")?.except_on("holidays").unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn except_on(self, dates: impl IntoDates) -> Result<Self> {
        let dates = some(dates)?;
        if !self.is_repeating() {
            return Err(self.not_repeating(format_args!("filter \"except on {dates}\"")));
        }
        Ok(self.with(|options| {
            options.filters.except_on(dates.clone());
            let others = std::mem::take(&mut options.or).into_iter();
            let limited = others.map(|other| other.with(|options| options.filters.except_on(dates.clone())));
            options.or = limited.collect();
        }))
    }
}

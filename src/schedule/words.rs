//! Cron expressions in words.

use super::{cron::Cron, dates::range, Cadence, Dates, Months, NamedDates, On, Options, Schedule};
use crate::{
    error::Result,
    trigger::{DateItem, DateSet, Limits, Unit},
    zone::TimeOfDay,
};

/// Words.
impl Schedule {
    /// The schedule in words: its text, in which cron expressions are sentences that have the same slots.
    ///
    /// An expression whose times belong to dates begins with "every day at" or names weekdays; one that follows the
    /// clock begins with "every hour at" or "every minute at". An expression is left unchanged if it cannot be said in
    /// words, if the words are too long to be read back, or with `immediately`.
    ///
    /// ```
    /// use punctual::Schedule;
    /// let words = |expression: &str| Ok::<_, punctual::Error>(Schedule::cron(expression)?.describe());
    /// assert_eq!(words("0 9 1,15 * 1")?, "every day at 09:00 only on day 1, day 15 and Mondays");
    /// assert_eq!(words("0,30 9-17 * * 1-5")?, "every weekday at minutes 0 and 30 of hours 9 to 17");
    /// assert_eq!(words("*/30 9-17 * * 1-5")?, "every hour at :00 and :30 only in hours 9 to 17 only on weekdays");
    /// assert_eq!(words("* * * * * *")?, "cron * * * * * *");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn describe(&self) -> String {
        // An expression runs immediately on any day, and its words only on their days.
        let is_immediate = self.options.as_deref().is_some_and(|options| options.immediately);
        if is_immediate || !self.has_part(&|part| matches!(part.cadence, Cadence::Cron(_))) {
            return self.to_string();
        }
        let words = self.all_in_words();
        let text = words.to_string();
        match text.parse::<Schedule>() {
            Ok(read) if read == words => text,
            _ => self.to_string(),
        }
    }

    /// The schedule with words for all cron expressions that have any.
    fn all_in_words(&self) -> Schedule {
        let mut words = self.in_words();
        if let Cadence::All(parts) = &mut words.cadence {
            parts.iter_mut().for_each(|part| *part = part.all_in_words());
        }
        if let Some(options) = words.options.as_deref_mut() {
            options.or.iter_mut().for_each(|other| *other = other.all_in_words());
        }
        words
    }

    /// The schedule without a cron expression of its own, if it has words.
    fn in_words(&self) -> Schedule {
        let options = || self.options.as_deref().cloned().unwrap_or_default();
        let words = match &self.cadence {
            Cadence::Cron(cron) => cron.in_words(options()),
            _ => None,
        };
        // Words that are too long for a text of their own are given up here, for the other alternatives may have some.
        words.filter(|words| words.members().to_string().parse::<Schedule>().is_ok()).unwrap_or_else(|| self.clone())
    }
}

impl Cron {
    fn in_words(&self, mut options: Options) -> Option<Schedule> {
        let mut only = self.dates.words().ok()??;
        let (unit, mut on) = match (self.follows_clock, self.times.minutes) {
            (false, _) => (Unit::Day, On::Default),
            (true, ALL_MINUTES) => (Unit::Minute, On::Default),
            (true, _) => (Unit::Hour, On::Default),
        };
        options.at = self.times_of(unit)?;
        if self.follows_clock {
            let hours = self.times.hours & options.filters.hours.unwrap_or(Limits::ALL_HOURS);
            options.filters.hours = match (hours, options.filters.hours) {
                (0, _) => return None,
                (Limits::ALL_HOURS, None) => None,
                _ => Some(hours),
            };
        } else if let [dates] = &only[..] {
            // "every weekday at 09:00", not "every day at 09:00 only on weekdays".
            if let [NamedDates::Rule(DateItem::Weekdays(days))] = dates.items() {
                on = On::Weekdays(*days);
                only.clear();
            }
        }
        let unit = if on == On::Default { unit } else { Unit::Week };
        for dates in std::mem::take(&mut options.filters.only) {
            if !only.contains(&dates) {
                only.push(dates);
            }
        }
        options.filters.only = only;
        let months = self.dates.months & options.filters.months.map_or(DateSet::ALL_MONTHS, Months::bits);
        if months != DateSet::ALL_MONTHS {
            options.filters.months = Some(Months::of_bits(months)?);
        }
        let cadence = Cadence::Every { low: 1, high: 1, unit, on };
        Some(Schedule { cadence, options: Some(Box::new(options)) })
    }

    /// The times that `at` takes for a unit, in ascending order, unless there are more than a schedule may have.
    fn times_of(&self, unit: Unit) -> Option<Vec<TimeOfDay>> {
        let bits = |bits: u64| (0..60_i64).filter(move |bit| bits >> bit & 1 == 1);
        let hours = if unit == Unit::Day { u64::from(self.times.hours) } else { 1 };
        let minutes = if unit == Unit::Minute { 1 } else { self.times.minutes };
        let count = hours.count_ones() * minutes.count_ones() * self.times.seconds.count_ones();
        if count as usize > Schedule::MOST_TIMES {
            return None;
        }
        let of_hour = |hour: i64| bits(minutes).map(move |minute| hour * 60 + minute);
        let minutes = bits(hours).flat_map(of_hour);
        let times = minutes.flat_map(|minute| bits(self.times.seconds).map(move |second| minute * 60 + second));
        Some(times.map(|second| TimeOfDay::new(second, 0)).collect())
    }
}

/// One bit for each.
const ALL_MINUTES: u64 = (1 << 60) - 1;

impl DateSet {
    /// The dates of each `only on`, without the months. `None` if one has no words.
    fn words(&self) -> Result<Option<Vec<Dates>>> {
        let mut only = Vec::new();
        for items in &self.only {
            if items.iter().any(|item| !item.has_words()) {
                return Ok(None);
            }
            let dates = Dates::of(items.iter().cloned().map(NamedDates::Rule));
            if !only.contains(&dates) {
                only.push(dates);
            }
        }
        if let Some(years) = &self.years {
            let mut spans: Vec<(u16, u16)> = Vec::new();
            for &year in years.iter() {
                match spans.last_mut() {
                    Some((_, last)) if *last + 1 == year => *last = year,
                    _ => spans.push((year, year)),
                }
            }
            let day =
                |year: u16, month, day| chrono::NaiveDate::from_ymd_opt(year.into(), month, day).unwrap_or_default();
            let spans = spans.into_iter().map(|(from, to)| range(day(from, 1, 1), day(to, 12, 31)));
            only.push(Dates::of(spans.collect::<Result<Vec<_>>>()?.into_iter().map(NamedDates::Rule)));
        }
        Ok(Some(only))
    }
}

impl DateItem {
    fn has_words(&self) -> bool {
        !matches!(self, DateItem::NearestBeforeLast(_) | DateItem::Weeks(_) | DateItem::Listed(_))
    }
}

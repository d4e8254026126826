//! A schedule out of bytes, one setter after the other. What each of them answers is judged at once.

use arbitrary::{Arbitrary, Result, Unstructured};
use punctual::{
    chrono::{NaiveDate, NaiveTime, Weekday},
    NamedDays, Parts, Recurrence, Schedule, Unit,
};

use crate::{
    arguments::{Day, Length, Moment, Number, Place, Text},
    texts::{time_of_day, time_of_hour, time_of_minute},
};

/// The setters that a schedule goes through at most.
const MOST_WORDS: usize = 8;

const MOST_ALTERNATIVES: usize = 3;

const UNITS: [Unit; 8] =
    [Unit::Millisecond, Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Year];

/// Reads a schedule; `None` if its constructor refuses what it is given.
pub fn schedule(bytes: &mut Unstructured) -> Result<Option<Schedule>> {
    let Some(schedule) = start(bytes)? else { return Ok(None) };
    let mut builder = Builder { schedule, before: "12:00".to_owned() };
    builder.words(bytes)?;
    for _ in 0..MOST_ALTERNATIVES {
        if bytes.is_empty() || !bytes.ratio(1, 4)? {
            break;
        }
        let Some(schedule) = start(bytes)? else { continue };
        let mut alternative = Builder { schedule, before: builder.before.clone() };
        alternative.words(bytes)?;
        builder.or(alternative.schedule);
    }
    Ok(Some(builder.schedule))
}

fn start(bytes: &mut Unstructured) -> Result<Option<Schedule>> {
    let (built, is_right, quoted) = match bytes.int_in_range(0..=9)? {
        0 => {
            let length = Length::arbitrary(bytes)?.get();
            let is_right = !length.is_zero() && u64::try_from(length.as_nanos()).is_ok();
            (Schedule::interval(length), is_right, format!("{length:?}"))
        }
        1 => return Ok(Some(Schedule::after(Length::arbitrary(bytes)?.get()))),
        2 => {
            let moment = Moment::arbitrary(bytes)?;
            (Schedule::once(moment.when()), moment.is_right(), format!("{:?}", moment.when().to_string()))
        }
        _ => {
            let (n, unit) = (Number::arbitrary(bytes)?.get(), *bytes.choose(&UNITS)?);
            (Schedule::every(n, unit), n > 0, n.to_string())
        }
    };
    Ok(judged(built, is_right, &[quoted]))
}

/// The schedule, if it was to be taken; an error quotes what is wrong.
fn judged(built: punctual::Result<Schedule>, is_right: bool, quoted: &[String]) -> Option<Schedule> {
    match built {
        Ok(schedule) => {
            assert!(is_right, "{quoted:?} is taken: {schedule}");
            Some(schedule)
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!is_right, "{message}");
            assert!(error.is_invalid() || error.is_never(), "{message}");
            let is_quoted = quoted.is_empty() || quoted.iter().any(|text| message.contains(text));
            assert!(is_quoted, "none of {quoted:?} is quoted: {message}");
            None
        }
    }
}

struct Builder {
    schedule: Schedule,
    /// The text before.
    before: String,
}

impl Builder {
    fn words(&mut self, bytes: &mut Unstructured) -> Result<()> {
        for _ in 0..MOST_WORDS {
            if bytes.is_empty() || bytes.ratio(1, 5)? {
                break;
            }
            self.word(bytes)?;
        }
        Ok(())
    }

    fn set(&mut self, set: impl FnOnce(Schedule) -> punctual::Result<Schedule>, is_right: bool, quoted: &[String]) {
        if let Some(schedule) = judged(set(self.schedule.clone()), is_right, quoted) {
            self.schedule = schedule;
        }
    }

    fn text(&mut self, bytes: &mut Unstructured) -> Result<String> {
        match Text::arbitrary(bytes)? {
            Text::Again => {}
            text => self.before = text.to_string(),
        }
        Ok(self.before.clone())
    }

    fn word(&mut self, bytes: &mut Unstructured) -> Result<()> {
        let parts = self.schedule.parts();
        let repeats = is_repeating(&parts);
        let takes_days = |of: Unit| matches!(parts, Parts { recurrence: Recurrence::Every { unit, .. }, days: NamedDays::Unnamed, .. } if unit == of);
        let count = |bytes: &mut Unstructured| Ok(Number::arbitrary(bytes)?.get());
        let weekday = |bytes: &mut Unstructured| Ok(Day::arbitrary(bytes)?.get());
        match bytes.int_in_range(0..=18)? {
            0 => {
                let length = Length::arbitrary(bytes)?.get();
                let is_right = takes_days(Unit::Nanosecond) && is_range(&parts, length.as_nanos().try_into().ok());
                self.set(|schedule| schedule.to_duration(length), is_right, &[]);
            }
            1 => {
                let n = count(bytes)?;
                let is_right = parts.days == NamedDays::Unnamed && is_range(&parts, n.try_into().ok());
                self.set(|schedule| schedule.to(n), is_right, &[]);
            }
            2 => {
                let days: Vec<Weekday> = Vec::<Day>::arbitrary(bytes)?.into_iter().map(Day::get).collect();
                let is_right = takes_days(Unit::Week) && !days.is_empty();
                self.set(|schedule| schedule.on(days), is_right, &[]);
            }
            3 => {
                let n = count(bytes)?;
                let is_right = takes_days(Unit::Month) && (1..=31).contains(&n);
                self.set(|schedule| schedule.on_day(n), is_right, &[n.to_string()]);
            }
            4 => self.set(Schedule::on_last_day, takes_days(Unit::Month), &[]),
            5 => {
                let (n, day) = (count(bytes)?, weekday(bytes)?);
                let is_right = takes_days(Unit::Month) && (1..=5).contains(&n);
                self.set(|schedule| schedule.on_nth(n, day), is_right, &[n.to_string()]);
            }
            6 => {
                let day = weekday(bytes)?;
                self.set(|schedule| schedule.on_last(day), takes_days(Unit::Month), &[]);
            }
            7 => {
                let (month, day) = (count(bytes)?, count(bytes)?);
                let date = u32::try_from(month).ok().zip(u32::try_from(day).ok());
                let is_date = date.is_some_and(|(month, day)| NaiveDate::from_ymd_opt(2000, month, day).is_some());
                let quoted = [month.to_string(), day.to_string()];
                self.set(|schedule| schedule.on_date(month, day), takes_days(Unit::Year) && is_date, &quoted);
            }
            8 => {
                let place = Place::arbitrary(bytes)?;
                let quoted = match &place {
                    Place::Text(text) => vec![format!("{:?}", text.to_string())],
                    _ => Vec::new(),
                };
                self.set(|schedule| schedule.tz(place.zone()?), place.is_right(), &quoted);
            }
            9 | 10 => {
                let (open, close) = (self.text(bytes)?, self.text(bytes)?);
                let read = time_of_day(&open).zip(time_of_day(&close));
                let is_right = repeats && read.is_some_and(|(open, close)| open != close);
                let mut quoted = vec![format!("{open:?}"), format!("{close:?}")];
                quoted.extend(read.map(|(open, _)| format!("{:?}", open.to_string())));
                self.set(|schedule| schedule.between(&open, &close), is_right, &quoted);
                assert!(!is_right || self.schedule.parts().between == read, "{open:?} to {close:?}: {}", self.schedule);
            }
            11 | 12 => {
                let moment = Moment::arbitrary(bytes)?;
                let quoted = [format!("{:?}", moment.when().to_string())];
                self.set(|schedule| schedule.starting(moment.when()), repeats && moment.is_right(), &quoted);
            }
            13 => {
                let moment = Moment::arbitrary(bytes)?;
                let quoted = [format!("{:?}", moment.when().to_string())];
                self.set(|schedule| schedule.until(moment.when()), moment.is_right(), &quoted);
            }
            14 => {
                let n = count(bytes)?;
                self.set(|schedule| schedule.times(n), repeats && n > 0, &[n.to_string()]);
            }
            15 => self.set(Schedule::immediately, repeats, &[]),
            _ => {
                let text = self.text(bytes)?;
                let read = time(&parts, &text);
                self.set(|schedule| schedule.at(&text), read.is_some(), &[format!("{text:?}")]);
                assert!(
                    read.is_none_or(|time| self.schedule.parts().at.contains(&time)),
                    "{text:?}: {}",
                    self.schedule
                );
            }
        }
        Ok(())
    }

    fn or(&mut self, alternative: Schedule) {
        let (whole, other) = (self.schedule.parts(), alternative.parts());
        let is_bounded = other.until.is_some() || other.times.is_some() || other.immediately;
        let is_right = is_repeating(&whole) && is_repeating(&other) && !is_bounded;
        let quoted = [alternative.to_string()];
        self.set(|schedule| schedule.or(alternative), is_right, &quoted);
    }
}

fn is_repeating(parts: &Parts) -> bool {
    matches!(parts.recurrence, Recurrence::Every { .. })
}

fn is_range(parts: &Parts, longest: Option<u64>) -> bool {
    matches!(parts.recurrence, Recurrence::Every { low, .. } if longest.is_some_and(|longest| longest >= low))
}

/// How `at` is to read a text; `None` if the schedule takes no such time.
fn time(parts: &Parts, text: &str) -> Option<NaiveTime> {
    match parts.recurrence {
        Recurrence::Every { unit: Unit::Minute, .. } => time_of_minute(text),
        Recurrence::Every { unit: Unit::Hour, .. } => time_of_hour(text),
        Recurrence::Every { unit: Unit::Day, .. } => time_of_day(text),
        _ if parts.days != NamedDays::Unnamed => time_of_day(text),
        _ => None,
    }
}

//! One field of an expression: numbers, names, ranges and steps.

use std::sync::Arc;

use super::{dialect::Flags, source::Source};
use crate::{
    error::{Error, Result},
    text::edits,
};

/// What a field counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    /// Of the ISO year.
    Week,
    DayOfWeek,
    Year,
}

const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];

/// A week from Sunday to Sunday. A dialect takes seven of these days.
const WEEKDAYS: [&str; 8] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// The letters of a short name.
const SHORT: usize = 3;

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Second => "second",
            Kind::Minute => "minute",
            Kind::Hour => "hour",
            Kind::DayOfMonth => "day of month",
            Kind::Month => "month",
            Kind::Week => "week",
            Kind::DayOfWeek => "day of week",
            Kind::Year => "year",
        }
    }

    /// The lowest and the highest number.
    pub(super) fn limits(self, flags: &Flags) -> (u16, u16) {
        match self {
            Kind::Second | Kind::Minute => (0, 59),
            Kind::Hour => (0, 23),
            Kind::DayOfMonth => (1, 31),
            Kind::Month => (1, 12),
            Kind::Week => (1, 53),
            Kind::DayOfWeek => (flags.sunday % 6, flags.sunday % 6 + 6),
            Kind::Year if flags.plain_names => (1970, 9999),
            Kind::Year => (1970, 2199),
        }
    }

    /// The names of the numbers, from the lowest.
    fn names(self, flags: &Flags) -> &'static [&'static str] {
        match self {
            Kind::Month => &MONTHS,
            Kind::DayOfWeek if flags.sunday == 6 => &WEEKDAYS[1..],
            Kind::DayOfWeek => &WEEKDAYS[..7],
            _ => &[],
        }
    }

    /// The method of the sentence that counts these, if there is one.
    fn unit(self) -> Option<&'static str> {
        match self {
            Kind::Second => Some("seconds"),
            Kind::Minute => Some("minutes"),
            Kind::Hour => Some("hours"),
            Kind::DayOfMonth => Some("days"),
            Kind::Month => Some("months"),
            _ => None,
        }
    }
}

/// A field that is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) source: Source<'a>,
    pub(super) flags: &'static Flags,
    pub(super) kind: Kind,
    pub(super) text: &'a str,
}

impl<'a> Field<'a> {
    /// Reads every item of the list. `special` reads those that are neither numbers nor ranges; `put` takes the
    /// numbers.
    pub(super) fn read(self, special: &mut dyn FnMut(&'a str) -> Result<bool>, put: &mut dyn FnMut(u16)) -> Result<()> {
        for item in self.text.split(',') {
            if item.is_empty() {
                return Err(self.refuse(self.text, "has an empty item (expected no comma before, after or beside one)"));
            }
            if !special(item)? {
                self.read_numbers(item, put)?;
            }
        }
        Ok(())
    }

    /// Reads a field of numbers below 64 as a set of bits.
    pub(super) fn bits(self) -> Result<u64> {
        let mut bits = 0;
        self.read(&mut |_| Ok(false), &mut |n| bits |= 1 << n)?;
        Ok(bits)
    }

    /// Reads years; `None` for all.
    pub(super) fn years(self) -> Result<Option<Arc<[u16]>>> {
        if matches!(self.text, "*" | "*/1") {
            return Ok(None);
        }
        let mut years = Vec::new();
        self.read(&mut |_| Ok(false), &mut |year| years.push(year))?;
        years.sort_unstable();
        years.dedup();
        Ok(Some(years.into()))
    }

    #[cold]
    pub(super) fn refuse(self, part: &str, why: impl std::fmt::Display) -> Error {
        self.source.refuse_part(self.kind.name(), part, why)
    }

    fn read_numbers(self, item: &'a str, put: &mut dyn FnMut(u16)) -> Result<()> {
        let (min, max) = self.kind.limits(self.flags);
        let (base, step) = match item.split_once('/') {
            Some((base, step)) => (base, Some(self.step(item, step)?)),
            None => (item, None),
        };
        let (low, high) = if base == "*" {
            (min, max)
        } else if let Some((low, high)) = base.split_once('-') {
            self.range(item, base, low, high)?
        } else {
            let value = self.value(item, base)?;
            match step {
                None => (value, value),
                Some(_) if self.flags.open_step => (value, max),
                Some(step) => return Err(self.step_without_range(item, base, value, step)),
            }
        };
        if self.flags.plain_names && item.contains(|c: char| c.is_ascii_alphabetic()) {
            self.check_plain_names(item, step.is_some())?;
        }
        let length = max - min + 1;
        // A range that runs past the end of the field continues at its beginning.
        let high = if high < low { high + length } else { high };
        let span = if self.flags.open_step && !base.contains(['-', '*']) { max - min } else { high - low };
        match step {
            Some(step) if step > 1 && step > u32::from(span) => return Err(self.step_too_long(item, base, step, span)),
            _ => {}
        }
        let step = step.unwrap_or(1) as u16;
        let mut next = low;
        while next <= high {
            put(if next > max && !self.is_sunday(next) { next - length } else { next });
            match next.checked_add(step) {
                Some(later) => next = later,
                None => break,
            }
        }
        Ok(())
    }

    /// Whether this is the 7 that is Sunday as 0 is.
    fn is_sunday(self, n: u16) -> bool {
        self.kind == Kind::DayOfWeek && self.flags.seven_is_sunday && n == 7
    }

    fn step(self, item: &str, text: &str) -> Result<u32> {
        match number(text) {
            Some(0) => Err(self.refuse(item, "has a step of 0 (expected 1 or more)")),
            Some(step) => Ok(step),
            None if text.is_empty() => Err(self.refuse(item, "has no step after its \"/\" (expected a number)")),
            None => Err(self.refuse(item, format_args!("has the step {text:?}, which is not a number"))),
        }
    }

    /// Both ends of a range, the first possibly after the last.
    fn range(self, item: &str, range: &str, low: &'a str, high: &'a str) -> Result<(u16, u16)> {
        if low.is_empty() || high.is_empty() {
            return Err(
                self.refuse(item, format_args!("has a range without its two ends (expected {})", self.example()))
            );
        }
        let (first, last) = (self.value(item, low)?, self.value(item, high)?);
        if first <= last {
            return Ok((first, last));
        }
        // A range that ends with Sunday ends with the 7, however it is written but as 0.
        if self.is_sunday(7) && last == 0 && number(high).is_none() {
            return Ok((first, 7));
        }
        if self.flags.wraps {
            return Ok((first, last));
        }
        Err(self.backwards(item, range, first, last))
    }

    /// A number or a name.
    pub(super) fn value(self, item: &str, text: &str) -> Result<u16> {
        let (min, max) = self.kind.limits(self.flags);
        if let Some(n) = number(text) {
            return match u16::try_from(n) {
                Ok(n) if (min..=max).contains(&n) || self.is_sunday(n) => Ok(n),
                _ => Err(self.out_of_range(item, text)),
            };
        }
        let is_name = |name: &&str| {
            let is_long_enough = text.len() == SHORT || self.flags.long_names && text.len() > SHORT;
            is_long_enough && name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
        };
        match self.kind.names(self.flags).iter().position(is_name) {
            Some(place) => Ok(min + place as u16),
            None => Err(self.not_a_value(item, text)),
        }
    }

    /// APScheduler ignores what follows a name that it knows.
    fn check_plain_names(self, item: &str, has_step: bool) -> Result<()> {
        if has_step {
            return Err(self.refuse(item, "has a step after names (expected numbers)"));
        }
        if item.contains(|c: char| c.is_ascii_digit()) {
            return Err(self.refuse(item, "mixes a name and a number (expected two of a kind)"));
        }
        Ok(())
    }

    /// The form in which errors show a number: its name, if the field has one for each.
    fn shown(self, n: u16, as_name: bool) -> String {
        let (min, max) = self.kind.limits(self.flags);
        let names = self.kind.names(self.flags);
        let n = if n > max { n - (max - min + 1) } else { n };
        match names.get(usize::from(n - min)) {
            Some(name) if as_name => name[..SHORT].to_owned(),
            _ => n.to_string(),
        }
    }

    /// What may stand in the field.
    pub(super) fn example(self) -> String {
        let (min, max) = self.kind.limits(self.flags);
        let max = if self.is_sunday(max + 1) { max + 1 } else { max };
        match self.kind.names(self.flags) {
            [first, .., last] => format!("{min} to {max}, or {} to {}", &first[..SHORT], &last[..SHORT]),
            _ => format!("{min} to {max}"),
        }
    }

    #[cold]
    fn step_without_range(self, item: &str, base: &str, value: u16, step: u32) -> Error {
        let (min, max) = self.kind.limits(self.flags);
        let (base, max) = (base.to_ascii_uppercase(), self.shown(max, number(base).is_none()));
        let all = if value == min { format!(" or */{step}") } else { String::new() };
        self.refuse(item, format_args!("has a step without a range (expected {base}-{max}/{step}{all})"))
    }

    #[cold]
    fn step_too_long(self, item: &str, base: &str, step: u32, span: u16) -> Error {
        let length = match self.kind.unit() {
            Some(unit) if base == "*" => format!("; every().{unit}({step}) counts {unit} across the end of the field"),
            _ => String::new(),
        };
        self.refuse(item, format_args!("has a step that leads out of its range (expected {span} at most{length})"))
    }

    #[cold]
    fn backwards(self, item: &str, range: &str, first: u16, last: u16) -> Error {
        let (min, max) = self.kind.limits(self.flags);
        let as_name = range.ends_with(|c: char| c.is_ascii_alphabetic());
        let part = |low: u16, high: u16| match (low, high) {
            (low, high) if low == high => self.shown(low, as_name),
            (low, high) => format!("{}-{}", self.shown(low, as_name), self.shown(high, as_name)),
        };
        let split = if self.is_sunday(first) {
            part(min, last)
        } else if as_name && self.kind == Kind::DayOfWeek {
            let days = (first..=max).chain(min..=last).map(|n| self.shown(n, true));
            days.collect::<Vec<_>>().join(",")
        } else {
            format!("{},{}", part(first, max), part(min, last))
        };
        self.refuse(item, format_args!("runs backwards (expected {split})"))
    }

    #[cold]
    fn out_of_range(self, item: &str, text: &str) -> Error {
        let what = if item == text { String::new() } else { format!("has {text}, which ") };
        self.refuse(item, format_args!("{what}is out of range (expected {})", self.example()))
    }

    /// The error for what is neither a number nor a name, with the name that is closest.
    #[cold]
    fn not_a_value(self, item: &str, text: &str) -> Error {
        let what = if item == text { String::new() } else { format!("has {text:?}, which ") };
        let upper = text.to_ascii_uppercase();
        let names = self.kind.names(self.flags);
        let close = |name: &&&str| {
            let short = &name[..SHORT];
            (edits(&upper, short).min(edits(&upper, name)), edits(&upper, short))
        };
        let is_word = !upper.is_empty() && upper.bytes().all(|byte| byte.is_ascii_alphabetic());
        let closest = names.iter().filter(|_| is_word).min_by_key(close);
        let starts = closest.filter(|name| {
            upper.starts_with(&name[..SHORT]) || edits(&upper, &name[..SHORT]) <= 1 || edits(&upper, name) <= 2
        });
        match starts {
            Some(name) => {
                let name = &name[..SHORT];
                self.refuse(item, format_args!("{what}is not a name of three letters: did you mean {name}?"))
            }
            None => {
                let kind = if names.is_empty() { "is not a number" } else { "is neither a number nor a name" };
                self.refuse(item, format_args!("{what}{kind} (expected {})", self.example()))
            }
        }
    }
}

/// A number of decimal digits. One that is too large for every field stays so.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0_u32, |n, digit| n.saturating_mul(10).saturating_add((digit - b'0').into())))
}

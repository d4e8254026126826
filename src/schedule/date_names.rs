//! Dates out of text.

use std::str::FromStr;

use chrono::{NaiveDate, Weekday};

use super::{
    dates::{range, Dates, NamedDates},
    days::longest,
    names::{meant, month, span, weekday, MONTHS, WEEKDAYS},
    tokens::Tokens,
};
use crate::{
    error::{Error, Result},
    trigger::{DateItem, WeekdaySet},
};

const EXPECTED: &str = "dates, such as weekdays, Mondays, day 15, the last day, the 2nd Tuesday, 25 December, \
                        2024-12-24 or the name of a calendar";

/// The words of a schedule, which no calendar can have as its name.
const RESERVED: [&str; 28] = [
    "with",
    "spread",
    "cron",
    "times",
    "weekday",
    "weekdays",
    "weekend",
    "weekends",
    "day",
    "days",
    "the",
    "last",
    "nearest",
    "and",
    "or",
    "except",
    "only",
    "between",
    "in",
    "on",
    "at",
    "to",
    "starting",
    "until",
    "for",
    "immediately",
    "once",
    "every",
];

/// Whether a calendar can have this name: a word that no text of a schedule has otherwise.
pub(super) fn is_calendar_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
        && weekday(word).is_none()
        && month(word).is_none()
}

impl Tokens<'_> {
    /// Reads a list of dates, up to what cannot be one.
    pub(super) fn dates(&mut self) -> Result<Dates> {
        let mut items = self.some_dates()?;
        let mut ahead = *self;
        while ahead.take_joint() && ahead.begins_dates() {
            // "day 1, 15 and 20", but "day 1 and 25 December".
            match items.last() {
                Some(NamedDates::Rule(DateItem::Day(_))) if ahead.is_number_alone() => {
                    items.push(NamedDates::Rule(DateItem::Day(ahead.day_of_month(31)?)));
                }
                _ => items.extend(ahead.some_dates()?),
            }
            *self = ahead;
        }
        Ok(Dates::of(items))
    }

    /// Whether a date of a list can begin here; a number alone cannot, as in `, 10 times`.
    fn begins_dates(mut self) -> bool {
        let first = self.next();
        let known = ["weekday", "weekdays", "weekend", "weekends", "day", "the"];
        weekday(first).is_some()
            || known.iter().any(|word| word.eq_ignore_ascii_case(first))
            || is_calendar_name(first)
            || date(first).is_some()
            || month(first).is_some()
            || (is_number(first) && !self.peek().eq_ignore_ascii_case("times"))
    }

    /// Whether the next token is a number that is no part of "25 December".
    fn is_number_alone(mut self) -> bool {
        is_number(self.next()) && month(self.peek()).is_none()
    }

    fn some_dates(&mut self) -> Result<Vec<NamedDates>> {
        let begin = *self;
        let rule = |item| Ok(vec![NamedDates::Rule(item)]);
        let first = self.peek();
        if self.take("weekdays") || self.take("weekday") {
            return rule(DateItem::Weekdays(WeekdaySet::WEEKDAYS));
        }
        if self.take("weekends") || self.take("weekend") {
            return rule(DateItem::Weekdays(WeekdaySet::WEEKEND));
        }
        if weekday(first).is_some() {
            return rule(DateItem::Weekdays(self.weekday_span()?));
        }
        if self.take("day") || self.take("days") {
            let from = self.day_of_month(31)?;
            let to = if self.take("to") { self.day_of_month(31)? } else { from };
            if to < from {
                return Err(begin.wrong(&format!("the days {from} to {to} run backwards (expected {to} to {from})")));
            }
            return Ok((from..=to).map(|day| NamedDates::Rule(DateItem::Day(day))).collect());
        }
        if self.take("the") {
            return rule(self.the()?);
        }
        if let Some(from) = date(first) {
            self.next();
            let mut to = from;
            if self.take("to") {
                to = date(self.peek()).ok_or_else(|| self.unexpected("a date, as YYYY-MM-DD"))?;
                self.next();
            }
            return rule(range(from, to).map_err(|error| begin.refused(error))?);
        }
        if is_number(first) {
            let mut after = *self;
            after.next();
            let month = after.month()?;
            let day = self.day_of_month(longest(month).1)?;
            *self = after;
            return rule(DateItem::Date { month, day });
        }
        if let Some(month) = month(first) {
            self.next();
            let day = self.day_of_month(longest(month).1)?;
            return rule(DateItem::Date { month, day });
        }
        if let Some(meant) = meant(first, known_words()) {
            return Err(self.misspelled(meant));
        }
        if is_calendar_name(first) {
            self.next();
            return Ok(vec![NamedDates::Calendar(first.into())]);
        }
        Err(self.unexpected(EXPECTED))
    }

    /// Reads what follows "the".
    fn the(&mut self) -> Result<DateItem> {
        if self.take("weekday") {
            if !(self.take("nearest") && self.take("day")) {
                return Err(self.unexpected("the weekday nearest day 1 to 31"));
            }
            return Ok(DateItem::Nearest(self.day_of_month(31)?));
        }
        let n = ordinal(self.peek());
        if n.is_some() {
            self.next();
        }
        let last = self.take("last");
        let before = n.unwrap_or(1).wrapping_sub(1);
        match (n, last, weekday(self.peek())) {
            (None, true, Some(of)) => {
                self.next();
                Ok(DateItem::LastWeekday(of))
            }
            (Some(1..=5), false, Some(of)) => {
                self.next();
                Ok(DateItem::Nth(before + 1, of))
            }
            // "the 15th", or "the 15th day".
            (Some(n), false, None) => {
                self.take("day");
                Ok(DateItem::Day(n))
            }
            (_, true, _) if before < 31 && self.take("day") => Ok(DateItem::BeforeLast(before)),
            (_, true, _) if before < 23 && self.take("weekday") => Ok(DateItem::LastWorkday(before)),
            _ => {
                Err(self
                    .unexpected("the last day, the last weekday, the last Friday, the 1st to 5th Friday or the 15th"))
            }
        }
    }

    fn day_of_month(&mut self, last: u8) -> Result<u8> {
        let day = number(self.peek()).filter(|day| (1..=last).contains(day));
        let day = day.ok_or_else(|| self.unexpected(&format!("a day, 1 to {last}")))?;
        self.next();
        Ok(day)
    }

    fn weekday(&mut self) -> Result<Weekday> {
        let Some(found) = weekday(self.peek()) else {
            let names = WEEKDAYS.iter().map(|(name, _)| *name);
            return Err(meant(self.peek(), names)
                .map_or_else(|| self.unexpected("a weekday, such as Monday or Mon"), |meant| self.misspelled(meant)));
        };
        self.next();
        Ok(found)
    }

    fn weekday_span(&mut self) -> Result<WeekdaySet> {
        let from = self.weekday()?;
        let to = if self.take("to") { self.weekday()? } else { from };
        Ok(weekdays_of(span(from.num_days_from_monday(), to.num_days_from_monday(), 7)))
    }

    /// Reads a list of weekdays, up to what cannot be one.
    pub(super) fn weekdays(&mut self) -> Result<Vec<Weekday>> {
        let mut days: Vec<_> = self.weekday_span()?.days().collect();
        let mut ahead = *self;
        while ahead.take_joint() && weekday(ahead.peek()).is_some() {
            days.extend(ahead.weekday_span()?.days());
            *self = ahead;
        }
        Ok(days)
    }

    /// Reads a month.
    pub(super) fn month(&mut self) -> Result<u8> {
        let Some(found) = month(self.peek()) else {
            return Err(meant(self.peek(), MONTHS)
                .map_or_else(|| self.unexpected("a month, such as June or Jun"), |meant| self.misspelled(meant)));
        };
        self.next();
        Ok(found)
    }
}

pub(super) fn known_words() -> impl Iterator<Item = &'static str> {
    let names = WEEKDAYS.iter().map(|(name, _)| *name);
    ["weekdays", "weekday", "weekends", "weekend"].into_iter().chain(names).chain(MONTHS)
}

fn date(word: &str) -> Option<NaiveDate> {
    let is_right = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    let shaped = word.len() == 10 && word.bytes().enumerate().all(is_right);
    word.parse().ok().filter(|_| shaped)
}

/// Reads a number of one or two digits.
fn number(word: &str) -> Option<u8> {
    word.parse().ok().filter(|_| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_number(word: &str) -> bool {
    number(word).is_some()
}

/// Reads `1st`, `2nd` and so on.
fn ordinal(word: &str) -> Option<u8> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let n = digits.parse().ok().filter(|n| (1..=31).contains(n))?;
    word[digits.len()..].eq_ignore_ascii_case(suffix(n)).then_some(n)
}

/// The ending of an ordinal number, as in `2nd`.
pub(super) fn suffix(n: u8) -> &'static str {
    match (n / 10, n % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn weekdays_of(bits: u64) -> WeekdaySet {
    WEEKDAYS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, (_, weekday))| *weekday).collect()
}

/// Reads what `Display` shows, in any case, with short names, and with `and` or commas between.
///
/// ```
/// use punctual::Dates;
/// let dates: Dates = "the 2nd TUE, mondays and day 15, day 1".parse()?;
/// assert_eq!(dates.to_string(), "day 1, day 15, the 2nd Tuesday and Mondays");
/// assert_eq!(
///     "mondey".parse::<Dates>().unwrap_err().to_string(),
///     "invalid text \"mondey\": unknown word \"mondey\" at column 1: did you mean \"Monday\"?",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
impl FromStr for Dates {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut tokens = Tokens::new(text)?;
        let dates = tokens.dates()?;
        tokens.end("a comma or the end")?;
        Ok(dates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Months;

    fn read(text: &str) -> String {
        text.parse::<Dates>().map_or_else(|error| error.to_string(), |dates| dates.to_string())
    }

    #[test]
    fn canonical_text_is_a_fixed_point() {
        for text in [
            "weekdays",
            "weekends",
            "Mondays",
            "Mondays to Wednesdays",
            "Saturdays to Mondays",
            "Mondays to Sundays",
            "day 1, day 15 and Mondays",
            "day 1 to 31",
            "day 30 and day 31",
            "the last day",
            "the 3rd last day",
            "the 2nd Tuesday and the last Friday",
            "the last weekday",
            "the 2nd last weekday",
            "the weekday nearest day 15",
            "29 February and 25 December",
            "2024-12-24",
            "2024-12-24 to 2025-01-01",
            "holidays",
            "Mondays, 25 December, 2024-12-24 and holidays",
        ] {
            assert_eq!(read(text), text);
        }
    }

    #[test]
    fn names_are_read_in_any_case_short_and_plural() {
        assert_eq!(read("mon, THU and fridays, Fri"), "Mondays, Thursdays and Fridays");
        assert_eq!(read("Fri to sun"), "Fridays to Sundays");
        assert_eq!(read("days 3 to 5 and the 21st last day"), "day 3 to 5 and the 21st last day");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_column() {
        for (text, error) in [
            ("", "invalid text \"\": the text ends at column 1 (expected dates"),
            ("mondays, wekdays", "unknown word \"wekdays\" at column 10: did you mean \"weekdays\"?"),
            ("30 February", "unexpected \"30\" at column 1 (expected a day, 1 to 29)"),
            ("day 32", "unexpected \"32\" at column 5 (expected a day, 1 to 31)"),
            ("the 6th Friday", "at column 9"),
            ("2025-02-29", "unexpected \"2025-02-29\" at column 1"),
            ("day 5 to 3", "run backwards"),
            ("mondays,", "unexpected \",\" at column 8"),
            ("äöü é", "unexpected \"äöü\" at column 1"),
        ] {
            assert!(read(text).contains(error), "{text}: {}", read(text));
        }
        assert!(read(&"a".repeat(257)).contains("257 bytes"));
    }

    #[test]
    fn a_list_ends_before_an_option() {
        for text in ["Mondays, 10 times", "holidays, once", "day 1, except on Mondays", "day 1 and (every day)"] {
            let mut tokens = Tokens::new(text).unwrap();
            tokens.dates().unwrap();
            assert!([",", "and"].contains(&tokens.peek()), "{text}");
        }
    }

    #[test]
    fn months_go_round_the_year() {
        let read = |text: &str| text.parse::<Months>().map_or_else(|e| e.to_string(), |months| months.to_string());
        assert_eq!(read("june to aug"), "June to August");
        assert_eq!(read("nov to feb"), "November to February");
        assert_eq!(read("Dec, Jan"), "December and January");
        assert!(read("jun to augst").contains("did you mean \"August\"?"));
    }
}

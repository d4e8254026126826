//! What is refused because it can be misread or has another form, and what to write instead.

use super::super::{
    cron::Interval,
    names::{assigned_zone, is_zone_like, meant, month, weekday, MONTHS, WEEKDAYS},
    tokens::Tokens,
};
use crate::{
    error::{Error, Result},
    text::edits,
    trigger::Unit,
};

/// The words that may continue a clause.
const OPTIONS: [&str; 21] = [
    "at",
    "on",
    "between",
    "only",
    "except",
    "in",
    "starting",
    "until",
    "for",
    "immediately",
    "once",
    "times",
    "or",
    "and",
    "to",
    "of",
    "hours",
    "with",
    "jitter",
    "spread",
    "over",
];

/// The words of units and days, which may follow `every`.
const UNITS: [&str; 18] = [
    "millisecond",
    "milliseconds",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "weekday",
    "weekend",
];

/// Whether a word may continue a clause, and so ends what is before it.
pub(super) fn is_option(word: &str) -> bool {
    OPTIONS.iter().any(|option| option.eq_ignore_ascii_case(word))
}

/// The known word that is nearest to another, with at most two errors in a long word.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    const LONG: usize = 6;
    if word.len() > 20 {
        return None;
    }
    let lower = word.to_lowercase();
    let distance = |known: &str| edits(&lower, &known.to_lowercase());
    let close = |known: &&&str| known.len() >= LONG && distance(known) <= 2;
    let short = |known: &&&str| known.len() == 3 && lower.starts_with(&known[..1]) && distance(known) == 1;
    let found = |close: &dyn Fn(&&&str) -> bool| known.iter().find(close).copied();
    meant(word, known.iter().copied()).or_else(|| found(&close)).or_else(|| found(&short))
}

/// The names of a count in words, as in "every third day".
fn ordinal(word: &str) -> Option<u32> {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    if let Some(place) = WORDS.iter().position(|known| known.eq_ignore_ascii_case(word)) {
        return Some(place as u32 + 1);
    }
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let suffix = word[digits.len()..].to_ascii_lowercase();
    let n = matches!(suffix.as_str(), "st" | "nd" | "rd" | "th").then(|| digits.parse().ok()).flatten();
    n.filter(|n| *n > 0)
}

fn nth(n: u32) -> &'static str {
    ["1st", "2nd", "3rd", "4th", "5th"].get(n as usize - 1).copied().unwrap_or("last")
}

/// Whether a word is a unit; the singular of it.
fn unit(word: &str) -> Option<&'static str> {
    UNITS[..16].chunks(2).find(|pair| pair.iter().any(|name| name.eq_ignore_ascii_case(word))).map(|pair| pair[0])
}

/// The unit for which others have a short word.
fn short_unit(word: &str) -> Option<&'static str> {
    const SHORT: [(&str, &str); 7] = [
        ("sec", "second"),
        ("min", "minute"),
        ("hr", "hour"),
        ("wk", "week"),
        ("mo", "month"),
        ("mth", "month"),
        ("yr", "year"),
    ];
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(singular)).map(|(_, unit)| *unit)
}

impl Tokens<'_> {
    /// An error about the next token, with what to write instead.
    fn rewrite(self, instead: &str) -> Error {
        self.wrong(&format!("write {instead}"))
    }

    /// The error for a clause that begins with none of its words.
    pub(super) fn not_a_clause(self) -> Error {
        let word = self.peek();
        let whole = [
            ("daily", "every day"),
            ("nightly", "every day"),
            ("hourly", "every hour"),
            ("minutely", "every minute"),
            ("secondly", "every second"),
            ("weekly", "every week"),
            ("biweekly", "every 2 weeks"),
            ("fortnightly", "every 2 weeks"),
            ("monthly", "every month"),
            ("bimonthly", "every 2 months"),
            ("quarterly", "every 3 months"),
            ("yearly", "every year"),
            ("annually", "every year"),
            ("weekdays", "every weekday"),
            ("weekends", "every weekend"),
            ("each", "every"),
            ("on", "`every` before it"),
            ("at", "`every day`, or `once`, before it"),
            ("in", "`once` before it"),
            ("after", "`once` before it"),
        ];
        if weekday(word).is_some() {
            return self.rewrite("`every` before it");
        }
        if let Some((_, instead)) = whole.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            return self.rewrite(instead);
        }
        if let Err(error) = self.check_field(word) {
            return error;
        }
        match nearest(word, &["every", "once", "cron"]) {
            Some(meant) => self.misspelled(meant),
            None => self.unexpected("every, once, cron or \"(\", as in \"every weekday at 09:30\""),
        }
    }

    /// Refuses a macro that is an interval, as in `@every 5m`.
    pub(super) fn check_macro(self) -> Result<()> {
        let mut after = self;
        if !after.take("@every") {
            return Ok(());
        }
        let instead = Interval::read(after.peek()).map(|interval| interval.words());
        Err(self.rewrite(instead.as_deref().unwrap_or("every and a length, as in every 5 minutes")))
    }

    /// Refuses a zone among the fields of a cron expression.
    pub(super) fn check_field(self, field: &str) -> Result<()> {
        match assigned_zone(field) {
            Some((_, zone)) => Err(self.rewrite(&format!("in {zone} after the expression"))),
            None if is_zone_like(field) => Err(self.rewrite(&format!("in {field}"))),
            None => Ok(()),
        }
    }

    /// Refuses `on the hour` of hours, and `on the minute` of minutes, which name no day.
    pub(super) fn check_days(self, unit: Unit) -> Result<()> {
        let mut after = self;
        if after.take("the") && after.take(unit.name()) {
            return Err(self.rewrite("at :00"));
        }
        Ok(())
    }

    /// The error for what follows `every` and is no unit. "every second day" could be two schedules.
    pub(super) fn not_a_unit(self) -> Error {
        let mut after = self;
        let word = after.next();
        let next = after.peek();
        let counted = match word {
            _ if word.eq_ignore_ascii_case("other") => Some(2),
            _ => ordinal(word),
        };
        if let Some(n) = counted {
            if let Some(unit) = unit(next) {
                return self.rewrite(&if n == 1 { format!("every {unit}") } else { format!("every {n} {unit}s") });
            }
            if let Some(day) = weekday(next) {
                let name = WEEKDAYS[day.num_days_from_monday() as usize].0;
                return self.rewrite(&match n {
                    1 => format!("every {name}, or every month on the 1st {name}"),
                    2..=5 => format!("every {n} weeks on {name}, or every month on the {} {name}", nth(n)),
                    _ => format!("every {n} weeks on {name}"),
                });
            }
        }
        if let Some(unit) = short_unit(word) {
            return self.misspelled(unit);
        }
        let names: Vec<&str> = UNITS.into_iter().chain(WEEKDAYS.map(|(name, _)| name)).collect();
        match nearest(word, &names) {
            Some(meant) => self.misspelled(meant),
            None if word.eq_ignore_ascii_case("the") => self.rewrite("every month on the last day"),
            None if ["morning", "evening", "night", "noon"].iter().any(|known| known.eq_ignore_ascii_case(word)) => {
                self.rewrite("every day at a time, as in every day at 18:00")
            }
            None if word.eq_ignore_ascii_case("quarter") => self.rewrite("every 3 months, or every 15 minutes"),
            None if word.eq_ignore_ascii_case("half") => self.rewrite("every 30 minutes"),
            None if word.eq_ignore_ascii_case("fortnight") => self.rewrite("every 2 weeks"),
            None if word.eq_ignore_ascii_case("last") => self.rewrite("every month on the last Friday"),
            None if month(word).is_some() => self.rewrite("every year on a date, as in every year on 25 December"),
            None => self.unexpected("a unit, a number, a length or weekdays, as in every 5 minutes or every weekday"),
        }
    }

    /// The error for what follows a number and is no unit of a count.
    pub(super) fn not_a_counted_unit(self) -> Error {
        if weekday(self.peek()).is_some() {
            return self.rewrite("weeks on the weekday, as in every 2 weeks on Monday");
        }
        if month(self.peek()).is_some() {
            return self.rewrite("every year on the date, as in every year on 25 December");
        }
        match short_unit(self.peek()) {
            Some(unit) => self.misspelled(&format!("{unit}s")),
            None => match nearest(self.peek(), &UNITS[..16]) {
                Some(meant) => self.misspelled(meant),
                None => self.unexpected("a unit, such as minutes or days"),
            },
        }
    }

    /// Whether `second` is part of "every second Monday", and not the unit.
    pub(super) fn is_second_of_several(self) -> bool {
        let mut after = self;
        after.take("second") && (unit(after.peek()).is_some() || weekday(after.peek()).is_some())
    }

    /// The error for a word that is no option, after a clause.
    pub(super) fn not_an_option(self) -> Error {
        let word = self.peek();
        if word.eq_ignore_ascii_case("and") {
            return self.wrong("schedules that are joined by `and` are in brackets (expected (…) and (…))");
        }
        if word == "," {
            let mut after = self;
            after.next();
            return match after.is_at_end() {
                true => self.unexpected("an option after it, or nothing"),
                false => after.not_an_option(),
            };
        }
        let mut after = self;
        if after.next().parse::<u64>().is_ok() && nearest(after.peek(), &["times"]).is_some() {
            return after.misspelled("times");
        }
        const OTHERS: [(&str, &str); 13] = [
            ("from", "between 08:00 and 18:00, or starting"),
            ("during", "between 08:00 and 18:00"),
            ("after", "starting"),
            ("since", "starting"),
            ("beginning", "starting"),
            ("before", "until"),
            ("ending", "until"),
            ("excluding", "except"),
            ("without", "except"),
            ("not", "except"),
            ("tz", "in"),
            ("timezone", "in"),
            ("every", "`or` before it, for another schedule"),
        ];
        if let Some((_, instead)) = OTHERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)) {
            return self.rewrite(instead);
        }
        if is_zone_like(word) {
            return self.rewrite(&format!("in {word}"));
        }
        if weekday(word).is_some() || ["weekdays", "weekends"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
            return self.rewrite("`only on` before it");
        }
        match nearest(word, &OPTIONS) {
            Some(meant) if !meant.eq_ignore_ascii_case(word) => self.misspelled(meant),
            _ => self.unexpected(
                "at, on, between, only, except, in, with, spread, starting, until, for, immediately, once, times, or, or the \
                 end",
            ),
        }
    }

    /// Whether the next token is a time of the clock in a form that is refused, as `9am`.
    pub(super) fn is_spoken_time(self) -> bool {
        spoken_time(self.peek()).is_some()
    }

    /// The error for what is no time of `at` or `between`.
    pub(super) fn not_a_time(self) -> Error {
        let mut after = self;
        let word = after.next();
        let next = after.peek();
        if let Some(instead) = spoken_time(word).or_else(|| spoken_time(&format!("{word}{next}"))) {
            return self.rewrite(&instead);
        }
        match word.parse::<u8>() {
            Ok(hour @ 0..=23) => self.rewrite(&format!("{hour:02}:00")),
            _ => self.unexpected("a time, such as 09:30, or :30 of an hour"),
        }
    }

    /// The error for what is no moment.
    pub(super) fn not_a_moment(self) -> Error {
        if self.is_spoken_time() {
            return self.not_a_time();
        }
        let word = self.peek();
        if MONTHS.iter().any(|name| name.eq_ignore_ascii_case(word)) {
            return self.rewrite("the date as 2030-12-31");
        }
        match word.to_ascii_lowercase().as_str() {
            "now" => self.wrong("leave the option out, or write immediately in its place"),
            "today" => self.rewrite("a time alone, such as 18:30"),
            "tomorrow" => self.rewrite("the date, or a length, such as in 24h"),
            _ => self.unexpected("a moment, such as 2030-12-31 18:30, 18:30 or in 90s"),
        }
    }
}

/// What to write for `9am`, `9:30pm`, `noon` and `midnight`.
fn spoken_time(word: &str) -> Option<String> {
    if word.len() > 10 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    match word.as_str() {
        "midnight" => return Some("00:00".to_owned()),
        "noon" | "midday" => return Some("12:00".to_owned()),
        _ => {}
    }
    let (time, late) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(time), _) => (time, 0),
        (_, Some(time)) => (time, 12),
        _ => return None,
    };
    let (hour, minute) = time.split_once(':').unwrap_or((time, "00"));
    let hour = hour.parse::<u8>().ok().filter(|hour| (1..=12).contains(hour))?;
    let minute = minute.parse::<u8>().ok().filter(|minute| *minute < 60)?;
    Some(format!("{:02}:{minute:02}", hour % 12 + late))
}

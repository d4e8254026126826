//! Expressions: 5, 6 or 7 fields, or a macro.

use std::fmt::Write as _;

use super::{
    super::names::{assigned_zone, is_zone_like},
    days::{day_of_month, Days},
    dialect::{DayFields, Flags},
    field::{Field, Kind},
    interval::Interval,
    source::Source,
    Cron, Dialect,
};
use crate::{
    error::{Error, Result},
    text::edits,
    trigger::{ClockTimes, DateSet},
};

const MACROS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Cron {
    /// Reads an expression. A macro becomes its fields.
    pub(super) fn read_expression(dialect: Dialect, text: &str) -> Result<Self> {
        let source = Source { dialect, text };
        let flags = dialect.flags();
        source.check_length()?;
        let trimmed = text.trim_matches([' ', '\t']);
        if trimmed.starts_with('@') {
            let fields = source.fields_of_macro(trimmed)?;
            return Cron::read_expression(dialect, fields);
        }
        source.check_characters()?;
        let mut fields = [""; 7];
        let mut count = 0;
        for field in trimmed.split([' ', '\t']).filter(|field| !field.is_empty()) {
            if let Some(place) = fields.get_mut(count) {
                *place = field;
            }
            count += 1;
        }
        if !(flags.fields.0..=flags.fields.1).contains(&count)
            || fields[0].contains('=')
            || is_zone_like(fields[count - 1])
        {
            return Err(source.wrong_count(trimmed, count));
        }
        source.read_fields(flags, &fields[..count])
    }
}

impl<'a> Source<'a> {
    fn read_fields(self, flags: &'static Flags, fields: &[&'a str]) -> Result<Cron> {
        let has_seconds = flags.has_seconds || fields.len() > 5;
        let (second, rest) = if has_seconds { (Some(fields[0]), &fields[1..]) } else { (None, fields) };
        let &[minute, hour, day, month, weekday, ref year @ ..] = rest else {
            return Err(self.wrong_count(self.text, fields.len()));
        };
        let field = |kind, text| Field { source: self, flags, kind, text };
        if let (Dialect::Unix, 6, Some(b'1'..)) = (self.dialect, fields.len(), weekday.as_bytes().first()) {
            self.check_year_without_seconds(weekday, fields)?;
        }
        let seconds = second.map_or(Ok(1), |second| field(Kind::Second, second).bits())?;
        let times = ClockTimes {
            seconds,
            minutes: field(Kind::Minute, minute).bits()?,
            hours: field(Kind::Hour, hour).bits()? as u32,
        };
        let days = Days::of_month(field(Kind::DayOfMonth, day), day_of_month)?;
        let months = field(Kind::Month, month).bits()?;
        let (is_both, of_week) = match weekday.strip_prefix('+') {
            Some(rest) if flags.days == DayFields::Either => {
                if matches!(rest, "" | "*" | "?") {
                    let why = "has no weekday after its \"+\" (expected +5, or * for every day)";
                    return Err(field(Kind::DayOfWeek, weekday).refuse(weekday, why));
                }
                (true, rest)
            }
            _ => (false, weekday),
        };
        let weekdays = Days::of_week(field(Kind::DayOfWeek, of_week))?;
        let years = match year.first() {
            Some(&year) => field(Kind::Year, year).years()?,
            None => None,
        };
        if flags.days == DayFields::OneIsUnsaid && (day == "?") == (weekday == "?") {
            return Err(self.not_one_unsaid(day, fields));
        }
        let only = days.together(weekdays, flags.days, is_both);
        let dates = DateSet { months: (months >> 1) as u16, years, only, except: Vec::new() };
        let follows_clock = [second, Some(minute), Some(hour)].iter().flatten().any(|text| text.starts_with('*'));
        let mut text = String::with_capacity(self.text.len());
        for field in fields {
            if !text.is_empty() {
                text.push(' ');
            }
            text.extend(field.chars().map(|letter| letter.to_ascii_uppercase()));
        }
        Cron::new(self, text, times, dates, follows_clock)
    }

    fn fields_of_macro(self, name: &str) -> Result<&'static str> {
        let known = MACROS.iter().find(|(known, _)| *known == name).filter(|_| self.dialect.flags().macros);
        known.map(|(_, fields)| *fields).ok_or_else(|| self.unknown_macro(name))
    }

    #[cold]
    fn unknown_macro(self, name: &str) -> Error {
        let word = name.split([' ', '\t']).next().unwrap_or(name);
        if !self.dialect.flags().macros {
            return self.refuse("the dialect has no macros (expected its fields)");
        }
        let lower = word.to_ascii_lowercase();
        let closest = MACROS.iter().map(|(known, _)| (edits(&lower, known), *known)).min();
        match (lower.as_str(), closest) {
            ("@every", _) => {
                let interval = Interval::read(name[word.len()..].trim());
                let sentence = interval.map_or("every().minutes(5)".to_owned(), |interval| interval.sentence());
                self.refuse(format_args!("an interval is no cron expression (expected a sentence: {sentence})"))
            }
            ("@reboot", _) => self.refuse(
                "a run at the start is no cron expression (expected a sentence: every().day().immediately().once())",
            ),
            ("@weekdays", _) => self.refuse("there is no such macro (expected 0 0 * * 1-5)"),
            ("@weekends", _) => self.refuse("there is no such macro (expected 0 0 * * 6,0)"),
            (_, Some((0, known))) if word.len() < name.len() => {
                self.refuse(format_args!("a macro stands alone (expected {known})"))
            }
            (_, Some((0..=2, known))) => self.refuse(format_args!("there is no such macro: did you mean {known}?")),
            _ => self.refuse(
                "there is no such macro (expected @yearly, @monthly, @weekly, @daily, @hourly, @annually or @midnight)",
            ),
        }
    }

    /// Fields are written in visible ASCII, with blanks and tabs between them.
    fn check_characters(self) -> Result<()> {
        let is_known = |letter: char| letter.is_ascii_graphic() || letter == ' ' || letter == '\t';
        if self.text.bytes().all(|byte| is_known(byte.into())) {
            return Ok(());
        }
        let (at, letter) = self.text.char_indices().find(|(_, letter)| !is_known(*letter)).unwrap_or((0, ' '));
        let expected = match letter {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => "expected -",
            '\n' | '\r' => "expected one line",
            '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{feff}' => "expected a blank",
            '\u{2217}' | '\u{ff0a}' => "expected *",
            _ => "expected letters, digits and * , - / of ASCII",
        };
        let column = self.column(&self.text[at..]);
        Err(self.refuse(format_args!("{letter:?} at column {column} is no character of an expression ({expected})")))
    }

    #[cold]
    fn wrong_count(self, trimmed: &str, count: usize) -> Error {
        let first = trimmed.split([' ', '\t']).next().unwrap_or(trimmed);
        if let Some((name, zone)) = assigned_zone(first) {
            return self.refuse(format_args!("{name} is no field (expected the fields, and .tz({zone:?}))"));
        }
        let last = trimmed.rsplit([' ', '\t']).next().unwrap_or(trimmed);
        if is_zone_like(last) {
            return self.refuse(format_args!("{last} is no field (expected the fields, and .tz({last:?}))"));
        }
        if matches!(first, "every" | "once") {
            return self.refuse(format_args!("it is a sentence (expected schedule({trimmed:?}))"));
        }
        let (fewest, most) = self.dialect.flags().fields;
        let mut expected = match (self.dialect, fewest == most) {
            (_, true) => fewest.to_string(),
            (Dialect::Unix, _) => "5, 6 or 7".to_owned(),
            _ => format!("{fewest} or {most}"),
        };
        expected += " fields expected";
        let _ = write!(expected, ", {count} given");
        let seconds = if self.dialect.flags().has_seconds { "second, " } else { "" };
        self.refuse(format_args!("{expected} (expected {seconds}minute, hour, day of month, month, day of week)"))
    }

    /// Six fields that end with a year.
    fn check_year_without_seconds(self, last: &str, fields: &[&str]) -> Result<()> {
        let is_year = last.split([',', '-', '/']).next().and_then(super::field::number).is_some_and(|n| n >= 1970);
        if !is_year {
            return Ok(());
        }
        let why = format!("is a year, but the first of 6 fields is the second (expected 0 {})", fields.join(" "));
        Err(self.refuse_part(Kind::DayOfWeek.name(), last, why))
    }

    #[cold]
    fn not_one_unsaid(self, day: &str, fields: &[&str]) -> Error {
        let mut right: Vec<&str> = fields.to_vec();
        let why = if day == "?" { "both day fields are ?" } else { "no day field is ?" };
        match (right[3], right[5]) {
            ("?", _) => right[5] = "*",
            ("*", _) => right[3] = "?",
            _ => right[5] = "?",
        }
        self.refuse(format_args!("{why} (expected {})", right.join(" ")))
    }
}

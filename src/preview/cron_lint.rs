//! What is suspicious about a cron expression, read off its text.

use super::lint::LintKind;
use crate::{
    schedule::{Cron, Dialect},
    trigger::DateItem,
};

/// The fields that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Second,
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

impl Kind {
    const ALL: [Kind; 6] = [Kind::Second, Kind::Minute, Kind::Hour, Kind::Day, Kind::Month, Kind::Weekday];

    fn name(self) -> &'static str {
        match self {
            Kind::Second => "second",
            Kind::Minute => "minute",
            Kind::Hour => "hour",
            Kind::Day => "day",
            Kind::Month => "month",
            Kind::Weekday => "day of the week",
        }
    }

    /// The first value and the number of values.
    fn values(self) -> (u32, u32) {
        match self {
            Kind::Second | Kind::Minute => (0, 60),
            Kind::Hour => (0, 24),
            Kind::Day => (1, 31),
            Kind::Month => (1, 12),
            Kind::Weekday => (0, 7),
        }
    }

    /// The name in [`Dialect::Fields`].
    fn key(self) -> &'static str {
        match self {
            Kind::Weekday => "day_of_week",
            kind => kind.name(),
        }
    }
}

/// The text of a field.
struct Field<'a> {
    kind: Kind,
    text: &'a str,
}

impl<'a> Field<'a> {
    fn of_key(key: &str, text: &'a str) -> Option<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.key() == key)?;
        Some(Field { kind, text })
    }
}

fn fields(cron: &Cron) -> Vec<Field<'_>> {
    if cron.dialect == Dialect::Fields {
        let parts = cron.text.split("', ").filter_map(|part| part.split_once("='"));
        return parts.filter_map(|(key, text)| Field::of_key(key, text.trim_end_matches('\''))).collect();
    }
    let texts: Vec<&str> = cron.text.split(' ').collect();
    let kinds = if texts.len() == 5 { &Kind::ALL[1..] } else { &Kind::ALL[..] };
    kinds.iter().zip(texts).map(|(kind, text)| Field { kind: *kind, text }).collect()
}

/// What is suspicious, each with what happens and what to write instead.
pub(super) fn findings(cron: &Cron) -> Vec<(LintKind, String)> {
    let fields = fields(cron);
    let mut found = Vec::new();
    found.extend(both_days(cron, &fields).map(|what| (LintKind::BothDayFields, what)));
    let steps = fields.iter().flat_map(|field| field.text.split(',').filter_map(|item| uneven(field.kind, item)));
    found.extend(steps.map(|what| (LintKind::UnevenStep, what)));
    found.extend(crowded(cron, &fields).map(|what| (LintKind::Crowded, what)));
    found.extend(lacking(cron, &fields).map(|what| (LintKind::MissingDays, what)));
    found
}

fn text_of<'a>(fields: &[Field<'a>], kind: Kind) -> Option<&'a str> {
    fields.iter().find(|field| field.kind == kind).map(|field| field.text)
}

fn both_days(cron: &Cron, fields: &[Field<'_>]) -> Option<String> {
    let limited = |kind| text_of(fields, kind).filter(|text| !matches!(*text, "*" | "?"));
    let (day, weekday) = (limited(Kind::Day)?, limited(Kind::Weekday)?);
    let is_both = match cron.dialect {
        Dialect::Unix if weekday.starts_with('+') => return None,
        Dialect::Unix => false,
        Dialect::Vixie => day.starts_with('*') || weekday.starts_with('*'),
        Dialect::Celery => true,
        Dialect::Quartz | Dialect::Fields => return None,
    };
    Some(if is_both {
        format!(
            "it runs only on dates that match both the day {day:?} and the day of the week {weekday:?} (write * for \
             one of them, or two schedules with `or`, if either is enough)"
        )
    } else {
        let hint = match cron.dialect {
            Dialect::Unix => format!("write +{weekday} if both have to match"),
            _ => "write only_on, or the Unix dialect with +, if both have to match".to_owned(),
        };
        format!(
            "it runs on dates that match the day {day:?}, and also on those that match the day of the week \
             {weekday:?} ({hint})"
        )
    })
}

/// A step from `*` that does not divide its field.
fn uneven(kind: Kind, item: &str) -> Option<String> {
    let step: u32 = item.strip_prefix("*/")?.parse().ok().filter(|step| *step > 1)?;
    let (first, count) = kind.values();
    if kind == Kind::Day {
        return Some(format!(
            "{item:?} is not every {step} days: it counts from day 1 of each month again (write every {step} days)"
        ));
    }
    if count % step == 0 {
        return None;
    }
    let values: Vec<String> = (first..first + count).step_by(step as usize).map(|value| value.to_string()).collect();
    let (last, before) = values.split_last()?;
    let values = match before {
        [] => last.clone(),
        [some @ .., _] if some.len() > 3 => format!("{}, … and {last}", some[..3].join(", ")),
        before => format!("{} and {last}", before.join(", ")),
    };
    let name = kind.name();
    let (plural, whole) = match kind {
        Kind::Second => ("seconds", "minute"),
        Kind::Minute => ("minutes", "hour"),
        Kind::Hour => ("hours", "day"),
        Kind::Month => ("months", "year"),
        Kind::Weekday | Kind::Day => ("days", "week"),
    };
    Some(format!(
        "{item:?} is not every {step} {plural}: it is {name} {values} of each {whole} (write every {step} {plural})"
    ))
}

/// Each second or minute of an hour that is limited.
fn crowded(cron: &Cron, fields: &[Field<'_>]) -> Option<String> {
    let is_all = |kind| text_of(fields, kind) == Some("*");
    let is_limited = |kind| text_of(fields, kind).is_some_and(|text| !matches!(text, "*" | "*/1"));
    let (kind, whole) = if is_all(Kind::Second) && (is_limited(Kind::Minute) || is_limited(Kind::Hour)) {
        (Kind::Second, "minute")
    } else if is_all(Kind::Minute) && is_limited(Kind::Hour) {
        (Kind::Minute, "hour")
    } else {
        return None;
    };
    let name = kind.name();
    let once = match cron.dialect {
        Dialect::Fields => format!("leave out the {name}"),
        _ => {
            let fixed: Vec<&str> =
                fields.iter().map(|field| if field.kind == kind { "0" } else { field.text }).collect();
            format!("write {} ", fixed.join(" ")).trim_end().to_owned()
        }
    };
    Some(format!("\"*\" as the {name} runs it 60 times in each {whole} that matches ({once} to run it once)"))
}

/// Days that some of the months lack.
fn lacking(cron: &Cron, fields: &[Field<'_>]) -> Option<String> {
    const MONTHS: [(u16, &str); 5] = [(2, "February"), (4, "April"), (6, "June"), (9, "September"), (11, "November")];
    let last_day = match cron.dialect {
        Dialect::Unix | Dialect::Quartz => "write L for the last day of the month",
        Dialect::Vixie => "write $ for the last day of the month",
        Dialect::Celery => "write every month on the last day for the last day of the month",
        Dialect::Fields => "write day='last' for the last day of the month",
    };
    if cron.dates.only.iter().flatten().any(|item| matches!(item, DateItem::Nth(5, _))) {
        return Some(
            "months without a fifth day of that name have no run (write the last, such as 5L, for one a month)"
                .to_owned(),
        );
    }
    // A range to the end of the month, or a step, says no day by its number.
    let named = text_of(fields, Kind::Day)?.split(',').filter_map(|item| item.trim_end_matches('W').parse().ok());
    let day: u8 = named.max().filter(|day| *day > 28)?;
    let is_lacking = |number: u16| cron.dates.months >> (number - 1) & 1 != 0 && (day == 31 || number == 2);
    let lacking: Vec<&str> =
        MONTHS.into_iter().filter(|(number, _)| is_lacking(*number)).map(|(_, name)| name).collect();
    match (day, lacking.as_slice()) {
        (_, []) => None,
        (29, _) if cron.dates.months == 1 << 1 => {
            Some(format!("it runs in leap years only, every four years or eight ({last_day})"))
        }
        (29, _) => Some(format!("February has a day 29 in leap years only, and no run in others ({last_day})")),
        (day, [one]) => Some(format!("{one} has no day {day}, and no run ({last_day})")),
        (day, [some @ .., last]) => {
            Some(format!("{} and {last} have no day {day}, and no run ({last_day})", some.join(", ")))
        }
    }
}

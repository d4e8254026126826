//! APScheduler's fields.

use std::{fmt, ops::Range, str::FromStr};

use chrono::Weekday;

use super::{
    days::Days,
    field::{Field, Kind},
    source::Source,
    Cron, Dialect,
};
use crate::{
    error::{Error, Result},
    trigger::{ClockTimes, DateItem, DateSet},
};

/// The fields in their order, with their names.
const FIELDS: [(&str, Kind); 8] = [
    ("year", Kind::Year),
    ("month", Kind::Month),
    ("day", Kind::DayOfMonth),
    ("week", Kind::Week),
    ("day_of_week", Kind::DayOfWeek),
    ("hour", Kind::Hour),
    ("minute", Kind::Minute),
    ("second", Kind::Second),
];

/// The fields of APScheduler's `CronTrigger`, which [`cron`](crate::cron) takes as well as text.
///
/// A slot has to match all of them. The defaults depend on the least significant field that is given: more significant
/// fields are `*`, and less significant ones have their lowest value; week and day of week are `*`. Without any field,
/// each second is a slot.
///
/// | expression | of | means |
/// | --- | --- | --- |
/// | `*`, `*/n`, `a`, `a-b`, `a-b/n`, `a/n` | any | every value, steps, one value, a range, steps from `a` on |
/// | `jan-mar`, `mon-fri` | `month`, `day_of_week` | names of three letters, also one alone |
/// | `3rd fri`, `last fri`, `last` | `day` | the third and the last Friday, and the last day of the month |
/// | `x,y` | any | one of several |
///
/// **0 is Monday here**, and in no dialect of expressions. `week` is that of the ISO year, 1 to 53. Where clocks
/// change, the rule is that of [`cron`](crate::Schedule::cron).
///
/// ```
/// use punctual::{Fields, Schedule};
/// let schedule = Schedule::cron(Fields::new().month("6-8,11-12").day("3rd fri").hour("0-3"))?;
/// assert_eq!(schedule.to_string(), "cron[month='6-8,11-12', day='3rd fri', hour='0-3']");
///
/// let error = Schedule::cron(Fields::new().hour(25)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid cron[hour='25']: hour \"25\" at column 7 is out of range (expected 0 to 23)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// In the order of [`FIELDS`], in lower case.
    values: [Option<Box<str>>; 8],
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $place:literal;)*) => {
        /// Fields. A value is a number or text; it is read when the fields are made a schedule.
        impl Fields {$(
            $(#[$doc])*
            ///
            /// ```
            /// use punctual::{Fields, Schedule};
            #[doc = concat!("let fields = Fields::new().", stringify!($name), "(30);")]
            #[doc = concat!("assert_eq!(fields.to_string(), \"", stringify!($name), "='30'\");")]
            /// ```
            #[must_use]
            pub fn $name(self, value: impl fmt::Display) -> Self {
                self.set($place, &value.to_string())
            }
        )*}
    };
}

setters! {
    /// Years, 1970 to 9999.
    year: 0;
    /// Months, 1 to 12 or by name.
    month: 1;
    /// Days of the month: numbers, `last`, `3rd fri` or `last fri`.
    day: 2;
    /// Weeks of the ISO year, 1 to 53.
    week: 3;
    /// Days of the week: 0 to 6 from Monday, or by name.
    day_of_week: 4;
    /// Hours, 0 to 23.
    hour: 5;
    /// Minutes, 0 to 59.
    minute: 6;
    /// Seconds, 0 to 59.
    second: 7;
}

impl Fields {
    /// No fields yet.
    ///
    /// ```
    /// use punctual::Fields;
    /// assert_eq!(Fields::new().day("last").hour(17).to_string(), "day='last', hour='17'");
    /// ```
    pub fn new() -> Self {
        Fields::default()
    }

    fn set(mut self, place: usize, value: &str) -> Self {
        let items = value.split(',').map(|item| {
            let words: Vec<&str> = item.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            words.join(" ").to_ascii_lowercase()
        });
        self.values[place] = Some(items.collect::<Vec<_>>().join(",").into());
        self
    }

    /// Reads `day='3rd fri', hour='17'`.
    pub(super) fn read(text: &str) -> Result<Self> {
        let source = Source { dialect: Dialect::Fields, text };
        source.check_length()?;
        let mut fields = Fields::new();
        let mut rest = text.trim_matches([' ', '\t']);
        while !rest.is_empty() {
            let shape = |part| source.refuse_part("the part", part, "is no field (expected day='1-5', hour='17')");
            let (name, value) = rest.split_once('=').ok_or_else(|| shape(rest))?;
            let name = name.trim_matches([' ', '\t']);
            let Some(place) = FIELDS.iter().position(|(known, _)| *known == name) else {
                let why = "is unknown (expected year, month, day, week, day_of_week, hour, minute or second)";
                return Err(source.refuse_part("the field", name, why));
            };
            if fields.values[place].is_some() {
                return Err(source.refuse_part("the field", name, "is given twice (expected one list)"));
            }
            let value = value.trim_start_matches([' ', '\t']);
            let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"')).ok_or_else(|| shape(value))?;
            let (value, after) = value[1..].split_once(quote).ok_or_else(|| shape(value))?;
            fields = fields.set(place, value);
            let after = after.trim_start_matches([' ', '\t']);
            rest = match after.strip_prefix(',') {
                Some(next) if !next.trim_matches([' ', '\t']).is_empty() => next.trim_start_matches([' ', '\t']),
                _ if after.is_empty() => after,
                _ => return Err(shape(after)),
            };
        }
        Ok(fields)
    }

    /// The text, and where in it the values are.
    fn written(&self) -> (String, [Option<Range<usize>>; 8]) {
        let (mut text, mut places) = (String::new(), <[Option<Range<usize>>; 8]>::default());
        for (((name, _), value), place) in FIELDS.iter().zip(&self.values).zip(&mut places) {
            if let Some(value) = value {
                let comma = if text.is_empty() { "" } else { ", " };
                text.extend([comma, name, "='", value, "'"]);
                let end = text.len() - 1;
                *place = Some(end - value.len()..end);
            }
        }
        (text, places)
    }

    pub(super) fn compile(&self) -> Result<Cron> {
        let (text, places) = self.written();
        let source = Source { dialect: Dialect::Fields, text: &text };
        source.check_length()?;
        let flags = Dialect::Fields.flags();
        let least = self.values.iter().rposition(Option::is_some);
        // The value of a field that is not given.
        let default = |place: usize| match FIELDS[place].1 {
            Kind::Week | Kind::DayOfWeek => "*",
            Kind::Hour | Kind::Minute | Kind::Second if least.is_some_and(|least| place > least) => "0",
            Kind::Month | Kind::DayOfMonth if least.is_some_and(|least| place > least) => "1",
            _ => "*",
        };
        // The part of the text that has the value, for the columns of errors.
        let field = |place: usize| {
            let given = places[place].clone().and_then(|value| text.get(value));
            Field { source, flags, kind: FIELDS[place].1, text: given.unwrap_or_else(|| default(place)) }
        };
        let years = field(0).years()?;
        let months = field(1).bits()?;
        let days = Days::of_month(field(2), |_, item| Ok(named_day(item)))?;
        let weeks = field(3).bits()?;
        let weekdays = Days::of_week(field(4))?;
        let times = ClockTimes { hours: field(5).bits()? as u32, minutes: field(6).bits()?, seconds: field(7).bits()? };
        let mut only = days.together(weekdays, flags.days, false);
        if weeks != ALL_WEEKS {
            only.push(vec![DateItem::Weeks(weeks)]);
        }
        let dates = DateSet { months: (months >> 1) as u16, years, only, except: Vec::new() };
        let follows_clock = (5..8).any(|place| field(place).text.starts_with('*'));
        Cron::new(source, text.clone(), times, dates, follows_clock)
    }
}

/// Bits 1 to 53.
const ALL_WEEKS: u64 = ((1 << 53) - 1) << 1;

/// `last`, `last fri` and `3rd fri`.
fn named_day(item: &str) -> Option<DateItem> {
    const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    const NTH: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];
    if item == "last" {
        return Some(DateItem::BeforeLast(0));
    }
    let (which, weekday) = item.split_once(' ')?;
    let weekday = WEEKDAYS.iter().position(|known| *known == weekday)?;
    let weekday = Weekday::try_from(weekday as u8).ok()?;
    if which == "last" {
        return Some(DateItem::LastWeekday(weekday));
    }
    let n = NTH.iter().position(|known| *known == which)?;
    Some(DateItem::Nth(n as u8 + 1, weekday))
}

/// The fields that are given: `day='3rd fri', hour='17'`.
impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written().0)
    }
}

/// Reads what `Display` writes.
///
/// ```
/// use punctual::Fields;
/// let fields: Fields = "day = '3rd FRI', hour = '17'".parse()?;
/// assert_eq!(fields, Fields::new().day("3rd fri").hour(17));
/// # Ok::<(), punctual::Error>(())
/// ```
impl FromStr for Fields {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Fields::read(text)
    }
}

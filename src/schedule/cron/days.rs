//! The day fields, and the dates that they allow together.

use chrono::Weekday;

use super::{
    dialect::DayFields,
    field::{number, Field},
};
use crate::{
    error::Result,
    trigger::{DateItem, WeekdaySet},
};

/// A day field that was read.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// The numbers, one bit each: days of the month, or of the week from Monday.
    bits: u32,
    /// What has no number.
    items: Vec<DateItem>,
    /// Whether the field limits the dates, by its text: `1-31` does.
    is_restricted: bool,
    is_starred: bool,
}

impl Days {
    /// Reads the days of the month. `special` reads those that are no numbers.
    pub(super) fn of_month(field: Field<'_>, special: fn(Field<'_>, &str) -> Result<Option<DateItem>>) -> Result<Self> {
        Days::read(field, special, |n| n)
    }

    /// Reads the days of the week. Their text is without a leading `+`.
    pub(super) fn of_week(field: Field<'_>) -> Result<Self> {
        Days::read(field, day_of_week, |n| from_monday(field, n))
    }

    fn read(
        field: Field<'_>,
        special: fn(Field<'_>, &str) -> Result<Option<DateItem>>,
        bit: impl Fn(u16) -> u16,
    ) -> Result<Self> {
        let mut days = Days::new(field);
        if field.text == "?" && field.flags.question_mark {
            return Ok(days);
        }
        let (bits, items) = (&mut days.bits, &mut days.items);
        let mut special = |item| {
            let found = special(field, item)?;
            let is_found = found.is_some();
            items.extend(found);
            Ok(is_found)
        };
        field.read(&mut special, &mut |n| *bits |= 1 << bit(n))?;
        Ok(days)
    }

    fn new(field: Field<'_>) -> Self {
        let is_restricted = !matches!(field.text, "*" | "?");
        Days { is_restricted, is_starred: field.text.starts_with('*'), ..Days::default() }
    }

    /// The days of the month, without those that are named twice; `None` if they are all.
    fn into_dates_of_month(self) -> Option<Vec<DateItem>> {
        const ALL: u32 = !1;
        if !self.is_restricted || self.bits == ALL {
            return None;
        }
        let days = (1..=31).filter(|day| self.bits & 1 << day != 0).map(DateItem::Day);
        Some(days.chain(in_order(self.items)).collect())
    }

    /// The days of the week, without those that are named twice; `None` if they are all.
    fn into_dates_of_week(self) -> Option<Vec<DateItem>> {
        const ALL: u32 = 0b111_1111;
        if !self.is_restricted || self.bits == ALL {
            return None;
        }
        let weekdays = weekdays(self.bits);
        let is_more = |item: &DateItem| match item {
            DateItem::Nth(_, weekday) | DateItem::LastWeekday(weekday) => {
                self.bits & 1 << weekday.num_days_from_monday() == 0
            }
            _ => true,
        };
        let items = in_order(self.items).into_iter().filter(is_more);
        Some((!weekdays.is_empty()).then_some(DateItem::Weekdays(weekdays)).into_iter().chain(items).collect())
    }

    /// What dates have to be in, each a list of which one item has to name the date. `is_both` is whether there was a
    /// `+`.
    pub(super) fn together(self, week: Days, rule: DayFields, is_both: bool) -> Vec<Vec<DateItem>> {
        let is_either = match rule {
            DayFields::Either => !is_both,
            DayFields::EitherUnlessStarred => !self.is_starred && !week.is_starred,
            DayFields::OneIsUnsaid | DayFields::Both => false,
        };
        let is_either = is_either && self.is_restricted && week.is_restricted;
        match (self.into_dates_of_month(), week.into_dates_of_week()) {
            (Some(month), Some(week)) if is_either => vec![week.into_iter().chain(month).collect()],
            _ if is_either => Vec::new(),
            (month, week) => month.into_iter().chain(week).collect(),
        }
    }
}

/// The items in the order that makes equal sets equal lists, each once.
fn in_order(mut items: Vec<DateItem>) -> Vec<DateItem> {
    let order = |item: &DateItem| match *item {
        DateItem::BeforeLast(days) => (0, days, 0),
        DateItem::Nearest(day) => (1, day, 0),
        DateItem::NearestBeforeLast(days) => (2, days, 0),
        DateItem::LastWorkday(days) => (3, days, 0),
        DateItem::Nth(n, weekday) => (4, n, weekday.num_days_from_monday()),
        DateItem::LastWeekday(weekday) => (5, 0, weekday.num_days_from_monday()),
        _ => (6, 0, 0),
    };
    items.sort_by_key(order);
    items.dedup();
    items
}

pub(super) fn weekdays(bits: u32) -> WeekdaySet {
    (0..7).filter(|day| bits & 1 << day != 0).filter_map(|day| Weekday::try_from(day).ok()).collect()
}

/// The number of a weekday from Monday, by its number in the dialect.
fn from_monday(field: Field<'_>, n: u16) -> u16 {
    (n + 13 - field.flags.sunday) % 7
}

/// `L`, `L-3`, `LW`, `L-3W` and `15W`, as far as the dialect has them.
pub(super) fn day_of_month(field: Field<'_>, item: &str) -> Result<Option<DateItem>> {
    let flags = field.flags;
    let sign = |text: &str| flags.last_day.is_some_and(|sign| text.as_bytes() == [sign]);
    if sign(item) {
        return Ok(Some(DateItem::BeforeLast(0)));
    }
    if item == "LW" && flags.nearest {
        return Ok(Some(DateItem::LastWorkday(0)));
    }
    let (day, is_nearest) = match item.strip_suffix('W') {
        Some(day) if flags.nearest => (day, true),
        _ => (item, false),
    };
    if let Some(before) = day.strip_prefix("L-").filter(|_| flags.last_day == Some(b'L')) {
        if !flags.before_last {
            let why = "counts from the last day, which Dialect::Quartz has (expected L, the last day itself)";
            return Err(field.refuse(item, why));
        }
        let Some(before @ 0..=30) = number(before) else {
            return Err(field.refuse(item, "has no distance from the last day (expected L-0 to L-30)"));
        };
        let before = before as u8;
        return Ok(Some(if is_nearest { DateItem::NearestBeforeLast(before) } else { DateItem::BeforeLast(before) }));
    }
    if is_nearest && !day.contains(['-', '/', 'W']) && !day.is_empty() {
        let day = field.value(item, day)?;
        if item.len() < field.text.len() {
            return Err(field.refuse(item, format_args!("is one of a list (expected {item} alone)")));
        }
        return Ok(Some(DateItem::Nearest(day as u8)));
    }
    check_case(field, item, day_of_month)?;
    Ok(None)
}

/// `5L`, `5#L` and `5#2`, as far as the dialect has them.
fn day_of_week(field: Field<'_>, item: &str) -> Result<Option<DateItem>> {
    let flags = field.flags;
    if !flags.nth {
        return Ok(None);
    }
    let weekday = |name| {
        let n = field.value(item, name)?;
        Weekday::try_from(from_monday(field, n) as u8).map_err(|_| field.refuse(item, "names no weekday"))
    };
    if let Some((name, n)) = item.split_once('#') {
        if n == "L" && flags.nth_last {
            return Ok(Some(DateItem::LastWeekday(weekday(name)?)));
        }
        let Some(nth @ 1..=5) = number(n) else {
            check_case(field, item, day_of_week)?;
            return Err(field.refuse(item, format_args!("has {n:?} after its # (expected 1 to 5)")));
        };
        return Ok(Some(DateItem::Nth(nth as u8, weekday(name)?)));
    }
    match item.strip_suffix('L') {
        Some("") if flags.last_weekday => Ok(Some(DateItem::Weekdays(WeekdaySet::of(Weekday::Sat)))),
        Some("") => Err(field.refuse(item, "does not say which weekday (expected 5L, the last Friday)")),
        Some(name) if !name.contains('L') || name.len() == 3 => Ok(Some(DateItem::LastWeekday(weekday(name)?))),
        _ => {
            check_case(field, item, day_of_week)?;
            Ok(None)
        }
    }
}

/// Letters other than those of names are in upper case. An item in lower case is refused with the right one.
fn check_case(field: Field<'_>, item: &str, read: fn(Field<'_>, &str) -> Result<Option<DateItem>>) -> Result<()> {
    if !item.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Ok(());
    }
    let upper = item.to_ascii_uppercase();
    let is_name = field.value(item, item).is_ok();
    if upper != item && !is_name && read(Field { text: &upper, ..field }, &upper).is_ok_and(|read| read.is_some()) {
        return Err(field.refuse(item, format_args!("is in lower case: did you mean {upper}?")));
    }
    Ok(())
}

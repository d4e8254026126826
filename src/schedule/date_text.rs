//! Dates as text.

use std::fmt;

use chrono::Weekday;

use super::{
    date_names::suffix,
    dates::{Dates, NamedDates},
    days::longest,
    names::{runs, WEEKDAYS},
};
use crate::trigger::{list, DateItem, WeekdaySet};

impl NamedDates {
    fn describe(&self) -> String {
        let nth = |before: u8| match before {
            0 => String::new(),
            before => format!("{}{} ", before + 1, suffix(before + 1)),
        };
        let name = |weekday: Weekday| WEEKDAYS[weekday.num_days_from_monday() as usize].0;
        match self {
            NamedDates::Calendar(name) => name.to_string(),
            NamedDates::Rule(item) => match item {
                DateItem::Day(day) => format!("day {day}"),
                DateItem::BeforeLast(before) => format!("the {}last day", nth(*before)),
                DateItem::Nth(n, weekday) => format!("the {n}{} {}", suffix(*n), name(*weekday)),
                DateItem::LastWeekday(weekday) => format!("the last {}", name(*weekday)),
                DateItem::LastWorkday(before) => format!("the {}last weekday", nth(*before)),
                DateItem::Nearest(day) => format!("the weekday nearest day {day}"),
                DateItem::Date { month, day } => format!("{day} {}", longest(*month).0),
                DateItem::Range(from, to) if from == to => from.to_string(),
                DateItem::Range(from, to) => format!("{from} to {to}"),
                // Shown by `fmt`, all at once; a list of days has no text of its own.
                DateItem::Weekdays(_) | DateItem::Listed(_) => String::new(),
                // Cron alone has these.
                DateItem::NearestBeforeLast(_) | DateItem::Weeks(_) => String::new(),
            },
        }
    }
}

/// The dates in English, as in "day 1, day 15 and Mondays".
impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        // Bit 31 stays empty, so that the days of the month do not go round.
        let days = self.items().iter().fold(0, |days, item| match item {
            NamedDates::Rule(DateItem::Day(day)) => days | 1 << (day - 1),
            _ => days,
        });
        words.extend(runs(days, 32).into_iter().map(|(from, to)| match from == to {
            true => format!("day {}", from + 1),
            false => format!("day {} to {}", from + 1, to + 1),
        }));
        for item in self.items() {
            match item {
                NamedDates::Rule(DateItem::Day(_)) => {}
                NamedDates::Rule(DateItem::Weekdays(WeekdaySet::WEEKDAYS)) => words.push("weekdays".to_owned()),
                NamedDates::Rule(DateItem::Weekdays(WeekdaySet::WEEKEND)) => words.push("weekends".to_owned()),
                NamedDates::Rule(DateItem::Weekdays(on)) => {
                    words.extend(runs(on.bits().into(), 7).into_iter().map(|(from, to)| match from == to {
                        true => format!("{}s", WEEKDAYS[from].0),
                        false => format!("{}s to {}s", WEEKDAYS[from].0, WEEKDAYS[to].0),
                    }));
                }
                item => words.push(item.describe()),
            }
        }
        list(words.iter(), f)
    }
}

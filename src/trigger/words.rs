//! Lists and weekdays in English, for `Display`.

use std::fmt;

use chrono::Weekday;

/// Writes `a`, `a and b` or `a, b and c`.
pub(crate) fn list<T: fmt::Display>(items: impl Iterator<Item = T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut items = items.peekable();
    let mut first = true;
    while let Some(item) = items.next() {
        let comma = match (first, items.peek().is_some()) {
            (true, _) => "",
            (false, true) => ", ",
            (false, false) => " and ",
        };
        write!(f, "{comma}{item}")?;
        first = false;
    }
    Ok(())
}

pub(super) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

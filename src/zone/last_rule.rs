//! Zones by name after the years that the database lists: they follow their last known rule.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;

use super::clamped_utc;
use crate::timestamp::Timestamp;

const DAY: i64 = 86_400;

/// 1 March 2000, in days since 1 January 1970: the beginning of a cycle of 400 years, after which the calendar repeats
/// itself, weekdays included.
const CYCLE_START: i64 = 11_017;
const CYCLE: i64 = 146_097;

/// From 1 March of this year on, offsets are those of an earlier year. The tables of `chrono-tz` end with 2099.
const MAPPED_FROM: i64 = 2_099;

/// The years that show the last rule of every zone. Those of Morocco and Gaza are listed year by year until 2087.
const KNOWN: std::ops::Range<i64> = 2_088..MAPPED_FROM;

/// The offset of a zone at a second, in seconds.
pub(super) fn offset_at(zone: Tz, second: i64) -> i64 {
    let known = if second < first_day(MAPPED_FROM) * DAY { second } else { known_second(second) };
    zone.offset_from_utc_datetime(&clamped_utc(Timestamp::new(known, 0))).fix().local_minus_utc().into()
}

/// The second of a known year that has the rule of this one: whole days earlier, in a year with the same calendar.
///
/// Years are counted from 1 March here. Then only their last day may differ, 29 February, and seven of them have all
/// calendars there are, one for each weekday of their first day:
///
/// ```text
/// 1 March 2100        a Monday, as 1 March 2094 is: the year has the rule of that from 1 March 2094 on
/// 29 February 2104    the day after 28 February 2104, which has the rule of 28 February 2097: that of 1 March 2097
/// ```
fn known_second(second: i64) -> i64 {
    let first = first_day_of_year_around(second.div_euclid(DAY));
    second - (first - KNOWN_FIRST_DAYS[first.rem_euclid(7) as usize]) * DAY
}

/// The first days of known years, by their weekday: the last year that begins with it.
const KNOWN_FIRST_DAYS: [i64; 7] = {
    let mut days = [0; 7];
    let mut year = KNOWN.start;
    while year < KNOWN.end {
        let day = first_day(year);
        days[(day % 7) as usize] = day;
        year += 1;
    }
    days
};

/// 1 March of a year from 2000 on, in days since 1 January 1970.
const fn first_day(year: i64) -> i64 {
    let years = year - 2_000;
    CYCLE_START + 365 * years + years / 4 - years / 100 + years / 400
}

/// The last 1 March that is not after a day.
fn first_day_of_year_around(day: i64) -> i64 {
    let in_cycle = (day - CYCLE_START).rem_euclid(CYCLE);
    // Every 4th year has a day more, every 100th has not, and the last of the cycle has.
    let leap_days = in_cycle / 1_460 - in_cycle / 36_524 + in_cycle / 146_096;
    let years = (in_cycle - leap_days) / 365;
    day - in_cycle + first_day(2_000 + years) - CYCLE_START
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, Weekday};

    use super::*;

    const HOUR: i64 = 3_600;

    fn march(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 3, 1).unwrap()
    }

    fn midnight(date: NaiveDate) -> i64 {
        date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
    }

    fn listed(zone: Tz, second: i64) -> i64 {
        zone.offset_from_utc_datetime(&clamped_utc(Timestamp::new(second, 0))).fix().local_minus_utc().into()
    }

    /// The changes of offset in some years, as the database of chrono-tz or the last known rule has them.
    fn changes(offset_at: impl Fn(i64) -> i64, from: i64, until: i64) -> Vec<(i64, i64)> {
        let mut found = Vec::new();
        for day in (from..until).step_by(DAY as usize) {
            let offset = offset_at(day + DAY);
            if offset != offset_at(day) {
                let (mut old, mut new) = (day, day + DAY);
                while new - old > 1 {
                    let middle = old + (new - old) / 2;
                    if offset_at(middle) == offset {
                        new = middle;
                    } else {
                        old = middle;
                    }
                }
                found.push((new, offset));
            }
        }
        found
    }

    #[test]
    fn a_year_has_the_rule_of_a_known_year_with_the_same_calendar() {
        let mut date = march(2_088);
        while date.year() < 2_900 {
            for date in [date, date + Days::new(58), date + Days::new(180), date + Days::new(364)] {
                let known = known_second(midnight(date) + 5 * HOUR);
                let known = chrono::DateTime::from_timestamp(known, 0).unwrap().naive_utc();
                assert_eq!(known.time(), chrono::NaiveTime::from_hms_opt(5, 0, 0).unwrap());
                assert_eq!(known.weekday(), date.weekday(), "{date}");
                assert!((march(2_088)..=march(2_099)).contains(&known.date()), "{date}");
                if (date.month(), date.day()) != (2, 29) {
                    assert_eq!((known.month(), known.day()), (date.month(), date.day()), "{date}");
                }
            }
            date = march(date.year() + 1);
        }
    }

    #[test]
    fn every_zone_has_the_rule_of_the_known_year_from_2089_to_2098() {
        let (from, until) = (midnight(march(2_089)), midnight(march(2_099)));
        let mut count = 0;
        for zone in chrono_tz::TZ_VARIANTS {
            let rule = changes(|second| listed(zone, known_second(second)), from, until);
            assert_eq!(rule, changes(|second| listed(zone, second), from, until), "{zone}");
            count += rule.len();
        }
        assert!(count > 3_000, "only {count}");
    }

    #[test]
    fn no_zone_changes_near_the_first_day_of_a_year_of_its_rule() {
        for zone in chrono_tz::TZ_VARIANTS {
            for year in 2_088..=2_099 {
                let first = midnight(march(year));
                let near = (first - 3 * DAY..=first + 3 * DAY).step_by(HOUR as usize);
                let offset = listed(zone, first);
                assert_eq!(near.map(|at| listed(zone, at)).find(|other| *other != offset), None, "{zone} {year}");
            }
        }
    }

    fn nth(year: i32, month: u32, weekday: Weekday, n: u8) -> NaiveDate {
        NaiveDate::from_weekday_of_month_opt(year, month, weekday, n).unwrap()
    }

    fn last(year: i32, month: u32, weekday: Weekday) -> NaiveDate {
        NaiveDate::from_weekday_of_month_opt(year, month, weekday, 5).unwrap_or_else(|| nth(year, month, weekday, 4))
    }

    #[test]
    fn the_last_known_rules_are_in_force_up_to_the_year_9999() {
        use chrono::Weekday::{Fri, Sun, Thu};
        // The date and the hour, in UTC, of both changes of a year.
        type Rule = (Tz, fn(i32) -> [(NaiveDateTime, i64); 2]);
        fn at(date: NaiveDate, hour: i64, offset: i64) -> (NaiveDateTime, i64) {
            (date.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::hours(hour), offset * HOUR)
        }
        let rules: [Rule; 5] = [
            (Tz::Europe__Berlin, |y| [at(last(y, 3, Sun), 1, 2), at(last(y, 10, Sun), 1, 1)]),
            (Tz::America__New_York, |y| [at(nth(y, 3, Sun, 2), 7, -4), at(nth(y, 11, Sun, 1), 6, -5)]),
            (Tz::Australia__Sydney, |y| [at(nth(y, 4, Sun, 1), -8, 10), at(nth(y, 10, Sun, 1), -8, 11)]),
            (Tz::Africa__Cairo, |y| [at(last(y, 4, Fri), -2, 3), at(last(y, 10, Thu), 21, 2)]),
            (Tz::Asia__Jerusalem, |y| [at(last(y, 3, Sun) - Days::new(2), 0, 3), at(last(y, 10, Sun), -1, 2)]),
        ];
        let years = (2_095..2_140).chain([2_199, 2_200, 2_262, 2_263, 2_400, 2_401]).chain(9_950..10_000);
        for year in years {
            let new_year = |year| midnight(NaiveDate::from_ymd_opt(year, 1, 1).unwrap());
            for (zone, rule) in rules {
                let found = changes(|second| offset_at(zone, second), new_year(year), new_year(year + 1));
                let expected = rule(year).map(|(at, offset)| (at.and_utc().timestamp(), offset));
                assert_eq!(found, expected, "{zone} in {year}");
            }
        }
    }
}

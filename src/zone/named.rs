//! The offset changes of zones by name, looked up once and shared by all jobs.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use parking_lot::Mutex;

use super::{
    last_rule::offset_at,
    transitions::{look_up, part_of, Part, Span, Surroundings, KEPT},
};

/// What was looked up, by zone and part of the time line; for all zones together. A tree, because a safe hash of the
/// key would cost more than all else in a look-up.
static KNOWN: Mutex<BTreeMap<(u16, i64), Known>> = Mutex::new(BTreeMap::new());

fn key(zone: Tz, part: i64) -> (u16, i64) {
    (zone as u16, part)
}

struct Known {
    part: Part,
    /// Once it was asked for: kept, because a schedule asks for it at each change of offset.
    surroundings: Option<Surroundings>,
}

/// The span around a second in which the offset does not change.
pub(super) fn around(zone: Tz, second: i64) -> Span {
    let key = key(zone, part_of(second));
    if let Some(surroundings) = KNOWN.lock().get(&key).and_then(|known| known.surroundings.as_ref()) {
        return surroundings.span(second);
    }
    let surroundings = Surroundings::of(key.1, |part| transitions_in(zone, part));
    let span = surroundings.span(second);
    if let Some(known) = KNOWN.lock().get_mut(&key) {
        known.surroundings = Some(surroundings);
    }
    span
}

fn transitions_in(zone: Tz, part: i64) -> Part {
    if let Some(known) = KNOWN.lock().get(&key(zone, part)) {
        return Part::clone(&known.part);
    }
    // The lock is not held during the look-up. Two threads may look up the same part; they find the same.
    let found = look_up(part, |second| offset_at(zone, second));
    let mut known = KNOWN.lock();
    if known.len() >= KEPT {
        known.clear();
    }
    known.insert(key(zone, part), Known { part: Part::clone(&found), surroundings: None });
    found
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{
        super::transitions::{CHUNK, DAY_SECONDS},
        *,
    };

    fn second(text: &str) -> i64 {
        text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp()
    }

    #[test]
    fn span_begins_and_ends_with_a_change() {
        let (start, end) = (second("2024-03-10T07:00:00Z"), second("2024-11-03T06:00:00Z"));
        for summer in [start, start + 40 * DAY_SECONDS] {
            let span = around(Tz::America__New_York, summer);
            assert_eq!((span.from, span.offset), (start, -4 * 3600));
        }
        for summer in [end - 40 * DAY_SECONDS, end - 1] {
            let span = around(Tz::America__New_York, summer);
            assert_eq!((span.until, span.offset), (end, -4 * 3600));
        }
        let winter = around(Tz::America__New_York, end);
        assert_eq!((winter.from, winter.offset), (end, -5 * 3600));
    }

    #[test]
    fn span_without_changes_reaches_into_both_neighbouring_parts() {
        let noon = second("2024-06-01T12:00:00Z");
        let span = around(Tz::Asia__Tokyo, noon);
        assert!(span.from <= noon - CHUNK && noon + CHUNK < span.until);
        assert_eq!(span.offset, 9 * 3600);
    }

    #[test]
    fn offset_is_the_same_at_every_hour_of_a_span() {
        for zone in [Tz::Africa__Casablanca, Tz::Asia__Gaza, Tz::Australia__Lord_Howe, Tz::Antarctica__Troll] {
            let mut at = second("2010-01-01T00:00:00Z");
            while at < second("2014-01-01T00:00:00Z") {
                let span = around(zone, at);
                assert!(span.from <= at && at < span.until);
                assert_eq!(offset_at(zone, at), span.offset, "{zone} at {at}");
                at += 3600;
            }
        }
    }

    #[test]
    fn spans_of_years_after_2099_agree_with_the_offset_at_every_instant() {
        for zone in [Tz::Europe__Berlin, Tz::Australia__Sydney, Tz::Asia__Jerusalem, Tz::Africa__Casablanca] {
            for year in [2099, 2100, 2104, 2261, 2400, 9999] {
                let mut at = second(&format!("{year}-01-01T00:30:00Z"));
                for _ in 0..366 {
                    let span = around(zone, at);
                    assert!(span.from <= at && at < span.until);
                    for inside in [span.from, at, span.until - 1] {
                        assert_eq!(offset_at(zone, inside), span.offset, "{zone} at {inside}");
                    }
                    at += DAY_SECONDS;
                }
            }
        }
    }

    const HOUR: i64 = 3_600;

    /// The days from 1900 to 2100 on which the offset changes, one entry for each change that a look every `step` hours
    /// finds.
    fn days_of_changes(zone: Tz, step: i64) -> Vec<i64> {
        let (from, until) = (second("1900-01-01T00:00:00Z") / HOUR, second("2101-01-01T00:00:00Z") / HOUR);
        let at = |hour: i64| offset_at(zone, hour * HOUR);
        let mut found = Vec::new();
        let mut known = at(from);
        for hour in (from + step..until).step_by(step as usize) {
            let offset = at(hour);
            if offset != known {
                let (mut old, mut new) = (hour - step, hour);
                while new - old > 1 {
                    let middle = old + (new - old) / 2;
                    if at(middle) == offset {
                        new = middle;
                    } else {
                        old = middle;
                    }
                }
                found.push((old * HOUR).div_euclid(DAY_SECONDS));
            }
            known = offset;
        }
        found
    }

    /// The zones of the database, without those that agree with an earlier one at a look every three months.
    fn zones() -> Vec<Tz> {
        let look = |zone: &Tz| (-280..520).map(|n| offset_at(*zone, n * 91 * DAY_SECONDS)).collect::<Vec<_>>();
        let mut known = std::collections::HashSet::new();
        chrono_tz::TZ_VARIANTS.into_iter().filter(|zone| known.insert(look(zone))).collect()
    }

    /// [`look_up`] relies on this, because it asks once a day.
    ///
    /// By default this finds the changes with a look every 20 days, and then looks at every third hour of their days.
    /// `PUNCTUAL_FULL_SWEEP=1` looks at every hour of two centuries in every zone, which takes two minutes with
    /// `--release`.
    #[test]
    fn no_zone_changes_twice_in_a_day() {
        let is_full = std::env::var_os("PUNCTUAL_FULL_SWEEP").is_some_and(|full| full == "1");
        let mut days = 0;
        for zone in if is_full { chrono_tz::TZ_VARIANTS.to_vec() } else { zones() } {
            let mut all = days_of_changes(zone, if is_full { 1 } else { 20 * 24 });
            days += all.len();
            if is_full {
                let several = all.windows(2).find(|pair| pair[0] == pair[1]);
                assert_eq!(several.map(|pair| date(pair[0])), None, "{zone}");
                continue;
            }
            all.dedup();
            for day in all {
                let hours = (day * DAY_SECONDS..=(day + 1) * DAY_SECONDS).step_by(3 * HOUR as usize);
                let offsets: Vec<i64> = hours.map(|at| offset_at(zone, at)).collect();
                let changes = offsets.windows(2).filter(|pair| pair[0] != pair[1]).count();
                assert_eq!(changes, 1, "{zone} on {}", date(day));
            }
        }
        assert!(days > 30_000, "only {days}");
    }

    fn date(day: i64) -> chrono::NaiveDate {
        DateTime::from_timestamp(day * DAY_SECONDS, 0).unwrap().date_naive()
    }
}

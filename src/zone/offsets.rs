//! The offsets of a few days.

use super::{transitions::CHUNK, Readings, Timestamp, Wall, Zone, DAY, SECOND};

/// The offsets in a range of time that contains at most one change, found once for many wall times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    pub(crate) before: i64,
    pub(crate) after: i64,
    /// The first instant at which `after` applies.
    pub(crate) change: Option<Timestamp>,
}

impl Offsets {
    /// The offset at an instant in the range.
    pub(crate) fn at(&self, instant: Timestamp) -> i64 {
        match self.change {
            Some(change) if instant >= change => self.after,
            _ => self.before,
        }
    }

    /// [`Zone::resolve`], for a wall time of which all candidates are in the range.
    pub(crate) fn resolve(&self, wall: Wall) -> Timestamp {
        match self.change {
            Some(_) => Readings::by(wall, |instant| self.at(instant)).first(),
            None => wall.instant(self.before),
        }
    }
}

/// A span of time in which the offset does not change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OffsetPeriod {
    pub(crate) from: Timestamp,
    /// The next change of offset, or an instant after the limit of the search for it.
    pub(crate) until: Timestamp,
    pub(crate) offset: i64,
}

impl OffsetPeriod {
    pub(crate) const NEVER: OffsetPeriod =
        OffsetPeriod { from: Timestamp::NEVER, until: Timestamp::UNIX_EPOCH, offset: 0 };

    pub(crate) fn contains(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.until
    }
}

impl Zone {
    /// The offsets in a range of a few days, in which at most one change is expected. Of several it finds the last.
    pub(crate) fn offsets(self, from: Timestamp, to: Timestamp) -> Offsets {
        let ((from, _), (to, _)) = (from.parts(), to.parts());
        // Where instants are clamped, at the ends of the calendar, the range may be of millennia.
        let from = from.max(to.saturating_sub(CHUNK));
        let mut span = self.span_around(to);
        let after = span.offset * SECOND;
        while span.from > from {
            let before = self.span_around(span.from - 1);
            if before.offset != span.offset {
                let change = Some(Timestamp::new(span.from, 0));
                return Offsets { before: before.offset * SECOND, after, change };
            }
            // It begins with a part of the time line and not with a change.
            span = before;
        }
        Offsets { before: after, after, change: None }
    }

    /// The last instant after `from`, and not after `to`, at which the offset changes. A change at `from` itself does
    /// not count. `None` if there is no other, or none in the [`CHUNK`] before `to`.
    pub(crate) fn change_between(self, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
        self.offsets(from, to).change
    }

    /// The offsets that a wall time of this day may have. No zone has two changes within six days, which is more than
    /// the range.
    pub(crate) fn offsets_of_day(self, day: i64) -> Offsets {
        let (from, to) = (Wall::of_day(day), Wall::of_day(day + 1));
        self.offsets(from.instant(Zone::FURTHEST), to.instant(-Zone::FURTHEST))
    }

    /// The offset at `from`, and when it changes next, if not after `limit`. O(n) look-ups, one for every six days.
    ///
    /// No zone has two changes within six days, as a test below asserts, so none is missed.
    pub(crate) fn offset_period(self, from: Timestamp, limit: Timestamp) -> OffsetPeriod {
        const STEP: i64 = 6 * DAY;
        let offset = self.offset_at(from);
        let mut old = from;
        while old <= limit && !self.is_fixed() {
            let new = old.later(STEP);
            if self.offset_at(new) != offset {
                let until = self.change_between(old, new).unwrap_or(new);
                return OffsetPeriod { from, until, offset };
            }
            old = new;
        }
        OffsetPeriod { from, until: old.max(limit.after(1)), offset }
    }
}

#[cfg(feature = "tz")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::{IntoZone, TimeOfDay};

    fn instant(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
    }

    /// Zones with changes of all lengths and at all distances.
    const ZONES: [chrono_tz::Tz; 9] = [
        chrono_tz::America::Noronha,
        chrono_tz::America::Nuuk,
        chrono_tz::Africa::Casablanca,
        chrono_tz::Africa::Monrovia,
        chrono_tz::Asia::Gaza,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::Europe::Berlin,
        chrono_tz::Pacific::Apia,
        chrono_tz::Pacific::Kwajalein,
    ];

    /// [`Zone::offset_period`] and [`Zone::offsets_of_day`] rely on this. Looks once a day, because no zone changes
    /// twice in one, as another test asserts. Some do after a week. `PUNCTUAL_FULL_SWEEP=1` looks at all zones.
    #[test]
    fn no_zone_changes_twice_within_six_days() {
        let is_full = std::env::var_os("PUNCTUAL_FULL_SWEEP").is_some_and(|full| full == "1");
        let mut changes = 0;
        for tz in chrono_tz::TZ_VARIANTS.into_iter().step_by(if is_full { 1 } else { 16 }).chain(ZONES) {
            let zone = tz.into_zone().unwrap();
            let (mut at, end) = (instant("1900-01-01T00:00:00Z"), instant("2100-01-01T00:00:00Z"));
            let (mut offset, mut last) = (zone.offset_at(at), at.later(-7 * DAY));
            while at < end {
                at = at.later(DAY);
                let new = zone.offset_at(at);
                if new != offset {
                    assert!(at >= last.later(7 * DAY), "{tz} at {at:?}");
                    (offset, last) = (new, at);
                    changes += 1;
                }
            }
        }
        assert!(changes > 3_000, "{changes}");
    }

    #[test]
    fn an_offset_period_ends_with_the_next_change() {
        for tz in ZONES {
            let zone = tz.into_zone().unwrap();
            let (mut from, end) = (instant("1960-01-01T00:00:00Z"), instant("2090-01-01T00:00:00Z"));
            while from <= end {
                let period = zone.offset_period(from, end);
                assert_eq!(zone.offset_at(period.until.just_before()), period.offset, "{tz} before {:?}", period.until);
                assert!(period.until > end || zone.offset_at(period.until) != period.offset, "{tz} {:?}", period.until);
                from = period.until;
            }
        }
    }

    #[test]
    fn wall_times_of_a_day_resolve_as_they_do_one_by_one() {
        for tz in ZONES {
            let zone = tz.into_zone().unwrap();
            for day in (-3_700..43_000).step_by(if tz == chrono_tz::Asia::Gaza { 1 } else { 7 }) {
                let offsets = zone.offsets_of_day(day);
                for quarter in [0, 1, 7, 8, 9, 10, 11, 12, 95] {
                    let wall = Wall::new(day, TimeOfDay::new(quarter * 900, 0));
                    assert_eq!(offsets.resolve(wall), zone.resolve(wall), "{tz} on day {day}, quarter {quarter}");
                }
            }
        }
    }
}

//! Moments on the time line, as the rules count them.

use std::{
    cmp::Ordering,
    fmt,
    ops::{Add, Sub},
    time::SystemTime,
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// Nanoseconds of a second.
pub(crate) const SECOND: i128 = 1_000_000_000;

/// A moment: nanoseconds since the Unix epoch, without leap seconds.
///
/// A [`DateTime`] keeps a date and a time of day. To add to it, or to take two apart, is to compute with a calendar, which
/// costs some ten times as much as what else is done for a job that is due. So instants are counted in here, and become a
/// `DateTime` where a user sees them. Twelve bytes, as few as that one: 96 bits, which reach 10¹² years.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C, packed(4))]
pub(crate) struct Timestamp {
    // In this order a copy is read in the pieces in which it was written, which processors are much quicker at.
    low: u64,
    high: i32,
}

impl Timestamp {
    pub(crate) const UNIX_EPOCH: Timestamp = Timestamp::of(0);

    /// Later than anything that is scheduled.
    pub(crate) const NEVER: Timestamp = Timestamp::of(Timestamp::FURTHEST);

    /// The last instant of the calendar, which ends with the year 9999, as Python's and APScheduler's do: what lies behind
    /// it never comes.
    pub(crate) const LAST: Timestamp = Timestamp::of(253_402_300_800 * SECOND - 1);

    const FURTHEST: i128 = (1 << 95) - 1;

    /// So many nanoseconds after the Unix epoch, of which 96 bits are kept.
    #[inline]
    pub(crate) const fn of(nanos: i128) -> Self {
        Timestamp { high: (nanos >> 64) as i32, low: nanos as u64 }
    }

    /// So many nanoseconds after the Unix epoch; `None` where the calendar has ended.
    #[inline]
    pub(crate) fn in_calendar(nanos: i128) -> Option<Self> {
        (nanos <= Timestamp::LAST.nanos()).then_some(Timestamp::of(nanos))
    }

    /// So many seconds and nanoseconds after the Unix epoch.
    #[inline]
    pub(crate) const fn new(seconds: i64, nanos: u32) -> Self {
        Timestamp::of(seconds as i128 * SECOND + nanos as i128)
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) const fn nanos(self) -> i128 {
        (self.high as i128) << 64 | self.low as i128
    }

    /// Nanoseconds since the Unix epoch, as far as `i64` can tell, which is to the year 2262.
    #[inline]
    pub(crate) fn unix_nanos(self) -> i64 {
        clamped(self.nanos())
    }

    /// The seconds since the Unix epoch, rounded down, and the nanoseconds of the second.
    pub(crate) fn parts(self) -> (i64, u32) {
        parts(self.nanos())
    }

    /// The same for a user; at the far ends of chrono's calendar, the end.
    #[inline(never)]
    pub(crate) fn datetime(self) -> DateTime<Utc> {
        let (seconds, nanos) = self.parts();
        DateTime::from_timestamp(seconds, nanos).unwrap_or(if seconds < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Whether chrono can tell it.
    pub(crate) fn is_of_chrono(&self) -> bool {
        Timestamp::from(self.datetime()) == *self
    }

    /// The date and the time of day in UTC.
    pub(crate) fn naive_utc(self) -> NaiveDateTime {
        self.datetime().naive_utc()
    }

    /// Later by so many nanoseconds, or earlier where there are less than none; at the far ends of time, the end.
    #[inline]
    pub(crate) fn after(self, nanos: i128) -> Self {
        Timestamp::of(self.nanos().saturating_add(nanos).clamp(-Timestamp::FURTHEST, Timestamp::FURTHEST))
    }

    /// The last instant before this one: a rule that is asked what comes after it may answer this one.
    pub(crate) fn just_before(self) -> Self {
        self.after(-1)
    }

    /// The instant, unless it lies outside the calendar.
    #[inline]
    pub(crate) fn within_calendar(self) -> Option<Self> {
        (self <= Timestamp::LAST).then_some(self)
    }

    /// [`after`](Self::after), out of line: for where many add and few do so at every slot.
    #[inline(never)]
    pub(crate) fn later(self, nanos: i64) -> Self {
        self.after(nanos.into())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.datetime().fmt(f)
    }
}

impl Ord for Timestamp {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos().cmp(&other.nanos())
    }
}

impl PartialOrd for Timestamp {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    /// A leap second, which chrono tells as a second of more than 10⁹ nanoseconds, is the beginning of the next.
    fn from(instant: DateTime<Utc>) -> Self {
        Timestamp::new(instant.timestamp(), instant.timestamp_subsec_nanos())
    }
}

impl From<SystemTime> for Timestamp {
    #[inline(never)]
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Timestamp::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
            Err(before) => {
                let nanos = i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX);
                Timestamp::UNIX_EPOCH.after(-nanos)
            }
        }
    }
}

impl Add<TimeDelta> for Timestamp {
    type Output = Timestamp;

    #[inline(never)]
    fn add(self, delta: TimeDelta) -> Timestamp {
        self.after(nanos_of(delta))
    }
}

impl Sub<TimeDelta> for Timestamp {
    type Output = Timestamp;

    #[inline(never)]
    fn sub(self, delta: TimeDelta) -> Timestamp {
        self.after(-nanos_of(delta))
    }
}

impl Sub for Timestamp {
    type Output = TimeDelta;

    /// How much later this is, no more than chrono can hold.
    #[inline(never)]
    fn sub(self, earlier: Timestamp) -> TimeDelta {
        let nanos = self.nanos() - earlier.nanos();
        delta_of(nanos).unwrap_or(if nanos < 0 { TimeDelta::MIN } else { TimeDelta::MAX })
    }
}

/// The nearest that `i64` can hold.
#[inline]
pub(crate) fn clamped(nanos: i128) -> i64 {
    let (low, high) = (nanos as i64, (nanos >> 64) as i64);
    if high == low >> 63 {
        low
    } else {
        i64::MAX ^ (high >> 63)
    }
}

/// Whole seconds, rounded down, and the rest in nanoseconds.
fn parts(nanos: i128) -> (i64, u32) {
    match i64::try_from(nanos) {
        // Spares a division of 128 bits.
        Ok(nanos) => (nanos.div_euclid(SECOND as i64), nanos.rem_euclid(SECOND as i64) as u32),
        Err(_) => (clamped(nanos.div_euclid(SECOND)), nanos.rem_euclid(SECOND) as u32),
    }
}

/// A length of time in nanoseconds: wide enough for all that chrono can hold.
pub(crate) fn nanos_of(delta: TimeDelta) -> i128 {
    i128::from(delta.num_seconds()) * SECOND + i128::from(delta.subsec_nanos())
}

/// A length of time from its nanoseconds, if chrono can hold it.
pub(crate) fn delta_of(nanos: i128) -> Option<TimeDelta> {
    let (seconds, nanos) = parts(nanos);
    TimeDelta::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Timestamp {
        text.parse::<DateTime<Utc>>().unwrap().into()
    }

    #[test]
    fn an_instant_is_what_chrono_says_it_is() {
        for text in
            ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.5Z", "0001-02-03T04:05:06Z"]
        {
            assert_eq!(read(text).datetime(), text.parse::<DateTime<Utc>>().unwrap());
        }
        assert_eq!(read("9999-12-31T23:59:59.999999999Z"), Timestamp::LAST);
        assert_eq!(Timestamp::LAST.within_calendar(), Some(Timestamp::LAST));
        assert_eq!(Timestamp::LAST.after(1).within_calendar(), None);
        assert_eq!(Timestamp::NEVER.datetime(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(Timestamp::new(i64::MIN, 0).datetime(), DateTime::<Utc>::MIN_UTC);
    }

    #[test]
    fn sums_and_differences_cross_the_epoch() {
        let half = Timestamp::new(10, 500_000_000);
        assert_eq!(half.after(SECOND + 500_000_000), Timestamp::new(12, 0));
        assert_eq!(half - TimeDelta::milliseconds(10_600), Timestamp::new(-1, 900_000_000));
        assert_eq!(half - Timestamp::new(12, 0), TimeDelta::milliseconds(-1_500));
        assert_eq!(Timestamp::new(-1, 900_000_000).parts(), (-1, 900_000_000));
        assert_eq!(Timestamp::UNIX_EPOCH.just_before(), Timestamp::new(-1, 999_999_999));
    }

    #[test]
    fn the_far_ends_of_time_are_ends() {
        assert_eq!(Timestamp::NEVER.after(1), Timestamp::NEVER);
        assert!(Timestamp::new(i64::MIN, 0) < Timestamp::new(i64::MIN, 1));
        assert_eq!(Timestamp::new(i64::MAX, 0).parts(), (i64::MAX, 0));
        assert_eq!((Timestamp::NEVER - Timestamp::UNIX_EPOCH), TimeDelta::MAX);
        assert_eq!(Timestamp::LAST.unix_nanos(), i64::MAX);
    }

    #[test]
    fn what_64_bits_cannot_hold_becomes_the_nearest_that_they_can() {
        let (first, last) = (i128::from(i64::MIN), i128::from(i64::MAX));
        for nanos in [first, first + 1, -1, 0, 1, last - 1, last] {
            assert_eq!(i128::from(clamped(nanos)), nanos);
        }
        for more in [1, SECOND, 1 << 64, Timestamp::FURTHEST] {
            assert_eq!((clamped(first - more), clamped(last + more)), (i64::MIN, i64::MAX));
        }
    }

    #[test]
    fn a_leap_second_is_the_beginning_of_the_next() {
        let leap = chrono::NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_hms_milli_opt(23, 59, 59, 1_500).unwrap();
        assert_eq!(Timestamp::from(leap.and_utc()), read("2017-01-01T00:00:00.5Z"));
    }

    #[test]
    fn what_the_system_calls_a_time_may_lie_before_the_epoch() {
        let (epoch, length) = (SystemTime::UNIX_EPOCH, std::time::Duration::new(1, 100_000_000));
        assert_eq!(Timestamp::from(epoch), Timestamp::UNIX_EPOCH);
        assert_eq!(Timestamp::from(epoch + length), Timestamp::new(1, 100_000_000));
        assert_eq!(Timestamp::from(epoch - length), Timestamp::new(-2, 900_000_000));
    }

    #[test]
    fn it_is_as_small_as_what_it_stands_for() {
        assert_eq!(std::mem::size_of::<Timestamp>(), std::mem::size_of::<DateTime<Utc>>());
        assert_eq!(std::mem::align_of::<Timestamp>(), 4);
    }
}

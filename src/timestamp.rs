//! Instants in nanoseconds, the form in which rules compute.

use std::{
    cmp::Ordering,
    fmt,
    ops::{Add, Sub},
    time::SystemTime,
};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// The nanoseconds in a second.
pub(crate) const SECOND: i128 = 1_000_000_000;

/// An instant: nanoseconds since the Unix epoch, without leap seconds.
///
/// A [`DateTime`] stores a date and a time of day, so each addition and difference computes with a calendar. That costs
/// some ten times as much as everything else that is done for a due job. Here an addition is an addition; conversion to
/// a `DateTime` happens where a user sees the instant.
///
/// The number has 96 bits because 64 are too few and 128 too large:
///
/// ```text
/// i64     8 bytes    ends in 2262, but the calendar of this crate ends with 9999
/// i96    12 bytes    10¹² years; as small as a `DateTime<Utc>`
/// i128   16 bytes    aligned to 16, which makes every structure that contains one larger still
/// ```
///
/// `packed(4)` lowers the alignment of the `u64` from 8 to 4. Without it the twelve bytes would be padded to sixteen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C, packed(4))]
pub(crate) struct Timestamp {
    // The low half comes first so that a copy is loaded in the same pieces in which it was stored: a load that spans
    // two recent stores stalls the processor.
    low: u64,
    high: i32,
}

impl Timestamp {
    pub(crate) const UNIX_EPOCH: Timestamp = Timestamp::of(0);

    /// Earlier than every slot.
    pub(crate) const EARLIEST: Timestamp = Timestamp::of(-Timestamp::FURTHEST);

    /// Later than every slot.
    pub(crate) const NEVER: Timestamp = Timestamp::of(Timestamp::FURTHEST);

    /// The last instant of the calendar. It ends with the year 9999, as Python's and APScheduler's do: a later slot
    /// does not exist.
    pub(crate) const LAST: Timestamp = Timestamp::of(253_402_300_800 * SECOND - 1);

    const FURTHEST: i128 = (1 << 95) - 1;

    /// The instant `nanos` nanoseconds after the Unix epoch. Keeps the low 96 bits.
    #[inline]
    pub(crate) const fn of(nanos: i128) -> Self {
        Timestamp { high: (nanos >> 64) as i32, low: nanos as u64 }
    }

    /// The instant `nanos` nanoseconds after the Unix epoch; `None` if it is after the end of the calendar.
    #[inline]
    pub(crate) fn in_calendar(nanos: i128) -> Option<Self> {
        (nanos <= Timestamp::LAST.nanos()).then_some(Timestamp::of(nanos))
    }

    /// The instant `seconds` and `nanos` after the Unix epoch.
    #[inline]
    pub(crate) const fn new(seconds: i64, nanos: u32) -> Self {
        Timestamp::of(seconds as i128 * SECOND + nanos as i128)
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) const fn nanos(self) -> i128 {
        (self.high as i128) << 64 | self.low as i128
    }

    /// Nanoseconds since the Unix epoch, clamped to `i64`, which ends in the year 2262.
    #[inline]
    pub(crate) fn unix_nanos(self) -> i64 {
        clamped(self.nanos())
    }

    /// The seconds since the Unix epoch, rounded down, and the nanoseconds within the second.
    pub(crate) fn parts(self) -> (i64, u32) {
        parts(self.nanos())
    }

    /// Converts to a `DateTime`, clamped to chrono's calendar.
    #[inline(never)]
    pub(crate) fn datetime(self) -> DateTime<Utc> {
        let (seconds, nanos) = self.parts();
        DateTime::from_timestamp(seconds, nanos).unwrap_or(if seconds < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Whether a `DateTime` can represent this instant.
    pub(crate) fn is_of_chrono(&self) -> bool {
        Timestamp::from(self.datetime()) == *self
    }

    /// The date and the time of day in UTC.
    pub(crate) fn naive_utc(self) -> NaiveDateTime {
        self.datetime().naive_utc()
    }

    /// The instant `nanos` nanoseconds later, or earlier if negative. Saturates at the limits of 96 bits.
    #[inline]
    pub(crate) fn after(self, nanos: i128) -> Self {
        Timestamp::of(self.nanos().saturating_add(nanos).clamp(-Timestamp::FURTHEST, Timestamp::FURTHEST))
    }

    /// The last instant before this one. The first slot strictly after it may be this instant itself.
    pub(crate) fn just_before(self) -> Self {
        self.after(-1)
    }

    /// The instant, or `None` if it is after the end of the calendar.
    #[inline]
    pub(crate) fn within_calendar(self) -> Option<Self> {
        (self <= Timestamp::LAST).then_some(self)
    }

    /// [`after`](Self::after), not inlined: for the many callers that are not on the path of a due job.
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
    /// A leap second, which chrono represents as 10⁹ or more nanoseconds within a second, becomes the beginning of the
    /// next.
    fn from(instant: DateTime<Utc>) -> Self {
        Timestamp::new(instant.timestamp(), instant.timestamp_subsec_nanos())
    }
}

impl From<SystemTime> for Timestamp {
    #[inline(never)]
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            // Up to the year 2540, and faster than a multiplication of 128 bits.
            Ok(since) if since.as_secs() < 18_000_000_000 => {
                Timestamp::of((since.as_secs() * SECOND as u64 + u64::from(since.subsec_nanos())).into())
            }
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

    /// The time from `earlier` to this instant, clamped to what a `TimeDelta` can hold.
    #[inline(never)]
    fn sub(self, earlier: Timestamp) -> TimeDelta {
        let nanos = self.nanos() - earlier.nanos();
        delta_of(nanos).unwrap_or(if nanos < 0 { TimeDelta::MIN } else { TimeDelta::MAX })
    }
}

/// The number, clamped to `i64`.
#[inline]
pub(crate) fn clamped(nanos: i128) -> i64 {
    // It fits if the high half is nothing but the sign of the low one. Otherwise the sign selects `MAX` or its
    // complement, `MIN`.
    let (low, high) = (nanos as i64, (nanos >> 64) as i64);
    if high == low >> 63 {
        low
    } else {
        i64::MAX ^ (high >> 63)
    }
}

/// Whole seconds, rounded down, and the remaining nanoseconds.
fn parts(nanos: i128) -> (i64, u32) {
    match u64::try_from(nanos) {
        // From 1970 to 2554, and faster than a division of signed numbers, or of 128 bits.
        Ok(nanos) => ((nanos / SECOND as u64) as i64, (nanos % SECOND as u64) as u32),
        Err(_) => (clamped(nanos.div_euclid(SECOND)), nanos.rem_euclid(SECOND) as u32),
    }
}

/// A `Duration` in nanoseconds.
pub(crate) fn nanos_of_length(length: std::time::Duration) -> i128 {
    // Cannot overflow: it has 64 bits of seconds.
    length.as_nanos() as i128
}

/// The length of a `TimeDelta` in nanoseconds, which 64 bits could not hold.
pub(crate) fn nanos_of(delta: TimeDelta) -> i128 {
    i128::from(delta.num_seconds()) * SECOND + i128::from(delta.subsec_nanos())
}

/// The `TimeDelta` of a length in nanoseconds; `None` if it is out of range.
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
    fn timestamp_converts_to_the_datetime_it_came_from() {
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
    fn arithmetic_crosses_the_epoch() {
        let half = Timestamp::new(10, 500_000_000);
        assert_eq!(half.after(SECOND + 500_000_000), Timestamp::new(12, 0));
        assert_eq!(half - TimeDelta::milliseconds(10_600), Timestamp::new(-1, 900_000_000));
        assert_eq!(half - Timestamp::new(12, 0), TimeDelta::milliseconds(-1_500));
        assert_eq!(Timestamp::new(-1, 900_000_000).parts(), (-1, 900_000_000));
        assert_eq!(Timestamp::UNIX_EPOCH.just_before(), Timestamp::new(-1, 999_999_999));
    }

    #[test]
    fn arithmetic_saturates_at_the_limits() {
        assert_eq!(Timestamp::NEVER.after(1), Timestamp::NEVER);
        assert!(Timestamp::new(i64::MIN, 0) < Timestamp::new(i64::MIN, 1));
        assert_eq!(Timestamp::new(i64::MAX, 0).parts(), (i64::MAX, 0));
        assert_eq!((Timestamp::NEVER - Timestamp::UNIX_EPOCH), TimeDelta::MAX);
        assert_eq!(Timestamp::LAST.unix_nanos(), i64::MAX);
    }

    #[test]
    fn clamped_returns_the_nearest_i64() {
        let (first, last) = (i128::from(i64::MIN), i128::from(i64::MAX));
        for nanos in [first, first + 1, -1, 0, 1, last - 1, last] {
            assert_eq!(i128::from(clamped(nanos)), nanos);
        }
        for more in [1, SECOND, 1 << 64, Timestamp::FURTHEST] {
            assert_eq!((clamped(first - more), clamped(last + more)), (i64::MIN, i64::MAX));
        }
    }

    #[test]
    fn leap_second_becomes_the_beginning_of_the_next_second() {
        let leap = chrono::NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_hms_milli_opt(23, 59, 59, 1_500).unwrap();
        assert_eq!(Timestamp::from(leap.and_utc()), read("2017-01-01T00:00:00.5Z"));
    }

    #[test]
    fn system_time_before_the_epoch_is_negative() {
        let (epoch, length) = (SystemTime::UNIX_EPOCH, std::time::Duration::new(1, 100_000_000));
        assert_eq!(Timestamp::from(epoch), Timestamp::UNIX_EPOCH);
        assert_eq!(Timestamp::from(epoch + length), Timestamp::new(1, 100_000_000));
        assert_eq!(Timestamp::from(epoch - length), Timestamp::new(-2, 900_000_000));
    }

    #[test]
    fn timestamp_is_as_small_as_a_datetime() {
        assert_eq!(std::mem::size_of::<Timestamp>(), std::mem::size_of::<DateTime<Utc>>());
        assert_eq!(std::mem::align_of::<Timestamp>(), 4);
    }
}

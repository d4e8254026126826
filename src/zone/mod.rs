//! Time zones: which offset holds at an instant, and which instants show a wall time.

mod names;
mod offset_span;
mod time;
#[cfg(feature = "tz")]
mod transitions;
mod wall;

use std::fmt;

use chrono::{FixedOffset, Local, NaiveDateTime, Offset, TimeZone, Timelike, Utc};

use self::names::named;
pub(crate) use self::names::offset;
pub(crate) use self::{
    offset_span::OffsetSpan,
    time::{TimeOfDay, DAY},
    wall::Wall,
};
use crate::{
    error::{Error, Result},
    text::for_texts,
    timestamp::Timestamp,
};

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The time zone in which a job's wall times are read.
///
/// ```
/// use punctual::{IntoZone, Zone};
/// let zone: Zone = chrono::Utc.into_zone()?;
/// assert_eq!(zone.to_string(), "UTC");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Whatever the machine is set to when it is asked.
    Machine,
    Fixed(FixedOffset),
    #[cfg(feature = "tz")]
    Named(chrono_tz::Tz),
}

/// The instants at which a zone's wall clock shows a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readings {
    /// Never: the clock was put forward over it. The instant at which it would have come had the clock been left alone,
    /// which shows a wall time that is later by the gap.
    Skipped {
        shifted: Timestamp,
    },
    Once(Timestamp),
    /// Twice: the clock was put back over it.
    Twice(Timestamp, Timestamp),
}

impl Readings {
    /// The one instant that stands for this wall time: the first of two, or later by the gap.
    pub(crate) fn first(self) -> Timestamp {
        match self {
            Readings::Skipped { shifted } => shifted,
            Readings::Once(instant) | Readings::Twice(instant, _) => instant,
        }
    }
}

impl Zone {
    pub(crate) const MACHINE: Zone = Zone(Kind::Machine);

    /// No clock on earth is further from UTC than this, nor was one since clocks had offsets.
    const FURTHEST: i64 = 16 * 3_600 * SECOND;

    /// The offset from UTC at an instant, in nanoseconds, positive towards the east.
    #[inline(never)]
    pub(crate) fn offset_at(self, instant: Timestamp) -> i64 {
        let utc = clamped_utc(instant);
        let offset = match self.0 {
            Kind::Machine => Local.offset_from_utc_datetime(&utc),
            Kind::Fixed(offset) => offset,
            #[cfg(feature = "tz")]
            Kind::Named(zone) => zone.offset_from_utc_datetime(&utc).fix(),
        };
        i64::from(offset.local_minus_utc()) * SECOND
    }

    /// The offset that holds at an instant, and from when to when it does, as far as that is known; `None` for the machine's
    /// zone, which may be set to another at any time. O(1) where it was asked for before.
    #[cfg_attr(not(feature = "tz"), allow(unused_variables))]
    pub(crate) fn offset_span(self, instant: Timestamp) -> Option<OffsetSpan> {
        match self.0 {
            Kind::Machine => None,
            Kind::Fixed(offset) => Some(OffsetSpan::within(i64::MIN, i64::MAX, offset.local_minus_utc().into())),
            #[cfg(feature = "tz")]
            Kind::Named(zone) => Some(transitions::around(zone, instant.parts().0).into()),
        }
    }

    /// What the wall clock shows at an instant.
    #[inline(never)]
    pub(crate) fn wall(self, instant: Timestamp) -> Wall {
        Wall::shown_at(instant, self.offset_at(instant))
    }

    /// An instant as a person of the zone would write it, with its offset.
    pub(crate) fn show(self, instant: Timestamp) -> String {
        let offset = FixedOffset::east_opt((self.offset_at(instant) / SECOND) as i32).unwrap_or(Utc.fix());
        let wall = self.wall(instant).naive();
        format!("{} {offset}", wall.with_nanosecond(0).unwrap_or(wall))
    }

    /// When the wall clock shows `wall`.
    #[inline(never)]
    pub(crate) fn readings(self, wall: Wall) -> Readings {
        let before = self.offset_at(wall.instant(Self::FURTHEST));
        let after = self.offset_at(wall.instant(-Self::FURTHEST));
        let (old, new) = (wall.instant(before), wall.instant(after));
        if before == after {
            return Readings::Once(old);
        }
        match (self.offset_at(old) == before, self.offset_at(new) == after) {
            (true, true) => Readings::Twice(old.min(new), old.max(new)),
            (true, false) => Readings::Once(old),
            (false, true) => Readings::Once(new),
            (false, false) => Readings::Skipped { shifted: old },
        }
    }

    /// The instant that stands for a wall time: the first of two, and later by the gap where there is none.
    pub(crate) fn resolve(self, wall: Wall) -> Timestamp {
        self.readings(wall).first()
    }

    /// The first instant, in `from..=to`, at which the offset is the one that holds at `to`; `None` when it held all
    /// along. Takes O(log n) look-ups in the seconds between the two.
    pub(crate) fn change_between(self, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
        let last = self.offset_at(to);
        if self.offset_at(from) == last {
            return None;
        }
        let ((mut old, _), (mut new, _)) = (from.parts(), to.parts());
        while new - old > 1 {
            let middle = old + (new - old) / 2;
            if self.offset_at(Timestamp::new(middle, 0)) == last {
                new = middle;
            } else {
                old = middle;
            }
        }
        Some(Timestamp::new(new, 0))
    }
}

/// An instant as the rules of a zone take it, which cannot all compute at the far ends of chrono's calendar.
fn clamped_utc(instant: Timestamp) -> NaiveDateTime {
    const FIRST: Timestamp = Timestamp::new(-200 * 366 * 86_400, 0);
    const LAST: Timestamp = Timestamp::new(8_000 * 365 * 86_400, 0);
    instant.clamp(FIRST, LAST).naive_utc()
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Machine => f.write_str("local"),
            Kind::Fixed(offset) if offset.local_minus_utc() == 0 => f.write_str("UTC"),
            Kind::Fixed(offset) => offset.fmt(f),
            #[cfg(feature = "tz")]
            Kind::Named(zone) => f.write_str(zone.name()),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

/// A time zone: its name, a zone of `chrono-tz`, [`Utc`], [`Local`] or a [`FixedOffset`].
///
/// Names are those of the IANA database, `"UTC"`, `"local"`, and offsets such as `"+05:30"`. This trait is sealed.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// # #[cfg(feature = "tz")]
/// scheduler.every().day().tz("Europe/Berlin").run(|| {})?;
/// # #[cfg(feature = "tz")]
/// scheduler.every().day().tz(chrono_tz::Europe::Berlin).run(|| {})?;
/// scheduler.every().day().tz(chrono::Utc).run(|| {})?;
/// scheduler.every().day().tz(chrono::FixedOffset::east_opt(2 * 3600).unwrap()).run(|| {})?;
///
/// # #[cfg(feature = "tz")] {
/// let error = scheduler.every().day().tz("Europe/Berlim").run(|| {}).unwrap_err();
/// assert_eq!(error.to_string(), "unknown time zone \"Europe/Berlim\": did you mean \"Europe/Berlin\"?");
/// # }
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoZone: sealed::Sealed {
    /// Converts into a [`Zone`].
    ///
    /// # Errors
    ///
    /// If it is text that names no zone.
    ///
    /// ```
    /// use punctual::IntoZone;
    /// assert_eq!("+05:30".into_zone()?.to_string(), "+05:30");
    /// assert!("Mars/Olympus".into_zone().is_err());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_zone(self) -> Result<Zone>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Zone {}
    impl Sealed for chrono::Utc {}
    impl Sealed for chrono::Local {}
    impl Sealed for chrono::FixedOffset {}
    #[cfg(feature = "tz")]
    impl Sealed for chrono_tz::Tz {}
    impl Sealed for &str {}
}

impl IntoZone for Zone {
    fn into_zone(self) -> Result<Zone> {
        Ok(self)
    }
}

impl IntoZone for Utc {
    fn into_zone(self) -> Result<Zone> {
        Ok(Zone(Kind::Fixed(self.fix())))
    }
}

impl IntoZone for Local {
    fn into_zone(self) -> Result<Zone> {
        Ok(Zone::MACHINE)
    }
}

impl IntoZone for FixedOffset {
    fn into_zone(self) -> Result<Zone> {
        Ok(Zone(Kind::Fixed(self)))
    }
}

#[cfg(feature = "tz")]
impl IntoZone for chrono_tz::Tz {
    fn into_zone(self) -> Result<Zone> {
        Ok(Zone(Kind::Named(self)))
    }
}

impl IntoZone for &str {
    fn into_zone(self) -> Result<Zone> {
        match self {
            "UTC" => Utc.into_zone(),
            "local" => Local.into_zone(),
            _ if self.starts_with(['+', '-']) => match offset(self) {
                Some(offset) => offset.into_zone(),
                None => Err(Error::invalid(format!("invalid offset {self:?} (expected +HH:MM or -HH:MM)"))),
            },
            _ => named(self),
        }
    }
}

for_texts!(IntoZone, into_zone -> Result<Zone>);

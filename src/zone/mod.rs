//! Time zones: which offset applies at an instant, and which instants show a wall time.

#[cfg(feature = "tz")]
mod last_rule;
pub(crate) mod machine;
#[cfg(feature = "tz")]
mod named;
mod names;
mod offset_span;
mod offsets;
mod time;
mod transitions;
mod wall;

use std::fmt;

use chrono::{FixedOffset, Local, NaiveDateTime, Offset, Utc};

pub(crate) use self::names::offset;
use self::transitions::Span;
pub(crate) use self::{
    offset_span::OffsetSpan,
    offsets::OffsetPeriod,
    time::{TimeOfDay, DAY},
    wall::Wall,
};
use crate::{
    error::{Error, Result},
    text::{for_texts, Quoted},
    timestamp::Timestamp,
};

/// The nanoseconds in a second.
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
    /// The zone that the machine is set to, which may be replaced at any time: see [`machine`].
    Machine,
    Fixed(FixedOffset),
    #[cfg(feature = "tz")]
    Named(chrono_tz::Tz),
}

/// The instants at which a zone's wall clock shows a given wall time.
///
/// Clocks that go forward leave a **gap**. In New York, on 10 March 2024, 02:00 was followed by 03:00:
///
/// ```text
/// UTC           06:30     07:00     07:30     08:00
///                 |         |         |         |
/// wall time     01:30     03:00     03:30     04:00
///                                     ^
///                                   02:30 is `Skipped`, and resolves to 03:30: later by the length of the gap
/// ```
///
/// Clocks that go back make an **overlap**. On 3 November 2024, 02:00 was followed by 01:00:
///
/// ```text
/// UTC           05:30     06:00     06:30     07:00
///                 |         |         |         |
/// wall time     01:30     01:00     01:30     02:00
///                 ^                   ^
///               01:30 is shown `Twice`, and resolves to the first
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readings {
    /// None: the wall time is in a gap. `shifted` is the instant that would show it if the clocks had not gone forward;
    /// what it does show is later by the length of the gap.
    Skipped {
        shifted: Timestamp,
    },
    Once(Timestamp),
    /// Two, in order: the wall time is in an overlap.
    Twice(Timestamp, Timestamp),
}

impl Readings {
    /// The instants at which a clock with these offsets shows `wall`.
    fn by(wall: Wall, offset_at: impl Fn(Timestamp) -> i64) -> Self {
        // An instant that shows `wall` is `wall` minus an offset of at most `FURTHEST`, so it lies between these two
        // probes. At most one change is expected between them; the offsets at the probes are then the old one and the
        // new one, and no other offset needs to be tried. (A fixed offset may be larger, but it never changes.)
        let before = offset_at(wall.instant(Zone::FURTHEST));
        let after = offset_at(wall.instant(-Zone::FURTHEST));
        let (old, new) = (wall.instant(before), wall.instant(after));
        if before == after {
            return Readings::Once(old);
        }
        // Each candidate counts only if its offset applies when it comes. New York in March, from -5 h to -4 h:
        //
        //     01:30   old = 06:30 UTC, where -5 h applies     new = 05:30 UTC, where -5 h still applies: only old
        //     02:30   old = 07:30 UTC, where -4 h applies     new = 06:30 UTC, where -5 h still applies: neither, a gap
        match (offset_at(old) == before, offset_at(new) == after) {
            (true, true) => Readings::Twice(old.min(new), old.max(new)),
            (true, false) => Readings::Once(old),
            (false, true) => Readings::Once(new),
            (false, false) => Readings::Skipped { shifted: old },
        }
    }

    /// The instant to which the wall time resolves: the first of two; in a gap, the shifted one.
    pub(crate) fn first(self) -> Timestamp {
        match self {
            Readings::Skipped { shifted } => shifted,
            Readings::Once(instant) | Readings::Twice(instant, _) => instant,
        }
    }
}

impl Zone {
    pub(crate) const MACHINE: Zone = Zone(Kind::Machine);

    /// No zone of the database is further from UTC than this, in nanoseconds: the record is Manila's 15:56 until 1844.
    const FURTHEST: i64 = 16 * 3_600 * SECOND;

    /// The offset from UTC at an instant, in nanoseconds, positive east of Greenwich.
    #[inline(never)]
    pub(crate) fn offset_at(self, instant: Timestamp) -> i64 {
        #[cfg(test)]
        LOOK_UPS.with(|look_ups| look_ups.set(look_ups.get() + 1));
        let offset: i64 = match self.0 {
            Kind::Machine => machine::offset_at(instant.parts().0),
            Kind::Fixed(offset) => offset.local_minus_utc().into(),
            #[cfg(feature = "tz")]
            Kind::Named(zone) => last_rule::offset_at(zone, instant.parts().0),
        };
        offset * SECOND
    }

    /// Whether the offset never changes.
    fn is_fixed(self) -> bool {
        matches!(self.0, Kind::Fixed(_))
    }

    /// The offset at an instant, with a span of time around it in which the offset does not change. In the machine's
    /// zone it does not outlive the [generation](machine::generation) of the rules. O(1) if the same part of the time
    /// line was looked up before.
    pub(crate) fn offset_span(self, instant: Timestamp) -> OffsetSpan {
        self.span_around(instant.parts().0).into()
    }

    fn span_around(self, second: i64) -> Span {
        #[cfg(test)]
        LOOK_UPS.with(|look_ups| look_ups.set(look_ups.get() + 1));
        match self.0 {
            Kind::Machine => machine::around(second),
            Kind::Fixed(offset) => Span { from: i64::MIN, until: i64::MAX, offset: offset.local_minus_utc().into() },
            #[cfg(feature = "tz")]
            Kind::Named(zone) => named::around(zone, second),
        }
    }

    /// In the machine's zone, looks whether its rules were replaced. Returns their generation.
    pub(crate) fn glance(self) -> Option<u64> {
        (self == Zone::MACHINE).then(machine::glance)
    }

    /// What the wall clock shows at an instant.
    #[inline(never)]
    pub(crate) fn wall(self, instant: Timestamp) -> Wall {
        Wall::shown_at(instant, self.offset_at(instant))
    }

    /// Formats an instant as the zone's wall time, with its offset, to the second.
    pub(crate) fn show(self, instant: Timestamp) -> String {
        self.show_exactly(Timestamp::new(instant.parts().0, 0))
    }

    /// Formats an instant as the zone's wall time, with its offset, and with the fraction of its second if that is not
    /// zero.
    pub(crate) fn show_exactly(self, instant: Timestamp) -> String {
        self.glance();
        let offset = FixedOffset::east_opt((self.offset_at(instant) / SECOND) as i32).unwrap_or(Utc.fix());
        format!("{} {offset}", self.wall(instant).naive())
    }

    /// The instants at which the wall clock shows `wall`.
    #[inline(never)]
    pub(crate) fn readings(self, wall: Wall) -> Readings {
        Readings::by(wall, |instant| self.offset_at(instant))
    }

    /// Resolves a wall time: in an overlap to its first occurrence; in a gap it is shifted forward by the length of the
    /// gap.
    pub(crate) fn resolve(self, wall: Wall) -> Timestamp {
        self.readings(wall).first()
    }
}

#[cfg(test)]
thread_local! {
    /// The number of offsets that this thread has looked up.
    pub(crate) static LOOK_UPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// An instant in the form that the zones of chrono take, clamped to the years in which all of them can compute. A few
/// days more than the calendar has, for a look at what comes after its end.
fn clamped_utc(instant: Timestamp) -> NaiveDateTime {
    const FIRST: Timestamp = Timestamp::new(-200 * 366 * 86_400, 0);
    const LAST: Timestamp = Timestamp::of(Timestamp::LAST.nanos() + 4 * DAY as i128);
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
    /// If it is text that is neither the name of a zone nor an offset.
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
        // It has the name of the offset, and is the same.
        if self == chrono_tz::Tz::UTC {
            return Utc.into_zone();
        }
        Ok(Zone(Kind::Named(self)))
    }
}

impl IntoZone for &str {
    fn into_zone(self) -> Result<Zone> {
        match self {
            "UTC" => Utc.into_zone(),
            "local" => Local.into_zone(),
            // No name of the database begins with a sign, although some end in one and a number: "Etc/GMT+5".
            _ if self.starts_with(['+', '-']) => match offset(self) {
                Some(offset) => offset.into_zone(),
                None => Err(Error::invalid(format!("invalid offset {} (expected +HH:MM or -HH:MM)", Quoted(self)))),
            },
            _ => names::named(self),
        }
    }
}

for_texts!(IntoZone, into_zone -> Result<Zone>);

//! Time zones: which offset holds at an instant, and which instants show a wall time.

mod names;
#[cfg(feature = "tz")]
mod periods;
mod steady;

use std::fmt;

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};

use self::names::{named, offset};
pub(crate) use self::steady::Steady;
use crate::{
    error::{Error, Result},
    instant::Instant,
};

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
        shifted: Instant,
    },
    Once(Instant),
    /// Twice: the clock was put back over it.
    Twice(Instant, Instant),
}

impl Readings {
    /// The one instant that stands for this wall time: the first of two, or later by the gap.
    pub(crate) fn first(self) -> Instant {
        match self {
            Readings::Skipped { shifted } => shifted,
            Readings::Once(instant) | Readings::Twice(instant, _) => instant,
        }
    }
}

impl Zone {
    pub(crate) const MACHINE: Zone = Zone(Kind::Machine);

    /// No clock on earth is further from UTC than this, nor was one since clocks had offsets.
    const FURTHEST: TimeDelta = TimeDelta::hours(16);

    /// The offset from UTC at an instant, in seconds, positive towards the east.
    pub(crate) fn offset_at(self, instant: Instant) -> TimeDelta {
        let utc = clamp(instant.naive_utc());
        let offset = match self.0 {
            Kind::Machine => Local.offset_from_utc_datetime(&utc),
            Kind::Fixed(offset) => offset,
            #[cfg(feature = "tz")]
            Kind::Named(zone) => zone.offset_from_utc_datetime(&utc).fix(),
        };
        TimeDelta::seconds(offset.local_minus_utc().into())
    }

    /// The offset that holds at a second since the Unix epoch, and from when to when it does, as far as that is known;
    /// `None` for the machine's zone, which may be set to another at any time. O(1) where it was asked for before.
    #[cfg_attr(not(feature = "tz"), allow(unused_variables))]
    pub(crate) fn steady_around(self, second: i64) -> Option<Steady> {
        match self.0 {
            Kind::Machine => None,
            Kind::Fixed(offset) => Some(Steady::always(offset.local_minus_utc().into())),
            #[cfg(feature = "tz")]
            Kind::Named(zone) => Some(periods::around(zone, second)),
        }
    }

    /// What the wall clock shows at an instant.
    pub(crate) fn wall(self, instant: Instant) -> NaiveDateTime {
        let utc = instant.naive_utc();
        utc.checked_add_signed(self.offset_at(instant)).unwrap_or(utc)
    }

    /// An instant as a person of the zone would write it, with its offset.
    pub(crate) fn show(self, instant: Instant) -> String {
        let offset = FixedOffset::east_opt(self.offset_at(instant).num_seconds() as i32).unwrap_or(Utc.fix());
        format!("{} {offset}", self.wall(instant).format("%Y-%m-%d %H:%M:%S"))
    }

    /// When the wall clock shows `wall`.
    pub(crate) fn readings(self, wall: NaiveDateTime) -> Readings {
        let at = |offset: TimeDelta| Instant::from(wall.checked_sub_signed(offset).unwrap_or(wall).and_utc());
        let shows = |offset: TimeDelta| self.offset_at(at(offset)) == offset;
        if let Kind::Fixed(offset) = self.0 {
            return Readings::Once(at(TimeDelta::seconds(offset.local_minus_utc().into())));
        }
        let before = self.offset_at(at(Self::FURTHEST));
        let after = self.offset_at(at(-Self::FURTHEST));
        if before == after {
            return Readings::Once(at(before));
        }
        match (shows(before), shows(after)) {
            (true, true) => Readings::Twice(at(before).min(at(after)), at(before).max(at(after))),
            (true, false) => Readings::Once(at(before)),
            (false, true) => Readings::Once(at(after)),
            (false, false) => Readings::Skipped { shifted: at(before) },
        }
    }

    /// The instant that stands for a wall time: the first of two, and later by the gap where there is none.
    pub(crate) fn resolve(self, wall: NaiveDateTime) -> Instant {
        self.readings(wall).first()
    }

    /// The first instant, in `from..=to`, at which the offset is the one that holds at `to`; `None` when it held all
    /// along. Takes O(log n) look-ups in the seconds between the two.
    pub(crate) fn change_between(self, from: Instant, to: Instant) -> Option<Instant> {
        let last = self.offset_at(to);
        if self.offset_at(from) == last {
            return None;
        }
        let ((mut old, _), (mut new, _)) = (from.parts(), to.parts());
        while new - old > 1 {
            let middle = old + (new - old) / 2;
            if self.offset_at(Instant::new(middle, 0)) == last {
                new = middle;
            } else {
                old = middle;
            }
        }
        Some(Instant::new(new, 0))
    }
}

/// The zone rules that we are given cannot all compute at the far ends of chrono's calendar.
fn clamp(utc: NaiveDateTime) -> NaiveDateTime {
    const FIRST: NaiveDateTime = DateTime::UNIX_EPOCH.naive_utc();
    let (first, last) = (FIRST - TimeDelta::days(200 * 366), FIRST + TimeDelta::days(8_000 * 365));
    utc.clamp(first, last)
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

/// What `tz` takes: a zone's name, a zone of `chrono-tz`, [`Utc`], [`Local`] or a [`FixedOffset`].
///
/// Names are those of the IANA database; `"UTC"`, `"local"` and offsets such as `"+05:30"` are also read.
///
/// This trait is sealed: it is implemented in this crate alone.
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
    /// The zone that this names.
    ///
    /// # Errors
    ///
    /// When it is a text that names none.
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
    impl Sealed for &String {}
    impl Sealed for String {}
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
                None => Err(Error::zone(format!("invalid offset {self:?} (expected +HH:MM or -HH:MM)"))),
            },
            _ => named(self),
        }
    }
}

impl IntoZone for &String {
    fn into_zone(self) -> Result<Zone> {
        self.as_str().into_zone()
    }
}

impl IntoZone for String {
    fn into_zone(self) -> Result<Zone> {
        self.as_str().into_zone()
    }
}

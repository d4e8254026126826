//! Time zones: which offset holds at an instant, and which instants show a wall time.

use std::fmt;

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};

use crate::error::{Error, Result};

/// The time zone in which a job's wall times are read.
///
/// ```
/// use punctual::{IntoZone, Zone};
/// let zone: Zone = chrono::Utc.into_zone()?;
/// assert_eq!(zone.to_string(), "UTC");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
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
        shifted: DateTime<Utc>,
    },
    Once(DateTime<Utc>),
    /// Twice: the clock was put back over it.
    Twice(DateTime<Utc>, DateTime<Utc>),
}

impl Readings {
    /// The one instant that stands for this wall time: the first of two, or later by the gap.
    pub(crate) fn first(self) -> DateTime<Utc> {
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
    pub(crate) fn offset_at(self, instant: DateTime<Utc>) -> TimeDelta {
        let utc = clamp(instant.naive_utc());
        let offset = match self.0 {
            Kind::Machine => Local.offset_from_utc_datetime(&utc),
            Kind::Fixed(offset) => offset,
            #[cfg(feature = "tz")]
            Kind::Named(zone) => zone.offset_from_utc_datetime(&utc).fix(),
        };
        TimeDelta::seconds(offset.local_minus_utc().into())
    }

    /// What the wall clock shows at an instant.
    pub(crate) fn wall(self, instant: DateTime<Utc>) -> NaiveDateTime {
        let utc = instant.naive_utc();
        utc.checked_add_signed(self.offset_at(instant)).unwrap_or(utc)
    }

    /// An instant as a person of the zone would write it, with its offset.
    pub(crate) fn show(self, instant: DateTime<Utc>) -> String {
        let offset = FixedOffset::east_opt(self.offset_at(instant).num_seconds() as i32).unwrap_or(Utc.fix());
        format!("{} {offset}", self.wall(instant).format("%Y-%m-%d %H:%M:%S"))
    }

    /// When the wall clock shows `wall`.
    pub(crate) fn readings(self, wall: NaiveDateTime) -> Readings {
        let at = |offset: TimeDelta| wall.checked_sub_signed(offset).unwrap_or(wall).and_utc();
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
    pub(crate) fn resolve(self, wall: NaiveDateTime) -> DateTime<Utc> {
        self.readings(wall).first()
    }

    /// The first instant, in `from..=to`, at which the offset is the one that holds at `to`; `None` when it held all
    /// along. Takes O(log n) look-ups in the seconds between the two.
    pub(crate) fn change_between(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let last = self.offset_at(to);
        if self.offset_at(from) == last {
            return None;
        }
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(to);
        let (mut old, mut new) = (from.timestamp(), to.timestamp());
        while new - old > 1 {
            let middle = old + (new - old) / 2;
            if self.offset_at(at(middle)) == last {
                new = middle;
            } else {
                old = middle;
            }
        }
        Some(at(new))
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
pub trait IntoZone {
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

/// Reads `+HH:MM` or `-HH:MM`.
fn offset(text: &str) -> Option<FixedOffset> {
    let shape = text.bytes().skip(1).map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"00:00").then(|| text.parse().ok()).flatten()
}

#[cfg(feature = "tz")]
fn named(name: &str) -> Result<Zone> {
    name.parse::<chrono_tz::Tz>().map_err(|_| unknown(name))?.into_zone()
}

#[cfg(not(feature = "tz"))]
fn named(name: &str) -> Result<Zone> {
    Err(Error::zone(format!(
        "unknown time zone {name:?}: zones by name need the feature \"tz\" (without it: UTC, local or +HH:MM)"
    )))
}

#[cfg(feature = "tz")]
fn unknown(name: &str) -> Error {
    const CLOSE: usize = 3;
    const LONGEST: usize = 64;
    let mut message = format!("unknown time zone {name:?}");
    if name.is_empty() {
        message.push_str(": the name is empty");
    }
    let wanted = name.trim().replace(' ', "_").to_lowercase();
    let distance = |zone: &chrono_tz::Tz| {
        let known = zone.name().to_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        edits(&wanted, &known).min(edits(&wanted, city))
    };
    let short = (1..=LONGEST).contains(&wanted.len());
    let close = chrono_tz::TZ_VARIANTS
        .iter()
        .filter(|_| short)
        .map(|zone| (distance(zone), zone))
        .min_by_key(|(edits, zone)| (*edits, zone.name().len()));
    match close {
        Some((edits, zone)) if edits <= CLOSE.min(wanted.len() / 5) => {
            message.push_str(&format!(": did you mean \"{}\"?", zone.name()));
        }
        _ => message.push_str(" (expected an IANA name such as \"Europe/Berlin\")"),
    }
    Error::zone(message)
}

/// Levenshtein's distance between two short texts.
#[cfg(feature = "tz")]
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = corner + usize::from(from != *to);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

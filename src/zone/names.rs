//! Parsing of zones: IANA names and offsets.

use chrono::FixedOffset;

#[cfg(feature = "tz")]
use super::IntoZone;
use super::Zone;
#[cfg(feature = "tz")]
use crate::text::edits;
use crate::{
    error::{Error, Result},
    text::Quoted,
};

/// Parses `+HH:MM` or `-HH:MM`, and with `:SS` if there are seconds.
pub(crate) fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    // chrono's own parser is more lenient: it also takes `+0530`.
    let has_form = |form: &[u8]| {
        form.len() == digits.len()
            && form.iter().zip(digits).all(|(f, d)| if *f == b'0' { d.is_ascii_digit() } else { f == d })
    };
    if !has_form(b"00:00") && !has_form(b"00:00:00") {
        return None;
    }
    let number =
        |at: usize| digits.get(at..at + 2).map_or(0, |two| i32::from(two[0] - b'0') * 10 + i32::from(two[1] - b'0'));
    let (hours, minutes, seconds) = (number(0), number(3), number(6));
    let is_clock = hours < 24 && minutes < 60 && seconds < 60;
    FixedOffset::east_opt(sign * (hours * 3_600 + minutes * 60 + seconds)).filter(|_| is_clock)
}

#[cfg(feature = "tz")]
pub(super) fn named(name: &str) -> Result<Zone> {
    name.parse::<chrono_tz::Tz>().map_err(|_| unknown(name))?.into_zone()
}

#[cfg(not(feature = "tz"))]
pub(super) fn named(name: &str) -> Result<Zone> {
    Err(Error::invalid(format!(
        "unknown time zone {}: zones by name need the feature \"tz\" (without it: UTC, local or +HH:MM)",
        Quoted(name)
    )))
}

/// The error for an unknown name, which suggests the closest known one.
#[cfg(feature = "tz")]
fn unknown(name: &str) -> Error {
    const CLOSE: usize = 3;
    const LONGEST: usize = 64;
    let mut message = format!("unknown time zone {}", Quoted(name));
    if name.is_empty() {
        message.push_str(": the name is empty");
    }
    let wanted = name.trim().replace(' ', "_").to_lowercase();
    let distance = |zone: &chrono_tz::Tz| {
        let known = zone.name().to_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        edits(&wanted, &known).min(edits(&wanted, city))
    };
    // `edits` is quadratic, so it never sees a long text.
    let short = (1..=LONGEST).contains(&wanted.len());
    let close = chrono_tz::TZ_VARIANTS
        .iter()
        .filter(|_| short)
        .map(|zone| (distance(zone), zone))
        .min_by_key(|(edits, zone)| (*edits, zone.name().len()));
    match close {
        // One typo in five letters: "Berlim" suggests Berlin, but "Mars" does not suggest Paris.
        Some((edits, zone)) if edits <= CLOSE.min(wanted.len() / 5) => {
            message.push_str(&format!(": did you mean \"{}\"?", zone.name()));
        }
        _ => message.push_str(" (expected an IANA name such as \"Europe/Berlin\")"),
    }
    Error::invalid(message)
}

//! The last slot before an instant.

use super::{
    calendars::Calendars,
    compile::{line, never, Terms},
};
use crate::{
    error::Result,
    schedule::{Cadence, Options, Schedule},
    timestamp::Timestamp,
    trigger::{take_fault, Rule, Window},
    zone::{Zone, DAY},
};

/// The last slot of a schedule strictly before an instant, wherever it is registered; `None` if there is none, or that
/// depends on the registration. `zone` is the one to use where the schedule names none.
pub(crate) fn previous(
    schedule: &Schedule,
    calendars: &Calendars,
    before: Timestamp,
    zone: Zone,
) -> Result<Option<Timestamp>> {
    // One that an earlier question left is not of this one.
    take_fault();
    let no_options = Options::default();
    let options = schedule.options.as_deref().unwrap_or(&no_options);
    let zone = options.zone.unwrap_or(zone);
    let until = options.until.as_ref().map(|when| when.resolve(before, zone, "until")).transpose()?;
    let before = until.map_or(before, |until| before.min(until.after(1)));
    let mut last = None;
    for one in std::iter::once(schedule).chain(&options.or) {
        match of_line(one, calendars, before, zone)? {
            Before::Slot(slot) => last = last.max(slot),
            Before::Unknown => return Ok(None),
        }
    }
    // Slots before the calendar of chrono would be shown as its beginning.
    Ok(last.filter(|last| *last < before && last.is_of_chrono()))
}

/// What is before an instant.
enum Before {
    /// A slot, or none.
    Slot(Option<Timestamp>),
    /// That depends on the registration.
    Unknown,
}

/// [`previous`] for a schedule without its alternatives.
fn of_line(schedule: &Schedule, calendars: &Calendars, before: Timestamp, zone: Zone) -> Result<Before> {
    let options = schedule.options.as_deref();
    let zone = options.and_then(|options| options.zone).unwrap_or(zone);
    if let Cadence::Once(when) = &schedule.cadence {
        let at = when.resolve_slot(before, zone, "once")?;
        return Ok(if when.is_length() { Before::Unknown } else { Before::Slot(Some(at).filter(|at| *at < before)) });
    }
    let starting = options.and_then(|options| options.starting.as_ref());
    let start = match starting {
        Some(when) if when.is_length() => return Ok(Before::Unknown),
        Some(when) => Some(when.resolve_slot(before, zone, "starting")?),
        None => None,
    };
    if is_random(schedule) || start.is_none() && counts_from_registration(schedule) {
        return Ok(Before::Unknown);
    }
    if start.is_some_and(|start| start >= before) {
        return Ok(Before::Slot(None));
    }
    let allowed = calendars.allowed(schedule)?;
    // Back from the instant, further each time, to where there is a slot before it.
    let mut back = DAY;
    loop {
        let base = start.map_or(before.later(-back), Timestamp::just_before);
        let is_furthest = start.is_some() || back >= FURTHEST;
        let terms = Terms { allowed: allowed.clone(), start, until: None, seed: None, may_be_over: false };
        match line(schedule, base, zone, terms, &mut |low, _| low) {
            Ok(mut line) => {
                let first = line.cursor.next.filter(|first| *first < before);
                let mut next_after = |instant| match line.cursor.next_after(&line.grid, instant) {
                    None if matches!(line.grid.rule, Rule::Common(_)) && line.grid.rule.has_failed() => {
                        Err(never(schedule))
                    }
                    next => Ok(next),
                };
                match first {
                    Some(first) => return Ok(Before::Slot(Some(last_before(before, first, &mut next_after)?))),
                    None if is_furthest => return Ok(Before::Slot(None)),
                    None => {}
                }
            }
            // A search for common slots takes long, and fails from elsewhere, too.
            Err(error) if is_furthest || matches!(schedule.cadence, Cadence::All(_)) => return Err(error),
            Err(_) => {}
        }
        back = back.saturating_mul(8).min(FURTHEST);
    }
}

/// No slot is looked for earlier than this before an instant: the calendar repeats within it.
const FURTHEST: i64 = 4 * Window::HORIZON;

/// The last slot before an instant, given one that is, by bisection. What is left to search halves with every slot that
/// is found.
fn last_before(
    before: Timestamp,
    first: Timestamp,
    next_after: &mut dyn FnMut(Timestamp) -> Result<Option<Timestamp>>,
) -> Result<Timestamp> {
    let (mut last, mut end) = (first, before);
    while let Some(next) = next_after(last)?.filter(|next| *next < before) {
        last = next;
        let middle = last.after((end.nanos() - last.nanos()) / 2);
        match next_after(middle)?.filter(|slot| *slot < before) {
            Some(slot) => last = slot,
            None => end = middle,
        }
    }
    Ok(last)
}

/// Whether slots are drawn, or put off by what the job is.
pub(super) fn is_random(schedule: &Schedule) -> bool {
    schedule.options.as_deref().is_some_and(|options| options.scatter.is_set())
        || matches!(schedule.cadence, Cadence::Every { low, high, .. } if low < high)
}

/// Whether the slots of a schedule without `starting` depend on when it is registered.
fn counts_from_registration(schedule: &Schedule) -> bool {
    let has_times = schedule.options.as_deref().is_some_and(|options| !options.at.is_empty());
    match &schedule.cadence {
        // Without a time they are at the time of the registration.
        Cadence::Every { low: 1, .. } => !has_times,
        Cadence::Every { .. } | Cadence::After(_) | Cadence::Unsaid => true,
        Cadence::All(parts) => parts.iter().any(|part| {
            let others = part.options.as_deref().map_or(&[][..], |options| &options.or);
            std::iter::once(part).chain(others).any(counts_from_registration)
        }),
        Cadence::Once(_) | Cadence::Cron(_) | Cadence::Own(_) => false,
    }
}

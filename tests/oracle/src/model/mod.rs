//! Random operations on a scheduler and on a model of it that has no index, no queue and no cache. Both must make the
//! same runs in the same order for the same slots, and after each operation their registries must be equal.
//!
//! The slots of a schedule are the oracle's. Jobs on worker threads are left out, because the order of their runs is
//! open.

mod addition;
mod call;
mod choices;
mod job;
mod lockstep;
mod operation;
mod registry;
mod rule;
mod state;
mod track;

use chrono_tz::Tz;

use self::{choices::Choices, lockstep::Lockstep};
use crate::{Draw, Zone};

/// No change, changes by an hour, changes by half an hour.
const ZONES: [Tz; 3] = [chrono_tz::UTC, chrono_tz::Europe::Berlin, chrono_tz::Australia::Lord_Howe];

/// Runs one case on the scheduler and on the model. The first bytes choose the zone and the time, each of the others
/// one operation.
///
/// Returns the number of runs that were compared.
///
/// # Errors
///
/// The first difference between the two, with the operations that led to it.
pub fn judge<'a>(mut bytes: impl Iterator<Item = &'a [u8]>) -> Result<usize, String> {
    let mut choices = Choices::new(bytes.next().unwrap_or_default());
    let zone = Zone::of(Draw::from(Zone::of(ZONES[0]), &mut choices).one_of(&ZONES));
    let now = Draw::from(zone, &mut choices).now();
    // A pass in which nobody listens takes other paths.
    let listens = Draw::from(zone, &mut choices).within(0..=1) == 0;
    let lockstep = Lockstep::new(zone, now, listens);
    bytes.try_for_each(|bytes| lockstep.step(bytes))?;
    lockstep.end()
}

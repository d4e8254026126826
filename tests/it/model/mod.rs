//! Random operations on a scheduler and on a model of it that knows no index, no queue and no cache: the same runs in the
//! same order for the same slots, and after each operation the same registry.
//!
//! When a sentence runs is the oracle's answer. Jobs on worker threads are left out: in which order they run is open.
//!
//! `PUNCTUAL_MODEL_CASES=20000` tries so many cases instead of the usual
//! number, best with `--release`. What fails is told as the shortest sequence of operations that was found to fail.

mod addition;
mod call;
#[cfg(test)]
mod cases;
mod choices;
mod job;
mod lockstep;
mod operation;
mod registry;
mod rule;
mod state;

use std::sync::OnceLock;

use chrono_tz::Tz;

use self::{choices::Choices, lockstep::Lockstep};
use crate::oracle::{Draw, Zone};

/// No change, changes by an hour, changes by half an hour.
const ZONES: [Tz; 3] = [chrono_tz::UTC, chrono_tz::Europe::Berlin, chrono_tz::Australia::Lord_Howe];

fn zones() -> &'static [Zone] {
    static FOUND: OnceLock<Vec<Zone>> = OnceLock::new();
    FOUND.get_or_init(|| ZONES.into_iter().map(|tz| Zone::between(tz, 1960..2100)).collect())
}

/// Where and when is chosen by the first bytes, and an operation by each of the others. How many runs were judged, or
/// where the scheduler departs from the model.
pub(crate) fn judge<'a>(mut bytes: impl Iterator<Item = &'a [u8]>) -> Result<usize, String> {
    let mut choices = Choices::new(bytes.next().unwrap_or_default());
    let zone = &zones()[Draw::from(&zones()[0], &mut choices).within(0..=ZONES.len() - 1)];
    let now = Draw::from(zone, &mut choices).now();
    // A pass in which nobody listens takes other paths.
    let listens = Draw::from(zone, &mut choices).within(0..=1) == 0;
    let lockstep = Lockstep::new(zone, now, listens);
    bytes.try_for_each(|bytes| lockstep.step(bytes))?;
    lockstep.end()
}

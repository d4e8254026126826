//! A second, independent reading of the rules of time, slow and plain, against which `punctual` is judged: by its tests
//! and by the fuzzer.
//!
//! [`Slots`] computes the slots of a [`Schedule`](punctual::Schedule), step by step; [`Draw`] draws schedules at
//! random; [`Zone`] knows the clocks of a place. [`model::judge`] drives a scheduler and a plain model of it side by
//! side.
//!
//! Without the feature `tz`, on which all of it rests, the crate is empty: `punctual` is then tested without it.
#![cfg(feature = "tz")]
// An assumption of the oracle that does not hold must end the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unimplemented)]

mod dates;
mod draw;
mod grid;
mod line;
pub mod model;
mod readings;
mod slots;
mod zone;

use chrono_tz::Tz;

pub use self::{
    draw::{Choose, Draw},
    line::{deadline, describe, length},
    slots::Slots,
    zone::{Change, Zone},
};

/// Zones with each kind of change: by an hour, half an hour, two hours, a day, at midnight, once, never.
pub const ZONES: [Tz; 15] = [
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Kathmandu,
    chrono_tz::Pacific::Apia,
    chrono_tz::Pacific::Chatham,
    chrono_tz::America::St_Johns,
    chrono_tz::Africa::Casablanca,
    chrono_tz::Antarctica::Troll,
    chrono_tz::America::Sao_Paulo,
    chrono_tz::Asia::Tehran,
    chrono_tz::Europe::London,
    chrono_tz::Asia::Beirut,
    chrono_tz::Pacific::Kiritimati,
    chrono_tz::UTC,
];

/// Whether the full sweep is wanted, by `PUNCTUAL_FULL_SWEEP=1`. Otherwise samples are judged.
pub fn is_full() -> bool {
    std::env::var_os("PUNCTUAL_FULL_SWEEP").is_some_and(|full| full == "1")
}

//! Operations on a registry, judged by the model of the tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual_oracle::model;

/// As many bytes as an operation has to choose from, with all that bodies do meanwhile.
const BYTES: usize = 40;

fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = model::judge(bytes.chunks(BYTES)) {
        panic!("{why}");
    }
});

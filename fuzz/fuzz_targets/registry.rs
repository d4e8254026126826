//! Operations on a registry, judged by the model of the tests.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/model/mod.rs"]
mod model;
#[allow(dead_code)]
#[path = "../../tests/it/oracle/mod.rs"]
mod oracle;

use libfuzzer_sys::fuzz_target;

/// As many bytes as an operation has to choose from, with all that bodies do meanwhile.
const BYTES: usize = 40;

fuzz_target!(|bytes: &[u8]| {
    if let Err(why) = model::judge(bytes.chunks(BYTES)) {
        panic!("{why}");
    }
});

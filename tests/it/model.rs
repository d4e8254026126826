//! Sequences of operations that proptest generates and shrinks, run on the crate and on the model of it.
//!
//! `PUNCTUAL_MODEL_CASES=20000` runs that many cases instead of the usual number, best with `--release`. A failure
//! shows the shortest sequence of operations that was found to fail.

use std::cell::Cell;

use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use punctual_oracle::model::judge;

/// Some five seconds' worth, without optimization.
const CASES: u32 = 600;

const MOST_OPERATIONS: usize = 64;
const MOST_BYTES: usize = 40;

#[test]
#[allow(clippy::print_stdout)]
fn the_registry_does_what_the_model_does() {
    let wanted = std::env::var("PUNCTUAL_MODEL_CASES").ok();
    let cases = wanted.as_ref().map_or(CASES, |cases| cases.parse().expect("PUNCTUAL_MODEL_CASES is a number"));
    let config = Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/it/model.regressions"))),
        max_shrink_iters: 100_000,
        ..Config::default()
    };
    // The usual cases are the same each time; those that somebody asks for are new.
    let mut runner = match wanted {
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        Some(_) => TestRunner::new(config),
    };
    let bytes = vec(vec(any::<u8>(), 0..=MOST_BYTES), 1..=MOST_OPERATIONS);
    let runs = Cell::new(0);
    let judged = runner.run(&bytes, |bytes| {
        let judged = judge(bytes.iter().map(Vec::as_slice)).map_err(TestCaseError::fail)?;
        runs.set(runs.get() + judged);
        Ok(())
    });
    judged.unwrap_or_else(|error| panic!("{error}"));
    println!("judged {} runs", runs.get());
    assert!(runs.get() > 10 * usize::try_from(cases).unwrap(), "judged {} runs only", runs.get());
}

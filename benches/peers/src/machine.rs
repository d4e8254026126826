//! Describes the machine and the date of a measurement.

use std::{fs, process::Command, thread};

use chrono::Utc;

/// For example: 2026-11-23, 2 cores of an AMD EPYC, Linux x86_64, rustc 1.95.0.
pub(crate) fn described() -> String {
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| Some(line.strip_prefix("model name")?.split(':').nth(1)?.trim().to_owned()));
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let version = rustc.and_then(|output| Some(String::from_utf8(output.stdout).ok()?.split(' ').nth(1)?.to_owned()));
    format!(
        "{}, on {cores} cores ({}), Linux {}, rustc {}",
        Utc::now().format("%Y-%m-%d"),
        model.as_deref().unwrap_or("unknown processor"),
        std::env::consts::ARCH,
        version.as_deref().unwrap_or("unknown"),
    )
}

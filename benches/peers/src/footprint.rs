//! The cost of a dependency: build time, number of crates and binary size of a minimal program that uses it.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::{machine, sample::median};

/// A minimal program and its `[dependencies]`.
struct Hello {
    name: &'static str,
    source: &'static str,
    dependencies: &'static str,
}

/// The dependencies of punctual without `tz`, as in its own manifest.
const OURS: &str = r#"
chrono = { version = "0.4.41", default-features = false, features = ["clock", "std"] }
fastrand = "2.1"
log = "0.4.20"
once_cell = "1.19"
parking_lot = "0.12.1""#;

const OURS_TZ: &str = r#"
chrono = { version = "0.4.41", default-features = false, features = ["clock", "std"] }
chrono-tz = { version = "0.10.4", default-features = false, features = ["std"] }
fastrand = "2.1"
log = "0.4.20"
once_cell = "1.19"
parking_lot = "0.12.1""#;

const PUNCTUAL: &str =
    concat!("punctual = { path = \"", env!("CARGO_MANIFEST_DIR"), "/../..\", default-features = false }");
const PUNCTUAL_TZ: &str = concat!("punctual = { path = \"", env!("CARGO_MANIFEST_DIR"), "/../..\" }");

const TOKIO_CRON: &str = r#"
tokio-cron-scheduler = "0.15"
tokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }
chrono-tz = "0.10""#;

macro_rules! hello {
    ($name:literal, $file:literal, $dependencies:expr) => {
        Hello { name: $name, source: include_str!(concat!("../hello/", $file, ".rs")), dependencies: $dependencies }
    };
}

const PROGRAMS: [Hello; 9] = [
    hello!("no dependency", "nothing", ""),
    hello!("the dependencies of `punctual` without `tz`", "dependencies", OURS),
    hello!("`punctual` without `tz`", "punctual", PUNCTUAL),
    hello!("the dependencies of `punctual`", "dependencies_tz", OURS_TZ),
    hello!("`punctual`", "punctual_tz", PUNCTUAL_TZ),
    hello!("`clokwerk`", "clokwerk", "clokwerk = \"0.4\""),
    hello!("`skedge`", "skedge", "skedge = \"0.3\""),
    hello!("`tokio-cron-scheduler`", "tokio_cron_scheduler", TOKIO_CRON),
    hello!("`job_scheduler_ng`", "job_scheduler_ng", "job_scheduler_ng = \"2.5\""),
];

/// The figures of one program: build time and processor time in seconds, crates linked, all crates, and size in bytes.
struct Footprint {
    seconds: f64,
    worked: f64,
    linked: usize,
    all: usize,
    bytes: u64,
}

/// Builds each program `builds` times and returns the figures as a table.
pub(crate) fn markdown(builds: usize) -> io::Result<String> {
    let folder = std::env::current_exe()?.with_file_name("footprint");
    let mut text = String::from(
        "| a program with | clean release build | processor time | crates linked | including build-only crates | stripped binary |\n\
         | --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut measured = Vec::new();
    for (i, hello) in PROGRAMS.iter().enumerate() {
        eprintln!("building with {}", hello.name);
        let footprint = hello.measure(&folder.join(format!("hello{i}")), builds)?;
        let Footprint { seconds, worked, linked, all, bytes } = footprint;
        let name = hello.name;
        let _ = writeln!(text, "| {name} | {seconds:.1} s | {worked:.1} s | {linked} | {all} | {} KiB |", bytes / 1024);
        measured.push(footprint);
    }
    let _ = writeln!(text);
    for (ours, theirs, which) in [(2, 1, "without `tz`"), (4, 3, "with `tz`")] {
        let (ours, theirs) = (&measured[ours], &measured[theirs]);
        let _ = writeln!(
            text,
            "On top of its dependencies, `punctual` {which} adds {:.1} s ({:.1} s of processor time) and {} KiB.",
            ours.seconds - theirs.seconds,
            ours.worked - theirs.worked,
            (ours.bytes as i64 - theirs.bytes as i64) / 1024,
        );
    }
    let _ = writeln!(text, "\nMedian of {builds} builds, {}.", machine::described());
    Ok(text)
}

impl Hello {
    fn measure(&self, folder: &Path, builds: usize) -> io::Result<Footprint> {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[workspace]\n[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [profile.release]\nstrip = true\n[dependencies]\n{}\n",
            self.dependencies
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), self.source)?;
        // The same versions as in the other measurements.
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"), folder.join("Cargo.lock"))?;
        cargo(folder, &["fetch"])?;
        let target: PathBuf = folder.join("target");
        let (mut seconds, mut worked) = (Vec::new(), Vec::new());
        for _ in 0..builds {
            if target.exists() {
                fs::remove_dir_all(&target)?;
            }
            let (begin, before) = (Instant::now(), children_worked()?);
            cargo(folder, &["build", "--release", "--offline"])?;
            seconds.push(begin.elapsed().as_secs_f64());
            worked.push(children_worked()? - before);
        }
        Ok(Footprint {
            seconds: median(&mut seconds),
            worked: median(&mut worked),
            linked: crates(folder, "normal,no-proc-macro")?,
            all: crates(folder, "normal,build")?,
            bytes: fs::metadata(target.join("release/hello"))?.len(),
        })
    }
}

/// Processor time, in seconds, used by the child processes that have ended.
fn children_worked() -> io::Result<f64> {
    const TICKS_IN_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The process name, in parentheses, may contain spaces. After it, fields 14 and 15 are the children's user and
    // system time.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let times = after_name.split_whitespace().skip(13).take(2);
    Ok(times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_IN_A_SECOND)
}

/// The number of crates besides the program itself.
fn crates(folder: &Path, edges: &str) -> io::Result<usize> {
    let tree = cargo(folder, &["tree", "--offline", "--prefix", "none", "--format", "{p}", "--edges", edges])?;
    let mut names: Vec<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names.len() - 1)
}

fn cargo(folder: &Path, arguments: &[&str]) -> io::Result<String> {
    let mut command = Command::new("cargo");
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")).args(arguments).stdin(Stdio::null());
    let output = command.output()?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(io::Error::other(format!(
            "cargo {} in {}: {}",
            arguments.join(" "),
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

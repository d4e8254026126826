//! Runs all trials, each in its own process, for several rounds.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc::{channel, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    figures::Figures,
    peer::{ByHand, Clokwerk, JobSchedulerNg, Peer, Punctual, Skedge, TokioCron},
    subject::Subject,
    trial,
    work::{Work, SIZES},
};

/// A trial that takes longer is killed.
const LIMIT: Duration = Duration::from_secs(120);

/// The part of the work that a trial does.
#[derive(Clone, Copy)]
enum Part {
    Among(usize),
    Daily,
    DailyHere,
    Once,
}

/// Runs `rounds` rounds, with at most `most_jobs` jobs.
pub(crate) fn measure(rounds: usize, most_jobs: usize) -> Figures {
    let mut figures = Figures::default();
    let python = python().map_err(|why| figures.miss(Subject::Schedule, &why)).ok();
    for round in 1..=rounds {
        let sizes = SIZES.into_iter().filter(|jobs| *jobs <= most_jobs).map(Part::Among);
        for part in [Part::Once, Part::Daily, Part::DailyHere].into_iter().chain(sizes) {
            for subject in Subject::ALL {
                let wanted = match (subject, part) {
                    (Subject::Floors | Subject::DefaultChannel, part) => matches!(part, Part::Once),
                    (Subject::ByHand, part) => matches!(part, Part::Among(_)),
                    (Subject::Schedule, _) => python.is_some(),
                    _ => true,
                };
                if wanted {
                    run(round, subject, part, python.as_deref(), &mut figures);
                }
            }
        }
    }
    figures
}

fn run(round: usize, subject: Subject, part: Part, python: Option<&Path>, figures: &mut Figures) {
    let (text, jobs) = match part {
        Part::Among(jobs) => (jobs.to_string(), jobs),
        Part::Daily => ("daily".to_owned(), 0),
        Part::DailyHere => ("daily-here".to_owned(), 0),
        Part::Once => ("once".to_owned(), 0),
    };
    eprintln!("round {round}: {} {text}", subject.name());
    let mut command = match (subject, python) {
        (Subject::Schedule, Some(packages)) => schedule(packages, &text),
        _ => this_program(&["trial", subject.name(), &text]),
    };
    let is_here = matches!((subject, part), (Subject::Skedge, Part::Daily) | (_, Part::DailyHere));
    let here = if is_here { "America/New_York" } else { "UTC" };
    if let Err(why) = each_line(command.env("TZ", here), |line| figures.take(subject, jobs, line)) {
        eprintln!("{}: {why}", subject.name());
        figures.miss(subject, &why);
    }
}

/// Runs one trial, in the process that was started for it.
pub(crate) fn trial(subject: Subject, part: &str) {
    trial::begin();
    match subject {
        Subject::Punctual => of::<Punctual>(part),
        Subject::Clokwerk => of::<Clokwerk>(part),
        Subject::Skedge => of::<Skedge>(part),
        Subject::TokioCron => of::<TokioCron>(part),
        Subject::JobSchedulerNg => of::<JobSchedulerNg>(part),
        Subject::ByHand => of::<ByHand>(part),
        Subject::Floors => trial::floors(),
        Subject::DefaultChannel => trial::default_channel(),
        Subject::Schedule => eprintln!("that trial is in Python: schedule_trial.py"),
    }
}

fn of<P: Peer>(part: &str) {
    match (part, part.parse()) {
        ("daily", _) => trial::daily::<P>(Work::Daily, P::daily),
        ("daily-here", _) => trial::daily::<P>(Work::DailyHere, P::daily_here),
        ("once", _) => trial::once::<P>(),
        (_, Ok(jobs)) => trial::among::<P>(jobs),
        (_, Err(_)) => eprintln!("expected a number of jobs, `daily`, `daily-here` or `once`, not {part:?}"),
    }
}

fn this_program(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(arguments);
    command
}

fn schedule(packages: &Path, part: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/schedule_trial.py")).arg(part).env("PYTHONPATH", packages);
    command
}

/// Passes each line that a command writes to `take`, as it is written.
fn each_line(command: &mut Command, mut take: impl FnMut(&str)) -> Result<(), String> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let (sender, receiver) = channel();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let end = Instant::now() + LIMIT;
    loop {
        match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => take(&line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                child.kill().map_err(|error| error.to_string())?;
                child.wait().map_err(|error| error.to_string())?;
                return Err(format!("a trial took longer than {} s", LIMIT.as_secs()));
            }
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    status.success().then_some(()).ok_or_else(|| format!("a trial ended with {status}"))
}

/// The directory from which Python imports `schedule`, which is installed there if it is missing.
fn python() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let packages = program.with_file_name("python");
    let works = || {
        let mut check = Command::new("python3");
        check.args(["-c", "import schedule, pytz"]).env("PYTHONPATH", &packages).stderr(Stdio::null());
        check.status().map(|status| status.success())
    };
    if works().map_err(|_| "python3 is missing")? {
        return Ok(packages);
    }
    let mut install = Command::new("python3");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]).arg(&packages);
    install.args(["-r", concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt")]);
    install.env("PIP_ROOT_USER_ACTION", "ignore");
    match install.status().is_ok_and(|status| status.success()) && works().unwrap_or(false) {
        true => Ok(packages),
        false => Err("Python's schedule cannot be installed here".to_owned()),
    }
}

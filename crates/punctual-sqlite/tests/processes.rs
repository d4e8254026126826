//! Processes that fire the same file, and are killed at random.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime},
};

use punctual::store::{
    Claimant, Declaration, Ending, Heartbeat, HolderId, JobRow, Micros, Move, NewRun, Orphan, Plan, Position, Result,
    Store, StoreError, Token, Verdict,
};
use punctual_sqlite::{Sqlite, Synchronous};

use crate::{
    dir::Dir,
    rerun::{self, wait},
};

const JOBS: usize = 20;

/// How long a heartbeat lasts.
const LASTS: Duration = Duration::from_millis(400);

const ENOUGH: u32 = 1_000_000;

fn now() -> Micros {
    Micros(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64)
}

fn random(below: u64) -> u64 {
    Token::random().0 as u64 % below
}

/// Asks until no other process has the lock.
fn patient<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(StoreError::Busy) => {}
            answer => return answer,
        }
    }
}

fn open(path: &Path) -> Sqlite {
    // As many commits as there can be between two kills.
    let builder = Sqlite::builder(path).synchronous(Synchronous::Normal);
    patient(|| builder.clone().open()).unwrap()
}

/// The plan: a run for each slot, and another slot after it unless the test is over.
fn plan(row: &JobRow, stop: &Path) -> Plan {
    let slot = row.next.unwrap();
    let to = if stop.exists() { Position::default() } else { Position::at(Micros(slot.0 + 1), "") };
    Plan::Move(Move { to, runs: vec![NewRun::of(slot)] })
}

/// Runs of odd slots are repeated after a crash.
fn verdict(orphan: &Orphan) -> Verdict {
    match orphan.run.slot.0 % 2 {
        1 => Verdict::Rerun(Token::random()),
        _ => Verdict::Lose { outcome: "lost".to_owned(), keep: ENOUGH },
    }
}

/// What another process does, until there is nothing left to do.
#[test]
fn process() {
    let Some(path) = rerun::path() else { return };
    let store = open(&path);
    let dir = path.parent().unwrap();
    let stop = dir.join("stop");
    let mut claims = OpenOptions::new().append(true).create(true).open(dir.join("claims")).unwrap();
    loop {
        let heartbeat = Heartbeat::new(HolderId::random(), "machine", LASTS);
        patient(|| store.join(now(), &heartbeat)).unwrap();
        match live(&store, &heartbeat, &stop, &mut claims) {
            // A stall: others may have the runs.
            Err(StoreError::HolderGone(_)) => {}
            answer => {
                answer.unwrap();
                return patient(|| store.leave(heartbeat.holder)).unwrap();
            }
        }
    }
}

fn live(store: &Sqlite, heartbeat: &Heartbeat, stop: &Path, claims: &mut fs::File) -> Result<()> {
    let mut seen = Instant::now();
    loop {
        if seen.elapsed() > LASTS / 8 {
            seen = Instant::now();
            if !patient(|| store.renew(now(), heartbeat))? {
                return Err(StoreError::HolderGone(heartbeat.holder));
            }
        }
        let claimant = Claimant { now: now(), holder: heartbeat.holder, tasks: &["task"], limit: 7 };
        let reaped = patient(|| store.reap(&claimant, &mut verdict))?;
        let fired = patient(|| store.fire(&claimant, &mut |row| plan(row, stop)))?;
        let runs = fired.claims.iter().chain(&reaped.claims).flat_map(|claim| &claim.runs);
        let mut endings = Vec::new();
        for run in runs {
            // One write, which a kill does not cut.
            claims.write_all(format!("{} {} {}\n", run.key, run.slot.0, run.attempt).as_bytes()).unwrap();
            endings.push(Ending::new(run.token, now(), "completed").kept(ENOUGH));
        }
        // Some of them take longer than a moment.
        if random(8) == 0 {
            thread::sleep(Duration::from_millis(random(5)));
        }
        patient(|| store.finish(&endings))?;
        if fired.next.is_none() && endings.is_empty() && patient(|| store.runs(None))?.is_empty() {
            return Ok(());
        }
    }
}

/// Lets two processes fire, of which one after the other is killed, and returns how many slots have run.
fn fire(kills: Duration) -> usize {
    let dir = Dir::new();
    let store = open(&dir.file());
    let jobs: Vec<Declaration> = (0..JOBS)
        .map(|number| Declaration {
            first: Position::at(Micros(0), ""),
            ..Declaration::new(format!("job-{number}"), "task")
        })
        .collect();
    assert!(store.declare(&jobs).unwrap().iter().all(Result::is_ok));
    let spawn = || rerun::command("processes::process", &dir.file()).spawn().unwrap();
    let mut children = [spawn(), spawn()];
    let began = Instant::now();
    while began.elapsed() < kills {
        thread::sleep(Duration::from_millis(20 + random(150)));
        let victim = &mut children[random(2) as usize];
        victim.kill().unwrap();
        victim.wait().unwrap();
        *victim = spawn();
    }
    thread::sleep(Duration::from_millis(300));
    fs::write(dir.path().join("stop"), "").unwrap();
    children.iter_mut().for_each(|child| wait(child, Duration::from_secs(60)));

    assert_eq!(store.runs(None).unwrap(), [], "orphans are reaped");
    let mut count = 0;
    for declaration in &jobs {
        let row = store.job(&declaration.key).unwrap().unwrap();
        let past = store.history(&declaration.key, usize::MAX).unwrap();
        let mut slots: Vec<i64> = past.iter().map(|past| past.slot.0).collect();
        slots.sort_unstable();
        assert_eq!(slots, (0..row.runs).collect::<Vec<_>>(), "each slot has one run that has ended");
        let lost = past.iter().filter(|past| past.outcome == "lost").count() as i64;
        assert_eq!((row.failures, row.running, row.next), (lost, 0, None));
        count += slots.len();
    }
    let claims = fs::read_to_string(dir.path().join("claims")).unwrap();
    let mut counts = BTreeMap::new();
    for line in claims.lines() {
        *counts.entry(line).or_insert(0) += 1;
    }
    let doubles: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert_eq!(doubles, [], "each attempt is one process's");
    count
}

#[test]
fn two_processes_fire_each_slot_once() {
    assert!(fire(Duration::ZERO) > 100);
}

#[test]
fn processes_that_are_killed_lose_no_slot() {
    assert!(fire(Duration::from_secs(4)) > 500);
}

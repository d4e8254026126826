//! A file that the first version has written opens for ever.

use std::{env, fs, path::PathBuf, time::Duration};

use punctual::store::{
    Claimant, Declaration, Declared, Ending, Filter, Heartbeat, HolderId, JobRow, Micros, Move, NewRun, Plan, Position,
    Store, Token, Verdict,
};
use punctual_sqlite::Sqlite;

use crate::dir::Dir;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-1.db")
}

fn report() -> Declaration {
    Declaration {
        name: Some("Daily report".to_owned()),
        tags: vec!["mail".to_owned(), "ä".to_owned()],
        args: r#"{"to": ["ops@example.org"]}"#.to_owned(),
        schedule: "every day at 09:30".to_owned(),
        policies: "grace 1 hour".to_owned(),
        priority: -7,
        first: Position::at(Micros(10), "first"),
        moved: Position::at(Micros(500), "moved"),
        ..Declaration::new("report", "send")
    }
}

fn every(row: &JobRow) -> Plan {
    let slot = row.next.unwrap();
    let new = NewRun { slot, token: Token(slot.0 as u128 + 1) };
    Plan::Move(Move { to: Position::at(Micros(slot.0 + 100), "next"), runs: vec![new] })
}

/// Has written the fixture. Not to be run again: for a new schema there is a new fixture beside it.
#[test]
fn write() {
    if env::var_os("PUNCTUAL_SQLITE_WRITE_FIXTURE").is_none() {
        return;
    }
    let dir = Dir::new();
    dir.by_hand("pragma page_size = 512; vacuum");
    let store = dir.open();
    store
        .declare(&[report(), Declaration { first: Position::at(Micros(20), ""), ..Declaration::new("b", "task") }])
        .unwrap();
    let heartbeat = Heartbeat { pid: 4711, ..Heartbeat::new(HolderId(1), "web-1", Duration::from_secs(60)) };
    store.join(Micros(0), &heartbeat).unwrap();
    let claimant = Claimant { now: Micros(120), holder: HolderId(1), tasks: &["send"], limit: 1 };
    store.fire(&claimant, &mut every).unwrap();
    store
        .finish(&[Ending::new(Token(11), Micros(125), "failed: disk full").started(Micros(121)).failed().kept(5)])
        .unwrap();
    store.fire(&claimant, &mut every).unwrap();
    drop(store);
    fs::create_dir_all(fixture().parent().unwrap()).unwrap();
    fs::copy(dir.file(), fixture()).unwrap();
}

#[test]
fn a_file_of_schema_1_opens() {
    let dir = Dir::new();
    fs::copy(fixture(), dir.file()).unwrap();
    Sqlite::migrate(dir.file()).unwrap();
    let store = dir.open();
    assert_eq!(store.declare(&[report()]).unwrap()[0].as_ref().unwrap(), &Declared::Unchanged);
    let row = store.job("report").unwrap().unwrap();
    let expected = JobRow {
        version: row.version,
        cursor: "next".to_owned(),
        next: Some(Micros(210)),
        runs: 2,
        failures: 1,
        running: 1,
        last_run: Some(Micros(121)),
        last_outcome: Some("failed: disk full".to_owned()),
        ..report().compare(None).1.unwrap()
    };
    assert_eq!(row, expected);
    let jobs = store.jobs(&Filter::default()).unwrap();
    assert_eq!((jobs.rows.len(), jobs.bad), (2, vec![]));
    let run = &store.runs(None).unwrap()[0];
    assert_eq!((run.slot, run.token, run.holder, run.attempt), (Micros(110), Token(111), HolderId(1), 1));
    let past = &store.history("report", 9).unwrap()[0];
    assert_eq!((past.slot, past.ended, past.outcome.as_str()), (Micros(10), Micros(125), "failed: disk full"));
    let peer = &store.peers().unwrap()[0];
    assert_eq!((peer.host.as_str(), peer.pid, peer.expires), ("web-1", 4711, Micros(60_000_000)));

    // It is used as any other.
    store.join(Micros(70_000_000), &Heartbeat::new(HolderId(2), "web-2", Duration::from_secs(60))).unwrap();
    let claimant = Claimant { now: Micros(70_000_000), holder: HolderId(2), tasks: &["send", "task"], limit: 9 };
    let reaped = store.reap(&claimant, &mut |_| Verdict::Rerun(Token(7))).unwrap();
    assert_eq!((reaped.dead.len(), reaped.claims[0].runs[0].attempt), (1, 2));
    assert_eq!(store.fire(&claimant, &mut every).unwrap().claims.len(), 2);
}

//! Rows that a hand has broken: left alone, and reported.

use std::time::Duration;

use punctual::store::{
    Change, Claimant, Declaration, Filter, Heartbeat, HolderId, JobRow, Micros, Move, NewRun, Plan, Position, Store,
    StoreError, Verdict,
};
use punctual_sqlite::{Sqlite, SCHEMA};
use rusqlite::Connection;

use crate::dir::Dir;

const HOUR: Duration = Duration::from_secs(3_600);

fn job(key: &str, slot: i64) -> Declaration {
    Declaration { first: Position::at(Micros(slot), ""), ..Declaration::new(key, "task") }
}

fn every(row: &JobRow) -> Plan {
    let slot = row.next.unwrap();
    Plan::Move(Move { to: Position::at(Micros(slot.0 + 100), ""), runs: vec![NewRun::of(slot)] })
}

fn claimant(store: &Sqlite) -> Claimant<'static> {
    let holder = HolderId::random();
    store.join(Micros(0), &Heartbeat::new(holder, "machine", HOUR)).unwrap();
    Claimant { now: Micros(10), holder, tasks: &["task"], limit: 10 }
}

/// Tables that a hand has made, in which any column takes anything.
fn lax() -> Dir {
    let dir = Dir::new();
    let lines = SCHEMA.lines().map(|line| match line.trim_start().starts_with("where") {
        true => line.to_owned(),
        false => line.replace(" not null", "").replace(") strict, without", ") without").replace(") strict;", ");"),
    });
    let tables = lines.collect::<Vec<_>>().join("\n");
    dir.by_hand(&format!("{tables} insert into punctual_meta values (1, 1, 1);"));
    dir
}

#[test]
fn a_column_of_another_type_is_named() {
    let cases = [
        ("name", "7", "the column `name` is \"7\" (expected", false),
        ("name", "x'00'", "the column `name` is a blob of 1 bytes (expected text in UTF-8)", true),
        ("tags", "'mail'", "the column `tags` is \"mail\" (expected a JSON array of strings)", true),
        ("tags", "'[1]'", "the column `tags` is \"[1]\" (expected a JSON array of strings)", true),
        ("args", "null", "the column `args` is empty (expected text in UTF-8)", true),
        ("schedule", "cast(x'ff41' as text)", "the column `schedule` is not UTF-8 (expected text in UTF-8)", true),
        ("declared", "null", "the column `declared` is empty (expected text in UTF-8)", true),
        ("policies", "x''", "the column `policies` is a blob of 0 bytes (expected text in UTF-8)", true),
        ("priority", "1 << 40", "the column `priority` is 1099511627776 (expected an integer of 32 bits)", true),
        ("priority", "'high'", "the column `priority` is \"high\" (expected an integer of 32 bits)", true),
        ("cursor", "null", "the column `cursor` is empty (expected text in UTF-8)", true),
        ("next", "1.5", "the column `next` is 1.5 (expected an integer, microseconds since 1970)", true),
        ("next", "'soon'", "the column `next` is \"soon\" (expected an integer, microseconds since 1970)", true),
        ("paused", "7", "the column `paused` is 7 (expected 0 or 1)", true),
        ("over", "'no'", "the column `over` is \"no\" (expected 0 or 1)", true),
        ("runs", "1e300", "the column `runs` is 1e300 (expected an integer)", true),
        ("failures", "null", "the column `failures` is empty (expected an integer)", true),
        (
            "last_run",
            "'today'",
            "the column `last_run` is \"today\" (expected an integer, microseconds since 1970)",
            true,
        ),
        ("last_outcome", "x'01'", "the column `last_outcome` is a blob of 1 bytes (expected text in UTF-8)", true),
        ("version", "null", "the column `version` is empty (expected an integer)", true),
    ];
    for (column, value, expected, is_broken) in cases {
        let dir = lax();
        let store = dir.open();
        assert!(store.declare(&[job("bad", 1), job("good", 2)]).unwrap().iter().all(Result::is_ok));
        dir.by_hand(&format!("update punctual_job set {column} = {value} where key = 'bad'"));
        if !is_broken {
            // The column converts it.
            assert!(store.job("bad").is_ok(), "{column}");
            continue;
        }
        let before = dump(&dir);
        let is_right = |error: &StoreError| error.to_string() == format!("job \"bad\": {expected}");
        let error = store.job("bad").unwrap_err();
        assert!(is_right(&error), "{error}");
        let jobs = store.jobs(&Filter { task: Some("other".to_owned()), ..Filter::default() }).unwrap();
        assert_eq!((jobs.rows.len(), jobs.bad.len(), jobs.bad[0].why.as_str()), (0, 1, expected));
        assert!(store.declare(&[job("bad", 5)]).unwrap()[0].as_ref().is_err_and(is_right));
        assert!(store.change("bad", &mut |_| Change::Remove).is_err_and(|error| is_right(&error)));
        let fired = store.fire(&claimant(&store), &mut every).unwrap();
        assert_eq!((fired.claims.len(), fired.claims[0].job.key.as_str(), fired.next), (1, "good", Some(Micros(102))));
        assert!(fired.bad.iter().all(|bad| bad.key == "bad" && bad.why == expected), "{:?}", fired.bad);
        assert_eq!(dump(&dir), before, "{column} = {value}: the row is as it was");
    }
}

/// The broken row, as SQL has it.
fn dump(dir: &Dir) -> Vec<String> {
    let connection = Connection::open(dir.file()).unwrap();
    let mut statement = connection.prepare("select * from punctual_job where key = 'bad'").unwrap();
    let count = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let row = rows.next().unwrap().unwrap();
    (0..count).map(|column| format!("{:?}", row.get_ref(column).unwrap())).collect()
}

/// The tables that we make take no such value in the first place.
#[test]
fn our_tables_refuse_what_cannot_be_read() {
    let dir = Dir::new();
    let store = dir.open();
    store.declare(&[job("bad", 1)]).unwrap()[0].as_ref().unwrap();
    let connection = Connection::open(dir.file()).unwrap();
    for change in
        ["tags = 'mail'", "tags = '{}'", "priority = 1 << 40", "paused = 7", "over = 2", "next = 'soon'", "args = null"]
    {
        let changed = connection.execute(&format!("update punctual_job set {change}"), []);
        assert!(changed.is_err(), "{change}");
    }
    // What a person may well do, with no more than the columns that matter.
    connection
        .execute(
            "insert into punctual_job (key, task, schedule, declared, next) values ('hand', 'task', 'x', 'x', 3)",
            [],
        )
        .unwrap();
    connection.execute("update punctual_job set paused = 1 where key = 'bad'", []).unwrap();
    let fired = store.fire(&claimant(&store), &mut every).unwrap();
    assert_eq!(fired.claims.iter().map(|claim| claim.job.key.as_str()).collect::<Vec<_>>(), ["hand"]);
    assert_eq!(fired.next, Some(Micros(103)));
}

#[test]
fn a_broken_run_does_not_stop_others() {
    let dir = lax();
    let store = dir.open();
    assert!(store.declare(&[job("a", 1), job("b", 2), job("c", 3)]).unwrap().iter().all(Result::is_ok));
    let dead = claimant(&store);
    assert_eq!(store.fire(&dead, &mut every).unwrap().claims.len(), 3);
    dir.by_hand(
        "update punctual_run set attempt = 'first' where key = 'a'; insert into punctual_holder (id) values ('x')",
    );
    store.leave(dead.holder).unwrap();
    let lose = |_: &_| Verdict::Lose { outcome: "lost".to_owned(), keep: 1 };
    let reaped = store.reap(&claimant(&store), &mut { lose }).unwrap();
    assert_eq!((reaped.lost.len(), reaped.bad.len(), reaped.bad[0].key.as_str()), (2, 1, "a"));
    assert_eq!(store.runs(None).unwrap(), []);
    dir.by_hand("update punctual_history set slot = 'x' where key = 'b'");
    assert_eq!((store.history("b", 9).unwrap().len(), store.history("c", 9).unwrap().len()), (0, 1));
    assert_eq!(store.peers().unwrap().len(), 1);
}

/// A key that is not text has a row that is listed and nothing else.
#[test]
fn a_key_that_is_no_text_is_listed() {
    let dir = lax();
    let store = dir.open();
    assert!(store.declare(&[job("a", 1), job("b", 2)]).unwrap().iter().all(Result::is_ok));
    dir.by_hand("update punctual_job set key = x'6166ff' where key = 'a'");
    let jobs = store.jobs(&Filter::default()).unwrap();
    assert_eq!((jobs.rows.len(), jobs.bad.len(), jobs.bad[0].key.as_str()), (1, 1, "af\u{fffd}"));
    let fired = store.fire(&claimant(&store), &mut every).unwrap();
    assert_eq!((fired.claims.len(), fired.bad.len()), (1, 1));
}

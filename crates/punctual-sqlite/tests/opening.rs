//! What may be at a path, and what `open` says about it.

use std::{
    error::Error,
    fs,
    path::Path,
    process, thread,
    time::{Duration, Instant},
};

use punctual::store::{Declaration, Store, StoreError};
use punctual_sqlite::{Sqlite, SCHEMA};
use rusqlite::Connection;

use crate::dir::Dir;

/// Why a store is unavailable.
fn why(error: &StoreError) -> String {
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    error.source().unwrap().to_string()
}

fn refused(path: &Path) -> String {
    let opened = why(&Sqlite::open(path).unwrap_err());
    assert_eq!(why(&Sqlite::migrate(path).unwrap_err()), opened);
    assert!(opened.starts_with(&format!("{}: ", path.display())), "{opened}");
    opened
}

fn schema(error: StoreError) -> (i64, i64) {
    match error {
        StoreError::Schema { found, need } => (found, need),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_file_gets_tables() {
    let dir = Dir::new();
    for _ in 0..2 {
        let store = dir.open();
        store.declare(&[Declaration::new("report", "send")]).unwrap()[0].as_ref().unwrap();
        assert!(store.job("report").unwrap().is_some());
    }
    Sqlite::migrate(dir.file()).unwrap();
    assert!(dir.open().job("report").unwrap().is_some());
}

#[test]
fn an_empty_file_gets_tables() {
    let dir = Dir::new();
    fs::write(dir.file(), "").unwrap();
    assert_eq!(schema(Sqlite::builder(dir.file()).create(false).open().unwrap_err()), (0, 1));
    assert!(dir.open().job("report").unwrap().is_none());
}

#[test]
fn the_database_of_another_program_is_migrated_first() {
    let dir = Dir::new();
    dir.by_hand("create table customer (id); insert into customer values (7)");
    let error = Sqlite::open(dir.file()).unwrap_err();
    assert_eq!(error.to_string(), "the store has schema 0, this program needs 1: run `migrate`");
    Sqlite::migrate(dir.file()).unwrap();
    assert!(dir.open().job("report").unwrap().is_none());
    // Another prefix is another store.
    assert_eq!(schema(Sqlite::builder(dir.file()).table_prefix("b_").open().unwrap_err()), (0, 1));
    Sqlite::builder(dir.file()).table_prefix("").migrate().unwrap();
    let other = Sqlite::builder(dir.file()).table_prefix("").open().unwrap();
    other.declare(&[Declaration::new("report", "send")]).unwrap()[0].as_ref().unwrap();
    assert!(dir.open().job("report").unwrap().is_none());
}

#[test]
fn the_tables_of_schema_are_those_that_are_made() {
    let dir = Dir::new();
    dir.by_hand(&format!("{SCHEMA} insert into punctual_meta values (1, 1, 1)"));
    assert!(Sqlite::builder(dir.file()).create(false).open().unwrap().job("report").unwrap().is_none());
}

#[test]
fn a_newer_schema_says_who_may_use_it() {
    let dir = Dir::new();
    dir.open();
    dir.by_hand("update punctual_meta set version = 3; alter table punctual_job add column colour text");
    let store = dir.open();
    store.declare(&[Declaration::new("report", "send")]).unwrap()[0].as_ref().unwrap();
    Sqlite::migrate(dir.file()).unwrap();
    dir.by_hand("update punctual_meta set min_reader = 2");
    for error in [Sqlite::open(dir.file()).unwrap_err(), Sqlite::migrate(dir.file()).unwrap_err()] {
        assert_eq!(
            error.to_string(),
            "the store has schema 3, this program needs 1: use a newer version of the program"
        );
    }
    dir.by_hand("delete from punctual_meta");
    assert_eq!(schema(Sqlite::open(dir.file()).unwrap_err()), (0, 1));
}

#[test]
fn processes_that_start_together_make_the_tables_once() {
    for _ in 0..5 {
        let dir = Dir::new();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| dir.open().job("report").unwrap());
            }
        });
    }
}

#[test]
fn what_is_no_database_is_refused() {
    let dir = Dir::new();
    assert_eq!(refused(dir.path()), format!("{}: it is a directory (expected a file)", dir.path().display()));
    assert!(refused(&dir.path().join("missing").join("jobs.db")).ends_with(": its directory does not exist"));
    if process::Command::new("mkfifo").arg(dir.file()).status().is_ok_and(|status| status.success()) {
        assert!(refused(&dir.file()).ends_with(": it is a pipe or a device (expected a file)"));
        fs::remove_file(dir.file()).unwrap();
    }
    for content in ["name = \"punctual\"\n".repeat(100), "xy".to_owned()] {
        fs::write(dir.file(), &content).unwrap();
        assert!(refused(&dir.file()).ends_with(": the file is no SQLite database"));
        assert_eq!(fs::read_to_string(dir.file()).unwrap(), content, "it is as it was");
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let dir = Dir::new();
    dir.open().declare(&[Declaration::new("report", "send")]).unwrap()[0].as_ref().unwrap();
    let mut bytes = fs::read(dir.file()).unwrap();
    bytes[100..].fill(0x5a);
    fs::write(dir.file(), bytes).unwrap();
    assert!(refused(&dir.file()).ends_with(": the file is damaged"));
}

#[test]
fn a_database_in_memory_is_refused() {
    for path in ["", ":memory:"] {
        assert!(refused(Path::new(path)).contains("a database in memory belongs to one connection"), "{path}");
    }
}

#[test]
fn texts_in_another_encoding_are_refused() {
    let dir = Dir::new();
    dir.by_hand("pragma encoding = 'UTF-16'; create table customer (id)");
    assert!(refused(&dir.file()).contains(": its texts are UTF-16"));
}

#[test]
fn a_prefix_is_part_of_a_name() {
    let dir = Dir::new();
    for prefix in ["a b", "x;--", "\"", "ä", "7up_", "sqlite_", "SQLite_x", &"x".repeat(61)] {
        let error = Sqlite::builder(dir.file()).table_prefix(prefix).open().unwrap_err();
        assert!(why(&error).contains("invalid table prefix"), "{prefix}");
    }
    assert!(!dir.file().exists());
}

#[test]
fn a_call_that_cannot_get_the_lock_is_busy() {
    let dir = Dir::new();
    let store = Sqlite::builder(dir.file()).busy_timeout(Duration::from_millis(30)).open().unwrap();
    let other = Connection::open(dir.file()).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let declarations = [Declaration::new("report", "send")];
    let began = Instant::now();
    assert!(matches!(store.declare(&declarations), Err(StoreError::Busy)));
    assert!((Duration::from_millis(30)..Duration::from_secs(5)).contains(&began.elapsed()));
    assert!(matches!(store.finish(&[]), Ok(ended) if ended.is_empty()));
    assert!(store.job("report").unwrap().is_none(), "reading does not wait");
    other.execute_batch("commit").unwrap();
    store.declare(&declarations).unwrap()[0].as_ref().unwrap();
    other.execute_batch("begin immediate").unwrap();
    assert!(store.declare(&declarations).unwrap()[0].is_ok(), "what is there is no reason to write");
}

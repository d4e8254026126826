//! Files that fail while they are open.

use std::{error::Error, fs};
#[cfg(unix)]
use std::{
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::PathBuf,
    process::Command,
};

use punctual::store::{Declaration, Store, StoreError};
use punctual_sqlite::Sqlite;

use crate::dir::Dir;
#[cfg(unix)]
use crate::rerun;

fn why(error: &StoreError) -> String {
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    error.source().unwrap().to_string()
}

/// The command as an ordinary user: nothing is forbidden to root.
#[cfg(unix)]
fn unprivileged(dir: &Dir, mut command: Command) -> Command {
    let probe = dir.path().join("probe");
    fs::write(&probe, "").unwrap();
    fs::set_permissions(&probe, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::write(&probe, "x").is_ok() {
        command.uid(65_534).gid(65_534);
    }
    command
}

/// In a process of its own.
#[cfg(unix)]
#[test]
fn cannot_write() {
    let Some(path) = rerun::path() else { return };
    let why = why(&Sqlite::open(&path).unwrap_err());
    assert!(why.contains("cannot be written to"), "{why}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_to_is_refused() {
    let dir = Dir::new();
    drop(dir.open());
    for (file, directory) in [(0o444, 0o755), (0o666, 0o555)] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let command = unprivileged(&dir, rerun::command("recovery::cannot_write", &dir.file()));
        fs::set_permissions(dir.file(), fs::Permissions::from_mode(file)).unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(directory)).unwrap();
        rerun::run(command);
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(dir.path().join("probe")).unwrap();
    }
}

/// In a process of its own, whose files may not grow beyond a size.
#[cfg(unix)]
#[test]
fn fill() {
    let Some(path) = rerun::path() else { return };
    let store = Sqlite::open(&path).unwrap();
    let big = |key: String| Declaration { args: format!("{:?}", "x".repeat(10_000)), ..Declaration::new(key, "task") };
    let mut count = 0;
    let error = loop {
        match store.declare(&[big(format!("job-{count}"))]) {
            Ok(answers) => assert!(answers[0].is_ok()),
            Err(error) => break error,
        }
        count += 1;
        assert!(count < 1_000, "there is a limit");
    };
    assert!(error.is_transient(), "{error:?}");
    why(&error);
    assert!(count > 2, "{error:?}");
    for number in 0..count {
        assert!(store.job(&format!("job-{number}")).unwrap().is_some(), "{number}");
    }
    assert_eq!(store.job(&format!("job-{count}")).unwrap(), None);
}

#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing() {
    let dir = Dir::new();
    drop(dir.open());
    let inner = rerun::command("recovery::fill", &dir.file());
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\""]).arg(inner.get_program());
    limited.args(inner.get_args());
    limited.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    rerun::run(limited);
    let store = dir.open();
    assert!(store.job("job-0").unwrap().is_some());
    store.declare(&[Declaration::new("after", "task")]).unwrap()[0].as_ref().unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_is_opened_again() {
    let (dir, other) = (Dir::new(), Dir::new());
    let store = dir.open();
    store.declare(&[Declaration::new("old", "task")]).unwrap()[0].as_ref().unwrap();
    other.open().declare(&[Declaration::new("new", "task")]).unwrap()[0].as_ref().unwrap();
    let moved: PathBuf = dir.path().join("moved.db");
    fs::rename(dir.file(), moved).unwrap();
    assert!(why(&store.job("old").unwrap_err()).contains("the file was removed or replaced"));
    for _ in 0..2 {
        assert!(why(&store.job("old").unwrap_err()).contains("the file does not exist"), "it is not made again");
    }
    for rest in ["jobs.db-wal", "jobs.db-shm"] {
        let _ = fs::remove_file(dir.path().join(rest));
    }
    fs::rename(other.file(), dir.file()).unwrap();
    assert!(store.job("new").unwrap().is_some());
    assert!(store.job("old").unwrap().is_none());
}

#[test]
fn tables_that_are_dropped_and_made_again_are_found() {
    let dir = Dir::new();
    let store = dir.open();
    dir.by_hand("alter table punctual_job rename to elsewhere");
    assert!(why(&store.job("a").unwrap_err()).contains("no such table: punctual_job"));
    dir.by_hand("alter table elsewhere rename to punctual_job");
    assert!(store.job("a").unwrap().is_none());
}

//! Measures the store against the same work in plain SQL, in the same run: the speed of a disk is not the same for long.
//!
//! `cargo bench -p punctual-sqlite`, on the disk of `TMPDIR`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    env, fs,
    path::Path,
    process,
    time::{Duration, Instant},
};

use punctual::store::{
    Claimant, Declaration, Ending, Heartbeat, HolderId, JobRow, Micros, Move, NewRun, Plan, Position, Store, Token,
};
use punctual_sqlite::{Sqlite, Synchronous, SCHEMA};
use rusqlite::{Connection, TransactionBehavior};

const HOLDER: HolderId = HolderId(1);

fn declarations(count: usize) -> Vec<Declaration> {
    (0..count)
        .map(|number| Declaration {
            args: r#"{"to": "ops@example.org"}"#.to_owned(),
            schedule: "every 10 seconds".to_owned(),
            first: Position::at(Micros(0), "0"),
            ..Declaration::new(format!("job-{number:05}"), "task")
        })
        .collect()
}

/// The time that the store takes to fire and finish `count` jobs, in the best of `rounds`.
fn fire(store: &Sqlite, count: usize, rounds: i64) -> Duration {
    let plan = |row: &JobRow| {
        let slot = row.next.unwrap_or_default();
        Plan::Move(Move { to: Position::at(Micros(slot.0 + 10), "1"), runs: vec![NewRun::of(slot)] })
    };
    best(rounds, |round| {
        let claimant = Claimant { now: Micros(round * 10), holder: HOLDER, tasks: &["task"], limit: count };
        let fired = store.fire(&claimant, &mut { plan }).unwrap();
        let runs = fired.claims.iter().flat_map(|claim| &claim.runs);
        let endings: Vec<_> =
            runs.map(|run| Ending::new(run.token, Micros(5), "completed").started(Micros(4))).collect();
        assert_eq!(store.finish(&endings).unwrap(), vec![true; count]);
    })
}

/// The same statements without the store.
fn floor_fire(connection: &mut Connection, count: usize, rounds: i64) -> Duration {
    best(rounds, |round| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        let mut tokens = Vec::new();
        {
            let mut due = transaction
                .prepare_cached(
                    "select id, key, next, version from punctual_job where next <= ?1 and paused = 0 \
                     order by next, priority, key limit ?2",
                )
                .unwrap();
            let rows = due
                .query_map((round * 10, count as i64), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
            let rows: Vec<(i64, String, i64, i64)> = rows.unwrap().map(Result::unwrap).collect();
            let mut insert =
                transaction.prepare_cached("insert into punctual_run values (?1, ?2, ?3, 'task', ?4, 1, 0)").unwrap();
            let mut step = transaction
                .prepare_cached(
                    "update punctual_job set next = next + 10, cursor = '1', runs = runs + 1, version = version + 1 \
                     where id = ?1 and next = ?2 and version = ?3",
                )
                .unwrap();
            for (id, key, next, version) in rows {
                let token = Token::random().0.to_be_bytes();
                insert.execute((&key, next, token, HOLDER.0.to_be_bytes())).unwrap();
                assert_eq!(step.execute((id, next, version)).unwrap(), 1);
                tokens.push((token, id));
            }
        }
        transaction.commit().unwrap();
        assert_eq!(tokens.len(), count);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        {
            let mut delete = transaction.prepare_cached("delete from punctual_run where token = ?1").unwrap();
            let mut end = transaction
                .prepare_cached("update punctual_job set last_run = 4, last_outcome = 'completed' where id = ?1")
                .unwrap();
            for (token, id) in tokens {
                delete.execute([token]).unwrap();
                end.execute([id]).unwrap();
            }
        }
        transaction.commit().unwrap();
    })
}

fn best(rounds: i64, mut work: impl FnMut(i64)) -> Duration {
    let time = |round| {
        let began = Instant::now();
        work(round);
        began.elapsed()
    };
    (0..rounds).map(time).min().unwrap_or_default()
}

fn insert(connection: &mut Connection, count: usize) -> Duration {
    let began = Instant::now();
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    {
        let mut statement = transaction
            .prepare_cached(
                "insert into punctual_job (key, task, args, schedule, declared, cursor, next) \
                 values (?1, 'task', ?2, 'every 10 seconds', 'every 10 seconds', '0', 0)",
            )
            .unwrap();
        for number in 0..count {
            statement.execute((format!("job-{number:05}"), r#"{"to": "ops@example.org"}"#)).unwrap();
        }
    }
    transaction.commit().unwrap();
    began.elapsed()
}

fn row(what: &str, count: usize, ours: Duration, floor: Duration) {
    let per = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
    println!("| {what} | {:.1} | {:.1} | {:.2} |", per(ours), per(floor), per(ours) / per(floor));
}

fn measure(dir: &Path, synchronous: Synchronous, name: &str) {
    println!("\n| {name}, microseconds for each job | store | plain SQL | ratio |\n| --- | --- | --- | --- |");
    for count in [1, 100, 1_000] {
        let [ours, floor] = ["store", "plain"].map(|kind| dir.join(format!("{kind}-{name}-{count}.db")));
        let store = Sqlite::builder(&ours).synchronous(synchronous).open().unwrap();
        store.join(Micros(0), &Heartbeat::new(HOLDER, "machine", Duration::from_secs(3_600))).unwrap();
        let mut plain = Connection::open(&floor).unwrap();
        plain.pragma_update(None, "journal_mode", "wal").unwrap();
        plain.pragma_update(None, "synchronous", name).unwrap();
        plain.execute_batch(SCHEMA).unwrap();

        let declarations = declarations(count);
        let began = Instant::now();
        store.declare(&declarations).unwrap();
        row(&format!("declare {count}"), count, began.elapsed(), insert(&mut plain, count));
        let again = best(5, |_| assert!(store.declare(&declarations).unwrap().iter().all(Result::is_ok)));
        println!("| declare {count} again | {:.1} | | |", again.as_secs_f64() * 1e6 / count as f64);
        let rounds = if count == 1 { 300 } else { 30 };
        row(&format!("fire {count}"), count, fire(&store, count, rounds), floor_fire(&mut plain, count, rounds));
    }
    let store = Sqlite::builder(dir.join(format!("many-{name}.db"))).synchronous(synchronous).open().unwrap();
    store.join(Micros(0), &Heartbeat::new(HOLDER, "machine", Duration::from_secs(3_600))).unwrap();
    store.declare(&declarations(10_000)).unwrap();
    let claimant = |now, tasks| Claimant { now: Micros(now), holder: HOLDER, tasks, limit: 1_000 };
    let mut nothing = |_: &JobRow| Plan::Leave("unused".to_owned());
    let idle = best(50, |_| assert!(store.fire(&claimant(-1, &["task"]), &mut nothing).unwrap().claims.is_empty()));
    let strange = best(50, |_| assert!(store.fire(&claimant(9, &["other"]), &mut nothing).unwrap().claims.is_empty()));
    let list = best(5, |_| assert_eq!(store.jobs(&Default::default()).unwrap().rows.len(), 10_000));
    println!("| 10,000 jobs, none is due | {:.1} | | |", idle.as_secs_f64() * 1e6);
    println!("| 10,000 due jobs of a task that is not known | {:.1} | | |", strange.as_secs_f64() * 1e6);
    println!("| list 10,000 | {:.1} | | |", list.as_secs_f64() * 1e6);
}

fn main() {
    let dir = env::temp_dir().join(format!("punctual-sqlite-bench-{}", process::id()));
    fs::create_dir_all(&dir).unwrap();
    measure(&dir, Synchronous::Full, "full");
    measure(&dir, Synchronous::Normal, "normal");
    fs::remove_dir_all(&dir).unwrap();
}

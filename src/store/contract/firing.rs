//! Rules about claims.

use std::{
    cell::Cell,
    panic::{catch_unwind, AssertUnwindSafe},
    slice,
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{
    super::{
        Change, Claimant, Declaration, Edit, HolderId, JobRow, Micros, Move, NewRun, Next, Plan, Position, StoreError,
    },
    stage::{bad_keys, every, keys, patient, run_at, slot_of, slots, Stage, TASK},
};

/// A job is claimed once it is due, neither before nor twice.
pub(super) fn a_due_job_is_claimed_once(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 20)]);
    let early = stage.fire(holder, 9);
    assert_eq!((keys(&early), early.next), (vec![], Some(stage.at(10))));
    let fired = stage.fire(holder, 10);
    assert_eq!((slots(&fired), fired.next), (vec![("a", stage.at(10))], Some(stage.at(20))));
    assert_eq!(keys(&stage.fire(holder, 10)), [""; 0]);
    let fired = stage.fire(stage.holder(), 25);
    let expected = vec![("a", stage.at(20)), ("b", stage.at(20))];
    assert_eq!((slots(&fired), fired.next), (expected, Some(stage.at(30))));
}

/// A claim has the row as it was before, and the store has the run and the moved row.
pub(super) fn a_claim_moves_the_row_and_leaves_a_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let before = stage.row("a");
    let claim = stage.fire(holder, 12).claims.remove(0);
    assert_eq!(claim.job, before);
    let run = &claim.runs[0];
    assert_eq!((run.key.as_str(), run.task.as_str(), run.slot), ("a", TASK, stage.at(10)));
    assert_eq!((run.holder, run.attempt, run.claimed), (holder, 1, stage.at(12)));
    assert_eq!(stage.runs(), claim.runs);
    let after = stage.row("a");
    assert_eq!((after.next, after.cursor.as_str()), (Some(stage.at(20)), "1"));
    assert_eq!((after.runs, after.running, after.failures), (1, 1, 0));
    assert_ne!(after.version, before.version);
}

/// Jobs are claimed in the order of slot, priority and key, byte by byte.
pub(super) fn claims_are_in_the_order_of_slot_priority_and_key(stage: &Stage<'_>) {
    let holder = stage.holder();
    let of = |key: &str, slot, priority| Declaration { priority, ..stage.due(key, slot) };
    let declarations = [
        of("d", 10, 5),
        of("b", 10, 0),
        of("B", 10, 0),
        of("ä", 10, 0),
        of("c", 10, -5),
        of("a", 11, -9),
        of("e", 9, 9),
    ];
    stage.declare(&declarations);
    assert_eq!(keys(&stage.fire(holder, 20)), ["e", "c", "B", "b", "ä", "d", "a"]);
}

/// No more jobs are claimed than the limit says, the earliest first, and the answer says that there are more.
pub(super) fn the_limit_is_obeyed(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("e", 5), ("a", 1), ("d", 4), ("b", 2), ("c", 3)]);
    let claimant = |limit| Claimant { limit, ..stage.claimant(holder, 5) };
    let none = stage.fire_by(&claimant(0), |_| panic!("nothing is asked for"));
    assert_eq!((keys(&none), none.next), (vec![], Some(stage.at(1))));
    let fired = stage.fire_by(&claimant(2), every(100));
    assert_eq!((keys(&fired), fired.next), (vec!["a", "b"], Some(stage.at(3))));
    let fired = stage.fire_by(&claimant(3), every(100));
    assert_eq!((keys(&fired), fired.next), (vec!["c", "d", "e"], Some(stage.at(101))));
}

/// Jobs whose task the claimant does not know are not touched, and do not count for what is next.
pub(super) fn unknown_tasks_are_untouched(stage: &Stage<'_>) {
    let holder = stage.holder();
    let of = |key: &str, task: &str, slot| Declaration { task: task.to_owned(), ..stage.due(key, slot) };
    stage.declare(&[of("a", "task", 3), of("b", "Task", 1), of("c", "other", 2), of("d", "task ", 1)]);
    let before = ["b", "c", "d"].map(|key| stage.row(key));
    let fired = stage.fire_by(&Claimant { limit: 1, ..stage.claimant(holder, 100) }, every(1_000));
    assert_eq!((keys(&fired), fired.next), (vec!["a"], Some(stage.at(1_003))));
    let nobody = stage.fire_by(&Claimant { tasks: &[], ..stage.claimant(holder, 100) }, every(10));
    assert_eq!((keys(&nobody), nobody.next), (vec![], None));
    assert_eq!(["b", "c", "d"].map(|key| stage.row(key)), before);
    let both = Claimant { tasks: &["other", "Task", "other"], ..stage.claimant(holder, 100) };
    assert_eq!(keys(&stage.fire_by(&both, every(1_000))), ["b", "c"]);
}

/// A paused job is not due, and is due again when it is resumed.
pub(super) fn a_paused_job_is_not_due(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    patient(|| stage.store.change("a", &mut |row| Change::Write(Edit { paused: true, ..Edit::of(row) })));
    let fired = stage.fire(holder, 100);
    assert_eq!((keys(&fired), fired.next), (vec![], None));
    let to = Position::at(stage.at(110), "resumed");
    let mut resume = |row: &_| Change::Write(Edit { paused: false, to: to.clone(), ..Edit::of(row) });
    patient(|| stage.store.change("a", &mut resume));
    assert_eq!(stage.fire(holder, 100).next, Some(stage.at(110)));
    assert_eq!(slots(&stage.fire(holder, 110)), [("a", stage.at(110))]);
}

/// A row that the plan leaves is not changed and is reported, and takes no place of the others, however many there are.
pub(super) fn rows_that_are_left_do_not_stop_others(stage: &Stage<'_>) {
    let holder = stage.holder();
    let bad: Vec<String> = (0..50).map(|number| format!("bad-{number:02}")).collect();
    stage.add(&bad.iter().map(|key| (key.as_str(), 1)).collect::<Vec<_>>());
    stage.add(&[("good-1", 2), ("good-2", 3), ("good-3", 4)]);
    let before = stage.row("bad-07");
    let asked = Cell::new(0);
    let plan = |row: &JobRow| {
        asked.set(asked.get() + 1);
        if row.key.starts_with("bad") {
            return Plan::Leave("unknown schedule".to_owned());
        }
        every(100)(row)
    };
    let fired = stage.fire_by(&Claimant { limit: 2, ..stage.claimant(holder, 10) }, plan);
    assert_eq!(
        (keys(&fired), bad_keys(&fired.bad)),
        (vec!["good-1", "good-2"], bad.iter().map(String::as_str).collect())
    );
    assert_eq!((fired.bad[0].why.as_str(), fired.next), ("unknown schedule", Some(stage.at(4))));
    assert_eq!(asked.get(), 52, "the plan is asked once about each job that is due");
    assert_eq!(stage.row("bad-07"), before);
    let fired = stage.fire_by(&Claimant { limit: 2, ..stage.claimant(holder, 10) }, plan);
    assert_eq!((keys(&fired), fired.next), (vec!["good-3"], Some(stage.at(102))));
}

/// A row that the store cannot read is not changed and is reported, wherever it would be used; the others are not
/// concerned. Only for fixtures that can damage a row.
pub(super) fn a_damaged_row_is_left_alone(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 1), ("b", 2)]);
    if !stage.damage("a") {
        return;
    }
    let is_of_a = |error: &StoreError| matches!(error, StoreError::Data { key, .. } if key == "a");
    let fired = stage.fire_by(&Claimant { limit: 1, ..stage.claimant(holder, 5) }, every(100));
    assert_eq!((keys(&fired), bad_keys(&fired.bad), fired.next), (vec!["b"], vec!["a"], Some(stage.at(102))));
    assert!(stage.store.job("a").is_err_and(|error| is_of_a(&error)));
    assert!(stage.store.change("a", &mut |_| Change::Leave).is_err_and(|error| is_of_a(&error)));
    let jobs = patient(|| stage.store.jobs(&Default::default()));
    assert_eq!((jobs.rows.len(), bad_keys(&jobs.bad)), (1, vec!["a"]));
    let declared = patient(|| stage.store.declare(&[stage.due("a", 1), stage.due("c", 7)]));
    assert!(declared[0].as_ref().is_err_and(is_of_a) && declared[1].is_ok(), "{declared:?}");
    assert!(stage.store.job("a").is_err_and(|error| is_of_a(&error)), "a declaration does not replace it");
    assert_eq!(keys(&stage.fire(holder, 7)), ["c"]);
}

/// A slot that is skipped moves the row, and there is no run.
pub(super) fn a_skipped_slot_leaves_no_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let skip = |_: &_| Plan::Move(Move { to: Position::at(stage.at(50), "skipped"), runs: vec![] });
    let fired = stage.fire_by(&stage.claimant(holder, 10), skip);
    assert_eq!((keys(&fired), slots(&fired), fired.next), (vec!["a"], vec![], Some(stage.at(50))));
    let row = stage.row("a");
    assert_eq!((row.cursor.as_str(), row.runs, row.running, stage.runs()), ("skipped", 0, 0, vec![]));
}

/// A job may have several runs at once, for slots that it has missed. They count as one job, and each is finished by a
/// token of its own.
pub(super) fn missed_slots_may_all_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 11)]);
    let all = |row: &_| {
        let first = slot_of(row);
        let runs = [2, 0, 1].map(|number| NewRun::of(Micros(first.0 + number * 10))).to_vec();
        Plan::Move(Move { to: Position::at(Micros(first.0 + 30), ""), runs })
    };
    let fired = stage.fire_by(&Claimant { limit: 1, ..stage.claimant(holder, 39) }, all);
    assert_eq!(slots(&fired), [("a", stage.at(10)), ("a", stage.at(20)), ("a", stage.at(30))]);
    assert_eq!((stage.row("a").runs, stage.row("a").running), (3, 3));
    for run in &fired.claims[0].runs {
        assert!(stage.finish(stage.ending(run.token, 40)));
    }
    assert_eq!((stage.row("a").runs, stage.row("a").running), (3, 0));
}

/// A slot of which a run is in progress gets no second one.
pub(super) fn a_slot_in_progress_gets_no_second_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let first = stage.claim(holder, 10);
    let again = |row: &_| {
        let runs = vec![NewRun::of(stage.at(10)), NewRun::of(slot_of(row)), NewRun::of(slot_of(row))];
        Plan::Move(Move { to: Position::at(stage.at(90), ""), runs })
    };
    let fired = stage.fire_by(&stage.claimant(holder, 20), again);
    assert_eq!(slots(&fired), [("a", stage.at(20))]);
    assert_eq!((stage.row("a").runs, stage.row("a").running), (2, 2));
    assert!(stage.finish(stage.ending(first.token, 30)), "the first run is still its own");
}

/// A job that has to wait is not changed, stays due, and does not stop others.
pub(super) fn a_job_may_wait_for_another_process(stage: &Stage<'_>) {
    let (busy, idle) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10), ("b", 10), ("c", 11)]);
    let before = stage.row("a");
    let claimant = Claimant { limit: 2, ..stage.claimant(busy, 12) };
    let fired = stage.fire_by(&claimant, |row| if row.key == "a" { Plan::Wait } else { every(10)(row) });
    assert_eq!((keys(&fired), bad_keys(&fired.bad)), (vec!["b", "c"], vec![]));
    assert_eq!(fired.next, Some(stage.at(10)), "it is still due");
    assert_eq!(stage.row("a"), before);
    assert_eq!(slots(&stage.fire(idle, 12)), [("a", stage.at(10))]);
}

/// The plan sees how many runs are in progress, on whichever machine, and thus can skip a slot that overlaps.
pub(super) fn a_plan_sees_the_runs_in_progress(stage: &Stage<'_>) {
    let (one, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10)]);
    let first = stage.claim(one, 10);
    let mut seen = Vec::new();
    stage.fire_by(&stage.claimant(other, 20), |row| {
        seen.push(row.running);
        every(10)(row)
    });
    assert!(stage.finish(stage.ending(first.token, 21)));
    stage.fire_by(&stage.claimant(one, 30), |row| {
        seen.push(row.running);
        every(10)(row)
    });
    assert_eq!(seen, [1, 1]);
}

/// A job that is over goes with its last run; at once, if none is in progress. A job without a further slot stays.
pub(super) fn a_job_that_is_over_goes_with_its_last_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("once", 10), ("skipped", 10), ("twice", 10), ("stays", 10)]);
    let fired = stage.fire_by(&stage.claimant(holder, 10), |row| match row.key.as_str() {
        "once" => run_at(slot_of(row), Position::over()),
        "skipped" => Plan::Move(Move { to: Position::over(), runs: vec![] }),
        "twice" => every(1)(row),
        _ => run_at(slot_of(row), Position { next: Next::Never, cursor: "end".to_owned() }),
    });
    assert_eq!(stage.find("skipped"), None);
    let once = stage.row("once");
    assert_eq!((once.over, once.next, once.running), (true, None, 1));
    let last = stage.fire_by(&stage.claimant(holder, 11), |row| run_at(slot_of(row), Position::over()));
    assert_eq!((keys(&last), last.next), (vec!["twice"], None));
    for claim in fired.claims.iter().chain(&last.claims) {
        for run in &claim.runs {
            assert!(stage.find(&run.key).is_some(), "{} has a run in progress", run.key);
            assert!(stage.finish(stage.ending(run.token, 12)));
        }
    }
    let stays = stage.row("stays");
    assert_eq!((stays.next, stays.over, stays.runs, stays.cursor.as_str()), (None, false, 1, "end"));
    assert_eq!(["once", "twice"].map(|key| stage.find(key)), [None, None]);
}

/// A process without a current heartbeat claims nothing.
pub(super) fn a_holder_without_a_heartbeat_claims_nothing(stage: &Stage<'_>) {
    stage.add(&[("a", 10)]);
    let row = stage.row("a");
    let gone = stage.holder();
    patient(|| stage.store.leave(gone));
    let (expired, now) = stage.dead_holder(|_| ());
    for holder in [HolderId::random(), gone, expired] {
        let claimant = Claimant { now, ..stage.claimant(holder, 0) };
        let fired = stage.store.fire(&claimant, &mut |_| panic!("{holder} is not asked"));
        assert!(matches!(fired, Err(StoreError::HolderGone(it)) if it == holder), "{fired:?}");
    }
    assert_eq!(stage.row("a"), row);
}

/// A plan that panics changes nothing, and the store can be used as before.
pub(super) fn a_plan_that_panics_changes_nothing(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 11)]);
    let rows = ["a", "b"].map(|key| stage.row(key));
    let fired = catch_unwind(AssertUnwindSafe(|| {
        stage.store.fire(&stage.claimant(holder, 20), &mut |row| {
            assert_ne!(row.key, "b", "this panic is part of the test");
            every(10)(row)
        })
    }));
    assert!(fired.is_err());
    assert_eq!(["a", "b"].map(|key| stage.row(key)), rows);
    assert_eq!(stage.runs(), []);
    let changed =
        catch_unwind(AssertUnwindSafe(|| stage.store.change("a", &mut |_| panic!("this panic is part of the test"))));
    assert!(changed.is_err());
    assert_eq!(keys(&stage.fire(holder, 20)), ["a", "b"]);
}

/// A job that is replaced while another process fires it, by one with the same key and slot, is not taken for the old
/// one: what runs and what moves is the same row.
pub(super) fn a_job_that_is_replaced_meanwhile_is_not_confused(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let new = Declaration { args: "\"new\"".to_owned(), ..stage.due("a", 10) };
    let other = stage.open();
    let fired = thread::scope(|scope| {
        let mut is_replaced = false;
        stage.fire_by(&stage.claimant(holder, 10), |row| {
            if !is_replaced {
                is_replaced = true;
                let (done, wait) = mpsc::channel();
                let (new, other) = (&new, &other);
                scope.spawn(move || {
                    patient(|| other.change("a", &mut |_| Change::Remove));
                    patient(|| other.declare(slice::from_ref(new)));
                    // Nobody waits any more if the store has kept this thread out.
                    let _ = done.send(());
                });
                let _ = wait.recv_timeout(Duration::from_millis(200));
            }
            every(10)(row)
        })
    });
    let row = stage.row("a");
    assert_eq!(row.args, new.args);
    let of_new = fired.claims.iter().filter(|claim| claim.job.args == new.args).count();
    assert_eq!(row.next, Some(stage.at(if of_new == 1 { 20 } else { 10 })), "{fired:?} {row:?}");
    assert_eq!(row.runs, of_new as i64);
}

//! Rules about changes to one job, and lists of jobs.

use std::thread;

use super::{
    super::{Change, Changed, Claimant, Declaration, Edit, Filter, JobRow, Next, Plan, Position},
    stage::{keys, patient, run_at, slot_of, slots, Stage},
};

/// A change writes what it says, and nothing else.
pub(super) fn a_change_writes_its_part_of_the_row(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    let before = stage.row("a");
    let edit = Edit {
        schedule: "every 3 microseconds".to_owned(),
        to: Position::at(stage.at(33), "x"),
        paused: false,
        returned: vec![],
    };
    let mut seen = None;
    let changed = patient(|| {
        stage.store.change("a", &mut |row| {
            seen = Some(row.clone());
            Change::Write(edit.clone())
        })
    });
    assert_eq!(seen, Some(before.clone()), "the plan sees the row");
    let after = stage.row("a");
    assert_eq!(changed, Changed::Written(after.clone()));
    assert_ne!(after.version, before.version);
    assert_eq!(after, JobRow { version: after.version, ..edit.apply(&before) });
    assert_eq!(stage.runs(), [run]);
    assert_eq!(slots(&stage.fire(holder, 33)), [("a", stage.at(33))]);
}

/// A paused job keeps its counts and has no next slot; to run it now is to move its next slot.
pub(super) fn a_job_is_paused_resumed_and_run_now(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 1_000)]);
    let write =
        |edit: &dyn Fn(&JobRow) -> Edit| patient(|| stage.store.change("a", &mut |row| Change::Write(edit(row))));
    write(&|row| Edit { paused: true, ..Edit::of(row) });
    assert_eq!((stage.row("a").paused, stage.row("a").next), (true, None));
    write(&|row| Edit { to: Position::at(stage.at(2_000), "kept"), ..Edit::of(row) });
    assert_eq!((stage.row("a").next, stage.row("a").cursor.as_str()), (None, "kept"), "still paused");
    write(&|row| Edit { paused: false, to: Position::at(stage.at(2_000), ""), ..Edit::of(row) });
    assert_eq!(stage.row("a").next, Some(stage.at(2_000)));
    write(&|row| Edit { to: Position::at(stage.at(5), "off its grid"), ..Edit::of(row) });
    assert_eq!(slots(&stage.fire(holder, 5)), [("a", stage.at(5))]);
    write(&|row| Edit { to: Position { next: Next::Never, cursor: String::new() }, ..Edit::of(row) });
    let fired = stage.fire(holder, 10_000);
    assert_eq!((keys(&fired), fired.next), (vec![], None));
}

/// A job that a change ends is removed with its last run, at once if none is in progress.
pub(super) fn a_job_that_a_change_ends_goes_with_its_last_run(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("idle", 1_000), ("running", 10)]);
    let run = stage.claim(holder, 10);
    for key in ["idle", "running"] {
        let end = |row: &JobRow| Change::Write(Edit { to: Position::over(), ..Edit::of(row) });
        let changed = patient(|| stage.store.change(key, &mut |row| end(row)));
        assert!(matches!(changed, Changed::Written(row) if row.over && row.next.is_none()), "{key}");
    }
    assert_eq!(patient(|| stage.store.job("idle")), None);
    assert!(stage.row("running").over);
    assert!(stage.finish(stage.ending(run.token, 20)));
    assert_eq!(patient(|| stage.store.job("running")), None);
}

/// A change that leaves the row, or of a job that does not exist, changes nothing.
pub(super) fn a_change_may_leave_the_row(stage: &Stage<'_>) {
    stage.add(&[("a", 10)]);
    let row = stage.row("a");
    assert_eq!(patient(|| stage.store.change("a", &mut |_| Change::Leave)), Changed::Left(row.clone()));
    assert_eq!(patient(|| stage.store.change("A", &mut |_| panic!("there is no such job"))), Changed::Missing);
    assert_eq!(stage.row("a"), row);
}

/// A run that its process has claimed and not begun can be given back: as if it had never been claimed, and at once.
pub(super) fn a_run_that_has_not_begun_is_given_back(stage: &Stage<'_>) {
    let (one, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10)]);
    let run = stage.claim(one, 10);
    let back = |row: &JobRow| {
        let to = Position::at(run.slot, row.cursor.clone());
        Change::Write(Edit { to, returned: vec![run.token], ..Edit::of(row) })
    };
    let changed = patient(|| stage.store.change("a", &mut |row| back(row)));
    assert!(matches!(&changed, Changed::Written(row) if (row.runs, row.running) == (0, 0)), "{changed:?}");
    assert_eq!((stage.runs(), stage.row("a").next), (vec![], Some(run.slot)));
    let again = stage.claim(other, 10);
    assert_eq!(again.slot, run.slot);
    // The first process is late: the run is the other's by now.
    let changed = patient(|| stage.store.change("a", &mut |row| back(row)));
    assert_eq!(changed, Changed::Left(stage.row("a")));
    assert!(!stage.finish(stage.ending(run.token, 20)));
    assert!(stage.finish(stage.ending(again.token, 20)));
    assert_eq!(stage.row("a").runs, 1);

    // Nor is a run of another job given back.
    stage.add(&[("b", 25)]);
    let (a, b) = (stage.fire(one, 20), stage.fire(one, 25));
    let tokens: Vec<_> = [a, b].iter().map(|fired| fired.claims[0].runs[0].token).collect();
    let both = |row: &JobRow| Change::Write(Edit { returned: tokens.clone(), ..Edit::of(row) });
    assert!(matches!(patient(|| stage.store.change("a", &mut |row| both(row))), Changed::Left(_)));
    assert_eq!(stage.runs().len(), 2);

    // A job that is over comes back with its only run.
    stage.add(&[("once", 30)]);
    let fired = stage.fire_by(&Claimant { limit: 1, ..stage.claimant(one, 30) }, |row| match row.key.as_str() {
        "once" => run_at(slot_of(row), Position::over()),
        _ => Plan::Wait,
    });
    let token = fired.claims[0].runs[0].token;
    let revive = |row: &JobRow| {
        Change::Write(Edit { to: Position::at(stage.at(30), ""), returned: vec![token], ..Edit::of(row) })
    };
    patient(|| stage.store.change("once", &mut |row| revive(row)));
    let row = stage.row("once");
    assert_eq!((row.over, row.next, row.running), (false, Some(stage.at(30)), 0));
}

/// A job that is removed is gone, and may be declared again.
pub(super) fn a_removed_job_is_gone(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 10)]);
    let row = stage.row("a");
    assert_eq!(patient(|| stage.store.change("a", &mut |_| Change::Remove)), Changed::Removed(row));
    assert_eq!(patient(|| stage.store.change("a", &mut |_| Change::Remove)), Changed::Missing);
    assert_eq!(stage.find("a"), None);
    assert_eq!(keys(&stage.fire(holder, 10)), ["b"]);
    stage.add(&[("a", 20)]);
    assert_eq!(stage.row("a").runs, 0);
}

/// Of changes that are made at the same time, none is lost.
pub(super) fn no_change_is_lost(stage: &Stage<'_>) {
    stage.declare(&[Declaration { first: Position::at(stage.at(10), "0"), ..stage.due("a", 10) }]);
    let handles = [(); 4].map(|()| stage.open());
    thread::scope(|scope| {
        for store in &handles {
            scope.spawn(move || {
                for _ in 0..25 {
                    let changed = patient(|| {
                        store.change("a", &mut |row| {
                            let count: u32 = row.cursor.parse().unwrap();
                            let to = Position { cursor: (count + 1).to_string(), ..Position::of(row) };
                            Change::Write(Edit { to, ..Edit::of(row) })
                        })
                    });
                    assert!(matches!(changed, Changed::Written(_)), "{changed:?}");
                }
            });
        }
    });
    assert_eq!(stage.row("a").cursor, "100");
}

/// A list has the jobs that its filter allows, in the order of their keys, a page at a time.
pub(super) fn a_list_is_filtered_and_paged(stage: &Stage<'_>) {
    let of = |key: &str, task: &str, tags: &[&str]| Declaration {
        task: task.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..stage.due(key, 10)
    };
    stage.declare(&[
        of("ä", "x", &["mail"]),
        of("b", "X", &["mail", "night"]),
        of("B", "x", &["Mail", "mail, night"]),
        of("a", "x", &[]),
        of("a1", "x", &["night"]),
    ]);
    let list = |filter: Filter| {
        let jobs = patient(|| stage.store.jobs(&filter));
        assert_eq!(jobs.bad, []);
        jobs.rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    let task = |task: &str| Filter { task: Some(task.to_owned()), ..Filter::default() };
    let tag = |tag: &str| Filter { tag: Some(tag.to_owned()), ..Filter::default() };
    assert_eq!(list(Filter::default()), ["B", "a", "a1", "b", "ä"]);
    assert_eq!(list(task("x")), ["B", "a", "a1", "ä"]);
    assert_eq!(list(tag("mail")), ["b", "ä"]);
    assert_eq!(list(tag("night")), ["a1", "b"]);
    assert_eq!(list(Filter { tag: Some("mail".to_owned()), ..task("x") }), ["ä"]);
    assert_eq!(list(Filter { limit: Some(2), ..Filter::default() }), ["B", "a"]);
    assert_eq!(list(Filter { limit: Some(2), after: Some("a".to_owned()), ..Filter::default() }), ["a1", "b"]);
    assert_eq!(list(Filter { limit: Some(0), ..Filter::default() }), [""; 0]);
    assert_eq!(list(Filter { after: Some("ä".to_owned()), ..Filter::default() }), [""; 0]);
}

/// Runs in progress are listed in the order of slot and key, of one job or of all.
pub(super) fn runs_in_progress_are_listed(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("b", 10), ("a", 10), ("c", 9)]);
    stage.fire(holder, 10);
    stage.fire(holder, 20);
    let of = |key: Option<&str>| {
        let runs = patient(|| stage.store.runs(key));
        runs.into_iter().map(|run| (run.key, run.slot.0 - stage.at(0).0)).collect::<Vec<_>>()
    };
    let expected = [("c", 9), ("a", 10), ("b", 10), ("c", 19), ("a", 20), ("b", 20)];
    assert_eq!(of(None), expected.map(|(key, slot)| (key.to_owned(), slot)));
    assert_eq!(of(Some("a")), [("a".to_owned(), 10), ("a".to_owned(), 20)]);
    assert_eq!(of(Some("A")), []);
}

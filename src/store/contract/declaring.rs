//! Rules about declarations.

use std::{collections::BTreeMap, thread};

use super::{
    super::{Change, Declaration, Declared, Edit, JobRow, Micros, Next, Position, Result},
    stage::{job, patient, run_at, slot_of, Stage},
};

/// A new declaration adds a row with all that it says.
pub(super) fn a_new_job_is_added(stage: &Stage<'_>) {
    let declaration = Declaration {
        name: Some("Daily report".to_owned()),
        tags: vec!["mail".to_owned(), "a, b".to_owned()],
        args: r#"{"to": ["ops@example.org"]}"#.to_owned(),
        policies: "grace 1 hour".to_owned(),
        priority: -7,
        ..stage.due("report", 10)
    };
    assert_eq!(stage.declare_one(&declaration), Declared::Added);
    let row = stage.row("report");
    let expected = JobRow { version: row.version, ..declaration.compare(None).1.unwrap() };
    assert_eq!(row, expected, "the row has what was declared, and no counts");
    assert_eq!(row.next, Some(stage.at(10)));
    assert_eq!(stage.find("repor"), None);
}

/// The same declaration again, from any process and with any idea of the next slot, changes nothing at all.
pub(super) fn the_same_declaration_changes_nothing(stage: &Stage<'_>) {
    let declaration = stage.due("report", 10);
    stage.declare_one(&declaration);
    let row = stage.row("report");
    let later = Position::at(stage.at(500), "later");
    let again = Declaration { first: later.clone(), moved: later, ..declaration };
    let other = stage.open();
    for store in [&stage.store, &other] {
        let declared = patient(|| store.declare(&[again.clone(), again.clone()]));
        assert!(declared.iter().all(|answer| matches!(answer, Ok(Declared::Unchanged))), "{declared:?}");
        assert_eq!(stage.row("report"), row);
    }
}

/// Another schedule moves the job to its next slot after now, and keeps its counts.
pub(super) fn another_schedule_moves_the_next_slot_and_keeps_the_counts(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("report", 10)]);
    let run = stage.claim(holder, 10);
    assert!(stage.finish(stage.ending(run.token, 12).started(stage.at(11)).failed()));
    let before = stage.row("report");

    let changed = Declaration {
        schedule: "every 100 microseconds".to_owned(),
        first: Position::at(stage.at(0), "first"),
        moved: Position::at(stage.at(200), "moved"),
        ..stage.due("report", 10)
    };
    assert_eq!(stage.declare_one(&changed), Declared::Changed { is_moved: true });
    let after = stage.row("report");
    assert_ne!(after.version, before.version);
    let expected = JobRow {
        schedule: changed.schedule.clone(),
        declared: changed.schedule.clone(),
        cursor: "moved".to_owned(),
        next: Some(stage.at(200)),
        version: after.version,
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!((after.runs, after.failures, after.last_run), (1, 1, Some(stage.at(11))));
    assert_eq!(stage.declare_one(&changed), Declared::Unchanged);
}

/// Other arguments, policies or labels are taken, and the next slot stays where it is.
pub(super) fn other_arguments_keep_the_next_slot(stage: &Stage<'_>) {
    let mut changed = stage.due("report", 10);
    stage.declare_one(&changed);
    changed.moved = Position::at(stage.at(900), "moved");
    let changes: [fn(&mut Declaration); 6] = [
        |it| it.args = "[1]".to_owned(),
        |it| it.policies = "grace 1 hour".to_owned(),
        |it| it.name = Some("Report".to_owned()),
        |it| it.tags = vec!["mail".to_owned()],
        |it| it.priority = 3,
        |it| it.task = "other".to_owned(),
    ];
    for change in changes {
        let before = stage.row("report");
        change(&mut changed);
        assert_eq!(stage.declare_one(&changed), Declared::Changed { is_moved: false });
        let after = stage.row("report");
        assert_eq!((after.next, after.cursor.as_str()), (Some(stage.at(10)), "0"));
        assert_ne!(after.version, before.version);
        assert_eq!(stage.declare_one(&changed), Declared::Unchanged);
    }
}

/// A job that is paused stays paused, whatever is declared.
pub(super) fn a_paused_job_stays_paused(stage: &Stage<'_>) {
    let declaration = stage.due("report", 10);
    stage.declare_one(&declaration);
    patient(|| stage.store.change("report", &mut |row| Change::Write(Edit { paused: true, ..Edit::of(row) })));
    assert_eq!(stage.declare_one(&declaration), Declared::Unchanged);
    let changed = Declaration { schedule: "every 100 microseconds".to_owned(), ..declaration };
    assert_eq!(stage.declare_one(&changed), Declared::Changed { is_moved: true });
    let row = stage.row("report");
    assert_eq!((row.paused, row.next, row.schedule.as_str()), (true, None, "every 100 microseconds"));
}

/// A schedule that a person has changed stays until the program declares another one than before.
pub(super) fn an_edited_schedule_stays(stage: &Stage<'_>) {
    let declaration = stage.due("report", 10);
    stage.declare_one(&declaration);
    let edit = |row: &JobRow| {
        let to = Position::at(Micros(row.next.unwrap_or_default().0 + 5), "edited");
        Change::Write(Edit { schedule: "every 7 microseconds".to_owned(), to, ..Edit::of(row) })
    };
    patient(|| stage.store.change("report", &mut |row| edit(row)));
    let edited = stage.row("report");
    assert_eq!(stage.declare_one(&declaration), Declared::Unchanged);
    assert_eq!(stage.row("report"), edited);

    let other_args = Declaration { args: "[1]".to_owned(), ..declaration.clone() };
    assert_eq!(stage.declare_one(&other_args), Declared::Changed { is_moved: false });
    assert_eq!(stage.row("report").schedule, "every 7 microseconds");

    let other = Declaration { schedule: "every 8 microseconds".to_owned(), ..declaration };
    assert_eq!(stage.declare_one(&other), Declared::Changed { is_moved: true });
    assert_eq!(stage.row("report").schedule, "every 8 microseconds");
}

/// A declaration that asks for that keeps a job that exists, even if it differs.
pub(super) fn an_existing_job_is_kept_on_demand(stage: &Stage<'_>) {
    let keep = Declaration { keep: true, ..stage.due("report", 10) };
    assert_eq!(stage.declare_one(&keep), Declared::Added);
    let row = stage.row("report");
    assert_eq!(stage.declare_one(&keep), Declared::Unchanged);
    assert_eq!(stage.declare(&[Declaration { args: "[1]".to_owned(), ..keep }]), [Declared::Kept]);
    assert_eq!(stage.row("report"), row);
}

/// A job that a program does not declare any more stays.
pub(super) fn nothing_is_removed_by_absence(stage: &Stage<'_>) {
    stage.add(&[("a", 10), ("b", 10)]);
    let a = stage.row("a");
    stage.declare(&[stage.due("b", 10), stage.due("c", 10)]);
    patient(|| stage.store.declare(&[]));
    assert_eq!(stage.row("a"), a);
}

/// A declaration that cannot be stored is an error of its own; the others are stored.
pub(super) fn a_bad_declaration_is_refused_alone(stage: &Stage<'_>) {
    let good = stage.due("good", 10);
    let bad = [
        Declaration { key: String::new(), ..good.clone() },
        Declaration { key: "x".repeat(10_000), ..good.clone() },
        Declaration { key: "a\0b".to_owned(), ..good.clone() },
        Declaration { key: "args".to_owned(), args: "{".to_owned(), ..good.clone() },
        Declaration { key: "task".to_owned(), task: "t".repeat(201), ..good.clone() },
    ];
    let mut all = bad.to_vec();
    all.insert(2, good);
    let answers = patient(|| stage.store.declare(&all));
    let added: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(added, [false, false, true, false, false, false], "{answers:?}");
    let rows = patient(|| stage.store.jobs(&Default::default())).rows;
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["good"]);
}

/// Of two declarations with the same key in one call, the second is compared with the first.
pub(super) fn one_call_may_declare_a_key_twice(stage: &Stage<'_>) {
    let first = stage.due("report", 10);
    let second = Declaration { args: "[2]".to_owned(), ..first.clone() };
    let declared = stage.declare(&[first, second]);
    assert_eq!(declared, [Declared::Added, Declared::Changed { is_moved: false }]);
    assert_eq!(stage.row("report").args, "[2]");
}

/// When several processes declare the same jobs at the same time, each job is added once.
pub(super) fn processes_that_start_together_add_each_job_once(stage: &Stage<'_>) {
    let declarations: Vec<_> = (0..40).map(|number| stage.due(&format!("job-{number}"), 10)).collect();
    let handles = [(); 4].map(|()| stage.open());
    let answers: Vec<Declared> = thread::scope(|scope| {
        // Each in an order of its own, which must not end in a deadlock.
        let threads: Vec<_> = handles
            .iter()
            .enumerate()
            .map(|(number, store)| {
                let mut mine = declarations.clone();
                mine.rotate_left(number * 10);
                scope.spawn(move || patient(|| store.declare(&mine)))
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).map(Result::unwrap).collect()
    });
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(format!("{answer:?}")).or_insert(0) += 1;
    }
    assert_eq!(counts, BTreeMap::from([("Added".to_owned(), 40), ("Unchanged".to_owned(), 120)]));
}

/// A job that has come to its end is declared again: the same text leaves it there, another one moves it.
pub(super) fn a_job_at_its_end_stays_there(stage: &Stage<'_>) {
    let holder = stage.holder();
    let once = Declaration { first: Position::at(stage.at(10), "0"), ..stage.due("once", 10) };
    stage.declare_one(&once);
    let fired = stage.fire_by(&stage.claimant(holder, 10), |row| {
        run_at(slot_of(row), Position { next: Next::Never, cursor: "end".to_owned() })
    });
    let token = fired.claims[0].runs[0].token;
    assert!(stage.finish(stage.ending(token, 11)));
    assert_eq!(stage.declare_one(&once), Declared::Unchanged);
    assert_eq!(stage.row("once").next, None);
    let moved = Position::at(stage.at(20), "again");
    let changed = Declaration { schedule: "once more".to_owned(), moved, ..once };
    assert_eq!(stage.declare_one(&changed), Declared::Changed { is_moved: true });
    assert_eq!(stage.row("once").next, Some(stage.at(20)));
}

/// A job that was removed and declared again has a version that tells its row from the old one.
pub(super) fn a_job_that_comes_back_has_another_version(stage: &Stage<'_>) {
    let declaration = job("report", stage.at(10));
    let mut versions = Vec::new();
    for _ in 0..4 {
        assert_eq!(stage.declare_one(&declaration), Declared::Added);
        versions.push(stage.row("report").version);
        patient(|| stage.store.change("report", &mut |_| Change::Remove));
    }
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 4, "the version of a new row is random");
}

//! Rules about the end of runs, and the history of those that have ended.

use std::slice;

use super::{
    super::{Change, Ending, Micros, NewRun, PastRun, Plan, Token},
    stage::{every, keys, patient, Stage},
};

/// A run ends by its token, once.
pub(super) fn a_run_ends_once(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    let ending = stage.ending(run.token, 15);
    let other = stage.open();
    assert_eq!(patient(|| other.finish(slice::from_ref(&ending))), [true], "any handle will do");
    assert_eq!(stage.runs(), []);
    let row = stage.row("a");
    assert!(!stage.finish(ending.clone()));
    assert!(!stage.finish(ending.failed().last()), "what comes late changes nothing");
    assert_eq!(stage.row("a"), row);
}

/// A token that was never given out ends nothing.
pub(super) fn an_unknown_token_is_refused(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    for token in [Token(0), Token(u128::MAX), Token(run.token.0 ^ 1), Token(run.token.0 ^ 1 << 127)] {
        assert!(!stage.finish(stage.ending(token, 11)), "{token}");
    }
    assert_eq!(stage.runs(), [run]);
}

/// Several runs end in one call, each with an answer, in the order of the call.
pub(super) fn several_runs_end_in_one_call(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 10), ("c", 10)]);
    let tokens: Vec<Token> = stage.fire(holder, 10).claims.iter().map(|claim| claim.runs[0].token).collect();
    let endings: Vec<_> = [tokens[2], Token(1), tokens[0], tokens[2]].map(|token| stage.ending(token, 11)).to_vec();
    assert_eq!(patient(|| stage.store.finish(&endings)), [true, false, true, false]);
    assert_eq!(patient(|| stage.store.finish(&[])), [false; 0]);
    let left: Vec<Token> = stage.runs().iter().map(|run| run.token).collect();
    assert_eq!(left, [tokens[1]]);
}

/// The end of a run is counted and kept in the row of its job.
pub(super) fn an_end_is_in_the_row(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    let outcome = "failed: \"disk\" – 💾\nsecond line";
    assert!(stage
        .finish(Ending { outcome: outcome.to_owned(), ..stage.ending(run.token, 15) }.started(stage.at(12)).failed()));
    let row = stage.row("a");
    assert_eq!((row.runs, row.failures, row.running), (1, 1, 0));
    assert_eq!((row.last_run, row.last_outcome.as_deref()), (Some(stage.at(12)), Some(outcome)));
    assert_eq!((row.next, row.cursor.as_str()), (Some(stage.at(20)), "1"), "an end moves nothing");

    let run = stage.claim(holder, 20);
    assert!(stage.finish(stage.ending(run.token, 21)));
    let row = stage.row("a");
    assert_eq!((row.runs, row.failures, row.last_run), (2, 1, Some(stage.at(12))), "a body that did not begin");
    assert_eq!(row.last_outcome.as_deref(), Some("completed"));
}

/// A body may end its job: the row goes, other runs of it end as they would.
pub(super) fn a_run_may_be_the_last(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let runs = [stage.claim(holder, 10), stage.claim(holder, 20)];
    assert!(stage.finish(stage.ending(runs[0].token, 21).last()));
    assert_eq!(stage.find("a"), None);
    assert_eq!(keys(&stage.fire(holder, 100)), [""; 0]);
    assert!(stage.finish(stage.ending(runs[1].token, 22)));
    assert_eq!(stage.runs(), []);
}

/// A job that is removed while it runs: the run ends as it would, and a job that has the key by then is not touched
/// but for its counts.
pub(super) fn a_removed_job_may_have_a_run_in_progress(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 10)]);
    let runs: Vec<Token> = stage.fire(holder, 10).claims.iter().map(|claim| claim.runs[0].token).collect();
    for key in ["a", "b"] {
        patient(|| stage.store.change(key, &mut |_| Change::Remove));
    }
    stage.add(&[("b", 30)]);
    assert_eq!(stage.runs().len(), 2);
    assert_eq!((stage.row("b").runs, stage.row("b").running), (0, 1));
    assert!(stage.finish(stage.ending(runs[0], 31)));
    assert!(stage.finish(stage.ending(runs[1], 31)));
    assert_eq!(stage.find("a"), None);
    let row = stage.row("b");
    assert_eq!((row.next, row.running), (Some(stage.at(30)), 0));
}

/// There is no history unless an end asks for one.
pub(super) fn history_is_off_by_default(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    assert!(stage.finish(stage.ending(run.token, 11)));
    assert_eq!(patient(|| stage.store.history("a", 100)), []);
    assert_eq!(patient(|| stage.store.history("missing", 100)), []);
}

/// The history of a job has its last runs, as many as are asked for, the one that ended last first.
pub(super) fn history_keeps_the_last_runs(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 10), ("b", 10)]);
    for round in 1..=6 {
        let now = round * 10;
        for claim in stage.fire(holder, now).claims {
            let run = &claim.runs[0];
            let ending = stage.ending(run.token, now + 2).started(stage.at(now + 1));
            let ending = Ending { outcome: format!("{} {round}", run.key), ..ending };
            assert!(stage.finish(ending.kept(if run.key == "a" { 3 } else { 100 })));
        }
    }
    let history = |key: &str, limit| patient(|| stage.store.history(key, limit));
    let outcomes = |runs: &[PastRun]| runs.iter().map(|run| run.outcome.clone()).collect::<Vec<_>>();
    assert_eq!(outcomes(&history("a", 100)), ["a 6", "a 5", "a 4"]);
    assert_eq!(outcomes(&history("a", 2)), ["a 6", "a 5"]);
    assert_eq!(history("b", 100).len(), 6);
    let expected = PastRun {
        key: "b".to_owned(),
        slot: stage.at(60),
        attempt: 1,
        holder,
        claimed: stage.at(60),
        started: Some(stage.at(61)),
        ended: stage.at(62),
        outcome: "b 6".to_owned(),
    };
    assert_eq!(history("b", 1), [expected]);

    // One that asks for none leaves the history as it is.
    let run = stage.fire(holder, 70).claims.remove(0).runs.remove(0);
    assert!(stage.finish(stage.ending(run.token, 71)));
    assert_eq!(history("a", 100).len(), 3);

    patient(|| stage.store.change("a", &mut |_| Change::Remove));
    stage.add(&[("a", 80)]);
    assert_eq!(history("a", 100), [], "the history goes with its job");
}

/// A history that is to be much shorter is cut a piece at a time: no call removes more than 500 runs.
pub(super) fn a_long_history_is_cut_in_pieces(stage: &Stage<'_>) {
    let holder = stage.holder();
    stage.add(&[("a", 0)]);
    let mut slot = 0;
    let mut run_once = |count: usize, keep| {
        let claimant = stage.claimant(holder, slot);
        let fired = stage.fire_by(&claimant, |row| {
            let Plan::Move(mut step) = every(1)(row) else { unreachable!() };
            let runs = (0..count as i64).map(|number| NewRun::of(Micros(stage.at(slot).0 - number)));
            step.runs = runs.collect();
            Plan::Move(step)
        });
        slot += 1;
        let endings: Vec<_> = fired.claims[0].runs.iter().map(|run| stage.ending(run.token, slot).kept(keep)).collect();
        assert!(patient(|| stage.store.finish(&endings)).iter().all(|is_taken| *is_taken));
        patient(|| stage.store.history("a", usize::MAX)).len()
    };
    assert_eq!(run_once(1_200, 2_000), 1_200);
    let lengths = [(); 3].map(|()| run_once(1, 2));
    assert!(lengths[0] >= 701 && lengths[1] >= 202, "{lengths:?}");
    assert_eq!(lengths[2], 2);
}

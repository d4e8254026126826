//! Rules about heartbeats, and the runs of processes that have died.

use std::{collections::BTreeSet, slice, thread, time::Duration};

use super::{
    super::{Change, Claimant, Heartbeat, HolderId, Orphan, Position, RunRow, StoreError, Token, Verdict},
    stage::{bad_keys, every, lose, patient, rerun, run_at, slot_of, Stage, TASK},
};

/// A process is listed from its first heartbeat until it leaves.
pub(super) fn peers_are_those_with_a_heartbeat(stage: &Stage<'_>) {
    let now = stage.at(0);
    let heartbeats =
        ["one", "two – ü"].map(|host| Heartbeat::new(HolderId::random(), host, Duration::from_secs(3_600)));
    for heartbeat in &heartbeats {
        patient(|| stage.store.join(now, heartbeat));
    }
    let peers = patient(|| stage.open().peers());
    assert_eq!(peers.len(), 2);
    for heartbeat in &heartbeats {
        let peer = peers.iter().find(|peer| peer.holder == heartbeat.holder).expect("it has joined");
        assert_eq!((&peer.host, peer.pid), (&heartbeat.host, heartbeat.pid));
        assert_eq!((peer.joined, peer.expires), (peer.seen, peer.seen.after(heartbeat.lasts)));
    }
    patient(|| stage.store.leave(heartbeats[0].holder));
    patient(|| stage.store.leave(heartbeats[0].holder));
    let peers = patient(|| stage.store.peers());
    assert_eq!(peers.iter().map(|peer| peer.holder).collect::<Vec<_>>(), [heartbeats[1].holder]);
    assert!(!patient(|| stage.store.renew(now, &heartbeats[0])), "a process that left has no heartbeat to renew");
}

/// The runs of a process that lives are its own, however long they take.
pub(super) fn a_living_holder_keeps_its_runs(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    let now = stage.pass(stage.at(10), stage.short_heartbeat().lasts * 2);
    let reaped = stage.reap(&Claimant { now, ..stage.claimant(other, 0) }, |_| panic!("nothing is an orphan"));
    assert_eq!(reaped, Default::default());
    assert_eq!(stage.runs(), [run]);
}

/// A heartbeat that is renewed in time keeps a process alive.
pub(super) fn a_renewed_heartbeat_is_current(stage: &Stage<'_>) {
    let other = stage.holder();
    let heartbeat = stage.short_heartbeat();
    patient(|| stage.store.join(stage.at(0), &heartbeat));
    stage.add(&[("a", 0)]);
    stage.claim(heartbeat.holder, 0);
    let mut now = stage.at(0);
    for _ in 0..3 {
        now = stage.pass(now, heartbeat.lasts / 2);
        assert!(patient(|| stage.store.renew(now, &heartbeat)));
    }
    let reaped = stage.reap(&Claimant { now, ..stage.claimant(other, 0) }, |_| panic!("nothing is an orphan"));
    assert_eq!(reaped.dead, []);
    let peers = patient(|| stage.store.peers());
    let peer = peers.iter().find(|peer| peer.holder == heartbeat.holder).expect("it lives");
    assert!(peer.joined < peer.seen, "{peer:?}");
}

/// The runs of a process whose heartbeat has expired are lost, or repeated, as the plan says.
pub(super) fn the_runs_of_a_dead_holder_are_lost_or_repeated(stage: &Stage<'_>) {
    stage.add(&[("lost", 10), ("again", 11)]);
    let mut runs = Vec::new();
    let (dead, now) = stage.dead_holder(|holder| runs = stage.runs_of(holder, 11));
    let other = stage.holder();
    let claimant = Claimant { now, ..stage.claimant(other, 0) };
    let token = Token::random();
    let reaped = stage.reap(&claimant, |orphan| match orphan.run.key.as_str() {
        "lost" => Verdict::Lose { outcome: "lost: the process died".to_owned(), keep: 5 },
        _ => Verdict::Rerun(token),
    });
    assert_eq!(reaped.dead.iter().map(|peer| peer.holder).collect::<Vec<_>>(), [dead]);
    assert_eq!(reaped.lost.iter().map(|orphan| &orphan.run).collect::<Vec<_>>(), [&runs[0]]);
    let run = &reaped.claims[0].runs[0];
    assert_eq!((run.key.as_str(), run.slot, run.token), ("again", runs[1].slot, token));
    assert_eq!((run.holder, run.attempt, run.claimed), (other, 2, now));
    assert_eq!(reaped.claims[0].job.key, "again");
    assert!(!reaped.more && reaped.bad.is_empty());

    assert_eq!(stage.runs(), slice::from_ref(run));
    let lost = stage.row("lost");
    assert_eq!((lost.runs, lost.failures, lost.running), (1, 1, 0));
    assert_eq!(lost.last_outcome.as_deref(), Some("lost: the process died"));
    let history = patient(|| stage.store.history("lost", 10));
    assert_eq!((history.len(), history[0].holder, history[0].started), (1, dead, None));
    let again = stage.row("again");
    assert_eq!((again.runs, again.failures, again.running), (1, 0, 1), "a repetition is no other run");

    let late = runs.iter().map(|run| stage.finish(stage.ending(run.token, 50))).collect::<Vec<_>>();
    assert_eq!(late, [false, false], "the late answers of the dead are refused");
    assert!(stage.finish(stage.ending(token, 51)));
    assert_eq!((stage.row("again").running, stage.runs()), (0, vec![]));
}

/// A process whose heartbeat was removed cannot renew it.
pub(super) fn a_dead_holder_does_not_come_back(stage: &Stage<'_>) {
    let heartbeat = stage.short_heartbeat();
    patient(|| stage.store.join(stage.at(0), &heartbeat));
    let other = stage.holder();
    let now = stage.pass(stage.at(0), heartbeat.lasts + Duration::from_millis(20));
    let myself = Claimant { now, ..stage.claimant(heartbeat.holder, 0) };
    let reaped = stage.store.reap(&myself, &mut |_| panic!("a dead process reaps nothing"));
    assert!(matches!(reaped, Err(StoreError::HolderGone(holder)) if holder == heartbeat.holder), "{reaped:?}");
    let reaped = stage.reap(&Claimant { now, ..stage.claimant(other, 0) }, lose);
    assert_eq!(reaped.dead.len(), 1);
    assert!(!patient(|| stage.store.renew(now, &heartbeat)));
    assert_eq!(stage.reap(&Claimant { now, ..stage.claimant(other, 0) }, lose).dead, [], "it is reported once");
}

/// A process that is late renews its heartbeat and keeps its runs, if none has reaped it meanwhile.
pub(super) fn a_late_heartbeat_counts_until_it_is_removed(stage: &Stage<'_>) {
    let heartbeat = stage.short_heartbeat();
    patient(|| stage.store.join(stage.at(0), &heartbeat));
    stage.add(&[("a", 0)]);
    let run = stage.claim(heartbeat.holder, 0);
    let now = stage.pass(stage.at(0), heartbeat.lasts + Duration::from_millis(20));
    assert!(patient(|| stage.store.renew(now, &heartbeat)));
    let claimant = Claimant { now, ..stage.claimant(stage.holder(), 0) };
    assert_eq!(stage.reap(&claimant, |_| panic!("nothing is an orphan")).dead, []);
    assert!(stage.finish(stage.ending(run.token, 1)));
}

/// Whether a process is dead is decided by the store's clock, if it has one, and not by that of the process that reaps.
pub(super) fn the_clock_of_the_store_decides_who_is_dead(stage: &Stage<'_>) {
    if patient(|| stage.store.clock()).is_none() {
        return;
    }
    const DAY: i64 = 86_400_000_000;
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10), ("b", 2 * DAY)]);
    stage.claim(holder, 10);
    let reaped = stage.reap(&stage.claimant(other, 2 * DAY), |_| panic!("nothing is an orphan"));
    assert_eq!(reaped, Default::default());
    assert_eq!(stage.fire(other, 2 * DAY).claims.len(), 2, "a process with a wrong clock is alive");

    let mut runs = Vec::new();
    stage.add(&[("c", -DAY)]);
    let (dead, _) = stage.dead_holder(|dead| runs = stage.runs_of(dead, -DAY));
    let reaped = stage.reap(&stage.claimant(other, -DAY), lose);
    assert_eq!((reaped.dead.len(), reaped.dead[0].holder, reaped.lost.len()), (1, dead, runs.len()));
}

/// The run of a process that is dead is its own until another process takes it: an answer before that counts.
pub(super) fn an_answer_before_the_verdict_counts(stage: &Stage<'_>) {
    stage.add(&[("a", 10)]);
    let mut runs = Vec::new();
    let (_, now) = stage.dead_holder(|holder| runs = stage.runs_of(holder, 10));
    let other = stage.holder();
    let nothing = Claimant { now, limit: 0, ..stage.claimant(other, 0) };
    assert!(stage.reap(&nothing, lose).more);
    assert!(stage.finish(stage.ending(runs[0].token, 50)));
    let reaped = stage.reap(&Claimant { limit: 5, ..nothing }, |_| panic!("it has ended"));
    assert_eq!((reaped.claims, reaped.lost), (vec![], vec![]));
}

/// The runs of a process that leaves are orphans at once.
pub(super) fn the_runs_of_a_process_that_leaves_are_orphans(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10)]);
    stage.claim(holder, 10);
    assert_eq!(stage.reap(&stage.claimant(other, 11), rerun).claims, []);
    patient(|| stage.store.leave(holder));
    let reaped = stage.reap(&stage.claimant(other, 11), rerun);
    assert_eq!((reaped.claims[0].runs[0].holder, reaped.dead), (other, vec![]));
    // A second death, a third attempt.
    patient(|| stage.store.leave(other));
    let third = stage.holder();
    assert_eq!(stage.reap(&stage.claimant(third, 12), rerun).claims[0].runs[0].attempt, 3);
}

/// Orphans of tasks that the claimant does not know wait for a process that does.
pub(super) fn orphans_of_unknown_tasks_wait(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 10)]);
    let run = stage.claim(holder, 10);
    patient(|| stage.store.leave(holder));
    let stranger = Claimant { tasks: &["other", "Task"], ..stage.claimant(other, 11) };
    assert_eq!(stage.reap(&stranger, |_| panic!("it is not known")), Default::default());
    assert_eq!(stage.runs(), [run]);
    let knowing = Claimant { tasks: &["other", TASK, TASK], ..stranger };
    assert_eq!(stage.reap(&knowing, lose).lost.len(), 1);
}

/// Orphans are judged in the order of slot and key, and no more of them than the limit says.
pub(super) fn the_limit_of_orphans_is_obeyed(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("c", 1), ("b", 2), ("a", 2), ("d", 3)]);
    stage.runs_of(holder, 3);
    patient(|| stage.store.leave(holder));
    let mut seen = Vec::new();
    for (limit, more) in [(1, true), (2, true), (1, false)] {
        let reaped = stage.reap(&Claimant { limit, ..stage.claimant(other, 9) }, |orphan| {
            seen.push(orphan.run.key.clone());
            if orphan.run.key == "c" {
                rerun(orphan)
            } else {
                lose(orphan)
            }
        });
        assert_eq!((reaped.claims.len() + reaped.lost.len(), reaped.more), (limit, more));
    }
    assert_eq!(seen, ["c", "a", "b", "d"]);
}

/// An orphan that the plan leaves, or whose row cannot be read, stays, is reported, and does not stop others.
pub(super) fn an_orphan_may_be_left(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 1), ("b", 2), ("c", 3)]);
    let runs = stage.runs_of(holder, 3);
    patient(|| stage.store.leave(holder));
    let is_damaged = stage.damage("b");
    let judge = |orphan: &Orphan| match orphan.run.key.as_str() {
        "c" => lose(orphan),
        _ => Verdict::Leave("unknown policy".to_owned()),
    };
    let reaped = stage.reap(&Claimant { limit: 1, ..stage.claimant(other, 9) }, judge);
    assert_eq!((bad_keys(&reaped.bad), reaped.lost.len(), reaped.more), (vec!["a", "b"], 1, false));
    assert_eq!(stage.runs(), runs[..2]);
    if !is_damaged {
        assert!(reaped.bad.iter().all(|row| row.why == "unknown policy"));
    }
}

/// The orphan of a job that was removed has no job. It cannot be repeated.
pub(super) fn an_orphan_may_have_no_job(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 1), ("b", 2)]);
    stage.runs_of(holder, 2);
    for key in ["a", "b"] {
        patient(|| stage.store.change(key, &mut |_| Change::Remove));
    }
    patient(|| stage.store.leave(holder));
    let reaped = stage.reap(&stage.claimant(other, 9), |orphan| match orphan.run.key.as_str() {
        "a" => lose(orphan),
        _ => rerun(orphan),
    });
    assert_eq!((reaped.lost.len(), reaped.claims.len()), (2, 0));
    assert!(reaped.lost.iter().all(|orphan| orphan.job.is_none()));
    assert_eq!(stage.runs(), []);
}

/// A job that is over goes when its last run is lost, and stays while that is repeated.
pub(super) fn a_job_that_is_over_goes_when_its_run_is_lost(stage: &Stage<'_>) {
    let (holder, other) = (stage.holder(), stage.holder());
    stage.add(&[("a", 1)]);
    stage.fire_by(&stage.claimant(holder, 1), |row| run_at(slot_of(row), Position::over()));
    patient(|| stage.store.leave(holder));
    stage.reap(&stage.claimant(other, 2), rerun);
    assert_eq!(stage.row("a").running, 1);
    patient(|| stage.store.leave(other));
    assert_eq!(stage.reap(&stage.claimant(stage.holder(), 3), lose).lost.len(), 1);
    assert_eq!(stage.find("a"), None);
}

/// Of several processes that reap at the same time, one gets each orphan.
pub(super) fn each_orphan_is_taken_once(stage: &Stage<'_>) {
    let holder = stage.holder();
    let names: Vec<String> = (0..100).map(|number| format!("job-{number}")).collect();
    stage.add(&names.iter().map(|name| (name.as_str(), 1)).collect::<Vec<_>>());
    stage.runs_of(holder, 1);
    patient(|| stage.store.leave(holder));
    let handles = [(); 4].map(|()| (stage.open(), stage.holder()));
    let taken: Vec<(String, Token)> = thread::scope(|scope| {
        let reapers = handles.iter().map(|(store, holder)| {
            let claimant = Claimant { limit: 7, ..stage.claimant(*holder, 2) };
            scope.spawn(move || {
                let mut mine = Vec::new();
                for _ in 0..1_000 {
                    let reaped = patient(|| store.reap(&claimant, &mut rerun));
                    let runs = reaped.claims.iter().flat_map(|claim| &claim.runs);
                    mine.extend(runs.map(|run| (run.key.clone(), run.token)));
                    if reaped.claims.is_empty() && !reaped.more {
                        break;
                    }
                }
                mine
            })
        });
        let reapers: Vec<_> = reapers.collect();
        reapers.into_iter().flat_map(|reaper| reaper.join().unwrap()).collect()
    });
    assert_eq!(taken.len(), 100);
    assert_eq!(taken.iter().map(|(key, _)| key).collect::<BTreeSet<_>>().len(), 100);
    assert_eq!(stage.runs().iter().map(|run| run.attempt).collect::<BTreeSet<_>>(), BTreeSet::from([2]));
    assert!(taken.iter().all(|(_, token)| stage.finish(stage.ending(*token, 3))));
}

impl Stage<'_> {
    /// Claims all that is due, and returns the runs.
    fn runs_of(&self, holder: HolderId, now: i64) -> Vec<RunRow> {
        let fired = self.fire_by(&self.claimant(holder, now), every(1_000_000));
        fired.claims.into_iter().flat_map(|claim| claim.runs).collect()
    }
}

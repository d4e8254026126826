//! The timeline of a span is what happens in it.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Decision, Event, EventKind, JobId, Removal, Schedule, Scheduler, Skip, TimelineEntry, Trigger};

use crate::support::{days, hours, minutes, noon, show, utc, Log, Stage};

/// What the test compares: when, which job, for which slot, and what.
type Fact = (DateTime<Utc>, JobId, Option<DateTime<Utc>>, Decision);

fn foreseen(entries: &[TimelineEntry]) -> Vec<Fact> {
    entries.iter().map(|entry| (entry.at, entry.job, entry.slot, entry.decision)).collect()
}

/// What happens from now on.
#[derive(Clone, Default)]
struct Facts(Arc<Mutex<Vec<Fact>>>);

impl Facts {
    fn of(scheduler: &Scheduler) -> Self {
        let facts = Facts::default();
        let sink = facts.clone();
        scheduler.on_event(move |event| sink.0.lock().unwrap().extend(Facts::fact(event)));
        facts
    }

    fn fact(event: &Event) -> Option<Fact> {
        let slot = event.run.as_ref().map(|run| run.slot);
        let decision = match event.kind {
            EventKind::Started => Decision::Run,
            EventKind::Skipped(why) => Decision::Skipped(why),
            EventKind::Removed(why) => Decision::Ended(why),
            _ => return None,
        };
        Some((event.at, event.job?, slot, decision))
    }

    fn take(&self) -> Vec<Fact> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Runs a stage up to an instant, each slot in time. Stops after a number of passes.
#[cfg(feature = "tz")]
fn run_in_time(stage: &Stage, end: DateTime<Utc>, most: usize) {
    for _ in 0..most {
        let next = stage.scheduler.next_run().filter(|next| (*next).max(stage.clock.now()) < end);
        let Some(next) = next else { return };
        stage.clock.advance((next - stage.clock.now()).to_std().unwrap_or_default());
        stage.scheduler.run_pending();
        while stage.scheduler.jobs().iter().any(punctual::Job::is_running) {
            std::thread::yield_now();
        }
    }
}

/// The timeline from now up to an instant, or up to some hundred entries.
#[cfg(feature = "tz")]
fn of_some_entries(stage: &Stage, end: DateTime<Utc>) -> punctual::Timeline {
    let (now, mut length) = (stage.clock.now(), TimeDelta::seconds(1));
    loop {
        let to = (now + length).min(end);
        let timeline = stage.scheduler.timeline(now..to);
        if to == end || timeline.entries().len() > 150 {
            return timeline;
        }
        length = length * 8;
    }
}

#[cfg(feature = "tz")]
#[test]
fn the_timeline_of_a_span_is_what_a_scheduler_that_is_polled_in_time_does_in_it() {
    use chrono_tz::{Australia::Lord_Howe, Europe::Berlin};
    use punctual_oracle::{Draw, Zone};

    let (mut judged, mut kinds) = (0, std::collections::HashMap::new());
    for (seed, tz) in (1..).zip([Berlin, Lord_Howe]) {
        let zone = Zone::between(tz, 1965..2100);
        let mut draw = Draw::new(&zone, seed);
        for round in 0..70 {
            let now = draw.now();
            let stage = Stage::seeded(now, tz, seed + round);
            for priority in 0..draw.within(1..=6) {
                let sentence = stage.scheduler.schedule(draw.schedule_or_random(now)).priority(priority % 3 - 1);
                // What has no run left is refused.
                let _ = if draw.one_in(8) { sentence.parallel().run(|| {}) } else { sentence.run(|| {}) };
            }
            let end = now + TimeDelta::days(draw.within(1..=20));
            // After some time has passed, in which some jobs are paused or triggered.
            run_in_time(&stage, now + TimeDelta::hours(draw.within(0..=30)), 40);
            for job in stage.scheduler.jobs() {
                match draw.within(0..=9) {
                    0 => drop(job.pause()),
                    1 => drop(job.trigger()),
                    _ => {}
                }
            }
            let timeline = of_some_entries(&stage, end);
            // Jobs of milliseconds fill the day.
            let end = timeline.entries().get(150).map_or(timeline.span().end, |entry| entry.at);
            let facts = Facts::of(&stage.scheduler);
            run_in_time(&stage, end, usize::MAX);
            // Workers may still be delivering the last events.
            stage.scheduler.shutdown(true);
            let (mut expected, mut happened) = (foreseen(timeline.entries()), facts.take());
            expected.retain(|(at, ..)| *at < end);
            // Those on workers are in no order.
            expected.sort_by_key(order);
            happened.sort_by_key(order);
            let wrong = expected.iter().zip(&happened).find(|(one, other)| one != other);
            let what = format!("round {round} in {tz}, at {now}, {wrong:#?}: {:#?}", stage.scheduler.jobs());
            assert!(expected == happened, "{} and {} entries, {what}", expected.len(), happened.len());
            judged += happened.len();
            happened.iter().for_each(|(.., decision)| *kinds.entry(*decision).or_insert(0) += 1);
        }
    }
    assert!(judged > 5_000, "{judged}");
    assert!(kinds[&Decision::Ended(Removal::Finished)] > 4 && kinds[&Decision::Run] > 5_000, "{kinds:?}");
}

#[cfg(feature = "tz")]
fn order((at, job, slot, decision): &Fact) -> (DateTime<Utc>, JobId, Option<DateTime<Utc>>, bool) {
    (*at, *job, *slot, matches!(decision, Decision::Ended(_)))
}

#[test]
fn entries_at_one_instant_are_in_the_order_in_which_the_jobs_run() {
    let (stage, log) = (noon(), Log::default());
    for (name, priority) in [("a", 1), ("b", 0), ("c", 0), ("d", -1)] {
        stage.every().hour().named(name).priority(priority).run(log.body(name)).unwrap();
    }
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::hours(2));
    let names: Vec<_> = timeline.entries().iter().map(|entry| entry.name.to_string()).collect();
    stage.wait(hours(1));
    assert_eq!(log.take(), names);
    assert_eq!(names, ["d", "b", "c", "a"]);
}

#[test]
fn the_end_of_a_span_does_not_belong_to_it() {
    let stage = noon();
    stage.every().hour().run(|| {}).unwrap();
    let now = stage.clock.now();
    let at =
        |from, to| stage.scheduler.timeline(now + TimeDelta::hours(from)..now + TimeDelta::hours(to)).entries().len();
    assert_eq!((at(0, 1), at(1, 2), at(0, 5), at(3, 3), at(4, 2)), (0, 1, 4, 0, 0));
}

#[test]
fn a_span_that_begins_later_shows_what_is_left_by_then() {
    let stage = noon();
    stage.every().hour().times(3).run(|| {}).unwrap();
    let now = stage.clock.now();
    let timeline = stage.scheduler.timeline(now + TimeDelta::hours(3)..now + TimeDelta::days(1));
    let what: Vec<_> = timeline.entries().iter().map(|entry| entry.decision).collect();
    assert_eq!(what, [Decision::Run, Decision::Ended(Removal::Finished)]);
}

#[test]
fn an_overdue_slot_runs_now_and_the_slots_between_are_coalesced() {
    let stage = noon();
    stage.every().minutes(10).run(|| {}).unwrap();
    stage.clock.advance(minutes(35));
    let timeline = stage.scheduler.timeline(utc("2024-01-10 12:00:00")..utc("2024-01-10 12:50:00"));
    let lines = timeline.entries().iter().map(|entry| {
        (show(entry.at)[11..16].to_owned(), entry.slot.map(|slot| show(slot)[11..16].to_owned()), entry.decision)
    });
    let expected = [
        ("12:20", "12:20", Decision::Coalesced),
        ("12:30", "12:30", Decision::Coalesced),
        ("12:35", "12:10", Decision::Run),
        ("12:40", "12:40", Decision::Run),
    ];
    let expected = expected.map(|(at, slot, decision)| (at.to_owned(), Some(slot.to_owned()), decision));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[cfg(feature = "tz")]
#[test]
fn a_late_poll_coalesces_the_slots_that_polls_in_time_would_have_run() {
    use chrono_tz::{America::New_York, Australia::Lord_Howe};
    use punctual_oracle::{Draw, Zone};

    let (mut judged, mut coalesced) = (0, 0);
    for (seed, tz) in (1..).zip([New_York, Lord_Howe]) {
        let zone = Zone::between(tz, 1965..2100);
        let mut draw = Draw::new(&zone, seed);
        for round in 0..150 {
            let now = draw.now();
            let schedule = draw.schedule(now);
            let late = now + TimeDelta::hours(draw.within(1..=400));
            let [in_time, overdue] = [(); 2].map(|()| Stage::seeded(now, tz, 1));
            if in_time.scheduler.schedule(&schedule).run(|| {}).is_err() {
                continue;
            }
            let all = Facts::of(&in_time.scheduler);
            run_in_time(&in_time, late + TimeDelta::nanoseconds(1), 900);
            // A slot each second fills the span.
            if in_time.scheduler.next_run().is_some_and(|next| next <= late) {
                continue;
            }
            overdue.scheduler.schedule(&schedule).run(|| {}).unwrap();
            overdue.clock.advance((late - now).to_std().unwrap());
            let timeline = overdue.scheduler.timeline(now..late + TimeDelta::nanoseconds(1));
            let facts = Facts::of(&overdue.scheduler);
            overdue.scheduler.run_pending();
            let what = format!("round {round}: {schedule} in {tz}, at {now} and {late}");
            let (shared, rest): (Vec<Fact>, Vec<Fact>) =
                foreseen(timeline.entries()).into_iter().partition(|(.., decision)| *decision == Decision::Coalesced);
            assert_eq!(rest, facts.take(), "{what}");
            assert!(shared.iter().all(|(at, _, slot, _)| *slot == Some(*at)), "{what}");
            // The slot that is due, and those it is coalesced with.
            let due = rest.iter().filter_map(|(_, _, slot, _)| *slot).take(1);
            let slots: Vec<_> = due.chain(shared.iter().filter_map(|(_, _, slot, _)| *slot)).collect();
            let ran = all.take().into_iter().filter(|(.., decision)| *decision == Decision::Run);
            let ran: Vec<_> = ran.filter_map(|(_, _, slot, _)| slot).collect();
            if schedule.parts().times.is_some() {
                // The runs that are left over come later.
                assert_eq!(slots.iter().take(ran.len()).copied().collect::<Vec<_>>(), ran, "{what}");
            } else {
                assert_eq!(slots, ran, "{what}");
            }
            judged += 1;
            coalesced += shared.len();
        }
    }
    assert!(judged > 150 && coalesced > 1_000, "{judged} {coalesced}");
}

#[test]
fn coalesced_slots_are_none_of_the_runs_that_a_job_has() {
    let stage = noon();
    stage.every().hour().times(2).run(|| {}).unwrap();
    stage.clock.advance(hours(4) + minutes(30));
    let timeline = stage.scheduler.timeline(utc("2024-01-10 12:00:00")..utc("2024-01-11 12:00:00"));
    let what: Vec<_> =
        timeline.entries().iter().map(|entry| (show(entry.at)[11..16].to_owned(), entry.decision)).collect();
    let expected = [
        ("14:00", Decision::Coalesced),
        ("15:00", Decision::Coalesced),
        ("16:00", Decision::Coalesced),
        ("16:30", Decision::Run),
        ("17:00", Decision::Run),
        ("17:00", Decision::Ended(Removal::Finished)),
    ];
    assert_eq!(what, expected.map(|(at, decision)| (at.to_owned(), decision)));
}

#[test]
fn an_overdue_slot_whose_window_has_closed_is_skipped() {
    let stage = noon();
    stage.every().hour().between("09:00", "14:00").run(|| {}).unwrap();
    stage.clock.advance(hours(3));
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::hours(2));
    let facts = Facts::of(&stage.scheduler);
    stage.scheduler.run_pending();
    assert_eq!(foreseen(timeline.entries()), facts.take());
    assert_eq!(timeline.entries()[0].decision, Decision::Skipped(Skip::Window));
}

#[test]
fn nothing_changes_by_asking() {
    let stage = Stage::seeded(utc("2024-01-10 12:00:00"), Utc, 7);
    let job = stage.every().minutes(5).to(10).times(500).run(|| {}).unwrap();
    let (next, upcoming) = (job.next_run(), job.upcoming(20));
    let day = || stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::days(1));
    let first = day();
    assert_eq!((first.clone(), job.next_run(), job.upcoming(20), job.run_count()), (day(), next, upcoming.clone(), 0));
    let shown: Vec<_> = first.entries().iter().take(20).filter_map(|entry| entry.slot).collect();
    assert_eq!(shown, upcoming);
}

#[test]
fn a_paused_job_has_a_lane_and_no_entries() {
    let stage = noon();
    let job = stage.every().hour().named("report").run(|| {}).unwrap();
    job.pause();
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::days(1));
    assert!(timeline.entries().is_empty() && timeline.lanes()[0].is_paused);
}

#[test]
fn a_body_may_ask_for_the_timeline_of_its_own_job() {
    let stage = noon();
    let (log, weak) = (Log::default(), stage.scheduler.downgrade());
    let lines = log.clone();
    let body = move || {
        let scheduler = weak.upgrade().unwrap();
        let now = utc("2024-01-10 13:00:00");
        lines.write(
            scheduler
                .timeline(now..now + TimeDelta::hours(3))
                .entries()
                .iter()
                .map(|entry| show(entry.at))
                .collect::<Vec<_>>()
                .join(", "),
        );
    };
    stage.every().hour().times(2).run(body).unwrap();
    stage.wait(hours(1));
    stage.wait(hours(1));
    assert_eq!(
        log.take(),
        ["2024-01-10 14:00:00, 2024-01-10 14:00:00", "2024-01-10 14:00:00"],
        "a run and the end; the end"
    );
}

#[test]
fn a_timeline_of_too_many_slots_says_where_it_stops() {
    let stage = noon();
    let now = stage.clock.now();
    stage.every().millis(1).run(|| {}).unwrap();
    let timeline = stage.scheduler.timeline(now..now + TimeDelta::days(365));
    assert_eq!(timeline.entries().len(), 1_000_000);
    assert_eq!(timeline.stopped_at(), Some(now + TimeDelta::milliseconds(1_000_001)));
    assert!(timeline.to_svg().contains("too many slots: stopped at Wed 10 Jan 2024 12:16:40"));
    assert!(timeline.to_string().contains("too many slots: stopped at Wed 10 Jan 2024 12:16:40"));
    assert!(timeline.to_svg().len() < 100_000);
}

#[test]
fn a_lane_is_closed_where_no_alternative_is_open() {
    let stage = noon();
    let night = stage.every().hour().between("22:00", "06:00").schedule().unwrap();
    stage.every().hour().between("09:00", "17:30").run(|| {}).unwrap();
    stage.every().hour().between("09:00", "17:30").or(&night).run(|| {}).unwrap();
    stage.every().hour().or(&night).run(|| {}).unwrap();
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + days(1));
    let closed = |lane: usize| {
        let parts = timeline.lanes()[lane].closed.iter();
        parts.map(|part| format!("{}-{}", &show(part.start)[8..16], &show(part.end)[8..16])).collect::<Vec<_>>()
    };
    assert_eq!(closed(0), ["10 17:30-11 09:00"]);
    assert_eq!(closed(1), ["10 17:30-10 22:00", "11 06:00-11 09:00"]);
    assert!(closed(2).is_empty());
}

#[test]
fn a_lane_is_closed_on_the_dates_and_in_the_hours_that_filters_exclude() {
    let stage = noon();
    stage.scheduler.calendar("off", "2024-01-12").unwrap();
    stage.every().hour().only_in_hours([9, 10, 14]).except_on("off").run(|| {}).unwrap();
    stage.every().day().at("09:00").only_on("Fridays").run(|| {}).unwrap();
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + days(3));
    let closed = |lane: usize| {
        let parts = timeline.lanes()[lane].closed.iter();
        parts.map(|part| format!("{}-{}", &show(part.start)[8..16], &show(part.end)[8..16])).collect::<Vec<_>>()
    };
    let hourly =
        ["10 12:00-10 14:00", "10 15:00-11 09:00", "11 11:00-11 14:00", "11 15:00-13 09:00", "13 11:00-13 12:00"];
    assert_eq!(closed(0), hourly);
    assert_eq!(closed(1), ["10 12:00-12 00:00", "13 00:00-13 12:00"]);
}

#[cfg(feature = "tz")]
#[test]
fn a_lane_is_closed_exactly_where_a_job_of_each_minute_has_no_slot() {
    use chrono_tz::{Australia::Lord_Howe, Europe::Berlin};

    let windows = [("09:00", "17:30"), ("22:00", "02:30"), ("02:15", "02:45"), ("01:30", "03:00"), ("02:30", "02:00")];
    for (tz, day) in
        [(Berlin, "2024-03-30"), (Berlin, "2024-10-26"), (Lord_Howe, "2024-04-05"), (Lord_Howe, "2024-10-04")]
    {
        for (open, close) in windows {
            let now = utc(&format!("{day} 12:00:00"));
            let stage = Stage::new(now, tz);
            stage.every().minute().between(open, close).run(|| {}).unwrap();
            let timeline = stage.scheduler.timeline(now..now + TimeDelta::days(3));
            let closed = &timeline.lanes()[0].closed;
            let mut slots = timeline.entries().iter().map(|entry| entry.at).peekable();
            for minute in (1..3 * 24 * 60).map(|n| now + TimeDelta::minutes(n)) {
                let has_slot = slots.next_if_eq(&minute).is_some();
                let is_closed = closed.iter().any(|part| part.contains(&minute));
                assert_ne!(has_slot, is_closed, "{minute} in {tz} between {open} and {close}: {closed:?}");
            }
            assert_eq!(slots.next(), None);
        }
    }
}

#[test]
fn a_trigger_that_answers_wrongly_ends_its_job_on_the_timeline_too() {
    /// Stops the clock at 14:00.
    struct Stuck;

    impl Trigger for Stuck {
        fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
            Some((instant + TimeDelta::hours(1)).min(utc("2024-01-10 14:00:00")))
        }
    }

    let stage = noon();
    stage.scheduler.schedule(Schedule::from_trigger(Stuck)).run(|| {}).unwrap();
    let now = stage.clock.now();
    let timeline = stage.scheduler.timeline(now..now + TimeDelta::days(1));
    let facts = Facts::of(&stage.scheduler);
    stage.wait(hours(1));
    stage.wait(hours(1));
    assert_eq!(foreseen(timeline.entries()), facts.take());
    assert_eq!(timeline.entries().len(), 3, "two runs, and the end");
}

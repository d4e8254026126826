//! The wall clock is set back, or jumps forward as after a suspend.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex,
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Clock, Context, Every, Job, ManualClock, Reading, Result, Scheduler, Wakeup, Weekday};

use crate::support::{days, hours, minutes, next, noon, seconds, show, utc, Log, Sentence, Stage};

type Body = Box<dyn FnMut(&Context) + Send>;

const STEPS: [TimeDelta; 4] =
    [TimeDelta::milliseconds(10), TimeDelta::seconds(1), TimeDelta::hours(1), TimeDelta::days(1)];

fn set_back(stage: &Stage, by: TimeDelta) {
    stage.clock.set(stage.clock.now() - by);
}

#[test]
fn an_interval_keeps_its_spacing_when_the_clock_is_set_back() {
    let sentences: &[(Sentence, Duration)] = &[
        (|e| e.millis(10_500).run(|| {}), Duration::from_millis(10_500)),
        (|e| e.seconds(10).run(|| {}), seconds(10)),
        (|e| e.duration(minutes(3)).run(|| {}), minutes(3)),
        (|e| e.minutes(5).run(|| {}), minutes(5)),
        (|e| e.hours(2).run(|| {}), hours(2)),
        (|e| e.minutes(5).starting("11:55").run(|| {}), minutes(5)),
    ];
    for (sentence, length) in sentences {
        for by in STEPS {
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            assert_eq!(stage.wait(*length), 1, "{job}");
            assert_eq!(stage.wait(seconds(4)), 0, "{job}");
            set_back(&stage, by);
            assert_eq!(stage.scheduler.run_pending(), 0, "{job}");
            let left = *length - seconds(4);
            let ahead = job.next_run().unwrap() - stage.clock.now();
            assert_eq!(ahead.to_std().unwrap(), left, "{job}, back by {by}");
            assert_eq!(stage.wait(left), 1, "{job}, back by {by}");
            assert_eq!(stage.wait(*length), 1, "{job}, back by {by}");
        }
    }
}

#[test]
fn a_set_back_first_noticed_at_the_slot_does_not_delay_it() {
    for by in STEPS {
        let stage = noon();
        let job = stage.every().seconds(10).run(|| {}).unwrap();
        stage.clock.advance(seconds(4));
        set_back(&stage, by);
        assert_eq!(stage.wait(seconds(6)), 1, "{job}, back by {by}");
        set_back(&stage, by);
        assert_eq!(stage.scheduler.idle(), Some(seconds(10)), "{job}, back by {by}");
        assert_eq!(stage.wait(seconds(10)), 1, "{job}, back by {by}");
    }
}

#[test]
fn a_random_interval_stays_within_its_range_when_the_clock_is_set_back() {
    for by in STEPS {
        let stage = noon();
        let job = stage.every().minutes(5).to(10).run(|| {}).unwrap();
        let before = job.next_run().unwrap() - stage.clock.now();
        set_back(&stage, by);
        assert_eq!(stage.scheduler.run_pending(), 0);
        assert_eq!(job.next_run().unwrap() - stage.clock.now(), before, "back by {by}");
        stage.wait_until(job.next_run().unwrap());
        let ahead = job.next_run().unwrap() - stage.clock.now();
        assert!((TimeDelta::minutes(5)..=TimeDelta::minutes(10)).contains(&ahead), "{ahead}");
    }
}

#[test]
fn after_counts_elapsed_time_and_once_waits_for_its_wall_time() {
    let stage = noon();
    let delay = stage.scheduler.after(minutes(10)).run(|| {}).unwrap();
    let moment = stage.scheduler.once("12:10").run(|| {}).unwrap();
    let length = stage.scheduler.once(minutes(10)).run(|| {}).unwrap();
    stage.set_clock("2024-01-10 11:00:00");
    assert_eq!(next(&delay), "2024-01-10 11:10:00");
    assert_eq!(next(&length), "2024-01-10 11:10:00");
    assert_eq!(next(&moment), "2024-01-10 12:10:00");
}

#[test]
fn a_start_in_the_future_is_a_moment_of_the_wall_clock() {
    let stage = noon();
    let job = stage.every().seconds(10).starting("12:30").run(|| {}).unwrap();
    stage.set_clock("2024-01-10 11:00:00");
    assert_eq!(next(&job), "2024-01-10 12:30:00");
    assert_eq!(stage.run_slots_utc(&job, 2), ["2024-01-10 12:30:00", "2024-01-10 12:30:10"]);
    stage.set_clock("2024-01-10 12:00:00");
    assert_eq!(next(&job), "2024-01-10 12:00:10", "it has started, so it counts elapsed time");
}

#[test]
fn an_interval_that_started_in_the_past_does_not_stall_before_its_first_run() {
    let stage = noon();
    let job = stage.every().seconds(10).starting("2024-01-01").run(|| {}).unwrap();
    assert_eq!(stage.set_clock("2024-01-10 11:00:00"), 0);
    let ahead = job.next_run().unwrap() - stage.clock.now();
    assert!(ahead <= TimeDelta::seconds(10), "{ahead}");
}

#[test]
fn a_job_with_at_on_minutes_or_hours_does_not_stall_when_the_clock_is_set_back() {
    let sentences: &[(Sentence, TimeDelta)] = &[
        (|e| e.minute().at(":30").run(|| {}), TimeDelta::minutes(1)),
        (|e| e.minutes(5).at(":30").run(|| {}), TimeDelta::minutes(5)),
        (|e| e.hour().at(":30").run(|| {}), TimeDelta::hours(1)),
        (|e| e.hours(2).at("30:15").run(|| {}), TimeDelta::hours(2)),
    ];
    for (sentence, length) in sentences {
        for by in [TimeDelta::hours(1), TimeDelta::days(1)] {
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            stage.run_slots(&job, 2);
            set_back(&stage, by);
            stage.scheduler.run_pending();
            let ahead = job.next_run().unwrap() - stage.clock.now();
            assert!(ahead > TimeDelta::zero() && ahead <= *length, "{job}, back by {by}");
        }
    }
}

#[test]
fn a_job_with_at_on_minutes_or_hours_keeps_its_wall_time_when_the_clock_is_set_back() {
    let (minute, hour) = (TimeDelta::minutes(1), TimeDelta::hours(1));
    let sentences: &[(Sentence, TimeDelta, TimeDelta)] = &[
        (|e| e.minute().at(":30").run(|| {}), minute, minute),
        (|e| e.minutes(1).to(3).at(":30").run(|| {}), minute, minute * 3),
        (|e| e.hour().at(":30").run(|| {}), hour, hour),
        (|e| e.hours(2).at(":30").run(|| {}), hour, hour * 2),
        (|e| e.hours(1).to(2).at(":30").run(|| {}), hour, hour * 2),
        (|e| e.hours(1).to(2).at(":30").between("03:00", "23:00").run(|| {}), hour, hour * 2),
    ];
    for (sentence, one, longest) in sentences {
        for by in [1, 40, 600, 3600, 4200, 86_477].map(TimeDelta::seconds) {
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            stage.run_slots(&job, 2);
            let passed = *one / 12;
            assert_eq!(stage.wait(passed.to_std().unwrap()), 0);
            set_back(&stage, by);
            assert_eq!(stage.scheduler.run_pending(), 0, "{job}, back by {by}");
            let slot = job.next_run().unwrap();
            let into = (slot - DateTime::UNIX_EPOCH).num_seconds() % one.num_seconds();
            assert_eq!(into, one.num_seconds() / 2, "{job}, back by {by}");
            let spacing = passed + (slot - stage.clock.now());
            assert!(spacing > *one / 2 && spacing <= *longest + *one, "{job}, back by {by}");
        }
    }
}

/// The delays do not add up: the run is due when a wall clock that was never set back would show its time, or when the
/// real one next shows it.
#[test]
fn repeated_set_backs_delay_a_job_with_at_on_minutes_or_hours_by_at_most_one_unit() {
    let sentences: &[(Sentence, Duration, Duration)] = &[
        (|e| e.minute().at(":30").run(|| {}), minutes(1), minutes(1)),
        (|e| e.minutes(5).at(":30").run(|| {}), minutes(1), minutes(5)),
        (|e| e.minutes(5).to(6).at(":30").run(|| {}), minutes(1), minutes(6)),
        (|e| e.hour().at(":30").run(|| {}), hours(1), hours(1)),
        (|e| e.hours(3).at(":30").run(|| {}), hours(1), hours(3)),
        (|e| e.hours(3).at(":30").between("00:00", "23:45").run(|| {}), hours(1), hours(3)),
    ];
    for (sentence, one, length) in sentences {
        for sixtieths in [1, 11, 29, 30, 47, 59, 60, 61, 125] {
            let (by, poll) = (*one / 60 * sixtieths, *one / 12);
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            stage.run_slots(&job, 2);
            for _ in 0..3 {
                let mut waited = Duration::ZERO;
                while stage.wait(poll) == 0 {
                    waited += poll;
                    assert!(waited < *length + *one, "{job} waits for {waited:?}, back by {by:?} each {poll:?}");
                    stage.clock.set(stage.clock.now() - by);
                    let into =
                        (job.next_run().unwrap() - DateTime::UNIX_EPOCH).to_std().unwrap().as_secs() % one.as_secs();
                    assert_eq!(into, one.as_secs() / 2, "{job}, back by {by:?}");
                }
            }
        }
    }
}

/// Its slot is the first reading from where it is owed on. If the clock does not show that yet, it is waited for: a run
/// now would be followed by another one then.
#[test]
fn an_overdue_reading_is_due_unless_the_clock_is_yet_to_show_it() {
    let sentences: &[fn(Every, Body) -> Result<Job>] = &[
        |e, body| e.minute().at(":30").run_with(body),
        |e, body| e.minutes(3).starting("12:00").at(":30").run_with(body),
        |e, body| e.minutes(1).to(2).starting("12:00").at(":30").run_with(body),
        |e, body| e.minute().at(":30").between("11:00", "13:00").run_with(body),
    ];
    let cases = [
        (1, 0, "2024-01-10 12:00:30"),
        (40, 0, "2024-01-10 12:00:30"),
        (41, 1, "2024-01-10 12:00:30"),
        (60, 0, "2024-01-10 11:59:30"),
        (600, 0, "2024-01-10 11:50:30"),
    ];
    for sentence in sentences {
        for (by, wait, expected) in cases {
            let stage = noon();
            let log = Log::default();
            let writer = log.clone();
            let body = move |context: &Context| writer.write(show(context.slot()));
            let job = sentence(stage.every(), Box::new(body)).unwrap();
            assert_eq!(next(&job), "2024-01-10 12:00:30");
            stage.clock.advance(seconds(70));
            set_back(&stage, TimeDelta::seconds(by));
            assert_eq!(stage.scheduler.idle(), Some(seconds(wait)), "{job}, back by {by} s");
            stage.clock.advance(seconds(wait) + Duration::from_millis(500));
            assert_eq!(stage.scheduler.run_pending(), 1, "{job}, back by {by} s");
            assert_eq!(log.take(), [expected], "{job}, back by {by} s");
            assert!(job.next_run().unwrap() > stage.clock.now());
            assert!(next(&job).ends_with(":30"), "{job}");
        }
    }
}

#[test]
fn a_calendar_slot_that_has_run_does_not_run_again() {
    let sentences: &[Sentence] = &[
        |e| e.day().run(|| {}),
        |e| e.day().at("10:30").run(|| {}),
        |e| e.days(2).at("10:30").run(|| {}),
        |e| e.thursday().at("10:30").run(|| {}),
        |e| e.weekday().at("10:30").run(|| {}),
        |e| e.month().on_day(11).at("10:30").run(|| {}),
        |e| e.year().on_date(1, 11).at("10:30").run(|| {}),
    ];
    for sentence in sentences {
        for by in STEPS {
            let stage = noon();
            let job = sentence(stage.every()).unwrap();
            let slot = stage.run_slots(&job, 1)[0];
            let after = job.next_run();
            set_back(&stage, by);
            assert_eq!(stage.scheduler.run_pending(), 0, "{job}");
            assert_eq!(job.next_run(), after, "{job}");
            assert_eq!(stage.wait_until(slot), 0, "{job}, back by {by}");
            assert_eq!(stage.wait_until(after.unwrap()), 1, "{job}, back by {by}");
        }
    }
}

#[test]
fn a_calendar_slot_that_has_not_run_waits_for_its_wall_time() {
    let stage = noon();
    let job = stage.every().day().at("12:30").run(|| {}).unwrap();
    assert_eq!(stage.set_clock("2024-01-10 11:00:00"), 0);
    assert_eq!(next(&job), "2024-01-10 12:30:00");
    assert_eq!((stage.wait(minutes(89)), stage.wait(minutes(1))), (0, 1));
}

#[test]
fn after_a_jump_forward_a_job_runs_once_and_returns_to_its_grid() {
    let cases: &[(Sentence, &str)] = &[
        (|e| e.seconds(10).run(|| {}), "2024-01-20 09:00:10"),
        (|e| e.minutes(7).run(|| {}), "2024-01-20 09:04:00"),
        (|e| e.hour().at(":30").run(|| {}), "2024-01-20 09:30:00"),
        (|e| e.day().at("10:30").run(|| {}), "2024-01-20 10:30:00"),
        (|e| e.days(3).run(|| {}), "2024-01-22 12:00:00"),
        (|e| e.monday().at("10:30").run(|| {}), "2024-01-22 10:30:00"),
        (|e| e.month().on_nth(2, Weekday::Thu).run(|| {}), "2024-02-08 12:00:00"),
    ];
    for (sentence, after) in cases {
        let stage = noon();
        let job = sentence(stage.every()).unwrap();
        assert_eq!(stage.set_clock("2024-01-20 09:00:00"), 1, "{job}");
        assert_eq!(stage.scheduler.run_pending(), 0, "{job}");
        assert_eq!(next(&job), *after, "{job}");
    }
}

#[test]
fn an_interval_does_not_stall_when_the_clock_jumps_forward_by_mistake_and_is_set_back() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    stage.clock.advance(seconds(4));
    assert_eq!(stage.set_clock("2034-01-10 12:00:04"), 1);
    assert_eq!(stage.set_clock("2024-01-10 12:00:04"), 0);
    let ahead = job.next_run().unwrap() - stage.clock.now();
    assert!(ahead > TimeDelta::zero() && ahead <= TimeDelta::seconds(10), "{ahead}");
}

#[test]
fn a_calendar_slot_that_ran_on_a_wrong_clock_does_not_run_again() {
    let stage = noon();
    let job = stage.every().day().at("10:30").run(|| {}).unwrap();
    assert_eq!(stage.set_clock("2024-01-11 12:00:00"), 1);
    assert_eq!(stage.set_clock("2024-01-10 12:00:00"), 0);
    assert_eq!(next(&job), "2024-01-12 10:30:00");
}

#[test]
fn a_set_back_by_a_body_is_noticed() {
    let stage = noon();
    let clock = stage.clock.clone();
    let body = move || clock.set(clock.now() - TimeDelta::hours(1));
    let job = stage.every().minutes(10).run(body).unwrap();
    assert_eq!(stage.wait(minutes(10)), 1);
    assert_eq!(stage.scheduler.run_pending(), 0);
    assert_eq!(next(&job), "2024-01-10 11:20:00");
}

#[test]
fn an_interval_keeps_its_spacing_over_many_small_set_backs() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    for _ in 0..999 {
        assert_eq!(stage.wait(Duration::from_millis(10)), 0, "{job}");
        set_back(&stage, TimeDelta::milliseconds(1));
    }
    assert_eq!(stage.wait(Duration::from_millis(14)), 1, "{job}");
}

#[test]
fn an_interval_keeps_its_spacing_over_small_set_backs_between_registrations() {
    let stage = noon();
    let job = stage.every().seconds(10).run(|| {}).unwrap();
    for _ in 0..999 {
        assert_eq!(stage.wait(Duration::from_millis(10)), 0, "{job}");
        set_back(&stage, TimeDelta::milliseconds(1));
        stage.every().day().run(|| {}).unwrap().cancel();
    }
    assert_eq!(stage.wait(Duration::from_millis(14)), 1, "{job}");
}

#[test]
fn a_paused_interval_moves_with_the_clock() {
    let stage = noon();
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(4)), 0);
    job.pause();
    assert_eq!(stage.set_clock("2024-01-10 11:04:00"), 0);
    job.resume();
    assert_eq!(next(&job), "2024-01-10 11:10:00");
}

#[test]
fn an_interval_set_back_out_of_its_window_waits_for_the_opening() {
    let stage = Stage::at("2024-01-10 09:05:00");
    let job = stage.every().minutes(20).between("09:00", "17:30").run(|| {}).unwrap();
    assert_eq!(stage.set_clock("2024-01-10 08:05:00"), 0);
    assert_eq!(next(&job), "2024-01-10 09:05:00", "its grid is 08:25, 08:45, 09:05");
}

#[test]
fn after_a_set_back_an_interval_that_waits_for_its_window_runs_at_its_first_slot_inside() {
    let stage = noon();
    let job = stage.every().minutes(20).between("13:00", "14:00").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(10)), 0);
    assert_eq!(next(&job), "2024-01-10 13:00:00");
    assert_eq!(stage.set_clock("2024-01-09 12:40:00"), 0);
    assert_eq!(next(&job), "2024-01-09 13:10:00", "its grid is 12:50, 13:10, 13:30");
}

#[test]
fn after_a_set_back_a_random_interval_still_waits_for_its_window() {
    for by in [TimeDelta::seconds(1), TimeDelta::hours(1)] {
        let stage = Stage::at("2024-01-10 20:00:00");
        let job = stage.every().minutes(7).to(20).between("08:51", "17:30").run(|| {}).unwrap();
        set_back(&stage, by);
        assert_eq!(stage.scheduler.run_pending(), 0);
        assert_eq!(next(&job), "2024-01-11 08:51:00", "back by {by}");
    }
}

#[test]
fn a_deadline_is_a_moment_of_the_wall_clock() {
    let stage = noon();
    let job = stage.every().hour().until("13:30").run(|| {}).unwrap();
    assert_eq!(stage.wait(minutes(30)), 0);
    assert_eq!(stage.set_clock("2024-01-10 11:30:00"), 0);
    let runs = ["2024-01-10 12:00:00", "2024-01-10 13:00:00"];
    assert_eq!(stage.run_slots_utc(&job, 2), runs);
    assert!(!job.is_scheduled());
}

#[test]
fn a_job_registered_after_a_set_back_counts_from_the_new_time() {
    let stage = noon();
    stage.clock.set(utc("2024-01-10 11:00:00"));
    let job = stage.every().minutes(10).run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 11:10:00");
    assert_eq!(stage.wait(minutes(10)), 1);
}

#[test]
fn idle_and_next_run_reflect_a_set_back() {
    let stage = noon();
    let job = stage.every().minutes(10).tag("a").run(|| {}).unwrap();
    stage.clock.advance(minutes(4));
    stage.clock.set(utc("2024-01-09 12:04:00"));
    assert_eq!(stage.scheduler.idle(), Some(minutes(6)));
    assert_eq!(stage.scheduler.next_run().map(show), Some(next(&job)));
    assert_eq!(stage.scheduler.next_run_tagged("a").map(show), Some(next(&job)));
    assert_eq!(stage.wait(days(1)), 1);
}

#[test]
fn a_job_is_removed_if_a_set_back_leaves_it_no_slot_before_its_deadline() {
    let stage = Stage::at("2024-01-10 09:00:00");
    let job = stage.every().minutes(50).between("09:40", "10:00").until("09:55").run(|| {}).unwrap();
    assert_eq!(next(&job), "2024-01-10 09:50:00");
    assert_eq!(stage.set_clock("2024-01-10 08:30:00"), 0, "its slots are now 09:20 and 10:10, both outside the window");
    assert_eq!(job.next_run(), None, "{job}");
    assert!(!job.is_scheduled(), "{job}");
    for _ in 0..7 {
        assert_eq!(stage.wait(days(1)), 0, "{job}");
    }
}

/// A clock that, once armed, is set back right after a reading; before the reader can use that reading, another poll
/// notices the set-back.
#[derive(Clone)]
struct SetBackAfterReading {
    clock: ManualClock,
    armed: Arc<AtomicBool>,
    poll: Arc<Mutex<Option<Scheduler>>>,
}

impl Clock for SetBackAfterReading {
    fn read(&self) -> Reading {
        let reading = self.clock.read();
        if self.armed.swap(false, Ordering::SeqCst) {
            self.clock.advance(Duration::from_nanos(1));
            self.clock.set(self.clock.now() - TimeDelta::hours(1));
            let scheduler = self.poll.lock().unwrap().take().unwrap();
            assert_eq!(scheduler.run_pending(), 0, "no slot is due after the set-back");
        }
        reading
    }

    fn wait(&self, since: Reading, timeout: Option<Duration>, wakeup: &Wakeup<'_>) {
        self.clock.wait(since, timeout, wakeup);
    }
}

#[test]
fn a_poll_does_not_use_a_reading_from_before_a_set_back_that_another_poll_noticed() {
    let manual = ManualClock::new(utc("2024-01-10 12:00:00"));
    let clock = SetBackAfterReading { clock: manual.clone(), armed: Arc::default(), poll: Arc::default() };
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).build().unwrap();
    *clock.poll.lock().unwrap() = Some(scheduler.clone());
    let meeting = scheduler.once("2024-01-10 12:30").run(|| {}).unwrap();
    let minutely = scheduler.every().minutes(45).run(|| {}).unwrap();
    manual.advance(minutes(30));

    clock.armed.store(true, Ordering::SeqCst);
    assert_eq!(scheduler.run_pending(), 0, "at 11:30 the meeting of 12:30 is an hour ahead");
    assert_eq!(next(&meeting), "2024-01-10 12:30:00");
    let left = minutely.next_run().unwrap() - manual.now();
    assert_eq!(left.num_seconds(), 15 * 60 - 1, "moved once, by an hour, and a nanosecond has passed");

    manual.advance(hours(1));
    assert_eq!(scheduler.run_pending(), 2);
}

#[test]
fn after_a_set_back_into_an_open_window_a_job_runs_in_that_window() {
    let stage = Stage::new(utc("2024-01-10 17:00:00"), Utc);
    let interval = stage.every().minutes(20).between("09:00", "17:30").run(|| {}).unwrap();
    let aligned = stage.every().minute().at(":30").between("09:00", "17:30").run(|| {}).unwrap();
    stage.wait(minutes(35));
    assert_eq!((next(&interval), next(&aligned)), ("2024-01-11 09:00:00".into(), "2024-01-11 09:00:30".into()));
    stage.set_clock("2024-01-10 10:00:00");
    assert_eq!((next(&interval), next(&aligned)), ("2024-01-10 10:05:00".into(), "2024-01-10 10:00:30".into()));
}

#[test]
fn a_start_is_a_moment_of_the_wall_clock_until_it_has_passed() {
    let start = |stage: &Stage| stage.every().hour().starting("2024-01-10 14:00:00");
    let stage = noon();
    let resumed = start(&stage).run(|| {}).unwrap();
    resumed.pause();
    stage.clock.advance(minutes(210));
    resumed.resume();
    assert_eq!(next(&resumed), "2024-01-10 16:00:00");
    stage.set_clock("2024-01-10 11:30:00");
    assert_eq!(next(&resumed), "2024-01-10 12:00:00", "it counts elapsed time");

    let stage = noon();
    let job = start(&stage).immediately().run(|| {}).unwrap();
    stage.clock.set(utc("2024-01-10 11:00:00"));
    assert_eq!(stage.scheduler.run_pending(), 1, "immediately is now");
    assert_eq!(next(&job), "2024-01-10 14:00:00");
    stage.clock.advance(minutes(30));
    stage.set_clock("2024-01-10 11:00:00");
    assert_eq!(next(&job), "2024-01-10 14:00:00", "an immediate run does not use up the start");
}

#[test]
fn a_set_back_that_would_move_every_slot_out_of_the_window_leaves_the_grid_unchanged() {
    for waits in [90, 1450] {
        let stage = Stage::new(utc("2024-01-10 08:00:00"), Utc);
        let job = stage.every().hours(24).starting("2024-01-10 09:30:00").between("09:00", "10:00").run(|| {}).unwrap();
        assert_eq!(stage.wait(minutes(90)), 1);
        stage.clock.advance(minutes(waits));
        let now = stage.clock.now();
        stage.clock.set(now - TimeDelta::minutes(40));
        stage.scheduler.run_pending();
        assert!(job.is_scheduled(), "{job}");
        assert!(next(&job).ends_with("09:30:00"), "{job}");
    }
}

#[test]
fn a_set_back_that_would_move_every_aligned_slot_out_of_the_window_leaves_the_grid_unchanged() {
    let stage = Stage::at("2024-01-10 09:10:00");
    let job = stage.every().hours(24).at(":30").between("09:00", "10:00").run(|| {}).unwrap();
    stage.set_clock("2024-01-10 07:10:00");
    for day in 11..14 {
        assert_eq!(next(&job), format!("2024-01-{day} 09:30:00"));
        assert_eq!(stage.wait_until(job.next_run().unwrap()), 1, "{job}");
    }
}

/// A job of every ten minutes or at 10:30 each day, registered at 10:03; it is polled at each of its slots until 10:35.
/// Then the clock is set to `set_to`, and it is polled at each of its slots until 10:45 of the next day. The slots that
/// ran, on each side of the set-back.
fn interval_or_daily(until: &str, set_to: &str) -> [Vec<String>; 2] {
    let stage = Stage::at("2024-01-10 10:03:00");
    let told = Arc::<Mutex<Vec<String>>>::default();
    let write = Arc::clone(&told);
    let body = move |context: &Context| write.lock().unwrap().push(show(context.slot()));
    let daily = stage.every().day().at("10:30").schedule().unwrap();
    let job = stage.every().minutes(10).or(daily).run_with(body).unwrap();
    let poll_until = |end: &str| {
        while let Some(slot) = job.next_run().filter(|slot| *slot <= utc(end)) {
            assert_eq!(stage.wait_until(slot), 1, "{job}");
        }
        assert_eq!(stage.wait_until(utc(end)), 0, "{job}");
        std::mem::take(&mut *told.lock().unwrap())
    };
    let before = poll_until(until);
    assert_eq!(stage.set_clock(set_to), 0, "{job}");
    [before, poll_until("2024-01-11 10:45:00")]
}

/// So many slots, ten minutes apart.
fn ten_minutes_apart(first: &str, n: i32) -> Vec<String> {
    (0..n).map(|n| show(utc(first) + TimeDelta::minutes(10) * n)).collect()
}

/// Each alternative of a job has a time line of its own: the interval counts elapsed time, the day is read off the
/// calendar.
#[test]
fn an_interval_keeps_its_spacing_and_a_day_its_time_also_where_both_are_of_one_job() {
    let [before, after] = interval_or_daily("2024-01-10 10:35:00", "2024-01-10 09:35:00");
    let expected = ["2024-01-10 10:13:00", "2024-01-10 10:23:00", "2024-01-10 10:30:00", "2024-01-10 10:33:00"];
    assert_eq!(before, expected);
    // At 10:35, which is 9:35 now, eight minutes were left.
    let today = ten_minutes_apart("2024-01-10 09:43:00", 6);
    assert_eq!(today.last().unwrap(), "2024-01-10 10:33:00");
    let until_tomorrow = ten_minutes_apart("2024-01-10 10:43:00", 143);
    assert_eq!(until_tomorrow.last().unwrap(), "2024-01-11 10:23:00");
    let tomorrow = ["2024-01-11 10:30:00", "2024-01-11 10:33:00", "2024-01-11 10:43:00"].map(str::to_owned);
    assert_eq!(after, [today, until_tomorrow, tomorrow.to_vec()].concat(), "10:30 has run on the 10th already");
}

#[test]
fn a_day_whose_time_has_not_come_comes_after_a_set_back_also_where_an_interval_is_of_the_same_job() {
    let [before, after] = interval_or_daily("2024-01-10 10:28:00", "2024-01-10 09:28:00");
    assert_eq!(before, ["2024-01-10 10:13:00", "2024-01-10 10:23:00"]);
    let morning = ten_minutes_apart("2024-01-10 09:33:00", 6);
    assert_eq!(morning.last().unwrap(), "2024-01-10 10:23:00");
    let until_tomorrow = ten_minutes_apart("2024-01-10 10:33:00", 144);
    let today = vec!["2024-01-10 10:30:00".to_owned()];
    let tomorrow = ["2024-01-11 10:30:00", "2024-01-11 10:33:00", "2024-01-11 10:43:00"].map(str::to_owned);
    assert_eq!(after, [morning, today, until_tomorrow, tomorrow.to_vec()].concat());
}

#[test]
fn a_clock_that_is_set_back_again_and_again_moves_each_alternative_by_its_own_rule() {
    let stage = Stage::at("2024-01-10 10:03:00");
    let daily = stage.every().day().at("10:30").schedule().unwrap();
    let job = stage.every().hours(5).or(daily).run(|| {}).unwrap();
    for _ in 0..100 {
        set_back(&stage, TimeDelta::minutes(1));
        assert_eq!(stage.wait(minutes(1)), 0);
    }
    assert_eq!(stage.clock.now(), utc("2024-01-10 10:03:00"));
    let all = ["2024-01-10 10:30:00", "2024-01-10 13:23:00", "2024-01-10 18:23:00", "2024-01-10 23:23:00"];
    assert_eq!(stage.run_slots_utc(&job, 4), all, "100 minutes of the five hours have passed");
}

#[test]
fn no_slot_is_before_the_start_wherever_the_clock_is_set_to() {
    for text in ["every day at 10:00 starting 2024-01-08", "0 10 * * * starting 2024-01-08"] {
        let stage = noon();
        let job = stage.scheduler.schedule(text).run(|| {}).unwrap();
        stage.set_clock("2024-01-11 11:00:00");
        stage.set_clock("2024-01-05 12:00:00");
        assert_eq!(
            job.next_run().map(|next| next.to_rfc3339()).as_deref(),
            Some("2024-01-08T10:00:00+00:00"),
            "{text}"
        );
    }
}

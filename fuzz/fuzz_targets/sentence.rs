//! Whole schedules, and the runs of their jobs.
#![no_main]

use std::sync::mpsc::channel;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use punctual::{
    chrono::{DateTime, Datelike, TimeDelta, Utc},
    Context, ManualClock, Scheduler,
};
use punctual_fuzz::{judge_error, schedule, Now, Rules};

/// Beyond these nothing is asked but that nothing breaks.
const YEARS: std::ops::Range<i32> = 1700..2250;

const MOST_POLLS: usize = 12;

fuzz_target!(|bytes: &[u8]| {
    // Too few bytes make no case.
    let _ = judge(&mut Unstructured::new(bytes));
});

fn judge(bytes: &mut Unstructured) -> Result<()> {
    let now = Now::arbitrary(bytes)?.get();
    let Some(schedule) = schedule(bytes)? else { return Ok(()) };
    let clock = ManualClock::new(now);
    // What fails once fails again: random lengths are the same each time.
    let scheduler = Scheduler::builder().clock(clock.clone()).tz(Utc).seed(0).build().unwrap();
    let (ran, runs) = channel();
    let body = move |context: &Context| ran.send((context.slot(), context.run_count())).unwrap();
    let job = match scheduler.schedule(&schedule).run_with(body) {
        Ok(job) => job,
        Err(error) => {
            if YEARS.contains(&now.year()) {
                judge_error(&schedule, &error);
            }
            assert!(scheduler.jobs().is_empty(), "registered in spite of: {error}");
            return Ok(());
        }
    };
    let rules = Rules::new(&schedule, now);
    let mut next = job.next_run();
    let mut before: Option<(DateTime<Utc>, bool)> = None;
    let mut count = 0;
    for _ in 0..MOST_POLLS {
        // How late the poll comes, in milliseconds after the slot.
        let late = Option::<u32>::arbitrary(bytes)?;
        let Some(slot) = next.filter(|slot| YEARS.contains(&slot.year())) else { break };
        match before {
            None => rules.judge_first(slot),
            Some((before, on_time)) => rules.judge_next(before, slot, on_time),
        }
        let poll = slot + TimeDelta::milliseconds(late.unwrap_or(0).into());
        clock.advance((poll - clock.now()).to_std().unwrap());
        assert_eq!(scheduler.run_pending(), 1, "{job}");
        count += 1;
        assert_eq!(runs.try_iter().collect::<Vec<_>>(), [(slot, count)], "{job}");
        assert_eq!(scheduler.run_pending(), 0, "{job}");
        next = job.next_run();
        assert!(next.is_none_or(|next| next > clock.now()), "{job}");
        assert_eq!(next.is_some(), job.is_scheduled(), "{job}");
        assert_eq!(scheduler.next_run(), next, "{job}");
        if rules.times().is_some_and(|times| times <= count) {
            assert_eq!(next, None, "{job}");
        }
        before = Some((slot, late.is_none()));
    }
    Ok(())
}

//! The crate judged by the oracle, on schedules drawn at random and on all changes of the clocks.
//!
//! `PUNCTUAL_FULL_SWEEP=1` judges every zone at every change of its clocks, and many more schedules: with `--release` a
//! minute or two, as `.ci/run` does before a change lands.

mod cron;
mod instants;
mod random;
mod regressions;
mod sweep;
mod trial;
mod years;

use std::ops::RangeInclusive;

use punctual_oracle::{is_full, Draw, Zone, ZONES};

use self::trial::Trial;

/// Fails if anything is wrong, with the shortest reports first, or if too little was judged.
fn settle(mut wrong: Vec<String>, judged: usize, at_least: usize) {
    wrong.sort_by_key(String::len);
    let shown: Vec<_> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong of {judged}:\n{}", wrong.len(), shown.join("\n"));
    assert!(judged >= at_least, "judged {judged} only");
    show(judged);
}

#[allow(clippy::print_stdout)]
fn show(judged: usize) {
    println!("judged {judged}");
}

/// Judges schedules drawn at random, which draw moments of some years.
fn judge_drawn(schedules: usize, years: Option<RangeInclusive<i32>>, at_least: usize) {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (seed, tz) in (1..).zip(ZONES) {
        let zone = Zone::between(tz, if years.is_none() { 1965..2100 } else { 2080..2200 });
        let mut draw = Draw::new(&zone, seed);
        if let Some(years) = &years {
            draw = draw.in_years(years.clone());
        }
        for _ in 0..schedules {
            let now = draw.now();
            let schedule = draw.schedule(now);
            match Trial::new(&zone, &schedule, now).judge(7, &mut draw) {
                Ok(answers) => judged += answers,
                Err(why) => wrong.push(why),
            }
        }
    }
    settle(wrong, judged, at_least);
}

#[test]
fn every_run_of_every_schedule_is_where_the_rules_put_it() {
    judge_drawn(if is_full() { 30_000 } else { 420 }, None, 35_000);
}

#[test]
fn every_run_after_2099_is_where_the_last_known_rule_of_its_zone_puts_it() {
    judge_drawn(if is_full() { 10_000 } else { 140 }, Some(2098..=2130), 10_000);
}

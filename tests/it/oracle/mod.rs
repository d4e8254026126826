//! A second reading of the rules of time, slow and plain, against which the crate is judged.
//!
//! `PUNCTUAL_FULL_SWEEP=1` judges every zone at every change of its clocks, and many more sentences: with `--release` a
//! minute or two, as `.ci/run` does before a change lands.

mod dates;
mod draw;
#[cfg(test)]
mod finds;
#[cfg(test)]
mod random;
mod readings;
mod sentence;
mod slots;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod trial;
#[cfg(test)]
mod years;
mod zone;

use chrono_tz::Tz;

#[cfg(test)]
use self::trial::Trial;
pub(crate) use self::{
    draw::{Choose, Draw},
    sentence::{End, Moment, On, Sentence, Unit},
    slots::Slots,
    zone::Zone,
};

/// One of each kind of change: by an hour, half an hour, two hours, a day, at midnight, once, never.
const ZONES: [Tz; 15] = [
    chrono_tz::Europe::Berlin,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::Asia::Kathmandu,
    chrono_tz::Pacific::Apia,
    chrono_tz::Pacific::Chatham,
    chrono_tz::America::St_Johns,
    chrono_tz::Africa::Casablanca,
    chrono_tz::Antarctica::Troll,
    chrono_tz::America::Sao_Paulo,
    chrono_tz::Asia::Tehran,
    chrono_tz::Europe::London,
    chrono_tz::Asia::Beirut,
    chrono_tz::Pacific::Kiritimati,
    chrono_tz::UTC,
];

fn is_full() -> bool {
    std::env::var_os("PUNCTUAL_FULL_SWEEP").is_some_and(|full| full == "1")
}

/// All that went wrong, the shortest first, unless nothing did.
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

#[test]
fn every_run_of_every_sentence_is_where_the_rules_put_it() {
    let sentences = if is_full() { 30_000 } else { 400 };
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (seed, tz) in (1..).zip(ZONES) {
        let zone = Zone::between(tz, 1965..2100);
        let mut draw = Draw::new(&zone, seed);
        for _ in 0..sentences {
            let now = draw.now();
            let sentence = draw.sentence(now);
            match Trial::new(&zone, &sentence, now).judge(7, &mut draw) {
                Ok(answers) => judged += answers,
                Err(why) => wrong.push(why),
            }
        }
    }
    settle(wrong, judged, 35_000);
}

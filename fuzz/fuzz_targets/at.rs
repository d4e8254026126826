//! The text of `at`, for each unit that takes one, and of `between`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{
    chrono::{NaiveTime, Timelike},
    Every, Job, Result, Weekday,
};
use punctual_fuzz::{refused, stage, time_of_day, time_of_hour, time_of_minute};

type Sentence = fn(Every, &str) -> Result<Job>;

const MINUTES: [Sentence; 3] = [
    |every, text| every.minute().at(text).run(|| {}),
    |every, text| every.minutes(5).at(text).run(|| {}),
    |every, text| every.minutes(2).to(3).at(text).run(|| {}),
];

const HOURS: [Sentence; 3] = [
    |every, text| every.hour().at(text).run(|| {}),
    |every, text| every.hours(7).at(text).run(|| {}),
    |every, text| every.hours(2).to(3).at(text).run(|| {}),
];

const DAYS: [Sentence; 7] = [
    |every, text| every.day().at(text).run(|| {}),
    |every, text| every.days(3).at(text).run(|| {}),
    |every, text| every.wednesday().at(text).run(|| {}),
    |every, text| every.weeks(2).on([Weekday::Mon, Weekday::Sun]).at(text).run(|| {}),
    |every, text| every.month().on_last_day().at(text).run(|| {}),
    |every, text| every.months(2).on_nth(2, Weekday::Tue).at(text).run(|| {}),
    |every, text| every.year().on_date(2, 29).at(text).run(|| {}),
];

fn judge(sentence: Sentence, text: &str, expected: Option<NaiveTime>, shown: fn(NaiveTime) -> NaiveTime) {
    let (scheduler, now) = stage();
    match sentence(scheduler.every(), text) {
        Ok(job) => {
            let next = job.next_run().expect("a job that was just registered has a next run");
            assert!(next > now, "{text:?}: {job}");
            assert_eq!(Some(shown(next.time())), expected, "{text:?}: {job}");
        }
        Err(error) => {
            assert_eq!(expected, None, "{text:?}: {error}");
            assert!(error.is_invalid(), "{error}");
            refused(&scheduler, text, &error);
        }
    }
}

fn judge_window(text: &str) {
    let (scheduler, _) = stage();
    let read = time_of_day(text);
    for (open, close) in [(text, "23:59:59"), ("23:59:59", text)] {
        let expected = read.is_some_and(|time| time != NaiveTime::from_hms_opt(23, 59, 59).unwrap());
        match scheduler.every().second().between(open, close).run(|| {}) {
            Ok(job) => {
                assert!(expected, "{text:?}: {job}");
                job.cancel();
            }
            Err(error) => {
                assert!(!expected && error.is_invalid(), "{text:?}: {error}");
                if read.is_none() {
                    refused(&scheduler, text, &error);
                }
            }
        }
    }
}

fuzz_target!(|text: &str| {
    for sentence in MINUTES {
        judge(sentence, text, time_of_minute(text), |time| NaiveTime::from_hms_opt(0, 0, time.second()).unwrap());
    }
    for sentence in HOURS {
        let shown = |time: NaiveTime| NaiveTime::from_hms_opt(0, time.minute(), time.second()).unwrap();
        judge(sentence, text, time_of_hour(text), shown);
    }
    for sentence in DAYS {
        judge(sentence, text, time_of_day(text), |time| time);
    }
    judge_window(text);
});

//! The text of `at`, for each unit that takes one, and of `between`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use punctual::{
    chrono::{NaiveTime, Timelike},
    Result, Schedule, Unit, Weekday,
};
use punctual_fuzz::{refused, stage, time_of_day, time_of_hour, time_of_minute};

type Timed = fn(&str) -> Result<Schedule>;

const MINUTES: [Timed; 3] = [
    |text| Schedule::every(1, Unit::Minute)?.at(text),
    |text| Schedule::every(5, Unit::Minute)?.at(text),
    |text| Schedule::every(2, Unit::Minute)?.to(3)?.at(text),
];

const HOURS: [Timed; 3] = [
    |text| Schedule::every(1, Unit::Hour)?.at(text),
    |text| Schedule::every(7, Unit::Hour)?.at(text),
    |text| Schedule::every(2, Unit::Hour)?.to(3)?.at(text),
];

const DAYS: [Timed; 7] = [
    |text| Schedule::every(1, Unit::Day)?.at(text),
    |text| Schedule::every(3, Unit::Day)?.at(text),
    |text| Schedule::every(1, Unit::Week)?.on(Weekday::Wed)?.at(text),
    |text| Schedule::every(2, Unit::Week)?.on([Weekday::Mon, Weekday::Sun])?.at(text),
    |text| Schedule::every(1, Unit::Month)?.on_last_day()?.at(text),
    |text| Schedule::every(2, Unit::Month)?.on_nth(2, Weekday::Tue)?.at(text),
    |text| Schedule::every(1, Unit::Year)?.on_date(2, 29)?.at(text),
];

fn judge(timed: Timed, text: &str, expected: Option<NaiveTime>, shown: fn(NaiveTime) -> NaiveTime) {
    let (scheduler, now) = stage();
    match timed(text) {
        Ok(schedule) => {
            assert_eq!(Some(&schedule.parts().at[..]), expected.as_ref().map(std::slice::from_ref), "{text:?}");
            let job = scheduler.schedule(schedule).run(|| {}).expect("such a schedule has slots");
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
        let schedule = Schedule::every(1, Unit::Second).expect("it is a plain schedule");
        match schedule.between(open, close) {
            Ok(schedule) => assert!(expected, "{text:?}: {schedule}"),
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
    for timed in MINUTES {
        judge(timed, text, time_of_minute(text), |time| NaiveTime::from_hms_opt(0, 0, time.second()).unwrap());
    }
    for timed in HOURS {
        let shown = |time: NaiveTime| NaiveTime::from_hms_opt(0, time.minute(), time.second()).unwrap();
        judge(timed, text, time_of_hour(text), shown);
    }
    for timed in DAYS {
        judge(timed, text, time_of_day(text), |time| time);
    }
    judge_window(text);
});

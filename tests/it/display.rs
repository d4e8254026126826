//! How jobs, sentences and builders are displayed.

use chrono::FixedOffset;
use punctual::{Scheduler, Weekday};

use crate::support::{minutes, noon, seconds, SchedulerSentence, Stage};

#[test]
fn a_job_is_displayed_as_its_sentence_with_its_last_and_next_run() {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let cases: &[(SchedulerSentence, &str, &str)] = &[
        (|s| s.every().second().named("job").run(|| {}), "every second", "2024-01-10 12:00:01"),
        (|s| s.every().seconds(1).named("job").run(|| {}), "every second", "2024-01-10 12:00:01"),
        (|s| s.every().seconds(10).named("job").run(|| {}), "every 10 seconds", "2024-01-10 12:00:10"),
        (|s| s.every().millis(1000).named("job").run(|| {}), "every 1000 milliseconds", "2024-01-10 12:00:01"),
        (|s| s.every().duration(seconds(90)).named("job").run(|| {}), "every 90s", "2024-01-10 12:01:30"),
        (|s| s.every().minute().at(":17").named("job").run(|| {}), "every minute at :17", "2024-01-10 12:00:17"),
        (|s| s.every().minutes(5).named("job").run(|| {}), "every 5 minutes", "2024-01-10 12:05:00"),
        (|s| s.every().hour().at(":30").named("job").run(|| {}), "every hour at :30", "2024-01-10 12:30:00"),
        (
            |s| s.every().hours(2).at("30:15").at(":05").at(":45").named("job").run(|| {}),
            "every 2 hours at :05, 30:15 and :45",
            "2024-01-10 14:05:00",
        ),
        (|s| s.every().day().named("job").run(|| {}), "every day", "2024-01-11 12:00:00"),
        (
            |s| s.every().day().at("18:00").at("9:00").named("job").run(|| {}),
            "every day at 09:00 and 18:00",
            "2024-01-10 18:00:00",
        ),
        (
            |s| s.every().days(3).at("10:30:15").named("job").run(|| {}),
            "every 3 days at 10:30:15",
            "2024-01-13 10:30:15",
        ),
        (|s| s.every().week().named("job").run(|| {}), "every week", "2024-01-17 12:00:00"),
        (|s| s.every().weeks(2).named("job").run(|| {}), "every 2 weeks", "2024-01-24 12:00:00"),
        (|s| s.every().monday().at("13:15").named("job").run(|| {}), "every Monday at 13:15", "2024-01-15 13:15:00"),
        (|s| s.every().sunday().named("job").run(|| {}), "every Sunday", "2024-01-14 12:00:00"),
        (|s| s.every().weekday().at("09:00").named("job").run(|| {}), "every weekday at 09:00", "2024-01-11 09:00:00"),
        (|s| s.every().weekend().at("09:00").named("job").run(|| {}), "every weekend at 09:00", "2024-01-13 09:00:00"),
        (
            |s| s.every().week().on([Thu, Mon]).at("09:00").named("job").run(|| {}),
            "every Monday and Thursday at 09:00",
            "2024-01-11 09:00:00",
        ),
        (
            |s| s.every().weeks(2).on([Mon, Thu, Fri]).at("09:00").named("job").run(|| {}),
            "every 2 weeks on Monday, Thursday and Friday at 09:00",
            "2024-01-11 09:00:00",
        ),
        (
            |s| s.every().weeks(2).on([Mon, Tue, Wed, Thu, Fri]).at("09:00").named("job").run(|| {}),
            "every 2 weeks on Monday, Tuesday, Wednesday, Thursday and Friday at 09:00",
            "2024-01-11 09:00:00",
        ),
        (
            |s| s.every().weeks(3).on([Sat, Sun]).at("09:00").named("job").run(|| {}),
            "every 3 weeks on Saturday and Sunday at 09:00",
            "2024-01-13 09:00:00",
        ),
        (|s| s.every().month().named("job").run(|| {}), "every month", "2024-02-10 12:00:00"),
        (
            |s| s.every().month().on_day(15).at("09:00").named("job").run(|| {}),
            "every month on day 15 at 09:00",
            "2024-01-15 09:00:00",
        ),
        (
            |s| s.every().months(3).on_last_day().named("job").run(|| {}),
            "every 3 months on the last day",
            "2024-01-31 12:00:00",
        ),
        (
            |s| s.every().month().on_nth(2, Tue).at("09:00").named("job").run(|| {}),
            "every month on the 2nd Tuesday at 09:00",
            "2024-02-13 09:00:00",
        ),
        (
            |s| s.every().month().on_last(Fri).at("09:00").named("job").run(|| {}),
            "every month on the last Friday at 09:00",
            "2024-01-26 09:00:00",
        ),
        (|s| s.every().year().named("job").run(|| {}), "every year", "2025-01-10 12:00:00"),
        (
            |s| s.every().years(4).on_date(2, 29).at("09:00").named("job").run(|| {}),
            "every 4 years on 29 February at 09:00",
            "2024-02-29 09:00:00",
        ),
        (
            |s| s.every().minutes(20).between("9:00", "17:30").named("job").run(|| {}),
            "every 20 minutes between 09:00 and 17:30",
            "2024-01-10 12:20:00",
        ),
        (
            |s| s.every().hour().until("18:00").named("job").run(|| {}),
            "every hour until 2024-01-10 18:00:00 +00:00",
            "2024-01-10 13:00:00",
        ),
        (|s| s.every().hour().times(5).named("job").run(|| {}), "every hour, 5 times", "2024-01-10 13:00:00"),
        (
            |s| s.every().day().at("18:00").once().named("job").run(|| {}),
            "every day at 18:00, once",
            "2024-01-10 18:00:00",
        ),
        (|s| s.after(seconds(90)).named("job").run(|| {}), "once after 90s", "2024-01-10 12:01:30"),
    ];
    for (sentence, words, next) in cases {
        let stage = noon();
        let job = sentence(&stage.scheduler).unwrap();
        let expected = format!("{words} run job (last run: never, next run: {next} +00:00)");
        assert_eq!(job.to_string(), expected);
        assert_eq!(format!("{job:?}"), format!("Job({expected})"));
    }
}

#[test]
fn a_random_job_is_displayed_with_its_range_not_with_the_drawn_length() {
    let cases: &[(SchedulerSentence, &str)] = &[
        (|s| s.every().minutes(5).to(10).run(|| {}), "every 5 to 10 minutes run "),
        (|s| s.every().minutes(1).to(2).run(|| {}), "every 1 to 2 minutes run "),
        (|s| s.every().minutes(5).to(5).run(|| {}), "every 5 minutes run "),
        (|s| s.every().days(2).to(3).at("9:00").run(|| {}), "every 2 to 3 days at 09:00 run "),
        (|s| s.every().duration(seconds(1)).to(minutes(2)).run(|| {}), "every 1s to 120s run "),
        (
            |s| s.every().hours(1).to(3).between("9:00", "17:00").run(|| {}),
            "every 1 to 3 hours between 09:00 and 17:00 run ",
        ),
    ];
    for (sentence, words) in cases {
        let stage = noon();
        let job = sentence(&stage.scheduler).unwrap();
        stage.run_slots(&job, 3);
        assert!(job.to_string().starts_with(words), "{job}");
    }
}

#[test]
fn tags_and_state_are_displayed_after_the_name() {
    let stage = noon();
    let job = stage.every().hour().tags(["a", "b"]).named("report").run(|| {}).unwrap();
    let show = |state: &str, last: &str, next: &str| {
        format!("every hour run report, tagged {state} (last run: {last}, next run: {next})")
    };
    let (one, two) = ("2024-01-10 13:00:00 +00:00", "2024-01-10 14:00:00 +00:00");
    assert_eq!(job.to_string(), show("a, b", "never", one));
    stage.wait(minutes(60));
    assert_eq!(job.to_string(), show("a, b", one, two));
    job.tag("c").unwrap();
    job.pause();
    assert_eq!(job.to_string(), show("a, b, c, paused", one, "none"));
    job.resume();
    assert_eq!(job.to_string(), show("a, b, c", one, two));
    job.cancel();
    assert_eq!(job.to_string(), show("a, b, c, gone", one, "none"));
}

#[test]
fn the_debug_output_of_a_sentence_and_of_a_builder_shows_their_settings() {
    let stage = noon();
    let sentence = format!("{:?}", stage.every().days(3).at("10:30").tag("a"));
    assert!(["Day", "10:30", "\"a\""].iter().all(|word| sentence.contains(word)), "{sentence}");
    let mistake = format!("{:?}", stage.every().seconds(0));
    assert!(mistake.contains("invalid count 0 for seconds"), "{mistake}");
    let builder = format!("{:?}", Scheduler::builder().tz("UTC").workers(3).pool("db", 2));
    assert_eq!(builder, "SchedulerBuilder { zone: Ok(Zone(UTC)), workers: Ok(3), pools: Ok([(\"db\", 2)]), .. }");
}

#[test]
fn the_zone_of_the_sentence_is_displayed_and_instants_are_displayed_in_it() {
    let stage = Stage::new(noon().clock.now(), FixedOffset::east_opt(3600).unwrap());
    let job = stage.every().day().at("14:00").named("job").run(|| {}).unwrap();
    let words = "every day at 14:00 run job (last run: never, next run: 2024-01-10 14:00:00 +01:00)";
    assert_eq!(job.to_string(), words, "the scheduler's zone is not displayed");
    let job = stage.every().day().at("14:00").tz("-05:30").named("job").run(|| {}).unwrap();
    let words = "every day at 14:00 in -05:30 run job (last run: never, next run: 2024-01-10 14:00:00 -05:30)";
    assert_eq!(job.to_string(), words);
    let job = stage.every().day().at("14:00").tz(chrono::Utc).named("job").run(|| {}).unwrap();
    let words = "every day at 14:00 in UTC run job (last run: never, next run: 2024-01-10 14:00:00 +00:00)";
    assert_eq!(job.to_string(), words);
}

#[test]
fn a_single_run_is_displayed_in_the_zone_of_its_job() {
    let stage = noon();
    let job = stage.scheduler.once("2030-01-01 18:30").tz("+02:00").named("job").run(|| {}).unwrap();
    let words = "once at 2030-01-01 18:30:00 +02:00 in +02:00 run job \
                 (last run: never, next run: 2030-01-01 18:30:00 +02:00)";
    assert_eq!(job.to_string(), words);
}

#[cfg(feature = "tz")]
#[test]
fn a_named_zone_is_displayed_by_its_name() {
    let stage = noon();
    let job = stage.every().monday().at("13:15").tz("Europe/Amsterdam").tag("weekly");
    let job = job.named("greet").until("2024-03-31").run(|| {}).unwrap();
    let words = "every Monday at 13:15 in Europe/Amsterdam until 2024-03-31 00:00:00 +01:00 \
                 run greet, tagged weekly (last run: never, next run: 2024-01-15 13:15:00 +01:00)";
    assert_eq!(job.to_string(), words);
}

//! Text is taken wherever a schedule is.

use punctual::{Result, Schedule, Unit};

use crate::support::{noon, Stage};

#[test]
fn each_form_of_a_schedule_is_taken_wherever_a_schedule_is() -> Result<()> {
    let Stage { scheduler, .. } = noon();
    let hourly = Schedule::every(1, Unit::Hour)?;
    let forms: [fn(&Schedule) -> Result<Schedule>; 5] = [
        |schedule| punctual::IntoSchedule::into_schedule(schedule),
        |schedule| punctual::IntoSchedule::into_schedule(schedule.clone()),
        |schedule| punctual::IntoSchedule::into_schedule(schedule.to_string()),
        |schedule| punctual::IntoSchedule::into_schedule(schedule.to_string().as_str()),
        |schedule| punctual::IntoSchedule::into_schedule(Ok(schedule)),
    ];
    for form in forms {
        assert_eq!(form(&hourly)?, hourly);
    }
    let job = scheduler.schedule("every day at 09:30").or("every weekend at 11:00").tz("UTC").run(|| {})?;
    let shown = "every day at 09:30 in UTC or every weekend at 11:00 run ";
    assert!(job.to_string().starts_with(shown), "{job}");
    assert!(job.reschedule(String::from("30 9 * * 1-5"))?);
    assert!(job.to_string().starts_with("cron 30 9 * * 1-5 run "), "{job}");
    assert_eq!(Schedule::every(1, Unit::Day)?.or("every hour")?.to_string(), "every day or every hour");
    Ok(())
}

#[test]
fn an_error_is_kept_until_the_sentence_ends() {
    let Stage { scheduler, .. } = noon();
    let expected = "invalid text \"every dey\": unknown word \"dey\" at column 7: did you mean \"day\"?";
    let refused = |result: Result<punctual::Job>| assert_eq!(result.unwrap_err().to_string(), expected);
    refused(scheduler.schedule("every dey").tz("nowhere").run(|| {}));
    refused(scheduler.every().day().or("every dey").run(|| {}));
    refused(scheduler.schedule("every dey".parse::<Schedule>()).run(|| {}));
    let job = scheduler.every().day().run(|| {}).unwrap();
    assert_eq!(job.reschedule("every dey").unwrap_err().to_string(), expected);
    assert!(job.is_scheduled());
}

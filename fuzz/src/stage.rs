//! A scheduler whose clock stands still, and what it must say of a text that it refuses.

use punctual::{
    chrono::{DateTime, NaiveDate, Utc},
    Error, ManualClock, Scheduler,
};

/// At noon of 10 January 2024, a Wednesday, in UTC.
pub fn stage() -> (Scheduler, DateTime<Utc>) {
    let now = NaiveDate::from_ymd_opt(2024, 1, 10).unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
    let scheduler = Scheduler::builder().clock(ManualClock::new(now)).tz(Utc).build().unwrap();
    (scheduler, now)
}

/// An error quotes the text and says what would be right, and nothing is registered.
pub fn refused(scheduler: &Scheduler, text: &str, error: &Error) {
    let message = error.to_string();
    let quotes = message.contains(&format!("{text:?}")) || message.contains(&format!("\"{text}\""));
    assert!(quotes, "{text:?} is not quoted: {message}");
    assert!(message.contains("(expected ") || message.contains("did you mean"), "no way out: {message}");
    assert!(scheduler.jobs().is_empty(), "registered in spite of: {message}");
}

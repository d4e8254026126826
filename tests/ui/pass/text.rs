//! Each kind of text.

use punctual::repeat;

#[repeat("every second")]
#[repeat("every 5 to 10 minutes")]
#[repeat("every weekday at 9:30 and 18:00")]
#[repeat("every 2 weeks on Monday at 9:30")]
#[repeat("every month on the 2nd Tuesday at 9:30 in +02:00")]
#[repeat("every hour at :30 between 9:00 and 17:30")]
#[repeat("every day at a random time between 9:00 and 11:00")]
#[repeat("every hour with jitter 30s only on weekdays, 10 times")]
#[repeat("every day in local except on 25 December")]
#[repeat("once after 90s")]
#[repeat("once at 2999-01-01 18:30")]
#[repeat("30 9 * * 1-5")]
#[repeat("@daily")]
#[repeat("cron(quartz) 0 0 12 ? * FRI")]
#[repeat("cron[hour='9', day='3rd fri']")]
#[repeat("every Monday at 9:00 or every Friday at 17:00")]
#[repeat("(every Friday) and (every month on day 13)")]
#[repeat(r"every Sunday".tag("raw"))]
#[repeat(schedule("every Saturday"))]
fn work() {}

// Whether a moment is past is known when the job is registered: this one is logged, not an error here.
#[repeat("once at 2001-01-01")]
fn past() {}

fn main() {
    assert_eq!(punctual::jobs().len(), 19);
    assert_eq!(punctual::jobs_tagged("raw").len(), 1);
}

//! Cron expressions, without an import of their functions.

use punctual::{repeat, Dialect};

const DIALECT: Dialect = Dialect::Quartz;

mod own {
    pub(crate) fn cron(name: &str) -> String {
        format!("every {name}")
    }
}

#[repeat(cron("30 9 * * mon-fri"))]
#[repeat(cron(punctual::Fields::new().hour(9)))]
#[repeat(cron_in(Dialect::Quartz, "0 0 12 ? * FRI").tag("quartz"))]
#[repeat(cron_in(punctual::Dialect::Fields, "day='3rd fri'"))]
#[repeat(punctual::cron("@daily").or("every Saturday").or(punctual::cron("@hourly").schedule()))]
// What is not known yet is read when the job is registered.
#[repeat(cron_in(DIALECT, "0 0 12 ? * FRI"))]
#[repeat(cron(concat!("30 9", " * * *")))]
// No function of the crate.
#[repeat(schedule(own::cron("hour")))]
fn work() {}

fn main() {
    assert_eq!(punctual::jobs().len(), 8);
    assert_eq!(punctual::jobs_tagged("quartz").len(), 1);
}

use std::time::Duration;

use chrono::{FixedOffset, Local, Offset, TimeDelta, TimeZone, Utc};
use once_cell::sync::Lazy;
use parking_lot::{Condvar, Mutex};

static LATEST: Lazy<Mutex<TimeDelta>> = Lazy::new(|| Mutex::new(TimeDelta::seconds(fastrand::i64(1..=60))));

fn main() {
    let now = Utc::now();
    let offset: FixedOffset = Local.offset_from_utc_datetime(&now.naive_utc()).fix();
    let mut latest = LATEST.lock();
    Condvar::new().wait_for(&mut latest, Duration::from_millis(1));
    let next = (now + *latest).with_timezone(&offset);
    log::debug!("next run: {next}");
    println!("Hello at {}", next.format("%Y-%m-%d %H:%M:%S"));
}

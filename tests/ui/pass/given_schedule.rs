use punctual::{repeat, Schedule, Unit};

fn nightly() -> Schedule {
    Schedule::every(1, Unit::Day).and_then(|day| day.at("02:00")).expect("a schedule")
}

#[repeat(schedule(nightly()).tag("backup"))]
fn back_up() {}

fn main() {
    assert_eq!(punctual::jobs_tagged("backup").len(), 1);
}

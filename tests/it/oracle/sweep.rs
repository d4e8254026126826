//! All zones, and all the changes of their clocks.

use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDateTime, TimeDelta, Utc};
use punctual::{ManualClock, Schedule, Scheduler, Unit};
use punctual_oracle::{describe, is_full, Change, Draw, Zone};

use super::{settle, trial::Trial};

/// Without the full sweep, one zone in this many is judged.
const SAMPLE: usize = 32;

/// What is judged at one change.
struct Site<'a> {
    zone: &'a Zone,
    change: Change,
}

impl Site<'_> {
    /// The wall times around the change that matter: those that are skipped or shown twice, and their neighbours.
    fn walls(&self) -> Vec<NaiveDateTime> {
        let (first, end) = (self.change.wall_before(), self.change.wall_after());
        let (first, end) = (first.min(end), first.max(end));
        let second = TimeDelta::seconds(1);
        let middle = first + TimeDelta::seconds((end - first).num_seconds() / 2);
        vec![first - second, first, middle, end - second, end]
    }

    /// The instant of a wall time near the change: by the clocks as they were before, whether it is skipped or shown
    /// twice, unless it comes only after.
    fn instant(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        let after_both = wall >= self.change.wall_before() && wall >= self.change.wall_after();
        (wall - if after_both { self.change.after } else { self.change.before }).and_utc()
    }

    /// The wall time a day later, when the new offset holds.
    fn day_after(&self, wall: NaiveDateTime) -> DateTime<Utc> {
        (wall + Days::new(1) - self.change.after).and_utc()
    }

    /// Another change nearby, or one that skips a day, would make the plain formulas wrong.
    fn is_plain(&self) -> bool {
        let near = |other: &&Change| (other.at - self.change.at).abs() < TimeDelta::days(3);
        let alone = self.zone.changes.iter().filter(near).count() == 1;
        alone && self.change.forward().abs() < TimeDelta::hours(12)
    }

    fn judge_daily(&self) -> Result<usize, String> {
        let mut judged = 0;
        let earliest = self.change.at.min(self.change.at + self.change.forward());
        for wall in self.walls() {
            let daily = every(1, Unit::Day);
            let at = daily.clone().at(wall.time()).unwrap();
            let expected = [self.instant(wall), self.day_after(wall)];
            judged += self.expect(&at, earliest - TimeDelta::seconds(2), &expected)?;
            judged += self.expect(&at, expected[0], &expected[1..])?;
            judged += self.expect(&daily, (wall - Days::new(1) - self.change.before).and_utc(), &expected)?;
            let second_showing = (wall - self.change.after).and_utc();
            if second_showing > expected[0] {
                judged += self.expect(&at, self.change.at, &expected[1..])?;
                judged += self.expect(&at, second_showing, &expected[1..])?;
            }
        }
        Ok(judged)
    }

    /// Registers a schedule at `now`, and polls each run on time.
    fn expect(&self, schedule: &Schedule, now: DateTime<Utc>, expected: &[DateTime<Utc>]) -> Result<usize, String> {
        let clock = ManualClock::new(now);
        let scheduler = Scheduler::builder().clock(clock.clone()).tz(self.zone.tz).build().unwrap();
        let job = scheduler.schedule(schedule).run(|| {}).map_err(|error| error.to_string())?;
        for slot in expected {
            let next = job.next_run().ok_or("no next run")?;
            if next != *slot {
                let tz = self.zone.tz;
                let words = describe(schedule);
                return Err(format!("{tz} {words} registered at {now}, expected {slot}, got {next}"));
            }
            clock.advance((next - clock.now()).to_std().map_err(|error| error.to_string())?);
            scheduler.run_pending();
        }
        Ok(expected.len())
    }

    /// Other schedules, by the oracle.
    fn judge_others(&self, draw: &mut Draw<'_>) -> Result<usize, String> {
        let mut judged = 0;
        let middle = self.walls()[2];
        let monthly = every(1, Unit::Month).on_day(middle.day()).unwrap();
        let schedules = [
            every(1, Unit::Day).at(middle.time()),
            Schedule::interval(Duration::from_secs(3600)),
            every(1, Unit::Hour).at(":30"),
            every(2, Unit::Hour).at(":15"),
            every(1, Unit::Minute).at(":10"),
            monthly.at(middle.time()),
        ];
        for schedule in schedules {
            let schedule = schedule.unwrap().tz(self.zone.tz).unwrap();
            for before in [TimeDelta::seconds(1), TimeDelta::minutes(50)] {
                let trial = Trial::new(self.zone, &schedule, self.change.at - before);
                judged += trial.judge(3, draw)?;
            }
        }
        Ok(judged)
    }
}

fn every(n: u32, unit: Unit) -> Schedule {
    Schedule::every(n, unit).unwrap()
}

#[test]
fn every_change_of_the_clocks_in_every_zone_follows_the_rules() {
    let (mut wrong, mut judged) = (Vec::new(), 0);
    let zones = chrono_tz::TZ_VARIANTS.iter().step_by(if is_full() { 1 } else { SAMPLE });
    // After 2099 zones follow their last known rule.
    for (tz, years) in zones.flat_map(|tz| [(*tz, 1970..2038), (*tz, 2099..2105)]) {
        let zone = Zone::between(tz, years.start - 1..years.end + 1);
        let mut draw = Draw::new(&zone, 1);
        for change in zone.changes.iter().filter(|change| years.contains(&change.at.year())) {
            let site = Site { zone: &zone, change: *change };
            let daily = if site.is_plain() { site.judge_daily() } else { Ok(0) };
            for answers in [daily, site.judge_others(&mut draw)] {
                match answers {
                    Ok(answers) => judged += answers,
                    Err(why) => wrong.push(why),
                }
            }
        }
    }
    settle(wrong, judged, 40_000);
}

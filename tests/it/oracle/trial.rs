//! One sentence, said to a scheduler whose clock is moved by hand, and judged at each of its runs.

use std::fmt::Display;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use punctual::{ManualClock, Scheduler};
use punctual_oracle::{Draw, Sentence, Slots, Zone};

pub(super) struct Trial<'a> {
    zone: &'a Zone,
    sentence: &'a Sentence,
    now: DateTime<Utc>,
    slots: Slots<'a>,
    until: Option<DateTime<Utc>>,
    clock: ManualClock,
    scheduler: Scheduler,
}

impl<'a> Trial<'a> {
    /// Of a sentence that is said at `now`.
    pub(super) fn new(zone: &'a Zone, sentence: &'a Sentence, now: DateTime<Utc>) -> Self {
        let clock = ManualClock::new(now);
        let tz = if sentence.says_zone { chrono_tz::UTC } else { zone.tz };
        Trial {
            zone,
            sentence,
            now,
            slots: Slots::new(zone, sentence, now),
            until: sentence.until.map(|moment| moment.instant(zone, now)),
            scheduler: Scheduler::builder().clock(clock.clone()).tz(tz).build().unwrap(),
            clock,
        }
    }

    /// How many answers were judged, or why one is wrong. Where no slot seems to meet the window any more, nothing is
    /// judged: to be sure takes the crate long.
    pub(super) fn judge(&self, runs: usize, draw: &mut Draw<'_>) -> Result<usize, String> {
        let Some(first) = self.slots.after(self.now) else { return Ok(0) };
        let at_once = self.sentence.immediately && self.slots.is_open(self.now);
        let in_vain = self.until.is_some_and(|until| until < self.now);
        let first = if at_once { self.now } else { first };
        let mut expected = if in_vain { None } else { self.bound(first, 0) };
        let job = match self.sentence.say(&self.scheduler, self.zone.tz) {
            Ok(job) => job,
            Err(error) => return self.compare(expected, None, &error).map(|()| 1),
        };
        self.compare(expected, job.next_run(), &job)?;
        let mut ran = 0;
        for run in 1..=runs {
            let Some(slot) = expected else { return Ok(run) };
            let early = slot - TimeDelta::nanoseconds(1);
            if early > self.clock.now() {
                self.poll(early, 0)?;
                self.compare(expected, job.next_run(), &job)?;
            }
            let following = self.slots.after(slot).unwrap_or(slot);
            let polled = slot.max(self.clock.now()) + draw.lateness(slot, following);
            let Some(next) = self.slots.after(polled) else { return Ok(run) };
            // A late run outside the window is skipped.
            let due = usize::from(self.slots.is_open(polled));
            ran += due;
            expected = self.bound(next, ran);
            self.poll(polled, due)?;
            self.compare(expected, job.next_run(), &job)?;
            if job.is_scheduled() != expected.is_some() {
                return Err(self.wrong("a job that leaves after its last run", &job));
            }
        }
        Ok(runs + 1)
    }

    /// The slot, unless the sentence ends before it; after so many runs.
    fn bound(&self, slot: DateTime<Utc>, runs: usize) -> Option<DateTime<Utc>> {
        let in_time = self.until.is_none_or(|until| slot <= until);
        (in_time && self.sentence.times != Some(runs)).then_some(slot)
    }

    fn poll(&self, at: DateTime<Utc>, due: usize) -> Result<(), String> {
        self.clock.advance((at - self.clock.now()).to_std().unwrap());
        let ran = self.scheduler.run_pending();
        if ran == due {
            return Ok(());
        }
        Err(self.wrong(&format!("{due} bodies to run"), &format!("{ran} did")))
    }

    fn compare(
        &self,
        expected: Option<DateTime<Utc>>,
        got: Option<DateTime<Utc>>,
        said: &dyn Display,
    ) -> Result<(), String> {
        if expected == got {
            return Ok(());
        }
        let show = |slot: Option<DateTime<Utc>>| slot.map_or("none".to_owned(), |slot| self.show(slot));
        Err(self.wrong(&show(expected), &format!("{} ({said})", show(got))))
    }

    fn wrong(&self, expected: &str, got: &dyn Display) -> String {
        format!(
            "{} {}\n    said at  {}\n    polled   {}\n    expected {expected}\n    got      {got}",
            self.zone.tz,
            self.sentence,
            self.show(self.now),
            self.show(self.clock.now()),
        )
    }

    fn show(&self, instant: DateTime<Utc>) -> String {
        let wall = instant.with_timezone(&self.zone.tz);
        let utc = instant.format("%H:%M:%SZ");
        format!("{} {utc}", wall.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

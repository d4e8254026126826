//! Every kind of job, and what is expected of it by counting dates and lengths of time.

use std::time::Duration;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use punctual::{Every, Job, Result, Scheduler};
use punctual_oracle::Zone;

use super::ledger::{
    Body,
    Ending::{self, Cancels, Leaves, Stays},
    Expected::{self, These},
};

/// Where and when a job is registered, and its number among those of its kind.
pub(super) struct Case<'a> {
    pub(super) scheduler: &'a Scheduler,
    pub(super) zones: &'a [Zone],
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) number: u32,
}

pub(super) type Kind = fn(&Case<'_>, Body) -> (Result<Job>, Expected, Ending);

impl<'a> Case<'a> {
    fn every(&self) -> Every {
        self.scheduler.every()
    }

    fn zone(&self) -> &'a Zone {
        &self.zones[self.number as usize % self.zones.len()]
    }

    /// A number from 0 up to, and not including, `n`.
    fn one_of(&self, n: u32) -> u32 {
        self.number % n
    }

    fn weekday(&self) -> Weekday {
        Weekday::try_from(self.one_of(7) as u8).unwrap()
    }

    /// One of all times of day, with those in the small hours at which clocks are set.
    fn time(&self) -> NaiveTime {
        let minutes = if self.number % 2 == 0 { self.number * 15 % 240 } else { self.number * 37 % 1440 };
        NaiveTime::MIN + TimeDelta::minutes(minutes.into())
    }

    fn registered(&self) -> NaiveDateTime {
        self.zone().wall(self.start)
    }

    /// The slots at some times of some dates, after the start and no later than the end.
    fn on(&self, times: &[NaiveTime], is_one: impl Fn(NaiveDate) -> bool) -> Vec<DateTime<Utc>> {
        let first = self.start.date_naive() - Days::new(2);
        let days = (self.end - self.start).num_days() as u64 + 4;
        let dates = (0..days).map(|n| first + Days::new(n)).filter(|date| is_one(*date));
        let slots = dates.flat_map(|date| times.iter().map(move |time| self.zone().instant(date.and_time(*time))));
        let mut slots: Vec<_> = slots.filter(|slot| self.start < *slot && *slot <= self.end).collect();
        slots.sort();
        slots.dedup();
        slots
    }

    /// Those of each n-th week, month or year from that of the first.
    fn on_each(&self, n: u32, period: fn(NaiveDate) -> i64, is_one: impl Fn(NaiveDate) -> bool) -> Vec<DateTime<Utc>> {
        let time = [self.time()];
        let Some(first) = self.on(&time, &is_one).first().map(|slot| self.zone().wall(*slot).date()) else {
            return Vec::new();
        };
        self.on(&time, |date| is_one(date) && (period(date) - period(first)) % i64::from(n) == 0)
    }

    /// Those that are so many periods after the registration.
    fn ahead(&self, n: u32, period: fn(NaiveDate) -> i64, is_one: impl Fn(NaiveDate) -> bool) -> Expected {
        let registered = self.registered();
        let is_ahead = |date: NaiveDate| {
            date > registered.date() && (period(date) - period(registered.date())) % i64::from(n) == 0
        };
        These(self.on(&[registered.time()], |date| is_ahead(date) && is_one(date)))
    }

    fn is_registered_day(&self, date: NaiveDate) -> bool {
        date.day() == self.registered().day().min(last_of_month(date))
    }

    /// The elapsed slots of the steps after the registration.
    fn steps(&self, step: TimeDelta) -> Expected {
        Expected::grid(self.start + step, step, self.end)
    }

    fn steps_until(&self, step: TimeDelta, until: DateTime<Utc>) -> Expected {
        Expected::grid(self.start + step, step, until)
    }
}

fn day(date: NaiveDate) -> i64 {
    date.num_days_from_ce().into()
}

/// Weeks begin on Monday; so does the calendar.
fn week(date: NaiveDate) -> i64 {
    (day(date) - 1).div_euclid(7)
}

fn month(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

fn year(date: NaiveDate) -> i64 {
    date.year().into()
}

fn last_of_month(date: NaiveDate) -> u32 {
    let first = date.with_day(1).unwrap();
    (first + Months::new(1) - Days::new(1)).day()
}

fn is_weekend(date: NaiveDate) -> bool {
    day(date) % 7 == 6 || day(date) % 7 == 0
}

fn seconds(n: u32) -> TimeDelta {
    TimeDelta::seconds(n.into())
}

fn minutes(n: u32) -> TimeDelta {
    TimeDelta::minutes(n.into())
}

fn hours(n: u32) -> TimeDelta {
    TimeDelta::hours(n.into())
}

fn days(n: u32) -> TimeDelta {
    TimeDelta::days(n.into())
}

pub(super) const KINDS: &[(&str, Kind)] = &[
    ("millis, times", |case, body| {
        let n = 250 + case.number;
        let step = TimeDelta::milliseconds(n.into());
        (case.every().millis(n).times(500).run_with(body), case.steps(step).first(500), Leaves)
    }),
    ("seconds, until", |case, body| {
        let n = 1 + case.number;
        let until = case.start + seconds(600 * n);
        (case.every().seconds(n).until(until).run_with(body), case.steps_until(seconds(n), until), Leaves)
    }),
    ("a duration, until", |case, body| {
        let step = TimeDelta::milliseconds(1500) + seconds(case.number);
        let until = case.start + step * 400 + seconds(1);
        let every = case.every().duration(step.to_std().unwrap()).until(until);
        (every.run_with(body), case.steps_until(step, until), Leaves)
    }),
    ("minutes", |case, body| {
        let n = 60 + 7 * case.number;
        (case.every().minutes(n).run_with(body), case.steps(minutes(n)), Stays)
    }),
    ("hours", |case, body| {
        let n = 2 + case.number;
        (case.every().hours(n).tz(case.zone().tz).run_with(body), case.steps(hours(n)), Stays)
    }),
    ("minute at", |case, body| {
        let (second, until) = (case.one_of(60), case.start + days(1));
        let every = case.every().minute().at(format!(":{second:02}")).until(until);
        let first = case.start + seconds(if second == 0 { 60 } else { second });
        (every.run_with(body), Expected::grid(first, minutes(1), until), Leaves)
    }),
    ("minutes at", |case, body| {
        let (n, until) = (45 + case.number, case.start + days(300));
        let every = case.every().minutes(n).at(":15").until(until);
        (every.run_with(body), Expected::grid(case.start + minutes(n) + seconds(15), minutes(n), until), Leaves)
    }),
    ("hour at", |case, body| {
        let (minute, until) = (1 + case.one_of(59), case.start + days(100 + case.number));
        let every = case.every().hour().at(format!(":{minute:02}")).until(until);
        (every.run_with(body), Expected::grid(case.start + minutes(minute), hours(1), until), Leaves)
    }),
    ("hour at, all along", |case, body| {
        // Of these there are few, for they run most often.
        if case.number > 1 {
            let once = case.every().hour().at(":30").once().run_with(body);
            return (once, These(vec![case.start + minutes(30)]), Leaves);
        }
        let first = case.start + minutes(30);
        (case.every().hour().at(":30").run_with(body), Expected::grid(first, hours(1), case.end), Stays)
    }),
    ("hours at", |case, body| {
        let n = 3 + case.number;
        let first = case.start + hours(n) + minutes(17) + seconds(30);
        (case.every().hours(n).at("17:30").run_with(body), Expected::grid(first, hours(n), case.end), Stays)
    }),
    ("day", |case, body| (case.every().day().tz(case.zone().tz).run_with(body), case.ahead(1, day, |_| true), Stays)),
    ("day at", |case, body| {
        let every = case.every().day().at(case.time()).tz(case.zone().tz);
        (every.run_with(body), These(case.on(&[case.time()], |_| true)), Stays)
    }),
    ("day at two times", |case, body| {
        let other = case.time() + hours(5);
        let every = case.every().day().at(case.time()).at(other).tz(case.zone().tz);
        (every.run_with(body), These(case.on(&[case.time(), other], |_| true)), Stays)
    }),
    ("days", |case, body| {
        let n = 2 + case.number;
        (case.every().days(n).tz(case.zone().tz).run_with(body), case.ahead(n, day, |_| true), Stays)
    }),
    ("days at", |case, body| {
        let n = 2 + case.number;
        let registered = day(case.registered().date());
        let is_one = |date| day(date) > registered && (day(date) - registered) % i64::from(n) == 0;
        let every = case.every().days(n).at(case.time()).tz(case.zone().tz);
        (every.run_with(body), These(case.on(&[case.time()], is_one)), Stays)
    }),
    ("weekday at", |case, body| {
        let every = case.every().weekday().at(case.time()).tz(case.zone().tz);
        (every.run_with(body), These(case.on(&[case.time()], |date| !is_weekend(date))), Stays)
    }),
    ("weekend at", |case, body| {
        let every = case.every().weekend().at(case.time()).tz(case.zone().tz);
        (every.run_with(body), These(case.on(&[case.time()], is_weekend)), Stays)
    }),
    ("a weekday of its own", |case, body| {
        let every = match case.weekday() {
            Weekday::Mon => case.every().monday(),
            Weekday::Tue => case.every().tuesday(),
            Weekday::Wed => case.every().wednesday(),
            Weekday::Thu => case.every().thursday(),
            Weekday::Fri => case.every().friday(),
            Weekday::Sat => case.every().saturday(),
            Weekday::Sun => case.every().sunday(),
        };
        let expected = case.on(&[case.time()], |date| date.weekday() == case.weekday());
        (every.at(case.time()).tz(case.zone().tz).run_with(body), These(expected), Stays)
    }),
    ("week", |case, body| {
        let every = case.every().week().tz(case.zone().tz);
        (every.run_with(body), case.ahead(7, day, |_| true), Stays)
    }),
    ("weeks", |case, body| {
        let n = 2 + case.one_of(9);
        (case.every().weeks(n).tz(case.zone().tz).run_with(body), case.ahead(7 * n, day, |_| true), Stays)
    }),
    ("weeks on", |case, body| {
        let (n, on) = (2 + case.one_of(5), [case.weekday(), case.weekday().succ().succ()]);
        let every = case.every().weeks(n).on(on).at(case.time()).tz(case.zone().tz);
        (every.run_with(body), These(case.on_each(n, week, |date| on.contains(&date.weekday()))), Stays)
    }),
    ("month", |case, body| {
        let every = case.every().month().tz(case.zone().tz);
        (every.run_with(body), case.ahead(1, month, |date| case.is_registered_day(date)), Stays)
    }),
    ("months", |case, body| {
        let n = 2 + case.one_of(11);
        let every = case.every().months(n).tz(case.zone().tz);
        (every.run_with(body), case.ahead(n, month, |date| case.is_registered_day(date)), Stays)
    }),
    ("month on a day", |case, body| {
        let day = 1 + case.one_of(31);
        let every = case.every().month().on_day(day).at(case.time()).tz(case.zone().tz);
        let expected = case.on(&[case.time()], |date| date.day() == day.min(last_of_month(date)));
        (every.run_with(body), These(expected), Stays)
    }),
    ("months on a day", |case, body| {
        let (n, day) = (2 + case.one_of(6), 1 + case.one_of(31));
        let every = case.every().months(n).on_day(day).at(case.time()).tz(case.zone().tz);
        let is_one = |date: NaiveDate| date.day() == day.min(last_of_month(date));
        (every.run_with(body), These(case.on_each(n, month, is_one)), Stays)
    }),
    ("month on the last day", |case, body| {
        let every = case.every().month().on_last_day().at(case.time()).tz(case.zone().tz);
        let expected = case.on(&[case.time()], |date| date.day() == last_of_month(date));
        (every.run_with(body), These(expected), Stays)
    }),
    ("month on an nth weekday", |case, body| {
        let (nth, weekday) = (1 + case.one_of(5), case.weekday());
        let every = case.every().month().on_nth(nth, weekday).at(case.time()).tz(case.zone().tz);
        let is_one = |date: NaiveDate| date.weekday() == weekday && date.day0() / 7 + 1 == nth;
        (every.run_with(body), These(case.on(&[case.time()], is_one)), Stays)
    }),
    ("month on the last weekday", |case, body| {
        let every = case.every().month().on_last(case.weekday()).at(case.time()).tz(case.zone().tz);
        let is_one = |date: NaiveDate| date.weekday() == case.weekday() && date.day() + 7 > last_of_month(date);
        (every.run_with(body), These(case.on(&[case.time()], is_one)), Stays)
    }),
    ("year", |case, body| {
        let n = 1 + case.one_of(3);
        let every = case.every().years(n).tz(case.zone().tz);
        let month = case.registered().month();
        let is_one = |date: NaiveDate| date.month() == month && case.is_registered_day(date);
        (every.run_with(body), case.ahead(n, year, is_one), Stays)
    }),
    ("year on a date", |case, body| {
        let date = NaiveDate::from_yo_opt(2024, 1 + case.number * 59 % 366).unwrap();
        let every = case.every().year().on_date(date.month(), date.day()).at(case.time()).tz(case.zone().tz);
        let is_one =
            |other: NaiveDate| other.month() == date.month() && other.day() == date.day().min(last_of_month(other));
        (every.run_with(body), These(case.on(&[case.time()], is_one)), Stays)
    }),
    ("after", |case, body| {
        let delay = days(1 + case.number) + TimeDelta::milliseconds(1);
        let sentence = case.scheduler.after(delay.to_std().unwrap());
        (sentence.run_with(body), These(vec![case.start + delay]), Leaves)
    }),
    ("once", |case, body| {
        let wall = NaiveDate::from_yo_opt(2025, 1 + case.number).unwrap().and_time(case.time());
        let sentence = case.scheduler.once(wall).tz(case.zone().tz);
        (sentence.run_with(body), These(vec![case.zone().instant(wall)]), Leaves)
    }),
    ("a number of times", |case, body| {
        let n = 1 + case.number;
        let every = case.every().weekend().at(case.time()).tz(case.zone().tz).times(n);
        let expected = These(case.on(&[case.time()], is_weekend)).first(n as usize);
        (every.run_with(body), expected, Leaves)
    }),
    ("until its body cancels it", |case, body| {
        let every = case.every().day().at(case.time()).tz(case.zone().tz);
        let expected = These(case.on(&[case.time()], |_| true)).first(1 + case.number as usize);
        (every.run_with(body), expected, Cancels)
    }),
    ("hour between", |case, body| {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let until = case.start + days(20 + case.number);
        let every = case.every().hour().between("9:00", "17:30").tz(case.zone().tz).until(until);
        let slots = (1..).map(|n| case.start + hours(n)).take_while(|slot| *slot <= until);
        let is_open = |slot: &DateTime<Utc>| (time(9, 0)..time(17, 30)).contains(&case.zone().wall(*slot).time());
        (every.run_with(body), These(slots.filter(is_open).collect()), Leaves)
    }),
    ("starting", |case, body| {
        let (n, starting) = (90 + 10 * case.number, case.start + days(100) + minutes(case.number));
        let every = case.every().minutes(n).starting(starting);
        (every.run_with(body), Expected::grid(starting, minutes(n), case.end), Stays)
    }),
    ("immediately", |case, body| {
        let n = 6 + case.number;
        let every = case.every().hours(n).immediately();
        (every.run_with(body), Expected::grid(case.start, hours(n), case.end), Stays)
    }),
    ("minutes to", |case, body| {
        let end = case.start + days(2);
        let every = case.every().minutes(5).to(10 + case.number).until(end);
        let longest = minutes(10 + case.number);
        (every.run_with(body), Expected::Drawn { shortest: minutes(5), longest, end }, Leaves)
    }),
    ("days to, at", |case, body| {
        let every = case.every().days(1).to(9).at(case.time()).tz(Utc);
        (every.run_with(body), Expected::Drawn { shortest: days(1), longest: days(9), end: case.end }, Stays)
    }),
    ("month, on the workers", |case, body| {
        let every = case.every().month().on_day(28).at("12:00").tz(case.zone().tz);
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
        let expected = These(case.on(&[noon], |date| date.day() == 28));
        let job =
            if case.number % 2 == 0 { every.parallel().run_with(body) } else { every.max_instances(2).run_with(body) };
        (job, expected, Stays)
    }),
];

/// The first of a chain of jobs, each of which adds the next and is gone.
pub(super) fn chain(scheduler: &Scheduler, delay: Duration, body: std::sync::Arc<Body>) -> Result<Job> {
    let again = scheduler.clone();
    scheduler.after(delay).tag("chain").run_with(move |context| {
        body(context);
        chain(&again, delay, std::sync::Arc::clone(&body)).map(drop)
    })
}

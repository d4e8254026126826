//! The options of a clause, and those of the whole.

use chrono::NaiveTime;

use super::super::{
    names::month, options::Options, tokens::Tokens, Dates, IntoDates, IntoTime, Months, Schedule, Time, When,
};
use super::length::is_length;
use crate::error::Result;

/// A clause that is read, and what is still to be applied to it.
pub(super) struct Clause<'a> {
    schedule: Schedule,
    /// Applied last, because the unit and the days say how a time is read.
    at: Vec<(Tokens<'a>, Time)>,
    at_random: Option<(Tokens<'a>, Time, Time)>,
}

impl<'a> Clause<'a> {
    pub(super) fn new(schedule: Schedule) -> Self {
        Clause { schedule, at: Vec::new(), at_random: None }
    }

    pub(super) fn end(self) -> Result<Schedule> {
        let timed =
            self.at.into_iter().try_fold(self.schedule, |schedule, (place, time)| place.checked(schedule.at(time)))?;
        match self.at_random {
            Some((place, open, close)) => place.checked(timed.at_random(open, close)),
            None => Ok(timed),
        }
    }

    fn options(&self) -> Option<&Options> {
        self.schedule.options.as_deref()
    }

    fn apply(&mut self, place: Tokens<'a>, f: impl FnOnce(Schedule) -> Result<Schedule>) -> Result<()> {
        let schedule = std::mem::replace(&mut self.schedule, Schedule::UNSAID);
        self.schedule = place.checked(f(schedule))?;
        Ok(())
    }
}

/// The options of the whole, with their places.
#[derive(Default)]
pub(super) struct Whole<'a> {
    except: Vec<(Tokens<'a>, Dates)>,
    until: Option<(Tokens<'a>, When)>,
    immediately: Option<Tokens<'a>>,
    times: Option<(Tokens<'a>, u64)>,
}

impl Whole<'_> {
    pub(super) fn has_except(&self) -> bool {
        !self.except.is_empty()
    }

    pub(super) fn apply(self, mut schedule: Schedule) -> Result<Schedule> {
        for (place, dates) in self.except {
            schedule = place.checked(schedule.except_on(dates))?;
        }
        if let Some((place, when)) = self.until {
            schedule = place.checked(schedule.until(when))?;
        }
        if let Some(place) = self.immediately {
            schedule = place.checked(schedule.immediately())?;
        }
        if let Some((place, times)) = self.times {
            schedule = place.checked(schedule.times(times))?;
        }
        Ok(schedule)
    }
}

impl Schedule {
    /// An option of the whole that the schedule has.
    pub(super) fn word_of_whole(&self) -> Option<&'static str> {
        self.options.as_deref().and_then(Options::of_whole)
    }
}

impl<'a> Tokens<'a> {
    /// The same place, after a comma that may stand before an option.
    fn after_comma(self) -> Self {
        let mut after = self;
        after.take(",");
        after
    }

    /// Reads an option of the whole, if the next one is.
    pub(super) fn whole_option(&mut self, whole: &mut Whole<'a>) -> Result<bool> {
        let mut ahead = self.after_comma();
        let begin = ahead;
        let twice =
            |is_set: bool| if is_set { Err(begin.wrong("it is said twice (expected it once)")) } else { Ok(()) };
        if ahead.take("except") {
            ahead.take("on");
            let place = ahead;
            whole.except.push((place, ahead.dates()?));
        } else if ahead.take("until") {
            twice(whole.until.is_some())?;
            let place = ahead;
            whole.until = Some((place, ahead.moment()?));
        } else if ahead.take("for") {
            twice(whole.until.is_some())?;
            let place = ahead;
            whole.until = Some((place, super::super::IntoWhen::into_when(ahead.length()?)));
        } else if ahead.take("immediately") {
            twice(whole.immediately.is_some())?;
            whole.immediately = Some(begin);
        } else if ahead.take("once") {
            twice(whole.times.is_some())?;
            whole.times = Some((begin, 1));
        } else if ahead.counts_runs() {
            twice(whole.times.is_some())?;
            let times = ahead.count()?;
            ahead.next();
            whole.times = Some((begin, times));
        } else {
            return Ok(false);
        }
        *self = ahead;
        Ok(true)
    }

    /// Whether a number and `times` are next.
    fn counts_runs(mut self) -> bool {
        let first = self.next();
        first.starts_with(|first: char| first.is_ascii_digit())
            && ["times", "time"].iter().any(|word| self.peek().eq_ignore_ascii_case(word))
    }

    /// Reads an option of a clause, if the next one is.
    pub(super) fn option(&mut self, clause: &mut Clause<'a>) -> Result<bool> {
        let mut ahead = self.after_comma();
        let begin = ahead;
        let twice =
            |is_set: bool| if is_set { Err(begin.wrong("it is said twice (expected it once)")) } else { Ok(()) };
        if ahead.take("at") {
            ahead.at(clause)?;
        } else if ahead.take("on") {
            let schedule = std::mem::replace(&mut clause.schedule, Schedule::UNSAID);
            clause.schedule = ahead.on(schedule)?;
        } else if ahead.take("between") {
            twice(clause.options().is_some_and(|options| options.window.is_some()))?;
            let place = ahead;
            let (open, close) = ahead.window()?;
            clause.apply(place, |schedule| schedule.between(open, close))?;
        } else if ahead.take("with") {
            twice(clause.options().is_some_and(|options| options.scatter.jitter.is_some()))?;
            if !ahead.take("jitter") {
                return Err(ahead.unexpected("jitter, as in with jitter 30s"));
            }
            let place = ahead;
            let most = ahead.length()?;
            clause.apply(place, |schedule| schedule.jitter(most))?;
        } else if ahead.take("spread") {
            twice(clause.options().is_some_and(|options| options.scatter.spread.is_some()))?;
            if !ahead.take("over") {
                return Err(ahead.unexpected("over, as in spread over 1h"));
            }
            let place = ahead;
            let most = ahead.length()?;
            clause.apply(place, |schedule| schedule.spread(most))?;
        } else if ahead.take("only") {
            ahead.only(clause)?;
        } else if ahead.take("in") {
            twice(clause.options().is_some_and(|options| options.zone.is_some()))?;
            ahead.zone(clause)?;
        } else if ahead.take("starting") {
            twice(clause.options().is_some_and(|options| options.starting.is_some()))?;
            let place = ahead;
            let when = ahead.moment()?;
            clause.apply(place, |schedule| schedule.starting(when))?;
        } else {
            return Ok(false);
        }
        *self = ahead;
        Ok(true)
    }

    /// Reads two times and the `and` between them.
    fn window(&mut self) -> Result<(Time, Time)> {
        let open = self.time()?;
        if !self.take("and") {
            return Err(self.unexpected("and, and the end of the window"));
        }
        Ok((open, self.time()?))
    }

    /// Reads what follows `at`.
    fn at(&mut self, clause: &mut Clause<'a>) -> Result<()> {
        let place = *self;
        if self.take("minutes") || self.take("minute") {
            let minutes = self.numbers(60, "a minute")?;
            if !self.take("of") {
                return Err(self.unexpected("of hours, as in at minutes 0 and 30 of hours 9 to 17"));
            }
            if !(self.take("hours") || self.take("hour")) {
                return Err(self.unexpected("hours, as in at minutes 0 and 30 of hours 9 to 17"));
            }
            let hours = self.numbers(24, "an hour")?;
            for hour in (0..24).filter(|hour| hours >> hour & 1 == 1) {
                for minute in (0..60).filter(|minute| minutes >> minute & 1 == 1) {
                    let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
                    clause.at.push((place, time.into_time()));
                }
            }
            return Ok(());
        }
        if self.take("a") {
            if !["random", "time", "between"].iter().all(|word| self.take(word)) {
                return Err(self.unexpected("at a random time between two times, as in between 9:00 and 11:00"));
            }
            if clause.at_random.is_some() {
                return Err(place.wrong("it is said twice (expected it once)"));
            }
            let (open, close) = self.window()?;
            clause.at_random = Some((place, open, close));
            return Ok(());
        }
        clause.at.push((place, self.time()?));
        let mut ahead = *self;
        while ahead.take_joint() && ahead.begins_time() {
            clause.at.push((ahead, ahead.time()?));
            *self = ahead;
        }
        Ok(())
    }

    /// Reads what follows `only`.
    fn only(&mut self, clause: &mut Clause<'a>) -> Result<()> {
        if self.take("on") {
            let place = *self;
            let dates = self.dates()?;
            return clause.apply(place, |schedule| schedule.only_on(dates));
        }
        if !self.take("in") {
            return Err(self.unexpected("on, in, or in hours, as in only on weekdays or only in June to August"));
        }
        let place = *self;
        if self.take("hours") || self.take("hour") {
            let hours = self.numbers(24, "an hour")?;
            let hours = (0..24).filter(move |hour| hours >> hour & 1 == 1);
            return clause.apply(place, |schedule| schedule.only_in_hours(hours));
        }
        if is_year(self.peek()) {
            let dates = self.years()?;
            return clause.apply(place, |schedule| schedule.only_on(dates));
        }
        let months: Months = self.months()?;
        clause.apply(place, |schedule| schedule.only_in(months))
    }

    /// Reads a list of years, as the dates in them.
    fn years(&mut self) -> Result<Dates> {
        let begin = *self;
        let mut years = Vec::new();
        let mut ahead = *self;
        loop {
            let from = ahead.next();
            let to = if ahead.take("to") { ahead.year()? } else { from };
            if to < from {
                return Err(begin.wrong(&format!("the years {from} to {to} run backwards (expected {to} to {from})")));
            }
            years.push(format!("{from}-01-01 to {to}-12-31"));
            *self = ahead;
            if !ahead.take_joint() || !is_year(ahead.peek()) {
                break;
            }
        }
        years.iter().map(String::as_str).collect::<Vec<_>>().into_dates()
    }

    fn year(&mut self) -> Result<&'a str> {
        if !is_year(self.peek()) {
            return Err(self.unexpected("a year, such as 2030"));
        }
        Ok(self.next())
    }

    /// Reads what follows `in`.
    fn zone(&mut self, clause: &mut Clause<'a>) -> Result<()> {
        let place = *self;
        let name = self.next();
        if name.is_empty() || matches!(name, "," | "(" | ")") {
            return Err(place.unexpected("a time zone, such as Europe/Berlin, UTC or +02:00"));
        }
        if month(name).is_some() || is_year(name) {
            return Err(place.wrong(&format!("write only in {name}")));
        }
        if ["hours", "hour"].iter().any(|word| word.eq_ignore_ascii_case(name)) {
            return Err(place.wrong("write only in hours"));
        }
        if is_length(name) {
            return Err(place.wrong(&format!("write starting in {name}, or once in {name}")));
        }
        clause.apply(place, |schedule| schedule.tz(name))
    }
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

//! Clauses: how often, and the options of that.

use super::{
    super::{names::weekday, tokens::Tokens, Cadence, Dates, Dialect, NamedDates, Schedule},
    hints::is_option,
    length::is_length,
    options::{Clause, Whole},
};
use crate::{
    error::Result,
    trigger::{DateItem, Unit, WeekdaySet},
};

/// The units by name. One that is counted in nanoseconds is written as a length.
fn unit(word: &str) -> Option<Unit> {
    const UNITS: [Unit; 8] =
        [Unit::Millisecond, Unit::Second, Unit::Minute, Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Year];
    let is = |name: &str, word: &str| name.eq_ignore_ascii_case(word);
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    UNITS.into_iter().find(|unit| is(unit.name(), word) || is(unit.name(), singular))
}

impl<'a> Tokens<'a> {
    /// Reads a clause.
    pub(super) fn clause(&mut self, whole: &mut Whole<'a>) -> Result<Schedule> {
        let first = self.peek();
        let schedule = if self.take("every") {
            self.every()?
        } else if self.take("once") {
            self.once()?
        } else if first.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("cron")) && first[4..].starts_with('[') {
            self.cron_fields()?
        } else if first.starts_with('@') {
            self.check_macro()?;
            let begin = *self;
            self.next();
            begin.cron(Dialect::Unix, begin.up_to(*self), self.is_at_end())?
        } else if self.take("cron") {
            let dialect = self.dialect()?;
            self.expression(dialect)?
        } else if first.starts_with(|letter: char| letter.is_ascii_digit() || matches!(letter, '*' | '?')) {
            let mut after = *self;
            after.next();
            if is_length(first) || unit(after.peek()).is_some() {
                return Err(self.wrong(&format!("write `every` before it, as in every {}", self.rest())));
            }
            self.expression(Dialect::Unix)?
        } else {
            return Err(self.not_a_clause());
        };
        self.options(schedule, whole)
    }

    /// Reads the options of a clause. Options of the whole, which may stand among them, go there.
    pub(super) fn options(&mut self, schedule: Schedule, whole: &mut Whole<'a>) -> Result<Schedule> {
        let mut clause = Clause::new(schedule);
        while self.whole_option(whole)? || self.option(&mut clause)? {}
        clause.end()
    }

    /// Reads what follows `every`.
    fn every(&mut self) -> Result<Schedule> {
        let begin = *self;
        let token = self.peek();
        if self.take("weekday") || self.take("weekdays") {
            return begin.on_weekdays(WeekdaySet::WEEKDAYS);
        }
        if self.take("weekend") || self.take("weekends") {
            return begin.on_weekdays(WeekdaySet::WEEKEND);
        }
        if weekday(token).is_some() {
            let days = self.weekdays()?.into_iter().collect();
            return begin.on_weekdays(days);
        }
        if self.is_second_of_several() {
            return Err(self.not_a_unit());
        }
        if let Some(unit) = unit(token) {
            self.next();
            return begin.checked(Schedule::every(1, unit));
        }
        if is_length(token) || (token.contains('.') && token.starts_with(|first: char| first.is_ascii_digit())) {
            return self.interval();
        }
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.not_a_unit());
        }
        let n = self.count()?;
        let to = *self;
        let longest = if self.take("to") { Some(self.count()?) } else { None };
        let Some(unit) = unit(self.peek()) else { return Err(self.not_a_counted_unit()) };
        self.next();
        let schedule = begin.checked(Schedule::every(n, unit))?;
        match longest {
            Some(longest) => to.checked(schedule.to(longest)),
            None => Ok(schedule),
        }
    }

    fn on_weekdays(self, days: WeekdaySet) -> Result<Schedule> {
        self.checked(Schedule::every(1, Unit::Week).and_then(|weekly| weekly.on_weekdays(days)))
    }

    fn interval(&mut self) -> Result<Schedule> {
        let begin = *self;
        let length = self.length()?;
        let schedule = begin.checked(Schedule::interval(length))?;
        let to = *self;
        if !self.take("to") {
            return Ok(schedule);
        }
        let longest = self.length()?;
        to.checked(schedule.to_duration(longest))
    }

    /// Reads a number of up to 64 bits.
    pub(super) fn count(&mut self) -> Result<u64> {
        let digits = self.peek().bytes().all(|byte| byte.is_ascii_digit());
        let count = self.peek().parse().ok().filter(|_| digits);
        let count = count.ok_or_else(|| self.unexpected(&format!("a number, up to {}", u64::MAX)))?;
        self.next();
        Ok(count)
    }

    /// Reads what follows `once`.
    fn once(&mut self) -> Result<Schedule> {
        if self.take("after") {
            return Ok(Schedule::after(self.length()?));
        }
        let is_at = self.take("at") || self.take("on");
        if !is_at && !self.peek().eq_ignore_ascii_case("in") && !is_length(self.peek()) {
            return Err(self.unexpected("after, at or in, as in once after 90s or once at 2030-12-31 18:30"));
        }
        let begin = *self;
        let when = self.moment()?;
        begin.checked(Schedule::once(when))
    }

    /// Reads the name of a dialect in brackets, if there is one.
    fn dialect(&mut self) -> Result<Dialect> {
        if !self.take("(") {
            return Ok(Dialect::Unix);
        }
        let begin = *self;
        let dialect = begin.checked(self.next().to_ascii_lowercase().parse())?;
        if dialect == Dialect::Fields {
            return Err(begin.wrong("write cron[day='last', hour='17']"));
        }
        if !self.take(")") {
            return Err(self.unexpected("\")\""));
        }
        Ok(dialect)
    }

    /// Reads the fields of an expression, up to a word of the clause or a comma after a field.
    fn expression(&mut self, dialect: Dialect) -> Result<Schedule> {
        let begin = *self;
        loop {
            let rest = self.rest();
            let word = rest.split(|letter: char| letter.is_whitespace() || letter == ')').next().unwrap_or("");
            let field = word.trim_end_matches(',');
            self.check_field(field)?;
            if field.is_empty() || is_option(field) {
                break;
            }
            self.skip(field.len());
            if field.len() < word.len() {
                break;
            }
        }
        begin.cron(dialect, begin.up_to(*self), self.is_at_end())
    }

    /// Reads `cron[…]`.
    fn cron_fields(&mut self) -> Result<Schedule> {
        let begin = *self;
        let rest = self.rest();
        let Some(end) = rest.find(']') else {
            let mut last = *self;
            last.skip(rest.len());
            return Err(last.unexpected("\"]\" after the fields"));
        };
        self.skip(end + 1);
        begin.checked(Schedule::cron_in(Dialect::Fields, &rest["cron[".len()..end]))
    }

    /// The schedule of an expression. The error for one that is the whole text has its columns.
    fn cron(self, dialect: Dialect, expression: &str, is_at_end: bool) -> Result<Schedule> {
        let schedule = Schedule::cron_in(dialect, expression);
        if self.is_at_begin() && is_at_end {
            return schedule;
        }
        self.checked(schedule)
    }

    /// Reads what follows `on`, and limits the schedule to it.
    pub(super) fn on(&mut self, schedule: Schedule) -> Result<Schedule> {
        let begin = *self;
        if let Cadence::Every { unit: unit @ (Unit::Hour | Unit::Minute), .. } = schedule.cadence {
            self.check_days(unit)?;
        }
        let dates = self.dates()?;
        if schedule.takes_no_days() {
            return Err(begin.wrong(&format!("write only on {dates}")));
        }
        begin.checked(schedule.on_dates(&dates)).map_err(|error| match dates.items() {
            [NamedDates::Calendar(_)] => begin.unexpected("days, such as Monday, day 15 or the last day"),
            _ => error,
        })
    }
}

impl Schedule {
    /// Whether it repeats, but counts no weeks, months or years, whose days could be named.
    fn takes_no_days(&self) -> bool {
        match self.cadence {
            Cadence::Every { unit, .. } => !matches!(unit, Unit::Week | Unit::Month | Unit::Year),
            Cadence::Cron(_) | Cadence::All(_) | Cadence::Own(_) => true,
            Cadence::Unsaid | Cadence::After(_) | Cadence::Once(_) => false,
        }
    }

    /// Limits the schedule to the days that a clause names, if one method can.
    fn on_dates(self, dates: &Dates) -> Result<Self> {
        let rules = dates.items().iter().map(|item| match item {
            NamedDates::Rule(item) => Some(item),
            NamedDates::Calendar(_) => None,
        });
        let days: Option<Vec<u8>> = rules
            .clone()
            .map(|item| item.and_then(|item| if let DateItem::Day(day) = item { Some(*day) } else { None }))
            .collect();
        if let Some(days) = days {
            return self.on_days(days);
        }
        let rules: Vec<Option<&DateItem>> = rules.collect();
        match rules[..] {
            [Some(DateItem::Weekdays(days))] => self.on_weekdays(*days),
            [Some(DateItem::BeforeLast(days))] => self.on_nth_last_day(days + 1),
            [Some(DateItem::LastWorkday(0))] => self.on_last_weekday(),
            [Some(DateItem::Nearest(day))] => self.on_nearest_weekday(*day),
            [Some(DateItem::Nth(n, weekday))] => self.on_nth(*n, *weekday),
            [Some(DateItem::LastWeekday(weekday))] => self.on_last(*weekday),
            [Some(DateItem::Date { month, day })] => self.on_date(*month, *day),
            _ => Err(crate::error::Error::invalid(format!(
                "cannot limit {self} to {dates}: they cannot be one schedule (expected `only on {dates}`, or days of \
                 one kind)"
            ))),
        }
    }
}

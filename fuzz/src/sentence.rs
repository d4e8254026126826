//! A whole sentence, out of bytes.

use arbitrary::Arbitrary;
use punctual::{
    state::{self, Complete, Repeating, Single},
    Context, Every, Job, Result, Scheduler,
};

use crate::said::{Day, Length, Moment, Number, Place, Text};

#[derive(Arbitrary, Clone, Debug)]
pub struct Sentence<'a> {
    pub cadence: Cadence<'a>,
    /// In the order in which they are said; what the cadence does not take is left out.
    pub words: Vec<Word<'a>>,
}

#[derive(Arbitrary, Clone, Debug)]
pub enum Cadence<'a> {
    Millis(Number),
    Seconds(Number),
    Minutes(Number),
    Hours(Number),
    Days(Number),
    Weeks(Number),
    Months(Number),
    Years(Number),
    Duration(Length),
    On(Number, Vec<Day>),
    Monday,
    Weekday,
    Weekend,
    OnDay(Number, Number),
    OnLastDay(Number),
    OnNth(Number, Number, Day),
    OnLast(Number, Day),
    OnDate(Number, Number, Number),
    After(Length),
    Once(Moment<'a>),
}

#[derive(Arbitrary, Clone, Debug)]
pub enum Word<'a> {
    At(Text<'a>),
    To(Number),
    Tz(Place<'a>),
    Between(Text<'a>, Text<'a>),
    Starting(Moment<'a>),
    Until(Moment<'a>),
    Times(Number),
    Once,
    Immediately,
    Tag(&'a str),
    Named(&'a str),
    Priority(i32),
}

/// A state of a sentence, and which words it takes.
trait Takes: Complete + Sized {
    fn at(every: Every<Self>, _: &Text) -> Every<Self> {
        every
    }

    fn to(every: Every<Self>, _: Number) -> Every<Self> {
        every
    }

    fn repeating(every: Every<Self>, _: &Word) -> Every<Self> {
        every
    }
}

fn repeating<S: Repeating>(every: Every<S>, word: &Word) -> Every<S> {
    match word {
        Word::Between(open, close) => every.between(open.to_string(), close.to_string()),
        Word::Starting(when) => every.starting(when.say()),
        Word::Times(n) => every.times(n.get()),
        Word::Once => every.once(),
        Word::Immediately => every.immediately(),
        _ => every,
    }
}

macro_rules! takes {
    (@at) => {
        fn at(every: Every<Self>, text: &Text) -> Every<Self> {
            every.at(text.to_string())
        }
    };
    (@to) => {
        fn to(every: Every<Self>, n: Number) -> Every<Self> {
            every.to(n.get())
        }
    };
    ($($state:ident: $($word:ident)*;)*) => {$(
        impl Takes for state::$state {
            $(takes!(@$word);)*

            fn repeating(every: Every<Self>, word: &Word) -> Every<Self> {
                repeating(every, word)
            }
        }
    )*};
}

takes! {
    Seconds: to;
    Minutes: at to;
    Hours: at to;
    Days: at to;
    Weeks: to;
    Months: to;
    Years: to;
    Dates: at;
}

impl Takes for state::Length {
    fn to(every: Every<Self>, n: Number) -> Every<Self> {
        every.to(std::time::Duration::from_secs(n.get().unsigned_abs()))
    }

    fn repeating(every: Every<Self>, word: &Word) -> Every<Self> {
        repeating(every, word)
    }
}

impl Takes for Single {}

impl Cadence<'_> {
    /// Whether its job takes `at`.
    pub fn takes_at(&self) -> bool {
        use Cadence::{After, Duration, Millis, Months, Once, Seconds, Weeks, Years};
        !matches!(self, Millis(_) | Seconds(_) | Weeks(_) | Months(_) | Years(_) | Duration(_) | After(_) | Once(_))
    }

    pub fn takes_to(&self) -> bool {
        use Cadence::{Days, Duration, Hours, Millis, Minutes, Months, Seconds, Weeks, Years};
        matches!(
            self,
            Millis(_) | Seconds(_) | Minutes(_) | Hours(_) | Days(_) | Weeks(_) | Months(_) | Years(_) | Duration(_)
        )
    }

    pub fn is_single(&self) -> bool {
        matches!(self, Cadence::After(_) | Cadence::Once(_))
    }
}

impl Sentence<'_> {
    /// With the time that was said before for each that is the same again.
    pub fn resolved(mut self) -> Self {
        let mut before = Text::Time(12, 0);
        for word in &mut self.words {
            let (first, second) = match word {
                Word::At(text) => (Some(text), None),
                Word::Between(open, close) => (Some(open), Some(close)),
                _ => (None, None),
            };
            for text in first.into_iter().chain(second) {
                if matches!(text, Text::Again) {
                    *text = before.clone();
                }
                before = text.clone();
            }
        }
        self
    }

    pub fn say(&self, scheduler: &Scheduler, body: impl FnMut(&Context) + Send + 'static) -> Result<Job> {
        let every = scheduler.every();
        match &self.cadence {
            Cadence::Millis(n) => self.end(every.millis(n.get()), body),
            Cadence::Seconds(n) => self.end(every.seconds(n.get()), body),
            Cadence::Minutes(n) => self.end(every.minutes(n.get()), body),
            Cadence::Hours(n) => self.end(every.hours(n.get()), body),
            Cadence::Days(n) => self.end(every.days(n.get()), body),
            Cadence::Weeks(n) => self.end(every.weeks(n.get()), body),
            Cadence::Months(n) => self.end(every.months(n.get()), body),
            Cadence::Years(n) => self.end(every.years(n.get()), body),
            Cadence::Duration(length) => self.end(every.duration(length.get()), body),
            Cadence::On(n, days) => {
                let days: Vec<_> = days.iter().map(|day| day.get()).collect();
                self.end(every.weeks(n.get()).on(days), body)
            }
            Cadence::Monday => self.end(every.monday(), body),
            Cadence::Weekday => self.end(every.weekday(), body),
            Cadence::Weekend => self.end(every.weekend(), body),
            Cadence::OnDay(n, day) => self.end(every.months(n.get()).on_day(day.get()), body),
            Cadence::OnLastDay(n) => self.end(every.months(n.get()).on_last_day(), body),
            Cadence::OnNth(n, nth, day) => self.end(every.months(n.get()).on_nth(nth.get(), day.get()), body),
            Cadence::OnLast(n, day) => self.end(every.months(n.get()).on_last(day.get()), body),
            Cadence::OnDate(n, month, day) => self.end(every.years(n.get()).on_date(month.get(), day.get()), body),
            Cadence::After(length) => self.end(scheduler.after(length.get()), body),
            Cadence::Once(when) => self.end(scheduler.once(when.say()), body),
        }
    }

    fn end<S: Takes>(&self, every: Every<S>, body: impl FnMut(&Context) + Send + 'static) -> Result<Job> {
        let said = self.words.iter().fold(every, |every, word| match word {
            Word::At(text) => S::at(every, text),
            Word::To(n) => S::to(every, *n),
            Word::Tz(Place::Text(text)) => every.tz(text.to_string()),
            Word::Tz(place) => every.tz(place.say().expect("such a place is known")),
            Word::Until(when) => every.until(when.say()),
            Word::Tag(tag) => every.tag(tag),
            Word::Named(name) => every.named(name),
            Word::Priority(n) => every.priority(*n),
            other => S::repeating(every, other),
        });
        said.run_with(body)
    }
}

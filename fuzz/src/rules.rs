//! What holds of every sentence, however odd.

use punctual::{
    chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday},
    Error,
};

use crate::{
    said::{Moment, Number, Place, Text},
    sentence::{Cadence, Sentence, Word},
    texts::{time_of_day, time_of_hour, time_of_minute},
};

/// What the words of a sentence ask of its slots, as far as that is plain to see.
pub struct Rules<'a> {
    cadence: &'a Cadence<'a>,
    now: DateTime<Utc>,
    /// Its clocks, where they are never set.
    ahead: Option<TimeDelta>,
    at: Vec<NaiveTime>,
    window: Option<(NaiveTime, NaiveTime)>,
    until: Option<DateTime<Utc>>,
    starting: bool,
    pub times: Option<u64>,
    pub immediately: bool,
    longest: Option<i64>,
}

impl<'a> Rules<'a> {
    /// Of a sentence that was taken.
    pub fn new(sentence: &'a Sentence, now: DateTime<Utc>) -> Self {
        let cadence = &sentence.cadence;
        let mut rules = Rules {
            cadence,
            now,
            ahead: Some(TimeDelta::zero()),
            at: Vec::new(),
            window: None,
            until: None,
            starting: false,
            times: None,
            immediately: false,
            longest: None,
        };
        let repeats = !cadence.is_single();
        for word in &sentence.words {
            match word {
                Word::At(text) if cadence.takes_at() => {
                    rules.at.push(time(cadence, text).expect("only a time that can be read is taken"));
                }
                Word::To(n) if cadence.takes_to() => rules.longest = Some(n.get()),
                Word::Tz(place) => {
                    assert!(place.is_right(), "{place:?} is taken");
                    rules.ahead = place.fixed();
                }
                Word::Between(open, close) if repeats => {
                    let read = |text: &Text| time_of_day(&text.to_string());
                    let read = |text| read(text).expect("only a time that can be read is taken");
                    rules.window = Some((read(open), read(close)));
                }
                Word::Starting(_) if repeats => rules.starting = true,
                Word::Until(when) => rules.until = when.instant(now),
                Word::Times(n) if repeats => rules.times = u64::try_from(n.get()).ok(),
                Word::Once if repeats => rules.times = Some(1),
                Word::Immediately if repeats => rules.immediately = true,
                _ => {}
            }
        }
        rules
    }

    /// The first slot.
    pub fn judge_first(&self, slot: DateTime<Utc>) {
        let may_be_now = self.immediately || self.cadence.is_single();
        assert!(slot > self.now || may_be_now && slot == self.now, "the first slot {slot} is not after {}", self.now);
        if slot > self.now {
            self.judge(slot);
        }
        self.judge_deadline(slot);
    }

    /// A slot after the first, and the one before it, which was polled on time or not.
    pub fn judge_next(&self, before: DateTime<Utc>, slot: DateTime<Utc>, on_time: bool) {
        assert!(slot > before, "{slot} comes after {before}");
        self.judge(slot);
        self.judge_deadline(slot);
        let (Some(length), true) = (self.length(), self.at.is_empty()) else { return };
        if self.immediately && before == self.now {
            return;
        }
        let gap = nanos(slot - before);
        let is_one_step = on_time && self.window.is_none();
        match self.longest.filter(|longest| *longest > self.shortest()) {
            None => assert!(gap % length == 0 && (!is_one_step || gap == length), "{gap} ns is no step of {length} ns"),
            Some(longest) => {
                let longest = length / i128::from(self.shortest()) * i128::from(longest);
                assert!(gap >= length, "{gap} ns is not {length} ns");
                assert!(!is_one_step || gap <= longest, "{gap} ns is more than {longest} ns");
            }
        }
    }

    fn judge_deadline(&self, slot: DateTime<Utc>) {
        assert!(self.until.is_none_or(|until| slot <= until), "{slot} lies behind {:?}", self.until);
    }

    /// How long a step is at least, in nanoseconds, where it is elapsed time.
    fn length(&self) -> Option<i128> {
        let unit: i128 = match self.cadence {
            Cadence::Millis(_) => 1_000_000,
            Cadence::Seconds(_) => 1_000_000_000,
            Cadence::Minutes(_) => 60_000_000_000,
            Cadence::Hours(_) => 3_600_000_000_000,
            Cadence::Duration(length) if self.longest.is_none() => {
                return i128::try_from(length.get().as_nanos()).ok();
            }
            _ => return None,
        };
        Some(unit * i128::from(self.shortest()))
    }

    fn shortest(&self) -> i64 {
        match self.cadence {
            Cadence::Millis(n) | Cadence::Seconds(n) | Cadence::Minutes(n) | Cadence::Hours(n) => n.get(),
            _ => 1,
        }
    }

    /// Where the clocks of the sentence are never set, they show what it says.
    fn judge(&self, slot: DateTime<Utc>) {
        let Some(wall) = self.ahead.and_then(|ahead| slot.naive_utc().checked_add_signed(ahead)) else { return };
        if let Some((open, close)) = self.window {
            let time = wall.time();
            let is_open = if open < close { open <= time && time < close } else { open <= time || time < close };
            assert!(is_open, "{wall} is not between {open} and {close}");
        }
        let is_opening = self.longest.is_some() && self.window.is_some_and(|(open, _)| open == wall.time());
        if !self.at.is_empty() && !is_opening {
            assert!(self.at.contains(&self.shown(wall)), "{wall} is none of {:?}", self.at);
        }
        self.judge_date(wall.date());
    }

    /// What `at` is about.
    fn shown(&self, wall: NaiveDateTime) -> NaiveTime {
        let hms = |hour, minute| NaiveTime::from_hms_nano_opt(hour, minute, wall.second(), wall.nanosecond()).unwrap();
        match self.cadence {
            Cadence::Minutes(_) => hms(0, 0),
            Cadence::Hours(_) => hms(0, wall.minute()),
            _ => wall.time(),
        }
    }

    fn judge_date(&self, date: NaiveDate) {
        let weekday = date.weekday();
        let is_weekend = matches!(weekday, Weekday::Sat | Weekday::Sun);
        let last = last_day(date.year(), date.month());
        let is_one = match self.cadence {
            Cadence::On(_, days) => days.iter().any(|day| day.get() == weekday),
            Cadence::Monday => weekday == Weekday::Mon,
            Cadence::Weekday => !is_weekend,
            Cadence::Weekend => is_weekend,
            Cadence::OnDay(_, day) => i64::from(date.day()) == day.get().min(last.into()),
            Cadence::OnLastDay(_) => date.day() == last,
            Cadence::OnNth(_, nth, day) => weekday == day.get() && i64::from(date.day0() / 7 + 1) == nth.get(),
            Cadence::OnLast(_, day) => weekday == day.get() && date.day() + 7 > last,
            Cadence::OnDate(_, month, day) => {
                i64::from(date.month()) == month.get() && i64::from(date.day()) == day.get().min(last.into())
            }
            _ => true,
        };
        assert!(is_one, "{date}, a {weekday}, is none of {:?}", self.cadence);
    }
}

fn last_day(year: i32, month: u32) -> u32 {
    (28..=31).rev().find(|day| NaiveDate::from_ymd_opt(year, month, *day).is_some()).unwrap()
}

fn nanos(delta: TimeDelta) -> i128 {
    i128::from(delta.num_seconds()) * 1_000_000_000 + i128::from(delta.subsec_nanos())
}

fn time(cadence: &Cadence, text: &Text) -> Option<NaiveTime> {
    let text = text.to_string();
    match cadence {
        Cadence::Minutes(_) => time_of_minute(&text),
        Cadence::Hours(_) => time_of_hour(&text),
        _ => time_of_day(&text),
    }
}

/// An error is about something that was said, and quotes it.
pub fn judge_error(sentence: &Sentence, error: &Error) {
    let message = error.to_string();
    let quotes = |text: &Text| message.contains(&format!("{:?}", text.to_string()));
    let moment = |when: &Moment| {
        message.contains(&format!("\"{}\"", when.say())) || message.contains(&format!("{:?}", when.say().to_string()))
    };
    let counts = |n: &Number| message.contains(&n.get().to_string());
    let mut words = sentence.words.iter();
    let is = |about: &[&str]| error.is_invalid() && about.iter().any(|start| message.starts_with(start));
    let is_told = if is(&["invalid time", "invalid window"]) {
        words.any(|word| match word {
            Word::At(text) => quotes(text) && time(&sentence.cadence, text).is_none(),
            Word::Between(open, close) => quotes(open) || quotes(close) || is_window(&message, open, close),
            _ => false,
        })
    } else if is(&["unknown time zone", "invalid offset"]) {
        words.any(|word| matches!(word, Word::Tz(Place::Text(text)) if quotes(text)))
    } else if is(&["invalid moment"]) {
        matches!(&sentence.cadence, Cadence::Once(when) if moment(when))
            || words.any(|word| matches!(word, Word::Until(when) | Word::Starting(when) if moment(when)))
    } else if is(&["invalid tag", "invalid name"]) {
        words.any(|word| matches!(word, Word::Tag("") | Word::Named("")))
    } else if is(&["invalid count", "invalid range", "invalid duration"]) {
        numbers(&sentence.cadence).iter().any(counts)
            || matches!(sentence.cadence, Cadence::Duration(_))
            || words.any(|word| matches!(word, Word::Times(n) | Word::To(n) if counts(n)))
    } else if error.is_invalid() {
        numbers(&sentence.cadence).iter().any(counts)
            || matches!(&sentence.cadence, Cadence::On(_, days) if days.is_empty())
    } else {
        error.is_never()
    };
    assert!(is_told, "{message}");
    assert!(!is_sensible(sentence), "{message}");
}

fn is_window(message: &str, open: &Text, close: &Text) -> bool {
    let (open, close) = (time_of_day(&open.to_string()), time_of_day(&close.to_string()));
    open.is_some_and(|open| Some(open) == close && message.contains(&format!("\"{open}\"")))
}

fn numbers(cadence: &Cadence) -> Vec<Number> {
    match *cadence {
        Cadence::Millis(n) | Cadence::Seconds(n) | Cadence::Minutes(n) | Cadence::Hours(n) => vec![n],
        Cadence::Days(n) | Cadence::Weeks(n) | Cadence::Months(n) | Cadence::Years(n) => vec![n],
        Cadence::On(n, _) | Cadence::OnLastDay(n) | Cadence::OnLast(n, _) => vec![n],
        Cadence::OnDay(n, day) => vec![n, day],
        Cadence::OnNth(n, nth, _) => vec![n, nth],
        Cadence::OnDate(n, month, day) => vec![n, month, day],
        _ => Vec::new(),
    }
}

/// Whether nobody could refuse this: modest numbers, a text that can be read, and nothing that bounds it.
fn is_sensible(sentence: &Sentence) -> bool {
    use Cadence::{Days, Hours, Millis, Minutes, Monday, Months, Seconds, Weekday, Weekend, Weeks, Years};
    let cadence = &sentence.cadence;
    let is_plain = match cadence {
        Millis(n) | Seconds(n) | Minutes(n) | Hours(n) | Days(n) | Weeks(n) | Months(n) | Years(n) => n.is_modest(),
        Monday | Weekday | Weekend => true,
        _ => false,
    };
    is_plain
        && sentence.words.iter().all(|word| match word {
            Word::At(text) => !cadence.takes_at() || time(cadence, text).is_some(),
            Word::Tz(place) => place.is_right(),
            Word::Times(n) => n.get() > 0,
            Word::Tag(text) | Word::Named(text) => !text.is_empty(),
            Word::Once | Word::Immediately | Word::Priority(_) => true,
            Word::To(_) | Word::Between(..) | Word::Starting(_) | Word::Until(_) => false,
        })
}

//! Schedules out of text.
//!
//! One token ahead decides, except in lists: what follows a comma or `and` may belong to the list or to the clause.

mod clause;
mod hints;
mod length;
mod moment;
mod numbers;
mod options;

use std::str::FromStr;

use self::options::Whole;
use super::{tokens::Tokens, Schedule};
use crate::error::{Error, Result};

/// Reads a schedule in English: what `Display` shows, in any case, with its options in any order.
///
/// ```text
/// schedule = member { "or" member } { [","] "except" dates }, then the options of the whole
/// member   = clause | "(" schedule ")" { "and" "(" schedule ")" } { option }      options of each schedule in brackets
/// clause   = ( "every" … | "once" … | cron expression ) { option }
/// ```
///
/// | | |
/// | --- | --- |
/// | `every second`, `every 5 to 10 minutes`, `every 90s`, `every weekday`, `every Mon and Thu` | how often |
/// | `on Monday`, `on day 15`, `on the last day`, `on the 3rd last day`, `on the 2nd Tuesday`, `on 29 February` | the days of a longer unit |
/// | `on the weekday nearest day 15`, `on the last weekday` | its working days, Monday to Friday |
/// | `at 9:30 and 18:00`, `at :05 and 30:15`, `at minutes 0 and 30 of hours 9 to 17` | the times of a day or hour |
/// | `once after 90s`, `once at 2030-01-01 18:30` | a single run |
/// | `30 9 * * 1-5`, `cron(quartz) 0 0 12 ? * FRI`, `@daily`, `cron[day='3rd fri']` | [cron](Schedule::cron) |
/// | `at a random time between 9:00 and 11:00`, `with jitter 30s`, `spread over 1h` | slots that are put off |
/// | `between 9:00 and 17:30`, `only on weekdays`, `only in June to August`, `only in hours 9 to 17` | limits |
/// | `in Europe/Berlin`, `starting 2030-01-01`, `starting in 5min` | options of a clause |
/// | `until 2030-01-01 18:00`, `for 8h`, `immediately`, `, once`, `, 10 times` | options of the whole |
///
/// A length is a number and `ns`, `us`, `ms`, `s`, `min`, `h` or `d`. `except` applies to everything before it.
///
/// `parse` needs no scheduler: use it to check text when a configuration is loaded, to compare or store a schedule, or
/// to register several jobs with it. For one job, [`schedule(text)`](crate::schedule()) starts a sentence with the
/// text, and the error comes from `run`.
///
/// # Errors
///
/// If anything cannot be read, if an option does not apply, or if the text has more than 256 bytes.
///
/// ```
/// use punctual::{every, Schedule};
/// let schedule: Schedule = "every weekday at 9:30 in Europe/Berlin".parse()?;
/// # #[cfg(feature = "tz")]
/// assert_eq!(schedule, every().weekday().at("09:30").tz("Europe/Berlin").schedule()?);
///
/// let error = "every wekday at 9:30".parse::<Schedule>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid text \"every wekday at 9:30\": unknown word \"wekday\" at column 7: did you mean \"weekday\"?",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut tokens = Tokens::new(text)?;
        let schedule = tokens.schedule(0)?;
        if !tokens.is_at_end() {
            return Err(tokens.not_an_option());
        }
        Ok(schedule)
    }
}

impl<'a> Tokens<'a> {
    /// The most brackets inside one another. It bounds the recursion; no schedule needs more to be shown.
    const DEEPEST: usize = 8;

    /// Reads alternatives, and the options of them all, up to what is none.
    fn schedule(&mut self, depth: usize) -> Result<Schedule> {
        let mut whole = Whole::default();
        let mut so_far: Option<Schedule> = None;
        loop {
            let begin = *self;
            let (member, is_in_brackets) = if !self.take("(") {
                (self.clause(&mut whole)?, false)
            } else {
                let part = self.brackets(begin, depth)?;
                match self.peek().eq_ignore_ascii_case("and") {
                    true => (self.common(begin, part, depth, &mut whole)?, false),
                    false => (self.group(part, &mut whole)?, true),
                }
            };
            so_far = Some(match so_far {
                None => member,
                Some(first) => begin.checked(first.or(member))?,
            });
            let or = *self;
            if !self.take("or") {
                break;
            }
            if whole.has_except() {
                let why = "`except` holds for all before it (expected the alternative in brackets, or `except` last)";
                return Err(or.wrong(why));
            }
            if let Some(word) = so_far.as_ref().filter(|_| is_in_brackets).and_then(Schedule::word_of_whole) {
                return Err(begin.wrong(&format!("an alternative has its own `{word}` (expected `{word}` last)")));
            }
        }
        let schedule = so_far.ok_or_else(|| self.unexpected("a schedule"))?;
        whole.apply(schedule)
    }

    /// Reads what is between brackets, and the second of them.
    fn brackets(&mut self, begin: Self, depth: usize) -> Result<Schedule> {
        if depth == Tokens::DEEPEST {
            return Err(begin.wrong(&format!("there are too many brackets (expected at most {depth})")));
        }
        let schedule = self.schedule(depth + 1)?;
        if !self.take(")") {
            return Err(if self.is_at_end() { self.unexpected("\")\"") } else { self.not_an_option() });
        }
        Ok(schedule)
    }

    /// Reads the options of a group in brackets, which each of its alternatives has.
    fn group(&mut self, mut group: Schedule, whole: &mut Whole<'a>) -> Result<Schedule> {
        let others = group.split_off_alternatives();
        let begin = *self;
        let first = self.options(group, whole)?;
        others.into_iter().try_fold(first, |all, other| {
            // The options of the whole have been read.
            let other = begin.clone().options(other, &mut Whole::default())?;
            begin.checked(all.or(other))
        })
    }

    /// Reads the schedules that have slots in common with a first one, each in brackets, and the options of their
    /// whole.
    fn common(&mut self, begin: Self, first: Schedule, depth: usize, whole: &mut Whole<'a>) -> Result<Schedule> {
        begin.check_part(&first)?;
        let mut all = first;
        while self.take("and") {
            let place = *self;
            if !self.take("(") {
                return Err(
                    place.unexpected("a schedule in brackets, as in (every Friday) and (every month on day 13)")
                );
            }
            let part = self.brackets(place, depth)?;
            place.check_part(&part)?;
            all = place.checked(all.and(part))?;
        }
        self.options(all, whole)
    }

    /// Checks that a schedule in brackets has no option that applies to the whole.
    fn check_part(self, part: &Schedule) -> Result<()> {
        let word = part.word_of_whole();
        word.map_or(Ok(()), |word| Err(self.wrong(&format!("a part has its own `{word}` (expected `{word}` last)"))))
    }

    /// Puts the place of the next token into the error of a method.
    fn checked<T>(self, result: Result<T>) -> Result<T> {
        result.map_err(|error| self.refused(error))
    }
}

//! Times and moments.

use chrono::{NaiveTime, TimeDelta};

use super::{
    super::{time::time_of_day, tokens::Tokens, IntoTime, IntoWhen, Time, When},
    length::is_length,
};
use crate::error::Result;

/// Reads the time of a token. One with a fraction has no text that is read everywhere.
fn with_fraction(token: &str) -> Option<NaiveTime> {
    let (time, fraction) = token.split_once('.')?;
    if time.matches(':').count() != 2 || !(1..=9).contains(&fraction.len()) {
        return None;
    }
    let nanos: i64 = fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| fraction.parse().ok()).flatten()?;
    let nanos = nanos * 10_i64.pow(9 - fraction.len() as u32);
    Some(time_of_day(time).ok()? + TimeDelta::nanoseconds(nanos))
}

fn has_time_form(token: &str) -> bool {
    token.contains(':') && token.starts_with(|first: char| first.is_ascii_digit() || first == ':')
}

impl<'a> Tokens<'a> {
    /// Whether the next token is a time, or meant to be one.
    pub(super) fn begins_time(self) -> bool {
        has_time_form(self.peek()) || self.is_spoken_time()
    }

    /// Reads a time, whatever it is of.
    pub(super) fn time(&mut self) -> Result<Time> {
        if !has_time_form(self.peek()) {
            return Err(self.not_a_time());
        }
        let begin = *self;
        let token = self.next();
        let is_half = |word: &str| ["am", "pm"].iter().any(|half| word.eq_ignore_ascii_case(half));
        if is_half(self.peek()) || begin.is_spoken_time() {
            return Err(begin.not_a_time());
        }
        Ok(with_fraction(token).map_or_else(|| token.into_time(), IntoTime::into_time))
    }

    /// Reads a date, with a time and an offset if need be; a time; or a length from now.
    pub(super) fn moment(&mut self) -> Result<When> {
        if self.take("in") {
            return Ok(self.length()?.into_when());
        }
        let token = self.peek();
        if is_length(token) {
            let begin = *self;
            let length = self.length()?;
            if !self.take("ago") {
                return Err(begin.wrong(&format!("write in {token}, or {token} ago")));
            }
            let length = TimeDelta::from_std(length);
            return Ok((-length.map_err(|_| begin.wrong("it is too long ago"))?).into_when());
        }
        if let Some(time) = with_fraction(token) {
            self.next();
            return Ok(time.into_when());
        }
        if has_time_form(token) && !self.is_spoken_time() {
            return Ok(self.next().into_when());
        }
        let is_date = token.get(1..).is_some_and(|rest| rest.contains('-'))
            && token.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-'));
        if !is_date {
            return Err(self.not_a_moment());
        }
        let begin = *self;
        self.next();
        let mut end = *self;
        if has_time_form(self.peek()) {
            self.next();
            end = *self;
        }
        let offset = self.peek();
        if offset.starts_with(['+', '-']) || matches!(offset, "UTC" | "Z" | "z") {
            self.next();
            end = *self;
        }
        let text = begin.up_to(end).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(text.into_when())
    }
}

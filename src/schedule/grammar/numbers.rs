//! Lists of numbers.

use super::super::{names::span, tokens::Tokens};
use crate::error::Result;

impl Tokens<'_> {
    /// Reads a list of numbers from 0 on, less than `of`, as in `0, 15 and 30 to 45`; one bit each. It ends before what
    /// counts runs, as in `, 10 times`.
    pub(super) fn numbers(&mut self, of: u8, what: &str) -> Result<u64> {
        let mut bits = self.number_span(of, what)?;
        let mut ahead = *self;
        while ahead.take_joint() && ahead.begins_number() {
            bits |= ahead.number_span(of, what)?;
            *self = ahead;
        }
        Ok(bits)
    }

    fn begins_number(mut self) -> bool {
        self.next().parse::<u8>().is_ok() && !self.peek().eq_ignore_ascii_case("times")
    }

    fn number_span(&mut self, of: u8, what: &str) -> Result<u64> {
        let from = self.number(of, what)?;
        let to = if self.take("to") { self.number(of, what)? } else { from };
        Ok(span(from.into(), to.into(), of.into()))
    }

    fn number(&mut self, of: u8, what: &str) -> Result<u8> {
        let is_plain = self.peek().bytes().all(|byte| byte.is_ascii_digit());
        let number = self.peek().parse().ok().filter(|number| *number < of && is_plain);
        let number = number.ok_or_else(|| self.unexpected(&format!("{what}, 0 to {}", of - 1)))?;
        self.next();
        Ok(number)
    }
}

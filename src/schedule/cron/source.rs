//! The text of an expression, as errors quote it.

use std::fmt;

use super::Dialect;
use crate::{
    error::{Error, Result},
    text::shortened,
};

/// The text that is read. What an error quotes is a part of it, so that its column is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) dialect: Dialect,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The most bytes of an expression. It bounds the work of reading one, and of finding its slots.
    const LONGEST: usize = 256;

    /// Refuses a text that is too long.
    pub(super) fn check_length(self) -> Result<()> {
        match self.text.len() {
            0..=Self::LONGEST => Ok(()),
            length => Err(self.refuse(format_args!("it has {length} bytes (expected {} at most)", Self::LONGEST))),
        }
    }

    /// The error for the whole text.
    #[cold]
    pub(super) fn refuse(self, why: impl fmt::Display) -> Error {
        Error::invalid(format!("invalid {self}: {why}"))
    }

    /// The error for a part of the text, which is part of a field.
    #[cold]
    pub(super) fn refuse_part(self, field: &str, part: &str, why: impl fmt::Display) -> Error {
        Error::invalid(format!("invalid {self}: {field} {part:?} at column {} {why}", self.column(part)))
    }

    /// The column of a part of the text, from 1, in characters.
    pub(super) fn column(self, part: &str) -> usize {
        let at = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        self.text.get(..at).map_or(0, |before| before.chars().count()) + 1
    }
}

/// The expression in its dialect, cut short if it is long.
impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, cut) = shortened(self.text);
        match self.dialect {
            Dialect::Fields => write!(f, "cron[{text}{cut}]"),
            Dialect::Unix => write!(f, "cron {text:?}{cut}"),
            dialect => write!(f, "cron({dialect}) {text:?}{cut}"),
        }
    }
}

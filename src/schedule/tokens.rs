//! The words of a text, and where they stand.

use crate::{
    error::{Error, Result},
    text::Quoted,
};

/// What is left to read of a text. A copy is a place to come back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
}

impl<'a> Tokens<'a> {
    const LONGEST: usize = 256;

    /// # Errors
    ///
    /// If the text is longer than 256 bytes.
    pub(super) fn new(text: &'a str) -> Result<Self> {
        if text.len() > Tokens::LONGEST {
            let why = format!("it has {} bytes (expected {} at most)", text.len(), Tokens::LONGEST);
            return Err(Error::invalid(format!("invalid text {}: {why}", Quoted(text))));
        }
        Ok(Tokens { text, at: 0 }.after_blanks())
    }

    fn after_blanks(mut self) -> Self {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self
    }

    /// The next token: a comma, a bracket, or all up to the next of these or a blank. Empty at the end.
    pub(super) fn peek(self) -> &'a str {
        let rest = &self.text[self.at..];
        let alone = |letter: char| matches!(letter, ',' | '(' | ')');
        match rest.chars().next() {
            Some(letter) if alone(letter) => &rest[..1],
            _ => rest.split(|letter: char| letter.is_whitespace() || alone(letter)).next().unwrap_or(""),
        }
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.at += token.len();
        *self = self.after_blanks();
        token
    }

    /// Reads the next token if it is this one, in any case.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let is = self.peek().eq_ignore_ascii_case(token);
        if is {
            self.next();
        }
        is
    }

    /// Reads `and`, a comma, or both: what stands between the items of a list.
    pub(super) fn take_joint(&mut self) -> bool {
        let comma = self.take(",");
        self.take("and") || comma
    }

    pub(super) fn is_at_end(self) -> bool {
        self.at == self.text.len()
    }

    /// The place of the next token, in characters, from 1.
    pub(super) fn column(self) -> usize {
        self.text[..self.at].chars().count() + 1
    }

    /// An error about the next token.
    pub(super) fn unexpected(self, expected: &str) -> Error {
        let column = self.column();
        let what = match self.peek() {
            "" => format!("the text ends at column {column}"),
            token => format!("unexpected {token:?} at column {column}"),
        };
        Error::invalid(format!("invalid text {:?}: {what} (expected {expected})", self.text))
    }

    /// The text from here up to another place in it, without blanks at its end.
    pub(super) fn up_to(self, end: Self) -> &'a str {
        self.text.get(self.at..end.at).unwrap_or("").trim_end()
    }

    /// What is left of the text.
    pub(super) fn rest(self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether nothing was read yet.
    pub(super) fn is_at_begin(self) -> bool {
        self.text[..self.at].trim_start().is_empty()
    }

    /// Reads some bytes of what is left, which end where a character does.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.len());
        *self = self.after_blanks();
    }

    /// An error about the next token that is a word with a reason.
    pub(super) fn wrong(self, why: &str) -> Error {
        let (token, column) = (self.peek(), self.column());
        Error::invalid(format!("invalid text {:?}: {token:?} at column {column}: {why}", self.text))
    }

    /// The error of a method, about what begins with the next token.
    pub(super) fn refused(self, error: Error) -> Error {
        error.at(format_args!("invalid text {:?}: at column {}", self.text, self.column()))
    }

    /// An error about the next token, which is nearly another word.
    pub(super) fn misspelled(self, meant: &str) -> Error {
        let (token, column) = (self.peek(), self.column());
        let what = format!("unknown word {token:?} at column {column}: did you mean {meant:?}?");
        Error::invalid(format!("invalid text {:?}: {what}", self.text))
    }

    /// # Errors
    ///
    /// If anything is left to read.
    pub(super) fn end(self, expected: &str) -> Result<()> {
        if self.is_at_end() {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }
}

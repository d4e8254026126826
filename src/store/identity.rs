//! Random numbers that identify a process and a run.

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    num::ParseIntError,
    process,
    str::FromStr,
    time::SystemTime,
};

/// Draws 64 random bits. The keys of a `RandomState` are the system's random numbers; a fork has the same ones, but
/// another process number.
fn half() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(process::id());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    hasher.write_u128(since.as_nanos());
    hasher.finish()
}

/// Draws 128 random bits.
pub(super) fn draw() -> u128 {
    u128::from(half()) << 64 | u128::from(half())
}

/// The identity of a process that uses a store: random, and new with each [`join`](super::Store::join).
///
/// Host name and process number are no identity: both come back, and whatever the earlier process had claimed would
/// belong to the later one.
///
/// ```
/// use punctual::store::HolderId;
/// let holder = HolderId::random();
/// assert_ne!(holder, HolderId::random());
/// assert_eq!(holder.to_string().parse(), Ok(holder));
/// assert_eq!(HolderId(255).to_string(), "000000000000000000000000000000ff");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct HolderId(pub u128);

/// What proves that a run is one's own: random, and new with each claim. A run is finished by its token and in no other
/// way, so the late answer of a process that was taken for dead is refused.
///
/// ```
/// use punctual::store::Token;
/// let token = Token::random();
/// assert_ne!(token, Token::random());
/// assert_eq!(token.to_string().parse(), Ok(token));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Token(pub u128);

impl HolderId {
    /// Draws an identity.
    ///
    /// ```
    /// use punctual::store::HolderId;
    /// assert_ne!(HolderId::random(), HolderId::random());
    /// ```
    pub fn random() -> Self {
        HolderId(draw())
    }
}

impl Token {
    /// Draws a token.
    ///
    /// ```
    /// use punctual::store::Token;
    /// assert_ne!(Token::random(), Token::random());
    /// ```
    pub fn random() -> Self {
        Token(draw())
    }
}

/// The number as text, and back: 32 hexadecimal digits, which any database stores and sorts.
macro_rules! hexadecimal {
    ($($name:ident)+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                u128::from_str_radix(text, 16).map($name)
            }
        }
    )+};
}

hexadecimal! { HolderId Token }

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, thread};

    use super::*;

    #[test]
    fn no_number_is_drawn_twice() {
        let threads: Vec<_> =
            (0..4).map(|_| thread::spawn(|| (0..2_000).map(|_| draw()).collect::<Vec<_>>())).collect();
        let drawn: Vec<u128> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), drawn.len());
        // Each bit is drawn.
        assert_eq!(drawn.iter().fold(0, |all, number| all | number), u128::MAX);
        assert_eq!(drawn.iter().fold(u128::MAX, |all, number| all & number), 0);
    }

    #[test]
    fn other_text_is_no_identity() {
        for text in ["", "x", "-1", "100000000000000000000000000000000"] {
            assert!(text.parse::<HolderId>().is_err(), "{text}");
        }
    }
}

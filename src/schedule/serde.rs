//! Schedules as strings of a data format.

use std::fmt;

use ::serde::{de::Visitor, ser::Error as _, Deserialize, Deserializer, Serialize, Serializer};

use super::{tokens::Tokens, Cadence, Schedule};

/// Writes the text that `Display` shows.
///
/// A schedule whose text cannot be read back, because it uses a [`Trigger`](crate::Trigger) of your own or is longer
/// than 256 bytes, is an error.
///
/// ```
/// use punctual::{chrono::{DateTime, Utc}, every, Schedule, Trigger};
/// let schedule = every().weekday().at("9:30").schedule()?;
/// assert_eq!(serde_json::to_string(&schedule).unwrap(), "\"every weekday at 09:30\"");
///
/// struct Never;
///
/// impl Trigger for Never {
///     fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
///         None
///     }
/// }
///
/// let error = serde_json::to_string(&Schedule::from_trigger(Never)).unwrap_err();
/// assert_eq!(error.to_string(), "a schedule by a trigger has no text (expected one that is said in words)");
/// # Ok::<(), punctual::Error>(())
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.has_part(&|part| matches!(part.cadence, Cadence::Own(_) | Cadence::Unsaid)) {
            let why = "a schedule by a trigger has no text (expected one that is said in words)";
            return Err(S::Error::custom(why));
        }
        let text = self.to_string();
        Tokens::new(&text).map_err(S::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

/// Reads a string as [`FromStr`](Schedule#impl-FromStr-for-Schedule) does.
///
/// ```
/// use punctual::{every, Schedule};
/// let schedule: Schedule = serde_json::from_str("\"every weekday at 9:30\"").unwrap();
/// assert_eq!(schedule, every().weekday().at("09:30").schedule()?);
///
/// let error = serde_json::from_str::<Schedule>("\"every wekday\"").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid text \"every wekday\": unknown word \"wekday\" at column 7: did you mean \"weekday\"? \
///      at line 1 column 14",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a schedule, such as \"every weekday at 09:30\"")
    }

    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<Schedule, E> {
        text.parse().map_err(E::custom)
    }
}

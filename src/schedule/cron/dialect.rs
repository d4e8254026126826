//! The dialects of cron expressions, as rows of flags for one reader.

use std::{fmt, str::FromStr};

use crate::{
    error::{Error, Result},
    text::Quoted,
};

/// The dialects of cron expressions: how many fields, which number is Sunday, and what else an expression may say.
///
/// | | `Unix` | `Vixie` | `Quartz` | `Celery` |
/// | --- | --- | --- | --- | --- |
/// | fields | 5, 6 with seconds first, 7 with years last | 5 | 6, 7 with years | 5 |
/// | Sunday | 0 and 7 | 0 and 7 | 1 | 0 |
/// | day of month and day of week | either; both with `+` | either; both if one begins with `*` | one is `?` | both |
/// | `22-2`, `FRI-MON` | refused | refused | wrap | wrap |
/// | `5/15` | refused | refused | from 5 on | refused |
/// | last day | `L` | `$` | `L`, `L-3` | |
/// | weekday nearest a day | `15W`, `LW` | | `15W`, `LW`, `L-3W` | |
/// | weekday of the month | `5#2`, `5L`, `5#L` | | `6#2`, `6L` | |
/// | names of days and months | `FRI` | `FRI` | `FRI` | `fri`, `friday` |
/// | `@daily` and the like | yes | yes | | |
///
/// Names are read in any case, and mean the same in each dialect. [`Fields`](crate::Fields) are a form of their own.
///
/// ```
/// use punctual::{Dialect, Schedule};
/// let unix = Schedule::cron("0 12 * * FRI")?;
/// let quartz = Schedule::cron_in(Dialect::Quartz, "0 0 12 ? * 6")?;
/// assert_eq!(unix, quartz);
/// assert_eq!(quartz.to_string(), "cron(quartz) 0 0 12 ? * 6");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// The Open Cron Pattern Specification, 1.0 to 1.4, and `LW`: the default.
    Unix,
    /// Vixie's cron and cronie, as most crontabs of Linux systems are read.
    Vixie,
    /// Quartz, and most of Spring's `@Scheduled`.
    Quartz,
    /// The `crontab` of Celery: minute, hour, day of month, month, day of week.
    Celery,
    /// APScheduler's fields as text: `day='3rd fri', hour='17'`. [`Fields`](crate::Fields) builds them.
    Fields,
}

/// How the two day fields limit the dates together, if both do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayFields {
    /// A date has to match one of them; both after a `+`.
    Either,
    /// A date has to match one of them; both if the text of one begins with `*`.
    EitherUnlessStarred,
    /// Exactly one of them is `?`.
    OneIsUnsaid,
    /// A date has to match both.
    Both,
}

/// What the reader does differently from one dialect to another.
#[derive(Debug)]
pub(super) struct Flags {
    /// The fewest and the most fields.
    pub(super) fields: (usize, usize),
    /// Whether the first field is the second even if the number of fields is the fewest.
    pub(super) has_seconds: bool,
    /// The number of Sunday, from which the days of the week are counted.
    pub(super) sunday: u16,
    /// Whether 7 is Sunday, too.
    pub(super) seven_is_sunday: bool,
    pub(super) days: DayFields,
    /// Whether `?` may stand for `*` in the day fields.
    pub(super) question_mark: bool,
    /// Whether `a/n` means from `a` to the end.
    pub(super) open_step: bool,
    /// Whether a range may run past the end of its field.
    pub(super) wraps: bool,
    /// Whether names may be longer than three letters.
    pub(super) long_names: bool,
    /// The sign of the last day of the month.
    pub(super) last_day: Option<u8>,
    /// Whether `L-3`, and `L-3W`, count from the last day.
    pub(super) before_last: bool,
    /// Whether there are `15W` and `LW`.
    pub(super) nearest: bool,
    /// Whether there are `5#2` and `5L`.
    pub(super) nth: bool,
    /// Whether `5#L` means the last, too.
    pub(super) nth_last: bool,
    /// Whether `L` is a day of the week: the last one, Saturday.
    pub(super) last_weekday: bool,
    /// Whether a name stands alone or between two names, without a step.
    pub(super) plain_names: bool,
    pub(super) macros: bool,
}

const UNIX: Flags = Flags {
    fields: (5, 7),
    has_seconds: false,
    sunday: 0,
    seven_is_sunday: true,
    days: DayFields::Either,
    question_mark: true,
    open_step: false,
    wraps: false,
    long_names: false,
    last_day: Some(b'L'),
    before_last: false,
    nearest: true,
    nth: true,
    nth_last: true,
    last_weekday: false,
    plain_names: false,
    macros: true,
};

const VIXIE: Flags = Flags {
    fields: (5, 5),
    days: DayFields::EitherUnlessStarred,
    question_mark: false,
    last_day: Some(b'$'),
    nearest: false,
    nth: false,
    nth_last: false,
    ..UNIX
};

const QUARTZ: Flags = Flags {
    fields: (6, 7),
    has_seconds: true,
    sunday: 1,
    seven_is_sunday: false,
    days: DayFields::OneIsUnsaid,
    question_mark: true,
    open_step: true,
    wraps: true,
    before_last: true,
    nth_last: false,
    last_weekday: true,
    macros: false,
    ..UNIX
};

const CELERY: Flags = Flags {
    fields: (5, 5),
    seven_is_sunday: false,
    days: DayFields::Both,
    wraps: true,
    long_names: true,
    last_day: None,
    macros: false,
    ..VIXIE
};

const FIELDS: Flags = Flags {
    fields: (0, 8),
    sunday: 6,
    seven_is_sunday: false,
    days: DayFields::Both,
    open_step: true,
    last_day: None,
    plain_names: true,
    macros: false,
    ..VIXIE
};

impl Dialect {
    /// With the names in text.
    const NAMES: [(Dialect, &'static str); 5] = [
        (Dialect::Unix, "unix"),
        (Dialect::Vixie, "vixie"),
        (Dialect::Quartz, "quartz"),
        (Dialect::Celery, "celery"),
        (Dialect::Fields, "fields"),
    ];

    /// The row of the dialect.
    pub(super) fn flags(self) -> &'static Flags {
        match self {
            Dialect::Unix => &UNIX,
            Dialect::Vixie => &VIXIE,
            Dialect::Quartz => &QUARTZ,
            Dialect::Celery => &CELERY,
            Dialect::Fields => &FIELDS,
        }
    }
}

/// The name in lower case, as in `cron(quartz) 0 0 12 ? * FRI`.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Dialect::NAMES.iter().find(|(dialect, _)| dialect == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

/// Reads the name, in lower case.
///
/// ```
/// use punctual::Dialect;
/// assert_eq!("quartz".parse::<Dialect>()?, Dialect::Quartz);
/// let error = "jenkins".parse::<Dialect>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown cron dialect \"jenkins\" (expected unix, vixie, quartz, celery or fields)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
impl FromStr for Dialect {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Dialect::NAMES.iter().find(|(_, known)| *known == name);
        known.map(|(dialect, _)| *dialect).ok_or_else(|| {
            let expected = "expected unix, vixie, quartz, celery or fields";
            Error::invalid(format!("unknown cron dialect {} ({expected})", Quoted(name)))
        })
    }
}

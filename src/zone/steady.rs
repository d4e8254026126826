//! For how long an offset holds.

/// A span of time in which one offset holds, in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steady {
    pub(crate) from: i64,
    /// The first second that is not known to belong to the span.
    pub(crate) until: i64,
    /// In seconds, positive towards the east.
    pub(crate) offset: i64,
}

impl Steady {
    /// No time at all.
    pub(crate) const NEVER: Steady = Steady { from: i64::MAX, until: i64::MIN, offset: 0 };

    pub(super) fn always(offset: i64) -> Self {
        Steady { from: i64::MIN, until: i64::MAX, offset }
    }
}

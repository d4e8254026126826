//! The offset changes of a zone, found from nothing but the offset at each second.

use std::sync::Arc;

use super::OffsetSpan;

pub(super) const DAY_SECONDS: i64 = 86_400;

/// The length of a part of the time line, in seconds. A part is looked up as a whole, with one look-up a day.
pub(super) const CHUNK: i64 = 128 * DAY_SECONDS;

/// The number of parts to keep in memory.
pub(super) const KEPT: usize = 4_096;

/// An [`OffsetSpan`] in seconds, without the margin.
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) offset: i64,
}

impl From<Span> for OffsetSpan {
    fn from(span: Span) -> Self {
        OffsetSpan::within(span.from, span.until, span.offset)
    }
}

/// A second, and the offset that applies from then on.
type Transition = (i64, i64);

/// The transitions in a part of the time line. The first is its beginning, with the offset at that time.
pub(super) type Part = Arc<[Transition]>;

/// The number of the part to which a second belongs.
pub(super) fn part_of(second: i64) -> i64 {
    second.div_euclid(CHUNK)
}

/// A part of the time line, and both neighbours.
#[derive(Clone)]
pub(super) struct Surroundings {
    /// The transitions in all three, each to another offset than the one before.
    transitions: Part,
    /// The end of the later neighbour.
    until: i64,
}

impl Surroundings {
    pub(super) fn of(part: i64, transitions_in: impl FnMut(i64) -> Part) -> Self {
        let parts = [part - 1, part, part + 1].map(transitions_in);
        let mut transitions: Vec<Transition> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        // Every part begins with an entry, whether or not its offset is new.
        transitions.dedup_by_key(|(_, offset)| *offset);
        Surroundings { transitions: transitions.into(), until: (part + 2).saturating_mul(CHUNK) }
    }

    /// The span around a second of the part in which the offset does not change. Each end is a change of offset, or the
    /// end of the neighbouring part, whichever is closer.
    ///
    /// With both neighbours, a span reaches at least one part to each side of `second`. Its own part alone would not
    /// do: a second just before the end of its part would get a span that is over before the next slot.
    pub(super) fn span(&self, second: i64) -> Span {
        let later = self.transitions.iter().position(|(from, _)| *from > second).unwrap_or(self.transitions.len());
        let (from, offset) = self.transitions.get(later.saturating_sub(1)).copied().unwrap_or((second, 0));
        let until = self.transitions.get(later).map_or(self.until, |(from, _)| *from);
        Span { from, until, offset }
    }
}

/// Finds the changes in a part by asking for the offset once a day, and then bisecting the days on which it differs:
/// chrono does not return the time of the next change.
///
/// Two changes within a day of which the second undid the first would be missed. No zone of the database has such
/// a day, as a test in `named.rs` asserts.
pub(super) fn look_up(part: i64, offset_at: impl Fn(i64) -> i64) -> Part {
    let start = part.saturating_mul(CHUNK);
    let mut found = vec![(start, offset_at(start))];
    let mut known = found[0];
    for day in 1..=CHUNK / DAY_SECONDS {
        let second = start.saturating_add(day * DAY_SECONDS);
        let offset = offset_at(second);
        if offset != known.1 {
            let (mut old, mut new) = (second - DAY_SECONDS, second);
            while new - old > 1 {
                let middle = old + (new - old) / 2;
                if offset_at(middle) == offset {
                    new = middle;
                } else {
                    old = middle;
                }
            }
            found.push((new, offset));
        }
        known = (second, offset);
    }
    found.into()
}

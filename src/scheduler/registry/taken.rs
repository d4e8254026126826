//! The due sets of the passes that are under way.

use std::collections::VecDeque;

use crate::instant::Instant;

/// A slot that a pass has taken from the queue to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) row: u32,
    pub(super) slot: Instant,
    pub(super) pass: u64,
}

/// What the passes have taken and not come to yet, one behind the other.
///
/// Each has a ticket, which its job's record bears too: where the record bears it no more, the slot is not wanted any
/// more. So a job is withdrawn in O(1).
#[derive(Default)]
pub(super) struct DueSets {
    list: VecDeque<Taken>,
    /// The ticket of the first.
    first: u32,
    passes: u64,
}

impl DueSets {
    /// Begins the due set of a new pass.
    pub(super) fn begin_pass(&mut self) -> u64 {
        self.passes += 1;
        self.passes
    }

    /// Adds a slot to the newest due set; returns its ticket. The tickets come again after 2³², by when the list would
    /// fill the memory.
    #[inline]
    pub(super) fn push(&mut self, row: u32, slot: Instant) -> u32 {
        let ticket = self.first.wrapping_add(self.list.len() as u32);
        self.list.push_back(Taken { row, slot, pass: self.passes });
        ticket
    }

    /// The first of them, with its ticket.
    #[inline]
    pub(super) fn first(&self) -> Option<(Taken, u32)> {
        self.list.front().map(|taken| (*taken, self.first))
    }

    /// Takes the first slot that a pass, or one before it, has taken, with its ticket.
    #[inline]
    pub(super) fn pop(&mut self, pass: u64) -> Option<(Taken, u32)> {
        if self.list.front()?.pass > pass {
            return None;
        }
        let ticket = self.first;
        self.first = ticket.wrapping_add(1);
        self.list.pop_front().map(|taken| (taken, ticket))
    }

    /// After the wall clock was set back to `now`: what was due stays due.
    pub(super) fn set_back(&mut self, now: Instant) {
        self.list.iter_mut().for_each(|taken| taken.slot = taken.slot.min(now));
    }

    /// The slot that has a ticket.
    pub(super) fn slot(&self, ticket: u32) -> Option<Instant> {
        Some(self.list.get(ticket.wrapping_sub(self.first) as usize)?.slot)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, each with its ticket.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Taken, u32)> + '_ {
        self.list.iter().zip(0..).map(|(taken, place)| (*taken, self.first.wrapping_add(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_finds_its_slot_until_that_is_taken_out_also_where_the_numbers_begin_anew() {
        for first in [0, u32::MAX - 2, u32::MAX] {
            let mut sets = DueSets { first, ..DueSets::default() };
            let pass = sets.begin_pass();
            let tickets: Vec<_> = (0..5).map(|row| sets.push(row, Instant::new(row.into(), 0))).collect();
            assert!(!sets.is_empty());
            assert_eq!(sets.slot(tickets[3]), Some(Instant::new(3, 0)));
            assert!(sets.iter().map(|(taken, ticket)| (taken.row, ticket)).eq((0..).zip(tickets.iter().copied())));
            for (row, expected) in (0..).zip(&tickets) {
                let (taken, ticket) = sets.pop(pass).unwrap();
                assert_eq!((taken.row, ticket), (row, *expected));
            }
            assert!(sets.pop(pass).is_none() && sets.is_empty());
        }
    }

    #[test]
    fn a_pass_takes_what_earlier_passes_have_left_and_nothing_of_later_ones() {
        let mut sets = DueSets::default();
        let first = sets.begin_pass();
        sets.push(0, Instant::UNIX_EPOCH);
        let second = sets.begin_pass();
        sets.push(1, Instant::UNIX_EPOCH);
        sets.push(2, Instant::UNIX_EPOCH);
        assert_eq!(sets.pop(second).unwrap().0.row, 0);
        assert!(sets.pop(first).is_none());
        assert_eq!(sets.pop(second).unwrap().0.row, 1);
    }
}

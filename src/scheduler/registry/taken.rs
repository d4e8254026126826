//! The due sets of the passes that are under way.

use crate::timestamp::Timestamp;

/// A slot that a pass has taken from the queue to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) row: u32,
    pub(super) slot: Timestamp,
    pass: u64,
}

/// What the passes have taken and not come to yet, one behind the other.
///
/// Each has a ticket, which its job's record bears too, so that a slot is withdrawn in O(1). What is withdrawn stays in the
/// list until all before it has gone: the first is wanted always.
#[derive(Default)]
pub(super) struct DueSets {
    list: Vec<Taken>,
    /// How many of the list have gone, or were withdrawn before all that is wanted.
    gone: usize,
    /// The ticket of the first in the list.
    first: u32,
    passes: u64,
}

impl DueSets {
    /// In the place of a row: withdrawn.
    const NOBODY: u32 = u32::MAX;

    /// Begins the due set of a new pass.
    pub(super) fn begin_pass(&mut self) -> u64 {
        if self.gone > self.list.len() / 2 {
            self.forget();
        }
        self.passes += 1;
        self.passes
    }

    /// Adds a slot to the newest due set; returns its ticket. The tickets come again after 2³², by when the list would
    /// fill the memory.
    #[inline]
    pub(super) fn push(&mut self, row: u32, slot: Timestamp) -> u32 {
        let ticket = self.first.wrapping_add(self.list.len() as u32);
        self.list.push(Taken { row, slot, pass: self.passes });
        ticket
    }

    /// The first of them.
    #[inline]
    pub(super) fn first(&self) -> Option<&Taken> {
        self.list.get(self.gone)
    }

    /// Takes the first slot that a pass, or one before it, has taken.
    #[inline]
    pub(super) fn pop(&mut self, pass: u64) -> Option<Taken> {
        let taken = *self.first().filter(|taken| taken.pass <= pass)?;
        self.gone += 1;
        self.skip_withdrawn();
        Some(taken)
    }

    /// Takes out the slot that has a ticket.
    #[cold]
    pub(super) fn withdraw(&mut self, ticket: u32) -> Option<Timestamp> {
        let taken = self.list.get_mut(ticket.wrapping_sub(self.first) as usize)?;
        taken.row = Self::NOBODY;
        let slot = taken.slot;
        self.skip_withdrawn();
        Some(slot)
    }

    #[inline]
    fn skip_withdrawn(&mut self) {
        while self.first().is_some_and(|taken| taken.row == Self::NOBODY) {
            self.gone += 1;
        }
    }

    /// Lets go of what has gone. At least as much has as is left, so this costs each no more than a step.
    fn forget(&mut self) {
        self.first = self.first.wrapping_add(self.gone as u32);
        self.list.drain(..self.gone);
        self.gone = 0;
    }

    /// After the wall clock was set back to `now`: what was due stays due.
    pub(super) fn set_back(&mut self, now: Timestamp) {
        self.list.iter_mut().for_each(|taken| taken.slot = taken.slot.min(now));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(first: u32) -> (DueSets, u64, Vec<u32>) {
        let mut sets = DueSets { first, ..DueSets::default() };
        let pass = sets.begin_pass();
        let tickets = (0..5).map(|row| sets.push(row, Timestamp::new(row.into(), 0))).collect();
        (sets, pass, tickets)
    }

    const FIRST: [u32; 4] = [0, u32::MAX - 4, u32::MAX - 2, u32::MAX];

    #[test]
    fn slots_come_in_the_order_in_which_they_were_taken() {
        for first in FIRST {
            let (mut sets, pass, _) = sets(first);
            assert!((0..5).all(|row| sets.pop(pass).is_some_and(|taken| taken.row == row)));
            assert!(sets.pop(pass).is_none() && sets.is_empty());
        }
    }

    #[test]
    fn a_ticket_withdraws_its_slot_also_where_the_numbers_begin_anew() {
        for first in FIRST {
            for withdrawn in 0..1 << 5 {
                let (mut sets, pass, tickets) = sets(first);
                let is_withdrawn = |row: u32| withdrawn >> row & 1 == 1;
                for (row, ticket) in (0..).zip(tickets).filter(|(row, _)| is_withdrawn(*row)) {
                    assert_eq!(sets.withdraw(ticket), Some(Timestamp::new(row.into(), 0)));
                }
                for row in (0..5).filter(|row| !is_withdrawn(*row)) {
                    assert_eq!(sets.first().map(|taken| taken.row), Some(row), "the first is wanted");
                    assert_eq!(sets.pop(pass).map(|taken| taken.row), Some(row));
                }
                assert!(sets.pop(pass).is_none() && sets.is_empty());
            }
        }
    }

    #[test]
    fn the_list_lets_go_of_what_has_gone_and_keeps_the_tickets_of_the_rest() {
        let (mut sets, pass, tickets) = sets(u32::MAX - 2);
        (0..3).for_each(|row| assert_eq!(sets.pop(pass).map(|taken| taken.row), Some(row)));
        let next = sets.begin_pass();
        let more = sets.push(5, Timestamp::new(5, 0));
        assert_eq!(sets.list.len(), 3);
        assert_eq!(sets.withdraw(tickets[4]), Some(Timestamp::new(4, 0)));
        assert_eq!(sets.pop(pass).map(|taken| taken.row), Some(3));
        assert!(sets.pop(pass).is_none());
        assert_eq!(sets.withdraw(more), Some(Timestamp::new(5, 0)));
        assert!(sets.pop(next).is_none() && sets.is_empty());
    }

    #[test]
    fn a_pass_takes_what_earlier_passes_have_left_and_nothing_of_later_ones() {
        let mut sets = DueSets::default();
        let first = sets.begin_pass();
        sets.push(0, Timestamp::UNIX_EPOCH);
        let second = sets.begin_pass();
        sets.push(1, Timestamp::UNIX_EPOCH);
        sets.push(2, Timestamp::UNIX_EPOCH);
        assert_eq!(sets.pop(second).unwrap().row, 0);
        assert!(sets.pop(first).is_none());
        assert_eq!(sets.pop(second).unwrap().row, 1);
    }
}

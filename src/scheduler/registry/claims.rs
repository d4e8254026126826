//! Slots that were claimed and whose runs have not begun.

use crate::timestamp::Timestamp;

/// A slot that a pass has taken from the queue, to run it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) row: u32,
    pub(super) slot: Timestamp,
    pass: u64,
}

/// The claims of all passes in progress, in the order in which they were made.
///
/// A claim has a ticket, which the record of its job keeps. The ticket says where in the list the claim is, so
/// withdrawing it is O(1): it is only marked, because removing it would move the others away from their tickets.
///
/// ```text
/// ticket      40   41   42   43        first = 40
/// row          -    -    7    -    3   the - at 40 and 41 have begun or were withdrawn: gone = 2
///                                      43 was withdrawn, and counts as gone as soon as it comes first
/// ```
///
/// So the claim at `gone`, if there is one, is always valid. Each job has at most one claim.
#[derive(Clone, Default)]
pub(super) struct Claims {
    list: Vec<Claim>,
    /// The number of claims at the front that have begun or were withdrawn.
    gone: usize,
    /// The ticket of the first in the list.
    first: u32,
    passes: u64,
}

impl Claims {
    /// The number of records that are loaded at a time, by `load_ahead`.
    pub(super) const AHEAD: usize = 32;

    /// The length of a list that needs it. The records of a shorter one are in the cache since they were claimed.
    pub(super) const LONG: usize = 4_096;

    /// The number of a pass that has no claims, and takes none.
    pub(super) const NO_PASS: u64 = 0;

    /// The row of a withdrawn claim.
    const NOBODY: u32 = u32::MAX;

    /// Begins the claims of a new pass; returns its number.
    pub(super) fn begin_pass(&mut self) -> u64 {
        // Here and not in `pop`, which is called for every run.
        if self.gone > self.list.len() / 2 {
            self.compact();
        }
        self.passes += 1;
        self.passes
    }

    /// Tickets are lower than 2³¹, which leaves a record a value for having none.
    const TICKETS: u32 = u32::MAX >> 1;

    /// Adds a claim of the newest pass; returns its ticket. Tickets repeat after 2³¹ of them, which is safe: no list is
    /// that long, and a record forgets its ticket when the claim is gone.
    #[inline]
    pub(super) fn push(&mut self, row: u32, slot: Timestamp) -> u32 {
        let ticket = self.first.wrapping_add(self.list.len() as u32) & Self::TICKETS;
        self.list.push(Claim { row, slot, pass: self.passes });
        ticket
    }

    /// The claim that comes next.
    #[inline]
    pub(super) fn first(&self) -> Option<&Claim> {
        self.list.get(self.gone)
    }

    /// Takes out the claim that comes next, if it is of this pass or an earlier one. Claims of a later pass, of another
    /// thread or of a body that polls, are left to that pass: what this pass does was fixed when it began.
    #[inline]
    pub(super) fn pop(&mut self, pass: u64) -> Option<Claim> {
        let claim = *self.first().filter(|claim| claim.pass <= pass)?;
        self.gone += 1;
        self.skip_withdrawn();
        Some(claim)
    }

    /// Leaves all claims to the next pass that begins: the passes in progress end.
    pub(super) fn defer(&mut self) {
        let next = self.passes + 1;
        self.list.iter_mut().for_each(|claim| claim.pass = next);
    }

    /// The slot of the claim that has this ticket.
    pub(super) fn slot(&self, ticket: u32) -> Option<Timestamp> {
        Some(self.list.get((ticket.wrapping_sub(self.first) & Self::TICKETS) as usize)?.slot)
    }

    /// Withdraws the claim that has this ticket; returns its slot.
    #[cold]
    pub(super) fn withdraw(&mut self, ticket: u32) -> Option<Timestamp> {
        let claim = self.list.get_mut((ticket.wrapping_sub(self.first) & Self::TICKETS) as usize)?;
        claim.row = Self::NOBODY;
        let slot = claim.slot;
        self.skip_withdrawn();
        Some(slot)
    }

    /// The rows of the claims that come next, at every [`AHEAD`](Self::AHEAD)th claim of a long list; otherwise none.
    #[inline]
    pub(super) fn rows_ahead(&self) -> Option<impl Iterator<Item = u32> + '_> {
        let is_turn = self.gone % Self::AHEAD == 1 && self.list.len() >= Self::LONG;
        is_turn.then(|| self.list[self.gone..].iter().take(Self::AHEAD).map(|claim| claim.row))
    }

    #[inline]
    fn skip_withdrawn(&mut self) {
        while self.first().is_some_and(|claim| claim.row == Self::NOBODY) {
            self.gone += 1;
        }
    }

    /// Frees the memory of the claims that are gone. They are more than half of the list, so this is O(1) for each of
    /// them.
    fn compact(&mut self) {
        self.first = self.first.wrapping_add(self.gone as u32);
        self.list.drain(..self.gone);
        self.gone = 0;
    }

    /// Follows the wall clock, which was set back to `now`. What was due stays due, and no run is for a slot in the
    /// future.
    pub(super) fn set_back(&mut self, now: Timestamp) {
        self.list.iter_mut().for_each(|claim| claim.slot = claim.slot.min(now));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(first: u32) -> (Claims, u64, Vec<u32>) {
        let mut sets = Claims { first, ..Claims::default() };
        let pass = sets.begin_pass();
        let tickets = (0..5).map(|row| sets.push(row, Timestamp::new(row.into(), 0))).collect();
        (sets, pass, tickets)
    }

    const FIRST: [u32; 6] = [0, Claims::TICKETS - 2, Claims::TICKETS, u32::MAX - 4, u32::MAX - 2, u32::MAX];

    #[test]
    fn claims_come_in_the_order_in_which_they_were_made() {
        for first in FIRST {
            let (mut sets, pass, _) = sets(first);
            assert!((0..5).all(|row| sets.pop(pass).is_some_and(|claim| claim.row == row)));
            assert!(sets.pop(pass).is_none() && sets.is_empty());
        }
    }

    #[test]
    fn a_ticket_withdraws_its_claim_even_when_tickets_wrap_around() {
        for first in FIRST {
            for withdrawn in 0..1 << 5 {
                let (mut sets, pass, tickets) = sets(first);
                let is_withdrawn = |row: u32| withdrawn >> row & 1 == 1;
                for (row, ticket) in (0..).zip(tickets).filter(|(row, _)| is_withdrawn(*row)) {
                    assert_eq!(sets.withdraw(ticket), Some(Timestamp::new(row.into(), 0)));
                }
                for row in (0..5).filter(|row| !is_withdrawn(*row)) {
                    assert_eq!(sets.first().map(|claim| claim.row), Some(row), "the first is wanted");
                    assert_eq!(sets.pop(pass).map(|claim| claim.row), Some(row));
                }
                assert!(sets.pop(pass).is_none() && sets.is_empty());
            }
        }
    }

    #[test]
    fn compacting_the_list_keeps_the_tickets_valid() {
        let (mut sets, pass, tickets) = sets(u32::MAX - 2);
        (0..3).for_each(|row| assert_eq!(sets.pop(pass).map(|claim| claim.row), Some(row)));
        let next = sets.begin_pass();
        let more = sets.push(5, Timestamp::new(5, 0));
        assert_eq!(sets.list.len(), 3);
        assert_eq!(sets.withdraw(tickets[4]), Some(Timestamp::new(4, 0)));
        assert_eq!(sets.pop(pass).map(|claim| claim.row), Some(3));
        assert!(sets.pop(pass).is_none());
        assert_eq!(sets.withdraw(more), Some(Timestamp::new(5, 0)));
        assert!(sets.pop(next).is_none() && sets.is_empty());
    }

    #[test]
    fn claims_that_are_deferred_are_left_to_the_next_pass() {
        let (mut sets, pass, _) = sets(0);
        assert_eq!(sets.pop(pass).unwrap().row, 0);
        sets.defer();
        assert!(sets.pop(pass).is_none() && sets.pop(Claims::NO_PASS).is_none() && !sets.is_empty());
        let next = sets.begin_pass();
        assert!((1..5).all(|row| sets.pop(next).is_some_and(|claim| claim.row == row)));
    }

    #[test]
    fn a_pass_takes_claims_of_earlier_passes_and_none_of_later_ones() {
        let mut sets = Claims::default();
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

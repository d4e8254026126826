//! What there is to do about a run.

/// What there is to do for a run besides calling its body. One byte, because it is checked for every run.
#[derive(Clone, Copy, Default)]
pub(crate) struct RunFlags(u8);

impl RunFlags {
    const WATCHED: u8 = 1;
    const HOOKED: u8 = 2;
    const BY_HAND: u8 = 4;

    pub(crate) fn watched(is_watched: bool) -> Self {
        RunFlags(if is_watched { Self::WATCHED } else { 0 })
    }

    /// Notes that the run was begun by hand, which matters if it is tried again.
    pub(crate) fn begun_by_hand(self) -> Self {
        if self.is_watched() {
            RunFlags(self.0 | Self::BY_HAND)
        } else {
            self
        }
    }

    pub(crate) fn is_by_hand(self) -> bool {
        self.0 & Self::BY_HAND != 0
    }

    pub(crate) fn add_hooks(&mut self) {
        self.0 |= Self::HOOKED;
    }

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether its attempts have a time limit, or it may be tried again.
    #[inline]
    pub(crate) fn is_watched(self) -> bool {
        self.0 & Self::WATCHED != 0
    }

    /// Whether hooks have left something to be called at its end.
    pub(crate) fn is_hooked(self) -> bool {
        self.0 & Self::HOOKED != 0
    }
}

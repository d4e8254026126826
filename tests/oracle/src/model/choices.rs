//! Choices that are made by bytes, so that whoever wrote the bytes can make them plainer.

use std::collections::VecDeque;

use crate::Choose;

/// A choice takes as many bytes as it needs; a lower byte is a plainer choice, and no byte is the plainest.
#[derive(Default)]
pub(super) struct Choices {
    bytes: VecDeque<u8>,
}

impl Choices {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Choices { bytes: bytes.iter().copied().collect() }
    }
}

impl Choose for Choices {
    fn choose(&mut self, last: u64) -> u64 {
        let choices = u128::from(last) + 1;
        let (mut read, mut of) = (0, 1);
        while of < choices {
            read = read * 256 + u128::from(self.bytes.pop_front().unwrap_or(0));
            of *= 256;
        }
        u64::try_from(read * choices / of).unwrap()
    }
}

//! The memory store keeps the contract, with the time of its callers and with a clock of its own.

use std::time::Duration;

use punctual::{
    chrono::DateTime,
    store::{contract::Fixture, MemoryStore, Store},
    ManualClock,
};

const WHY: &str = "the column `version` is empty";

/// A store that takes the time of its callers.
struct WithoutClock(MemoryStore);

impl Fixture for WithoutClock {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.clone())
    }

    fn damage(&self, key: &str) -> bool {
        self.0.damage(key, WHY)
    }
}

mod without_clock {
    punctual::store_contract!(|| super::WithoutClock(super::MemoryStore::new()));
}

/// A store with a clock of its own, as a server has one.
struct WithClock {
    clock: ManualClock,
    store: MemoryStore,
}

impl Fixture for WithClock {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.store.clone())
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn damage(&self, key: &str) -> bool {
        self.store.damage(key, WHY)
    }
}

fn with_clock() -> WithClock {
    let clock = ManualClock::new(DateTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    WithClock { store: MemoryStore::with_clock(clock.clone()), clock }
}

mod with_clock {
    punctual::store_contract!(super::with_clock);
}

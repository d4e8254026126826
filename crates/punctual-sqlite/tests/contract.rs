//! The store keeps the contract, as it is opened and with other settings.

use punctual::store::{contract::Fixture, Store};
use punctual_sqlite::{Sqlite, Synchronous};

use crate::dir::Dir;

impl Fixture for Dir {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.open())
    }

    fn damage(&self, key: &str) -> bool {
        self.by_hand(&format!("update punctual_job set tags = 'mail' where key = '{key}'"));
        true
    }
}

punctual::store_contract!(Dir::new);

/// In a database of another program, with tables of another name.
struct Guest(Dir);

impl Guest {
    fn new() -> Self {
        let dir = Dir::new();
        dir.by_hand("create table job (id)");
        Sqlite::builder(dir.file()).table_prefix("cron_").migrate().unwrap();
        Guest(dir)
    }
}

impl Fixture for Guest {
    fn open(&self) -> Box<dyn Store> {
        let builder = Sqlite::builder(self.0.file()).table_prefix("cron_").synchronous(Synchronous::Normal);
        Box::new(builder.create(false).open().unwrap())
    }

    fn damage(&self, key: &str) -> bool {
        self.0.by_hand(&format!("update cron_job set priority = 1 << 40 where key = '{key}'"));
        true
    }
}

mod guest {
    punctual::store_contract!(super::Guest::new);
}

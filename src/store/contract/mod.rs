//! What every store must do, as tests that run against any store.
//!
//! One line makes a `#[test]` of each rule:
//!
//! ```
//! use punctual::store::{contract::Fixture, MemoryStore, Store};
//!
//! /// A new database, of which handles can be had.
//! struct Memory(MemoryStore);
//!
//! impl Fixture for Memory {
//!     fn open(&self) -> Box<dyn Store> {
//!         Box::new(self.0.clone())
//!     }
//! }
//!
//! mod contract {
//! #   use super::*;
//!     punctual::store_contract!(|| super::Memory(super::MemoryStore::new()));
//! }
//! ```
//!
//! The expression is called for each rule, and its value is dropped after it: that is where a database is made and
//! removed. A rule that is broken panics, as a test does. [`run`] runs all of them in one test instead, and
//! [`RULES`] lists them.
//!
//! The rules suppose nothing but the trait. What they cannot do through it, a [`Fixture`] may do for them: let time pass
//! for the store's clock, and damage a row.

// A broken rule panics: that is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod changing;
mod declaring;
mod dying;
mod extremes;
mod finishing;
mod firing;
mod load;
mod model;
mod stage;

use std::{
    any::Any,
    fmt,
    panic::{catch_unwind, AssertUnwindSafe},
    thread,
    time::Duration,
};

use self::stage::Stage;
use super::Store;

/// A new, empty store, of which any number of handles can be opened.
pub trait Fixture: Send + Sync {
    /// Opens another handle on the same data, as another process would: with a connection of its own.
    fn open(&self) -> Box<dyn Store>;

    /// How long a heartbeat lasts that is to expire during a test. As provided, a second: longer than a machine under
    /// load pauses a thread, and not too long to wait for it.
    fn heartbeat_lasts(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Lets time pass for a store with a [clock](Store::clock) of its own. As provided, it sleeps.
    fn pass(&self, time: Duration) {
        thread::sleep(time);
    }

    /// Makes the row of a job one that the store cannot read, such as one with an empty column. Returns whether that is
    /// possible. As provided, it is not, and what the rules say about such rows is not tested.
    fn damage(&self, key: &str) -> bool {
        let _ = key;
        false
    }
}

/// A rule: what every store must do.
#[derive(Clone, Copy)]
pub struct Rule {
    /// What it says, as the name of a test.
    pub name: &'static str,
    check: fn(&Stage<'_>),
}

impl Rule {
    /// Runs the rule against a new store.
    ///
    /// # Panics
    ///
    /// If the store breaks the rule.
    ///
    /// ```
    /// use punctual::store::{contract::{Fixture, RULES}, MemoryStore, Store};
    /// # struct Memory(MemoryStore);
    /// # impl Fixture for Memory {
    /// #     fn open(&self) -> Box<dyn Store> { Box::new(self.0.clone()) }
    /// # }
    /// let rule = RULES.iter().find(|rule| rule.name == "a_run_ends_once").unwrap();
    /// rule.check(&Memory(MemoryStore::new()));
    /// ```
    pub fn check(&self, fixture: &dyn Fixture) {
        (self.check)(&Stage::new(fixture));
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Runs all rules, each against a new store.
///
/// # Panics
///
/// If the store breaks a rule, with the names of all that it breaks.
///
/// ```
/// use punctual::store::{contract::{self, Fixture}, MemoryStore, Store};
///
/// struct Memory(MemoryStore);
///
/// impl Fixture for Memory {
///     fn open(&self) -> Box<dyn Store> {
///         Box::new(self.0.clone())
///     }
///
///     fn damage(&self, key: &str) -> bool {
///         self.0.damage(key, "the column `version` is empty")
///     }
/// }
///
/// contract::run(|| Memory(MemoryStore::new()));
/// ```
pub fn run<F: Fixture>(factory: impl Fn() -> F) {
    let broken: Vec<String> = RULES
        .iter()
        .filter_map(|rule| {
            let failure = catch_unwind(AssertUnwindSafe(|| rule.check(&factory()))).err()?;
            Some(format!("{}: {}", rule.name, said(&*failure)))
        })
        .collect();
    assert!(broken.is_empty(), "{} of {} rules are broken:\n{}", broken.len(), RULES.len(), broken.join("\n"));
}

/// The message of a panic.
fn said(failure: &dyn Any) -> &str {
    let text = failure.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| failure.downcast_ref::<&str>().copied()).unwrap_or("it panicked")
}

/// Runs the rule with this name.
#[doc(hidden)]
pub fn check(name: &str, fixture: &dyn Fixture) {
    let rule = RULES.iter().find(|rule| rule.name == name);
    rule.expect("the macro and the list are made of the same names").check(fixture);
}

/// Lists the rules, once for [`RULES`] and once for the macro. The first token is a dollar sign, for the macro's own.
macro_rules! rules {
    ($dollar:tt $($module:ident: $($name:ident)+;)+) => {
        /// All rules.
        pub const RULES: &[Rule] =
            &[$($(Rule { name: stringify!($name), check: $module::$name }),+),+];

        /// Makes a `#[test]` of each rule of [the contract of stores](crate::store::contract), in the module where it
        /// stands. It takes an expression that makes a [`Fixture`](crate::store::contract::Fixture) when it is called.
        ///
        /// ```
        /// use punctual::store::{contract::Fixture, MemoryStore, Store};
        ///
        /// struct Memory(MemoryStore);
        ///
        /// impl Fixture for Memory {
        ///     fn open(&self) -> Box<dyn Store> {
        ///         Box::new(self.0.clone())
        ///     }
        /// }
        ///
        /// punctual::store_contract!(|| Memory(MemoryStore::new()));
        /// ```
        ///
        /// Attributes before the expression are those of each test, such as
        /// `#[ignore = "needs a server: .ci/servers/redis"]`.
        #[macro_export]
        macro_rules! store_contract {
            ($dollar(#[$dollar attribute:meta])* $dollar factory:expr) => {
                $crate::store_contract!(@ [$dollar(#[$dollar attribute])*] $dollar factory; $($($name)+)+);
            };
            (@ $dollar attributes:tt $dollar factory:expr; $dollar($dollar name:ident)+) => {
                $dollar($crate::store_contract!(@@ $dollar attributes $dollar factory; $dollar name);)+
            };
            (@@ [$dollar($dollar attributes:tt)*] $dollar factory:expr; $dollar name:ident) => {
                #[test]
                $dollar($dollar attributes)*
                fn $dollar name() {
                    $crate::store::contract::check(stringify!($dollar name), &($dollar factory)());
                }
            };
        }
    };
}

rules! { $
    declaring:
        a_new_job_is_added
        the_same_declaration_changes_nothing
        another_schedule_moves_the_next_slot_and_keeps_the_counts
        other_arguments_keep_the_next_slot
        a_paused_job_stays_paused
        an_edited_schedule_stays
        an_existing_job_is_kept_on_demand
        nothing_is_removed_by_absence
        a_bad_declaration_is_refused_alone
        one_call_may_declare_a_key_twice
        processes_that_start_together_add_each_job_once
        a_job_at_its_end_stays_there
        a_job_that_comes_back_has_another_version;
    firing:
        a_due_job_is_claimed_once
        a_claim_moves_the_row_and_leaves_a_run
        claims_are_in_the_order_of_slot_priority_and_key
        the_limit_is_obeyed
        unknown_tasks_are_untouched
        a_paused_job_is_not_due
        rows_that_are_left_do_not_stop_others
        a_job_may_wait_for_another_process
        a_damaged_row_is_left_alone
        a_skipped_slot_leaves_no_run
        missed_slots_may_all_run
        a_slot_in_progress_gets_no_second_run
        a_plan_sees_the_runs_in_progress
        a_job_that_is_over_goes_with_its_last_run
        a_holder_without_a_heartbeat_claims_nothing
        a_plan_that_panics_changes_nothing
        a_job_that_is_replaced_meanwhile_is_not_confused;
    finishing:
        a_run_ends_once
        an_unknown_token_is_refused
        several_runs_end_in_one_call
        an_end_is_in_the_row
        a_run_may_be_the_last
        a_removed_job_may_have_a_run_in_progress
        history_is_off_by_default
        history_keeps_the_last_runs
        a_long_history_is_cut_in_pieces;
    dying:
        peers_are_those_with_a_heartbeat
        a_living_holder_keeps_its_runs
        a_renewed_heartbeat_is_current
        the_runs_of_a_dead_holder_are_lost_or_repeated
        a_dead_holder_does_not_come_back
        a_late_heartbeat_counts_until_it_is_removed
        the_clock_of_the_store_decides_who_is_dead
        an_answer_before_the_verdict_counts
        the_runs_of_a_process_that_leaves_are_orphans
        orphans_of_unknown_tasks_wait
        the_limit_of_orphans_is_obeyed
        an_orphan_may_be_left
        an_orphan_may_have_no_job
        a_job_that_is_over_goes_when_its_run_is_lost
        each_orphan_is_taken_once;
    changing:
        a_change_writes_its_part_of_the_row
        a_job_is_paused_resumed_and_run_now
        a_change_may_leave_the_row
        a_run_that_has_not_begun_is_given_back
        a_job_that_a_change_ends_goes_with_its_last_run
        a_removed_job_is_gone
        no_change_is_lost
        a_list_is_filtered_and_paged
        runs_in_progress_are_listed;
    extremes:
        keys_are_compared_byte_by_byte
        texts_come_back_unchanged
        arguments_are_text
        a_slot_is_exact_to_a_microsecond
        instants_may_be_extreme
        numbers_may_be_extreme;
    load:
        each_slot_runs_once
        ten_thousand_jobs_are_like_one
        processes_at_random_lose_nothing
        heartbeats_are_renewed_under_load;
    model:
        random_calls_agree_with_a_model;
}

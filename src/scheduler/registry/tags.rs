//! Which jobs bear which tag.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::job::Place;

/// For each tag, the jobs that bear it, in the order of their registration.
#[derive(Default)]
pub(super) struct Tags {
    bearers: HashMap<Arc<str>, BTreeSet<Place>>,
}

impl Tags {
    /// The tag as it is already kept, so that a million jobs share one text.
    pub(super) fn shared(&self, tag: &str) -> Arc<str> {
        self.bearers.get_key_value(tag).map_or_else(|| tag.into(), |(known, _)| Arc::clone(known))
    }

    /// Adds a bearer of a tag; whether it is new. O(log n), however many tags it bears.
    pub(super) fn insert(&mut self, tag: &Arc<str>, job: Place) -> bool {
        self.bearers.entry(Arc::clone(tag)).or_default().insert(job)
    }

    pub(super) fn remove(&mut self, tag: &str, job: Place) {
        if let Some(bearers) = self.bearers.get_mut(tag) {
            bearers.remove(&job);
            if bearers.is_empty() {
                self.bearers.remove(tag);
            }
        }
    }

    /// Takes all that bear a tag out of the index of this tag.
    pub(super) fn take(&mut self, tag: &str) -> BTreeSet<Place> {
        self.bearers.remove(tag).unwrap_or_default()
    }

    pub(super) fn bearers(&self, tag: &str) -> impl Iterator<Item = Place> + '_ {
        self.bearers.get(tag).into_iter().flat_map(|bearers| bearers.iter().copied())
    }
}

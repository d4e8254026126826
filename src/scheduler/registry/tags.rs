//! Which jobs bear which tag.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::job::{Labels, Place};

/// For each tag, the jobs that bear it.
#[derive(Default)]
pub(super) struct Tags {
    bearers: HashMap<Arc<str>, Bearers>,
}

#[derive(Default)]
struct Bearers {
    /// In the order of their registration.
    jobs: BTreeSet<Place>,
    /// What those have for labels that have nothing but this tag: most that have a tag have one.
    alone: Option<Arc<Labels>>,
}

impl Tags {
    /// Adds a new job to what its labels say. Of a tag that it bears twice one is left; what others have too is shared, so
    /// that a million jobs have one text.
    pub(super) fn enter(&mut self, labels: &mut Arc<Labels>, job: Place) {
        Arc::make_mut(labels).tags.retain_mut(|tag| {
            *tag = self.shared(tag);
            self.insert(tag, job)
        });
        if let Labels { name: None, tags } = &**labels {
            if let [tag] = tags.as_slice() {
                if let Some(bearers) = self.bearers.get_mut(tag) {
                    *labels = Arc::clone(bearers.alone.get_or_insert_with(|| Arc::clone(labels)));
                }
            }
        }
    }

    /// The tag as it is already kept.
    pub(super) fn shared(&self, tag: &str) -> Arc<str> {
        self.bearers.get_key_value(tag).map_or_else(|| tag.into(), |(known, _)| Arc::clone(known))
    }

    /// Adds a bearer of a tag; whether it is new. O(log n), however many tags it bears.
    pub(super) fn insert(&mut self, tag: &Arc<str>, job: Place) -> bool {
        self.bearers.entry(Arc::clone(tag)).or_default().jobs.insert(job)
    }

    pub(super) fn remove(&mut self, tag: &str, job: Place) {
        if let Some(bearers) = self.bearers.get_mut(tag) {
            bearers.jobs.remove(&job);
            if bearers.jobs.is_empty() {
                self.bearers.remove(tag);
            }
        }
    }

    /// Takes all that bear a tag out of the index of this tag.
    pub(super) fn take(&mut self, tag: &str) -> BTreeSet<Place> {
        self.bearers.remove(tag).unwrap_or_default().jobs
    }

    pub(super) fn bearers(&self, tag: &str) -> impl Iterator<Item = Place> + '_ {
        self.bearers.get(tag).into_iter().flat_map(|bearers| bearers.jobs.iter().copied())
    }
}

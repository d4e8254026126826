//! Which jobs have which tag.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::job::{Labels, Place};

/// For each tag, the jobs that have it.
#[derive(Default)]
pub(super) struct Tags {
    tagged: HashMap<Arc<str>, Tagged>,
}

#[derive(Default)]
struct Tagged {
    /// In the order of their registration.
    jobs: BTreeSet<Place>,
    /// The labels of the jobs that have this tag alone and no name, which is common: shared by all of them.
    alone: Option<Arc<Labels>>,
}

impl Tags {
    /// Adds a new job under all its tags. A tag that was given twice is kept once. Texts are shared, so a million jobs
    /// with one tag have one text.
    pub(super) fn enter(&mut self, labels: &mut Arc<Labels>, job: Place) {
        Arc::make_mut(labels).tags.retain_mut(|tag| {
            *tag = self.shared(tag);
            self.insert(tag, job)
        });
        if !labels.is_named() {
            if let [tag] = labels.tags.as_slice() {
                if let Some(tagged) = self.tagged.get_mut(tag) {
                    *labels = Arc::clone(tagged.alone.get_or_insert_with(|| Arc::clone(labels)));
                }
            }
        }
    }

    /// The text of a tag, shared with the jobs that have it.
    pub(super) fn shared(&self, tag: &str) -> Arc<str> {
        self.tagged.get_key_value(tag).map_or_else(|| tag.into(), |(known, _)| Arc::clone(known))
    }

    /// Adds a job under a tag. Returns `false` if it was there. O(log n).
    pub(super) fn insert(&mut self, tag: &Arc<str>, job: Place) -> bool {
        self.tagged.entry(Arc::clone(tag)).or_default().jobs.insert(job)
    }

    pub(super) fn remove(&mut self, tag: &str, job: Place) {
        if let Some(tagged) = self.tagged.get_mut(tag) {
            tagged.jobs.remove(&job);
            // A program may make up a tag for each job: tags without jobs must not pile up.
            if tagged.jobs.is_empty() {
                self.tagged.remove(tag);
            }
        }
    }

    /// Removes a tag; returns the jobs that have it.
    pub(super) fn take(&mut self, tag: &str) -> BTreeSet<Place> {
        self.tagged.remove(tag).unwrap_or_default().jobs
    }

    pub(super) fn tagged(&self, tag: &str) -> impl Iterator<Item = Place> + '_ {
        self.tagged.get(tag).into_iter().flat_map(|tagged| tagged.jobs.iter().copied())
    }
}

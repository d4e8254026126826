//! What a job is called.

use std::sync::Arc;

use crate::id::JobId;

/// What a job is called: in events, in the log, and by its own body.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: JobId,
    /// The type name of the body.
    pub(crate) body: fn() -> &'static str,
    pub(crate) labels: Option<Arc<Labels>>,
}

/// What the sentence calls a job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) tags: Vec<Arc<str>>,
}

impl Label {
    pub(crate) fn name(&self) -> &str {
        self.labels.as_ref().and_then(|labels| labels.name.as_deref()).unwrap_or_else(|| (self.body)())
    }

    pub(crate) fn tags(&self) -> &[Arc<str>] {
        self.labels.as_ref().map_or(&[], |labels| &labels.tags)
    }
}

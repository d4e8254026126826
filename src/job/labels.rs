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
    /// For observers of its runs.
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    pub(crate) key: Option<Arc<str>>,
    /// Those of a job with a name or a key.
    #[cfg(feature = "metrics")]
    pub(crate) meters: crate::observe::Meters,
}

impl Labels {
    /// Whether they are of one job. Others may be shared.
    pub(crate) fn is_named(&self) -> bool {
        #[cfg(any(feature = "tracing", feature = "metrics"))]
        if self.key.is_some() {
            return true;
        }
        self.name.is_some()
    }
}

impl Label {
    pub(crate) fn name(&self) -> &str {
        self.labels.as_ref().and_then(|labels| labels.name.as_deref()).unwrap_or_else(|| (self.body)())
    }

    #[cfg(any(feature = "tracing", feature = "metrics"))]
    pub(crate) fn key(&self) -> Option<&str> {
        self.labels.as_ref()?.key.as_deref()
    }

    /// What the user calls the job: its name, else its key; `None` if it was given neither. With its counters.
    #[cfg(feature = "metrics")]
    pub(crate) fn meters(&self) -> Option<(&str, &crate::observe::Meters)> {
        let labels = self.labels.as_ref()?;
        Some((labels.name.as_deref().or(labels.key.as_deref())?, &labels.meters))
    }

    pub(crate) fn tags(&self) -> &[Arc<str>] {
        self.labels.as_ref().map_or(&[], |labels| &labels.tags)
    }
}

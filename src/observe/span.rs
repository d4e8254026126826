//! The span of an attempt.

use crate::{id::JobId, outcome::Outcome, run::RunRecord};

/// The span around an attempt. Without the feature `tracing`, or without a subscriber that wants it, there is none.
///
/// Subscribers are foreign code, which may call the scheduler: it is used without the lock only.
#[derive(Clone)]
pub(crate) struct RunSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

#[cfg(feature = "tracing")]
impl RunSpan {
    pub(crate) fn none() -> Self {
        RunSpan { span: tracing::Span::none() }
    }

    /// The span of an attempt that begins. A subscriber that panics has none.
    pub(crate) fn new(name: &str, key: Option<&str>, job: JobId, run: &RunRecord) -> Self {
        use tracing::field::Empty;

        let span = crate::unwind::catch(|| {
            super::place::with_pool(|pool| {
                tracing::info_span!(
                    target: "punctual",
                    parent: None,
                    "punctual.run",
                    "otel.name" = format!("run {name}"),
                    "otel.status_code" = Empty,
                    "job.name" = name,
                    "job.key" = key,
                    "job.id" = job.0,
                    "run.id" = run.id.0,
                    slot = run.slot.datetime().to_rfc3339(),
                    attempt = run.attempt,
                    pool,
                    outcome = Empty,
                    "error.type" = Empty,
                )
            })
        });
        RunSpan { span: span.unwrap_or_else(|_| tracing::Span::none()) }
    }

    #[inline]
    pub(crate) fn is_some(&self) -> bool {
        !self.span.is_disabled()
    }

    /// Calls a body, or polls a future once, inside of the span.
    #[inline]
    pub(crate) fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        self.span.in_scope(f)
    }

    /// Notes how the attempt has ended, and closes the span.
    pub(crate) fn end(self, outcome: &Outcome) {
        if self.is_some() {
            let kind = outcome.kind();
            crate::unwind::drop_quietly(crate::unwind::catch(|| {
                self.span.record("outcome", kind);
                if !outcome.is_success() {
                    self.span.record("error.type", kind);
                    self.span.record("otel.status_code", "ERROR");
                }
                drop(self);
            }));
        }
    }
}

#[cfg(not(feature = "tracing"))]
impl RunSpan {
    #[inline]
    pub(crate) fn none() -> Self {
        RunSpan {}
    }

    #[inline]
    pub(crate) fn new(_: &str, _: Option<&str>, _: JobId, _: &RunRecord) -> Self {
        RunSpan {}
    }

    #[inline]
    pub(crate) fn is_some(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        f()
    }

    #[inline]
    pub(crate) fn end(self, _: &Outcome) {}
}

//! The place of a run in its pool, as spans and gauges show it.

/// A run that was submitted to a pool, until it has ended.
#[cfg(any(feature = "tracing", feature = "metrics"))]
pub(crate) struct PoolPlace {
    pool: String,
    #[cfg(feature = "metrics")]
    gauge: Option<&'static str>,
    /// The previous pool of this thread.
    #[cfg(feature = "tracing")]
    outer: Option<Option<String>>,
}

#[cfg(feature = "tracing")]
thread_local! {
    /// The pool in which this thread does work.
    static CURRENT: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// Calls `f` with the name of the pool in which this thread does work.
#[cfg(feature = "tracing")]
pub(super) fn with_pool<T>(f: impl FnOnce(Option<&str>) -> T) -> T {
    // Taken out: `f` is foreign code.
    let pool = CURRENT.take();
    let result = f(pool.as_deref());
    CURRENT.set(pool);
    result
}

#[cfg(feature = "metrics")]
const QUEUED: &str = "punctual_pool_queued";
#[cfg(feature = "metrics")]
const RUNNING: &str = "punctual_pool_running";

/// Recorders are foreign code: all of this is called without the lock.
#[cfg(any(feature = "tracing", feature = "metrics"))]
impl PoolPlace {
    /// The run waits.
    pub(crate) fn waiting(pool: &str) -> Self {
        let mut place = PoolPlace {
            pool: pool.to_owned(),
            #[cfg(feature = "metrics")]
            gauge: None,
            #[cfg(feature = "tracing")]
            outer: None,
        };
        #[cfg(feature = "metrics")]
        place.count_in(Some(QUEUED));
        // So that it is `mut` with either feature.
        let _ = &mut place;
        place
    }

    /// A worker begins the run, in this thread.
    pub(crate) fn begin(&mut self) {
        #[cfg(feature = "metrics")]
        self.count_in(Some(RUNNING));
        #[cfg(feature = "tracing")]
        {
            self.outer = Some(CURRENT.replace(Some(self.pool.clone())));
        }
    }

    /// The run has ended, or was dropped. Unwinding ends it, too.
    pub(crate) fn end(self) {}

    /// Moves the run from one gauge to another. Only a gauge that was incremented is decremented: a recorder may be
    /// installed at any time.
    #[cfg(feature = "metrics")]
    fn count_in(&mut self, gauge: Option<&'static str>) {
        use metrics::{describe_gauge, gauge, Unit};

        static DESCRIBED: std::sync::Once = std::sync::Once::new();
        let before = self.gauge.take();
        // The recorder that does nothing has no size.
        if metrics::with_recorder(|recorder| size_of_val(recorder)) == 0 {
            return;
        }
        let counted = crate::unwind::catch(|| {
            DESCRIBED.call_once(|| {
                describe_gauge!(QUEUED, Unit::Count, "Runs that wait for a worker of the pool.");
                describe_gauge!(RUNNING, Unit::Count, "Workers of the pool that are busy.");
            });
            before.into_iter().for_each(|name| gauge!(name, "pool" => self.pool.clone()).decrement(1.0));
            gauge.into_iter().for_each(|name| gauge!(name, "pool" => self.pool.clone()).increment(1.0));
        });
        self.gauge = gauge.filter(|_| counted.is_ok());
    }
}

#[cfg(any(feature = "tracing", feature = "metrics"))]
impl Drop for PoolPlace {
    fn drop(&mut self) {
        #[cfg(feature = "tracing")]
        self.outer.take().into_iter().for_each(|outer| CURRENT.set(outer));
        #[cfg(feature = "metrics")]
        self.count_in(None);
    }
}

#[cfg(not(any(feature = "tracing", feature = "metrics")))]
pub(crate) struct PoolPlace;

#[cfg(not(any(feature = "tracing", feature = "metrics")))]
impl PoolPlace {
    pub(crate) fn waiting(_: &str) -> Self {
        PoolPlace
    }

    pub(crate) fn begin(&mut self) {}

    pub(crate) fn end(self) {}
}

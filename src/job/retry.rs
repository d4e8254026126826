//! How often and when a failed run is tried again.

use std::{fmt, time::Duration};

use fastrand::Rng;

use super::longer_than_zero;
use crate::{
    error::{Error, Result},
    schedule::{at_least_one, IntoCount},
    text::Length,
};

/// How often, and when, a run that has failed is tried again: the argument of [`retry`](crate::Every::retry).
///
/// Each attempt is for the same slot, and is part of the same run. The delay counts from the end of the attempt that
/// failed. There must be a limit: [`times`](Retry::times), [`within`](Retry::within), or both.
///
/// ```
/// # use punctual::{chrono::DateTime, Context, ManualClock, Scheduler};
/// # use std::{sync::mpsc::channel, time::Duration};
/// use punctual::Retry;
/// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
/// # let scheduler = Scheduler::with_clock(clock);
/// # let (sender, attempts) = channel();
/// // After 1, 2, 4 and 8 seconds; no delay would be longer than 10 seconds.
/// let retry = Retry::exponential(Duration::from_secs(1), Duration::from_secs(10)).times(4);
/// scheduler.every().hour().times(1).retry(retry).run_with(move |context: &Context| {
///     sender.send((context.attempt(), context.now().timestamp())).unwrap();
///     Err::<(), _>("the server is down")
/// })?;
/// scheduler.run_until_empty();
/// assert_eq!(attempts.iter().collect::<Vec<_>>(), [(1, 3600), (2, 3601), (3, 3603), (4, 3607), (5, 3615)]);
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "give it to `retry`"]
pub struct Retry {
    first: Duration,
    most: Duration,
    is_doubled: bool,
    times: Option<Result<u64>>,
    within: Option<Duration>,
    has_jitter: bool,
    is_after_timeout: bool,
}

impl Retry {
    /// Tries again after `first`, and doubles the delay each time, up to `most`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use punctual::Retry;
    /// let scheduler = punctual::Scheduler::new();
    /// let retry = Retry::exponential(Duration::from_secs(10), Duration::from_secs(5)).times(3);
    /// let error = scheduler.every().day().retry(retry).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid delays 10s to 5s for retry: the longest must not be below the first");
    /// ```
    pub fn exponential(first: Duration, most: Duration) -> Self {
        Retry { first, most, is_doubled: true, ..Self::fixed(first) }
    }

    /// Tries again after the same delay each time; with zero, at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use punctual::{chrono::DateTime, ManualClock, Outcome, Retry, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// let mut failures = 2;
    /// let retry = Retry::fixed(Duration::from_secs(5)).times(9);
    /// let job = scheduler.every().hour().times(1).retry(retry).run(move || {
    ///     failures -= 1;
    ///     if failures >= 0 { Err("not yet") } else { Ok(()) }
    /// })?;
    /// scheduler.run_until_empty();
    /// assert_eq!((job.last_outcome(), job.run_count()), (Some(Outcome::Completed), 1));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn fixed(delay: Duration) -> Self {
        Retry {
            first: delay,
            most: delay,
            is_doubled: false,
            times: None,
            within: None,
            has_jitter: false,
            is_after_timeout: true,
        }
    }

    /// Up to this number of further attempts, after the first.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use punctual::Retry;
    /// let scheduler = punctual::Scheduler::new();
    /// let error = scheduler.every().day().retry(Retry::fixed(Duration::ZERO).times(0)).run(|| {}).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid count 0 for retry: it must be 1 or more");
    /// ```
    pub fn times(self, n: impl IntoCount) -> Self {
        Retry { times: Some(at_least_one(n, "retry")), ..self }
    }

    /// No attempt begins later than this after the first one began. An attempt may end later: to limit its length, use
    /// [`timeout`](crate::Every::timeout), which applies to each attempt.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use punctual::{chrono::DateTime, ManualClock, Retry, Scheduler};
    /// # let scheduler = Scheduler::with_clock(ManualClock::new(DateTime::UNIX_EPOCH));
    /// # let (sender, attempts) = std::sync::mpsc::channel();
    /// let retry = Retry::fixed(Duration::from_secs(20)).within(Duration::from_secs(60));
    /// scheduler.every().hour().times(1).retry(retry).run(move || {
    ///     sender.send(()).unwrap();
    ///     Err::<(), _>("no")
    /// })?;
    /// scheduler.run_until_empty();
    /// assert_eq!(attempts.iter().count(), 4); // after 0, 20, 40 and 60 seconds
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn within(self, total: Duration) -> Self {
        Retry { within: Some(total), ..self }
    }

    /// Shortens each delay by a random part, up to half of it, so that jobs that failed together are not all tried
    /// again at the same time. Drawn from the scheduler's [seed](crate::SchedulerBuilder::seed).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use punctual::{chrono::DateTime, Context, ManualClock, Retry, Scheduler};
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock);
    /// # let (sender, times) = std::sync::mpsc::channel();
    /// let retry = Retry::fixed(Duration::from_secs(60)).times(1).jitter();
    /// scheduler.every().hour().times(1).retry(retry).run_with(move |context: &Context| {
    ///     sender.send(context.now()).unwrap();
    ///     Err::<(), _>("no")
    /// })?;
    /// scheduler.run_until_empty();
    /// let times: Vec<_> = times.iter().collect();
    /// let delay = (times[1] - times[0]).num_seconds();
    /// assert!((30..=60).contains(&delay));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn jitter(self) -> Self {
        Retry { has_jitter: true, ..self }
    }

    /// Does not try again after a [timeout](crate::Every::timeout).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use punctual::{chrono::DateTime, ManualClock, Outcome, Retry, Scheduler};
    /// # let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// # let scheduler = Scheduler::with_clock(clock.clone());
    /// let retry = Retry::fixed(Duration::ZERO).times(9).not_after_timeout();
    /// let sentence = scheduler.every().hour().times(1).retry(retry).timeout(Duration::from_secs(5));
    /// let job = sentence.run(move || clock.advance(Duration::from_secs(6)))?;
    /// scheduler.run_until_empty();
    /// assert_eq!(job.last_outcome(), Some(Outcome::TimedOut));
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn not_after_timeout(self) -> Self {
        Retry { is_after_timeout: false, ..self }
    }

    pub(crate) fn checked(self) -> Result<Self> {
        let Retry { first, most, is_doubled, .. } = self;
        if let Some(times) = &self.times {
            times.clone()?;
        }
        if let Some(within) = self.within {
            longer_than_zero(within, "retry within")?;
        }
        if is_doubled {
            longer_than_zero(first, "first delay for retry")?;
        }
        if most < first {
            let why = "the longest must not be below the first";
            return Err(Error::invalid(format!("invalid delays {first:?} to {most:?} for retry: {why}")));
        }
        if self.times.is_none() && self.within.is_none() {
            let expected = "expected `times(n)`, `within(duration)`, or both";
            return Err(Error::invalid(format!("invalid retry every {first:?}: it has no limit ({expected})")));
        }
        Ok(self)
    }

    /// How much of its time is left; `None` if that has no limit. `passed` is the time since the first attempt began.
    pub(crate) fn rest(&self, passed: Duration) -> Option<Duration> {
        Some(self.within?.saturating_sub(passed))
    }

    /// How long after the end of a failed attempt the next one begins; `None` if there is none. `passed` is the time
    /// since the first one began.
    pub(crate) fn delay(&self, attempt: u32, passed: Duration, is_timeout: bool, random: &mut Rng) -> Option<Duration> {
        let is_over = matches!(self.times, Some(Ok(times)) if u64::from(attempt) > times);
        if is_over || is_timeout && !self.is_after_timeout {
            return None;
        }
        let doublings = if self.is_doubled { attempt.saturating_sub(1).min(127) } else { 0 };
        let factor = 1_u128 << doublings;
        let nanos = self.first.as_nanos().saturating_mul(factor).min(self.most.as_nanos());
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        let nanos = if self.has_jitter { random.u64(nanos - nanos / 2..=nanos) } else { nanos };
        let delay = Duration::from_nanos(nanos);
        let is_in_time = self.within.is_none_or(|within| passed.saturating_add(delay) <= within);
        is_in_time.then_some(delay)
    }
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("retried")?;
        match &self.times {
            Some(Ok(1)) => f.write_str(" once")?,
            Some(Ok(n)) => write!(f, " {n} times")?,
            Some(Err(_)) | None => {}
        }
        self.within.map_or(Ok(()), |within| write!(f, " within {}", Length::exact(within)))
    }
}

/// The argument of [`retry`](crate::Every::retry): a [`Retry`], or a number of further attempts, `n`, which is short
/// for `Retry::exponential(Duration::from_secs(1), Duration::from_secs(60)).times(n)`.
///
/// ```
/// let scheduler = punctual::Scheduler::new();
/// let job = scheduler.every().day().retry(3).named("fetch").run(|| {})?;
/// assert!(job.to_string().starts_with("every day, retried 3 times run fetch"));
/// # Ok::<(), punctual::Error>(())
/// ```
pub trait IntoRetry {
    /// Converts the value into a [`Retry`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// use punctual::{IntoRetry, Retry};
    /// let retry = Retry::exponential(Duration::from_secs(1), Duration::from_secs(60)).times(3);
    /// assert_eq!(3.into_retry().to_string(), retry.to_string());
    /// ```
    fn into_retry(self) -> Retry;
}

impl IntoRetry for Retry {
    fn into_retry(self) -> Retry {
        self
    }
}

impl<N: IntoCount> IntoRetry for N {
    fn into_retry(self) -> Retry {
        Retry::exponential(Duration::from_secs(1), Duration::from_secs(60)).times(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(retry: &Retry, attempts: u32) -> Vec<u64> {
        let mut random = Rng::with_seed(1);
        (1..=attempts)
            .map_while(|attempt| retry.delay(attempt, Duration::ZERO, false, &mut random))
            .map(|delay| delay.as_secs())
            .collect()
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let retry = Retry::exponential(Duration::from_secs(3), Duration::from_secs(20)).times(6);
        assert_eq!(delays(&retry, 9), [3, 6, 12, 20, 20, 20]);
        let endless = Retry::exponential(Duration::from_secs(1), Duration::MAX).within(Duration::MAX);
        assert_eq!(delays(&endless, u32::from(u8::MAX)).last(), Some(&Duration::from_nanos(u64::MAX).as_secs()));
    }

    #[test]
    fn jitter_goes_down_from_the_delay_and_is_spread() {
        let retry = Retry::fixed(Duration::from_secs(1_000)).times(1_000).jitter();
        let mut all = delays(&retry, 1_000);
        all.sort_unstable();
        assert!(all[0] >= 500 && all[999] <= 1_000, "{} to {}", all[0], all[999]);
        assert!(all[0] < 510 && all[999] > 990 && (700..800).contains(&all[500]), "evenly");
    }
}

//! Hooks: closures that are called around the attempts of a run.

use std::{error::Error as StdError, fmt, sync::Arc};

use super::Context;
use crate::outcome::Outcome;

/// The closure that a hook returns, to be called at the end of the attempt.
pub(crate) type After = Box<dyn FnOnce(&Context, &Outcome) + Send>;

type Before = dyn Fn(&Context) -> Result<Option<After>, Veto> + Send + Sync;

/// A closure that is called before an attempt begins.
#[derive(Clone)]
pub(crate) struct Hook(Arc<Before>);

impl Hook {
    pub(crate) fn around<A>(hook: impl Fn(&Context) -> Result<A, Veto> + Send + Sync + 'static) -> Self
    where
        A: FnOnce(&Outcome) + Send + 'static,
    {
        Hook(Arc::new(move |run| {
            let after = hook(run)?;
            Ok(Some(Box::new(move |_, outcome| after(outcome))))
        }))
    }

    pub(crate) fn before(hook: impl Fn(&Context) -> Result<(), Veto> + Send + Sync + 'static) -> Self {
        Hook(Arc::new(move |run| hook(run).map(|()| None)))
    }

    pub(crate) fn after(hook: impl Fn(&Context, &Outcome) + Send + Sync + 'static) -> Self {
        let hook = Arc::new(hook);
        Hook(Arc::new(move |_| {
            let hook = Arc::clone(&hook);
            Ok(Some(Box::new(move |run, outcome| hook(run, outcome))))
        }))
    }

    pub(crate) fn call(&self, run: &Context) -> Result<Option<After>, Veto> {
        (self.0)(run)
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

/// Why a hook does not let an attempt begin: the error of [`around`](crate::Scheduler::around) and
/// [`before_run`](crate::Scheduler::before_run).
///
/// Text and all errors convert into it, with `into()` or by `?`. The sources of an error follow after colons.
///
/// ```
/// # use punctual::{EventKind, Scheduler, Skip};
/// use punctual::Veto;
/// # use std::sync::mpsc::channel;
/// # let scheduler = Scheduler::new();
/// # let (sender, events) = channel();
/// scheduler.on_event(move |event| sender.send(event.clone()).unwrap());
/// scheduler.before_run(|_| {
///     let load: f64 = "high".parse()?;
///     if load < 4.0 { Ok(()) } else { Err("the machine is busy".into()) }
/// });
/// let job = scheduler.every().hour().run(|| {})?;
/// assert!(!job.run_now());
/// let skipped = events.try_iter().find(|event| event.kind == EventKind::Skipped(Skip::Vetoed)).unwrap();
/// assert_eq!(skipped.outcome().unwrap().to_string(), "vetoed: invalid float literal");
/// assert_eq!(Veto::from("not today").to_string(), "not today");
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto(String);

impl Veto {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Veto {
    fn from(reason: E) -> Self {
        Veto(Outcome::chain(reason.into().as_ref()))
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

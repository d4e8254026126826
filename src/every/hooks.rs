//! Hooks of one job.

use super::{
    state::{Complete, Placement},
    Every,
};
use crate::{
    job::{Context, Hook, Veto},
    outcome::Outcome,
};

/// What is called around the attempts of a run.
impl<S: Complete, B: Placement> Every<S, B> {
    /// Adds a hook to the job, as [`Scheduler::around`](crate::Scheduler::around) does to all jobs: a closure that is
    /// called before each attempt, and returns either a closure that is called at its end, or an error, which is a
    /// veto.
    ///
    /// The hooks of a sentence are inside those of the scheduler, and the first one is outermost. A sentence that
    /// updates a job by its key replaces its hooks. See [`Scheduler::around`](crate::Scheduler::around) for the threads
    /// in which hooks are called, and when.
    ///
    /// ```
    /// # use std::sync::mpsc::channel;
    /// use punctual::Outcome;
    /// # let scheduler = punctual::Scheduler::new();
    /// # let (sender, steps) = channel();
    /// # let note = move |step: &str| sender.send(step.to_owned()).unwrap();
    /// # let say = note.clone();
    /// let sentence = scheduler.every().day().at("02:00").around(move |run| {
    ///     say(&format!("attempt {}", run.attempt()));
    ///     let say = say.clone();
    ///     Ok(move |outcome: &Outcome| say(&outcome.to_string()))
    /// });
    /// sentence.run(move || note("the body"))?.run_now();
    /// assert_eq!(steps.try_iter().collect::<Vec<_>>(), ["attempt 1", "the body", "completed"]);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn around<A>(self, hook: impl Fn(&Context) -> Result<A, Veto> + Send + Sync + 'static) -> Self
    where
        A: FnOnce(&Outcome) + Send + 'static,
    {
        self.hook(Hook::around(hook))
    }

    /// Adds a hook that is called before each attempt, and may veto it: [`around`](Every::around) with nothing to call
    /// at the end. It is the wrong place to [count runs](crate::Scheduler::before_run).
    ///
    /// ```
    /// # let scheduler = punctual::Scheduler::new();
    /// let sentence = scheduler.every().hour().before_run(|run| {
    ///     if run.run_count() > 1 { Err("once is enough".into()) } else { Ok(()) }
    /// });
    /// let job = sentence.run(|| println!("hello"))?;
    /// assert!(job.run_now());
    /// assert!(!job.run_now());
    /// assert_eq!(job.run_count(), 1);
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn before_run(self, hook: impl Fn(&Context) -> Result<(), Veto> + Send + Sync + 'static) -> Self {
        self.hook(Hook::before(hook))
    }

    /// Adds a hook that is called at the end of each attempt, with its outcome: [`around`](Every::around) with nothing
    /// to call before.
    ///
    /// ```
    /// # use std::sync::mpsc::channel;
    /// # let scheduler = punctual::Scheduler::new();
    /// # let (sender, outcomes) = channel();
    /// let sentence = scheduler.every().hour().after_run(move |_, outcome| sender.send(outcome.to_string()).unwrap());
    /// sentence.run(|| Err::<(), _>("disk full"))?.run_now();
    /// assert_eq!(outcomes.recv().unwrap(), "failed: disk full");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn after_run(self, hook: impl Fn(&Context, &Outcome) + Send + Sync + 'static) -> Self {
        self.hook(Hook::after(hook))
    }

    fn hook(self, hook: Hook) -> Self {
        self.and_then(|draft| draft.with(|job| job.hooks.push(hook)))
    }
}

//! Jobs declared with `#[repeat]`, and their registration in the default registry.

use std::{
    any::type_name,
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

use parking_lot::{const_reentrant_mutex, ReentrantMutex};

/// Declares a function as a job, which is then registered without further code.
///
/// The attribute takes a sentence without its `run`, then the arguments of the function, if it has any. Several
/// attributes declare several jobs. The function itself is unchanged and can be called as usual.
///
/// ```
/// use punctual::repeat;
///
/// #[repeat(every().second())]
/// fn work() {
///     println!("working");
/// }
///
/// #[repeat(every().monday().at("13:15").tag("polite"), "Alice")]
/// #[repeat("every hour", "Bob")]
/// fn greet(name: &str) -> Result<(), std::fmt::Error> {
///     println!("Hello, {name}");
///     Ok(())
/// }
///
/// assert_eq!(punctual::jobs().len(), 3);
/// assert_eq!(punctual::jobs_tagged("polite").len(), 1);
/// assert_eq!(punctual::run_all(), 3);
/// # assert!(greet("Carol").is_ok());
/// ```
///
/// Text in place of a sentence is what [`schedule`](crate::schedule) takes. The first word, `every()`, `after(…)`,
/// `once(…)`, `schedule(…)`, `cron(…)` or `cron_in(…)`, always refers to this crate, whether or not it is imported;
/// other names are resolved where the function is. The arguments are evaluated for every run. The job is named by the
/// path of its function, unless the sentence has [`named`](Every::named).
///
/// # When and where
///
/// The jobs are registered in the default registry at its first use, through any free function of this crate or
/// [`default_scheduler`](crate::default_scheduler); their intervals count from then. These are the jobs of the whole
/// program, including those of private modules and dependencies, in order of crate, file and line. (A crate that no
/// code refers to is not linked, and its jobs are missing: refer to it with `use that_crate as _;`.)
///
/// [`add_pool`](crate::add_pool) alone does not register them: called first, it adds the [pool](Every::pool) that a
/// sentence names.
///
/// Other threads that use the default registry wait until all jobs are registered. A sentence may use the default
/// registry, but must not wait for another thread that does: that is a deadlock.
///
/// # Mistakes
///
/// The compiler reports mistakes in the function, its arguments and the grammar of the sentence. It also reads these
/// string literals, so a mistake in one is a compile error with the message that
/// [`parse`](crate::Schedule#impl-FromStr-for-Schedule) or [`cron`](crate::cron) gives:
///
/// - text in place of a sentence;
/// - the argument of `schedule("…")`, `.or("…")` and `.and("…")`;
/// - the expression of `cron("…")`, and of `cron_in(Dialect::Quartz, "…")` if the dialect is named there.
///
/// They may be anywhere in the sentence, including the argument of another call. The functions are recognised by name,
/// alone or after `punctual::`, `cron` and `cron_in` also after `Schedule::`. To call a function of your own with such
/// a name, use another path, as in `self::cron("…")`.
///
/// ```compile_fail
/// #[punctual::repeat("every weekday at 9am")]
/// //                  ^ "9am" at column 18: write 09:00
/// fn report() {}
/// ```
///
/// A mistake that shows only when the sentence is evaluated has no caller to be returned to: it is logged as an error
/// with its file and line, and the other jobs are registered. This applies to other arguments, such as `at("25:00")`,
/// `only_on("mondys")` or `until("tomorrow")`, to text that is not a literal, and to everything that depends on the
/// time of registration: `"once at 2001-01-01"` is past.
///
/// The function must not be in an `impl` or a `trait`, nor generic, unsafe or extern, and async only with the feature
/// `tokio`. It returns what a body [may return](crate::IntoOutcome):
///
/// ```compile_fail,E0277
/// #[punctual::repeat(every().second())]
/// fn count() -> usize {
///     3
/// }
/// ```
///
/// The attribute refers to this crate as `punctual`, so it does not work if the dependency is renamed.
pub use punctual_macros::repeat;

use crate::{
    error::Result,
    every::{state::Complete, Every},
    handle::Job,
    job::{Body, BoxedBody, Call},
    log_line::log_line,
    outcome::Outcome,
    unwind::catch,
};

/// The expansion of one attribute.
#[derive(Debug)]
pub struct Declaration {
    /// The path of the function.
    pub name: &'static str,
    /// The file of the attribute.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
    /// The column of the attribute.
    pub column: u32,
    /// Evaluates the sentence and registers a job of this name.
    pub register: fn(&'static str) -> Result<Job>,
}

inventory::collect!(Declaration);

/// Registers a job that calls a function and has its name.
///
/// # Errors
///
/// The first mistake in the sentence, or that its scheduler was dropped. The job is then not registered.
pub fn declare<S: Complete, B>(sentence: Every<S, B>, name: &'static str, body: fn() -> Outcome) -> Result<Job> {
    sentence.named_by_default(name).register(Box::new(Declared { body }))
}

/// [`declare`] for a function that is async.
///
/// # Errors
///
/// As those of [`declare`].
#[cfg(feature = "tokio")]
pub fn declare_async<S: Complete, B, Fut>(sentence: Every<S, B>, name: &'static str, body: fn() -> Fut) -> Result<Job>
where
    Fut: std::future::Future<Output: crate::outcome::BodyReturn> + Send + 'static,
{
    // Shared, since the sentence may allow several runs at a time.
    let body = crate::job::shared_async::<fn() -> Fut, Fut>(move |_| body());
    sentence.named_by_default(name).register_async(body)
}

/// The body of a declared job.
#[derive(Clone, Copy)]
struct Declared {
    body: fn() -> Outcome,
}

impl Body for Declared {
    fn call(&mut self, _: &Call<'_>) -> Outcome {
        (self.body)()
    }

    fn name(&self) -> fn() -> &'static str {
        type_name::<fn() -> Outcome>
    }

    #[cfg(feature = "tokio")]
    fn spawn(
        self: Box<Self>,
        _: &tokio::runtime::Handle,
        host: std::sync::Arc<dyn crate::job::TaskHost>,
        run: crate::job::InTask,
    ) -> Option<tokio::task::JoinHandle<()>> {
        run.call_here(&*host, self);
        None
    }

    fn another(&self) -> Option<BoxedBody> {
        Some(Box::new(*self))
    }
}

/// Whether all declared jobs are registered. The fast path of every free function.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Whether registration has begun. Held during registration, so that other threads wait for its end. Reentrant because
/// a sentence may itself use the default registry: it then finds `true`, and the jobs registered so far.
static BEGUN: ReentrantMutex<Cell<bool>> = const_reentrant_mutex(Cell::new(false));

/// Registers all declared jobs of the program. Later calls do nothing.
pub(crate) fn register_all() {
    if REGISTERED.load(Ordering::Acquire) {
        return;
    }
    let begun = BEGUN.lock();
    // Set before the first job is registered: a sentence that uses the default registry comes back here, and must not
    // start over.
    if begun.replace(true) {
        return;
    }
    let mut all: Vec<&Declaration> = inventory::iter::<Declaration>.into_iter().collect();
    all.sort_by_key(|declaration| declaration.place());
    all.into_iter().for_each(Declaration::register);
    REGISTERED.store(true, Ordering::Release);
}

impl Declaration {
    /// The sort key: crate, file and line. The order in which the linker collects declarations is unspecified.
    fn place(&self) -> (Option<&str>, &str, u32, u32) {
        (self.name.split("::").next(), self.file, self.line, self.column)
    }

    fn register(&self) {
        let mistake = match catch(|| (self.register)(self.name)) {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("it panicked: {panic}"),
        };
        let Declaration { name, file, line, .. } = self;
        log_line!(Error, "cannot schedule {name}, declared at {file}:{line}: {mistake}");
    }
}

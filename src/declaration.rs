//! Jobs that are declared where their functions are, and how they come into the default registry.

use std::{
    any::type_name,
    cell::Cell,
    panic::catch_unwind,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use parking_lot::{const_reentrant_mutex, ReentrantMutex};

/// Makes a job of a function, without a line that registers it.
///
/// The attribute takes a sentence that ends before its `run`, and then the arguments of the function, if it has any. It
/// may stand there more than once: each is a job of its own. The function stays as it is written, for everybody to call.
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
/// #[repeat(every().hour(), "Bob")]
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
/// The `every()`, `after(…)` or `once(…)` with which the sentence begins is this crate's, imported or not; other names
/// mean what they mean where the function is. The arguments are made anew for every run. The job bears the path of its
/// function as its name, if the sentence does not say [`named`](Every::named).
///
/// # When and where
///
/// The jobs are in the default registry when somebody uses it for the first time, through any free function of this crate
/// or [`default_scheduler`](crate::default_scheduler); their intervals count from then. These are the jobs of the whole
/// program, also of private modules and of the crates that it depends on, in the order of crates, files and lines. (A
/// crate that no code mentions is not linked, and neither are its jobs: mention it, `use that_crate as _;`.)
///
/// Whoever comes while they are being registered waits for the end of it. A sentence may use the default registry itself,
/// but must not wait for another thread that does.
///
/// # Mistakes
///
/// The compiler tells what is wrong with a function, its arguments or the grammar of a sentence. A mistake that only shows
/// when the sentence is said, such as `at("25:00")`, is logged as an error, with the file and the line; the other jobs are
/// registered all the same.
///
/// A job is a free function: it is in no `impl` and no `trait`, and neither async, generic, unsafe nor extern. It returns
/// what a body [may return](crate::IntoOutcome):
///
/// ```compile_fail,E0277
/// #[punctual::repeat(every().second())]
/// fn count() -> usize {
///     3
/// }
/// ```
///
/// The attribute looks for this crate under the name `punctual`, so a dependency must not rename it.
pub use punctual_macros::repeat;

use crate::{
    error::Result,
    every::{state::Complete, Every},
    executor,
    handle::Job,
    job::{Context, Shared},
    journal::note,
    outcome::Outcome,
};

/// What one attribute leaves behind.
#[derive(Debug)]
pub struct Declaration {
    /// The path of the function.
    pub name: &'static str,
    /// Where the attribute is.
    pub file: &'static str,
    /// Where the attribute is.
    pub line: u32,
    /// Where the attribute is.
    pub column: u32,
    /// Says the sentence, and ends it with a job of this name.
    pub register: fn(&'static str) -> Result<Job>,
}

inventory::collect!(Declaration);

/// Ends a sentence with a job that bears the name of a function, whose call is the body.
///
/// # Errors
///
/// The first mistake of the sentence, or that its scheduler is gone; nothing is registered then.
pub fn declare<S: Complete, B>(sentence: Every<S, B>, name: &'static str, body: fn() -> Outcome) -> Result<Job> {
    let task = Box::new(Shared(Arc::new(move |_: &Context<'_>| body())));
    sentence.named_by_default(name).register(type_name::<fn() -> Outcome>, task)
}

/// Whether all is done.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Whether it has begun. The thread that registers comes by again, in the sentences; all others wait until it is done.
static BEGUN: ReentrantMutex<Cell<bool>> = const_reentrant_mutex(Cell::new(false));

/// Registers every job that is declared in the program, the first time that it is called.
pub(crate) fn register_all() {
    if REGISTERED.load(Ordering::Acquire) {
        return;
    }
    let begun = BEGUN.lock();
    if begun.replace(true) {
        return;
    }
    let mut all: Vec<&Declaration> = inventory::iter::<Declaration>.into_iter().collect();
    all.sort_by_key(|declaration| declaration.place());
    all.into_iter().for_each(Declaration::register);
    REGISTERED.store(true, Ordering::Release);
}

impl Declaration {
    /// By crates, and as they are read: the linker gives them in no order.
    fn place(&self) -> (Option<&str>, &str, u32, u32) {
        (self.name.split("::").next(), self.file, self.line, self.column)
    }

    fn register(&self) {
        let mistake = match catch_unwind(|| (self.register)(self.name)) {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => error.to_string(),
            Err(payload) => {
                let outcome = Outcome::from_panic(payload.as_ref());
                executor::drop_quietly(payload);
                format!("{outcome:?}")
            }
        };
        let Declaration { name, file, line, .. } = self;
        note!(Error, "cannot schedule {name}, declared at {file}:{line}: {mistake}");
    }
}

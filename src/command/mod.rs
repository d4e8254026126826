//! Bodies that run a program.

mod into_command;
mod launch;
mod output;
#[cfg(not(all(unix, not(any(target_os = "openbsd", target_os = "redox", target_os = "vita")))))]
#[path = "process_alone.rs"]
mod process;
#[cfg(all(unix, not(any(target_os = "openbsd", target_os = "redox", target_os = "vita"))))]
#[path = "process_group.rs"]
mod process;
#[cfg(all(test, unix))]
mod process_alone;
mod running;
mod status;
mod words;

use std::{
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

pub use self::into_command::IntoCommand;
pub(crate) use self::{
    launch::run,
    running::{Commands, TimeLimit},
};

/// A program with its arguments, for [`run_command`](crate::Every::run_command). Each run of the job starts it. Needs
/// the feature `command`.
///
/// The methods are those of [`std::process::Command`], and more. That type itself is not accepted: it cannot be cloned,
/// and its users, groups and redirections cannot be read.
///
/// - **Input** is empty. **Output** is dropped, except the last 4 KiB of stderr, which are in the text of a failure.
///   [`output_to`](Command::output_to) appends it to a file, [`log_output`](Command::log_output) logs it.
/// - **The environment** is that of this process, with `PUNCTUAL_JOB` (the job's name), `PUNCTUAL_SLOT` (the slot of
///   the run, as RFC 3339 in UTC), `PUNCTUAL_RUN` (the run's number) and `PUNCTUAL_ATTEMPT` (1 for the first).
/// - **A process group** of its own contains the program and what it starts, on Unix. So Ctrl-C in a terminal does not
///   reach it: call [`shutdown`](crate::Scheduler::shutdown). If *this* process dies without that, the program keeps
///   running, unless something outside ends both, such as systemd or a container.
///
/// ```
/// # #[cfg(unix)] {
/// use punctual::{Command, Outcome, Scheduler};
/// let scheduler = Scheduler::new();
/// let backup = Command::new("sh").arg("-c").arg("echo no space left on $TARGET >&2; exit 3").env("TARGET", "/backup");
/// let job = scheduler.every().day().at("02:00").run_command(backup)?;
/// job.run_now();
/// assert_eq!(job.last_outcome(), Some(Outcome::Failed("exit status 3: no space left on /backup".into())));
/// # }
/// # Ok::<(), punctual::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a command does nothing until `run_command`, and a run of its job"]
pub struct Command {
    program: OsString,
    args: Vec<OsString>,
    /// Whether the last argument is the script of a shell.
    is_shell: bool,
    /// In the order in which they were given; `None` removes one.
    env: Vec<(OsString, Option<OsString>)>,
    is_env_cleared: bool,
    current_dir: Option<PathBuf>,
    output: Option<PathBuf>,
    is_logged: bool,
    grace: Duration,
}

impl Command {
    /// How long a program has between TERM and KILL by default.
    const GRACE: Duration = Duration::from_secs(10);

    /// A program, by its path or by a name that is looked up in `PATH`, without arguments.
    ///
    /// ```
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_command(Command::new("/usr/local/bin/backup"))?;
    /// assert_eq!(job.name(), "backup", "the job is named after the program, unless `named`");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Command {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            is_shell: false,
            env: Vec::new(),
            is_env_cleared: false,
            current_dir: None,
            output: None,
            is_logged: false,
            grace: Command::GRACE,
        }
    }

    /// A script for the shell, `sh -c`: pipes, redirections, variables. The exit status is the shell's: that of the
    /// last command of a pipe.
    ///
    /// Never build a script from untrusted text, which could run anything. Pass such text with [`env`](Command::env),
    /// and write `"$NAME"` in the script.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().hour().run_command(Command::shell("echo hello | grep -q hello"))?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn shell(script: impl AsRef<OsStr>) -> Self {
        let command = Command::new("sh").arg("-c").arg(script);
        Command { is_shell: true, ..command }
    }

    /// Adds an argument, which the program receives unchanged: nothing is split or expanded.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_command(Command::new("test").arg("a b").arg("=").arg("a b"))?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_command(Command::new("test").args(["-d", "/"]))?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let greet = Command::shell(r#"test "$NAME" = "Alice & Bob""#).env("NAME", "Alice & Bob");
    /// let job = scheduler.every().day().run_command(greet)?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Removes an environment variable.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let command = Command::shell(r#"test -z "$HOME""#).env_remove("HOME");
    /// let job = scheduler.every().day().run_command(command)?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// Starts the program without the environment variables of this process: only with those of the run, and those set
    /// with [`env`](Command::env), before or after this.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let command = Command::new("/bin/sh").args(["-c", r#"test -z "$HOME" && test -n "$PUNCTUAL_RUN""#]).env_clear();
    /// let job = scheduler.every().day().run_command(command)?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn env_clear(mut self) -> Self {
        self.is_env_cleared = true;
        self
    }

    /// Sets the directory in which the program runs. The default is the directory of this process.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// let job = scheduler.every().day().run_command(Command::shell(r#"test "$(pwd)" = /"#).current_dir("/"))?;
    /// job.run_now();
    /// assert!(job.last_outcome().unwrap().is_success());
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn current_dir(mut self, directory: impl AsRef<Path>) -> Self {
        self.current_dir = Some(directory.as_ref().to_owned());
        self
    }

    /// Appends stdout and stderr to a file, which is created if there is none and opened for each run. The text of a
    /// failure then contains the end of both.
    ///
    /// A relative path is relative to the directory of this process. A named pipe blocks until it has a reader.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// # let folder = std::env::temp_dir().join(format!("punctual-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// let log = folder.join("backup.log");
    /// let job = scheduler.every().day().run_command(Command::new("echo").arg("done").output_to(&log))?;
    /// job.run_now();
    /// job.run_now();
    /// assert_eq!(std::fs::read_to_string(&log).unwrap(), "done\ndone\n");
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # }
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn output_to(mut self, file: impl AsRef<Path>) -> Self {
        self.output = Some(file.as_ref().to_owned());
        self
    }

    /// Logs stdout and stderr line by line, after the end of a run: at level `info`, with the target `punctual` and the
    /// job's name. At most the last 64 KiB and the last 1,000 lines are logged. The text of a failure then contains the
    /// end of both.
    ///
    /// ```
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// // Each run logs "punctual: tidy: removed 3 files", or whatever the program prints.
    /// scheduler.every().day().named("tidy").run_command(Command::new("tidy").log_output())?;
    /// # assert_eq!(scheduler.jobs()[0].name(), "tidy");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn log_output(mut self) -> Self {
        self.is_logged = true;
        self
    }

    /// Sets how long the program has to end after TERM before it is killed: 10 seconds by default, in real time. Zero
    /// kills it at once. [`Every::run_command`](crate::Every::run_command) says when that happens.
    ///
    /// ```
    /// # use punctual::{Command, Scheduler};
    /// # let scheduler = Scheduler::new();
    /// use std::time::Duration;
    /// let database = Command::new("vacuum").grace(Duration::from_secs(90));
    /// let job = scheduler.every().sunday().at("04:00").run_command(database)?;
    /// # assert!(job.is_scheduled());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The job's name if its sentence has none: the name of the program's file, or the script.
    pub(crate) fn name(&self) -> String {
        const LONGEST: usize = 60;
        let script = self.args.last().filter(|_| self.is_shell);
        let name = script.map(OsString::as_os_str).or(Path::new(&self.program).file_name());
        let text = name.unwrap_or(&self.program).to_string_lossy();
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let name = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        match name.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &name[..end]),
            None if name.is_empty() => "command".to_owned(),
            None => name,
        }
    }
}

/// Without the environment, which may contain secrets.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command").field("program", &self.program).field("args", &self.args).finish_non_exhaustive()
    }
}

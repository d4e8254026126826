//! What can be given as a command.

use std::ffi::OsStr;

use super::{words, Command};
use crate::{
    error::{Error, Result},
    text::for_texts,
};

/// A command: a [`Command`] or a reference to one, or text. Needs the feature `command`.
///
/// Text is a program and its arguments, separated by white space, as in `"backup.sh --full"`. Quotes and backslashes
/// group as in a shell, but there is no shell: `|`, `>`, `*`, `$NAME` and the like are errors, unless they are in
/// single quotes. [`Command::shell`] has one. This trait is sealed.
///
/// ```
/// # let scheduler = punctual::Scheduler::new();
/// let job = scheduler.every().day().at("02:00").run_command("backup.sh --full --note 'every night'")?;
/// assert_eq!(job.name(), "backup.sh");
///
/// let error = scheduler.every().day().run_command("backup.sh | gzip").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "invalid command \"backup.sh | gzip\": \"|\" at column 11 is for a shell \
///      (expected it in single quotes, to be taken as it is, or `Command::shell`)",
/// );
/// # Ok::<(), punctual::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "expected text, such as \"backup.sh --full\", or a `punctual::Command`",
    note = "`std::process::Command` cannot be run twice: `punctual::Command` has the same methods",
    note = "a closure is given to `run`"
)]
pub trait IntoCommand: sealed::Sealed {
    /// Converts into a command.
    ///
    /// # Errors
    ///
    /// If text cannot be split or names no program; if the program is empty, or a text that the system receives
    /// contains a NUL character.
    ///
    /// ```
    /// use punctual::IntoCommand;
    /// let command = "say 'hello world'".into_command()?;
    /// assert_eq!(format!("{command:?}"), r#"Command { program: "say", args: ["hello world"], .. }"#);
    /// assert!("say 'hello".into_command().unwrap_err().is_invalid());
    /// # Ok::<(), punctual::Error>(())
    /// ```
    fn into_command(self) -> Result<Command>;
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Command {}

impl IntoCommand for Command {
    fn into_command(self) -> Result<Command> {
        self.checked()
    }
}

impl sealed::Sealed for &Command {}

impl IntoCommand for &Command {
    fn into_command(self) -> Result<Command> {
        self.clone().checked()
    }
}

impl sealed::Sealed for &str {}

impl IntoCommand for &str {
    fn into_command(self) -> Result<Command> {
        let words = words::split(self).map_err(|why| Error::invalid(format!("invalid command {self:?}: {why}")))?;
        let (program, args) = words.split_first().map_or(("", &[][..]), |(program, args)| (program, args));
        Command::new(program).args(args).checked()
    }
}

for_texts!(IntoCommand, into_command -> Result<Command>);

impl Command {
    /// The command, unless every system would refuse it.
    fn checked(self) -> Result<Self> {
        const NUL: &str = "it contains a NUL character";
        let Command { program, args, env, current_dir, output, is_shell, .. } = &self;
        let refuse = |what: &str, text: &OsStr, why: &str| {
            let of = if what == "command" { String::new() } else { format!(" of the command {program:?}") };
            Err(Error::invalid(format!("invalid {what} {text:?}{of}: {why}")))
        };
        let has_nul = |text: &OsStr| text.as_encoded_bytes().contains(&0);
        let is_blank = |text: &OsStr| text.as_encoded_bytes().trim_ascii().is_empty();
        if is_blank(program) {
            return refuse("command", program, "it names no program (expected one, as in \"backup\")");
        }
        if has_nul(program) {
            return refuse("command", program, NUL);
        }
        if let Some(script) = args.last().filter(|script| *is_shell && is_blank(script)) {
            return refuse("command", script, "the script is empty (expected one, as in \"pg_dump db | gzip\")");
        }
        if let Some(arg) = args.iter().find(|arg| has_nul(arg)) {
            return refuse("argument", arg, NUL);
        }
        for (name, value) in env {
            let is_name = !name.is_empty() && !has_nul(name) && !name.as_encoded_bytes().contains(&b'=');
            if !is_name {
                return refuse("variable", name, "its name is empty, or contains \"=\" or a NUL character");
            }
            if value.as_ref().is_some_and(|value| has_nul(value)) {
                return refuse("variable", name, "its value contains a NUL character");
            }
        }
        let paths = [("directory", current_dir), ("output file", output)];
        for (what, path) in paths.into_iter().filter_map(|(what, path)| Some((what, path.as_ref()?.as_os_str()))) {
            if path.is_empty() {
                return refuse(what, path, "the path is empty");
            }
            if has_nul(path) {
                return refuse(what, path, NUL);
            }
        }
        Ok(self)
    }
}

//! Where the output of a command goes, and what is read of it after the end.
//!
//! Never into a pipe: processes that the program has left running would keep it open, and reading to the end would wait
//! for them, too.

use std::{
    env::temp_dir,
    fs::{remove_file, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::PathBuf,
    process::Stdio,
};

use super::Command;
use crate::log_line::log_line;

/// The stdout and stderr of a command, and what can be read of them.
pub(super) struct Output {
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
    pub(super) kept: Kept,
}

/// What a command has written, if it can be read.
#[derive(Default)]
pub(super) struct Kept {
    file: Option<File>,
    /// Where this run's output begins.
    start: u64,
    /// A file of ours that could not be removed while it is open.
    left: Option<PathBuf>,
}

/// The end of what a command has written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) text: String,
    /// The number of bytes in front of it, which are left out.
    pub(super) left_out: u64,
}

impl Output {
    /// Opens the output that a command asks for.
    ///
    /// # Errors
    ///
    /// If the file that it names cannot be opened.
    pub(super) fn open(command: &Command) -> Result<Self, String> {
        match &command.output {
            Some(path) => {
                let refused = |error: io::Error| format!("cannot write its output to {path:?}: {}", reason(&error));
                let file = OpenOptions::new().append(true).create(true).open(path).map_err(refused)?;
                let is_regular = file.metadata().is_ok_and(|about| about.is_file());
                // Of its own, so that a look at the end does not move what the program writes.
                let reader = if is_regular { File::open(path).ok() } else { None };
                let start = reader.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |about| about.len());
                let stderr = file.try_clone().map_err(refused)?.into();
                Ok(Output { stdout: file.into(), stderr, kept: Kept { file: reader, start, left: None } })
            }
            None => Ok(Output::kept(command.is_logged).unwrap_or_else(|error| {
                log_line!(Warn, "the output of a command is lost: {error}");
                Output { stdout: Stdio::null(), stderr: Stdio::null(), kept: Kept::default() }
            })),
        }
    }

    /// Into a file of ours, without a name.
    fn kept(with_stdout: bool) -> io::Result<Self> {
        let (file, left) = anonymous()?;
        let kept = Kept { file: Some(file.try_clone()?), start: 0, left };
        let stdout = if with_stdout { file.try_clone()?.into() } else { Stdio::null() };
        Ok(Output { stdout, stderr: file.into(), kept })
    }
}

/// A new file that nobody else can open. It is written at its end only, so a look at it does not move what is written.
fn anonymous() -> io::Result<(File, Option<PathBuf>)> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let folder = temp_dir();
    let mut tries = 0;
    loop {
        let path = folder.join(format!("punctual-{}-{:016x}", std::process::id(), fastrand::u64(..)));
        match options.open(&path) {
            Ok(file) => {
                let is_removed = remove_file(&path).is_ok();
                return Ok((file, (!is_removed).then_some(path)));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < 8 => tries += 1,
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("cannot create a file in {folder:?}: {error}")))
            }
        }
    }
}

impl Kept {
    /// The last bytes that the run has written, at most `limit`, from the beginning of a line if possible.
    pub(super) fn tail(&mut self, limit: u64) -> Tail {
        let start = self.start;
        self.file.as_mut().and_then(|file| read_tail(file, start, limit).ok()).unwrap_or_default()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.file = None;
        if let Some(path) = self.left.take() {
            let _ = remove_file(path);
        }
    }
}

fn read_tail(file: &mut File, start: u64, limit: u64) -> io::Result<Tail> {
    // A file that is shorter than before was replaced or truncated meanwhile: all of it is later.
    let end = file.seek(SeekFrom::End(0))?;
    let start = if end < start { 0 } else { start };
    let from = start.max(end.saturating_sub(limit));
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    // Processes that the program has left running may still be writing.
    file.take(end - from).read_to_end(&mut bytes)?;
    let cut = if from > start { first_whole(&bytes) } else { 0 };
    let text = String::from_utf8_lossy(&bytes[cut..]).trim_end().to_owned();
    Ok(Tail { text, left_out: from - start + cut as u64 })
}

/// Where the first whole line begins in bytes that begin anywhere; if it is all one line, the first whole character.
fn first_whole(bytes: &[u8]) -> usize {
    let text = bytes.trim_ascii_end();
    let line = text.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
    line.unwrap_or_else(|| text.iter().take(3).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count())
}

/// What an error of the system says, without its number if it is a usual one.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn tail_of(written: &[u8], start: u64, limit: u64) -> (String, u64) {
        let (mut file, _) = anonymous().unwrap();
        file.write_all(written).unwrap();
        let Tail { text, left_out } = read_tail(&mut file, start, limit).unwrap();
        (text, left_out)
    }

    #[test]
    fn a_tail_begins_with_a_whole_line_or_character() {
        let cases: [(&[u8], u64, u64, &str, u64); 11] = [
            (b"", 0, 8, "", 0),
            (b"one\ntwo\n", 0, 8, "one\ntwo", 0),
            (b"one\ntwo\n", 0, 7, "two", 4),
            (b"one\ntwo\n", 0, 5, "two", 4),
            (b"one\ntwo\n", 4, 8, "two", 0),
            (b"abcdefgh", 0, 4, "efgh", 4),
            (b"abcdefg\n", 0, 4, "efg", 4),
            ("aääää".as_bytes(), 0, 3, "ä", 7),
            (b"a\xff\n", 0, 8, "a\u{fffd}", 0),
            (b"\n\n\n\n", 0, 2, "", 2),
            (b"short", 99, 8, "short", 0),
        ];
        for (written, start, limit, text, left_out) in cases {
            assert_eq!(tail_of(written, start, limit), (text.to_owned(), left_out), "{written:?} from {start}");
        }
    }
}

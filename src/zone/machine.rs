//! The machine's zone, and whether its rules were replaced: an administrator sets it, a laptop travels.
//!
//! Its offsets are looked up once and shared by all jobs, like those of a zone by name, but only for as long as the
//! rules are the same. To find out takes a system call, so it happens at certain times only, in [`look`] and
//! [`glance`]. Code that keeps something computed by the rules keeps their [`generation`] too.

use std::{
    collections::HashMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use chrono::{Local, TimeZone};
use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::{
    clamped_utc,
    transitions::{look_up, part_of, Part, Span, Surroundings, KEPT},
};
use crate::timestamp::Timestamp;

/// For how long a [`glance`] need not look at a file.
const FRESH: Duration = Duration::from_millis(100);

/// The number of times that other rules were found. 0 until the first look.
static GENERATION: AtomicU64 = AtomicU64::new(0);

static RULES: Lazy<Mutex<Rules>> = Lazy::new(Mutex::default);

/// The rules of the machine's zone, as far as they were looked up.
#[derive(Default)]
struct Rules {
    source: Option<Source>,
    looked_at: Option<Instant>,
    parts: HashMap<i64, Part>,
}

/// Where rules come from. If two sources are equal, so are the rules.
#[derive(PartialEq)]
struct Source {
    /// The variable `TZ`.
    variable: Option<OsString>,
    file: PathBuf,
    stamp: Option<Stamp>,
}

/// The generation of the rules that were in force at the last look.
#[inline]
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Looks whether the rules are still the same. Returns their generation.
pub(crate) fn look() -> u64 {
    RULES.lock().look(Duration::ZERO)
}

/// [`look`] for frequent callers: a file that was replaced within the last [`FRESH`] may not be noticed.
pub(crate) fn glance() -> u64 {
    RULES.lock().look(FRESH)
}

impl Rules {
    fn look(&mut self, fresh: Duration) -> u64 {
        let variable = env::var_os("TZ");
        let known = self.source.take().filter(|known| known.variable == variable);
        let is_fresh = !fresh.is_zero() && self.looked_at.is_some_and(|at| at.elapsed() < fresh);
        self.source = match known {
            Some(known) if is_fresh => Some(known),
            Some(known) => {
                self.looked_at = Some(Instant::now());
                let stamp = stamp(&known.file);
                if stamp != known.stamp {
                    self.replace();
                }
                Some(Source { stamp, ..known })
            }
            None => {
                self.looked_at = Some(Instant::now());
                self.replace();
                Some(Source::of(variable))
            }
        };
        generation()
    }

    /// Forgets everything that was looked up in the old rules.
    fn replace(&mut self) {
        self.parts.clear();
        GENERATION.fetch_add(1, Ordering::AcqRel);
    }
}

/// What changes when a file is replaced or written to: device, inode, size, and time of the last change.
#[cfg(unix)]
type Stamp = (u64, u64, u64, i64, i64);

/// Of the file that a link points to: the machine's zone usually is a link into the database, and both may be replaced.
#[cfg(unix)]
fn stamp(file: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(file).ok()?;
    Some((file.dev(), file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
}

/// Without a file to look at: the offsets at the first of each month of this year and the next.
#[cfg(not(unix))]
type Stamp = Vec<i64>;

#[cfg(not(unix))]
fn stamp(_: &Path) -> Option<Stamp> {
    use chrono::{Datelike, NaiveDate, NaiveTime, Utc};
    let this_year = Utc::now().year();
    let months = (0..24).filter_map(|n| NaiveDate::from_ymd_opt(this_year + n / 12, 1 + (n % 12) as u32, 1));
    Some(months.map(|first| offset_by_chrono(first.and_time(NaiveTime::MIN).and_utc().timestamp())).collect())
}

impl Source {
    /// Where the C library looks, and chrono does, too.
    const FOLDERS: [&'static str; 4] =
        ["/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/share/lib/zoneinfo"];
    const MACHINE: &'static str = "/etc/localtime";

    fn of(variable: Option<OsString>) -> Self {
        let name = variable.as_ref().and_then(|variable| variable.to_str());
        let name = name.map(|name| name.strip_prefix(':').unwrap_or(name)).filter(|name| !name.is_empty());
        // An absolute path replaces the folder. A rule such as `CET-1` is no file; if it is no rule either, the zone is
        // that of the machine.
        let mut files = Self::FOLDERS.iter().filter_map(|folder| Some(Path::new(folder).join(name?)));
        let file = files.find(|file| file.is_file()).unwrap_or_else(|| Self::MACHINE.into());
        let stamp = stamp(&file);
        Source { variable, file, stamp }
    }
}

/// The span around a second in which the offset does not change.
pub(super) fn around(second: i64) -> Span {
    Surroundings::of(part_of(second), transitions_in).span(second)
}

/// The offset at a second, in seconds.
pub(super) fn offset_at(second: i64) -> i64 {
    let part = transitions_in(part_of(second));
    let later = part.partition_point(|(from, _)| *from <= second);
    part.get(later.saturating_sub(1)).map_or(0, |(_, offset)| *offset)
}

fn transitions_in(part: i64) -> Part {
    let of_generation = {
        let rules = RULES.lock();
        if let Some(known) = rules.parts.get(&part) {
            return Part::clone(known);
        }
        generation()
    };
    // The neighbours are wanted next, or were wanted before.
    let wanted = [part - 1, part, part + 1];
    let found = look_up_in_new_thread(wanted);
    let mut rules = RULES.lock();
    // Otherwise the rules were replaced meanwhile, and the caller's next look will show it.
    if generation() == of_generation {
        if rules.parts.len() >= KEPT {
            rules.parts.clear();
        }
        rules.parts.extend(wanted.into_iter().zip(found.iter().cloned()));
    }
    let [_, found, _] = found;
    found
}

/// Looks up parts in a thread that has not used chrono before: in any other, chrono may go by rules that were replaced
/// up to a second ago, or for longer if only the file was replaced that a link points to.
fn look_up_in_new_thread(parts: [i64; 3]) -> [Part; 3] {
    let look_up_all = move || parts.map(|part| look_up(part, offset_by_chrono));
    let thread = thread::Builder::new().name("punctual-zone".to_owned()).spawn(look_up_all);
    match thread.map(thread::JoinHandle::join) {
        Ok(Ok(found)) => found,
        // chrono found the rules to be invalid, and panicked.
        Ok(Err(_)) => parts.map(|part| look_up(part, |_| 0)),
        // There are too many threads.
        Err(_) => look_up_all(),
    }
}

fn offset_by_chrono(second: i64) -> i64 {
    Local.offset_from_utc_datetime(&clamped_utc(Timestamp::new(second, 0))).local_minus_utc().into()
}

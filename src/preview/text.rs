//! A timeline as text, for a terminal.

use std::fmt::{self, Write};

use super::{
    axis::{Axis, Tick},
    svg::Class,
    timeline::{Timeline, TimelineEntry, TimelineLane},
};
use crate::timestamp::Timestamp;

/// The width of the text that `Display` writes.
const WIDTH: usize = 100;

/// The least width of the text.
const LEAST: usize = 50;
const MOST: usize = 1_000;

/// What a lane shows for a part of the span.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Empty,
    Line,
    Closed,
    Coalesced,
    Skipped,
    Ended,
    Run,
    Runs,
}

impl Cell {
    const MARKS: [Cell; 6] = [Cell::Run, Cell::Runs, Cell::Skipped, Cell::Coalesced, Cell::Ended, Cell::Closed];

    fn letter(self) -> char {
        match self {
            Cell::Empty => ' ',
            Cell::Line => ':',
            Cell::Closed => '.',
            Cell::Coalesced => 'o',
            Cell::Skipped => 'x',
            Cell::Ended => 'E',
            Cell::Run => '|',
            Cell::Runs => '#',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Cell::Empty | Cell::Line => "",
            Cell::Closed => "closed",
            Cell::Coalesced => Class::Coalesced.singular(),
            Cell::Skipped => Class::Skipped.singular(),
            Cell::Ended => Class::Ended.singular(),
            Cell::Run => Class::Run.singular(),
            Cell::Runs => "several runs",
        }
    }
}

impl Timeline {
    /// Draws the timeline with characters: a line for each job, no wider than `width` columns. A `width` below 50 or
    /// above 1,000 is adjusted.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta, Utc}, ManualClock, Scheduler};
    /// let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().clock(clock).tz(Utc).build()?;
    /// scheduler.every().hours(8).named("backup").run(|| {})?;
    /// scheduler.every().hour().between("09:00", "17:00").named("poll").run(|| {})?;
    /// let timeline = scheduler.timeline(DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH + TimeDelta::days(2));
    /// assert_eq!(
    ///     timeline.to_text(59),
    ///     "\
    /// UTC        Thu 1 Jan               Fri 2 Jan
    ///            00    06    12    18    00    06    12    18
    /// backup             |       |       |       |       |
    /// poll       .........||||||||.......:........||||||||.......
    /// | run   . closed
    /// ");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to_text(&self, width: usize) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = self.write(width, &mut text);
        text
    }

    fn write(&self, width: usize, text: &mut dyn Write) -> fmt::Result {
        let axis = self.axis();
        let zone = axis.zone.to_string();
        let names: Vec<String> = self.lanes().iter().map(|lane| printable(&lane.name)).collect();
        let longest = names.iter().chain([&zone]).map(|name| name.chars().count()).max().unwrap_or(0);
        let width = width.clamp(LEAST, MOST);
        let label = longest.min(width / 3).max(8) + 3;
        let cells = width - label;
        let apart = |cells_apart: usize| cells_apart as f64 / cells as f64;
        let (fine, strong) = axis.ticks(apart(1), apart(6));
        let mut days = ruler(&axis, &strong, cells);
        if days.starts_with(&" ".repeat(11)) || strong.is_empty() {
            let day = axis.wall(axis.from).format("%a %-d %b").to_string();
            days = format!("{day}{}", days.chars().skip(day.chars().count()).collect::<String>());
        }
        writeln!(text, "{:label$}{}", fit(&zone, label - 2), days.trim_end())?;
        writeln!(text, "{:label$}{}", "", ruler(&axis, &fine, cells).trim_end())?;
        let mut used: Vec<Cell> = Vec::new();
        for ((lane, entries), name) in self.lanes().iter().zip(self.by_lane()).zip(names) {
            let row = row(&axis, lane, &entries, &strong, cells);
            used.extend(&row);
            let row: String =
                if lane.is_paused { "paused".to_owned() } else { row.into_iter().map(Cell::letter).collect() };
            writeln!(text, "{}", format!("{:label$}{row}", fit(&name, label - 2)).trim_end())?;
        }
        let legend = Cell::MARKS.into_iter().filter(|cell| used.contains(cell));
        let mut line = String::new();
        for item in legend.map(|cell| format!("{} {}", cell.letter(), cell.name())) {
            if line.len() + 3 + item.len() > width {
                writeln!(text, "{line}")?;
                line.clear();
            }
            line += if line.is_empty() { "" } else { "   " };
            line += &item;
        }
        if !line.is_empty() {
            writeln!(text, "{line}")?;
        }
        if let Some(stopped) = self.stopped_at() {
            writeln!(text, "too many slots: stopped at {}", axis.show(stopped.into()))?;
        }
        Ok(())
    }
}

/// What a lane shows.
fn row(axis: &Axis, lane: &TimelineLane, entries: &[&TimelineEntry], strong: &[Tick], cells: usize) -> Vec<Cell> {
    let mut row = vec![Cell::Empty; cells];
    strong.iter().filter(|tick| tick.at > axis.from).for_each(|tick| row[cell(axis, tick.at, cells)] = Cell::Line);
    for part in &lane.closed {
        // Cells that are closed from beginning to end.
        let edge = |at: Timestamp| axis.place(at) * cells as f64;
        let (start, end) = (edge(part.start.into()), edge(part.end.into()));
        let whole = ((start - 1e-6).ceil().max(0.0) as usize)..((end + 1e-6).floor() as usize).min(cells);
        row[whole.start.min(whole.end)..whole.end]
            .iter_mut()
            .filter(|cell| **cell == Cell::Empty)
            .for_each(|cell| *cell = Cell::Closed);
    }
    for entry in entries {
        let mut at = cell(axis, entry.at.into(), cells);
        // The end of a job is shown after its last run.
        if Class::of(entry.decision) == Class::Ended && at + 1 < cells && row[at] > Cell::Closed {
            at += 1;
        }
        let cell = &mut row[at];
        let mark = match Class::of(entry.decision) {
            Class::Run if matches!(cell, Cell::Run | Cell::Runs) => Cell::Runs,
            Class::Run => Cell::Run,
            Class::Coalesced => Cell::Coalesced,
            Class::Skipped => Cell::Skipped,
            Class::Ended => Cell::Ended,
        };
        *cell = mark.max(*cell);
    }
    row
}

/// The cell of an instant.
fn cell(axis: &Axis, at: Timestamp, cells: usize) -> usize {
    ((axis.place(at) * cells as f64 + 1e-6) as usize).min(cells - 1)
}

/// The labels of an axis, each from its line on, as far as there is room.
fn ruler(axis: &Axis, ticks: &[Tick], cells: usize) -> String {
    let mut ruler = String::new();
    for tick in ticks {
        let (start, used) = (cell(axis, tick.at, cells), ruler.chars().count());
        let is_free = start > used || used == 0;
        if is_free && start + tick.label.chars().count() <= cells {
            ruler.extend(std::iter::repeat_n(' ', start - used));
            ruler.push_str(&tick.label);
        }
    }
    ruler
}

/// The first letters of a text, if it is too long.
fn fit(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The text, on one line, and without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// [`to_text`](Timeline::to_text), 100 columns wide.
impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(WIDTH))
    }
}

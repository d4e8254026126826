//! A timeline as a picture.

use std::fmt::{self, Write};

use super::{
    axis::Axis,
    timeline::{Decision, Timeline, TimelineEntry, TimelineLane},
};
use crate::{text::Length, timestamp::Timestamp};

/// The measures of the picture, in pixels.
const WIDTH: f64 = 1200.0;
const LEFT: f64 = 276.0;
const RIGHT: f64 = 96.0;
const TOP: f64 = 76.0;
const LANE: f64 = 38.0;
const FOOT: f64 = 44.0;
/// The width of the part in which time passes.
const PLOT: f64 = WIDTH - LEFT - RIGHT;
/// Marks that are closer than this become a bar.
const CLOSE: f64 = 4.5;
/// The least width of a mark.
const MARK: f64 = 3.0;

/// The colours, for light and dark surroundings. `@media` and not variables, which not every viewer knows.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;fill:#1f2328}
.page{fill:#ffffff}.odd{fill:#f6f8fa}.closed{fill:#d8dee4}.fine{stroke:#e4e8ec}.strong{stroke:#aeb6bf}
.faint{fill:#59636e}.run,.bar{fill:#0969da}.bar{fill-opacity:.6}.skipped,.unknown{fill:#bc4c00}.unknown{fill-opacity:.12}
.coalesced{fill:#8c959f}.ended{fill:#1f2328}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.odd{fill:#151b23}.closed{fill:#2f3742}
.fine{stroke:#262c36}.strong{stroke:#59636e}.faint{fill:#9198a1}.run,.bar{fill:#4493f8}.skipped,.unknown{fill:#f0883e}
.coalesced{fill:#7d8590}.ended{fill:#e6edf3}}";

impl Timeline {
    /// Draws the timeline as a picture: a self-contained SVG document.
    ///
    /// Each job has a lane with its name and its schedule. Each slot has a mark, whose tooltip says when it is and what
    /// happens: runs in blue, what is skipped in orange, what is coalesced in grey. Marks that are too close to one
    /// another become a bar. Parts of the span in which the schedule allows no slot are shaded, and so is the part
    /// after [`stopped_at`](Timeline::stopped_at). Times are those of the scheduler's zone. Colours follow the viewer's
    /// preference for light or dark.
    ///
    /// ```
    /// use punctual::{chrono::{DateTime, TimeDelta, Utc}, ManualClock, Scheduler};
    /// let clock = ManualClock::new(DateTime::UNIX_EPOCH);
    /// let scheduler = Scheduler::builder().clock(clock).tz(Utc).build()?;
    /// scheduler.every().day().at("09:00").named("R&D report").run(|| {})?;
    /// let svg = scheduler.timeline(DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH + TimeDelta::days(7)).to_svg();
    /// assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"));
    /// assert!(svg.contains("R&amp;D report"), "names are escaped");
    /// # Ok::<(), punctual::Error>(())
    /// ```
    pub fn to_svg(&self) -> String {
        let mut svg = String::new();
        // Writing to a `String` cannot fail.
        let _ = Picture { timeline: self, axis: self.axis() }.write(&mut svg);
        svg
    }
}

struct Picture<'a> {
    timeline: &'a Timeline,
    axis: Axis,
}

impl Picture<'_> {
    fn write(&self, svg: &mut String) -> fmt::Result {
        let bottom = TOP + LANE * self.timeline.lanes().len().max(1) as f64;
        let height = bottom + FOOT;
        let title = self.title();
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\" font-size=\"12\">\n\
             <style>{STYLE}</style>\n<rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n\
             <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"600\">{title}</text>"
        )?;
        for (n, lane) in self.timeline.lanes().iter().enumerate() {
            self.background(svg, lane, n)?;
        }
        self.grid(svg, bottom)?;
        for (n, (lane, entries)) in self.timeline.lanes().iter().zip(self.timeline.by_lane()).enumerate() {
            self.lane(svg, lane, &entries, n)?;
        }
        if let Some(stopped) = self.timeline.stopped_at() {
            let (x, height) = (self.x(stopped.into()), bottom - TOP);
            writeln!(
                svg,
                "<rect class=\"unknown\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{height}\">\
                 <title>not looked at</title></rect>",
                LEFT + PLOT - x
            )?;
        }
        if self.timeline.lanes().is_empty() {
            writeln!(
                svg,
                "<text class=\"faint\" x=\"{LEFT}\" y=\"{}\" dx=\"12\">no jobs</text>",
                TOP + LANE / 2.0 + 4.0
            )?;
        }
        self.legend(svg, bottom + 27.0)?;
        svg.push_str("</svg>\n");
        Ok(())
    }

    fn title(&self) -> String {
        let Axis { from, to, zone, .. } = &self.axis;
        escape(&format!("{} to {}, {zone}", self.axis.show(*from), self.axis.show(*to)))
    }

    fn x(&self, at: Timestamp) -> f64 {
        LEFT + self.axis.place(at).clamp(0.0, 1.0) * PLOT
    }

    /// What is below the grid: the stripe of a lane, and where it is closed.
    fn background(&self, svg: &mut String, lane: &TimelineLane, n: usize) -> fmt::Result {
        let y = TOP + LANE * n as f64;
        if n % 2 == 0 {
            writeln!(svg, "<rect class=\"odd\" y=\"{y}\" width=\"{WIDTH}\" height=\"{LANE}\"/>")?;
        }
        let mut path = String::new();
        for part in &lane.closed {
            let (start, end) = (self.x(part.start.into()), self.x(part.end.into()));
            write!(path, "M{start:.1} {:.1}H{end:.1}V{:.1}H{start:.1}z", y + 3.0, y + LANE - 3.0)?;
        }
        if !path.is_empty() {
            writeln!(svg, "<path class=\"closed\" d=\"{path}\"><title>closed: no slot counts</title></path>")?;
        }
        Ok(())
    }

    /// The lines and labels of the axis.
    fn grid(&self, svg: &mut String, bottom: f64) -> fmt::Result {
        let (fine, strong) = self.axis.ticks(7.0 / PLOT, 72.0 / PLOT);
        let mut paths = [String::new(), String::new()];
        for tick in &fine {
            write!(paths[0], "M{:.1} {}V{bottom}", self.x(tick.at), TOP - 4.0)?;
        }
        // Not through the labels of the fine lines. The last two are the frame.
        for x in strong.iter().map(|tick| self.x(tick.at)).chain([LEFT, LEFT + PLOT]) {
            write!(paths[1], "M{x:.1} {}V{}M{x:.1} {}V{bottom}", TOP - 34.0, TOP - 19.0, TOP - 4.0)?;
        }
        writeln!(svg, "<path class=\"fine\" d=\"{}\"/>\n<path class=\"strong\" d=\"{}\"/>", paths[0], paths[1])?;
        for tick in &fine {
            let x = self.x(tick.at);
            // Not beyond the end of the axis.
            if x + 16.0 < LEFT + PLOT + RIGHT {
                writeln!(
                    svg,
                    "<text class=\"faint\" font-size=\"10\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                    x,
                    TOP - 8.0,
                    tick.label
                )?;
            }
        }
        let first = strong.first().map_or(LEFT + PLOT, |tick| self.x(tick.at));
        // The day on which the span begins, if it does not begin at a line.
        if first - LEFT >= 78.0 {
            let label = self.axis.wall(self.axis.from).format("%a %-d %b");
            writeln!(svg, "<text font-size=\"11\" x=\"{}\" y=\"{}\">{label}</text>", LEFT + 5.0, TOP - 24.0)?;
        }
        for tick in &strong {
            let x = self.x(tick.at) + 5.0;
            if x + 66.0 <= WIDTH {
                writeln!(svg, "<text font-size=\"11\" x=\"{x:.1}\" y=\"{}\">{}</text>", TOP - 24.0, tick.label)?;
            }
        }
        Ok(())
    }

    /// The labels and the marks of a lane.
    fn lane(&self, svg: &mut String, lane: &TimelineLane, entries: &[&TimelineEntry], n: usize) -> fmt::Result {
        let y = TOP + LANE * n as f64;
        let (name, schedule) = (escape(&lane.name), escape(&lane.schedule));
        writeln!(
            svg,
            "<g><title>{name}: {schedule}</title>\
             <text x=\"16\" y=\"{:.1}\" font-weight=\"600\">{}</text>\
             <text class=\"faint\" x=\"16\" y=\"{:.1}\" font-size=\"10.5\">{}</text></g>",
            y + 16.0,
            // Bold letters are wider.
            escape(&fit(&lane.name, LEFT - 28.0, 13.5)),
            y + 30.0,
            escape(&fit(&lane.schedule, LEFT - 28.0, 10.5)),
        )?;
        let count = |is: fn(&Decision) -> bool| entries.iter().filter(|entry| is(&entry.decision)).count();
        let runs = count(|decision| *decision == Decision::Run);
        let note = match (lane.is_paused, runs) {
            (true, _) => "paused".to_owned(),
            (_, 1) => "1 run".to_owned(),
            (_, runs) => format!("{} runs", grouped(runs)),
        };
        writeln!(
            svg,
            "<text class=\"faint\" font-size=\"11\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{note}</text>",
            WIDTH - 12.0,
            y + LANE / 2.0 + 4.0
        )?;
        for class in [Class::Coalesced, Class::Run, Class::Skipped, Class::Ended] {
            let marks: Vec<&TimelineEntry> =
                entries.iter().copied().filter(|entry| Class::of(entry.decision) == class).collect();
            self.marks(svg, class, &marks, y + LANE / 2.0)?;
        }
        Ok(())
    }

    fn marks(&self, svg: &mut String, class: Class, entries: &[&TimelineEntry], y: f64) -> fmt::Result {
        let x = |entry: &&TimelineEntry| self.x(entry.at.into());
        for group in entries.chunk_by(|one, next| x(next) - x(one) < CLOSE) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            // The end of a job is shown after its last run.
            let shift = if class == Class::Ended { MARK + 1.0 } else { 0.0 };
            let (start, end) = (x(first) + shift - MARK / 2.0, x(last) + shift + MARK / 2.0);
            let is_bar = group.len() > 1 && class == Class::Run;
            let height = if is_bar { LANE - 20.0 } else { class.height() };
            writeln!(
                svg,
                "<rect class=\"{}\" x=\"{start:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height}\" rx=\"1.5\">\
                 <title>{}</title></rect>",
                if is_bar { "bar" } else { class.name() },
                y - height / 2.0,
                end - start,
                escape(&self.tooltip(group)),
            )?;
        }
        Ok(())
    }

    fn tooltip(&self, group: &[&TimelineEntry]) -> String {
        let show = |entry: &TimelineEntry| self.axis.show(entry.at.into());
        match group {
            [] => String::new(),
            [one] => {
                let late = one.slot.filter(|slot| *slot < one.at && one.decision != Decision::Coalesced);
                let late = late.map_or(String::new(), |slot| format!(", for {}", self.axis.show(slot.into())));
                format!("{}\n{}: {}{late}", one.name, show(one), one.decision)
            }
            [first, .., last] => {
                let between = (last.at - first.at) / i32::try_from(group.len() - 1).unwrap_or(i32::MAX);
                format!(
                    "{}\n{} to {}: {} {}, every {} on average",
                    first.name,
                    show(first),
                    show(last),
                    grouped(group.len()),
                    Class::of(first.decision).plural(),
                    Length::rounded(between.to_std().unwrap_or_default()),
                )
            }
        }
    }

    /// What the marks mean, as far as there are any, and where the timeline stops.
    fn legend(&self, svg: &mut String, y: f64) -> fmt::Result {
        let mut x = LEFT;
        let is_used = |class| self.timeline.entries().iter().any(|entry| Class::of(entry.decision) == class);
        let classes =
            [Class::Run, Class::Coalesced, Class::Skipped, Class::Ended].into_iter().filter(|class| is_used(*class));
        let mut items: Vec<(&str, &str, f64)> = classes.map(|class| (class.name(), class.singular(), MARK)).collect();
        if svg.contains("class=\"bar\"") {
            items.insert(1, ("bar", "several runs", 12.0));
        }
        if self.timeline.lanes().iter().any(|lane| !lane.closed.is_empty()) {
            items.push(("closed", "closed: no slot counts", 12.0));
        }
        for (class, what, width) in items {
            writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"14\" rx=\"1.5\"/>\
                 <text class=\"faint\" font-size=\"11\" x=\"{}\" y=\"{y}\">{what}</text>",
                y - 11.0,
                x + width + 6.0,
            )?;
            x += width + 26.0 + 6.0 * what.len() as f64;
        }
        if let Some(stopped) = self.timeline.stopped_at() {
            writeln!(
                svg,
                "<text class=\"skipped\" font-size=\"11\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">\
                 too many slots: stopped at {}</text>",
                WIDTH - 12.0,
                self.axis.show(stopped.into()),
            )?;
        }
        Ok(())
    }
}

/// What a mark looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Run,
    Coalesced,
    Skipped,
    Ended,
}

impl Class {
    pub(super) fn of(decision: Decision) -> Self {
        match decision {
            Decision::Run => Class::Run,
            Decision::Coalesced => Class::Coalesced,
            Decision::Skipped(_) => Class::Skipped,
            Decision::Ended(_) => Class::Ended,
        }
    }

    pub(super) fn singular(self) -> &'static str {
        match self {
            Class::Run => "run",
            Class::Coalesced => "coalesced slot",
            Class::Skipped => "skipped slot",
            Class::Ended => "end of the job",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Class::Run => "runs",
            Class::Coalesced => "coalesced slots",
            Class::Skipped => "skipped slots",
            Class::Ended => "ends",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Class::Run => "run",
            Class::Coalesced => "coalesced",
            Class::Skipped => "skipped",
            Class::Ended => "ended",
        }
    }

    fn height(self) -> f64 {
        match self {
            Class::Run | Class::Skipped => LANE - 16.0,
            Class::Coalesced => LANE - 24.0,
            Class::Ended => LANE - 8.0,
        }
    }
}

/// The text, cut so that it is about that wide at most.
fn fit(text: &str, width: f64, size: f64) -> String {
    let (mut fitting, mut used) = (String::new(), 0.0);
    for letter in text.chars() {
        // About what a sans serif has; letters that are not Latin may be twice as wide.
        used += size
            * match letter {
                'i' | 'j' | 'l' | 'f' | 't' | 'r' | '.' | ',' | ':' | ' ' | '\'' | '|' | 'I' => 0.36,
                'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
                'A'..='Z' | '_' => 0.70,
                '\0'..='\u{2ff}' => 0.59,
                _ => 1.0,
            };
        if used > width - size {
            fitting.truncate(fitting.trim_end().len());
            fitting.push('…');
            return fitting;
        }
        fitting.push(letter);
    }
    fitting
}

/// A number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The text, to stand in an element or an attribute. Characters that XML has no form for are replaced.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

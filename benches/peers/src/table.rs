//! The figures as Markdown.

use std::fmt::Write;

use crate::{
    figures::{digits, duration, Figures},
    machine,
    peer::CHANNEL,
    subject::Subject,
    work::{Work, DAILY, HEAP, SHOWN},
};

/// The work that has a row for each number of jobs.
const WORK_AMONG_JOBS: [Work; 8] = [
    Work::Idle,
    Work::Register,
    Work::FirstRound,
    Work::AllDue,
    Work::Scattered,
    Work::OneDue,
    Work::Cancel,
    Work::ClearTag,
];

/// The texts below the table; cells refer to them by number.
#[derive(Default)]
struct Footnotes(Vec<String>);

impl Footnotes {
    fn mark(&mut self, text: String) -> String {
        let number = self.0.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        });
        format!("<sup>{}</sup>", number + 1)
    }
}

/// The table, its footnotes and the paragraph below it, as in the README.
pub(crate) fn markdown(figures: &Figures) -> String {
    let mut text = String::new();
    let mut footnotes = Footnotes::default();
    let heads = Subject::COLUMNS.map(Subject::title).join(" | ");
    let _ = writeln!(text, "| | jobs | {heads} |\n| --- | ---: |{}", " ---: |".repeat(Subject::COLUMNS.len()));
    for work in WORK_AMONG_JOBS {
        let measured = |jobs: &usize| Subject::COLUMNS.iter().any(|peer| figures.median(*peer, work, *jobs).is_some());
        let sizes = SHOWN.into_iter().filter(measured);
        for (i, jobs) in sizes.enumerate() {
            let label = if i == 0 { work.label() } else { "" };
            row(&mut text, figures, &mut footnotes, label, (work, jobs, jobs));
        }
    }
    row(&mut text, figures, &mut footnotes, Work::Daily.label(), (Work::Daily, 0, DAILY));
    row(&mut text, figures, &mut footnotes, Work::DailyHere.label(), (Work::DailyHere, 0, DAILY));
    row(&mut text, figures, &mut footnotes, Work::NextDaily.label(), (Work::NextDaily, 0, 1));
    row(&mut text, figures, &mut footnotes, Work::Heap.label(), (Work::Heap, 0, HEAP));
    text.push('\n');
    for (i, footnote) in footnotes.0.iter().enumerate() {
        let _ = writeln!(text, "<sup>{}</sup> {footnote}.", i + 1);
    }
    let _ = write!(text, "\n{}", below(figures));
    text
}

/// Writes one row: the work, the number of jobs under which its figure is stored, and the number that is shown.
fn row(text: &mut String, figures: &Figures, footnotes: &mut Footnotes, label: &str, row: (Work, usize, usize)) {
    let (work, jobs, shown) = row;
    let _ = write!(text, "| {label} | {} |", grouped(shown));
    for subject in Subject::COLUMNS {
        let value = figures.median(subject, work, jobs);
        let cell = match (value, work) {
            (Some(bytes), Work::Heap) => digits(bytes),
            (Some(nanos), _) => duration(nanos),
            (None, _) => "–".to_owned(),
        };
        let mut marks: Vec<String> = subject.remark(work).map(str::to_owned).into_iter().collect();
        if value.is_none() && marks.is_empty() {
            marks.extend(figures.absent(subject).map(str::to_owned));
        }
        marks.extend(figures.notes(subject, work).map(str::to_owned));
        if subject == Subject::TokioCron && work == Work::AllDue {
            marks.extend(figures.notes(Subject::DefaultChannel, work).map(|ran| {
                format!(
                    "with channels sized for all jobs; with the default size of {CHANNEL}, {ran} of 1,000 due jobs ran on \
                     this single-threaded runtime"
                )
            }));
        }
        let marks: String = marks.into_iter().map(|mark| footnotes.mark(mark)).collect();
        let _ = write!(text, " {cell}{marks} |");
    }
    text.push('\n');
}

/// The text below the table.
fn below(figures: &Figures) -> String {
    let show = |subject, work, jobs| figures.median(subject, work, jobs).map_or("–".to_owned(), duration);
    let floor = |work| show(Subject::Floors, work, 0);
    let measured = |jobs: &usize| figures.median(Subject::ByHand, Work::Idle, *jobs).is_some();
    let most = SHOWN.into_iter().rfind(measured).unwrap_or_default();
    format!(
        "In the same run, reading the clock (`SystemTime::now`) took {}, and calling a boxed closure {}; in Python, {} \
         (`datetime.now`) and {}. `punctual` with a `ManualClock` and {} jobs: {} for a poll with nothing due, {} per run \
         when all are due. Through the free function `run_pending()` of the default registry a poll with nothing due took \
         {}.\n\nMedians, {}.\n",
        floor(Work::Clock),
        floor(Work::Call),
        show(Subject::Schedule, Work::Clock, 0),
        show(Subject::Schedule, Work::Call, 0),
        grouped(most),
        show(Subject::ByHand, Work::Idle, most),
        show(Subject::ByHand, Work::AllDue, most),
        floor(Work::FreeIdle),
        machine::described(),
    )
}

/// A number with a comma between thousands.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([1, 999, 1_000, 100_000, 1_000_000].map(grouped), ["1", "999", "1,000", "100,000", "1,000,000"]);
    }

    #[test]
    fn a_cell_without_a_figure_says_why() {
        let mut figures = Figures::default();
        figures.miss(Subject::Schedule, "python3 is missing");
        figures.take(Subject::Skedge, 1, "idle\t129.4");
        let text = markdown(&figures);
        let idle = text.lines().nth(2).unwrap();
        assert_eq!(idle, "| a poll, nothing due | 1 | – | – | 129 ns | –<sup>1</sup> | – | –<sup>2</sup> |");
        assert!(text.contains("<sup>2</sup> python3 is missing."), "{text}");
    }
}

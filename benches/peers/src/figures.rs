//! The results: every figure of every round, and notes on them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{sample::median, subject::Subject, work::Work};

#[derive(Default)]
pub(crate) struct Figures {
    values: BTreeMap<(Subject, Work, usize), Vec<f64>>,
    notes: BTreeMap<(Subject, Work), BTreeSet<String>>,
    /// The reason why a subject has no figures.
    absent: BTreeMap<Subject, String>,
}

impl Figures {
    /// Reads a line written by a trial. `jobs` is 0 if the work does not depend on the number of jobs.
    pub(crate) fn take(&mut self, subject: Subject, jobs: usize, line: &str) {
        let mut fields = line.split('\t');
        let (Some(work), Some(value)) = (fields.next().and_then(Work::of_key), fields.next()) else { return };
        match (value, fields.next()) {
            ("note", Some(text)) => _ = self.notes.entry((subject, work)).or_default().insert(text.to_owned()),
            _ => self.values.entry((subject, work, jobs)).or_default().extend(value.parse::<f64>()),
        }
    }

    pub(crate) fn miss(&mut self, subject: Subject, why: &str) {
        self.absent.insert(subject, why.to_owned());
    }

    pub(crate) fn absent(&self, subject: Subject) -> Option<&str> {
        self.absent.get(&subject).map(String::as_str)
    }

    /// The median over all rounds.
    pub(crate) fn median(&self, subject: Subject, work: Work, jobs: usize) -> Option<f64> {
        self.values.get(&(subject, work, jobs)).map(|values| median(&mut values.clone()))
    }

    pub(crate) fn notes(&self, subject: Subject, work: Work) -> impl Iterator<Item = &str> {
        self.notes.get(&(subject, work)).into_iter().flatten().map(String::as_str)
    }
}

/// A duration with two or three digits.
pub(crate) fn duration(nanos: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    // A value that would round to 1000 of a unit is shown as 1 of the next unit.
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| nanos >= unit * 0.9995).unwrap_or((1.0, "ns"));
    format!("{} {name}", digits(nanos / unit))
}

/// A number, with one decimal if it is below 10.
pub(crate) fn digits(value: f64) -> String {
    if value < 9.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_or_three_digits() {
        let durations = [3.94, 61.2, 999.6, 1_234.0, 38_100.0, 9_960.0, 2.5e6, 4.2e9];
        let texts = ["3.9 ns", "61 ns", "1.0 µs", "1.2 µs", "38 µs", "10 µs", "2.5 ms", "4.2 s"];
        assert_eq!(durations.map(duration), texts);
    }

    #[test]
    fn the_figure_is_the_median_of_several_rounds() {
        let mut figures = Figures::default();
        for line in ["idle\t7", "idle\t900", "idle\t8", "idle\tnote\tslow"] {
            figures.take(Subject::Skedge, 10, line);
        }
        assert_eq!(figures.median(Subject::Skedge, Work::Idle, 10), Some(8.0));
        assert_eq!(figures.notes(Subject::Skedge, Work::Idle).collect::<Vec<_>>(), ["slow"]);
    }
}

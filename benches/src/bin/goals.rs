//! Compares measured times with the goals: `goals DIRECTORY`, with the directory in which criterion stored its
//! estimates.
//!
//! Prints the medians in nanoseconds and in clock reads of the same run.

use std::{fs, path::PathBuf};

use punctual_benches::ROWS;

const SIZES: [usize; 4] = [1, 1_000, 100_000, 1_000_000];

/// Rows that are differences of two others: a name, the row, the row to subtract with its number of jobs, and the goal
/// in clock reads.
const DIFFERENCES: [(&str, &str, (&str, usize), f64); 3] = [
    ("next-new-york", "daily-new-york", ("daily-24h", 1_000), 0.8),
    ("one-due-poll", "one-due", ("manual-advance", 1), 6.2),
    ("one-due-each-poll", "one-due-each", ("manual-advance", 1), 6.2),
];

struct Estimates(PathBuf);

impl Estimates {
    /// The median, in nanoseconds.
    fn median(&self, row: &str, jobs: usize) -> Option<f64> {
        let path = self.0.join(row).join(jobs.to_string()).join("new/estimates.json");
        let text = fs::read_to_string(path).ok()?;
        let (_, median) = text.split_once("\"median\"")?;
        let (_, estimate) = median.split_once("\"point_estimate\":")?;
        estimate.split([',', '}']).next()?.parse().ok()
    }
}

fn main() {
    let directory = std::env::args_os().nth(1).expect("an argument: the directory of criterion's estimates");
    let estimates = Estimates(directory.into());
    let clock = estimates.median("clock", 1).expect("a measurement of `clock` in the same run");
    let show = |row: &str, jobs: usize, median: f64, goal: Option<f64>| {
        let reads = median / clock;
        let mark = if goal.is_some_and(|goal| reads > goal) { " over" } else { "" };
        let goal = goal.map_or_else(|| "-".to_owned(), |goal| format!("{goal:.1}"));
        println!("{row:<16} {jobs:>9} {median:>10.1} {reads:>11.2} {goal:>6}{mark}");
    };

    println!("{:<16} {:>9} {:>10} {:>11} {:>6}", "row", "jobs", "ns", "clock reads", "goal");
    for entry in ROWS {
        for jobs in SIZES {
            let goal = entry.goal.clock_reads.map(|(few, many)| if jobs > 1_000 { many } else { few });
            estimates.median(entry.name, jobs).into_iter().for_each(|median| show(entry.name, jobs, median, goal));
        }
    }
    for (name, with, (without, few), goal) in DIFFERENCES {
        for jobs in SIZES {
            let medians = estimates.median(with, jobs).zip(estimates.median(without, few));
            medians.into_iter().for_each(|(with, without)| show(name, jobs, with - without, Some(goal)));
        }
    }
    for row in ["threads-1", "threads-8"] {
        estimates.median(row, 1_000).into_iter().for_each(|median| show(row, 1_000, median, None));
    }
}

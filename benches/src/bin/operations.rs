//! Performs at least OPERATIONS operations of one row, for a profiler: `operations ROW JOBS OPERATIONS`.
//!
//! Everything to be profiled happens inside the function `measured`, after a warm-up round. Prints the number of
//! operations. Without arguments, prints the rows: name, sizes, and the goal for instructions, or 0.

use punctual_benches::{Entry, Row, ROWS};

#[inline(never)]
fn measured(row: &mut dyn Row) -> u64 {
    row.operate()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for Entry { name, sizes, goal, .. } in ROWS {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            println!("{name} {} {}", sizes.join(","), goal.instructions.unwrap_or(0));
        }
        return;
    };
    let mut number = || arguments.next().and_then(|text| text.parse().ok()).expect("a number");
    let (jobs, at_least) = (number(), number() as u64);
    let entry = ROWS.iter().find(|entry| entry.name == name).expect("a row of that name");
    let mut row = (entry.make)(jobs);
    row.prepare();
    row.operate();
    let mut operations = 0;
    while operations < at_least {
        row.prepare();
        operations += measured(&mut *row);
    }
    println!("{operations}");
}

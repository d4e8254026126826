//! Measures the same work with `punctual` and with its peers. See README.md.

mod figures;
mod footprint;
mod machine;
mod peer;
mod plot;
mod process;
mod readme;
mod rounds;
mod sample;
mod subject;
mod table;
mod trial;
mod work;

use std::{fs, io, process::ExitCode};

use crate::subject::Subject;

const USAGE: &str = "usage: cargo run --release [-- [footprint] [--quick] [--write]]

without footprint   measures the schedulers at work and plots how the times grow with the number of jobs
footprint           builds a program with each and measures build time, dependencies and binary size
--quick             one round with at most 1,000 jobs, or one build of each
--write             writes the table into README.md of this package, and the plot into docs/growth.svg";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["trial", subject, part] = arguments[..] {
        return match Subject::of_name(subject) {
            Some(subject) => {
                rounds::trial(subject, part);
                ExitCode::SUCCESS
            }
            None => ExitCode::FAILURE,
        };
    }
    let (mut builds, mut quick, mut write) = (false, false, false);
    for argument in arguments {
        match argument {
            "footprint" => builds = true,
            "--quick" => quick = true,
            "--write" => write = true,
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::FAILURE;
            }
        }
    }
    let done = if builds { measure_builds(quick, write) } else { measure_work(quick, write) };
    done.map_or_else(
        |error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn measure_work(quick: bool, write: bool) -> io::Result<()> {
    let figures = if quick { rounds::measure(1, 1_000) } else { rounds::measure(3, usize::MAX) };
    let table = table::markdown(&figures);
    print!("{table}");
    let picture = match write {
        true => readme::root().join("docs/growth.svg"),
        false => std::env::current_exe()?.with_file_name("growth.svg"),
    };
    if write {
        readme::write("speed", &table)?;
    }
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&picture, plot::svg(&figures))?;
    eprintln!("the picture: {}", picture.display());
    Ok(())
}

fn measure_builds(quick: bool, write: bool) -> io::Result<()> {
    let table = footprint::markdown(if quick { 1 } else { 3 })?;
    print!("{table}");
    if write {
        readme::write("footprint", &table)?;
    }
    Ok(())
}

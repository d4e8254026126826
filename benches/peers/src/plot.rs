//! The figures as a plot: how the time of each kind of work grows with the number of jobs.

use std::fmt::Write;

use crate::{
    figures::Figures,
    subject::Subject,
    work::{Work, SIZES},
};

const PANELS: [(Work, &str); 4] = [
    (Work::Idle, "A poll with nothing due"),
    (Work::Register, "Registering a job"),
    (Work::AllDue, "One run, when all jobs are due"),
    (Work::Cancel, "Cancelling one job"),
];

const WIDTH: f64 = 880.0;
const HEIGHT: f64 = 720.0;
/// A panel's plot area.
const AREA: (f64, f64) = (350.0, 240.0);
const LEFT: [f64; 2] = [62.0, 502.0];
const TOP: [f64; 2] = [92.0, 412.0];

/// Readable on white and on black: the contrast to each is about four to one.
const INK: &str = "#768390";

/// The colour and the marker of a line.
fn style(subject: Subject) -> (&'static str, &'static str) {
    match subject {
        Subject::Punctual => ("#2f81f7", "circle"),
        Subject::Clokwerk => ("#bf8700", "square"),
        Subject::Skedge => ("#2da44e", "triangle"),
        Subject::TokioCron => ("#a371f7", "diamond"),
        Subject::JobSchedulerNg => ("#e5534b", "cross"),
        _ => ("#1f9e9e", "plus"),
    }
}

/// The whole plot, as SVG.
pub(crate) fn svg(figures: &Figures) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"system-ui, -apple-system, \
         'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"{INK}\">\n<title>How long punctual and its peers \
         take, by the number of jobs</title>\n"
    );
    legend(&mut svg);
    for (i, (work, title)) in PANELS.into_iter().enumerate() {
        panel(&mut svg, figures, work, title, (LEFT[i % 2], TOP[i / 2]));
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">time for one, below is faster; all axes are logarithmic</text>",
        WIDTH / 2.0,
        HEIGHT - 8.0
    );
    svg.push_str("</svg>\n");
    svg
}

fn legend(svg: &mut String) {
    let mut x = LEFT[0];
    for subject in Subject::COLUMNS {
        let (colour, mark) = style(subject);
        let name = if subject == Subject::Schedule { "Python's schedule" } else { subject.name() };
        line(svg, colour, subject, &[(x, 26.0), (x + 26.0, 26.0)]);
        shape(svg, mark, colour, (x + 13.0, 26.0));
        let weight = if subject == Subject::Punctual { " font-weight=\"bold\"" } else { "" };
        let _ = writeln!(svg, "<text x=\"{}\" y=\"30\"{weight}>{name}</text>", x + 32.0);
        x += 54.0 + 6.7 * name.len() as f64;
    }
}

fn panel(svg: &mut String, figures: &Figures, work: Work, title: &str, (left, top): (f64, f64)) {
    let figure = |subject, jobs| figures.median(subject, work, jobs).map(|nanos| nanos.max(1.0));
    let all: Vec<f64> = Subject::COLUMNS.iter().flat_map(|s| SIZES.iter().filter_map(|n| figure(*s, *n))).collect();
    let (least, most) = all.iter().fold((f64::INFINITY, 1.0_f64), |(l, m), v| (l.min(*v), m.max(*v)));
    let (low, high) = (least.min(most).log10().floor(), most.log10().ceil().max(least.min(most).log10().floor() + 1.0));
    let (width, height) = AREA;
    let decades = (SIZES[SIZES.len() - 1] as f64).log10();
    let x = |jobs: usize| left + (jobs as f64).log10() / decades * width;
    let y = |nanos: f64| top + height - (nanos.log10() - low) / (high - low) * height;

    let unable: Vec<&str> = Subject::COLUMNS.iter().filter(|s| figure(**s, 1).is_none()).map(|s| s.name()).collect();
    let without = match unable.is_empty() {
        true => String::new(),
        false => format!("<tspan font-weight=\"normal\" dx=\"6\">({}: not possible)</tspan>", unable.join(", ")),
    };
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{title}{without}</text>",
        top - 14.0
    );
    for power in low as i32..=high as i32 {
        let at = y(10f64.powi(power));
        rule(svg, (left, at), (left + width, at));
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left - 7.0, at + 4.0, decade(power));
    }
    for jobs in SIZES {
        rule(svg, (x(jobs), top), (x(jobs), top + height));
        let label = match jobs {
            1_000_000.. => format!("{} M", jobs / 1_000_000),
            1_000.. => format!("{} k", jobs / 1_000),
            _ => jobs.to_string(),
        };
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            x(jobs),
            top + height + 17.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">jobs</text>",
        left + width / 2.0,
        top + height + 33.0
    );

    // The line of `punctual` is drawn last, so that no other line covers it.
    for subject in Subject::COLUMNS.into_iter().rev() {
        let (colour, mark) = style(subject);
        let points: Vec<(f64, f64)> =
            SIZES.iter().filter_map(|jobs| Some((x(*jobs), y(figure(subject, *jobs)?)))).collect();
        line(svg, colour, subject, &points);
        points.into_iter().for_each(|point| shape(svg, mark, colour, point));
    }
}

/// A power of ten nanoseconds.
fn decade(power: i32) -> String {
    let unit = ["ns", "µs", "ms", "s"][(power / 3).clamp(0, 3) as usize];
    format!("{} {unit}", 10_i64.pow((power - 3 * (power / 3).clamp(0, 3)) as u32))
}

fn rule(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{INK}\" stroke-opacity=\"0.25\"/>"
    );
}

fn line(svg: &mut String, colour: &str, subject: Subject, points: &[(f64, f64)]) {
    let width = if subject == Subject::Punctual { 3.5 } else { 1.5 };
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let points = points.join(" ");
    let _ = writeln!(svg, "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>");
}

fn shape(svg: &mut String, mark: &str, colour: &str, (x, y): (f64, f64)) {
    let path = match mark {
        "circle" => {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{colour}\"/>");
            return;
        }
        "square" => "M-3.5 -3.5h7v7h-7z",
        "triangle" => "M0 -4.5l4.5 8h-9z",
        "diamond" => "M0 -5l5 5l-5 5l-5 -5z",
        "cross" => "M-4 -4l8 8M-4 4l8 -8",
        _ => "M-5 0h10M0 -5v10",
    };
    let paint = if matches!(mark, "cross" | "plus") { "stroke-width=\"2\" stroke" } else { "fill" };
    let _ = writeln!(svg, "<path transform=\"translate({x:.1} {y:.1})\" d=\"{path}\" {paint}=\"{colour}\"/>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decade_has_its_unit() {
        assert_eq!([0, 2, 3, 5, 6, 9, 10].map(decade), ["1 ns", "100 ns", "1 µs", "100 µs", "1 ms", "1 s", "10 s"]);
    }

    #[test]
    fn a_figure_is_a_point_on_its_line() {
        let mut figures = Figures::default();
        figures.take(Subject::Punctual, 1, "idle\t10");
        figures.take(Subject::Punctual, 1_000_000, "idle\t100");
        let (bottom, top) = (TOP[0] + AREA.1, TOP[0]);
        let line = format!("points=\"{:.1},{bottom:.1} {:.1},{top:.1}\"", LEFT[0], LEFT[0] + AREA.0);
        assert!(svg(&figures).contains(&line));
    }
}

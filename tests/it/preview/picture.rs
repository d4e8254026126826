//! The timeline as a picture, and as text.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::{Scheduler, Timeline};

use crate::support::{hours, noon, Stage};

fn week(stage: &Stage) -> Timeline {
    stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::days(7))
}

/// The texts of all elements with this name.
fn texts<'a>(svg: &'a str, element: &str) -> Vec<&'a str> {
    let inner = |part: &'a str| part.split_once('>').unwrap().1.split_once('<').unwrap().0;
    svg.split(&format!("<{element}")).skip(1).map(inner).collect()
}

#[cfg(feature = "tz")]
#[test]
fn the_picture_of_the_readme_is_the_one_that_the_example_draws() {
    let shown = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/preview.svg")).unwrap();
    let drawn = crate::preview_example::timeline().unwrap().to_svg();
    assert!(drawn == shown, "cargo run --example preview docs/preview.svg");
}

#[test]
fn names_cannot_break_the_picture_or_the_terminal() {
    let stage = noon();
    let name = "<script>\"&'\u{1b}[31m\0\nred\u{fffe}";
    stage.every().day().named(name).run(|| {}).unwrap();
    let (svg, text) = (week(&stage).to_svg(), week(&stage).to_string());
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&quot;&amp;'"));
    assert!(svg.chars().all(|letter| letter == '\n' || !letter.is_control() && letter != '\u{fffe}'));
    assert!(text.contains("<script>\"&'\u{fffd}[31m\u{fffd}\u{fffd}red"));
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn each_run_has_a_mark_whose_tooltip_says_when_it_is() {
    let stage = noon();
    stage.every().day().at("09:00").named("report").run(|| {}).unwrap();
    let svg = week(&stage).to_svg();
    let titles = texts(&svg, "title");
    assert_eq!(titles[0], "report: every day at 09:00");
    assert_eq!(titles[1], "report\nThu 11 Jan 2024 09:00: run");
    assert_eq!(titles.len(), 8);
}

#[test]
fn marks_that_are_too_close_become_a_bar() {
    let stage = noon();
    stage.every().minute().named("poll").run(|| {}).unwrap();
    let svg = week(&stage).to_svg();
    let titles = texts(&svg, "title");
    assert_eq!(titles.len(), 2);
    let bar = "poll\nWed 10 Jan 2024 12:01 to Wed 17 Jan 2024 11:59: 10,079 runs, every 1m on average";
    assert_eq!(titles[1], bar);
}

#[test]
fn a_picture_of_many_jobs_stays_small() {
    let stage = noon();
    for n in 0..20 {
        stage.every().seconds(10 + n).named(format!("job {n}")).run(|| {}).unwrap();
    }
    let timeline = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::hours(10));
    assert!(timeline.entries().len() > 30_000);
    assert!(timeline.to_svg().len() < 30_000);
}

#[test]
fn every_span_can_be_drawn() {
    let stage = noon();
    stage.every().day().at("09:00").run(|| {}).unwrap();
    let now = stage.clock.now();
    for nanos in [0, 1, 1_000, 1_000_000_000, 3_600_000_000_000, i64::MAX] {
        let span = now..now + TimeDelta::nanoseconds(nanos);
        let timeline = stage.scheduler.timeline(span);
        assert!(timeline.to_svg().ends_with("</svg>\n"));
        for width in [0, 1, 50, 80, 1_000] {
            let text = timeline.to_text(width);
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= width.max(50), "{nanos} {width}:\n{text}");
        }
    }
    for (from, to) in [(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC), (now, now - TimeDelta::days(1))] {
        let timeline = Scheduler::new().timeline(from..to);
        assert!(timeline.to_svg().contains("no jobs"));
        assert!(!timeline.to_string().is_empty());
    }
}

#[test]
fn the_text_shows_a_lane_a_job() {
    let stage = noon();
    stage.every().hours(6).named("backup").run(|| {}).unwrap();
    stage.every().hour().named("inbox").between("09:00", "17:00").run(|| {}).unwrap();
    stage.every().day().named("paused").run(|| {}).unwrap().pause();
    stage.every().day().at("20:00").named("a name that is far too long for a terminal").once().run(|| {}).unwrap();
    stage.clock.advance(hours(3));
    let text = stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + TimeDelta::days(2)).to_text(72);
    assert_eq!(
        text,
        "\
UTC                                Thu 11 Jan            Fri 12 Jan
                             18    00    06   12    18   00    06    12
backup                       |     |     |    |     |    |     |     |
inbox                      # ......:.......|||||||| .....:........||||||
paused                     paused
a name that is far too l…      |E  :                     :
| run   # several runs   E end of the job   . closed
"
    );
}

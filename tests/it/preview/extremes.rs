//! Pictures of everything that can be drawn: each is valid, and nothing is outside of it.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use punctual::{Scheduler, Timeline};

use super::xml::elements;
use crate::support::{noon, utc, Stage};

const WIDTH: f64 = 1_200.0;

/// Draws a timeline both ways, and checks the drawings.
fn draw(timeline: &Timeline) -> (String, String) {
    let (svg, text) = (timeline.to_svg(), timeline.to_text(80));
    let elements = elements(&svg);
    let (name, attributes) = &elements[0];
    assert_eq!(*name, "svg");
    let height: f64 = attributes.iter().find(|(name, _)| *name == "height").unwrap().1.parse().unwrap();
    for (name, attributes) in &elements {
        let number = |key| {
            let value = attributes.iter().find(|(name, _)| *name == key)?.1;
            let number: f64 = value.parse().unwrap_or_else(|_| panic!("{name} {key}={value:?}"));
            assert!(number.is_finite() && number >= 0.0, "{name} {key}={value:?}");
            Some(number)
        };
        let at = |key| number(key).unwrap_or(0.0);
        assert!(at("x") + at("width") <= WIDTH && at("y") + at("height") <= height, "{name} {attributes:?}");
        if let Some((_, path)) = attributes.iter().find(|(name, _)| *name == "d") {
            let numbers = path.split(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
            let numbers = numbers.filter(|number| !number.is_empty()).map(|number| number.parse::<f64>().unwrap());
            assert!(numbers.clone().all(|number| (0.0..=WIDTH.max(height)).contains(&number)), "{path}");
        }
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
    let ends = [svg.as_str(), &text].map(|drawing| drawing.ends_with('\n'));
    assert_eq!(ends, [true, true]);
    (svg, text)
}

fn ahead(stage: &Stage, length: TimeDelta) -> Timeline {
    stage.scheduler.timeline(stage.clock.now()..stage.clock.now() + length)
}

#[test]
fn a_scheduler_without_jobs() {
    let (svg, text) = draw(&ahead(&noon(), TimeDelta::days(7)));
    assert!(svg.contains(">no jobs</text>"));
    assert_eq!(text.lines().count(), 2);
}

#[test]
fn one_job_in_spans_of_every_length() {
    let stage = noon();
    stage.every().day().at("09:00").between("08:00", "10:00").named("report").run(|| {}).unwrap();
    let lengths = (0..62).map(|n| TimeDelta::nanoseconds(1 << n));
    for length in lengths.chain([TimeDelta::zero(), TimeDelta::minutes(1), TimeDelta::days(400)]) {
        let (svg, text) = draw(&ahead(&stage, length));
        assert!(svg.contains("report") && text.contains("report"), "{length}");
    }
}

#[test]
fn a_span_of_years_has_a_label_for_each() {
    let stage = Stage::at("2024-01-01 00:00:00");
    stage.every().month().on_last_day().at("09:00").named("books").run(|| {}).unwrap();
    let (svg, text) = draw(&ahead(&stage, TimeDelta::days(10 * 365)));
    for year in 2024..2033 {
        assert!(svg.contains(&format!(">{year}</text>")), "{year}: {svg}");
    }
    assert!(svg.contains(">119 runs</text>") && text.contains("2024"));
}

#[test]
fn a_hundred_jobs_have_a_lane_each() {
    let stage = noon();
    for n in 0..100 {
        let sentence = stage.every().hours(1 + n % 7).named(format!("job {n}"));
        let _ = if n % 3 == 0 { sentence.between("09:00", "17:00").run(|| {}) } else { sentence.run(|| {}) }.unwrap();
    }
    let (svg, text) = draw(&ahead(&stage, TimeDelta::days(7)));
    assert!((0..100).all(|n| svg.contains(&format!(">job {n}</text>"))));
    assert!((102..106).contains(&text.lines().count()), "{text}");
    assert!(svg.len() < 800_000, "{}", svg.len());
}

#[test]
fn a_job_every_second_of_a_week_is_one_bar() {
    let stage = noon();
    stage.every().second().named("tick").run(|| {}).unwrap();
    stage.every().day().at("09:00").named("report").run(|| {}).unwrap();
    let timeline = ahead(&stage, TimeDelta::days(7));
    assert_eq!((timeline.entries().len(), timeline.stopped_at()), (604_799 + 7, None));
    let (svg, text) = draw(&timeline);
    let title = "tick\nWed 10 Jan 2024 12:00:01 to Wed 17 Jan 2024 11:59:59: 604,799 runs, every 1s on average";
    assert!(svg.contains(title) && svg.matches("class=\"run\"").count() == 8, "seven, and the legend");
    assert!(svg.len() < 20_000 && text.lines().nth(2).unwrap().starts_with("tick") && text.contains("####"));
}

#[test]
fn names_with_markup_and_without_an_end() {
    let stage = noon();
    let long = "x".repeat(10_000);
    let names = [
        "</text></svg><script>alert(1)</script>",
        "]]>",
        "<!-- -->",
        "<![CDATA[",
        "<?xml?>",
        "\" onload=\"alert(1)",
        "' &amp; &lt; &#0; %s {} \\",
        "a\tb\r\nc\u{0}\u{b}\u{7f}\u{85}\u{9f}\u{fffe}\u{ffff}\u{2028}",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{202e}right to left\u{202c}",
        "名前は長い".repeat(50).as_str(),
        "👩‍👩‍👧‍👦".repeat(50).as_str(),
        "e\u{301}".repeat(500).as_str(),
        &long,
    ]
    .map(str::to_owned);
    for name in &names {
        stage.every().hours(5).named(name).run(|| {}).unwrap();
    }
    stage.every().day().at("09:00").or(stage.every().day().at("10:00").schedule().unwrap()).run(|| {}).unwrap();
    let timeline = ahead(&stage, TimeDelta::days(7));
    assert_eq!(timeline.lanes().len(), names.len() + 1);
    let (svg, text) = draw(&timeline);
    assert!(!svg.contains("<script") && !svg.contains("<!") && svg.contains("&lt;script&gt;"));
    assert!((names.len() + 3..names.len() + 6).contains(&text.lines().count()), "{text}");
    assert!(svg.matches(&long).count() < 40, "the tooltips alone have a name in full");
}

#[test]
fn a_timeline_that_is_stopped_shows_where() {
    let stage = noon();
    stage.every().millis(1).named("fast").run(|| {}).unwrap();
    let (svg, text) = draw(&ahead(&stage, TimeDelta::hours(1)));
    assert!(svg.contains("class=\"unknown\" x=\"506.") && svg.contains("<title>not looked at</title>"), "{svg}");
    assert!(text.contains("too many slots: stopped at Wed 10 Jan 2024 12:16:40"));
}

#[test]
fn every_decision_has_a_mark() {
    let stage = noon();
    stage.every().hour().between("09:00", "14:30").named("skipped").run(|| {}).unwrap();
    stage.every().hour().times(2).named("ends").run(|| {}).unwrap();
    stage.every().minutes(30).named("coalesced").run(|| {}).unwrap();
    stage.every().minute().named("dense").run(|| {}).unwrap();
    stage.every().day().named("paused").run(|| {}).unwrap().pause();
    stage.clock.advance(std::time::Duration::from_secs(3 * 3_600));
    let timeline = stage.scheduler.timeline(utc("2024-01-10 12:00:00")..utc("2024-01-11 12:00:00"));
    let (svg, text) = draw(&timeline);
    for class in ["run", "bar", "skipped", "coalesced", "ended", "closed"] {
        assert!(svg.contains(&format!("<rect class=\"{class}\"")), "{class}");
    }
    assert!(svg.contains(": skipped: the window was closed") && svg.contains(", for Wed 10 Jan 2024 13:00"), "{svg}");
    for mark in ["| run", "x skipped slot", "o coalesced slot", "E end of the job", ". closed"] {
        assert!(text.contains(mark), "{mark}: {text}");
    }
}

#[test]
fn the_whole_calendar() {
    let zones = [0, 86_399, -86_399].map(|seconds| chrono::FixedOffset::east_opt(seconds).unwrap());
    for zone in zones {
        let scheduler = Scheduler::builder().tz(zone).build().unwrap();
        scheduler.every().year().run(|| {}).unwrap();
        draw(&scheduler.timeline(DateTime::<Utc>::MIN_UTC..DateTime::<Utc>::MAX_UTC));
        draw(&scheduler.timeline(Utc.timestamp_nanos(0)..Utc.timestamp_nanos(1)));
    }
}

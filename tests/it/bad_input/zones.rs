//! Zone names and offsets.

#[cfg(feature = "tz")]
use std::time::Duration;

use punctual::{ManualClock, Scheduler};

use super::{assert_refused, Case};
use crate::support::utc;

#[cfg(feature = "tz")]
#[test]
fn an_unknown_zone_is_refused() {
    let cases: &[Case] = &[
        (
            |s| s.every().day().tz("").run(|| {}),
            r#"unknown time zone "": the name is empty (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz(" ").run(|| {}),
            r#"unknown time zone " " (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("nowhere").run(|| {}),
            r#"unknown time zone "nowhere" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("Mars/Olympus").run(|| {}),
            r#"unknown time zone "Mars/Olympus" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("Europe/Berlim").run(|| {}),
            r#"unknown time zone "Europe/Berlim": did you mean "Europe/Berlin"?"#,
        ),
        (
            |s| s.every().day().tz("europe/berlin").run(|| {}),
            r#"unknown time zone "europe/berlin": did you mean "Europe/Berlin"?"#,
        ),
        (
            |s| s.every().day().tz("Europe/Berlin\n").run(|| {}),
            r#"unknown time zone "Europe/Berlin\n": did you mean "Europe/Berlin"?"#,
        ),
        (
            |s| s.every().day().tz(" Europe/Berlin").run(|| {}),
            r#"unknown time zone " Europe/Berlin": did you mean "Europe/Berlin"?"#,
        ),
        (|s| s.every().day().tz("Berlin").run(|| {}), r#"unknown time zone "Berlin": did you mean "Europe/Berlin"?"#),
        (
            |s| s.every().day().tz("New York").run(|| {}),
            r#"unknown time zone "New York": did you mean "America/New_York"?"#,
        ),
        (
            |s| s.every().day().tz("America/NewYork").run(|| {}),
            r#"unknown time zone "America/NewYork": did you mean "America/New_York"?"#,
        ),
        (
            |s| s.every().day().tz("Asia/Katmandoo").run(|| {}),
            r#"unknown time zone "Asia/Katmandoo": did you mean "Asia/Katmandu"?"#,
        ),
        (|s| s.every().day().tz("utc").run(|| {}), r#"unknown time zone "utc": did you mean "UTC"?"#),
        (|s| s.every().day().tz("Utc").run(|| {}), r#"unknown time zone "Utc": did you mean "UTC"?"#),
        (|s| s.every().day().tz("gmt+1").run(|| {}), r#"unknown time zone "gmt+1": did you mean "Etc/GMT+1"?"#),
        (
            |s| s.every().day().tz("Europe").run(|| {}),
            r#"unknown time zone "Europe" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("UTC+2").run(|| {}),
            r#"unknown time zone "UTC+2" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (|s| s.every().day().tz("+25:00").run(|| {}), r#"invalid offset "+25:00" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+5").run(|| {}), r#"invalid offset "+5" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+").run(|| {}), r#"invalid offset "+" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("-").run(|| {}), r#"invalid offset "-" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+02:60").run(|| {}), r#"invalid offset "+02:60" (expected +HH:MM or -HH:MM)"#),
        (
            |s| s.every().day().tz("−02:00").run(|| {}),
            r#"unknown time zone "−02:00" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("٢:٠٠").run(|| {}),
            r#"unknown time zone "٢:٠٠" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.every().day().tz("x".repeat(100)).run(|| {}),
            r#"unknown time zone "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (expected an IANA name such as "Europe/Berlin")"#,
        ),
        (
            |s| s.after(Duration::ZERO).tz("Europe/Pariss").run(|| {}),
            r#"unknown time zone "Europe/Pariss": did you mean "Europe/Paris"?"#,
        ),
        (
            |s| s.once("18:00").tz("Europe/Pariss").run(|| {}),
            r#"unknown time zone "Europe/Pariss": did you mean "Europe/Paris"?"#,
        ),
    ];
    assert_refused(cases);
}

#[test]
fn an_offset_with_trailing_characters_is_refused() {
    let cases: &[Case] = &[
        (|s| s.every().day().tz("+02:00 ").run(|| {}), r#"invalid offset "+02:00 " (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+02:00\n").run(|| {}), r#"invalid offset "+02:00\n" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+02:00:3").run(|| {}), r#"invalid offset "+02:00:3" (expected +HH:MM or -HH:MM)"#),
        (|s| s.every().day().tz("+02:00abc").run(|| {}), r#"invalid offset "+02:00abc" (expected +HH:MM or -HH:MM)"#),
        (
            |s| s.every().day().tz("-05:00 New York").run(|| {}),
            r#"invalid offset "-05:00 New York" (expected +HH:MM or -HH:MM)"#,
        ),
        (|s| s.every().day().tz("+02::00").run(|| {}), r#"invalid offset "+02::00" (expected +HH:MM or -HH:MM)"#),
    ];
    assert_refused(cases);
}

#[test]
fn building_a_scheduler_in_an_unknown_zone_is_refused() {
    let build = |zone: &str| Scheduler::builder().clock(ManualClock::new(utc("2024-01-10 12:00:00"))).tz(zone).build();
    let error = build("+25:00").unwrap_err();
    assert_eq!(error.to_string(), r#"invalid offset "+25:00" (expected +HH:MM or -HH:MM)"#);
    let error = Scheduler::builder().tz("+25:00").tz("UTC").build().unwrap_err();
    assert!(error.is_invalid(), "the first mistake is reported");
    #[cfg(feature = "tz")]
    assert_eq!(
        build("Europe/Berlim").unwrap_err().to_string(),
        r#"unknown time zone "Europe/Berlim": did you mean "Europe/Berlin"?"#
    );
}

#[cfg(feature = "tz")]
#[test]
fn an_abbreviation_gets_no_suggestion() {
    let expected = r#" (expected an IANA name such as "Europe/Berlin")"#;
    for name in ["CEST", "PST", "EDT", "BST"] {
        let error = crate::support::noon().every().day().tz(name).run(|| {}).unwrap_err();
        assert_eq!(error.to_string(), format!("unknown time zone {name:?}{expected}"));
    }
}

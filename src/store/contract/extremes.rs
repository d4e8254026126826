//! Rules about texts, instants and numbers at their limits.

use super::{
    super::{Claimant, Declaration, Declared, Ending, Filter, Heartbeat, HolderId, JobRow, Micros, Next, Position},
    stage::{job, keys, patient, run_at, slot_of, slots, Stage, TASK},
};

/// Keys are compared byte by byte: case, accents and spaces at the end matter. They have up to 200 bytes.
pub(super) fn keys_are_compared_byte_by_byte(stage: &Stage<'_>) {
    let holder = stage.holder();
    let long = "x".repeat(199);
    let all = [
        "report",
        "Report",
        "REPORT",
        "report ",
        " report",
        "repört",
        "repo\u{308}rt",
        "ｒｅｐｏｒｔ",
        "straße",
        "strasse",
        "a%b",
        "a_b",
        "axb",
        "a\\b",
        "a'b",
        "a\"b",
        "a:b",
        "a{b}",
        "a/b",
        "*",
        "ı",
        "I",
        "i",
        "日本語",
        "💾",
        "\u{a0}",
        &format!("{long}a"),
        &format!("{long}b"),
        &"ü".repeat(100),
        "null",
        "1",
        "01",
        "-",
    ];
    stage.add(&all.map(|key| (key, 10)));
    let mut sorted = all.to_vec();
    sorted.sort_unstable();
    let listed = patient(|| stage.store.jobs(&Filter::default())).rows;
    assert_eq!(listed.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), sorted);
    for key in all {
        assert_eq!(stage.row(key).key, key);
    }
    assert_eq!(keys(&stage.fire(holder, 10)), sorted);
}

/// Texts come back as they were given, in any script and of any length.
pub(super) fn texts_come_back_unchanged(stage: &Stage<'_>) {
    let holder = stage.holder();
    let odd = "'; -- \" \\ ` %s ${x} {{y}} \t\r\n \u{1}\u{7f}\u{2028}\u{feff}\u{ffff} ü 日本語 👩‍👩‍👧 ";
    let declaration = Declaration {
        name: Some(" Näme ".to_owned()),
        tags: vec!["z".to_owned(), "ä\"[]\\".to_owned(), "a".to_owned(), "z".to_owned()],
        args: serde_json::to_string(&[odd, &"ü".repeat(100_000)]).unwrap(),
        schedule: odd.to_owned(),
        policies: odd.repeat(20),
        priority: i32::MIN,
        first: Position::at(stage.at(10), odd),
        ..stage.due("a", 10)
    };
    stage.declare_one(&declaration);
    assert_eq!(stage.declare_one(&declaration), Declared::Unchanged);
    let row = stage.row("a");
    let version = row.version;
    assert_eq!(row, JobRow { version, ..declaration.compare(None).1.unwrap() });
    let claim = stage.fire(holder, 10).claims.remove(0);
    assert_eq!(claim.job, row);
    let ending = Ending::new(claim.runs[0].token, stage.at(11), odd.repeat(50)).kept(1);
    assert!(stage.finish(ending.clone()));
    assert_eq!(stage.row("a").last_outcome.as_ref(), Some(&ending.outcome));
    assert_eq!(patient(|| stage.store.history("a", 1))[0].outcome, ending.outcome);
}

/// Arguments that look the same to a parser but are not the same text are kept as the text that they are.
pub(super) fn arguments_are_text(stage: &Stage<'_>) {
    for args in
        ["1.0", "1", "1e0", " [1,2]", "[1, 2]", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "123456789012345678901"]
    {
        let declaration = Declaration { args: args.to_owned(), ..stage.due("a", 10) };
        assert_ne!(stage.declare_one(&declaration), Declared::Unchanged, "{args}");
        assert_eq!(stage.declare_one(&declaration), Declared::Unchanged, "{args}");
        assert_eq!(stage.row("a").args, args);
    }
}

/// A slot is exact to a microsecond.
pub(super) fn a_slot_is_exact_to_a_microsecond(stage: &Stage<'_>) {
    let holder = holder_of_all_times(stage);
    // About the year 4253, where a double is not exact any more.
    let far = Micros((1 << 56) + 1);
    stage.declare(&[job("a", far), job("b", Micros(far.0 + 1))]);
    assert_eq!(stage.row("a").next, Some(far));
    let claimant = |now: i64| Claimant { now: Micros(now), ..stage.claimant(holder, 0) };
    assert_eq!(stage.fire_by(&claimant(far.0 - 1), |_| panic!("nothing is due")).next, Some(far));
    let fired = stage.fire_by(&claimant(far.0), |row| run_at(slot_of(row), Position::at(Micros(far.0 + 3), "")));
    assert_eq!((slots(&fired), fired.next), (vec![("a", far)], Some(Micros(far.0 + 1))));
    let run = &fired.claims[0].runs[0];
    assert!(stage.finish(Ending::new(run.token, Micros(far.0 + 5), "completed").started(Micros(far.0 + 4))));
    assert_eq!(stage.row("a").last_run, Some(Micros(far.0 + 4)));
}

/// A process that is alive at each instant.
fn holder_of_all_times(stage: &Stage<'_>) -> HolderId {
    let heartbeat = Heartbeat::new(HolderId::random(), "machine", std::time::Duration::MAX);
    patient(|| stage.store.join(stage.at(0), &heartbeat));
    heartbeat.holder
}

/// Slots before 1970 and at the ends of what 64 bits hold are slots like any other.
pub(super) fn instants_may_be_extreme(stage: &Stage<'_>) {
    let holder = holder_of_all_times(stage);
    let instants = [i64::MIN, i64::MIN + 1, -(1 << 53) - 1, -1, 0, 1, 253_402_300_799_999_999, i64::MAX - 1, i64::MAX];
    let declarations: Vec<_> =
        instants.iter().enumerate().map(|(number, at)| job(&format!("job-{number}"), Micros(*at))).collect();
    stage.declare(&declarations);
    for (number, at) in instants.into_iter().enumerate() {
        let claimant = Claimant { now: Micros(at), holder, tasks: &[TASK], limit: 100 };
        let fired =
            stage.fire_by(&claimant, |row| run_at(slot_of(row), Position { next: Next::Never, cursor: "".to_owned() }));
        assert_eq!(slots(&fired), [(format!("job-{number}").as_str(), Micros(at))]);
        assert_eq!(fired.next, instants.get(number + 1).map(|at| Micros(*at)));
        let token = fired.claims[0].runs[0].token;
        assert_eq!(stage.runs()[0].slot, Micros(at));
        assert!(stage.finish(Ending::new(token, Micros(at), "completed").started(Micros(at)).kept(1)));
        let key = format!("job-{number}");
        assert_eq!(stage.row(&key).last_run, Some(Micros(at)));
        assert_eq!(patient(|| stage.store.history(&key, 1))[0].ended, Micros(at));
    }
}

/// Priorities, identities and tokens may have any value.
pub(super) fn numbers_may_be_extreme(stage: &Stage<'_>) {
    let of = |key: &str, priority| Declaration { priority, ..stage.due(key, 10) };
    stage.declare(&[of("a", i32::MAX), of("b", i32::MIN), of("c", 0), of("d", -1)]);
    for holder in [HolderId(0), HolderId(1), HolderId(u128::MAX), HolderId(1 << 127)] {
        let heartbeat =
            Heartbeat { pid: i64::MAX, ..Heartbeat::new(holder, "", std::time::Duration::from_secs(3_600)) };
        patient(|| stage.store.join(stage.at(0), &heartbeat));
        let peers = patient(|| stage.store.peers());
        assert_eq!(peers.iter().find(|peer| peer.holder == holder).map(|peer| peer.pid), Some(i64::MAX));
    }
    assert_eq!(keys(&stage.fire(HolderId(u128::MAX), 10)), ["b", "d", "c", "a"]);
}

//! Rules about many jobs, and many processes at once. Each process is a thread with a handle of its own.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Mutex,
    thread,
    time::Instant,
};

use super::{
    super::{
        Change, Claimant, Declaration, Edit, Ending, Filter, Heartbeat, HolderId, JobRow, Micros, Orphan, Plan,
        Position, RunRow, Store, Token, Verdict,
    },
    stage::{every, keys, patient, run_at, slot_of, Stage, PATIENCE, TASK},
};

/// Each of 20,000 slots is claimed by exactly one of four processes.
pub(super) fn each_slot_runs_once(stage: &Stage<'_>) {
    const JOBS: usize = 50;
    const SLOTS: i64 = 400;
    let names: Vec<String> = (0..JOBS).map(|number| format!("job-{number}")).collect();
    stage.add(&names.iter().map(|name| (name.as_str(), 0)).collect::<Vec<_>>());
    let plan = |row: &JobRow| {
        let slot = slot_of(row);
        let is_last = slot == stage.at(SLOTS - 1);
        run_at(slot, if is_last { Position::over() } else { Position::at(Micros(slot.0 + 1), "") })
    };
    let work = |store: &dyn Store, holder: HolderId| {
        let claimant = Claimant { limit: 20, ..stage.claimant(holder, SLOTS) };
        let mut mine = Vec::new();
        let mut idle = Idle::default();
        loop {
            let fired = patient(|| store.fire(&claimant, &mut { plan }));
            let runs: Vec<RunRow> = fired.claims.into_iter().flat_map(|claim| claim.runs).collect();
            let endings: Vec<Ending> = runs.iter().map(|run| stage.ending(run.token, SLOTS)).collect();
            assert_eq!(patient(|| store.finish(&endings)), vec![true; endings.len()]);
            if runs.is_empty() {
                if fired.next.is_none() {
                    return mine;
                }
                idle.wait();
            } else {
                idle = Idle::default();
            }
            mine.extend(runs.into_iter().map(|run| (run.key, run.slot)));
        }
    };
    let handles = [(); 4].map(|()| (stage.open(), stage.holder()));
    let claimed: Vec<_> = thread::scope(|scope| {
        let workers = handles.iter().map(|(store, holder)| scope.spawn(|| work(&**store, *holder)));
        let workers: Vec<_> = workers.collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(claimed.len(), JOBS * SLOTS as usize, "no slot is lost, and none runs twice");
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), claimed.len());
    assert_eq!((stage.runs(), patient(|| stage.store.jobs(&Filter::default())).rows), (vec![], vec![]));
}

/// Waits while others have what there is to do.
struct Idle(Instant);

impl Default for Idle {
    fn default() -> Self {
        Idle(Instant::now())
    }
}

impl Idle {
    fn wait(&self) {
        assert!(self.0.elapsed() < PATIENCE, "there is something to do for a minute, and nobody gets it");
        thread::yield_now();
    }
}

/// Ten thousand jobs are declared, found, listed and claimed like one.
pub(super) fn ten_thousand_jobs_are_like_one(stage: &Stage<'_>) {
    const JOBS: usize = 10_000;
    let holder = stage.holder();
    let declarations: Vec<Declaration> = (0..JOBS)
        .map(|number| stage.due(&format!("job-{number:05}"), if number == 7_777 { 5 } else { 100 + number as i64 }))
        .collect();
    for part in declarations.chunks(1_000) {
        stage.declare(part);
    }
    let fired = stage.fire_by(&stage.claimant(holder, 50), every(1_000_000));
    assert_eq!((keys(&fired), fired.next), (vec!["job-07777"], Some(stage.at(100))));

    let mut listed = Vec::new();
    // One page more than there are, which is empty.
    for _ in 0..5 {
        let filter = Filter { after: listed.last().cloned(), limit: Some(3_000), ..Filter::default() };
        let page = patient(|| stage.store.jobs(&filter)).rows;
        listed.extend(page.into_iter().map(|row| row.key));
    }
    assert!(listed.is_sorted() && listed.len() == JOBS, "{} jobs are listed", listed.len());

    let claimant = Claimant { limit: 2_500, ..stage.claimant(holder, 100 + JOBS as i64) };
    let counts = [(); 5].map(|()| stage.fire_by(&claimant, every(1_000_000)).claims.len());
    assert_eq!(counts, [2_500, 2_500, 2_500, 2_499, 0]);
    let tokens: Vec<Token> = stage.runs().iter().map(|run| run.token).collect();
    let endings: Vec<Ending> = tokens.iter().map(|token| stage.ending(*token, 200)).collect();
    assert_eq!(endings.len(), JOBS);
    assert!(patient(|| stage.store.finish(&endings)).iter().all(|is_taken| *is_taken));
    assert_eq!(stage.runs(), []);
}

/// What happened to the runs, as all processes together saw it.
#[derive(Default)]
struct Log {
    /// The claims, by job, slot and attempt.
    claimed: HashMap<(String, Micros, i32), usize>,
    /// How often the end of a run was taken, by token.
    ended: HashMap<Token, usize>,
    lost: HashSet<Token>,
    failures: BTreeMap<String, i64>,
}

impl Log {
    fn claim(&mut self, run: &RunRow) {
        *self.claimed.entry((run.key.clone(), run.slot, run.attempt)).or_default() += 1;
    }
}

/// Processes that claim, finish, fail, die, come back, reap, declare, pause and resume at random: no slot is lost, none
/// runs twice, and what the rows say is what happened.
pub(super) fn processes_at_random_lose_nothing(stage: &Stage<'_>) {
    const JOBS: u64 = 12;
    const SLOTS: i64 = 60;
    let names: Vec<String> = (0..JOBS).map(|number| format!("job-{number}")).collect();
    let declarations: Vec<Declaration> = names.iter().map(|name| stage.due(name, 0)).collect();
    stage.declare(&declarations);
    let log = Mutex::new(Log::default());
    let plan = |row: &JobRow| {
        let slot = slot_of(row);
        let next = if slot == stage.at(SLOTS - 1) { Position::default() } else { Position::at(Micros(slot.0 + 1), "") };
        run_at(slot, next)
    };
    let lives = || stage.holder();
    thread::scope(|scope| {
        for number in 0..4 {
            let store = stage.open();
            let (log, declarations, names) = (&log, &declarations, &names);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(number);
                let mut holder = lives();
                let mut mine: Vec<RunRow> = Vec::new();
                for _ in 0..250 {
                    let claimant = Claimant { limit: random.usize(1..6), ..stage.claimant(holder, SLOTS) };
                    let name = &names[random.usize(..names.len())];
                    match random.u32(..100) {
                        0..40 => {
                            let fired = patient(|| store.fire(&claimant, &mut { plan }));
                            let runs = fired.claims.into_iter().flat_map(|claim| claim.runs);
                            mine.extend(runs.inspect(|run| log.lock().unwrap().claim(run)));
                        }
                        40..70 if !mine.is_empty() => {
                            let run = mine.swap_remove(random.usize(..mine.len()));
                            let is_failed = random.bool();
                            let ending = stage.ending(run.token, SLOTS);
                            let ending = [if is_failed { ending.failed() } else { ending }];
                            let is_taken = patient(|| store.finish(&ending))[0];
                            assert!(is_taken, "{holder} lives, so {run:?} is its own");
                            let mut log = log.lock().unwrap();
                            *log.ended.entry(run.token).or_default() += 1;
                            *log.failures.entry(run.key).or_default() += i64::from(is_failed);
                        }
                        70..75 => {
                            patient(|| store.leave(holder));
                            holder = lives();
                            mine.clear();
                        }
                        75..85 => mine.extend(reap(&*store, &claimant, log, random.bool())),
                        85..90 => {
                            let answers = patient(|| store.declare(declarations));
                            assert!(answers.iter().all(Result::is_ok));
                        }
                        _ => {
                            let toggle = |row: &JobRow| {
                                // The cursor keeps the slot of a job that is paused.
                                let (paused, to) = match row.next {
                                    Some(slot) => (true, Position { cursor: slot.0.to_string(), ..Position::of(row) }),
                                    None if row.paused => {
                                        (false, Position::at(Micros(row.cursor.parse().unwrap()), ""))
                                    }
                                    None => return Change::Leave,
                                };
                                Change::Write(Edit { paused, to, ..Edit::of(row) })
                            };
                            patient(|| store.change(name, &mut { toggle }));
                        }
                    }
                }
                patient(|| store.leave(holder));
            });
        }
    });
    // One process is left. It resumes what is paused, takes all that is due or an orphan, and ends it.
    let holder = lives();
    let claimant = stage.claimant(holder, SLOTS);
    for name in &names {
        let resume = |row: &JobRow| match row.paused {
            true => {
                let to = Position::at(Micros(row.cursor.parse().unwrap()), "");
                Change::Write(Edit { paused: false, to, ..Edit::of(row) })
            }
            false => Change::Leave,
        };
        patient(|| stage.store.change(name, &mut { resume }));
    }
    let mut rest = reap(&*stage.store, &claimant, &log, true);
    loop {
        let fired = stage.fire_by(&claimant, plan);
        if fired.claims.is_empty() {
            break;
        }
        let runs = fired.claims.into_iter().flat_map(|claim| claim.runs);
        rest.extend(runs.inspect(|run| log.lock().unwrap().claim(run)));
    }
    let mut log = log.into_inner().unwrap();
    for run in rest {
        assert!(stage.finish(stage.ending(run.token, SLOTS)));
        *log.ended.entry(run.token).or_default() += 1;
    }
    assert_eq!(stage.runs(), []);
    assert!(log.claimed.values().all(|count| *count == 1), "each attempt at a slot is one process's");
    assert!(log.ended.values().all(|count| *count == 1), "a run ends once");
    assert!(log.ended.keys().all(|token| !log.lost.contains(token)), "a run that is lost does not end");
    for name in &names {
        let slots: HashSet<Micros> =
            log.claimed.keys().filter(|(key, ..)| key == name).map(|(_, slot, _)| *slot).collect();
        assert_eq!(slots.len(), SLOTS as usize, "{name}: no slot is lost");
        let row = stage.row(name);
        assert_eq!((row.runs, row.running), (SLOTS, 0), "{name}");
        assert_eq!(row.failures, log.failures.get(name).copied().unwrap_or(0), "{name}");
    }
    let ends = log.ended.len() + log.lost.len();
    assert_eq!(ends, (JOBS as usize) * SLOTS as usize, "each run has ended or is lost");
}

/// Takes or loses orphans, and notes it.
fn reap(store: &dyn Store, claimant: &Claimant<'_>, log: &Mutex<Log>, is_repeated: bool) -> Vec<RunRow> {
    let claimant = Claimant { limit: 1_000, tasks: &[TASK], ..*claimant };
    let verdict = |_: &Orphan| match is_repeated {
        true => Verdict::Rerun(Token::random()),
        false => Verdict::Lose { outcome: "lost".to_owned(), keep: 0 },
    };
    let reaped = patient(|| store.reap(&claimant, &mut { verdict }));
    let mut log = log.lock().unwrap();
    for orphan in reaped.lost {
        assert!(log.lost.insert(orphan.run.token), "a run is lost once");
        *log.failures.entry(orphan.run.key).or_default() += 1;
    }
    let runs: Vec<RunRow> = reaped.claims.into_iter().flat_map(|claim| claim.runs).collect();
    runs.iter().for_each(|run| log.claim(run));
    runs
}

/// The heartbeat of one process is renewed while others claim: nobody is kept from it for long.
pub(super) fn heartbeats_are_renewed_under_load(stage: &Stage<'_>) {
    stage.add(&[("a", 0), ("b", 0)]);
    let plan = |row: &JobRow| -> Plan { every(1)(row) };
    let handles = [(); 3].map(|()| (stage.open(), stage.holder()));
    let heartbeat = Heartbeat::new(HolderId::random(), "machine", std::time::Duration::from_secs(3_600));
    patient(|| stage.store.join(stage.at(0), &heartbeat));
    thread::scope(|scope| {
        for (store, holder) in &handles {
            scope.spawn(move || {
                for now in 0..60 {
                    let claimant = stage.claimant(*holder, now);
                    let fired = patient(|| store.fire(&claimant, &mut { plan }));
                    let runs = fired.claims.iter().flat_map(|claim| &claim.runs);
                    let endings: Vec<Ending> = runs.map(|run| stage.ending(run.token, now)).collect();
                    assert!(patient(|| store.finish(&endings)).iter().all(|is_taken| *is_taken));
                }
            });
        }
        for _ in 0..60 {
            assert!(patient(|| stage.store.renew(stage.at(0), &heartbeat)));
        }
    });
    assert_eq!(stage.row("a").runs, 60);
}

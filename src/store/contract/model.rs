//! Random sequences of calls, compared with a model: the same data as plain lists, without an index.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use super::{
    super::{
        Change, Changed, Claim, Claimant, Declaration, Declared, Edit, Ending, Filter, HolderId, JobRow, Micros, Move,
        NewRun, Next, Orphan, PastRun, Plan, Position, RunRow, Token, Verdict,
    },
    stage::{bad_keys, patient, Stage},
};

const KEYS: [&str; 6] = ["a", "A", "b", "ä", "long key with spaces ", "z"];
const TASKS: [&str; 3] = ["task", "Task", "other"];

#[derive(Default)]
struct Model {
    jobs: BTreeMap<String, JobRow>,
    runs: Vec<RunRow>,
    past: BTreeMap<String, Vec<PastRun>>,
    alive: BTreeSet<HolderId>,
}

/// A row without what a store draws or counts for itself.
fn plain(row: &JobRow) -> JobRow {
    JobRow { version: 0, ..row.clone() }
}

impl Model {
    fn running(&self, key: &str) -> i64 {
        self.runs.iter().filter(|run| run.key == key).count() as i64
    }

    /// The row as a store shows it.
    fn row(&self, key: &str) -> Option<JobRow> {
        self.jobs.get(key).map(|row| JobRow { running: self.running(key), ..plain(row) })
    }

    fn declare(&mut self, declaration: &Declaration) -> Declared {
        let (declared, row) = declaration.compare(self.jobs.get(&declaration.key));
        self.jobs.extend(row.map(|row| (declaration.key.clone(), row)));
        declared
    }

    /// The jobs with a next slot of which a claimant knows the tasks, in order.
    fn next(&self, claimant: &Claimant<'_>) -> Vec<JobRow> {
        let mut rows: Vec<JobRow> = self.jobs.keys().filter_map(|key| self.row(key)).collect();
        rows.retain(|row| row.next.is_some() && claimant.knows(&row.task));
        rows.sort_by_key(|row| (row.next, row.priority, row.key.clone()));
        rows
    }

    fn fire(&mut self, claimant: &Claimant<'_>, plan: impl Fn(&JobRow) -> Plan) -> (Vec<Claim>, Vec<String>) {
        let (mut claims, mut bad) = (Vec::new(), Vec::new());
        for job in self.next(claimant).into_iter().filter(|row| row.next <= Some(claimant.now)) {
            if claims.len() == claimant.limit {
                break;
            }
            let step = match plan(&job) {
                Plan::Move(step) => step,
                Plan::Leave(_) => {
                    bad.push(job.key);
                    continue;
                }
                Plan::Wait => continue,
            };
            let mut runs: Vec<RunRow> = Vec::new();
            for new in &step.runs {
                let is_taken = self.runs.iter().any(|run| run.key == job.key && run.slot == new.slot);
                if !is_taken {
                    runs.push(RunRow::claimed(&job, new, claimant));
                    self.runs.push(RunRow::claimed(&job, new, claimant));
                }
            }
            runs.sort_by_key(|run| run.slot);
            let row = step.apply(&job, runs.len());
            self.jobs.insert(job.key.clone(), row);
            self.settle(&job.key);
            claims.push(Claim { job, runs });
        }
        (claims, bad)
    }

    /// Removes a job that is over.
    fn settle(&mut self, key: &str) {
        if self.jobs.get(key).is_some_and(|row| row.over) && self.running(key) == 0 {
            self.remove(key);
        }
    }

    fn remove(&mut self, key: &str) {
        self.jobs.remove(key);
        self.past.remove(key);
    }

    fn finish(&mut self, ending: &Ending) -> bool {
        let Some(at) = self.runs.iter().position(|run| run.token == ending.token) else { return false };
        let run = self.runs.swap_remove(at);
        let Some(row) = self.jobs.get_mut(&run.key) else { return true };
        *row = ending.apply(row);
        if ending.keep > 0 {
            let past = self.past.entry(run.key.clone()).or_default();
            past.insert(0, ending.past(&run));
            past.truncate(ending.keep as usize);
        }
        if ending.is_last {
            self.remove(&run.key);
        }
        self.settle(&run.key);
        true
    }

    fn reap(&mut self, claimant: &Claimant<'_>, plan: impl Fn(&Orphan) -> Verdict) -> (Vec<Claim>, Vec<Orphan>) {
        let (mut claims, mut lost) = (Vec::new(), Vec::new());
        let mut orphans: Vec<RunRow> = self.runs.clone();
        orphans.retain(|run| !self.alive.contains(&run.holder) && claimant.knows(&run.task));
        orphans.sort_by_key(|run| (run.slot, run.key.clone()));
        // All are seen as they were before the call.
        let orphans: Vec<Orphan> = orphans.into_iter().map(|run| Orphan { job: self.row(&run.key), run }).collect();
        for orphan in orphans {
            if claims.len() + lost.len() == claimant.limit {
                break;
            }
            match (plan(&orphan), orphan.job.clone()) {
                (Verdict::Leave(_), _) => {}
                (Verdict::Rerun(token), Some(job)) => {
                    let run = orphan.run.clone().repeated(token, claimant);
                    self.runs.retain(|other| other.token != orphan.run.token);
                    self.runs.push(run.clone());
                    claims.push(Claim { job, runs: vec![run] });
                }
                (verdict, _) => {
                    let (outcome, keep) = match verdict {
                        Verdict::Lose { outcome, keep } => (outcome, keep),
                        _ => (String::new(), 0),
                    };
                    self.finish(&Ending::new(orphan.run.token, claimant.now, outcome).failed().kept(keep));
                    lost.push(orphan);
                }
            }
        }
        (claims, lost)
    }

    fn is_run_of(&self, token: Token, key: &str) -> bool {
        self.runs.iter().any(|run| run.token == token && run.key == key)
    }

    fn change(&mut self, key: &str, change: &Change) -> &'static str {
        let Some(row) = self.row(key) else { return "missing" };
        match change {
            Change::Leave => "left",
            Change::Write(edit) if !edit.returned.iter().all(|token| self.is_run_of(*token, key)) => "left",
            Change::Write(edit) => {
                self.runs.retain(|run| !edit.returned.contains(&run.token));
                self.jobs.insert(key.to_owned(), edit.apply(&row));
                "written"
            }
            Change::Remove => {
                self.remove(key);
                "removed"
            }
        }
    }
}

/// Random choices that are the same whenever they are asked for: a store may ask a plan more than once.
struct Choice<'a> {
    stage: &'a Stage<'a>,
    seed: u64,
}

impl Choice<'_> {
    fn random(&self, key: &str, slot: Option<Micros>) -> fastrand::Rng {
        let sum = key
            .bytes()
            .chain(slot.unwrap_or_default().0.to_le_bytes())
            .fold(self.seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        fastrand::Rng::with_seed(sum)
    }

    fn plan(&self, row: &JobRow) -> Plan {
        let mut random = self.random(&row.key, row.next);
        let slot = row.next.unwrap_or_default();
        let to = match random.u32(..10) {
            0 => Position::over(),
            1 => Position { next: Next::Never, cursor: "end".to_owned() },
            _ => Position::at(Micros(slot.0 + random.i64(1..20)), random.u32(..1_000).to_string()),
        };
        let mut run = |slot| NewRun { slot, token: Token(random.u128(..)) };
        let runs = match slot.0 % 5 {
            0 => vec![],
            1 => vec![run(slot), run(Micros(slot.0 - 3)), run(slot)],
            _ => vec![run(slot)],
        };
        match self.random(&row.key, None).u32(..8) {
            0 => Plan::Leave("not now".to_owned()),
            1 => Plan::Wait,
            _ => Plan::Move(Move { to, runs }),
        }
    }

    fn verdict(&self, orphan: &Orphan) -> Verdict {
        let mut random = self.random(&orphan.run.key, Some(orphan.run.slot));
        match random.u32(..4) {
            0 => Verdict::Leave("not now".to_owned()),
            1 => Verdict::Rerun(Token(random.u128(..))),
            _ => Verdict::Lose { outcome: "lost".to_owned(), keep: random.u32(..4) },
        }
    }

    fn change(&self, row: &JobRow, token: Token) -> Change {
        let mut random = self.random(&row.key, row.next);
        let to = Position::at(self.stage.at(random.i64(..200)), "changed");
        match random.u32(..8) {
            6 | 7 => Change::Write(Edit { to, returned: vec![token], ..Edit::of(row) }),
            0 => Change::Leave,
            1 => Change::Remove,
            2 => Change::Write(Edit { paused: true, ..Edit::of(row) }),
            3 => Change::Write(Edit { paused: false, to, ..Edit::of(row) }),
            4 => Change::Write(Edit { schedule: "edited".to_owned(), to, ..Edit::of(row) }),
            _ => Change::Write(Edit { to, ..Edit::of(row) }),
        }
    }

    fn declaration(&self, key: &str) -> Declaration {
        let mut random = self.random(key, None);
        Declaration {
            tags: vec![random.u32(..2).to_string()],
            task: TASKS[random.usize(..TASKS.len())].to_owned(),
            args: random.u32(..2).to_string(),
            schedule: random.u32(..3).to_string(),
            priority: random.i32(-1..2),
            first: Position::at(self.stage.at(random.i64(..100)), "first"),
            moved: Position::at(self.stage.at(random.i64(..100)), "moved"),
            keep: random.u32(..4) == 0,
            ..Declaration::new(key, "")
        }
    }
}

/// Whatever is called in whatever order, the answers and the rows are those of the model.
pub(super) fn random_calls_agree_with_a_model(stage: &Stage<'_>) {
    let mut random = fastrand::Rng::with_seed(15);
    let mut model = Model::default();
    let mut holders: Vec<HolderId> = (0..3).map(|_| stage.holder()).collect();
    model.alive.extend(&holders);
    let mut tokens = vec![Token(1)];
    let other = stage.open();
    for step in 0..600 {
        let choice = Choice { stage, seed: random.u64(..) };
        let store = if random.bool() { &stage.store } else { &other };
        let key = KEYS[random.usize(..KEYS.len())];
        let which = random.usize(..holders.len());
        let claimant = Claimant {
            now: stage.at(step / 3),
            holder: holders[which],
            tasks: &TASKS[random.usize(..2)..],
            limit: random.usize(..4),
        };
        match random.u32(..100) {
            0..15 => {
                let declarations = [choice.declaration(key), choice.declaration(KEYS[0])];
                let answers = patient(|| store.declare(&declarations));
                for (answer, declaration) in answers.into_iter().zip(&declarations) {
                    assert_eq!(answer.unwrap(), model.declare(declaration), "step {step}: {declaration:?}");
                }
            }
            15..50 => {
                let fired =
                    patient(|| store.fire(&claimant, &mut |row| choice.plan(&JobRow { version: 0, ..row.clone() })));
                let (claims, bad) = model.fire(&claimant, |row| choice.plan(row));
                let got: Vec<Claim> =
                    fired.claims.iter().map(|claim| Claim { job: plain(&claim.job), ..claim.clone() }).collect();
                assert_eq!(got, claims, "step {step}: claims");
                assert_eq!(bad_keys(&fired.bad), bad.iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>());
                let rest = model.next(&claimant).into_iter().find(|row| !bad.contains(&row.key));
                assert_eq!(fired.next, rest.and_then(|row| row.next), "step {step}: next");
                tokens.extend(claims.iter().flat_map(|claim| &claim.runs).map(|run| run.token));
            }
            50..75 => {
                let ending = Ending::new(tokens[random.usize(..tokens.len())], stage.at(step), format!("end {step}"));
                let ending = Ending { is_failure: random.bool(), is_last: random.u32(..8) == 0, ..ending };
                let ending = ending.kept(random.u32(..4));
                assert_eq!(patient(|| store.finish(slice::from_ref(&ending))), [model.finish(&ending)], "step {step}");
            }
            75..80 => {
                patient(|| store.leave(holders[which]));
                model.alive.remove(&holders[which]);
                holders[which] = stage.holder();
                model.alive.insert(holders[which]);
            }
            80..90 => {
                let reaped = patient(|| store.reap(&claimant, &mut |orphan| choice.verdict(orphan)));
                let (claims, lost) = model.reap(&claimant, |orphan| choice.verdict(orphan));
                let got: Vec<Claim> =
                    reaped.claims.iter().map(|claim| Claim { job: plain(&claim.job), ..claim.clone() }).collect();
                assert_eq!(got, claims, "step {step}: repeated");
                let runs = |orphans: &[Orphan]| orphans.iter().map(|orphan| orphan.run.clone()).collect::<Vec<_>>();
                assert_eq!(runs(&reaped.lost), runs(&lost), "step {step}: lost");
                tokens.extend(claims.iter().flat_map(|claim| &claim.runs).map(|run| run.token));
            }
            _ => {
                let of_key = model.runs.iter().find(|run| run.key == key).map(|run| run.token);
                let token = of_key.unwrap_or(tokens[random.usize(..tokens.len())]);
                let change = model.row(key).map_or(Change::Leave, |row| choice.change(&row, token));
                let changed = patient(|| store.change(key, &mut |_| change.clone()));
                let got = match changed {
                    Changed::Missing => "missing",
                    Changed::Left(_) => "left",
                    Changed::Written(_) => "written",
                    Changed::Removed(_) => "removed",
                };
                assert_eq!(got, model.change(key, &change), "step {step}");
            }
        }
        compare(stage, &model, step, key);
    }
    assert!(tokens.len() > 100, "only {} runs", tokens.len());
}

/// Compares all that can be read.
fn compare(stage: &Stage<'_>, model: &Model, step: i64, key: &str) {
    let jobs = patient(|| stage.store.jobs(&Filter::default()));
    let expected: Vec<JobRow> = model.jobs.keys().filter_map(|key| model.row(key)).collect();
    assert_eq!(jobs.rows.iter().map(plain).collect::<Vec<_>>(), expected, "step {step}: jobs");
    assert_eq!(stage.find(key).as_ref().map(plain), model.row(key), "step {step}: job");
    let mut runs = model.runs.clone();
    runs.sort_by_key(|run| (run.slot, run.key.clone()));
    assert_eq!(stage.runs(), runs, "step {step}: runs");
    let past = model.past.get(key).cloned().unwrap_or_default();
    assert_eq!(patient(|| stage.store.history(key, 10)), past, "step {step}: history");
    let alive: BTreeSet<HolderId> = patient(|| stage.store.peers()).iter().map(|peer| peer.holder).collect();
    assert_eq!(alive, model.alive, "step {step}: peers");
}

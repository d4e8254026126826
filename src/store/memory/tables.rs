//! The rows of a memory store, and their indices.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use super::super::{Claimant, HolderId, JobRow, Micros, PastRun, Peer, Result, RunRow, StoreError, Token};

/// The order in which jobs are claimed: by slot, priority and key.
pub(super) type Due = (Micros, i32, Arc<str>);

/// The order in which orphans are: by slot and key.
pub(super) type OrphanAt = (Micros, Arc<str>, Token);

/// A row, and what belongs to it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) row: JobRow,
    /// Why the row cannot be read.
    pub(super) damage: Option<String>,
    pub(super) past: VecDeque<PastRun>,
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    jobs: BTreeMap<Arc<str>, Entry>,
    /// The jobs with a next slot, by task.
    due: HashMap<String, BTreeSet<Due>>,
    runs: HashMap<Token, RunRow>,
    /// The runs, by job and slot.
    slots: BTreeMap<(Arc<str>, Micros), Token>,
    /// The runs whose holder has no heartbeat.
    orphans: BTreeSet<OrphanAt>,
    peers: BTreeMap<HolderId, Peer>,
}

impl Tables {
    /// The most runs that one ending removes from the history.
    const PRUNED: usize = 500;

    pub(super) fn job(&self, key: &str) -> Option<&Entry> {
        self.jobs.get(key)
    }

    /// The row, unless it is missing or cannot be read.
    pub(super) fn readable(&self, key: &str) -> Result<Option<&JobRow>> {
        match self.jobs.get(key) {
            None => Ok(None),
            Some(Entry { damage: Some(why), .. }) => Err(StoreError::data(key, why)),
            Some(Entry { row, .. }) => Ok(Some(row)),
        }
    }

    pub(super) fn jobs(&self) -> impl Iterator<Item = &Entry> {
        self.jobs.values()
    }

    pub(super) fn damage(&mut self, key: &str, why: &str) -> bool {
        let entry = self.jobs.get_mut(key);
        entry.map(|entry| entry.damage = Some(why.to_owned())).is_some()
    }

    fn at(key: &Arc<str>, row: &JobRow) -> Option<Due> {
        row.next.map(|slot| (slot, row.priority, Arc::clone(key)))
    }

    fn unindex(&mut self, key: &Arc<str>) {
        let Some(row) = self.jobs.get(key).map(|entry| &entry.row) else { return };
        let Some(at) = Self::at(key, row) else { return };
        if let Some(of_task) = self.due.get_mut(&row.task) {
            of_task.remove(&at);
            if of_task.is_empty() {
                self.due.remove(&row.task);
            }
        }
    }

    /// Adds or replaces a row.
    pub(super) fn write(&mut self, row: JobRow) {
        let key = match self.jobs.get_key_value(row.key.as_str()) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(row.key.as_str()),
        };
        self.unindex(&key);
        if let Some(at) = Self::at(&key, &row) {
            match self.due.get_mut(&row.task) {
                Some(of_task) => _ = of_task.insert(at),
                None => _ = self.due.insert(row.task.clone(), BTreeSet::from([at])),
            }
        }
        match self.jobs.get_mut(&key) {
            Some(entry) => entry.row = row,
            None => _ = self.jobs.insert(key, Entry { row, damage: None, past: VecDeque::new() }),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some((key, _)) = self.jobs.get_key_value(key) {
            let key = Arc::clone(key);
            self.unindex(&key);
            self.jobs.remove(&key);
        }
    }

    /// Writes a row, or removes it if it is over and none of its runs is in progress.
    pub(super) fn settle(&mut self, row: JobRow) {
        if row.over && row.running == 0 {
            self.remove(&row.key);
        } else {
            self.write(row);
        }
    }

    /// Puts a run into the history of its job, which then has at most `keep`, or as many fewer as one call removes.
    pub(super) fn record(&mut self, past: PastRun, keep: u32) {
        if let Some(entry) = self.jobs.get_mut(past.key.as_str()).filter(|_| keep > 0) {
            entry.past.push_back(past);
            let excess = entry.past.len().saturating_sub(keep as usize).min(Self::PRUNED);
            entry.past.drain(..excess);
        }
    }

    /// The jobs of these tasks that have a next slot, in the order in which they are claimed.
    pub(super) fn next_of<'a>(&'a self, claimant: &Claimant<'_>) -> InOrder<'a> {
        let tasks: BTreeSet<&str> = claimant.tasks.iter().copied().collect();
        let mut rest: Vec<_> = tasks.iter().filter_map(|task| self.due.get(*task)).map(BTreeSet::iter).collect();
        let heads = rest.iter_mut().enumerate().filter_map(|(task, of_task)| Some((of_task.next()?, task))).collect();
        InOrder { heads, rest }
    }

    /// Inserts a run, unless its job has one for the same slot.
    pub(super) fn insert(&mut self, run: &RunRow) -> bool {
        let place = (Arc::from(run.key.as_str()), run.slot);
        if self.slots.contains_key(&place) {
            return false;
        }
        self.slots.insert(place, run.token);
        self.runs.insert(run.token, run.clone());
        true
    }

    /// Removes a run that has ended.
    pub(super) fn take(&mut self, token: Token) -> Option<RunRow> {
        let run = self.runs.remove(&token)?;
        let key: Arc<str> = Arc::from(run.key.as_str());
        self.orphans.remove(&(run.slot, Arc::clone(&key), token));
        self.slots.remove(&(key, run.slot));
        Some(run)
    }

    pub(super) fn run(&self, token: Token) -> Option<&RunRow> {
        self.runs.get(&token)
    }

    /// Whether a run is one of this job in progress.
    pub(super) fn is_run_of(&self, token: Token, key: &str) -> bool {
        self.runs.get(&token).is_some_and(|run| run.key == key)
    }

    /// The runs of one job or of all, in no order.
    pub(super) fn runs<'a>(&'a self, key: Option<&'a str>) -> Box<dyn Iterator<Item = &'a RunRow> + 'a> {
        let Some(key) = key else { return Box::new(self.runs.values()) };
        let of_key = self.slots.range((Arc::from(key), Micros(i64::MIN))..=(Arc::from(key), Micros(i64::MAX)));
        Box::new(of_key.filter_map(|(_, token)| self.runs.get(token)))
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values()
    }

    pub(super) fn peer(&mut self, holder: HolderId) -> Option<&mut Peer> {
        self.peers.get_mut(&holder)
    }

    pub(super) fn enter(&mut self, peer: Peer) {
        self.peers.insert(peer.holder, peer);
    }

    /// Fails unless the heartbeat of a holder is good.
    pub(super) fn check_alive(&self, holder: HolderId, now: Micros) -> Result<()> {
        let is_alive = self.peers.get(&holder).is_some_and(|peer| now <= peer.expires);
        is_alive.then_some(()).ok_or(StoreError::HolderGone(holder))
    }

    /// The runs without a holder once these heartbeats are removed.
    pub(super) fn orphans_without(&self, dead: &[Peer]) -> BTreeSet<OrphanAt> {
        let mut orphans = self.orphans.clone();
        if !dead.is_empty() {
            let of_dead = self.runs.values().filter(|run| dead.iter().any(|peer| peer.holder == run.holder));
            orphans.extend(of_dead.map(|run| (run.slot, Arc::from(run.key.as_str()), run.token)));
        }
        orphans
    }

    /// Removes heartbeats. The runs of these holders are orphans.
    pub(super) fn remove_peers(&mut self, dead: &[Peer]) {
        self.orphans = self.orphans_without(dead);
        for peer in dead {
            self.peers.remove(&peer.holder);
        }
    }
}

/// Jobs of several tasks in one order, merged.
pub(super) struct InOrder<'a> {
    /// The first job of each task that is left, with the number of the task.
    heads: BTreeSet<(&'a Due, usize)>,
    rest: Vec<std::collections::btree_set::Iter<'a, Due>>,
}

impl<'a> Iterator for InOrder<'a> {
    type Item = &'a Due;

    fn next(&mut self) -> Option<&'a Due> {
        let (due, task) = self.heads.pop_first()?;
        if let Some(next) = self.rest[task].next() {
            self.heads.insert((next, task));
        }
        Some(due)
    }
}

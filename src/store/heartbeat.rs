//! Heartbeats.

use std::{process, time::Duration};

use super::{HolderId, Micros, Peer};

/// The heartbeat of a process, which it repeats well before it expires.
///
/// ```
/// use punctual::store::{HolderId, Micros, Heartbeat};
/// use std::time::Duration;
/// let heartbeat = Heartbeat::new(HolderId::random(), "web-1", Duration::from_secs(60));
/// assert_eq!(heartbeat.pid, i64::from(std::process::id()));
/// assert_eq!(heartbeat.peer(Micros(0), Micros(5)).expires, Micros(60_000_005));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The identity.
    pub holder: HolderId,
    /// The name of the machine, for people.
    pub host: String,
    /// The number of the process, for people.
    pub pid: i64,
    /// For how long the heartbeat is good. Each process says that for itself, so they may differ.
    pub lasts: Duration,
}

impl Heartbeat {
    /// The heartbeat of this process.
    ///
    /// ```
    /// # use punctual::store::{HolderId, Heartbeat};
    /// assert_eq!(Heartbeat::new(HolderId(1), "web-1", std::time::Duration::from_secs(60)).host, "web-1");
    /// ```
    pub fn new(holder: HolderId, host: impl Into<String>, lasts: Duration) -> Self {
        Heartbeat { holder, host: host.into(), pid: process::id().into(), lasts }
    }

    /// What the store keeps of a process that joined at one instant and gave its last heartbeat at another.
    ///
    /// ```
    /// # use punctual::store::{HolderId, Micros, Heartbeat};
    /// let peer = Heartbeat::new(HolderId(1), "web-1", std::time::Duration::from_secs(60)).peer(Micros(0), Micros(5));
    /// assert_eq!((peer.joined, peer.seen), (Micros(0), Micros(5)));
    /// ```
    pub fn peer(&self, joined: Micros, seen: Micros) -> Peer {
        Peer {
            holder: self.holder,
            host: self.host.clone(),
            pid: self.pid,
            joined,
            seen,
            expires: seen.after(self.lasts),
        }
    }
}

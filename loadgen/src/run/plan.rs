use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::Workload;
use crate::{
    http::Transport,
    result::{PaceName, RunPlan, Spacing},
};

/// Updates that are kept to be found again at the fake peer, at most; 24 bytes each, there and here.
const MOST_TOLD: f64 = 1e6;

/// Everything a run needs; `check` says whether it is consistent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Client addresses of the servers; one that is repeated gets as many shares of the connections.
    pub targets: Vec<SocketAddr>,
    /// Which connection goes to which target.
    pub spread: Spread,
    /// What carries commands and replies.
    pub transport: Transport,
    /// Connections that carry load.
    pub connections: u32,
    /// Further connections that are held open and speak once in `idle_interval`; not measured.
    pub idle: u32,
    /// How often an idle connection speaks.
    pub idle_interval: Duration,
    /// Threads, each with its own share of the connections.
    pub workers: u32,
    /// When requests are sent.
    pub pace: Pace,
    /// How the arrivals of an open loop are spaced.
    pub spacing: Spacing,
    /// Most requests outstanding on a connection.
    pub depth: u32,
    /// A connection is closed and dialled anew after so many replies.
    pub requests_per_connection: Option<u32>,
    /// Load before the window, not measured.
    pub warmup: Duration,
    /// Length of the window, or its greatest length where `requests` is given.
    pub duration: Duration,
    /// The window ends after so many requests.
    pub requests: Option<u64>,
    /// A request without its reply for so long after it was written has failed, and its connection is given up.
    pub timeout: Duration,
    /// What everything random is drawn from.
    pub seed: u64,
    /// What is asked.
    pub workload: Workload,
    /// Most arrivals that wait for a connection, in all; one more ends the run as overloaded.
    pub backlog: usize,
    /// A wait for a connection longer than this ends the run as overloaded.
    pub abort_if_behind: Option<Duration>,
    /// How a worker waits.
    pub poll: Poll,
    /// The process whose use of the machine is recorded.
    pub server: Option<ServerProcess>,
    /// Length of the stall probe before and after the run; zero for none.
    pub stall_probe: Duration,
    /// What is observed of the servers that the target passes updates on to.
    pub herd: HerdObservation,
}

/// What is observed of a herd besides the server that is driven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HerdObservation {
    /// Servers that are asked after the load until each shows all that was acknowledged.
    pub converge: Vec<SocketAddr>,
    /// Processes whose processor time in the window is recorded too.
    pub others: Vec<u32>,
    /// A server whose place in the herd this program takes, to see when updates come there.
    pub fake_peer: Option<FakePeer>,
}

/// A server of the herd whose place this program takes: a peer that listens and records, and passes nothing on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakePeer {
    /// The server's name.
    pub name: String,
    /// Its peer address, where its neighbour dials.
    pub listen: SocketAddr,
}

/// When requests are sent; plans of comparisons write it as `"closed"` or `{ rate-per-s = 500.0 }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// Each connection sends its next request as soon as one of its `depth` places is free: coordinated omission by
    /// design, labelled wherever its numbers appear.
    Closed,
    /// Arrivals follow an absolute schedule of this mean rate over all connections, whatever the server does.
    RatePerS(f64),
}

/// Which connection goes to which target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Spread {
    /// Connection i to target i modulo the number of targets.
    RoundRobin,
    /// The first share of the connections to the first target, and so on.
    Blocks,
}

/// How a worker waits for what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// In `epoll_pwait2`, to the nanosecond.
    Sleep,
    /// By asking again and again: less wake lag for a whole processor.
    Spin,
}

/// The server's process, on this machine.
#[derive(Clone, Copy, Debug)]
pub struct ServerProcess {
    /// Its process id.
    pub pid: u32,
    /// How many processors it can use, where that is less than all it may run on: 1 for an event loop.
    pub processors: Option<u32>,
}

impl Plan {
    /// The target of a connection; idle ones are numbered after the others.
    pub(crate) fn target(&self, connection: u32) -> usize {
        let (all, targets) = ((self.connections + self.idle) as usize, self.targets.len());
        match self.spread {
            Spread::RoundRobin => connection as usize % targets,
            Spread::Blocks => connection as usize * targets / all,
        }
    }

    /// Whether arrivals follow a schedule.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.pace, Pace::RatePerS(_))
    }

    /// The plan as a result tells of it.
    pub(crate) fn written(&self) -> RunPlan {
        let (pace, rate_per_s, arrivals) = match self.pace {
            Pace::Closed => (PaceName::Closed, None, None),
            Pace::RatePerS(rate_per_s) => (PaceName::Open, Some(rate_per_s), Some(self.spacing)),
        };
        RunPlan {
            targets: self.targets.clone(),
            http: self.transport == Transport::Http,
            connections: self.connections,
            idle: self.idle,
            workers: self.workers,
            depth: self.depth,
            requests_per_connection: self.requests_per_connection,
            pace,
            rate_per_s,
            arrivals,
            workload: self.workload.written(),
            seed: self.seed,
            warmup_s: self.warmup.as_secs_f64(),
            duration_s: self.duration.as_secs_f64(),
            requests: self.requests,
            timeout_s: self.timeout.as_secs_f64(),
            backlog: self.backlog,
            abort_if_behind_s: self.abort_if_behind.map(|longest| longest.as_secs_f64()),
            server_pid: self.server.map(|server| server.pid),
        }
    }

    /// The reason why this cannot be run, in words for whoever typed it.
    pub fn check(&self) -> Result<(), String> {
        if self.targets.is_empty() {
            return Err("there is no target; give --target ADDR".to_owned());
        }
        if let Pace::RatePerS(rate_per_s) = self.pace
            && !(rate_per_s.is_finite() && rate_per_s > 0.0)
        {
            return Err(format!("a rate of {rate_per_s} requests a second sends nothing; give one above 0"));
        }
        for (name, value) in [("connections", self.connections), ("depth", self.depth), ("workers", self.workers)] {
            if value == 0 {
                return Err(format!("--{name} 0 sends nothing; give at least 1"));
            }
        }
        if self.duration.is_zero() || self.timeout.is_zero() {
            return Err("--duration and --timeout must be above 0".to_owned());
        }
        if self.requests == Some(0) || self.requests_per_connection == Some(0) {
            return Err("--requests and --requests-per-connection must be above 0".to_owned());
        }
        if self.workers > self.connections {
            return Err(format!(
                "{} workers share {} connections: give each at least one",
                self.workers, self.connections
            ));
        }
        self.check_herd()?;
        self.workload.check(self.connections)
    }

    fn check_herd(&self) -> Result<(), String> {
        let HerdObservation { converge, fake_peer, .. } = &self.herd;
        if let (Workload::Raw(_), true) = (&self.workload, fake_peer.is_some() || !converge.is_empty()) {
            return Err("--converge and --fake-peer are for updates of the herd, not for --raw".to_owned());
        }
        if self.transport == Transport::Http && !converge.is_empty() {
            return Err("--converge asks servers in lines, so it does not go with --http".to_owned());
        }
        match (fake_peer, self.pace) {
            (Some(_), Pace::RatePerS(rate_per_s)) if rate_per_s * self.duration.as_secs_f64() <= MOST_TOLD => Ok(()),
            (Some(_), _) => {
                Err(format!("--fake-peer keeps every update: it needs --rate, and at most {MOST_TOLD} of them"))
            }
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::run::{HerdLoad, Mix};

    /// An open loop of 1,000 requests a second over 10 connections, for tests to change.
    pub(crate) fn plan() -> Plan {
        Plan {
            targets: vec![SocketAddr::from(([127, 0, 0, 1], 1)), SocketAddr::from(([127, 0, 0, 1], 2))],
            spread: Spread::RoundRobin,
            transport: Transport::Lines,
            connections: 10,
            idle: 0,
            idle_interval: Duration::from_mins(2),
            workers: 1,
            pace: Pace::RatePerS(1_000.0),
            spacing: Spacing::Poisson,
            depth: 1,
            requests_per_connection: None,
            warmup: Duration::ZERO,
            duration: Duration::from_secs(1),
            requests: None,
            timeout: Duration::from_secs(1),
            seed: 1,
            workload: Workload::Herd(HerdLoad {
                mix: Mix { iamat: 3, whatsat: 1 },
                clients: 95,
                skew: 0.0,
                radius_km: 1..=50,
                bound: 0..=20,
                prefix: "load-".to_owned(),
            }),
            backlog: 1_000,
            abort_if_behind: None,
            poll: Poll::Sleep,
            server: None,
            stall_probe: Duration::ZERO,
            herd: HerdObservation::default(),
        }
    }

    #[test]
    fn plans_that_send_nothing_are_refused() {
        for bad in [
            Plan { pace: Pace::RatePerS(0.0), ..plan() },
            Plan { connections: 0, ..plan() },
            Plan { depth: 0, ..plan() },
            Plan { duration: Duration::ZERO, ..plan() },
            Plan { requests: Some(0), ..plan() },
            Plan { targets: Vec::new(), ..plan() },
            Plan { connections: 96, ..plan() },
            Plan { workers: 11, ..plan() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert_eq!(plan().check(), Ok(()));
    }

    #[test]
    fn connections_are_spread_over_targets() {
        let spread = |spread| {
            let plan = Plan { spread, idle: 2, ..plan() };
            (0..12).map(|connection| plan.target(connection)).collect::<Vec<_>>()
        };
        assert_eq!(spread(Spread::RoundRobin), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
        assert_eq!(spread(Spread::Blocks), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    }
}

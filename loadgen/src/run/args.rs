use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use regex::bytes::Regex;

use super::{FakePeer, HerdLoad, HerdObservation, Mix, Pace, Plan, Poll, RawLoad, ServerProcess, Spread, Workload};
use crate::{
    http::Transport,
    result::Spacing,
    values::{address, duration, range, rate},
};

/// How many clients there are where nothing is said and connections are fewer.
const CLIENTS: u32 = 1_000;

/// What is asked of which servers, when and for how long.
#[derive(Args, Clone, Debug)]
pub struct LoadArgs {
    /// Client address of a server; may be repeated, and one that is repeated gets as many shares of the connections.
    #[arg(long = "target", value_name = "ADDR", value_parser = address)]
    targets: Vec<SocketAddr>,
    /// Which connection goes to which target.
    #[arg(long, value_enum, default_value_t = Spread::RoundRobin)]
    spread: Spread,
    /// Let HTTP/1.1 carry the commands: a POST for each, its reply in the body of the response.
    #[arg(long)]
    http: bool,
    /// Connections that carry load.
    #[arg(long, value_name = "N", default_value_t = 50)]
    connections: u32,
    /// Open loop: requests a second over all connections, such as 500, 20k/s.
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// Closed loop: each connection asks again as soon as it is answered. Its latencies omit what it did not ask.
    #[arg(long, conflicts_with = "rate")]
    closed: bool,
    /// How arrivals of the open loop are spaced.
    #[arg(long, value_enum, default_value_t = Spacing::Poisson)]
    arrivals: Spacing,
    /// Most requests outstanding on a connection.
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: u32,
    /// Close each connection after so many replies and dial it anew.
    #[arg(long, value_name = "N")]
    requests_per_connection: Option<u32>,
    /// Further connections that are held open and speak once in a while.
    #[arg(long, value_name = "N", default_value_t = 0)]
    idle: u32,
    /// How often an idle connection speaks.
    #[arg(long, value_name = "T", default_value = "120s", value_parser = duration)]
    idle_interval: Duration,
    /// Threads of the generator.
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: u32,
    /// Length of the measured window.
    #[arg(long, value_name = "T", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// End the window after so many requests, if that is earlier.
    #[arg(long, value_name = "N")]
    requests: Option<u64>,
    /// Load before the window, not measured.
    #[arg(long, value_name = "T", default_value = "1s", value_parser = duration)]
    warmup: Duration,
    /// A request without its reply for so long has failed.
    #[arg(long, value_name = "T", default_value = "5s", value_parser = duration)]
    timeout: Duration,
    /// What everything random is drawn from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Parts of each command, such as iamat=9,whatsat=1.
    #[arg(long, value_name = "MIX", default_value = "iamat=1", value_parser = mix)]
    mix: Mix,
    /// Number of clients [default: 1000, or one for each connection if that is more].
    #[arg(long, value_name = "N")]
    clients: Option<u32>,
    /// Exponent of Zipf's law over the clients; 0 asks all alike.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    skew: f64,
    /// Radius of WHATSAT in km, or a range of it.
    #[arg(long, value_name = "A..B", default_value = "10", value_parser = range)]
    radius: RangeInclusive<u32>,
    /// Bound of WHATSAT, or a range of it.
    #[arg(long, value_name = "A..B", default_value = "5", value_parser = range)]
    bound: RangeInclusive<u32>,
    /// What client IDs begin with; generators that run at once against one herd need different ones.
    #[arg(long, value_name = "TEXT", default_value = "load-")]
    client_prefix: String,
    /// Send the lines of a file in turn instead of the herd's commands; each is answered by one line.
    #[arg(long, value_name = "FILE", requires = "expect")]
    raw: Option<PathBuf>,
    /// What every reply line must match.
    #[arg(long, value_name = "REGEX", requires = "raw")]
    expect: Option<Regex>,
    /// Most arrivals that wait for a connection; one more ends the run as overloaded.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    backlog: usize,
    /// End the run as overloaded when a request waits longer than this for its connection.
    #[arg(long, value_name = "T", value_parser = duration)]
    abort_if_behind: Option<Duration>,
    /// Ask for events without end instead of sleeping: less wake lag, for a whole processor each worker.
    #[arg(long)]
    spin: bool,
    /// The server's process on this machine: its use of the machine is recorded.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// How many processors the server can use, where that is less than it may: 1 for an event loop.
    #[arg(long, value_name = "N", requires = "server_pid")]
    server_processors: Option<u32>,
    /// Length of the spin probe for stalls before and after the run; 0s for none. A stall curve needs 10s.
    #[arg(long, value_name = "T", default_value = "200ms", value_parser = duration)]
    stall_probe: Duration,
    /// Client address of a server that is asked after the load until it shows all that was acknowledged, for one --timeout
    /// at most; may be repeated.
    #[arg(long, alias = "settle", value_name = "ADDR", value_parser = address)]
    converge: Vec<SocketAddr>,
    /// Further process on this machine whose processor time in the window is recorded; may be repeated.
    #[arg(long, value_name = "PID")]
    also_pid: Vec<u32>,
    /// Take the place of this server, which must not run: listen for its neighbour there, and record when each update
    /// comes.
    #[arg(long, alias = "seat", value_name = "NAME=ADDR", value_parser = fake_peer)]
    fake_peer: Option<FakePeer>,
}

impl LoadArgs {
    /// What it all means.
    pub fn plan(&self) -> anyhow::Result<Plan> {
        let pace = self.pace().context("give --rate R for an open loop or --closed for a closed one")?;
        self.plan_at(pace, self.connections)
    }

    /// What it means for other targets; no check of its consistency.
    pub(crate) fn plan_of(&self, targets: Vec<SocketAddr>) -> anyhow::Result<Plan> {
        let pace = self.pace().context("give --rate R for an open loop or --closed for a closed one")?;
        Ok(Plan { targets, ..self.unchecked(pace, self.connections)? })
    }

    /// The pace, if one was given.
    pub(crate) fn pace(&self) -> Option<Pace> {
        if self.closed { Some(Pace::Closed) } else { self.rate.map(Pace::RatePerS) }
    }

    /// The number of connections that was given.
    pub(crate) fn connections(&self) -> u32 {
        self.connections
    }

    /// The rate that was given.
    pub(crate) fn rate_per_s(&self) -> Option<f64> {
        self.rate
    }

    /// Whether a closed loop was asked for.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// What everything random is drawn from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// What it all means at another pace and with other connections.
    pub(crate) fn plan_at(&self, pace: Pace, connections: u32) -> anyhow::Result<Plan> {
        let plan = self.unchecked(pace, connections)?;
        plan.check().map_err(anyhow::Error::msg)?;
        Ok(plan)
    }

    fn unchecked(&self, pace: Pace, connections: u32) -> anyhow::Result<Plan> {
        Ok(Plan {
            targets: self.targets.clone(),
            spread: self.spread,
            transport: if self.http { Transport::Http } else { Transport::Lines },
            connections,
            idle: self.idle,
            idle_interval: self.idle_interval,
            workers: self.workers,
            pace,
            spacing: self.arrivals,
            depth: self.depth,
            requests_per_connection: self.requests_per_connection,
            warmup: self.warmup,
            duration: self.duration,
            requests: self.requests,
            timeout: self.timeout,
            seed: self.seed,
            workload: self.workload(connections)?,
            backlog: self.backlog,
            abort_if_behind: self.abort_if_behind,
            poll: if self.spin { Poll::Spin } else { Poll::Sleep },
            server: self.server_pid.map(|pid| ServerProcess { pid, processors: self.server_processors }),
            stall_probe: self.stall_probe,
            herd: HerdObservation {
                converge: self.converge.clone(),
                others: self.also_pid.clone(),
                fake_peer: self.fake_peer.clone(),
            },
        })
    }

    fn workload(&self, connections: u32) -> anyhow::Result<Workload> {
        if let (Some(path), Some(expect)) = (&self.raw, &self.expect) {
            return raw_load(path, expect);
        }
        Ok(Workload::Herd(HerdLoad {
            mix: self.mix,
            clients: self.clients.unwrap_or(CLIENTS.max(connections)),
            skew: self.skew,
            radius_km: self.radius.clone(),
            bound: self.bound.clone(),
            prefix: self.client_prefix.clone(),
        }))
    }
}

/// The lines of a file, and what each of their replies must match.
pub(crate) fn raw_load(path: &Path, expect: &Regex) -> anyhow::Result<Workload> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec);
    Ok(Workload::Raw(RawLoad { lines: lines.collect(), expect: expect.clone() }))
}

/// `iamat=9,whatsat=1`.
pub(crate) fn mix(text: &str) -> Result<Mix, String> {
    let wrong = || format!("{text:?} is no mix such as iamat=9,whatsat=1");
    let mut mix = Mix { iamat: 0, whatsat: 0 };
    for part in text.split(',') {
        let (verb, parts) = part.split_once('=').ok_or_else(wrong)?;
        let parts = parts.parse().map_err(|_| wrong())?;
        match verb {
            "iamat" => mix.iamat = parts,
            "whatsat" => mix.whatsat = parts,
            _ => return Err(wrong()),
        }
    }
    Ok(mix)
}

/// `NAME=HOST:PORT`.
pub(crate) fn fake_peer(text: &str) -> Result<FakePeer, String> {
    let (name, listen) =
        text.split_once('=').ok_or_else(|| format!("{text:?} is no peer such as Welsh=127.0.0.1:12103"))?;
    Ok(FakePeer { name: name.to_owned(), listen: address(listen)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixes_read() {
        assert_eq!(mix("iamat=9,whatsat=1"), Ok(Mix { iamat: 9, whatsat: 1 }));
        assert!(mix("iamat").is_err() && mix("at=1").is_err());
    }
}

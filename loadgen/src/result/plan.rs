use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::latency::is_default;

/// Everything that was asked for, defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// Client addresses of the servers.
    pub targets: Vec<SocketAddr>,
    /// Whether HTTP carried commands and replies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub http: bool,
    /// Connections that carry load.
    pub connections: u32,
    /// Further connections that are held open and not measured.
    pub idle: u32,
    /// Threads of the generator.
    pub workers: u32,
    /// Most requests outstanding on a connection.
    pub depth: u32,
    /// A connection is closed and dialled anew after so many replies.
    pub requests_per_connection: Option<u32>,
    /// Whether arrivals follow a schedule.
    pub pace: PaceName,
    /// Requests a second of an open loop, on average.
    pub rate_per_s: Option<f64>,
    /// How the arrivals of an open loop are spaced.
    pub arrivals: Option<Spacing>,
    /// What was asked.
    pub workload: RunWorkload,
    /// What everything random was drawn from.
    pub seed: u64,
    /// Load before the window, in seconds.
    pub warmup_s: f64,
    /// Length of the window in seconds, or its greatest length where `requests` is given.
    pub duration_s: f64,
    /// The window ends after so many requests.
    pub requests: Option<u64>,
    /// How long a reply may take, in seconds.
    pub timeout_s: f64,
    /// Most arrivals that may wait for a connection.
    pub backlog: usize,
    /// Longest wait for a connection, in seconds.
    pub abort_if_behind_s: Option<f64>,
    /// Process id of the server, where it was given.
    pub server_pid: Option<u32>,
}

/// Whether arrivals follow a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaceName {
    /// They do, whatever the server does.
    Open,
    /// Each connection asks again once it is answered.
    Closed,
}

/// How the arrivals of an open loop are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spacing {
    /// Independent exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RunWorkload {
    /// A mix of IAMAT and WHATSAT.
    Herd {
        /// Parts of IAMAT in the mix.
        iamat: u32,
        /// Parts of WHATSAT in the mix.
        whatsat: u32,
        /// Number of clients.
        clients: u32,
        /// Exponent of Zipf's law by which clients are asked; 0 is uniform.
        skew: f64,
        /// Least and greatest radius of WHATSAT, in km.
        radius_km: [u32; 2],
        /// Least and greatest bound of WHATSAT.
        bound: [u32; 2],
    },
    /// Lines of a file.
    Raw {
        /// How many lines it has.
        raw_lines: usize,
        /// The regular expression that each reply had to match.
        expect: String,
    },
}

impl RunWorkload {
    /// Share of the requests that are WHATSAT; none of lines of a file.
    #[must_use]
    pub fn whatsat_share(&self) -> Option<f64> {
        match self {
            Self::Herd { iamat, whatsat, .. } => {
                Some(f64::from(*whatsat) / (f64::from(*iamat) + f64::from(*whatsat)).max(1.0))
            }
            Self::Raw { .. } => None,
        }
    }
}

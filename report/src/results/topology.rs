use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::plan::Asked;

/// What the components of several servers did in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopologyUse {
    /// The loads, one after the other on the same servers; none where something was killed.
    pub loads: Vec<TopologyLoad>,
    /// What came of it that a component was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage: Option<Outage>,
}

/// One load on all servers that clients talk to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopologyLoad {
    /// What was asked; no read asks for places.
    pub asked: Asked,
    /// Right replies in the window.
    pub completed: u64,
    /// Its length, seconds.
    pub window_s: f64,
    /// From the end of the load until all servers showed every acknowledged record, seconds; none where it was not asked.
    pub converged_s: Option<f64>,
    /// What every component spent in the window.
    pub components: Vec<Component>,
    /// The load generator's result (`loadgen-run/1`), without histograms.
    pub loadgen: Value,
}

/// A program of a server, with all its processes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// The server that it belongs to.
    pub server: String,
    /// What it is to the others.
    pub kind: Kind,
    /// Its processor time, seconds.
    pub cpu_s: f64,
    /// Its processes.
    pub processes: u32,
}

/// What a component is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A server that clients talk to, with a store of its own.
    Server,
    /// A server that only passes on.
    Centre,
    /// A web server.
    Web,
    /// Their database.
    Database,
}

/// What was answered and seen while a component was gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outage {
    /// From the kill until it was started again, seconds.
    pub away_s: f64,
    /// Requests that were due in the window, on all servers that clients talk to.
    pub asked: u64,
    /// Of these, how many failed in any way.
    pub failed: u64,
    /// The longest stretch in which a server that was not killed did not answer an update, seconds.
    pub unanswered_s: f64,
    /// The longest time from an update that a server had answered until another one, neither of them killed, showed it,
    /// seconds.
    pub unseen_s: f64,
    /// Updates that were answered and never shown before the end.
    pub lost: u64,
    /// The load generator's result (`loadgen-run/1`), without histograms.
    pub loadgen: Value,
}

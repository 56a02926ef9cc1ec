use std::collections::BTreeMap;

use loadgen::result::Stalls;
use serde::{Deserialize, Serialize};

use crate::{plan::Plan, variant::LoadKind};

/// `manifest.json`: what was compared, of which versions, on which machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `herd-comparison/3`.
    pub format: String,
    /// Version of this program.
    pub report_version: String,
    /// When it began.
    pub started_unix_s: f64,
    /// Commit of the project, with `-dirty` where files differ from it; `null` outside a checkout.
    pub commit: Option<String>,
    /// The command line.
    pub command: Vec<String>,
    /// The plan, whole.
    pub plan: Plan,
    /// Every variant of the plan, in its order.
    pub participants: Vec<Participant>,
    /// Where it ran.
    pub machine: Machine,
    /// What a wake-up from one processor to another costs here; `null` where it was not measured.
    pub wakeups: Option<Wakeups>,
    /// What the machine check said will be limited.
    pub warnings: Vec<String>,
}

/// One variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Its name.
    pub name: String,
    /// The path of its file.
    #[serde(default)]
    pub file: String,
    /// Its language.
    pub language: String,
    /// Its concurrency model.
    pub model: String,
    /// What it said of its version.
    pub version: Option<String>,
    /// SHA-256 of the files that it is started from, by path.
    pub hashes: Vec<(String, String)>,
    /// Why it does well or badly under a kind of load, as its NOTES explain it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub explains: BTreeMap<LoadKind, String>,
    /// Whether it takes part.
    pub participation: Participation,
}

/// Whether a variant takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum Participation {
    /// It does.
    Takes,
    /// It does not: what is missing and how to install it.
    NotRun(String),
}

/// Where a comparison ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Model of the processor.
    pub processor: String,
    /// What it is a virtual machine of, such as `KVM`; `null` where nothing tells that it is one, and in recordings of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<String>,
    /// Processors that this program may use.
    pub processors: u32,
    /// Memory, KiB.
    pub memory_kib: u64,
    /// Kernel release.
    pub kernel: String,
    /// Name and version of the system.
    pub system: String,
    /// Limits by name: `nofile`, `pid_max`, `max_map_count`, `threads-max`, `ip_local_port_range`.
    pub limits: Vec<(String, String)>,
    /// Load average of the last minute at the start.
    pub load_average: f64,
    /// The spin probe before the first block, as `loadgen` writes it; `null` where none was made.
    pub stalls: Option<Stalls>,
}

/// What it costs to wake a thread by a byte through a pair of sockets, there and back, medians in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wakeups {
    /// Both threads on one processor.
    pub same_us: f64,
    /// Threads on two processors; `null` on a machine of one.
    pub across_us: Option<f64>,
    /// Threads that the system places.
    pub free_us: f64,
}

impl Machine {
    /// Its processor, and that it is a virtual machine where it is one: its processors may be those of others too.
    #[must_use]
    pub fn named(&self) -> String {
        match &self.hypervisor {
            Some(hypervisor) => {
                format!("virtual machine ({hypervisor}; it may share its processors with others), {}", self.processor)
            }
            None => self.processor.clone(),
        }
    }
}

impl Manifest {
    /// What `format` says.
    pub const FORMAT: &str = "herd-comparison/3";
}

/// `end.json`: what was found after the last block. A comparison without it is not complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// `herd-end/1`.
    pub format: String,
    /// When the last run had ended.
    pub ended_unix_s: f64,
    /// Load average of the last minute.
    pub load_average: f64,
    /// The spin probe after the last block, as `loadgen` writes it; `null` where none was made.
    pub stalls: Option<Stalls>,
}

impl End {
    /// What `format` says.
    pub const FORMAT: &str = "herd-end/1";
}

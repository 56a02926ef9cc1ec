use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{admin::exchange, tool::Tool};
use crate::{results::PlacesUse, variant::Process};

/// For the stand-in to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The stand-in for the provider of places: one process for the whole comparison, whose delay is that of the workload.
pub(super) struct Places {
    /// Held until the end, which ends it.
    _process: Process,
    address: SocketAddr,
}

impl Places {
    /// Starts it. Each search gets the same 20 places, so that looking them up costs the servers' processors nothing.
    pub(super) fn start(tool: &Tool) -> anyhow::Result<Self> {
        let arguments = ["places", "--listen", "127.0.0.1:0", "--fixed"].map(str::to_owned);
        let mut process = tool.start(&arguments)?;
        let line = process.ready_line(PATIENCE).context("the stand-in for places does not start")?;
        let address = line.strip_prefix("ready places ").and_then(|address| address.parse().ok());
        let address = address.with_context(|| format!("the stand-in for places said {line:?}"))?;
        Ok(Self { _process: process, address })
    }

    /// What a server is told for its provider.
    pub(super) fn spec(&self) -> String {
        format!("google-legacy=http://{}", self.address)
    }

    /// Sets how long each search takes from now on, and gives what it has done so far.
    pub(super) fn delay(&self, delay_ms: f64) -> anyhow::Result<PlacesUse> {
        self.ask(&format!("POST /delay?{delay_ms}ms"))
    }

    /// What it has done so far.
    pub(super) fn stats(&self) -> anyhow::Result<PlacesUse> {
        self.ask("GET /stats")
    }

    fn ask(&self, request: &str) -> anyhow::Result<PlacesUse> {
        let answer = exchange(self.address, request).context("the stand-in for places does not answer")?;
        let counts: Value = serde_json::from_str(&answer).context("the stand-in for places answers no JSON")?;
        let cpu = &counts["cpu_s"];
        let (Some(requests), Some(user_s), Some(system_s)) =
            (counts["requests"].as_u64(), cpu["user"].as_f64(), cpu["system"].as_f64())
        else {
            bail!("the stand-in for places answers {answer}");
        };
        Ok(PlacesUse { requests, cpu_s: user_s + system_s })
    }
}

/// What was done between two looks.
pub(super) fn between(from: PlacesUse, to: PlacesUse) -> PlacesUse {
    PlacesUse { requests: to.requests - from.requests, cpu_s: to.cpu_s - from.cpu_s }
}

//! What a workload is in words that people use: connections, commands, delay.

use crate::{
    format::{grouped, plain},
    plan::{Pace, Workload},
    variant::LoadKind,
};

impl LoadKind {
    pub(super) fn of(workload: &Workload) -> Self {
        match (workload.iamat, workload.whatsat) {
            _ if workload.idle > 0 => Self::Idle,
            _ if workload.requests_per_connection.is_some() => Self::Short,
            _ if workload.depth > 1 => Self::Pipelined,
            (_, 0) => Self::Updates,
            (0, _) => Self::Searches,
            _ => Self::Mixed,
        }
    }

    /// As what somebody may have: "many idle connections".
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Idle => "many idle connections",
            Self::Short => "short-lived connections",
            Self::Pipelined => "pipelined updates",
            Self::Searches => "searches that wait for a places service",
            Self::Mixed => "updates and searches mixed",
            Self::Updates => "plain updates",
        }
    }
}

/// "1,000 connections that search, places service takes 50 ms".
pub(crate) fn phrase(workload: &Workload) -> String {
    let connections = match workload.connections {
        1 => "one connection".to_owned(),
        more => format!("{} connections", grouped(f64::from(more))),
    };
    let rate = match workload.pace {
        Pace::RatePerS(rate) => Some(grouped(rate)),
        Pace::Closed => None,
    };
    match (LoadKind::of(workload), rate) {
        (LoadKind::Idle, Some(rate)) => {
            format!("{rate} updates a second beside {} idle connections", grouped(f64::from(workload.idle)))
        }
        (LoadKind::Idle, None) => {
            format!("{connections} with updates beside {} idle ones", grouped(f64::from(workload.idle)))
        }
        (LoadKind::Short, _) => {
            format!("{} clients that connect anew for each update", grouped(f64::from(workload.connections)))
        }
        (LoadKind::Pipelined, _) => format!("{connections}, {} updates in flight on each", workload.depth),
        (LoadKind::Searches, _) => format!("{connections} that search, places service {}", delay(workload)),
        (LoadKind::Mixed, _) => format!("{connections}, updates and searches mixed"),
        (LoadKind::Updates, Some(rate)) => format!("{rate} plain updates a second over {connections}"),
        (LoadKind::Updates, None) => format!("{connections} with plain updates"),
    }
}

fn delay(workload: &Workload) -> String {
    match workload.places_delay_ms {
        Some(ms) if ms > 0.0 => format!("takes {} ms", plain(ms)),
        _ => "answers at once".to_owned(),
    }
}

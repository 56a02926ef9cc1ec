use serde::Deserialize;

use super::{Pace, Role, Workload};

/// `[[map]]`: every number of connections with every delay of places, in a closed loop; without searches there is no delay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    connections: Vec<u32>,
    #[serde(default)]
    delays_ms: Vec<f64>,
    #[serde(default)]
    variants: Vec<String>,
    #[serde(default)]
    iamat: u32,
    #[serde(default = "one")]
    whatsat: u32,
    measure_s: Option<f64>,
}

/// `[[rates]]`: one load at several rates, in an open loop.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rates {
    connections: u32,
    #[serde(rename = "rates_per_s")]
    per_s: Vec<f64>,
    #[serde(default)]
    variants: Vec<String>,
    iamat: u32,
    #[serde(default)]
    whatsat: u32,
    places_delay_ms: Option<f64>,
    measure_s: Option<f64>,
}

fn one() -> u32 {
    1
}

impl Map {
    /// Its workloads, `map-dDELAY-cCONNECTIONS`, or `map-updates-cCONNECTIONS` where nothing is searched.
    pub(super) fn workloads(&self) -> Vec<Workload> {
        let cell = |delay_ms: Option<f64>, connections: u32| Workload {
            name: delay_ms.map_or_else(
                || format!("map-updates-c{connections}"),
                |ms| format!("map-d{}-c{connections}", in_name(ms)),
            ),
            role: Role::Map,
            about: delay_ms.map_or_else(
                || format!("{connections} connections that send updates without pause"),
                |ms| format!("{connections} connections without pause, the places service takes {ms} ms"),
            ),
            situation: None,
            variants: self.variants.clone(),
            connections,
            idle: 0,
            depth: 1,
            requests_per_connection: None,
            pace: Pace::Closed,
            iamat: self.iamat,
            whatsat: self.whatsat,
            places_delay_ms: delay_ms,
            measure_s: self.measure_s,
            workers: 1,
            blocks: None,
            steps: Vec::new(),
            idle_alone: false,
            herd: false,
            objective: None,
            topology: None,
        };
        let delays: Vec<Option<f64>> =
            if self.whatsat == 0 { vec![None] } else { self.delays_ms.iter().copied().map(Some).collect() };
        let row = |delay_ms: Option<f64>| self.connections.iter().map(move |connections| cell(delay_ms, *connections));
        delays.into_iter().flat_map(row).collect()
    }
}

impl Rates {
    /// Its workloads, `rate-RATE`.
    pub(super) fn workloads(&self) -> Vec<Workload> {
        let at = |rate_per_s: f64| Workload {
            name: format!("rate-{}", in_name(rate_per_s)),
            role: Role::Rate,
            about: format!("{rate_per_s} requests a second over {} connections", self.connections),
            situation: None,
            variants: self.variants.clone(),
            connections: self.connections,
            idle: 0,
            depth: 1,
            requests_per_connection: None,
            pace: Pace::RatePerS(rate_per_s),
            iamat: self.iamat,
            whatsat: self.whatsat,
            places_delay_ms: self.places_delay_ms,
            measure_s: self.measure_s,
            workers: 1,
            blocks: None,
            steps: Vec::new(),
            idle_alone: false,
            herd: false,
            objective: None,
            topology: None,
        };
        self.per_s.iter().map(|rate_per_s| at(*rate_per_s)).collect()
    }
}

/// A number as it may stand in a name.
fn in_name(number: f64) -> String {
    number.to_string().replace('.', "-")
}

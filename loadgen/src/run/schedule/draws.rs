use std::ops::RangeInclusive;

use super::random::RandomStream;
use crate::run::{HerdLoad, Mix, Plan, RawLoad, Workload};

/// Where clients are: a box of about 70 km around Los Angeles, where the embedded gazetteer has places.
const LATITUDE_UDEG: (i32, u32) = (33_700_000, 600_000);
const LONGITUDE_UDEG: (i32, u32) = (-118_700_000, 800_000);

/// One request, as the seed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// IAMAT of the connection's n-th client at a place in millionths of a degree.
    Iamat { slot: u32, latitude_udeg: i32, longitude_udeg: i32 },
    /// WHATSAT of the connection's n-th client.
    Whatsat { slot: u32, radius_km: u8, bound: u8 },
    /// A line of the file.
    Raw { line: u32 },
}

/// Draws each request from the seed and its place in the trace.
#[derive(Debug)]
pub(crate) struct Draws {
    workload: Workload,
    connections: u32,
    client: RandomStream,
    command: RandomStream,
    latitude: RandomStream,
    longitude: RandomStream,
    radius: RandomStream,
    bound: RandomStream,
    /// Zipf's law, summed up, over all clients in an open loop and over a connection's in a closed one.
    zipf: Vec<f64>,
}

impl Draws {
    pub(crate) fn new(plan: &Plan) -> Self {
        let stream = |stream| RandomStream::new(plan.seed, stream);
        Self {
            workload: plan.workload.clone(),
            connections: plan.connections,
            client: stream(1),
            command: stream(2),
            latitude: stream(3),
            longitude: stream(4),
            radius: stream(5),
            bound: stream(6),
            zipf: zipf(plan),
        }
    }

    /// Connection and request of the n-th arrival of an open loop.
    pub(crate) fn open(&self, n: u64) -> (u32, Request) {
        match &self.workload {
            Workload::Herd(load) => {
                let client = self.client(n, load.clients);
                (client % self.connections, self.herd(load, n, client / self.connections))
            }
            Workload::Raw(load) => (self.client.below(n, self.connections), raw(load, n)),
        }
    }

    /// The k-th request of a connection in a closed loop.
    pub(crate) fn closed(&self, connection: u32, k: u64) -> Request {
        let n = k * u64::from(self.connections) + u64::from(connection);
        match &self.workload {
            Workload::Herd(load) => self.herd(load, n, self.client(n, self.slots(connection))),
            Workload::Raw(load) => raw(load, n),
        }
    }

    /// How many clients a connection has.
    pub(crate) fn slots(&self, connection: u32) -> u32 {
        match &self.workload {
            Workload::Herd(load) => (load.clients - connection.min(load.clients)).div_ceil(self.connections).max(1),
            Workload::Raw(_) => 0,
        }
    }

    /// The first words of a connection's n-th client, or of a connection that speaks once in a while.
    pub(crate) fn first(&self, connection: u32, slot: u32) -> Request {
        match &self.workload {
            // Far from every counter of the trace.
            Workload::Herd(_) => self.iamat(u64::MAX - (u64::from(slot) << 32) - u64::from(connection), slot),
            Workload::Raw(load) => raw(load, 0),
        }
    }

    fn herd(&self, load: &HerdLoad, n: u64, slot: u32) -> Request {
        let Mix { iamat, whatsat } = load.mix;
        if self.command.below(n, iamat + whatsat) < iamat {
            return self.iamat(n, slot);
        }
        let radius_km = within(self.radius, n, &load.radius_km);
        Request::Whatsat { slot, radius_km, bound: within(self.bound, n, &load.bound) }
    }

    fn iamat(&self, n: u64, slot: u32) -> Request {
        let latitude_udeg = LATITUDE_UDEG.0.saturating_add_unsigned(self.latitude.below(n, LATITUDE_UDEG.1));
        let longitude_udeg = LONGITUDE_UDEG.0.saturating_add_unsigned(self.longitude.below(n, LONGITUDE_UDEG.1));
        Request::Iamat { slot, latitude_udeg, longitude_udeg }
    }

    fn client(&self, n: u64, of: u32) -> u32 {
        if self.zipf.is_empty() {
            return self.client.below(n, of);
        }
        // Where a connection has one client less than the first, its last weight falls to that one.
        let place = self.client.unit(n);
        u32::try_from(self.zipf.partition_point(|sum| *sum <= place)).unwrap_or(u32::MAX).min(of - 1)
    }
}

/// The sums of the first weights, scaled to end at 1; none where clients are uniform.
fn zipf(plan: &Plan) -> Vec<f64> {
    let Workload::Herd(load) = &plan.workload else { return Vec::new() };
    if load.skew == 0.0 {
        return Vec::new();
    }
    let ranks = if plan.is_open() { load.clients } else { load.clients.div_ceil(plan.connections) };
    let mut sum = 0.0;
    let sums: Vec<f64> = (1..=ranks)
        .map(|rank| {
            sum += f64::from(rank).powf(-load.skew);
            sum
        })
        .collect();
    sums.into_iter().map(|part| part / sum).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "ranges end at 50 or below (HerdLoad::check)")]
fn within(source: RandomStream, n: u64, range: &RangeInclusive<u32>) -> u8 {
    (range.start() + source.below(n, range.end() - range.start() + 1)) as u8
}

/// The lines go round.
fn raw(load: &RawLoad, n: u64) -> Request {
    Request::Raw { line: u32::try_from(n % load.lines.len() as u64).unwrap_or(0) }
}

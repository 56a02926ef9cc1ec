use std::ops::RangeInclusive;

use regex::bytes::Regex;

use super::{Plan, random::Source};
use crate::result::RunWorkload;

/// Where clients are: a box of about 70 km around Los Angeles, where the embedded gazetteer has places.
const LATITUDE_UDEG: (i32, u32) = (33_700_000, 600_000);
const LONGITUDE_UDEG: (i32, u32) = (-118_700_000, 800_000);

/// A client ID has at most 256 bytes (PROTOCOL 2.1); the number behind the prefix has at most ten.
const LONGEST_PREFIX: usize = 246;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Workload {
    /// IAMAT and WHATSAT.
    Herd(HerdLoad),
    /// Lines of one's own, for a stranger's server.
    Raw(RawLoad),
}

/// A mix of the herd's commands.
#[derive(Clone, Debug)]
pub struct HerdLoad {
    /// Parts of IAMAT and of WHATSAT.
    pub mix: Mix,
    /// Number of clients, at least one for each connection; client i belongs to connection i modulo their number.
    pub clients: u32,
    /// Exponent s of Zipf's law: the i-th client is asked with weight 1 / i^s; 0 is uniform.
    pub skew: f64,
    /// Radii of WHATSAT in km, uniform.
    pub radius_km: RangeInclusive<u32>,
    /// Bounds of WHATSAT, uniform.
    pub bound: RangeInclusive<u32>,
    /// What a client ID begins with; its number follows.
    pub prefix: String,
}

/// Parts of each command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mix {
    /// Parts of IAMAT.
    pub iamat: u32,
    /// Parts of WHATSAT.
    pub whatsat: u32,
}

/// Lines that are sent in turn, each answered by one line.
#[derive(Clone, Debug)]
pub struct RawLoad {
    /// The lines, without LF.
    pub lines: Vec<Vec<u8>>,
    /// What every reply line must match.
    pub expect: Regex,
}

/// One request, as the seed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// IAMAT of the connection's n-th client at a place in millionths of a degree.
    Iamat { slot: u32, latitude_udeg: i32, longitude_udeg: i32 },
    /// WHATSAT of the connection's n-th client.
    Whatsat { slot: u32, radius_km: u8, bound: u8 },
    /// A line of the file.
    Raw { line: u32 },
}

impl Workload {
    pub(super) fn check(&self, connections: u32) -> Result<(), String> {
        match self {
            Self::Herd(load) => load.check(connections),
            Self::Raw(load) if load.lines.is_empty() => Err("the file of --raw holds no line".to_owned()),
            Self::Raw(_) => Ok(()),
        }
    }

    /// What was asked, as a result tells of it.
    pub(super) fn written(&self) -> RunWorkload {
        match self {
            Self::Herd(load) => RunWorkload::Herd {
                iamat: load.mix.iamat,
                whatsat: load.mix.whatsat,
                clients: load.clients,
                skew: load.skew,
                radius_km: [*load.radius_km.start(), *load.radius_km.end()],
                bound: [*load.bound.start(), *load.bound.end()],
            },
            Self::Raw(load) => {
                RunWorkload::Raw { raw_lines: load.lines.len(), expect: load.expect.as_str().to_owned() }
            }
        }
    }

    /// Whether every client must have been told before the load begins (METHOD 1.4).
    pub(super) fn needs_told_clients(&self) -> bool {
        matches!(self, Self::Herd(load) if load.mix.whatsat > 0)
    }
}

impl HerdLoad {
    fn check(&self, connections: u32) -> Result<(), String> {
        if self.clients < connections {
            return Err(format!(
                "{} clients for {connections} connections: a client is bound to its connection, so give at least \
                 --clients {connections}",
                self.clients
            ));
        }
        if self.mix.iamat.checked_add(self.mix.whatsat).is_none_or(|parts| parts == 0) {
            return Err("--mix needs a part above 0".to_owned());
        }
        if *self.radius_km.end() > 50 || *self.bound.end() > 20 {
            return Err("a radius goes up to 50 km and a bound up to 20".to_owned());
        }
        if self.radius_km.is_empty() || self.bound.is_empty() {
            return Err("a range runs from the smaller to the greater number".to_owned());
        }
        if self.prefix.len() > LONGEST_PREFIX || self.prefix.contains(|c: char| c.is_ascii_whitespace() || c == '\x0b')
        {
            return Err(format!("a client prefix has at most {LONGEST_PREFIX} bytes and no white space"));
        }
        if !(self.skew.is_finite() && self.skew >= 0.0) {
            return Err(format!("a skew of {} is no exponent; give 0 or more", self.skew));
        }
        Ok(())
    }
}

/// Draws each request from the seed and its place in the trace.
#[derive(Debug)]
pub(super) struct Draws {
    workload: Workload,
    connections: u32,
    client: Source,
    command: Source,
    latitude: Source,
    longitude: Source,
    radius: Source,
    bound: Source,
    /// Zipf's law, summed up, over all clients in an open loop and over a connection's in a closed one.
    zipf: Vec<f64>,
}

impl Draws {
    pub(super) fn new(plan: &Plan) -> Self {
        let stream = |stream| Source::new(plan.seed, stream);
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
    pub(super) fn open(&self, n: u64) -> (u32, Ask) {
        match &self.workload {
            Workload::Herd(load) => {
                let client = self.client(n, load.clients);
                (client % self.connections, self.herd(load, n, client / self.connections))
            }
            Workload::Raw(load) => (self.client.below(n, self.connections), raw(load, n)),
        }
    }

    /// The k-th request of a connection in a closed loop.
    pub(super) fn closed(&self, connection: u32, k: u64) -> Ask {
        let n = k * u64::from(self.connections) + u64::from(connection);
        match &self.workload {
            Workload::Herd(load) => self.herd(load, n, self.client(n, self.slots(connection))),
            Workload::Raw(load) => raw(load, n),
        }
    }

    /// How many clients a connection has.
    pub(super) fn slots(&self, connection: u32) -> u32 {
        match &self.workload {
            Workload::Herd(load) => (load.clients - connection.min(load.clients)).div_ceil(self.connections).max(1),
            Workload::Raw(_) => 0,
        }
    }

    /// The first words of a connection's n-th client, or of a connection that speaks once in a while.
    pub(super) fn first(&self, connection: u32, slot: u32) -> Ask {
        match &self.workload {
            // Far from every counter of the trace.
            Workload::Herd(_) => self.iamat(u64::MAX - (u64::from(slot) << 32) - u64::from(connection), slot),
            Workload::Raw(load) => raw(load, 0),
        }
    }

    fn herd(&self, load: &HerdLoad, n: u64, slot: u32) -> Ask {
        let Mix { iamat, whatsat } = load.mix;
        if self.command.below(n, iamat + whatsat) < iamat {
            return self.iamat(n, slot);
        }
        let radius_km = within(self.radius, n, &load.radius_km);
        Ask::Whatsat { slot, radius_km, bound: within(self.bound, n, &load.bound) }
    }

    fn iamat(&self, n: u64, slot: u32) -> Ask {
        let latitude_udeg = LATITUDE_UDEG.0.saturating_add_unsigned(self.latitude.below(n, LATITUDE_UDEG.1));
        let longitude_udeg = LONGITUDE_UDEG.0.saturating_add_unsigned(self.longitude.below(n, LONGITUDE_UDEG.1));
        Ask::Iamat { slot, latitude_udeg, longitude_udeg }
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
fn within(source: Source, n: u64, range: &RangeInclusive<u32>) -> u8 {
    (range.start() + source.below(n, range.end() - range.start() + 1)) as u8
}

/// The lines go round.
fn raw(load: &RawLoad, n: u64) -> Ask {
    Ask::Raw { line: u32::try_from(n % load.lines.len() as u64).unwrap_or(0) }
}

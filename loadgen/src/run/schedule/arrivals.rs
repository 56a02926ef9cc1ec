use super::{
    draws::{Draws, Request},
    random::RandomStream,
};
use crate::{
    result::Spacing,
    run::{Pace, Plan},
};

/// How many requests the hash of a trace covers.
const HASHED: u64 = 10_000;

/// One request of an open loop: when it is meant to start, and what it asks on which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Place in the trace, from 0.
    pub(crate) index: u64,
    /// Intended start, in nanoseconds after the start of the schedule.
    pub(crate) at_ns: u64,
    pub(crate) connection: u32,
    pub(crate) request: Request,
}

/// The arrivals of a plan's open loop, one after the other without end; the same for every worker, who takes those of its
/// own connections. So the trace does not depend on their number.
#[derive(Debug)]
pub(crate) struct Arrivals<'a> {
    draws: &'a Draws,
    gaps: RandomStream,
    spacing: Spacing,
    gap_ns: f64,
    index: u64,
    /// Sum of the gaps so far. A float of 53 bits is exact to the nanosecond for a hundred days.
    at_ns: f64,
}

impl<'a> Arrivals<'a> {
    pub(crate) fn new(seed: u64, rate_per_s: f64, spacing: Spacing, draws: &'a Draws) -> Self {
        Self { draws, gaps: RandomStream::new(seed, 0), spacing, gap_ns: 1e9 / rate_per_s, index: 0, at_ns: 0.0 }
    }

    /// Place and time of the next arrival alone.
    fn step(&mut self) -> (u64, u64) {
        let index = self.index;
        self.index += 1;
        self.at_ns = match self.spacing {
            // 1 - u is never 0, so its logarithm is finite.
            Spacing::Poisson => self.at_ns - (1.0 - self.gaps.unit(index)).ln() * self.gap_ns,
            Spacing::Constant => self.gap_ns * self.index as f64,
        };
        (index, whole(self.at_ns))
    }
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let (index, at_ns) = self.step();
        let (connection, request) = self.draws.open(index);
        Some(Arrival { index, at_ns, connection, request })
    }
}

/// A hash of the first 10,000 requests, as 16 hexadecimal digits: two runs with the same one ask the same. It covers
/// when (in an open loop), on which connection and what; a closed loop is taken in rounds over its connections.
#[must_use]
pub fn trace_hash(plan: &Plan) -> String {
    let draws = Draws::new(plan);
    let mut hash = Fnv::default();
    match plan.pace {
        Pace::RatePerS(rate_per_s) => {
            let count = usize::try_from(HASHED).unwrap_or(usize::MAX);
            for arrival in Arrivals::new(plan.seed, rate_per_s, plan.spacing, &draws).take(count) {
                hash.add(arrival.at_ns);
                hash.add_request(arrival.connection, arrival.request);
            }
        }
        Pace::Closed => {
            let connections = u64::from(plan.connections);
            for n in 0..HASHED {
                let connection = u32::try_from(n % connections).unwrap_or(0);
                hash.add_request(connection, draws.closed(connection, n / connections));
            }
        }
    }
    format!("{:016x}", hash.0)
}

/// FNV-1a with 64 bits (RFC 9923): two traces are told apart, nobody forges one.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn add_request(&mut self, connection: u32, request: Request) {
        let (kind, slot, first, second) = match request {
            Request::Iamat { slot, latitude_udeg, longitude_udeg } => {
                (1, slot, latitude_udeg.cast_unsigned(), longitude_udeg.cast_unsigned())
            }
            Request::Whatsat { slot, radius_km, bound } => (2, slot, u32::from(radius_km), u32::from(bound)),
            Request::Raw { line } => (3, 0, line, 0),
        };
        self.add((u64::from(connection) << 32) | kind);
        self.add((u64::from(slot) << 32) | u64::from(first));
        self.add(u64::from(second));
    }
}

/// The nanoseconds of a time that is never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of gaps, none of them negative")]
fn whole(ns: f64) -> u64 {
    ns as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{HerdLoad, Workload, plan::tests::plan};

    fn herd(plan: &Plan) -> &HerdLoad {
        let Workload::Herd(load) = &plan.workload else { panic!("the plan's workload is the herd's") };
        load
    }

    fn arrivals(plan: &Plan, count: usize) -> Vec<Arrival> {
        let draws = Draws::new(plan);
        let Pace::RatePerS(rate_per_s) = plan.pace else { panic!("the plan is an open loop") };
        Arrivals::new(plan.seed, rate_per_s, plan.spacing, &draws).take(count).collect()
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_variance_of_an_exponential() {
        let found = arrivals(&plan(), 100_000);
        let gaps_ms: Vec<f64> = found.windows(2).map(|pair| (pair[1].at_ns - pair[0].at_ns) as f64 / 1e6).collect();
        let n = gaps_ms.len() as f64;
        let mean = gaps_ms.iter().sum::<f64>() / n;
        let variance = gaps_ms.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / n;
        // At 1,000/s both are 1; their standard errors are 0.003 and 0.009.
        assert!((mean - 1.0).abs() < 0.015, "{mean}");
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
    }

    #[test]
    fn poisson_counts_vary_as_much_as_their_mean() {
        let found = arrivals(&plan(), 100_000);
        let mut counts = vec![0_u32; 1_000];
        for arrival in &found {
            if let Some(count) = counts.get_mut((arrival.at_ns / 50_000_000) as usize) {
                *count += 1;
            }
        }
        let mean = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / 1e3;
        let variance = counts.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / 1e3;
        // 50 in each of a thousand slots of 50 ms; the ratio has a standard error of 0.045.
        assert!((variance / mean - 1.0).abs() < 0.2, "{variance} / {mean}");
    }

    #[test]
    fn constant_arrivals_do_not_drift() {
        let constant = Plan { pace: Pace::RatePerS(3.0), spacing: Spacing::Constant, ..plan() };
        let found = arrivals(&constant, 30_000);
        assert_eq!(found[2].at_ns, 1_000_000_000);
        assert_eq!(found[29_999].at_ns, 10_000_000_000_000);
    }

    #[test]
    fn the_trace_is_of_the_seed_and_not_of_the_workers() {
        assert_eq!(trace_hash(&plan()), trace_hash(&Plan { workers: 3, ..plan() }));
        assert_ne!(trace_hash(&plan()), trace_hash(&Plan { seed: 2, ..plan() }));
        assert_ne!(trace_hash(&plan()), trace_hash(&Plan { pace: Pace::Closed, ..plan() }));
    }

    #[test]
    fn every_client_has_its_connection_and_the_mix_is_kept() {
        let plan = plan();
        let mut whatsats = 0_u32;
        for arrival in arrivals(&plan, 10_000) {
            let (Request::Iamat { slot, .. } | Request::Whatsat { slot, .. }) = arrival.request else {
                panic!("no raw line")
            };
            assert!(slot * plan.connections + arrival.connection < herd(&plan).clients);
            if let Request::Whatsat { radius_km, bound, .. } = arrival.request {
                assert!((1..=50).contains(&radius_km) && bound <= 20);
                whatsats += 1;
            }
        }
        // A quarter of them, with a standard error of 43.
        assert!(whatsats.abs_diff(2_500) < 250, "{whatsats}");
    }

    #[test]
    fn a_skew_follows_zipf() {
        let load = HerdLoad { skew: 1.0, ..herd(&plan()).clone() };
        let plan = Plan { workload: Workload::Herd(load), ..plan() };
        let mut asked = vec![0_u32; 95];
        for arrival in arrivals(&plan, 100_000) {
            let (Request::Iamat { slot, .. } | Request::Whatsat { slot, .. }) = arrival.request else {
                panic!("no raw line")
            };
            asked[(slot * plan.connections + arrival.connection) as usize] += 1;
        }
        let ratio = |rank: usize| f64::from(asked[0]) / f64::from(asked[rank - 1]);
        assert!((ratio(2) - 2.0).abs() < 0.15 && (ratio(10) - 10.0).abs() < 1.5, "{} {}", ratio(2), ratio(10));
    }
}

/// A server that answers a connection's requests one after the other, after one of `services_s` that all are as frequent;
/// constant arrivals, spread over the connections at random, one outstanding on each; and one freeze within the window.
/// All times in seconds.
///
/// A request that is due u after the freeze began finds what is left of the freeze, F - u, and the requests of its
/// connection that have gathered since, which take rho u, where rho is the share of its time that a connection is busy.
/// So it waits F - (1 - rho) u, until that is nothing at u = F / (1 - rho): waits are uniform over (0, F], for a share
/// F / ((1 - rho) T) of the window T, and the service time comes on top. A request in service when the freeze begins is
/// answered at its end, and all others after their service time; that one may have to wait for another before it on the
/// same connection is left out, and moves no percentile that lies within a step of the service times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) services_s: Vec<f64>,
    pub(super) freeze_s: f64,
    pub(super) window_s: f64,
    /// The share of its time that a connection is busy, the freeze aside.
    pub(super) busy: f64,
}

impl Model {
    /// The latency that this share of the requests does not exceed.
    pub(super) fn quantile_s(&self, share: f64) -> f64 {
        let (mut low, mut high) = (0.0, self.max_s());
        // Halved so often, the interval is below a nanosecond.
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            if self.share_above(middle) > 1.0 - share { low = middle } else { high = middle }
        }
        high
    }

    /// The longest latency: of a request that is due just when the freeze begins.
    pub(super) fn max_s(&self) -> f64 {
        self.freeze_s + self.services_s.iter().copied().fold(0.0, f64::max)
    }

    /// The share of the requests that take longer than this.
    fn share_above(&self, latency_s: f64) -> f64 {
        let (frozen, caught) = self.shares();
        let count = self.services_s.len() as f64;
        let sum_s: f64 = self.services_s.iter().sum();
        let of_service = |service_s: &f64| {
            let waiting = ((self.freeze_s + service_s - latency_s) / self.freeze_s).clamp(0.0, 1.0);
            let in_service = ((self.freeze_s + service_s - latency_s) / service_s).clamp(0.0, 1.0);
            let free = f64::from(u8::from(*service_s > latency_s));
            (frozen * waiting + (1.0 - frozen - caught) * free) / count + caught * in_service * service_s / sum_s
        };
        self.services_s.iter().map(of_service).sum()
    }

    /// Shares of the requests that wait because of the freeze, and that it catches in service.
    fn shares(&self) -> (f64, f64) {
        let mean_s = self.services_s.iter().sum::<f64>() / self.services_s.len() as f64;
        (self.freeze_s / ((1.0 - self.busy) * self.window_s), mean_s / self.window_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RandomStream;

    const RATE_PER_S: f64 = 1_000.0;
    const CONNECTIONS: u32 = 25;

    fn model() -> Model {
        let mean_s = 0.004;
        let busy = RATE_PER_S / f64::from(CONNECTIONS) * mean_s;
        Model { services_s: vec![0.002, 0.006], freeze_s: 1.0, window_s: 5.0, busy }
    }

    /// Every request of the window in turn, as such a server would answer it.
    fn simulated(model: &Model, seed: u64) -> Vec<f64> {
        let (from_s, to_s) = (1.0, 1.0 + model.freeze_s);
        let mut free_s = [0.0_f64; CONNECTIONS as usize];
        let draws = RandomStream::new(seed, 0);
        let mut latencies_s = Vec::new();
        for n in 0..5_000_u32 {
            let due_s = f64::from(n) / RATE_PER_S;
            let connection = draws.below(u64::from(n), CONNECTIONS) as usize;
            let begun_s = due_s.max(free_s[connection]);
            let begun_s = if (from_s..to_s).contains(&begun_s) { to_s } else { begun_s };
            let done_s = begun_s + model.services_s[n as usize % model.services_s.len()];
            let done_s = if (from_s..to_s).contains(&done_s) { to_s } else { done_s };
            free_s[connection] = done_s;
            latencies_s.push(done_s - due_s);
        }
        latencies_s.sort_unstable_by(f64::total_cmp);
        latencies_s
    }

    #[test]
    fn the_closed_form_is_what_a_simulation_finds() {
        for seed in 0..20 {
            let latencies_s = simulated(&model(), seed);
            for (share, tolerance_s) in [(0.5, 0.001), (0.8, 0.02), (0.9, 0.02), (0.99, 0.01)] {
                let rank = (share * latencies_s.len() as f64).ceil();
                let found_s = latencies_s.iter().zip(1..).find(|(_, n)| f64::from(*n) >= rank).unwrap().0;
                let expected_s = model().quantile_s(share);
                assert!((found_s - expected_s).abs() < tolerance_s, "{share}: {found_s} and not {expected_s}");
            }
            let longest_s = latencies_s.last().unwrap();
            assert!((longest_s - model().max_s()).abs() < 0.02, "{longest_s}");
        }
    }

    #[test]
    fn without_waiting_the_percentiles_are_those_worked_by_hand() {
        // A fifth of the requests fall into the freeze. A tenth of all waits half of it or more.
        let model = Model { services_s: vec![1e-9], freeze_s: 1.0, window_s: 5.0, busy: 0.0 };
        assert!((model.quantile_s(0.9) - 0.5).abs() < 1e-6);
        assert!((model.quantile_s(0.99) - 0.95).abs() < 1e-6);
        assert!(model.quantile_s(0.5) < 1e-6);
    }

    #[test]
    fn a_percentile_on_a_step_is_that_service_time() {
        assert!((model().quantile_s(0.5) - 0.006).abs() < 1e-8);
        assert!((model().quantile_s(0.2) - 0.002).abs() < 1e-8);
    }
}

use crate::result::Verdict;

/// What the generator needs to know of a run to judge itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// 99th percentiles of wake lag and of latency from the intended start, in µs.
    pub(crate) wake_lag_p99_us: f64,
    pub(crate) latency_p99_us: f64,
    /// Share of the window that the busiest worker was not waiting.
    pub(crate) busiest: f64,
    /// Share of what the server can use that it used; `None` where its process is not known.
    pub(crate) server_share: Option<f64>,
    /// Arrivals of the window, and those of them that were seen within it.
    pub(crate) due: u64,
    pub(crate) seen_in_time: u64,
    pub(crate) idle_share: Option<f64>,
    pub(crate) is_open: bool,
    /// Dials for which this machine had no port left.
    pub(crate) out_of_ports: u64,
}

/// Wake lag may be a tenth of the latency, or this much, in µs.
const LAG_US: f64 = 250.0;

impl Verdict {
    pub(crate) fn of(evidence: &Evidence) -> Self {
        let Evidence { wake_lag_p99_us, latency_p99_us, busiest, server_share, due, seen_in_time, .. } = *evidence;
        let mut generator_limited = Vec::new();
        let allowed_us = (latency_p99_us / 10.0).max(LAG_US);
        if evidence.is_open && wake_lag_p99_us > allowed_us {
            generator_limited.push(format!(
                "wake lag p99 {wake_lag_p99_us:.0} µs is above {allowed_us:.0} µs: it saw requests due too late"
            ));
        }
        let box_bound = evidence.idle_share.is_some_and(|share| share < 0.1);
        // With nothing idle, what the server does not use the generator does, and the other way round.
        if busiest >= 0.95 && !box_bound && server_share.is_none_or(|share| share < 0.9) {
            let server = server_share.map_or("the server's use is not known (--server-pid)".to_owned(), |share| {
                format!("the server used {:.0} % of what it can", share * 100.0)
            });
            generator_limited.push(format!("a worker was busy {:.0} % of the time, and {server}", busiest * 100.0));
        }
        if evidence.is_open && !is_offered(due, seen_in_time) {
            generator_limited.push(format!("of {due} requests due in the window only {seen_in_time} were seen in it"));
        }
        if evidence.out_of_ports > 0 {
            generator_limited.push(format!("{} dials found no free port on this machine", evidence.out_of_ports));
        }
        Self { generator_limited, box_bound, overloaded: None, interrupted: false }
    }
}

/// Whether at least 99 % of what was due in the window was seen in it.
pub(crate) fn is_offered(due: u64, seen_in_time: u64) -> bool {
    seen_in_time as f64 >= due as f64 * 0.99
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Evidence = Evidence {
        wake_lag_p99_us: 80.0,
        latency_p99_us: 900.0,
        busiest: 0.4,
        server_share: Some(0.3),
        due: 1_000,
        seen_in_time: 1_000,
        idle_share: Some(0.5),
        is_open: true,
        out_of_ports: 0,
    };

    fn is_generator_limited(evidence: Evidence) -> bool {
        Verdict::of(&evidence).is_generator_limited()
    }

    #[test]
    fn wake_lag_may_be_a_quarter_of_a_millisecond_or_a_tenth_of_the_latency() {
        assert!(!is_generator_limited(FINE));
        assert!(is_generator_limited(Evidence { wake_lag_p99_us: 251.0, ..FINE }));
        assert!(!is_generator_limited(Evidence { wake_lag_p99_us: 251.0, latency_p99_us: 2_520.0, ..FINE }));
        assert!(!is_generator_limited(Evidence { wake_lag_p99_us: 251.0, is_open: false, ..FINE }));
    }

    #[test]
    fn a_busy_worker_is_excused_by_a_busy_server_alone() {
        assert!(is_generator_limited(Evidence { busiest: 0.95, ..FINE }));
        assert!(is_generator_limited(Evidence { busiest: 0.95, server_share: None, ..FINE }));
        assert!(!is_generator_limited(Evidence { busiest: 0.99, server_share: Some(0.9), ..FINE }));
    }

    #[test]
    fn ports_that_run_out_are_its_own() {
        let verdict = Verdict::of(&Evidence { out_of_ports: 7, is_open: false, ..FINE });
        assert_eq!(verdict.generator_limited, ["7 dials found no free port on this machine"]);
    }

    #[test]
    fn requests_that_are_not_seen_are_its_limit() {
        assert!(is_generator_limited(Evidence { seen_in_time: 989, ..FINE }));
        assert!(!is_generator_limited(Evidence { seen_in_time: 990, ..FINE }));
    }

    #[test]
    fn a_full_machine_is_no_fault() {
        let verdict = Verdict::of(&Evidence { idle_share: Some(0.05), ..FINE });
        assert!(verdict.box_bound && !verdict.is_generator_limited());
        assert!(verdict.line().starts_with("generator ok; CPU-bound together with the server"));
    }

    #[test]
    fn on_a_full_machine_a_busy_worker_is_no_fault_and_a_late_one_is() {
        let full = Evidence { idle_share: Some(0.05), busiest: 0.99, server_share: Some(0.6), ..FINE };
        assert!(!is_generator_limited(full));
        assert!(is_generator_limited(Evidence { idle_share: Some(0.05), wake_lag_p99_us: 1_000.0, ..FINE }));
        assert!(is_generator_limited(Evidence { idle_share: None, busiest: 0.99, server_share: Some(0.6), ..FINE }));
    }
}

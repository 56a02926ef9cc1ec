//! Short plans.

use std::{
    net::SocketAddr,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use loadgen::{
    http::Transport,
    result::Spacing,
    run::{HerdLoad, HerdObservation, LiveFigures, Measurement, Mix, Pace, Plan, Poll, Spread, Workload, run},
};

/// More than a loaded machine takes for a reply.
const TIMEOUT: Duration = Duration::from_secs(3);
/// For a server that is silent anyway.
pub(crate) const SHORT: Duration = Duration::from_millis(300);
/// What a loaded machine may add to a duration.
const GRACE: Duration = Duration::from_secs(3);

/// IAMAT over four connections for half a second, 200 a second.
pub(crate) fn plan(target: SocketAddr) -> Plan {
    Plan {
        targets: vec![target],
        spread: Spread::RoundRobin,
        transport: Transport::Lines,
        connections: 4,
        idle: 0,
        idle_interval: Duration::from_mins(2),
        workers: 1,
        pace: Pace::RatePerS(200.0),
        spacing: Spacing::Poisson,
        depth: 1,
        requests_per_connection: None,
        warmup: Duration::from_millis(50),
        duration: Duration::from_millis(500),
        requests: None,
        timeout: TIMEOUT,
        seed: 1,
        workload: iamat(1, 0),
        backlog: 100_000,
        abort_if_behind: None,
        poll: Poll::Sleep,
        server: None,
        stall_probe: Duration::ZERO,
        herd: HerdObservation::default(),
    }
}

pub(crate) fn iamat(iamat: u32, whatsat: u32) -> Workload {
    Workload::Herd(HerdLoad {
        mix: Mix { iamat, whatsat },
        clients: 40,
        skew: 0.0,
        radius_km: 10..=10,
        bound: 5..=5,
        prefix: "load-".to_owned(),
    })
}

/// Runs a plan, and insists that it ends one time-out after its window at the latest.
pub(crate) fn drive(plan: &Plan) -> Measurement {
    let begun = Instant::now();
    let measurement = run(plan, &AtomicBool::new(false), LiveFigures::Off, &mut |_| {}).unwrap();
    let most = plan.warmup + plan.duration + plan.timeout + GRACE;
    assert!(begun.elapsed() < most, "took {:?}", begun.elapsed());
    assert_eq!(measurement.intended.count(), measurement.requests(), "every request is answered or has failed");
    measurement
}

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::model::Model;
use crate::{
    http::Transport,
    result::Spacing,
    run::{
        HerdLoad, HerdObservation, LiveFigures, Measurement, Mix, Pace, Plan, Poll, Progress, Spread, Workload, run,
    },
    serving::Child,
};

/// What is arranged: the load, the server's service times, its freeze, and what may be off.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) rate_per_s: f64,
    pub(super) connections: u32,
    pub(super) window: Duration,
    pub(super) services: [Duration; 2],
    pub(super) freeze: Duration,
    /// What a latency may be off, beside a share of it: what a busy machine adds to a sleep.
    pub(super) grace: Duration,
    /// What the maximum alone may be off on top: for how long the machine itself may stand still at the worst moment.
    pub(super) stall: Duration,
    /// The window of the second part, in which some requests are not answered.
    pub(super) silent_window: Duration,
}

/// Load before the window. It outlasts what the first requests of all connections cost.
const WARMUP: Duration = Duration::from_millis(300);
/// A request of the first part has failed only if something is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// The second part: this rate over so many connections that few requests wait behind one that is not answered, every
/// eighth of which is not, and this time-out.
const SILENT_RATE_PER_S: f64 = 400.0;
const SILENT_CONNECTIONS: u32 = 400;
pub(super) const SILENT_EVERY: u32 = 8;
pub(super) const TIMEOUT: Duration = Duration::from_millis(300);

impl Trial {
    /// For a machine at rest: a freeze of a second in five, and service times of a few milliseconds.
    pub(super) fn whole() -> Self {
        Self {
            rate_per_s: 1_000.0,
            connections: 25,
            window: Duration::from_secs(5),
            services: [Duration::from_millis(2), Duration::from_millis(6)],
            freeze: Duration::from_secs(1),
            grace: Duration::from_millis(1),
            stall: Duration::from_millis(20),
            silent_window: Duration::from_secs(3),
        }
    }

    /// For a machine that is busy with other tests: shorter, with service times that stand out from the noise.
    pub(super) fn short() -> Self {
        Self {
            rate_per_s: 500.0,
            connections: 40,
            window: Duration::from_millis(2_500),
            services: [Duration::from_millis(4), Duration::from_millis(12)],
            freeze: Duration::from_millis(500),
            grace: Duration::from_millis(5),
            stall: Duration::from_millis(250),
            silent_window: Duration::from_secs(1),
        }
    }

    /// The first part, with a freeze of the server in its window; and how long that lasted.
    pub(super) fn frozen(&self) -> anyhow::Result<(Measurement, Duration)> {
        let server = Child::start("selftest-server", &[self.services_flag()])?;
        let plan = plan(&server, self.rate_per_s, self.connections, self.window, PATIENCE);
        let at = WARMUP + self.window / 5;
        let (mut frozen, mut lasted) = (None, None);
        let mut failed = Ok(());
        let measurement = run(&plan, &AtomicBool::new(false), LiveFigures::Off, &mut |progress| {
            let Progress::Running { elapsed, .. } = progress else { return };
            match frozen {
                None if elapsed >= at => {
                    failed = failed.and(server.freeze());
                    frozen = Some(Instant::now());
                }
                Some(since) if lasted.is_none() && since.elapsed() >= self.freeze => {
                    failed = failed.and(server.thaw());
                    lasted = Some(since.elapsed());
                }
                Some(_) | None => {}
            }
        })?;
        failed.context("cannot freeze the server")?;
        let lasted = lasted.context("the run ended before the freeze did")?;
        ensure!(lasted < self.freeze * 3 / 2, "the freeze lasted {lasted:?}: this machine is too busy for a self-test");
        Ok((measurement, lasted))
    }

    /// The second part: some requests are not answered.
    pub(super) fn silent(&self) -> anyhow::Result<Measurement> {
        let server =
            Child::start("selftest-server", &[self.services_flag(), format!("--silent-every={SILENT_EVERY}")])?;
        let plan = plan(&server, SILENT_RATE_PER_S, SILENT_CONNECTIONS, self.silent_window, TIMEOUT);
        run(&plan, &AtomicBool::new(false), LiveFigures::Off, &mut |_| {})
    }

    /// What the first part is to find, with the freeze as long as it was.
    pub(super) fn model(&self, freeze: Duration) -> Model {
        let services_s: Vec<f64> = self.services.iter().map(Duration::as_secs_f64).collect();
        let mean_s = services_s.iter().sum::<f64>() / services_s.len() as f64;
        let busy = self.rate_per_s / f64::from(self.connections) * mean_s;
        Model { services_s, freeze_s: freeze.as_secs_f64(), window_s: self.window.as_secs_f64(), busy }
    }

    fn services_flag(&self) -> String {
        let [first, second] = self.services.map(|service| format!("{}us", service.as_micros()));
        format!("--services={first},{second}")
    }
}

/// A part's load.
fn plan(server: &Child, rate_per_s: f64, connections: u32, window: Duration, timeout: Duration) -> Plan {
    Plan {
        targets: vec![server.addr()],
        spread: Spread::RoundRobin,
        transport: Transport::Lines,
        connections,
        idle: 0,
        idle_interval: PATIENCE,
        workers: 1,
        pace: Pace::RatePerS(rate_per_s),
        spacing: Spacing::Constant,
        depth: 1,
        requests_per_connection: None,
        warmup: WARMUP,
        duration: window,
        requests: None,
        timeout,
        seed: 1,
        workload: Workload::Herd(HerdLoad {
            mix: Mix { iamat: 1, whatsat: 0 },
            clients: connections,
            skew: 0.0,
            radius_km: 10..=10,
            bound: 5..=5,
            prefix: "selftest-".to_owned(),
        }),
        backlog: 100_000,
        abort_if_behind: None,
        poll: Poll::Sleep,
        server: None,
        stall_probe: Duration::ZERO,
        herd: HerdObservation::default(),
    }
}

use std::{sync::atomic::AtomicBool, time::Duration};

use anyhow::{Context, ensure};
use regex::bytes::Regex;

use crate::{
    http::Transport,
    run::{HerdLoad, HerdObservation, LiveFigures, Mix, Pace, Plan, Progress, RawLoad, ServerProcess, Workload, run},
    serving::Child,
};

/// A ceiling needs no long window, and the load waits for it.
const LONGEST: Duration = Duration::from_secs(3);
const WARMUP: Duration = Duration::from_millis(500);

/// Measures what the generator reaches with the shape of this plan, in a closed loop, against a null server in a process of
/// its own. In replies a second.
pub(crate) fn measure(
    plan: &Plan,
    interrupt: &AtomicBool,
    live_figures: LiveFigures,
    show: &mut dyn FnMut(Progress),
) -> anyhow::Result<f64> {
    let (workload, answers) = bare(&plan.workload)?;
    let server =
        Child::start("null", &[["--model=epoll", "--workers=1"].map(str::to_owned).to_vec(), answers].concat())?;
    let bare = Plan {
        targets: vec![server.addr()],
        transport: Transport::Lines,
        idle: 0,
        pace: Pace::Closed,
        warmup: WARMUP,
        duration: plan.duration.min(LONGEST),
        requests: None,
        workload,
        abort_if_behind: None,
        server: Some(ServerProcess { pid: server.pid(), processors: Some(1) }),
        stall_probe: Duration::ZERO,
        herd: HerdObservation::default(),
        ..plan.clone()
    };
    let measurement = run(&bare, interrupt, live_figures, show).context("cannot measure the null server's ceiling")?;
    ensure!(!measurement.verdict.interrupted, "interrupted before the load began");
    let (failed, requests) = (measurement.faults().total() - measurement.faults().unfinished, measurement.requests());
    ensure!(failed == 0, "the null server failed {failed} of {requests} requests, so there is no ceiling");
    Ok(measurement.throughput_per_s())
}

/// The load that a null server can answer, and what tells it how.
fn bare(workload: &Workload) -> anyhow::Result<(Workload, Vec<String>)> {
    Ok(match workload {
        // A null server knows no places, so of a mix only the IAMATs are left.
        Workload::Herd(load) => {
            let mix = Mix { iamat: 1, whatsat: 0 };
            (Workload::Herd(HerdLoad { mix, ..load.clone() }), vec!["--echo".to_owned()])
        }
        Workload::Raw(load) => {
            let expect = Regex::new("^AT ")?;
            (Workload::Raw(RawLoad { expect, ..load.clone() }), Vec::new())
        }
    })
}

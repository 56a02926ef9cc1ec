use anyhow::Context;
use loadgen::result::RunResult;

use super::Measurement;
use crate::{
    plan::{Gates, Plan, Workload},
    results::{MemoryStep, Status},
    runner::{
        environment::Environment,
        load::Load,
        server::{PausedUse, Server, await_rest},
        validity::{Evidence, Purpose, judge},
    },
    variant::Variant,
};

/// Which connections a series of steps is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Idle,
    Active,
}

/// Reads a variant's memory at each step: idle connections in one fresh server, busy ones in another, each from the fewest
/// on. What a server has once taken it may keep, so that only the way up tells what a connection costs.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    variant: &Variant,
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Measurement> {
    let load = Load::of(workload, plan, block);
    let mut measurement = Measurement::default();
    let kinds: &[Kind] = if workload.idle_alone { &[Kind::Idle] } else { &[Kind::Idle, Kind::Active] };
    for kind in kinds {
        let status = climb(environment, variant, workload, (*kind, &plan.gates), &load, &mut measurement)?;
        if status != Status::Measured {
            measurement.status = status;
            break;
        }
    }
    Ok(measurement)
}

/// The steps of one kind, in a server of their own.
fn climb(
    environment: &Environment,
    variant: &Variant,
    workload: &Workload,
    (kind, gates): (Kind, &Gates),
    load: &Load,
    measurement: &mut Measurement,
) -> anyhow::Result<Status> {
    let mut server = match Server::start(variant, &environment.launch_of(variant)) {
        Ok(server) => server,
        Err(error) => return Ok(Status::Failed(format!("the server could not be started: {error}"))),
    };
    measurement.server_command.clone_from(&server.command);
    environment.places.delay(load.delay_ms)?;
    for step in &workload.steps {
        let load = match kind {
            Kind::Idle => load.idle_step(*step),
            Kind::Active => load.active_step(*step),
        };
        // The connections of the step before must be gone.
        await_rest(&[&server]);
        let driven = environment.drive::<RunResult>(&load, &server)?;
        measurement.command = driven.command;
        let (server_end, server_said) = (server.ended(), server.said());
        let evidence = Evidence {
            purpose: Purpose::Memory,
            load: driven.result.as_ref(),
            said: &driven.said,
            server_end: server_end.as_deref(),
            server_said: &server_said,
            asked: u64::MAX,
        };
        let status = judge(&evidence, gates, &PausedUse::default());
        match driven.result {
            Some(result) if status == Status::Measured => measurement.memory.push(read(*step, kind, &result)?),
            Some(_) | None => return Ok(status),
        }
    }
    Ok(Status::Measured)
}

/// What was held at a step: with idle connections when all stood, with busy ones under load.
fn read(connections: u32, kind: Kind, result: &RunResult) -> anyhow::Result<MemoryStep> {
    let moments = result.server.context("the load generator does not tell what the server holds")?;
    let held = match kind {
        Kind::Idle => moments.opened,
        Kind::Active => moments.end,
    };
    let page_kib = rustix::param::page_size() as u64 / 1024;
    let tcp_kib = held.tcp_pages.unwrap_or(0) * page_kib;
    Ok(MemoryStep { connections, is_active: kind == Kind::Active, held, tcp_kib })
}

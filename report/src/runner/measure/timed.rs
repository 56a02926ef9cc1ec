use super::Measurement;
use crate::{
    plan::{Plan, Workload},
    results::Status,
    runner::{
        environment::{Environment, between},
        load::{Load, Loaded},
        server::{Metrics, PausedServers, Server, await_idle},
        servers::BlockServers,
        validity::{Evidence, Purpose, judge},
    },
    variant::Variant,
};

/// Drives a workload whose requests are timed.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    servers: &mut BlockServers,
    variant: &Variant,
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Measurement> {
    let load = Load::of(workload, plan, block);
    drive(environment, plan, servers, variant, workload, (&load, judge))
}

/// Drives a load on one server of a block while the others are paused.
pub(super) fn drive<T: Loaded>(
    environment: &Environment,
    plan: &Plan,
    servers: &mut BlockServers,
    variant: &Variant,
    workload: &Workload,
    (load, judge): (&Load, impl Fn(&Evidence<'_, T>) -> Status),
) -> anyhow::Result<Measurement> {
    if let Err(why) = servers.revive(variant, plan, environment)? {
        return Ok(Measurement::excluded(why));
    }
    let from = environment.places.delay(load.delay_ms)?;
    let Some(server) = servers.server(&variant.name) else { return Ok(Measurement::default()) };
    server.resume();
    await_idle(server);
    let paused = PausedServers::begin(servers.others(&variant.name));
    let before = journal_dropped(variant, server);
    let driven = environment.drive::<T>(load, server)?;
    let after = journal_dropped(variant, server);
    server.pause();
    let paused = paused.end();
    let places = between(from, environment.places.stats()?);
    let server_command = server.command.clone();
    let (ended, server_said) = servers.note(&variant.name, driven.replies());
    let status = judge(&Evidence {
        purpose: Purpose::Times,
        load: driven.result.as_ref(),
        said: &driven.said,
        server_end: ended.as_deref(),
        server_said: &server_said,
        asked: places.requests,
        paused: &paused,
        most_steal: plan.margins.throughput,
    });
    Ok(Measurement {
        status,
        command: driven.command.clone(),
        server_command,
        waiting_cpu_share: paused.share,
        places: (workload.whatsat > 0).then_some(places),
        journal_dropped: before.zip(after).map(|(before, after)| after.saturating_sub(before)),
        loadgen: driven.kept(),
        ..Measurement::default()
    })
}

/// Events that a server's journal has lost so far; `None` for one that keeps none, or does not tell.
fn journal_dropped(variant: &Variant, server: &Server) -> Option<u64> {
    let admin = server.admin().filter(|_| variant.keeps_journal())?;
    Metrics::of(admin)?.sum("herd_journal_dropped_events_total")
}

use super::Measurement;
use crate::{
    plan::{Plan, Workload},
    results::Status,
    runner::{
        environment::{Environment, between},
        load::{Load, Loaded},
        server::{PausedServers, PausedUse, await_rest},
        servers::BlockServers,
        validity::{Evidence, Purpose},
    },
    variant::Variant,
};

/// Drives a load on one server of a block while the others are paused.
pub(super) fn drive<T: Loaded>(
    environment: &Environment,
    plan: &Plan,
    servers: &mut BlockServers,
    variant: &Variant,
    workload: &Workload,
    (load, judge): (&Load, impl Fn(&Evidence<'_, T>, &PausedUse) -> Status),
) -> anyhow::Result<Measurement> {
    if let Err(why) = servers.revive(variant, plan, environment)? {
        return Ok(Measurement::failed(why));
    }
    environment.places.delay(load.delay_ms)?;
    let from = environment.places.stats(&variant.name)?;
    let Some(server) = servers.server(&variant.name) else { return Ok(Measurement::default()) };
    server.resume();
    await_rest(&[server]);
    let paused = PausedServers::begin(servers.all_but(&[&variant.name]));
    let driven = environment.drive::<T>(load, server)?;
    server.pause();
    let paused = paused.end();
    let places = between(from, environment.places.stats(&variant.name)?);
    let server_command = server.command.clone();
    let (ended, server_said) = servers.note(&variant.name, driven.replies());
    let evidence = Evidence {
        purpose: Purpose::Times,
        load: driven.result.as_ref(),
        said: &driven.said,
        server_end: ended.as_deref(),
        server_said: &server_said,
        asked: places.requests,
    };
    let status = judge(&evidence, &paused);
    Ok(Measurement {
        status,
        command: driven.command.clone(),
        server_command,
        waiting_cpu_share: paused.share,
        places: (workload.whatsat > 0).then_some(places),
        loadgen: driven.kept(),
        ..Measurement::default()
    })
}

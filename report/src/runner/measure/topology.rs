use loadgen::{http::Transport, result::RunResult};

use super::{
    Measurement,
    deployment::{ComponentProcess, Deployment},
    herd::{lost, warm_up},
    outage,
};
use crate::{
    plan::{Asked, Plan, Topology, Workload},
    results::{Component, Status, TopologyLoad, TopologyUse},
    runner::{
        environment::Environment,
        load::{Driven, Load, without_histograms},
        server::PausedUse,
        validity::{Evidence, Purpose, judge, steal, stolen},
    },
    variant::{Launch, Variant},
};

/// Clients of a load. A full sync in place of records that a queue dropped must not come cheaper than they, and a queue holds 4,096
/// (PROTOCOL 5.3).
const CLIENTS: u32 = 8_000;

/// Starts several servers of a variant, drives updates, reads and both on all that clients talk to, and reads what each
/// component spends; or sees what is answered while one of them is gone.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    variant: &Variant,
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Measurement> {
    let Some(topology) = workload.topology else { return Ok(Measurement::default()) };
    let load = Load::of(workload, plan, block);
    match run(environment, plan, (variant, &environment.launch_of(variant)), (topology, &load)) {
        Ok(measurement) => Ok(measurement),
        Err(error) => {
            environment.interrupt.check()?;
            Ok(Measurement::failed(format!("its servers could not be measured: {error:#}")))
        }
    }
}

fn run(
    environment: &Environment,
    plan: &Plan,
    (variant, launch): (&Variant, &Launch),
    (topology, load): (Topology, &Load),
) -> anyhow::Result<Measurement> {
    let mut deployment = Deployment::start(variant, launch, topology, load.connections)?;
    let processes = deployment.processes()?;
    let warm_up = drive(environment, &deployment, &warm_up(load), &processes)?;
    if let Some(why) = warm_up.result.as_ref().and_then(lost) {
        return Ok(Measurement::failed(format!("its links do not stand: {why}")));
    }
    let server_command = variant.command_line(launch);
    if let Some(victim) = topology.kill {
        let outage = outage::measure(environment, &mut deployment, load, victim)?;
        let used = TopologyUse { loads: Vec::new(), outage: Some(outage) };
        return Ok(Measurement { topology: Some(used), server_command, ..Measurement::default() });
    }
    let mut measurement = Measurement { server_command, ..Measurement::default() };
    let mut loads = Vec::new();
    for asked in Asked::ALL {
        let (iamat, whatsat) = asked.mix();
        let load = Load { iamat, whatsat, ..load.clone() };
        let processes = deployment.processes()?;
        let driven = drive(environment, &deployment, &load, &processes)?;
        measurement.command.clone_from(&driven.command);
        measurement.status = judged(&mut deployment, plan, &driven);
        let Driven { result: Some(result), .. } = driven else { break };
        if measurement.status != Status::Measured {
            break;
        }
        loads.push(told(asked, &processes, result)?);
    }
    measurement.topology = Some(TopologyUse { loads, outage: None });
    Ok(measurement)
}

/// Drives a load on all servers that clients talk to.
pub(super) fn drive(
    environment: &Environment,
    deployment: &Deployment<'_>,
    load: &Load,
    processes: &[ComponentProcess],
) -> anyhow::Result<Driven<RunResult>> {
    environment.run_load(&arguments(environment, deployment, load, processes), load.patience())
}

/// The command line of the load generator for it. All processes but the first are further ones.
pub(super) fn arguments(
    environment: &Environment,
    deployment: &Deployment<'_>,
    load: &Load,
    processes: &[ComponentProcess],
) -> Vec<String> {
    let targets: Vec<_> = deployment.for_clients().map(|server| (server.address(), server.id())).collect();
    let first = targets.first().copied().unwrap_or_else(|| (([127, 0, 0, 1], 0).into(), 0));
    let server = processes.first().map_or(first.1, |process| process.id);
    let mut arguments = load.arguments(first.0, server, &environment.scratch);
    let mut add = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
    targets.iter().skip(1).for_each(|(address, _)| add("--target", address.to_string()));
    processes.iter().skip(1).for_each(|process| add("--also-pid", process.id.to_string()));
    add("--clients", CLIENTS.to_string());
    // Places would be the same work wherever a client is kept.
    add("--radius", "0".to_owned());
    add("--bound", "0".to_owned());
    if !processes.is_empty() && load.iamat > 0 && deployment.speaks() == Transport::Lines {
        deployment.all().for_each(|server| add("--converge", server.address().to_string()));
    }
    arguments.extend(deployment.speaks().flag());
    arguments
}

fn judged(deployment: &mut Deployment<'_>, plan: &Plan, driven: &Driven<RunResult>) -> Status {
    let (end, said) = deployment.ended().unzip();
    let evidence = Evidence {
        // No latency is read.
        purpose: Purpose::Memory,
        load: driven.result.as_ref(),
        said: &driven.said,
        server_end: end.as_deref(),
        server_said: said.as_deref().unwrap_or_default(),
        asked: u64::MAX,
    };
    match (judge(&evidence, &plan.gates, &PausedUse::default()), driven.result.as_ref().and_then(lost)) {
        (Status::Measured, Some(why)) => Status::Failed(format!("lost: {why}")),
        (Status::Measured, None) => {
            let stolen = driven.result.as_ref().and_then(|result| stolen(&plan.gates, steal(result)));
            stolen.map_or(Status::Measured, Status::Void)
        }
        (status, _) => status,
    }
}

/// A load as it is kept, with the processor time of each component.
fn told(asked: Asked, processes: &[ComponentProcess], result: RunResult) -> anyhow::Result<TopologyLoad> {
    let spent = &result.spent;
    let mut components: Vec<Component> = Vec::new();
    for (process, cpu) in processes.iter().zip([spent.server].iter().chain(&spent.others)) {
        let ComponentProcess { server, kind, id } = process;
        let cpu_s = cpu.map(|cpu| cpu.total_s);
        let cpu_s = cpu_s.ok_or_else(|| anyhow::anyhow!("process {id} of {server} ended during the run"))?;
        match components.iter_mut().find(|one| one.server == *server && one.kind == *kind) {
            Some(one) => (one.cpu_s, one.processes) = (one.cpu_s + cpu_s, one.processes + 1),
            None => components.push(Component { server: (*server).to_owned(), kind: *kind, cpu_s, processes: 1 }),
        }
    }
    let all: Option<Vec<f64>> = result.settled.iter().map(|server| server.after_s).collect();
    Ok(TopologyLoad {
        asked,
        completed: result.completed,
        window_s: result.window_s,
        converged_s: all.and_then(|after_s| after_s.into_iter().reduce(f64::max)),
        components,
        loadgen: serde_json::to_value(without_histograms(result))?,
    })
}

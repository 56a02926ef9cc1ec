use super::{
    deployment::Deployment,
    herd::{lost, warm_up},
    topology::drive,
};
use crate::{
    plan::{Shape, Topology},
    runner::{environment::Environment, load::Load, server::Server},
    variant::Variant,
};

/// The servers of the default herd.
const SERVERS: u32 = 5;

/// Starts a herd of a variant for a race: its first server, which is told the updates, with the others in it. All have come to hold
/// what was told at each of them before; of a server that is none of the herd, it is known that the others follow the first.
pub(super) fn start(environment: &Environment, variant: &Variant, load: &Load) -> anyhow::Result<Server> {
    environment.interrupt.check()?;
    let topology = Topology { shape: Shape::Herd, servers: SERVERS, kill: None };
    let launch = environment.launch_of(variant);
    let deployment = Deployment::start(variant, &launch, topology, load.connections * SERVERS)?;
    if variant.foreign.is_none() {
        let warm_up = drive(environment, &deployment, &warm_up(load), &deployment.processes()?)?;
        if let Some(why) = warm_up.result.as_ref().and_then(lost) {
            anyhow::bail!("its links do not stand: {why}");
        }
    }
    deployment.into_herd().ok_or_else(|| anyhow::anyhow!("it has no server"))
}

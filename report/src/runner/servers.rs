use loadgen::result::RunResult;

use super::{environment::Environment, load::warm_up, server::Server};
use crate::{plan::Plan, variant::Variant};

/// The servers of a block: one of each variant, which live from the block's start to its end.
pub(super) struct BlockServers {
    members: Vec<Member>,
    /// Whether an earlier session ran a part of this block.
    pub(super) is_resumed: bool,
}

/// One of them.
struct Member {
    /// The variant's name.
    name: String,
    /// None where it could not be started, or has ended.
    server: Option<Server>,
}

impl BlockServers {
    /// Starts servers of these variants, in this order, then warms each and pauses it.
    pub(super) fn start(
        variants: &[&Variant],
        block: u32,
        plan: &Plan,
        environment: &mut Environment,
    ) -> anyhow::Result<Self> {
        let mut members = Vec::new();
        for variant in variants {
            environment.interrupt.check()?;
            environment.progress.show(&format!("block {block} of {}: starting {}", plan.blocks, variant.name));
            members.push(Member { name: variant.name.clone(), server: start(variant, environment).ok() });
        }
        for member in &mut members {
            environment.progress.show(&format!("block {block} of {}: warming {}", plan.blocks, member.name));
            if let Some(server) = &mut member.server {
                warm(server, plan, environment)?;
                server.pause();
            }
            environment.progress.advance(plan.warm_up_time());
        }
        Ok(Self { members, is_resumed: false })
    }

    /// Servers that were started for one workload alone.
    pub(super) fn of(servers: Vec<Server>) -> Self {
        let member = |server: Server| Member { name: server.name.clone(), server: Some(server) };
        Self { members: servers.into_iter().map(member).collect(), is_resumed: false }
    }

    /// The servers of all other variants.
    pub(super) fn all_but(&self, names: &[&str]) -> Vec<&Server> {
        let others = self.members.iter().filter(|member| !names.contains(&member.name.as_str()));
        others.filter_map(|member| member.server.as_ref()).collect()
    }

    /// The server of a variant, where it has one.
    pub(super) fn server(&self, name: &str) -> Option<&Server> {
        self.members.iter().find(|member| member.name == name)?.server.as_ref()
    }

    /// Counts a server's replies; says how it ended, if it has, and what it said last.
    pub(super) fn note(&mut self, name: &str, replies: u64) -> (Option<String>, String) {
        let member = self.members.iter_mut().find(|member| member.name == name);
        let Some(server) = member.and_then(|member| member.server.as_mut()) else { return (None, String::new()) };
        server.replies += replies;
        (server.ended(), server.said())
    }

    /// Starts and warms a server anew that has ended; gives why it could not be started.
    pub(super) fn revive(
        &mut self,
        variant: &Variant,
        plan: &Plan,
        environment: &Environment,
    ) -> anyhow::Result<Result<(), String>> {
        let Some(member) = self.members.iter_mut().find(|member| member.name == variant.name) else {
            return Ok(Err("it has no server".to_owned()));
        };
        let is_alive = member.server.as_mut().is_some_and(|server| server.ended().is_none());
        if is_alive {
            return Ok(Ok(()));
        }
        member.server = None;
        match start(variant, environment) {
            Ok(mut server) => {
                warm(&mut server, plan, environment)?;
                member.server = Some(server);
                Ok(Ok(()))
            }
            Err(why) => Ok(Err(why)),
        }
    }

    /// All that still run, for their end.
    pub(super) fn into_servers(self) -> impl Iterator<Item = Server> {
        self.members.into_iter().filter_map(|member| member.server)
    }
}

fn start(variant: &Variant, environment: &Environment) -> Result<Server, String> {
    Server::start(variant, &environment.launch_of(variant)).map_err(|error| {
        let why = format!("the server could not be started: {error}");
        environment.progress.tell(&format!("{}: {why}", variant.name));
        why
    })
}

fn warm(server: &mut Server, plan: &Plan, environment: &Environment) -> anyhow::Result<()> {
    for load in warm_up(plan) {
        environment.places.delay(load.delay_ms)?;
        let driven = environment.drive::<RunResult>(&load, server)?;
        server.replies += driven.replies();
    }
    Ok(())
}

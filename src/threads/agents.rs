use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use ureq::{
    Agent, Error,
    config::Config,
    unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, Transport},
};

use super::places::LiteralResolver;

/// `ureq`'s agents, each with one connection to the provider and used by one call at a time.
///
/// One agent for all calls would do, were its pool not walked through from end to end twice a call, under a lock: with a
/// thousand connections that took longer than all else that a call does.
#[derive(Debug)]
pub(super) struct Agents {
    config: Config,
    connector: Arc<DefaultConnector>,
    /// Those without a call, the one that was used last at the back. There are never more than there were calls at once.
    idle: Mutex<VecDeque<Idle>>,
}

#[derive(Debug)]
struct Idle {
    agent: Agent,
    since: Instant,
}

impl Agents {
    /// How long a connection is kept without a call: as long as `ureq` keeps one by default.
    const MAX_IDLE: Duration = Duration::from_secs(15);

    pub(super) fn new(config: Config) -> Self {
        Self { config, connector: Arc::default(), idle: Mutex::default() }
    }

    /// The agent that was used last, so that no more connections stay open than are needed, or a new one.
    pub(super) fn take(&self) -> Agent {
        let idle = self.idle.lock().pop_back();
        idle.map_or_else(|| self.agent(), |idle| idle.agent)
    }

    /// Keeps an agent, whose call has ended, for the next one.
    pub(super) fn give_back(&self, agent: Agent, now: Instant) {
        let aged = {
            let mut idle = self.idle.lock();
            idle.push_back(Idle { agent, since: now });
            // Two at most leave for each one that comes, so that many never leave at once.
            let is_aged = |idle: &Idle| now.saturating_duration_since(idle.since) >= Self::MAX_IDLE;
            [(); 2].map(|()| idle.front().is_some_and(is_aged).then(|| idle.pop_front()))
        };
        // Connections are closed without the lock.
        drop(aged);
    }

    fn agent(&self) -> Agent {
        Agent::with_parts(self.config.clone(), Shared(Arc::clone(&self.connector)), LiteralResolver)
    }
}

/// One connector for all agents: what it knows of TLS is made once.
#[derive(Debug)]
struct Shared(Arc<DefaultConnector>);

impl Connector for Shared {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        self.0.connect(details, chained)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(agents: &Agents) -> usize {
        agents.idle.lock().len()
    }

    #[test]
    fn those_that_nobody_needs_any_more_leave() {
        let (agents, start) = (Agents::new(Config::default()), Instant::now());
        let busy = [(); 5].map(|()| agents.take());
        for agent in busy {
            agents.give_back(agent, start);
        }
        assert_eq!(idle(&agents), 5);

        let agent = agents.take();
        assert_eq!(idle(&agents), 4);
        let just_before = start + Agents::MAX_IDLE.saturating_sub(Duration::from_millis(1));
        agents.give_back(agent, just_before);
        assert_eq!(idle(&agents), 5);

        let lefts = [3, 1, 1].map(|left| {
            let agent = agents.take();
            agents.give_back(agent, start + Agents::MAX_IDLE);
            (idle(&agents), left)
        });
        assert!(lefts.iter().all(|(idle, left)| idle == left), "{lefts:?}");
    }
}

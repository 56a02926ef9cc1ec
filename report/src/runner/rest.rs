use std::{
    thread,
    time::{Duration, Instant},
};

use super::server::Server;

/// Between two looks at whether servers are at rest.
const LOOK: Duration = Duration::from_millis(100);
/// What it may use meanwhile, in seconds: what a run allows those that wait, 1 % of a processor.
const AT_REST_S: f64 = 0.001;
/// For a server to come to rest: one in Java still compiles, one of 10,000 threads still ends them.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits until a server is at rest, but not for long.
pub(super) fn await_rest(server: &Server) {
    let deadline = Instant::now() + PATIENCE;
    let mut last_s = server.cpu_s();
    while Instant::now() < deadline {
        thread::sleep(LOOK);
        let now_s = server.cpu_s();
        if now_s - last_s < AT_REST_S {
            return;
        }
        last_s = now_s;
    }
}

/// Servers that wait while another one is measured.
pub(super) struct Waiting<'a> {
    servers: Vec<(&'a Server, f64)>,
    begun: Instant,
}

/// What they used meanwhile.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Unrest {
    /// Processor time of all of them, as a share of one processor.
    pub(super) share: f64,
    /// The one that used most of it.
    pub(super) most: String,
}

impl<'a> Waiting<'a> {
    /// Begins to watch them.
    pub(super) fn begin(servers: Vec<&'a Server>) -> Self {
        let servers = servers.into_iter().map(|server| (server, server.cpu_s())).collect();
        Self { servers, begun: Instant::now() }
    }

    /// What they have used since.
    pub(super) fn end(self) -> Unrest {
        let length_s = self.begun.elapsed().as_secs_f64();
        let used = self.servers.iter().map(|(server, before_s)| (&server.name, server.cpu_s() - before_s));
        let used: Vec<(&String, f64)> = used.collect();
        let most = used.iter().max_by(|left, right| left.1.total_cmp(&right.1));
        Unrest {
            share: used.iter().map(|(_, used_s)| used_s).sum::<f64>() / length_s,
            most: most.map(|(name, _)| (*name).clone()).unwrap_or_default(),
        }
    }
}

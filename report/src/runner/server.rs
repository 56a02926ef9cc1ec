use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::{
        resource::{Usage, UsageWho, getrusage},
        time::TimeValLike,
    },
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use crate::{
    results::{ServerRun, Switches},
    variant::{Foreign, Launch, Running, Variant, VariantError},
};

/// Between two looks at whether servers are idle.
const LOOK: Duration = Duration::from_millis(100);
/// What it may use meanwhile, in seconds: what a run allows those that are paused, 1 % of a processor.
const IDLE_S: f64 = 0.001;
/// For a server to become idle: one in Java still compiles, one of 10,000 threads still ends them.
const IDLE_PATIENCE: Duration = Duration::from_secs(5);

/// For a server to answer a question about itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest page that is read, far beyond those of this project.
const MAX_PAGE_BYTES: u64 = 1 << 20;

/// One server of a block.
pub(super) struct Server {
    /// The variant's name.
    pub(super) name: String,
    running: Running,
    /// The command line that started it.
    pub(super) command: Vec<String>,
    /// Right replies so far.
    pub(super) replies: u64,
    /// The others of its herd, where it is the first of one: what is done to it is done to all.
    pub(super) others: Vec<Server>,
    /// How it is told updates, where it is no server of the herd.
    pub(super) foreign: Option<Foreign>,
}

impl Server {
    pub(super) fn start(variant: &Variant, launch: &Launch) -> Result<Self, VariantError> {
        let running = variant.start(launch)?;
        Ok(Self {
            name: variant.name.clone(),
            running,
            command: variant.command_line(launch),
            replies: 0,
            others: Vec::new(),
            foreign: variant.foreign.clone(),
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.running.id()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.running.ready().clients
    }

    /// Its admin pages, if it has any.
    pub(super) fn admin(&self) -> Option<SocketAddr> {
        self.running.ready().admin
    }

    /// The last lines that it printed.
    pub(super) fn said(&self) -> String {
        self.running.said()
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<String> {
        let own = match self.running.ended() {
            Ok(status) => status.map(|status| status.to_string()),
            Err(error) => Some(error.to_string()),
        };
        own.or_else(|| self.others.iter_mut().find_map(Self::ended))
    }

    /// Its processor time so far, in seconds. `/proc/PID/stat` has it in steps of 10 ms, which is too coarse here.
    pub(super) fn cpu_s(&self) -> f64 {
        let pid = Pid::from_raw(i32::try_from(self.id()).unwrap_or_default());
        let used = clock_getcpuclockid(pid).and_then(clock_gettime);
        let own_s = used.map_or(0.0, |used| Duration::from(used).as_secs_f64());
        own_s + self.others.iter().map(Self::cpu_s).sum::<f64>()
    }

    /// Stops it where it stands while others are measured.
    pub(super) fn pause(&self) {
        // Only a server that has ended cannot be paused; whoever measures it next is told how it ended.
        let _has_ended = self.running.pause();
        self.others.iter().for_each(Self::pause);
    }

    /// Lets it go on.
    pub(super) fn resume(&self) {
        let _has_ended = self.running.resume();
        self.others.iter().for_each(Self::resume);
    }

    /// Asks it to drain, and tells what it did. No other process may be waited for meanwhile.
    pub(super) fn end(self, block: u32) -> ServerRun {
        let Self { name, running, command, replies, others: _, foreign: _ } = self;
        // One that is paused hears no signal.
        let _has_ended = running.resume();
        let before = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let ended = running.stop();
        let after = getrusage(UsageWho::RUSAGE_CHILDREN).ok();
        let used = before.zip(after);
        ServerRun {
            line: 0,
            format: ServerRun::FORMAT.to_owned(),
            block,
            variant: name,
            command,
            replies,
            switches: used.and_then(|(before, after)| switches(&before, &after)),
            cpu_s: used.map_or(0.0, |(before, after)| cpu_s(&after) - cpu_s(&before)),
            end: how(&ended),
        }
    }
}

fn how(ended: &Result<ExitStatus, VariantError>) -> String {
    match ended {
        Ok(status) if status.success() => "drained".to_owned(),
        Ok(status) => status.to_string(),
        Err(error) => format!("killed: {}", error.to_string().lines().next().unwrap_or_default()),
    }
}

fn switches(before: &Usage, after: &Usage) -> Option<Switches> {
    let between = |from: i64, to: i64| u64::try_from(to - from).ok();
    Some(Switches {
        voluntary: between(before.voluntary_context_switches(), after.voluntary_context_switches())?,
        involuntary: between(before.involuntary_context_switches(), after.involuntary_context_switches())?,
    })
}

fn cpu_s(usage: &Usage) -> f64 {
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}

/// Waits until servers are idle, all of them together, but not for long.
pub(super) fn await_rest(servers: &[&Server]) {
    let used_s = || servers.iter().map(|server| server.cpu_s()).sum::<f64>();
    let deadline = Instant::now() + IDLE_PATIENCE;
    let mut last_s = used_s();
    while Instant::now() < deadline {
        thread::sleep(LOOK);
        let now_s = used_s();
        if now_s - last_s < IDLE_S {
            return;
        }
        last_s = now_s;
    }
}

/// Servers that are paused while another one is measured.
pub(super) struct PausedServers<'a> {
    servers: Vec<(&'a Server, f64)>,
    begun: Instant,
}

/// What they used meanwhile.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PausedUse {
    /// Processor time of all of them, as a share of one processor.
    pub(super) share: f64,
    /// The one that used most of it.
    pub(super) most: String,
}

impl<'a> PausedServers<'a> {
    /// Begins to watch them.
    pub(super) fn begin(servers: Vec<&'a Server>) -> Self {
        let servers = servers.into_iter().map(|server| (server, server.cpu_s())).collect();
        Self { servers, begun: Instant::now() }
    }

    /// What they have used since.
    pub(super) fn end(self) -> PausedUse {
        let length_s = self.begun.elapsed().as_secs_f64();
        let used = self.servers.iter().map(|(server, before_s)| (&server.name, server.cpu_s() - before_s));
        let used: Vec<(&String, f64)> = used.collect();
        let most = used.iter().max_by(|left, right| left.1.total_cmp(&right.1));
        PausedUse {
            share: used.iter().map(|(_, used_s)| used_s).sum::<f64>() / length_s,
            most: most.map(|(name, _)| (*name).clone()).unwrap_or_default(),
        }
    }
}

/// A server's page `/metrics`, read outside every window.
pub(super) struct Metrics(String);

impl Metrics {
    /// Asks for it; `None` where there is no such page.
    pub(super) fn of(admin: SocketAddr) -> Option<Self> {
        exchange(admin, "GET /metrics").ok().map(Self)
    }

    /// The sum of a metric over all its labels; `None` where the page has none of this name.
    pub(super) fn sum(&self, name: &str) -> Option<u64> {
        let values = self.0.lines().filter_map(|line| {
            let (metric, value) = line.rsplit_once(' ')?;
            let is_meant = metric.split('{').next() == Some(name);
            if is_meant { value.parse::<u64>().ok() } else { None }
        });
        values.fold(None, |sum, value| Some(sum.unwrap_or(0) + value))
    }
}

/// The body of the answer to a request such as `GET /stats`.
pub(super) fn exchange(address: SocketAddr, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(MAX_PAGE_BYTES).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| anyhow::anyhow!("an answer without a head"))?;
    if !head.starts_with("HTTP/1.1 200") {
        anyhow::bail!("{}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let page = "# TYPE sent counter\nsent_total{peer=\"A\"} 3\nsent_total{peer=\"B\"} 4\nsent_total_more 9\n";
        let metrics = Metrics(page.to_owned());
        assert_eq!((metrics.sum("sent_total"), metrics.sum("other")), (Some(7), None));
    }
}

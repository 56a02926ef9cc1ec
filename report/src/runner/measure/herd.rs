use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use loadgen::result::RunResult;
use serde_json::Value;

use super::Measurement;
use crate::{
    plan::{Pace, Plan, Role, Workload},
    results::{HerdServer, HerdUse, Status},
    runner::{
        environment::Environment,
        load::{Driven, Load, without_histograms},
        server::{Metrics, PausedUse, Server, await_rest, exchange},
        validity::{Evidence, Purpose, judge},
    },
    variant::{Launch, Linked, Peer, Variant, reserved_address},
};

/// The default herd (PROTOCOL section 5): who talks with whom. All updates are told at the first.
const GRAPH: [(&str, &[usize]); 5] =
    [("Goloman", &[1, 2, 4]), ("Hands", &[0, 4]), ("Holiday", &[0, 3, 4]), ("Welsh", &[2]), ("Wilkes", &[0, 1, 2])];
/// The server farthest from the first: two links.
const FARTHEST: usize = 3;
/// For all links to stand.
const LINKED: Duration = Duration::from_secs(20);
/// Bytes of an answer that are read at most.
const MOST_ANSWERED: usize = 1 << 16;
/// Between two looks at links. They cannot be waited for in another way.
const LOOK: Duration = Duration::from_millis(20);
/// Load on every server before the measured one, seconds.
const WARM_UP_S: f64 = 0.5;
/// For a server that only replies to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// Five servers of one variant, or four, and the load generator in place of the farthest.
struct Herd {
    servers: Vec<(&'static str, Server)>,
    /// Where the farthest server's neighbour looks for it.
    farthest: SocketAddr,
}

/// Starts a herd of a variant, drives a workload on its first server, and sees what becomes of it at the others.
pub(in crate::runner) fn measure(
    environment: &Environment,
    plan: &Plan,
    variant: &Variant,
    workload: &Workload,
    block: u32,
) -> anyhow::Result<Measurement> {
    let mut herd = match Herd::start(variant, &environment.launch_of(variant), workload.role) {
        Ok(herd) => herd,
        Err(error) => return Ok(Measurement::failed(format!("the herd could not be started: {error:#}"))),
    };
    let load = Load::of(workload, plan, block);
    let warm_up = herd.drive(environment, &warm_up(&load), Watched::All)?;
    if let Some(why) = warm_up.result.as_ref().and_then(lost) {
        return Ok(Measurement::failed(format!("its links do not stand: {why}")));
    }
    await_rest(&[&herd.servers[0].1]);
    let before = herd.sent();
    let watched = if workload.role == Role::Farthest { Watched::Farthest } else { Watched::Convergence };
    let driven = herd.drive(environment, &load, watched)?;
    let status = herd.judge(plan, workload.role, &driven);
    let mut servers = herd.used(&before, driven.result.as_ref());
    let mut null = None;
    if let (Status::Measured, Role::Farthest) = (&status, workload.role) {
        // So light a load spends what processor time it likes: that of the herd under load is told.
        for server in &mut servers {
            server.cpu_s = None;
        }
        null = drive_null(environment, &load)?.map(|null| Box::new(without_histograms(null)));
    }
    Ok(Measurement {
        status,
        command: driven.command.clone(),
        server_command: herd.servers[0].1.command.clone(),
        herd: Some(HerdUse { servers, null }),
        loadgen: driven.kept(),
        ..Measurement::default()
    })
}

/// What the load generator watches of the herd.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watched {
    /// Every server is told updates, and all must come to hold them.
    All,
    /// The first is told, and all must come to hold it; their processor time is read.
    Convergence,
    /// The first is told, and the load generator, in place of the farthest, sees when it comes.
    Farthest,
}

impl Herd {
    fn start(variant: &Variant, launch: &Launch, role: Role) -> anyhow::Result<Self> {
        let (peers, mut reserved) = reserved_addresses()?;
        let is_played = |index: &usize| role == Role::Farthest && *index == FARTHEST;
        let mut servers = Vec::new();
        for index in (0..GRAPH.len()).filter(|index| !is_played(index)) {
            let (name, talks_with) = GRAPH[index];
            let peer = |other: &usize| Peer { name: GRAPH[*other].0.to_owned(), address: peers[*other] };
            let launch = Launch {
                name: name.to_owned(),
                peer_listen: peers[index],
                peers: talks_with.iter().map(peer).collect(),
                ..launch.clone()
            };
            drop(reserved[index].take());
            servers.push((name, Server::start(variant, &launch)?));
        }
        drop(reserved);
        let herd = Self { servers, farthest: peers[FARTHEST] };
        let linked: Vec<_> = herd.servers.iter().map(|(name, server)| (*name, server)).collect();
        await_links(&linked)?;
        Ok(herd)
    }

    fn drive(&self, environment: &Environment, load: &Load, watched: Watched) -> anyhow::Result<Driven<RunResult>> {
        let first = &self.servers[0].1;
        let mut arguments = load.arguments(first.address(), first.id(), &environment.scratch);
        let mut add = |flag: &str, value: String| arguments.extend([flag.to_owned(), value]);
        let others = || self.servers.iter().skip(1);
        match watched {
            Watched::All => others().for_each(|(_, server)| add("--target", server.address().to_string())),
            Watched::Convergence => others().for_each(|(_, server)| add("--also-pid", server.id().to_string())),
            Watched::Farthest => add("--seat", format!("{}={}", GRAPH[FARTHEST].0, self.farthest)),
        }
        if watched != Watched::Farthest {
            self.servers.iter().for_each(|(_, server)| add("--settle", server.address().to_string()));
        }
        environment.run_load(&arguments, load.patience())
    }

    fn judge(&mut self, plan: &Plan, role: Role, driven: &Driven<RunResult>) -> Status {
        let ended = self.servers.iter_mut().find_map(|(_, server)| Some((server.ended()?, server.said())));
        let (end, said) = ended.unzip();
        let evidence = Evidence {
            purpose: if role == Role::Farthest { Purpose::Times } else { Purpose::Memory },
            load: driven.result.as_ref(),
            said: &driven.said,
            server_end: end.as_deref(),
            server_said: said.as_deref().unwrap_or_default(),
            asked: u64::MAX,
        };
        let status = judge(&evidence, &plan.gates, &PausedUse::default());
        match (status, driven.result.as_ref().and_then(lost)) {
            (Status::Measured, Some(why)) => Status::Failed(format!("lost: {why}")),
            (status, _) => status,
        }
    }

    /// Records and batches that each server has sent so far, where it tells.
    fn sent(&self) -> Vec<Option<(u64, u64)>> {
        let of = |server: &Server| {
            let metrics = Metrics::of(server.admin()?)?;
            Some((metrics.sum("herd_records_sent_total")?, metrics.sum("herd_batches_sent_total")?))
        };
        self.servers.iter().map(|(_, server)| of(server)).collect()
    }

    /// What each server did since.
    fn used(&self, before: &[Option<(u64, u64)>], result: Option<&RunResult>) -> Vec<HerdServer> {
        let cpu_s = |index: usize| {
            let spent = &result?.spent;
            let own = if index == 0 { spent.server } else { *spent.others.get(index - 1)? };
            own.map(|cpu| cpu.total_s)
        };
        let sent = before.iter().zip(self.sent()).map(|(before, after)| before.zip(after));
        let servers = self.servers.iter().zip(sent).enumerate().map(|(index, ((name, _), sent))| HerdServer {
            name: (*name).to_owned(),
            cpu_s: cpu_s(index),
            records_sent: sent.map(|(before, after)| after.0.saturating_sub(before.0)),
            batches_sent: sent.map(|(before, after)| after.1.saturating_sub(before.1)),
        });
        servers.collect()
    }
}

/// An address for each server, as all must know each other's before any of them is started, with what keeps others from it.
fn reserved_addresses() -> io::Result<(Vec<SocketAddr>, Vec<Option<OwnedFd>>)> {
    GRAPH.iter().map(|_| reserved_address()).collect()
}

/// Waits until the servers that have a page about themselves say that their links with each other stand.
pub(super) fn await_links(servers: &[(&str, &Server)]) -> anyhow::Result<()> {
    let deadline = Instant::now() + LINKED;
    let names: Vec<&str> = servers.iter().map(|(name, _)| *name).collect();
    for (name, server) in servers {
        let Some(admin) = server.admin() else { continue };
        while !is_linked(&serde_json::from_str(&exchange(admin, "GET /status.json")?)?, &names) {
            anyhow::ensure!(Instant::now() < deadline, "the links of {name} do not stand after {LINKED:?}");
            thread::sleep(LOOK);
        }
    }
    Ok(())
}

/// Waits until a server that is none of the herd says that it follows another.
pub(super) fn await_primary(server: &Server, linked: &Linked) -> anyhow::Result<()> {
    let deadline = Instant::now() + LINKED;
    while !answer(server.address(), &linked.line)?.contains(&linked.expect) {
        anyhow::ensure!(Instant::now() < deadline, "{} does not follow another after {LINKED:?}", server.name);
        thread::sleep(LOOK);
    }
    Ok(())
}

/// What a server answers to a line, as far as it comes at once.
fn answer(address: SocketAddr, line: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LINKED)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.write_all(format!("{line}\r\n").as_bytes())?;
    let (mut answer, mut piece) = (Vec::new(), [0; 4_096]);
    while let Ok(1..) = stream.read(&mut piece).inspect(|length| answer.extend_from_slice(&piece[..*length])) {
        if answer.len() > MOST_ANSWERED {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether a server's links with these neighbours stand, both ways.
fn is_linked(status: &Value, names: &[&str]) -> bool {
    let is_ours = |link: &&Value| link["peer"].as_str().is_some_and(|peer| names.contains(&peer));
    status["links"].as_array().is_some_and(|links| links.iter().filter(is_ours).all(|link| link["up"] == true))
}

/// The load that every server gets first.
pub(super) fn warm_up(load: &Load) -> Load {
    Load { pace: Pace::Closed, lead_in_s: 0.0, measure_s: WARM_UP_S, ..load.clone() }
}

/// What the load generator missed at other servers, if it missed anything.
pub(super) fn lost(result: &RunResult) -> Option<String> {
    if let Some(server) = result.settled.iter().find(|server| server.after_s.is_none()) {
        let error = server.error.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
        return Some(format!("{} lacks the newest of {} clients{error}", server.server, server.missing));
    }
    let seen = result.seen_at_seat.as_ref()?;
    let (count, answered) = (seen.count, seen.answered);
    (answered < count).then(|| format!("{} of {count} updates never came to the farthest server", count - answered))
}

/// The same load on a server that only replies: what a round trip costs here at this rate.
fn drive_null(environment: &Environment, load: &Load) -> anyhow::Result<Option<RunResult>> {
    let arguments = ["null", "--model", "epoll", "--echo", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let mut process = environment.loadgen.start(&arguments)?;
    let line = process.ready_line(PATIENCE).context("the null server does not start")?;
    let address = line.strip_prefix("ready null ").and_then(|address| address.parse().ok());
    let address = address.with_context(|| format!("the null server said {line:?}"))?;
    let arguments = load.arguments(address, process.id(), &environment.scratch);
    Ok(environment.run_load(&arguments, load.patience())?.result)
}

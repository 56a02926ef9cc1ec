//! What clients see while a component is gone.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, anyhow};
use herd::protocol::At;
use loadgen::http::{Bodies, Transport};

use super::{
    deployment::{Deployment, Revival},
    topology::arguments,
};
use crate::{
    plan::{OUTAGE_S, Victim},
    results::Outage,
    runner::{
        environment::Environment,
        load::{Load, without_histograms},
        server::Server,
    },
};

/// Load before the kill, and the time until what was killed is started again: what `start.py` gives a database.
const BEFORE: Duration = Duration::from_millis(1_500);
const AWAY: Duration = Duration::from_secs(1);
/// Between two updates of the probe, and between two looks at the other server.
const BETWEEN: Duration = Duration::from_millis(10);
/// For a reply to the probe, and for the other server to show the last update.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest reply that is taken.
const MAX_REPLY: usize = 64 << 10;

/// Drives a load on all servers, kills a component meanwhile, and starts it again. A probe beside tells a server that is not
/// killed, and looks at another one.
pub(super) fn measure(
    environment: &Environment,
    deployment: &mut Deployment<'_>,
    load: &Load,
    victim: Victim,
) -> anyhow::Result<Outage> {
    let load = Load { lead_in_s: 0.0, measure_s: OUTAGE_S, ..load.clone() };
    let arguments = arguments(environment, deployment, &load, &[]);
    let transport = deployment.speaks();
    let mut surviving = deployment.for_clients().map(Server::address).skip(usize::from(victim == Victim::Server));
    let (told, shown) = surviving.next().zip(surviving.next()).context("too few servers are left")?;
    drop(surviving);
    let is_over = AtomicBool::new(false);
    let (driven, away, seen) = thread::scope(|scope| {
        let teller = scope.spawn(|| tell(Asker::new(told, transport), &is_over));
        let watcher = scope.spawn(|| watch(Asker::new(shown, transport), &is_over));
        let killing = scope.spawn(|| kill(deployment, victim, &is_over));
        let driven = environment.run_load::<loadgen::result::RunResult>(&arguments, load.patience());
        is_over.store(true, Ordering::Relaxed);
        let away = killing.join().map_err(|_| anyhow!("the thread that kills panicked"));
        let seen = teller.join().and_then(|told| Ok((told, watcher.join()?)));
        (driven, away, seen.map_err(|_| anyhow!("the probe panicked")))
    });
    let (driven, away, (told, shown)) = (driven?, away??, seen?);
    let result = driven.result.with_context(|| format!("the load generator failed: {}", driven.said))?;
    let (unseen, lost) = unseen(&told.told, &shown);
    Ok(Outage {
        away_s: away.as_secs_f64(),
        asked: result.requests,
        failed: result.faults.total(),
        unanswered_s: told.longest_gap().as_secs_f64(),
        unseen_s: unseen.as_secs_f64(),
        lost,
        loadgen: serde_json::to_value(without_histograms(result))?,
    })
}

/// Kills it after a while and starts it again; says how long it was away at least.
fn kill(deployment: &mut Deployment<'_>, victim: Victim, is_over: &AtomicBool) -> anyhow::Result<Duration> {
    thread::sleep(BEFORE);
    let killed = Instant::now();
    let revival = deployment.kill(victim)?;
    thread::sleep(AWAY);
    if let Revival::IsDue(index) = revival {
        deployment.revive(index)?;
    }
    let away = killed.elapsed();
    // A server ends with the thread that started it.
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(BETWEEN);
    }
    Ok(away)
}

/// An update that was answered, or shown: its stamp, and when.
type Told = (u64, Instant);

/// What a server answered, and between which times it was told.
struct Answered {
    told: Vec<Told>,
    begun: Instant,
    ended: Instant,
}

/// Tells one client's place again and again; gives what was answered.
fn tell(mut asker: Asker, is_over: &AtomicBool) -> Answered {
    let begun = Instant::now();
    let mut told = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let stamp_ns = unix_ns();
        let line = format!("IAMAT probe +34.068930-118.445127 {}\n", time(stamp_ns));
        if asker.ask(&line, b"\n").is_ok_and(|reply| reply.starts_with(b"AT ")) {
            told.push((stamp_ns, Instant::now()));
        }
        thread::sleep(BETWEEN);
    }
    Answered { told, begun, ended: Instant::now() }
}

/// Looks at that client again and again, and a while longer; gives what was shown.
fn watch(mut asker: Asker, is_over: &AtomicBool) -> Vec<Told> {
    let mut shown = Vec::new();
    let mut over = None;
    while over.is_none_or(|since: Instant| since.elapsed() < PATIENCE) {
        if over.is_none() && is_over.load(Ordering::Relaxed) {
            over = Some(Instant::now());
        }
        let reply = asker.ask("WHATSAT probe 0 0\n", b"\n\n").unwrap_or_default();
        let line = reply.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if let Some(at) = At::parse(line) {
            shown.push((at.time.seconds * 1_000_000_000 + u64::from(at.time.nanos), Instant::now()));
        }
        thread::sleep(BETWEEN);
    }
    shown
}

impl Answered {
    /// The longest stretch without an answer.
    fn longest_gap(&self) -> Duration {
        let answers = self.told.iter().map(|(_, answered)| *answered);
        let ends: Vec<Instant> = answers.chain([self.ended]).collect();
        let begins = [self.begun].into_iter().chain(ends.iter().copied());
        ends.iter().zip(begins).map(|(end, begin)| end.saturating_duration_since(begin)).max().unwrap_or_default()
    }
}

/// The longest time from an answered update until it, or a newer one, was shown; and how many never were.
fn unseen(told: &[Told], shown: &[Told]) -> (Duration, u64) {
    let mut longest = Duration::ZERO;
    let mut lost = 0;
    for (stamp_ns, answered) in told {
        match shown.iter().find(|(newest_ns, _)| newest_ns >= stamp_ns) {
            Some((_, seen)) => longest = longest.max(seen.saturating_duration_since(*answered)),
            None => lost += 1,
        }
    }
    (longest, lost)
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn time(stamp_ns: u64) -> String {
    format!("{}.{:09}", stamp_ns / 1_000_000_000, stamp_ns % 1_000_000_000)
}

/// A client with one question at a time, which dials again where its connection is lost.
struct Asker {
    server: SocketAddr,
    transport: Transport,
    connection: Option<(TcpStream, Option<Bodies>)>,
}

impl Asker {
    fn new(server: SocketAddr, transport: Transport) -> Self {
        Self { server, transport, connection: None }
    }

    /// The reply to a line: up to `end` where it is an AT line, else its first line.
    fn ask(&mut self, line: &str, end: &[u8]) -> io::Result<Vec<u8>> {
        let reply = self.exchange(line, end);
        if reply.is_err() {
            self.connection = None;
        }
        reply
    }

    fn exchange(&mut self, line: &str, end: &[u8]) -> io::Result<Vec<u8>> {
        let (stream, bodies) = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert((dial(self.server)?, self.transport.bodies())),
        };
        let mut request = line.as_bytes().to_vec();
        self.transport.wrap(self.server, 0, &mut request);
        stream.write_all(&request)?;
        let (mut reply, mut chunk) = (Vec::new(), [0; 4096]);
        let is_whole = |reply: &[u8]| {
            let end = if reply.starts_with(b"AT ") { end } else { b"\n" };
            reply.windows(end.len()).any(|window| window == end)
        };
        while !is_whole(&reply) {
            let count = stream.read(&mut chunk)?;
            if count == 0 || reply.len() > MAX_REPLY {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match bodies {
                Some(bodies) => bodies.read(&chunk[..count], &mut reply).map_err(io::Error::other)?,
                None => reply.extend_from_slice(&chunk[..count]),
            }
        }
        Ok(reply)
    }
}

fn dial(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_is_lost_and_the_rest_is_late() {
        let begun = Instant::now();
        let at = |stamp_ns: u64, ms: u64| (stamp_ns, begun + Duration::from_millis(ms));
        let told = vec![at(1, 0), at(2, 10), at(3, 500), at(9, 510)];
        let shown = [at(1, 5), at(1, 20), at(3, 700)];
        assert_eq!(unseen(&told, &shown), (Duration::from_millis(690), 1));
        assert_eq!(unseen(&told, &[]), (Duration::ZERO, 4));
        let answered = |told, end_ms| Answered { told, begun, ended: begun + Duration::from_millis(end_ms) };
        assert_eq!(answered(told.clone(), 520).longest_gap(), Duration::from_millis(490));
        assert_eq!(answered(told, 2_000).longest_gap(), Duration::from_millis(1_490));
        assert_eq!(answered(Vec::new(), 700).longest_gap(), Duration::from_millis(700));
    }
}

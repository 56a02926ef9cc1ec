use std::{
    io::{self, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use clap::Args;

use super::{Case, CaseResult, Level, Listener, Options, PeerTarget, Report, Suite, Targets, run};
use crate::{
    http::Transport,
    output::{Colour, ProgressLine, painted},
};

/// Exit status when a case falls short.
const FELL_SHORT: u8 = 1;
/// Exit status when the suite could not be played: wrong usage, or a target that does not answer.
const UNUSABLE: u8 = 2;
/// A suite that takes longer shows its progress on a terminal.
const PROGRESS_AFTER: Duration = Duration::from_secs(2);

/// Checks a running herd, of any implementation, against its protocol.
///
/// Starts nothing: the servers must be running. The exit status is 0 when every case passed or was skipped for a stated
/// reason, 1 when one fell short, 2 when the suite could not be played.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CheckArgs {
    /// Client address of a server; several are taken to be one herd.
    #[arg(long = "target", value_name = "ADDR", required_unless_present = "list")]
    targets: Vec<String>,
    /// What is demanded: what the assignment says, or all of PROTOCOL.md.
    #[arg(long, value_enum, default_value_t = Level::Strict)]
    level: Level,
    /// Let HTTP/1.1 carry the commands: a POST for what a case sends, the replies in the body of its response. At level
    /// `assignment` alone: the others are about the bytes of a connection.
    #[arg(long, conflicts_with = "peer_target")]
    http: bool,
    /// Play only the cases of this name (`*` stands for anything) or rule (`2`, `2.5`); may be repeated.
    #[arg(long = "case", value_name = "PATTERN")]
    patterns: Vec<String>,
    /// Play the cases of a file of one's own too; may be repeated.
    #[arg(long = "cases", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Play the slow cases too: time-outs of 2 s to 5 min.
    #[arg(long)]
    slow: bool,
    /// Print the cases instead of playing them.
    #[arg(long)]
    list: bool,
    /// Print the outcome as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Name and peer address of the first target's server, for the cases of its peer port.
    #[arg(long, value_name = "NAME=ADDR")]
    peer_target: Option<String>,
    /// A neighbour of that server which is not running; the suite says HELLO in its name.
    #[arg(long = "as", value_name = "NAME", requires = "peer_target", conflicts_with = "listen_as")]
    me: Option<String>,
    /// As `--as`, and where that server dials the neighbour: the suite listens there and checks the link.
    #[arg(long, value_name = "NAME=ADDR", requires = "peer_target")]
    listen_as: Option<String>,
    /// How far a server's clock may be from this machine's, in seconds [default: 0.05 on loopback, else 5].
    #[arg(long, value_name = "SECONDS")]
    clock_tolerance: Option<f64>,
    /// How long an update may take to be seen at another server, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    herd_deadline: f64,
    /// How long each reply may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    timeout: f64,
}

impl CheckArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.play() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(FELL_SHORT),
            Err(error) => {
                eprintln!("loadgen check: {error:#}");
                ExitCode::from(UNUSABLE)
            }
        }
    }

    /// Whether every case held.
    fn play(&self) -> anyhow::Result<bool> {
        let suite = self.suite()?;
        if self.list {
            list(&suite)?;
            return Ok(true);
        }
        let (targets, options) = (self.resolved()?, self.options()?);
        reach(&targets, options.timeout)?;
        let report = self.report(&suite, &targets, &options)?;
        let (_, failed, _) = report.counts();
        Ok(failed == 0)
    }

    fn suite(&self) -> anyhow::Result<Suite> {
        let mut suite = Suite::builtin()?;
        for path in &self.files {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            suite.add(&path.display().to_string(), &text)?;
        }
        let selected = suite.select(self.level, &self.patterns);
        if selected.cases().is_empty() {
            bail!("no case has such a name or rule; --list prints all at this level");
        }
        Ok(selected)
    }

    fn options(&self) -> anyhow::Result<Options> {
        if self.http && self.level == Level::Strict {
            bail!("--http goes with --level assignment: what is strict is about the bytes of a connection");
        }
        Ok(Options {
            level: self.level,
            transport: if self.http { Transport::Http } else { Transport::Lines },
            timeout: seconds(self.timeout)?,
            herd_deadline: seconds(self.herd_deadline)?,
            clock_tolerance: self.clock_tolerance.map(seconds).transpose()?,
        })
    }

    fn resolved(&self) -> anyhow::Result<Targets> {
        let clients = self.targets.iter().map(|text| address(text)).collect::<anyhow::Result<_>>()?;
        Ok(Targets { clients, peer: self.peer()? })
    }

    fn peer(&self) -> anyhow::Result<Option<PeerTarget>> {
        let Some(text) = &self.peer_target else { return Ok(None) };
        let (name, addr) = named(text)?;
        let (me, listen) = match (&self.me, &self.listen_as) {
            (Some(me), _) => (me.clone(), None),
            (None, Some(text)) => named(text).map(|(me, addr)| (me, Some(Listener { addr })))?,
            (None, None) => bail!("--peer-target needs --as NAME or --listen-as NAME=ADDR: who to say HELLO as"),
        };
        Ok(Some(PeerTarget { name, addr, me, listen }))
    }

    fn report(&self, suite: &Suite, targets: &Targets, options: &Options) -> anyhow::Result<Report> {
        let mut report = Report::new(self.level, targets);
        let suite_begun = Instant::now();
        for (case, number) in suite.cases().iter().zip(1..) {
            let line = ProgressLine::new(format!("{number} of {}: ", suite.cases().len()));
            if case.slow || suite_begun.elapsed() > PROGRESS_AFTER {
                line.show_now(&case.name);
            }
            let begun = Instant::now();
            let result = if case.slow && !self.slow {
                CaseResult::Skipped { why: "slow; played with --slow".to_owned() }
            } else {
                run(case, targets, options)
            };
            drop(line);
            if !self.json {
                tell(case, &result)?;
            }
            report.add(case.clone(), result, begun.elapsed());
        }
        self.conclude(&report)?;
        Ok(report)
    }

    fn conclude(&self, report: &Report) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &report.document())?;
            writeln!(out)?;
            return Ok(());
        }
        for (why, count) in report.reasons() {
            writeln!(out, "{count} skipped: {why}")?;
        }
        let (_, failed, _) = report.counts();
        writeln!(out, "{}", painted(if failed == 0 { Colour::Green } else { Colour::Red }, &report.summary()))?;
        Ok(())
    }
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    let mut found =
        text.to_socket_addrs().with_context(|| format!("{text:?} is no address such as 127.0.0.1:12000"))?;
    found.next().with_context(|| format!("{text:?} has no address"))
}

fn named(text: &str) -> anyhow::Result<(String, SocketAddr)> {
    let (name, addr) = text.split_once('=').with_context(|| format!("{text:?} is not NAME=ADDR"))?;
    Ok((name.to_owned(), address(addr)?))
}

fn seconds(seconds: f64) -> anyhow::Result<Duration> {
    Duration::try_from_secs_f64(seconds).with_context(|| format!("{seconds} is no time to wait"))
}

/// Fails with the first target that cannot be connected to.
fn reach(targets: &Targets, timeout: Duration) -> anyhow::Result<()> {
    let peer = targets.peer.iter().map(|peer| &peer.addr);
    for addr in targets.clients.iter().chain(peer) {
        TcpStream::connect_timeout(addr, timeout)
            .with_context(|| format!("cannot reach {addr}; start the server first"))?;
    }
    Ok(())
}

fn list(suite: &Suite) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for case in suite.cases() {
        let slow = if case.slow { " (slow)" } else { "" };
        writeln!(out, "{:<8} {:<10} {}{slow}: {}", case.rules.join(","), case.level, case.name, case.about)?;
    }
    Ok(())
}

fn tell(case: &Case, result: &CaseResult) -> io::Result<()> {
    let Some(failure) = result.failure() else { return Ok(()) };
    let mut out = io::stdout().lock();
    writeln!(out, "{} {}, rule {}: {}", painted(Colour::Red, "FAILED"), case.name, case.rules.join(", "), case.about)?;
    writeln!(out, "{failure}\n")
}

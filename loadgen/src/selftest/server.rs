use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    num::NonZeroU64,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Args;
use rustix::thread::set_current_timer_slack;

use crate::{
    null::Echo,
    serving::{Stop, end_with_parent, listen},
    values::duration,
};

/// Exit status when the server cannot run.
const UNUSABLE: u8 = 2;
/// A thread here reads, sleeps and writes.
const STACK_BYTES: usize = 64 << 10;
/// Read at once: one request, as a client at depth 1 has no more outstanding.
const READ_BYTES: usize = 4 << 10;

/// A server whose service times are known, for `loadgen selftest`.
///
/// A thread for each connection answers the connection's requests in order, each a set time after it was read.
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Service times that the requests get in turn, as they are read.
    #[arg(long, value_name = "T,T", value_delimiter = ',', value_parser = duration, required = true)]
    services: Vec<Duration>,
    /// Leave every N-th request without an answer.
    #[arg(long, value_name = "N")]
    silent_every: Option<NonZeroU64>,
    /// End with the process that started this one.
    #[arg(long, hide = true)]
    end_with_parent: bool,
}

/// What all connections go by.
#[derive(Debug)]
struct Behaviour {
    services: Vec<Duration>,
    silent_every: Option<NonZeroU64>,
    /// Requests read so far, of all connections.
    requests: AtomicU64,
}

impl Behaviour {
    /// The service time of the request of this number.
    fn service(&self, number: u64) -> Duration {
        let turn = number % self.services.len().max(1) as u64;
        usize::try_from(turn).ok().and_then(|turn| self.services.get(turn).copied()).unwrap_or_default()
    }
}

impl ServerArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("loadgen selftest-server: {error:#}");
                ExitCode::from(UNUSABLE)
            }
        }
    }

    fn serve(&self) -> anyhow::Result<()> {
        if self.end_with_parent {
            end_with_parent();
        }
        let mut stop = Stop::on_signals()?;
        let listener = listen(self.listen)?;
        writeln!(io::stdout(), "ready selftest-server {}", listener.local_addr()?)?;
        let (services, silent_every) = (self.services.clone(), self.silent_every);
        let behaviour = Arc::new(Behaviour { services, silent_every, requests: AtomicU64::new(0) });
        thread::Builder::new().spawn(move || accept(&listener, &behaviour)).context("cannot start a thread")?;
        stop.wait().context("cannot wait for signals")
    }
}

/// Takes connections until the process ends.
fn accept(listener: &TcpListener, behaviour: &Arc<Behaviour>) {
    for stream in listener.incoming().flatten() {
        let behaviour = Arc::clone(behaviour);
        let thread = thread::Builder::new().stack_size(STACK_BYTES);
        if let Err(error) = thread.spawn(move || serve_connection(stream, &behaviour)) {
            eprintln!("loadgen selftest-server: cannot start a thread: {error}");
        }
    }
}

/// Answers until the client leaves; how a connection ends concerns that one alone.
fn serve_connection(mut stream: TcpStream, behaviour: &Behaviour) -> io::Result<()> {
    // As in the generator: a sleep must not last 50 µs longer than asked.
    let _ = set_current_timer_slack(Some(NonZeroU64::MIN));
    stream.set_nodelay(true)?;
    let (mut echo, mut input) = (Echo::default(), [0; READ_BYTES]);
    loop {
        while echo.next().is_empty() {
            let bytes = stream.read(&mut input)?;
            if bytes == 0 || echo.take(&input[..bytes]).is_err() {
                return Ok(());
            }
        }
        let read = Instant::now();
        let requests = behaviour.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if !behaviour.silent_every.is_some_and(|every| requests.is_multiple_of(every.get())) {
            thread::sleep(behaviour.service(requests).saturating_sub(read.elapsed()));
            stream.write_all(echo.next())?;
        }
        let bytes = echo.next().len();
        echo.wrote(bytes);
    }
}

use std::{
    ffi::OsString,
    io, iter,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use signal_hook::{
    consts::{SIGCHLD, SIGINT, SIGTERM},
    iterator::{Handle, Signals},
};

use super::{
    super::{Failure, terminal},
    child::{End, Server},
    output::{Event, Prefix, Ready},
};
use crate::protocol::Name;

/// For every server to be ready; binding three listeners takes milliseconds, loading a gazetteer some more.
const READY: Duration = Duration::from_secs(15);

/// What a server gets beyond its own drain time before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Events that wait for the main thread, which does nothing but take them; readers wait when it is behind.
const EVENTS: usize = 1024;

/// The servers of a herd, as processes.
#[derive(Debug)]
pub(super) struct Supervisor {
    servers: Vec<Server>,
    events: Receiver<Event>,
    signals: Option<(Handle, JoinHandle<()>)>,
    drain: Duration,
    program: &'static str,
}

/// How starting went.
#[derive(Debug)]
pub(super) enum Started {
    /// Every server is ready.
    Ready,
    /// The user stopped it.
    Stopped,
    /// A server cannot start; which, and why.
    Failed(String),
}

/// How a herd came to its end.
#[derive(Debug)]
pub(super) enum Ended {
    /// The user stopped it.
    Stopped,
    /// It did not start, or has died.
    Failed(String),
}

impl Supervisor {
    /// Starts a process for each name; on an error, those that were started are killed.
    pub(super) fn spawn(
        names: &[Name],
        passed: &[OsString],
        drain: Duration,
        program: &'static str,
    ) -> Result<Self, Failure> {
        let (sender, events) = bounded(EVENTS);
        let signals = Some(forward_signals(sender.clone())?);
        let mut supervisor = Self { servers: Vec::with_capacity(names.len()), events, signals, drain, program };
        let width = names.iter().map(|name| name.as_str().len()).max().unwrap_or_default();
        for (server, name) in names.iter().enumerate() {
            let end = End { server, prefix: Prefix::new(server, name, width), events: sender.clone() };
            let spawned = Server::spawn(name.clone(), passed, end);
            supervisor
                .servers
                .push(spawned.map_err(|error| Failure::because(format!("cannot start {name}: {error}")))?);
        }
        Ok(supervisor)
    }

    /// Waits until every server is ready, one cannot be, or the user has enough.
    pub(super) fn wait_ready(&mut self) -> Started {
        let deadline = Instant::now() + READY;
        while self.servers.iter().any(|server| server.ready.is_none()) {
            let Ok(event) = self.events.recv_deadline(deadline) else { return Started::Failed(self.not_ready()) };
            if self.take(event) {
                return Started::Stopped;
            }
            if let Some(why) = self.servers.iter().find_map(|server| failed_start(server, self.program)) {
                return Started::Failed(why);
            }
        }
        Started::Ready
    }

    /// Where every server listens; only after [`Started::Ready`].
    pub(super) fn addresses(&self) -> Vec<(&Name, &Ready)> {
        self.servers.iter().filter_map(|server| Some((&server.name, server.ready.as_ref()?))).collect()
    }

    /// Waits for the user's signal, telling of each server that dies meanwhile, or for the last one's death.
    pub(super) fn watch(&mut self) -> Ended {
        let mut known = vec![false; self.servers.len()];
        loop {
            self.report_deaths(&mut known);
            if !self.servers.iter().any(Server::is_running) {
                return Ended::Failed("every server has died".to_owned());
            }
            let Ok(event) = self.events.recv() else { return Ended::Stopped };
            if self.take(event) {
                return Ended::Stopped;
            }
        }
    }

    /// Has every server drain, and kills those that do not in time; these are named.
    pub(super) fn stop(&mut self) -> Vec<Name> {
        self.reap();
        self.servers.iter().for_each(Server::terminate);
        let deadline = Instant::now() + self.drain + GRACE;
        while self.servers.iter().any(Server::is_running) {
            let Ok(event) = self.events.recv_deadline(deadline) else { break };
            self.take(event);
        }
        let late: Vec<_> = self.servers.iter().filter(|server| server.is_running()).map(|s| s.name.clone()).collect();
        self.servers.iter_mut().for_each(Server::kill);
        self.join();
        late
    }

    /// Takes an event in; true when the herd is to stop.
    fn take(&mut self, event: Event) -> bool {
        match event {
            Event::Ready(server, ready) => self.servers[server].ready = Some(ready),
            Event::OutputEnded(server, last) => self.servers[server].last_line = Some(last),
            Event::Signal(SIGCHLD) => self.reap(),
            Event::Signal(_) | Event::OutputClosed => return true,
        }
        false
    }

    fn reap(&mut self) {
        for server in &mut self.servers {
            server.reap();
        }
    }

    fn not_ready(&self) -> String {
        let late = self.servers.iter().filter(|server| server.ready.is_none());
        let names: Vec<_> = late.map(|server| server.name.as_str()).collect();
        format!("not ready within {} s: {}", READY.as_secs(), names.join(", "))
    }

    fn report_deaths(&self, known: &mut [bool]) {
        let running = self.servers.iter().filter(|server| server.is_running()).count();
        for (server, known) in iter::zip(&self.servers, known) {
            if let Some(status) = server.ended.filter(|_| !*known) {
                *known = true;
                let (name, all) = (&server.name, self.servers.len());
                let message = format!("{name} has died ({status}) and is not restarted; {running} of {all} still run");
                terminal::complain(self.program, &message);
            }
        }
    }

    /// Ends the threads, whose senders find nobody listening and whose pipes have no writer left.
    fn join(&mut self) {
        self.events = crossbeam_channel::never();
        self.servers.iter_mut().for_each(Server::join);
        if let Some((handle, thread)) = self.signals.take() {
            handle.close();
            let _panicked = thread.join();
        }
    }
}

/// Why a server that ended before it was ready did so. Its last line is waited for: it says so.
fn failed_start(server: &Server, program: &str) -> Option<String> {
    let (status, last) = (server.ended?, server.last_line.as_ref()?);
    let words = last.strip_prefix(program).and_then(|words| words.strip_prefix(": ")).unwrap_or(last);
    match words {
        "" => Some(format!("{} could not start ({status})", server.name)),
        words => Some(format!("{} could not start ({status}): {words}", server.name)),
    }
}

fn forward_signals(events: Sender<Event>) -> io::Result<(Handle, JoinHandle<()>)> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGCHLD])?;
    let handle = signals.handle();
    let pass_on = move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                break;
            }
        }
    };
    Ok((handle, thread::Builder::new().name("signals".to_owned()).spawn(pass_on)?))
}

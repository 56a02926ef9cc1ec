use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    process::ExitStatus,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::{Launch, Readiness, Variant, VariantError, process::Process};

/// For a server to be ready: a Java server takes a second, five of them on a busy machine several.
const READY: Duration = Duration::from_mins(1);
/// For a server to drain: PROTOCOL section 6 allows 10 s.
const DRAIN: Duration = Duration::from_secs(15);
/// How often a server that does not say when it is ready is tried. It cannot be waited for in another way.
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// A running server of a variant. Dropped, it is killed, with all that it has started in its process group; a caller
/// that can itself be ended by a signal must see to it that this is dropped.
pub struct Running {
    process: Process,
    ready: Ready,
}

impl Variant {
    /// Starts a server and waits until it is ready.
    pub fn start(&self, launch: &Launch) -> Result<Running, VariantError> {
        match self.ready {
            Readiness::Line => {
                let mut process = self.spawn_guarded(&self.command_line(launch))?;
                let line = process.ready_line(READY)?;
                let ready = Ready::parse(&line, &launch.name).ok_or_else(|| process.not_ready(line))?;
                Ok(Running { process, ready })
            }
            Readiness::Connect(address) => self.start_and_connect(launch, address),
        }
    }

    fn start_and_connect(&self, launch: &Launch, address: Option<SocketAddr>) -> Result<Running, VariantError> {
        let address = address.map_or_else(|| with_port(launch.listen), Ok);
        let address = address.map_err(|cause| VariantError::System { command: self.name.clone(), cause })?;
        if TcpStream::connect(address).is_ok() {
            return Err(VariantError::Taken { variant: self.name.clone(), address });
        }
        let command = self.command_line(&Launch { listen: address, ..launch.clone() });
        let mut process = self.spawn_guarded(&command)?;
        await_listener(&mut process, address)?;
        Ok(Running { process, ready: Ready { clients: address, peers: None, admin: None } })
    }
}

/// The address with a port that is free now, where it had none.
fn with_port(address: SocketAddr) -> io::Result<SocketAddr> {
    if address.port() > 0 { Ok(address) } else { TcpListener::bind(address)?.local_addr() }
}

fn await_listener(process: &mut Process, address: SocketAddr) -> Result<(), VariantError> {
    let deadline = Instant::now() + READY;
    while TcpStream::connect_timeout(&address, READY).is_err() {
        if let Some(status) = process.wait(BETWEEN_TRIES)? {
            return Err(process.failed(status));
        }
        if Instant::now() > deadline {
            return Err(process.late("ready", READY));
        }
    }
    Ok(())
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// Its process ID, for accounting.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The last lines that it printed, on both streams.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// How it ended, if it has ended by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, VariantError> {
        self.process.ended()
    }

    /// Stops it where it stands, so that it uses no processor until [`Self::resume`].
    pub fn pause(&self) -> Result<(), VariantError> {
        self.process.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<(), VariantError> {
        self.process.signal(Signal::CONT)
    }

    /// Asks it to drain and gives its exit status; one that has not ended after 15 s is killed, and that is an error.
    pub fn stop(mut self) -> Result<ExitStatus, VariantError> {
        self.process.signal(Signal::TERM)?;
        self.process.wait(DRAIN)?.ok_or_else(|| self.process.late("ended", DRAIN))
    }

    /// Kills it as `kill -9` would.
    pub fn kill(self) {
        drop(self);
    }
}

/// Where a server that is ready listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// For clients.
    pub clients: SocketAddr,
    /// For neighbours; a server of the original assignment has no such port.
    pub peers: Option<SocketAddr>,
    /// For admin pages; rivals have none.
    pub admin: Option<SocketAddr>,
}

impl Ready {
    /// Reads a line `ready NAME CLIENTS PEERS ADMIN`, in which `-` stands for an address that a server has not.
    #[must_use]
    pub fn parse(line: &str, name: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(' ').collect();
        let ["ready", named, clients, peers, admin] = fields[..] else { return None };
        if named != name {
            return None;
        }
        let addresses = [peers, admin].map(|field| if field == "-" { Ok(None) } else { field.parse().map(Some) });
        let [Ok(peers), Ok(admin)] = addresses else { return None };
        Some(Self { clients: clients.parse().ok()?, peers, admin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_an_address_that_a_server_has_not() {
        let ready = Ready::parse("ready Welsh 127.0.0.1:1 127.0.0.1:2 -", "Welsh").unwrap();
        let expected = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(ready, Ready { clients: expected(1), peers: Some(expected(2)), admin: None });
    }

    #[test]
    fn another_line_is_none() {
        for line in ["ready", "ready Hands 127.0.0.1:1 - -", "ready Welsh - - -", "ready Welsh 127.0.0.1:1 -"] {
            assert_eq!(Ready::parse(line, "Welsh"), None, "{line}");
        }
    }
}

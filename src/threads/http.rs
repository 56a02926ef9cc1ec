use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::bounded;
use parking_lot::Mutex;
use rustls::{ClientConnection, StreamOwned};

use super::wire;
use crate::{
    config::{Limits, PlacesSettings},
    engine::{Idle, Permits, Tls, cause, resolve},
    places::{CallError, Exchange, Origin, Received, Request, Response},
};

/// Makes calls to one provider, each on a connection that is its own while it lasts.
#[derive(Debug)]
pub(super) struct HttpClient {
    resolver: Resolver,
    tls: Option<Tls>,
    idle: Idle<Connection>,
    connect_timeout: Duration,
    max_body: usize,
}

impl HttpClient {
    pub(super) fn new(origin: &Origin, settings: &PlacesSettings) -> anyhow::Result<Self> {
        Ok(Self {
            resolver: Resolver::new(origin),
            tls: Tls::new(origin)?,
            idle: Idle::new(),
            connect_timeout: settings.connect_timeout,
            max_body: settings.max_body,
        })
    }

    /// Sends a request and gives its response, whatever its status, until a moment.
    pub(super) fn send(&self, request: &Request, until: Instant) -> Result<Response, CallError> {
        let mut out = Vec::new();
        let mut exchange = Exchange::new(request, self.max_body, &mut out)?;
        if let Some(connection) = self.idle.take() {
            let answered = self.exchange(connection, &out, &mut exchange, until);
            // A provider may close a connection that is idle, and then answers a search on another.
            if answered != Err(CallError::Connect) || !exchange.is_unanswered() {
                return answered;
            }
        }
        let connection = self.connect(until)?;
        self.exchange(connection, &out, &mut exchange, until)
    }

    fn exchange(
        &self,
        mut connection: Connection,
        out: &[u8],
        exchange: &mut Exchange,
        until: Instant,
    ) -> Result<Response, CallError> {
        let received = connection.exchange(out, exchange, until)?;
        if received.can_reuse {
            self.idle.put(connection, Instant::now());
        }
        Ok(received.response)
    }

    /// Connects to the first of the provider's addresses that can be reached.
    fn connect(&self, until: Instant) -> Result<Connection, CallError> {
        let addresses = self.resolver.addresses(until)?;
        let until = until.min(Instant::now() + self.connect_timeout);
        let mut failed = CallError::Resolve;
        for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
            match connect(address, share(until, left)) {
                Ok(stream) => return self.secure(stream, until),
                Err(error) => failed = cause(&error, CallError::Connect),
            }
        }
        Err(failed)
    }

    /// TLS shakes hands with the first bytes that are sent.
    fn secure(&self, stream: TcpStream, until: Instant) -> Result<Connection, CallError> {
        let stream = Timed { stream, until };
        let Some(tls) = &self.tls else { return Ok(Connection::Plain(stream)) };
        let session = ClientConnection::new(Arc::clone(&tls.config), tls.name.clone()).map_err(|_| CallError::Tls)?;
        Ok(Connection::Tls(Box::new(StreamOwned::new(session, stream))))
    }
}

fn connect(address: &SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    if patience.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    let stream = TcpStream::connect_timeout(address, patience)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The time for one of so many addresses: one that does not answer leaves the others theirs.
fn share(until: Instant, addresses: usize) -> Duration {
    let left = until.saturating_duration_since(Instant::now());
    left / u32::try_from(addresses).unwrap_or(u32::MAX)
}

/// A connection to the provider.
#[derive(Debug)]
enum Connection {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    fn exchange(&mut self, out: &[u8], exchange: &mut Exchange, until: Instant) -> Result<Received, CallError> {
        let sent = match self {
            Self::Plain(stream) => stream.until(until).write_all(out),
            Self::Tls(stream) => {
                stream.sock.until(until);
                stream.write_all(out)
            }
        };
        sent.map_err(|error| cause(&error, exchange.broken()))?;
        loop {
            let read = match self {
                Self::Plain(stream) => stream.read(exchange.space()),
                Self::Tls(stream) => stream.read(exchange.space()),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    let count = read.map_err(|error| cause(&error, exchange.broken()))?;
                    if let Some(received) = exchange.received(count)? {
                        return Ok(received);
                    }
                }
            }
        }
    }
}

/// A socket whose every wait ends at the same moment.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Timed {
    fn until(&mut self, until: Instant) -> &mut Self {
        self.until = until;
        self
    }
}

impl Read for Timed {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        wire::read_until(&self.stream, space, self.until)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        // A socket takes a time-out of zero for none.
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_write_timeout(Some(left))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Finds the provider's addresses.
#[derive(Debug)]
struct Resolver {
    origin: Origin,
    /// What its name is if it is no name.
    address: Option<Arc<[SocketAddr]>>,
    /// Held by the one call that looks the name up; the others wait for what it finds.
    latest: Mutex<Option<Lookup>>,
    lookups: Permits,
}

#[derive(Debug)]
struct Lookup {
    ended: Instant,
    found: Arc<[SocketAddr]>,
}

impl Resolver {
    fn new(origin: &Origin) -> Self {
        let address = origin.host.parse().ok().map(|host| [SocketAddr::new(host, origin.port)].into());
        Self { origin: origin.clone(), address, latest: Mutex::default(), lookups: Permits::new(Limits::MAX_LOOKUPS) }
    }

    fn addresses(&self, until: Instant) -> Result<Arc<[SocketAddr]>, CallError> {
        if let Some(address) = &self.address {
            return Ok(Arc::clone(address));
        }
        let asked = Instant::now();
        let mut latest = self.latest.try_lock_until(until).ok_or(CallError::Timeout)?;
        if let Some(lookup) = latest.as_ref().filter(|lookup| lookup.ended >= asked) {
            return Ok(Arc::clone(&lookup.found));
        }
        let found = self.look_up(until)?;
        *latest = Some(Lookup { ended: Instant::now(), found: Arc::clone(&found) });
        Ok(found)
    }

    /// Leaves a lookup that takes too long to end by itself: the system's resolver cannot be interrupted.
    fn look_up(&self, until: Instant) -> Result<Arc<[SocketAddr]>, CallError> {
        let permit = self.lookups.try_acquire().ok_or(CallError::Resolve)?;
        let (sender, found) = bounded(1);
        let origin = self.origin.clone();
        let look_up = move || {
            let _permit = permit;
            // The call may have given up.
            let _ = sender.send(resolve(&origin));
        };
        thread::Builder::new().name("lookup".to_owned()).spawn(look_up).map_err(|_| CallError::Resolve)?;
        found.recv_deadline(until).map_err(|_| CallError::Timeout)?
    }
}

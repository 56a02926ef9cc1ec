use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
    task::spawn_blocking,
    time::{timeout, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

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
    pub(super) async fn send(&self, request: &Request, until: Instant) -> Result<Response, CallError> {
        let mut out = Vec::new();
        let mut exchange = Exchange::new(request, self.max_body, &mut out)?;
        let answered = timeout_at(until.into(), async {
            if let Some(connection) = self.idle.take() {
                let answered = self.exchange(connection, &out, &mut exchange).await;
                // A provider may close a connection that is idle, and then answers a search on another.
                if answered != Err(CallError::Connect) || !exchange.is_unanswered() {
                    return answered;
                }
            }
            let connection = self.connect().await?;
            self.exchange(connection, &out, &mut exchange).await
        });
        answered.await.map_err(|_| CallError::Timeout)?
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        out: &[u8],
        exchange: &mut Exchange,
    ) -> Result<Response, CallError> {
        let received = connection.exchange(out, exchange).await?;
        if received.can_reuse {
            self.idle.put(connection, Instant::now());
        }
        Ok(received.response)
    }

    /// Connects to the first of the provider's addresses that can be reached.
    async fn connect(&self) -> Result<Connection, CallError> {
        let addresses = self.resolver.addresses().await?;
        let until = Instant::now() + self.connect_timeout;
        let mut failed = CallError::Resolve;
        for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
            match connect(*address, share(until, left)).await {
                Ok(stream) => return self.secure(stream).await,
                Err(error) => failed = cause(&error, CallError::Connect),
            }
        }
        Err(failed)
    }

    /// TLS shakes hands at once.
    async fn secure(&self, stream: TcpStream) -> Result<Connection, CallError> {
        let Some(tls) = &self.tls else { return Ok(Connection::Plain(stream)) };
        let secured = TlsConnector::from(Arc::clone(&tls.config)).connect(tls.name.clone(), stream).await;
        Ok(Connection::Tls(Box::new(secured.map_err(|error| cause(&error, CallError::Connect))?)))
    }
}

async fn connect(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    let stream = timeout(patience, TcpStream::connect(address)).await??;
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
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    async fn exchange(&mut self, out: &[u8], exchange: &mut Exchange) -> Result<Received, CallError> {
        let sent = match self {
            Self::Plain(stream) => stream.write_all(out).await,
            Self::Tls(stream) => stream.write_all(out).await,
        };
        sent.map_err(|error| cause(&error, exchange.broken()))?;
        loop {
            let read = match self {
                Self::Plain(stream) => stream.read(exchange.space()).await,
                Self::Tls(stream) => stream.read(exchange.space()).await,
            };
            let count = read.map_err(|error| cause(&error, exchange.broken()))?;
            if let Some(received) = exchange.received(count)? {
                return Ok(received);
            }
        }
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

    async fn addresses(&self) -> Result<Arc<[SocketAddr]>, CallError> {
        if let Some(address) = &self.address {
            return Ok(Arc::clone(address));
        }
        let asked = Instant::now();
        let mut latest = self.latest.lock().await;
        if let Some(lookup) = latest.as_ref().filter(|lookup| lookup.ended >= asked) {
            return Ok(Arc::clone(&lookup.found));
        }
        let found = self.look_up().await?;
        *latest = Some(Lookup { ended: Instant::now(), found: Arc::clone(&found) });
        Ok(found)
    }

    /// Leaves a lookup that takes too long to end by itself: the system's resolver cannot be interrupted.
    async fn look_up(&self) -> Result<Arc<[SocketAddr]>, CallError> {
        let permit = self.lookups.try_acquire().ok_or(CallError::Resolve)?;
        let origin = self.origin.clone();
        let look_up = move || {
            let _permit = permit;
            resolve(&origin)
        };
        spawn_blocking(look_up).await.map_err(|_| CallError::Resolve)?
    }
}

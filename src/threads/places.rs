use std::{
    io::{self, ErrorKind, Read},
    net::IpAddr,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use ureq::{
    Agent, Body, Error,
    config::Config,
    http::{Response as HttpResponse, Uri},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

use super::agents::Agents;
use crate::{
    config::PlacesSettings,
    places::{Call, CallError, Counts, Method, Places, Plan, Request, Response},
    protocol::Query,
};

/// Where connections ask what is near: one call each, no more than so many at once.
#[derive(Debug)]
pub(super) struct PlacesClient {
    places: Places,
    agents: Agents,
    slots: Slots,
    timeout: Duration,
    max_body: usize,
}

impl PlacesClient {
    pub(super) fn new(places: Places, settings: &PlacesSettings) -> Self {
        let config = Agent::config_builder()
            .timeout_connect(Some(settings.connect_timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(1)
            .build();
        Self {
            places,
            agents: Agents::new(config),
            slots: Slots::new(settings.in_flight),
            timeout: settings.timeout,
            max_body: settings.max_body,
        }
    }

    /// The document that answers a query, or the call that it takes.
    pub(super) fn plan(&self, query: &Query) -> Plan {
        self.places.plan(query, Instant::now())
    }

    /// The document that a call brings, within the time-out of a call.
    // Not inlined: a thread that waits for its client would hold room for a call in its frame.
    #[inline(never)]
    pub(super) fn answer(&self, call: Call) -> Arc<[u8]> {
        let outcome = self.call(&call);
        self.places.settle(call, outcome, Instant::now())
    }

    pub(super) fn counts(&self) -> Counts {
        self.places.counts()
    }

    fn call(&self, call: &Call) -> Result<Response, CallError> {
        let until = Instant::now() + self.timeout;
        let _slot = self.slots.take(until).ok_or(CallError::Busy)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::Busy);
        }
        let agent = self.agents.take();
        let outcome = send(&agent, call.request(), left).map_err(|error| cause(&error));
        let outcome = outcome.and_then(|response| self.read(response));
        self.agents.give_back(agent, Instant::now());
        outcome
    }

    /// Reads the body, but not beyond its limit, whatever it is compressed to.
    fn read(&self, mut response: HttpResponse<Body>) -> Result<Response, CallError> {
        let most = self.max_body as u64 + 1;
        let mut body = Vec::new();
        let read = response.body_mut().with_config().limit(most + 1).reader().take(most).read_to_end(&mut body);
        read.map_err(|error| body_cause(&error))?;
        if body.len() > self.max_body {
            return Err(CallError::BodyTooLarge);
        }
        Ok(Response { status: response.status().as_u16(), body })
    }
}

fn send(agent: &Agent, request: &Request, timeout: Duration) -> Result<HttpResponse<Body>, Error> {
    match request.method {
        Method::Get => {
            let get = agent.get(&request.url).config().timeout_global(Some(timeout)).build();
            request.headers.iter().fold(get, |get, (name, value)| get.header(*name, value)).call()
        }
        Method::Post => {
            let post = agent.post(&request.url).config().timeout_global(Some(timeout)).build();
            request.headers.iter().fold(post, |post, (name, value)| post.header(*name, value)).send(&request.body)
        }
    }
}

fn cause(error: &Error) -> CallError {
    match error {
        Error::Timeout(_) => CallError::Timeout,
        Error::HostNotFound => CallError::Resolve,
        Error::ConnectionFailed => CallError::Connect,
        Error::Tls(_) | Error::Rustls(_) => CallError::Tls,
        Error::BodyExceedsLimit(_) => CallError::BodyTooLarge,
        Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => CallError::Timeout,
            // The handshake's errors come as the transport's.
            _ if error.get_ref().and_then(|held| held.downcast_ref::<rustls::Error>()).is_some() => CallError::Tls,
            _ => CallError::Connect,
        },
        _ => CallError::Protocol,
    }
}

/// `ureq` hands its own errors through the reader as the sources of the system's.
fn body_cause(error: &io::Error) -> CallError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::Io(error) | Error::Decompress(_, error)) => body_cause(error),
        Some(error) => cause(error),
        None => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => CallError::Timeout,
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => CallError::Truncated,
            _ => CallError::Protocol,
        },
    }
}

/// As many as there may be calls in flight: taken by putting a token into a channel of that capacity.
#[derive(Debug)]
struct Slots {
    take: Sender<()>,
    give_back: Receiver<()>,
}

struct Slot<'a>(&'a Slots);

impl Slots {
    fn new(count: usize) -> Self {
        let (take, give_back) = bounded(count);
        Self { take, give_back }
    }

    fn take(&self, until: Instant) -> Option<Slot<'_>> {
        self.take.send_deadline((), until).ok().map(|()| Slot(self))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        // There is at least the token that this slot put in.
        let _ = self.0.give_back.try_recv();
    }
}

/// Resolves address literals on the spot. `ureq`'s own resolver starts a thread for each resolution that has a time-out, and
/// panics when there is none to be had.
#[derive(Debug)]
pub(super) struct LiteralResolver;

impl Resolver for LiteralResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        if let Ok(address) = host.parse::<IpAddr>() {
            let mut resolved = self.empty();
            resolved.push((address, port).into());
            return Ok(resolved);
        }
        let resolve = || DefaultResolver::default().resolve(uri, config, timeout);
        match panic::catch_unwind(AssertUnwindSafe(resolve)) {
            // What the system says of a name that it does not know.
            Ok(Err(Error::Io(_))) | Err(_) => Err(Error::HostNotFound),
            Ok(resolved) => resolved,
        }
    }
}

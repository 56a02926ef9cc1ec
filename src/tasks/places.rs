use std::{
    error,
    io::{self, ErrorKind},
    iter,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use hickory_resolver::{TokioResolver, config::LookupIpStrategy, net::NetError};
use reqwest::{
    Client, Error, Response as HttpResponse,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout_at,
};

use crate::{
    config::PlacesSettings,
    places::{Call, CallError, Counts, Method, Places, Plan, Request, Response},
    protocol::Query,
};

/// Where connections ask what is near: one call each, no more than so many at once.
#[derive(Debug)]
pub(super) struct PlacesClient {
    places: Places,
    client: Client,
    slots: Slots,
    timeout: Duration,
    max_body: usize,
}

impl PlacesClient {
    pub(super) fn new(places: Places, settings: &PlacesSettings) -> anyhow::Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .connect_timeout(settings.connect_timeout)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(settings.in_flight)
            .dns_resolver(AsyncResolver::new())
            .build()?;
        Ok(Self {
            places,
            client,
            slots: Slots::new(settings.in_flight),
            timeout: settings.timeout,
            max_body: settings.max_body,
        })
    }

    /// The document that answers a query, or the call that it takes.
    pub(super) fn plan(&self, query: &Query) -> Plan {
        self.places.plan(query, Instant::now())
    }

    /// The document that a call brings, within the time-out of a call.
    pub(super) async fn answer(&self, call: Call) -> Arc<[u8]> {
        let outcome = self.call(&call).await;
        self.places.settle(call, outcome, Instant::now())
    }

    pub(super) fn counts(&self) -> Counts {
        self.places.counts()
    }

    async fn call(&self, call: &Call) -> Result<Response, CallError> {
        let until = Instant::now() + self.timeout;
        let _slot = self.slots.take(until).await.ok_or(CallError::Busy)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::Busy);
        }
        let response = send(&self.client, call.request(), left).await.map_err(|error| cause(&error))?;
        self.read(response).await
    }

    /// Reads the body, but not beyond its limit, whatever it is compressed to.
    async fn read(&self, mut response: HttpResponse) -> Result<Response, CallError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| body_cause(&error))? {
            if body.len() + chunk.len() > self.max_body {
                return Err(CallError::BodyTooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: response.status().as_u16(), body })
    }
}

async fn send(client: &Client, request: &Request, timeout: Duration) -> Result<HttpResponse, Error> {
    match request.method {
        Method::Get => {
            let get = client.get(&request.url).timeout(timeout);
            request.headers.iter().fold(get, |get, (name, value)| get.header(*name, value)).send().await
        }
        Method::Post => {
            let post = client.post(&request.url).timeout(timeout).body(request.body.clone());
            request.headers.iter().fold(post, |post, (name, value)| post.header(*name, value)).send().await
        }
    }
}

fn cause(error: &Error) -> CallError {
    if error.is_timeout() {
        return CallError::Timeout;
    }
    if error.is_dns() {
        return CallError::Resolve;
    }
    if of_type::<rustls::Error>(error).is_some() {
        return CallError::Tls;
    }
    match of_type::<hyper::Error>(error) {
        Some(error) if error.is_parse() => CallError::Protocol,
        Some(_) => CallError::Connect,
        None if error.is_connect() => CallError::Connect,
        None => CallError::Protocol,
    }
}

/// `reqwest` hands what the body's decoder met through as the source of its own errors.
fn body_cause(error: &Error) -> CallError {
    if error.is_timeout() {
        return CallError::Timeout;
    }
    let is_cut = of_type::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message);
    match of_type::<io::Error>(error).map(io::Error::kind) {
        Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => CallError::Truncated,
        _ if is_cut => CallError::Truncated,
        _ => CallError::Protocol,
    }
}

/// The innermost error of a type among an error's sources.
fn of_type<T: error::Error + 'static>(error: &Error) -> Option<&T> {
    iter::successors(Some(error as _), |error| source(*error)).filter_map(|error| error.downcast_ref()).last()
}

/// What an error comes from; an I/O error passes over the one that it holds.
fn source<'a>(error: &'a (dyn error::Error + 'static)) -> Option<&'a (dyn error::Error + 'static)> {
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(held) => Some(held),
        None => error.source(),
    }
}

/// As many as there may be calls in flight.
#[derive(Debug)]
struct Slots {
    free: Semaphore,
}

impl Slots {
    fn new(count: usize) -> Self {
        Self { free: Semaphore::new(count) }
    }

    async fn take(&self, until: Instant) -> Option<SemaphorePermit<'_>> {
        timeout_at(until.into(), self.free.acquire()).await.ok()?.ok()
    }
}

/// The roots and the cryptography that `ureq` brings along: no engine trusts whom the other does not.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

/// Resolves names without a thread. `reqwest` has a pool of threads for the system's resolver; the other one that it offers
/// reads its settings on a worker, and without them asks Google. Address literals are resolved on the spot, before it.
struct AsyncResolver {
    /// Its settings are read once, at start, for that blocks.
    resolver: Result<TokioResolver, Arc<NetError>>,
}

impl AsyncResolver {
    fn new() -> Self {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            builder.build()
        });
        Self { resolver: resolver.map_err(Arc::new) }
    }
}

impl Resolve for AsyncResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.resolver.clone();
        Box::pin(async move {
            let found = resolver?.lookup_ip(name.as_str()).await?;
            let addresses: Vec<_> = found.iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

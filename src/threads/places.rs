use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::http::HttpClient;
use crate::{
    config::PlacesSettings,
    places::{Call, CallError, Counts, Places, Plan, Response},
    protocol::Query,
};

/// Where connections ask what is near: one call each, no more than so many at once.
#[derive(Debug)]
pub(super) struct PlacesClient {
    places: Places,
    /// Where there is a provider to be called.
    http: Option<HttpClient>,
    slots: Slots,
    timeout: Duration,
}

impl PlacesClient {
    pub(super) fn new(places: Places, settings: &PlacesSettings) -> anyhow::Result<Self> {
        let http = places.origin().map(|origin| HttpClient::new(origin, settings)).transpose()?;
        Ok(Self { places, http, slots: Slots::new(settings.in_flight), timeout: settings.timeout })
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
        if Instant::now() >= until {
            return Err(CallError::Busy);
        }
        // Nobody plans a call without a provider.
        let http = self.http.as_ref().ok_or(CallError::Connect)?;
        http.send(call.request(), until)
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

use std::time::Duration;

use super::{
    google, google_legacy,
    mend::mended,
    reply::{self, Failure},
    wikipedia,
};
use crate::{
    places::{Document, Key, Origin, Request, Response, SetupError, base::Base},
    protocol::Query,
};

/// How long answers of Wikipedia are kept unless the settings say otherwise: articles move seldom, and Wikimedia asks
/// its callers to cache. Google's terms forbid keeping answers.
const WIKIPEDIA_LIFETIME: Duration = Duration::from_mins(5);

/// A provider at its place, with its key.
#[derive(Clone, Debug)]
pub(in crate::places) struct Endpoint {
    kind: Kind,
    base: Base,
    key: Option<Key>,
}

/// Which provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Google,
    GoogleLegacy,
    Wikipedia,
}

impl Endpoint {
    /// Google Places API (New).
    pub(in crate::places) fn google(base: Option<&str>, key: Option<Key>) -> Result<Self, SetupError> {
        Self::with_key(Kind::Google, base.unwrap_or(google::BASE), key)
    }

    /// Google Nearby Search (legacy).
    pub(in crate::places) fn google_legacy(base: Option<&str>, key: Option<Key>) -> Result<Self, SetupError> {
        Self::with_key(Kind::GoogleLegacy, base.unwrap_or(google_legacy::BASE), key)
    }

    /// Wikipedia, which takes no key.
    pub(in crate::places) fn wikipedia(base: Option<&str>) -> Result<Self, SetupError> {
        Self::new(Kind::Wikipedia, base.unwrap_or(wikipedia::BASE), None)
    }

    /// A stand-in on this machine may do without a key.
    fn with_key(kind: Kind, base: &str, key: Option<Key>) -> Result<Self, SetupError> {
        let endpoint = Self::new(kind, base, key)?;
        if endpoint.key.is_none() && !endpoint.base.is_loopback() {
            return Err(SetupError::MissingKey { provider: endpoint.name() });
        }
        Ok(endpoint)
    }

    fn new(kind: Kind, base: &str, key: Option<Key>) -> Result<Self, SetupError> {
        let base = Base::parse(base).map_err(|reason| SetupError::Base { provider: kind.name(), reason })?;
        Ok(Self { kind, base, key })
    }

    /// Its name as a person knows it; every error message begins with it.
    pub(in crate::places) fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Whom its requests are sent to.
    pub(in crate::places) fn origin(&self) -> &Origin {
        self.base.origin()
    }

    /// How long its answers are kept unless the settings say otherwise.
    pub(in crate::places) fn default_lifetime(&self) -> Duration {
        match self.kind {
            Kind::Google | Kind::GoogleLegacy => Duration::ZERO,
            Kind::Wikipedia => WIKIPEDIA_LIFETIME,
        }
    }

    /// What to send for a query.
    pub(in crate::places) fn request(&self, query: &Query) -> Request {
        let (base, key) = (self.base.as_str(), self.key.as_ref().map(Key::reveal));
        match self.kind {
            Kind::Google => google::request(base, key, query),
            Kind::GoogleLegacy => google_legacy::request(base, key, query),
            Kind::Wikipedia => wikipedia::request(base, query),
        }
    }

    /// What a response says.
    pub(in crate::places) fn document(&self, query: &Query, response: &Response) -> Result<Document, Failure> {
        let body = reply::body(response, self.key.as_ref())?;
        self.read(query, body).or_else(|failure| match mended(body) {
            Some(body) => self.read(query, &body),
            None => Err(failure),
        })
    }

    fn read(&self, query: &Query, body: &[u8]) -> Result<Document, Failure> {
        let key = self.key.as_ref();
        match self.kind {
            Kind::Google => google::document(query, reply::read(body, key)?),
            Kind::GoogleLegacy => google_legacy::document(query, body, key),
            Kind::Wikipedia => wikipedia::document(query, reply::read(body, key)?),
        }
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Google => "Google Places",
            Self::GoogleLegacy => "Google Nearby Search (legacy)",
            Self::Wikipedia => "Wikipedia",
        }
    }
}

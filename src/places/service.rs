use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde::{Serialize, Serializer};

use super::{
    CallError, Document, InvalidBase, Key, Origin, Request, Response, Status,
    breaker::{Breaker, Health, Pass},
    cache::Cache,
    gazetteer::{Gazetteer, LoadError, OpenError},
    provider::{Endpoint, Failure},
};
use crate::{
    config::{PlacesSettings, Provider},
    protocol::Query,
};

/// One server's source of places. It is shared between connections; no lock in it is held for longer than a few moves
/// in memory.
#[derive(Debug)]
pub struct Places {
    source: Source,
    counts: [AtomicU64; Outcome::ALL.len()],
}

#[derive(Debug)]
enum Source {
    Nobody,
    Gazetteer(Box<Gazetteer>),
    Remote(Box<Remote>),
}

#[derive(Debug)]
struct Remote {
    endpoint: Endpoint,
    breaker: Breaker,
    cache: Option<Cache>,
}

/// What it takes to answer a query.
#[derive(Debug)]
pub enum Plan {
    /// Nothing: here is the document, as [`Document::write`] writes it.
    Answer(Arc<[u8]>),
    /// An HTTP call, whose outcome [`Places::settle`] turns into the document.
    Call(Call),
}

/// A call to be made. One that is never settled costs nothing, except that a breaker waits longer for its next trial.
#[derive(Debug)]
pub struct Call {
    query: Query,
    request: Request,
    pass: Pass,
}

/// How a query was answered; each query counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With places.
    Answered,
    /// With none, for there are none.
    Empty,
    /// From the cache.
    Cached,
    /// With an error: the provider failed.
    Failed,
    /// With an error: the circuit breaker is open.
    Paused,
    /// With an error: no slot for a call became free in time.
    Busy,
}

/// How many queries were answered in which way; as JSON an object with a number for each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; Outcome::ALL.len()]);

/// Why places cannot be served as the settings ask.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A provider's base URL is none.
    #[error("base URL of {provider}: {reason}")]
    Base {
        /// Which provider.
        provider: &'static str,
        /// What is wrong with it.
        reason: InvalidBase,
    },
    /// The provider answers nobody without a key.
    #[error("{provider} needs a key: set HERD_PLACES_KEY, or name a key file in the configuration (key_file)")]
    MissingKey {
        /// Which provider.
        provider: &'static str,
    },
    /// A gazetteer file cannot be used.
    #[error("gazetteer file {}: {error}", path.display())]
    Gazetteer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: OpenError,
    },
    /// The gazetteer inside the program cannot be used, which its tests rule out.
    #[error("embedded gazetteer: {0}")]
    Embedded(#[from] LoadError),
}

impl Places {
    /// Makes ready what the settings name. Reads the gazetteer's file, if there is one; `key` is [`Key::load`]'s.
    ///
    /// The breaker and the cache are for providers that are called; a gazetteer needs neither.
    pub fn new(settings: &PlacesSettings, key: Option<Key>) -> Result<Self, SetupError> {
        let source = match &settings.provider {
            Provider::None => Source::Nobody,
            Provider::Gazetteer(None) => Source::Gazetteer(Box::new(Gazetteer::embedded()?)),
            Provider::Gazetteer(Some(path)) => {
                let gazetteer = Gazetteer::open(path);
                Source::Gazetteer(Box::new(
                    gazetteer.map_err(|error| SetupError::Gazetteer { path: path.clone(), error })?,
                ))
            }
            Provider::Google(base) => Source::remote(Endpoint::google(base.as_deref(), key)?, settings),
            Provider::GoogleLegacy(base) => Source::remote(Endpoint::google_legacy(base.as_deref(), key)?, settings),
            Provider::Wikipedia(base) => Source::remote(Endpoint::wikipedia(base.as_deref())?, settings),
        };
        Ok(Self { source, counts: [const { AtomicU64::new(0) }; Outcome::ALL.len()] })
    }

    /// Whom calls are made to, if any are.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        match &self.source {
            Source::Remote(remote) => Some(remote.endpoint.origin()),
            Source::Nobody | Source::Gazetteer(_) => None,
        }
    }

    /// Answers a query, or says what must be called to answer it.
    #[must_use]
    pub fn plan(&self, query: &Query, now: Instant) -> Plan {
        let query = query.clamped();
        if query.is_vacant() {
            return self.finish(&Document::default());
        }
        match &self.source {
            Source::Nobody => self.finish(&Document::default()),
            Source::Gazetteer(gazetteer) => self.finish(&gazetteer.document(&query)),
            Source::Remote(remote) => self.plan_remote(remote, query, now),
        }
    }

    fn plan_remote(&self, remote: &Remote, query: Query, now: Instant) -> Plan {
        if let Some(document) = remote.cache.as_ref().and_then(|cache| cache.answer(&query, now)) {
            self.count(Outcome::Cached);
            return Plan::Answer(document);
        }
        let Some(pass) = remote.breaker.admit(now) else {
            self.count(Outcome::Paused);
            let message = "it failed too often in a row and is not asked for a while".to_owned();
            return Plan::Answer(remote.failure(&Failure { status: Status::UnknownError, message }));
        };
        Plan::Call(Call { query, request: remote.endpoint.request(&query), pass })
    }

    /// The document for a call that was made, or could not be.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a call is settled once")]
    pub fn settle(&self, call: Call, outcome: Result<Response, CallError>, now: Instant) -> Arc<[u8]> {
        let Source::Remote(remote) = &self.source else {
            // A call of another `Places`: this one makes none.
            return Document::default().write();
        };
        let Call { query, pass, .. } = call;
        let is_busy = outcome == Err(CallError::Busy);
        let read = outcome.map_err(Failure::from).and_then(|response| remote.endpoint.document(&query, &response));
        let health = match &read {
            Ok(_) => Health::Well,
            Err(_) if is_busy => Health::Unknown,
            // The provider is well and says that one query is not.
            Err(failure) if failure.status == Status::InvalidRequest => Health::Well,
            Err(_) => Health::Ill,
        };
        remote.breaker.report(pass, health, now);
        match read {
            Ok(document) => {
                self.count(Outcome::of(&document));
                remote.keep(&query, document.write(), now)
            }
            Err(failure) => {
                self.count(if is_busy { Outcome::Busy } else { Outcome::Failed });
                remote.failure(&failure)
            }
        }
    }

    /// How queries ended, since the start.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts(self.counts.each_ref().map(|count| count.load(Ordering::Relaxed)))
    }

    fn count(&self, outcome: Outcome) {
        self.counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn finish(&self, document: &Document) -> Plan {
        self.count(Outcome::of(document));
        Plan::Answer(document.write())
    }
}

impl Counts {
    /// How many queries ended so.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Outcome::ALL.map(|outcome| (outcome.as_str(), self.of(outcome))))
    }
}

impl Call {
    /// What to send.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }
}

impl Outcome {
    /// Every outcome, for those who show them all.
    pub const ALL: [Self; 6] = [Self::Answered, Self::Empty, Self::Cached, Self::Failed, Self::Paused, Self::Busy];

    /// A word for it, such as a metric's label wants.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Empty => "empty",
            Self::Cached => "cached",
            Self::Failed => "failed",
            Self::Paused => "paused",
            Self::Busy => "busy",
        }
    }

    fn of(document: &Document) -> Self {
        if document.status() == Status::Ok { Self::Answered } else { Self::Empty }
    }
}

impl Source {
    fn remote(endpoint: Endpoint, settings: &PlacesSettings) -> Self {
        let lifetime = settings.cache_lifetime.unwrap_or(endpoint.default_lifetime());
        Self::Remote(Box::new(Remote {
            breaker: Breaker::new(settings.breaker_failures, settings.breaker_pause, settings.timeout),
            cache: Cache::new(settings.cache_entries, lifetime),
            endpoint,
        }))
    }
}

impl Remote {
    fn failure(&self, failure: &Failure) -> Arc<[u8]> {
        Document::failure(failure.status, format!("{}: {}", self.endpoint.name(), failure.message)).write()
    }

    fn keep(&self, query: &Query, document: Arc<[u8]>, now: Instant) -> Arc<[u8]> {
        if let Some(cache) = &self.cache {
            cache.keep(query, &document, now);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const QUERY: Query = Query { latitude_deg: 48.8534, longitude_deg: 2.3488, radius_m: 10_000.0, bound: 3 };
    const KEY: &str = "AIzaSecret-0123_x";

    fn places(spec: &str) -> Places {
        let settings = PlacesSettings { provider: spec.parse().unwrap(), ..PlacesSettings::default() };
        Places::new(&settings, Some(KEY.parse().unwrap())).unwrap()
    }

    fn call(places: &Places, now: Instant) -> Call {
        match places.plan(&QUERY, now) {
            Plan::Call(call) => call,
            Plan::Answer(document) => panic!("no call but {}", String::from_utf8_lossy(&document)),
        }
    }

    fn answer(places: &Places, query: &Query, now: Instant) -> Value {
        match places.plan(query, now) {
            Plan::Answer(document) => serde_json::from_slice(&document).unwrap(),
            Plan::Call(call) => panic!("no answer but {call:?}"),
        }
    }

    fn settled(places: &Places, outcome: Result<Response, CallError>, now: Instant) -> Value {
        serde_json::from_slice(&places.settle(call(places, now), outcome, now)).unwrap()
    }

    fn response(body: &str) -> Response {
        Response { status: 200, body: body.into() }
    }

    #[test]
    fn nobody_and_nothing_asked_are_answered_at_once() {
        let now = Instant::now();
        assert_eq!(answer(&places("none"), &QUERY, now)["status"], "ZERO_RESULTS");
        for vacant in [Query { radius_m: 0.0, ..QUERY }, Query { bound: 0, ..QUERY }] {
            for spec in ["none", "gazetteer", "google", "google-legacy", "wikipedia"] {
                assert_eq!(answer(&places(spec), &vacant, now)["status"], "ZERO_RESULTS", "{spec}");
            }
        }
    }

    #[test]
    fn the_gazetteer_answers_without_a_call() {
        let places = places("gazetteer");
        let document = answer(&places, &QUERY, Instant::now());
        assert_eq!((document["status"].as_str(), document["results"][0]["name"].as_str()), (Some("OK"), Some("Paris")));
        assert_eq!(document["results"].as_array().unwrap().len(), 3);
        assert_eq!(places.counts().of(Outcome::Answered), 1);
    }

    #[test]
    fn setup_errors_say_what_to_do() {
        let error = |spec: &str| {
            let settings = PlacesSettings { provider: spec.parse().unwrap(), ..PlacesSettings::default() };
            Places::new(&settings, None).unwrap_err().to_string()
        };
        insta::assert_snapshot!(error("google"), @"Google Places needs a key: set HERD_PLACES_KEY, or name a key file in the configuration (key_file)");
        insta::assert_snapshot!(error("google-legacy=http://example.org"), @"base URL of Google Nearby Search (legacy): only https, or http to this machine (localhost, 127.0.0.0/8, [::1])");
        insta::assert_snapshot!(error("gazetteer=no/such/file"), @"gazetteer file no/such/file: cannot read it: No such file or directory (os error 2)");
        insta::assert_snapshot!(error("gazetteer=Cargo.toml"), @"gazetteer file Cargo.toml: not a packed gazetteer: it does not begin with HERDGAZ (pack one with the example pack-gazetteer)");
        let settings =
            PlacesSettings { provider: "google=http://127.0.0.1:1".parse().unwrap(), ..PlacesSettings::default() };
        assert!(Places::new(&settings, None).is_ok(), "a stand-in on this machine needs no key");
    }

    #[test]
    fn every_call_error_is_a_document() {
        let (places, now) = (places("google-legacy"), Instant::now());
        let document = settled(&places, Err(CallError::Busy), now);
        assert_eq!(document["status"], "OVER_QUERY_LIMIT");
        let document = settled(&places, Err(CallError::Timeout), now);
        assert_eq!(
            (document["status"].as_str(), &document["results"]),
            (Some("UNKNOWN_ERROR"), &Value::Array(Vec::new()))
        );
        let message = document["error_message"].as_str().unwrap();
        assert_eq!(message, "Google Nearby Search (legacy): the provider did not answer in time");
        assert_eq!((places.counts().of(Outcome::Busy), places.counts().of(Outcome::Failed)), (1, 1));
    }

    #[test]
    fn the_key_is_sent_and_never_shown() {
        let now = Instant::now();
        let echoes = [
            format!(r#"{{"status":"REQUEST_DENIED","error_message":"bad key {KEY}","results":[]}}"#),
            format!(r#"{{"status":"{KEY}","results":[]}}"#),
            format!(
                r#"{{"status":"OK","results":[{{"{KEY}":"x?key={KEY}"}}],"next_page_token":"{KEY}","info_messages":["{KEY}"]}}"#
            ),
            r#"{"status":"OK","results":[{"a":"\u0041IzaSecret-0123_x"}]}"#.to_owned(),
            format!(r#"{{"error":{{"message":"{KEY}"}}}}"#),
            format!("<html>{KEY}"),
        ];
        for (spec, http) in
            [("google-legacy", 200), ("google-legacy", 403), ("google", 200), ("google", 403), ("google", 500)]
        {
            let places = places(spec);
            for echo in &echoes {
                let call = call(&places, now);
                assert!(!format!("{call:?} {places:?}").contains(KEY));
                let document = places.settle(call, Ok(Response { status: http, body: echo.clone().into() }), now);
                assert!(!String::from_utf8_lossy(&document).contains(KEY), "{spec} {http} {echo}");
                // Keeps the breaker closed.
                let well = r#"{"status":"OK","results":[]}"#;
                let _: Value = settled(&places, Ok(response(well)), now);
            }
        }
    }

    #[test]
    fn the_breaker_opens_and_one_trial_closes_it() {
        let (places, now) = (places("google"), Instant::now());
        for _ in 0..PlacesSettings::default().breaker_failures {
            let _: Value = settled(&places, Err(CallError::Connect), now);
        }
        let document = answer(&places, &QUERY, now);
        assert_eq!((document["status"].as_str(), places.counts().of(Outcome::Paused)), (Some("UNKNOWN_ERROR"), 1));
        let later = now + PlacesSettings::default().breaker_pause;
        let trial = call(&places, later);
        assert_eq!(answer(&places, &QUERY, later)["status"], "UNKNOWN_ERROR");
        let _: Arc<[u8]> = places.settle(trial, Ok(response("{}")), later);
        let _: Call = call(&places, later);
    }

    #[test]
    fn neither_a_full_queue_nor_a_bad_query_opens_the_breaker() {
        let (places, now) = (places("google-legacy"), Instant::now());
        for _ in 0..20 {
            assert_eq!(settled(&places, Err(CallError::Busy), now)["status"], "OVER_QUERY_LIMIT");
            let invalid = r#"{"status":"INVALID_REQUEST","results":[]}"#;
            assert_eq!(settled(&places, Ok(response(invalid)), now)["status"], "INVALID_REQUEST");
        }
    }

    #[test]
    fn answers_of_wikipedia_are_kept_and_those_of_google_are_not() {
        let now = Instant::now();
        let places_kept = places("wikipedia");
        let document = settled(&places_kept, Ok(response(r#"{"query":{"geosearch":[]}}"#)), now);
        assert_eq!(answer(&places_kept, &QUERY, now), document);
        assert_eq!((places_kept.counts().of(Outcome::Empty), places_kept.counts().of(Outcome::Cached)), (1, 1));
        let google = places("google");
        let _: Value = settled(&google, Ok(response("{}")), now);
        let _: Call = call(&google, now);
    }

    #[test]
    fn failures_are_not_kept() {
        let (places, now) = (places("wikipedia"), Instant::now());
        let _: Value = settled(&places, Ok(response("<html>")), now);
        let _: Call = call(&places, now);
    }
}

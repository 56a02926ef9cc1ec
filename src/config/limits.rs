use std::time::Duration;

use clap::ValueEnum;
use serde::Deserialize;

use super::values;

/// What becomes of a client that comes when `max_clients` are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum WhenFull {
    /// It is told so, and its connection closed. Redis and `MySQL` do the same.
    #[default]
    Refuse,
    /// It waits in the kernel's queue, which `listen_backlog` bounds, until another client leaves. Apache does so beyond its
    /// `MaxRequestWorkers`.
    Wait,
}

/// Every bound that a server keeps, in one place; both engines read the same ones.
///
/// The line length (4,096 bytes), the client ID (256 bytes) and the peer line (1,024 bytes) are part of the wire
/// protocol and stand in [`crate::protocol`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Client connections at once. memcached takes 1,024, `MySQL` 151, Redis 10,000.
    #[serde(deserialize_with = "values::count::<_, 1, { Limits::MOST_CLIENTS }>")]
    pub max_clients: usize,
    /// What becomes of a client beyond them. With `wait` and one client at once, a server serves one after the other.
    pub when_full: WhenFull,
    /// Threads of `herd` that wait for another client when theirs has gone; 0 starts a thread for each client. `MariaDB`'s
    /// `thread_cache_size`. One that waits holds some 30 KiB. `herd-async` has no such threads.
    #[serde(deserialize_with = "values::count::<_, 0, { Limits::MOST_CLIENTS }>")]
    pub thread_cache: usize,
    /// A thread that has waited this long for a client ends. Java's cached pool keeps its threads as long.
    #[serde(deserialize_with = "values::positive_duration")]
    pub thread_cache_idle: Duration,
    /// Connections that may wait in the kernel to be accepted. Opening 10,000 connections took 40 s with 128, 1.4 s
    /// with 4,096.
    #[serde(deserialize_with = "values::positive")]
    pub listen_backlog: i32,
    /// File descriptors kept back from clients for listeners, journal and whatever else a process opens; what the other
    /// limits allow is kept back besides.
    #[serde(deserialize_with = "values::count::<_, 0, 1_000_000>")]
    pub reserved_descriptors: usize,
    /// From the accept of a connection to its first complete line. Long enough for a person with `nc`; `MySQL`'s 10 s
    /// is meant for programs.
    #[serde(deserialize_with = "values::positive_duration")]
    pub first_line: Duration,
    /// From the first byte of a line to its end, absolute, so that a drip feeder ends too. Apache's `mod_reqtimeout`
    /// takes 20 to 40 s for a whole header.
    #[serde(deserialize_with = "values::positive_duration")]
    pub line: Duration,
    /// Without a byte between two lines. Redis sends keep-alives at 300 s; `MySQL`'s 28,800 s is too long.
    #[serde(deserialize_with = "values::positive_duration")]
    pub idle: Duration,
    /// For a client to take a reply. nats-server's `write_deadline`.
    #[serde(deserialize_with = "values::positive_duration")]
    pub write: Duration,
    /// How long a closing connection is drained so that a reset cannot destroy its last line (PROTOCOL section 6).
    #[serde(deserialize_with = "values::duration")]
    pub linger: Duration,
    /// Refused connections that linger at once; more are closed at once (PROTOCOL section 6).
    #[serde(deserialize_with = "values::count::<_, 0, 65_536>")]
    pub max_lingering: usize,
    /// Peer handshakes in progress at once (PROTOCOL section 5).
    #[serde(deserialize_with = "values::count::<_, 1, 4_096>")]
    pub max_handshakes: usize,
    /// From a peer connection to the end of its HELLO exchange. nats-server's authentication time-out.
    #[serde(deserialize_with = "values::positive_duration")]
    pub handshake: Duration,
    /// For a TCP connection to a peer.
    #[serde(deserialize_with = "values::positive_duration")]
    pub dial: Duration,
    /// First pause before a lost link is dialled again; doubles with jitter up to `backoff_max`.
    #[serde(deserialize_with = "values::positive_duration")]
    pub backoff_min: Duration,
    /// Longest pause before a lost link is dialled again.
    #[serde(deserialize_with = "values::positive_duration")]
    pub backoff_max: Duration,
    /// A link that lived this long starts its back-off anew.
    #[serde(deserialize_with = "values::duration")]
    pub backoff_reset: Duration,
    /// A woken link acts at once, but not more often than this.
    #[serde(deserialize_with = "values::positive_duration")]
    pub wake_interval: Duration,
    /// Silence after which the dialler sends an empty batch. Faster than nats-server's ping of two minutes.
    #[serde(deserialize_with = "values::positive_duration")]
    pub silence: Duration,
    /// For a batch to be acknowledged.
    #[serde(deserialize_with = "values::positive_duration")]
    pub ack: Duration,
    /// Without a byte from the dialler before the acceptor ends a link: two silences.
    #[serde(deserialize_with = "values::positive_duration")]
    pub link_idle: Duration,
    /// Records that wait for a link before overflow marks it for another full sync. Serf's `MaxQueueDepth`.
    #[serde(deserialize_with = "values::count::<_, 1, 1_048_576>")]
    pub link_queue: usize,
    /// Distinct client IDs that clients may bring in; peers may bring more. memberlist caps remote state likewise.
    #[serde(deserialize_with = "values::positive")]
    pub max_known: usize,
    /// How far a client's time may be ahead of the server's clock. Cassandra's maximum-timestamp guardrail.
    #[serde(deserialize_with = "values::duration")]
    pub max_future_skew: Duration,
    /// A pause of the accept loop when descriptors or threads run out; doubles up to `accept_backoff_max`.
    /// nats-server does the same.
    #[serde(deserialize_with = "values::positive_duration")]
    pub accept_backoff_min: Duration,
    /// Longest pause of the accept loop.
    #[serde(deserialize_with = "values::positive_duration")]
    pub accept_backoff_max: Duration,
    /// For everything to end after SIGTERM. Redis' shutdown-timeout.
    #[serde(deserialize_with = "values::drain")]
    pub drain: Duration,
    /// For one request at the admin listener, from accept to the end of the reply.
    #[serde(deserialize_with = "values::positive_duration")]
    pub admin: Duration,
    /// Whether a connection is closed after its first reply, for graders whose clients read to end of file.
    pub close_after_reply: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_clients: 1024,
            when_full: WhenFull::Refuse,
            thread_cache: 256,
            thread_cache_idle: Duration::from_mins(1),
            listen_backlog: 4096,
            reserved_descriptors: 32,
            first_line: Duration::from_mins(1),
            line: Duration::from_secs(10),
            idle: Duration::from_mins(5),
            write: Duration::from_secs(10),
            linger: Duration::from_secs(2),
            max_lingering: 64,
            max_handshakes: 16,
            handshake: Duration::from_secs(2),
            dial: Duration::from_secs(1),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(30),
            backoff_reset: Duration::from_secs(10),
            wake_interval: Duration::from_millis(100),
            silence: Duration::from_secs(15),
            ack: Duration::from_secs(10),
            link_idle: Duration::from_secs(30),
            link_queue: 4096,
            max_known: 1_000_000,
            max_future_skew: Duration::from_hours(24),
            accept_backoff_min: Duration::from_millis(10),
            accept_backoff_max: Duration::from_secs(1),
            drain: Duration::from_secs(10),
            admin: Duration::from_secs(2),
            close_after_reply: false,
        }
    }
}

impl Limits {
    /// Most clients at once: each takes a descriptor, and a system has some 10^6.
    pub const MOST_CLIENTS: usize = 1_000_000;
    /// Replies are sent when this much has gathered, also while more commands wait: what a socket's buffer usually takes. After
    /// as much a client's task lets others go first, which takes it some 0.4 ms; a thread is made to by the system.
    pub const MAX_OUT_BYTES: usize = 64 << 10;
    /// What a connection may keep for its next replies while its client goes on: some ten of them.
    pub const IDLE_OUT_BYTES: usize = 1 << 10;
    /// How long a read looks at its client alone, before it gives its memory back and watches out for a drain too. A client
    /// that speaks once a second costs nothing more, and a drain of ten seconds is noticed in time.
    pub const CLIENT_GLANCE: Duration = Duration::from_secs(1);
    /// How often refused connections are looked at where one thread watches all of them: their last line is long gone, only the
    /// close waits.
    pub const REFUSAL_GLANCE: Duration = Duration::from_millis(20);
    /// What may wait in the kernel to be sent on a connection. Without this bound, a client that reads slowly fills some
    /// megabytes of kernel memory, and then sees no write succeed until a good part of them is read.
    pub const MAX_UNSENT_BYTES: u32 = 128 << 10;
    /// The shortest keep-alive time that a socket takes.
    pub const MIN_KEEPALIVE: Duration = Duration::from_secs(1);
    /// The longest keep-alive time that a socket takes.
    pub const MAX_KEEPALIVE: Duration = Duration::from_secs(32_767);
    /// What a thread's stack may take. Only touched pages count; the deepest caller is the TLS handshake of a places call.
    pub const STACK_BYTES: usize = 256 << 10;
    /// Requests at the admin listener at once: a scraper, a probe and a person are three. More are closed at once.
    pub const MAX_REQUESTS: usize = 8;
    /// Buffers that a worker keeps for its connections. More are in use at once only while clients read slowly, or wait for
    /// places.
    pub const MAX_BUFFERS: usize = 64;
    /// How long a connection to a provider is kept without a call. `ureq` keeps one as long, Go's client 90 s.
    pub const PLACES_IDLE: Duration = Duration::from_secs(15);
    /// Lookups of a provider's name that may hang in the system's resolver at once, which gives up after half a minute.
    pub const MAX_LOOKUPS: usize = 4;
    /// Longest head of a provider's response, interim responses included. nginx and Apache take 8 KiB in a request's.
    pub const MAX_RESPONSE_HEAD: usize = 16 << 10;
    /// When clients must have gone, in tenths of the time to drain; the links then send what is queued.
    pub const CLIENTS_TENTHS: u32 = 7;
    /// When links must have gone.
    pub const LINKS_TENTHS: u32 = 9;

    /// What two of the limits say that cannot both hold, if anything.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        if self.backoff_min > self.backoff_max {
            return Some("`backoff_min` is longer than `backoff_max`");
        }
        if self.accept_backoff_min > self.accept_backoff_max {
            return Some("`accept_backoff_min` is longer than `accept_backoff_max`");
        }
        if self.silence >= self.link_idle {
            return Some("`link_idle` must be longer than `silence`, or quiet links are taken for dead ones");
        }
        None
    }
}

use std::{collections::VecDeque, io, net::SocketAddr, net::TcpStream};

use rustix::event::epoll;

use super::{
    context::{Stage, WorkerContext},
    dial,
    pending::{Pending, Waiting},
    reply::Client,
};
use crate::{
    http::Bodies,
    run::{
        Pace, Workload,
        measure::{Counting, Fault},
        ports::is_out_of_ports,
        schedule::RandomStream,
    },
};

/// Wait before the first redial of a connection that failed without a reply; it doubles up to the greatest.
const BACKOFF_NS: (u64, u64) = (10_000_000, 1_000_000_000);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It carries load.
    Load,
    /// It is held open, and speaks at this time.
    Idle {
        /// Nanoseconds after the epoch.
        speaks_ns: u64,
    },
}

/// Where a connection stands.
#[derive(Debug)]
pub(crate) enum ConnectionState {
    Down { retry_ns: u64 },
    Dialling { socket: TcpStream, since_ns: u64 },
    Up { socket: TcpStream, dialled_ns: u64 },
}

/// One connection, its clients, and what waits for it.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: u32,
    pub(crate) target: SocketAddr,
    /// Place among the worker's connections, and how often it was dialled: what epoll reports.
    place: u32,
    generation: u32,
    pub(crate) role: Role,
    pub(crate) state: ConnectionState,
    /// Dials and losses since the last right reply.
    failures: u32,
    pub(crate) backlog: VecDeque<Waiting>,
    pub(crate) in_flight: VecDeque<Pending>,
    /// Takes replies out of what carries them, where something does.
    pub(crate) bodies: Option<Bodies>,
    pub(crate) inbox: Vec<u8>,
    pub(crate) outbox: Vec<u8>,
    pub(crate) replies: u32,
    pub(crate) requests: u32,
    pub(crate) extra: u32,
    pub(crate) clients: Box<[Client]>,
    /// How many of the clients have been told before the load.
    pub(crate) told: u32,
    /// Requests drawn in a closed loop, and measured ones still to be drawn.
    pub(crate) drawn: u64,
    pub(crate) share: u64,
    /// The last IAMAT that was answered, to know its reply when it comes again.
    pub(crate) last: Option<Pending>,
}

impl Connection {
    pub(crate) fn new(number: u32, place: u32, context: &WorkerContext<'_>) -> Self {
        let plan = context.plan;
        let is_idle = number >= plan.connections;
        let slots = if is_idle { 1 } else { context.draws.slots(number) };
        let told = if is_idle || plan.workload.needs_told_clients() { 0 } else { slots };
        let share = plan.requests.map_or(u64::MAX, |requests| {
            let of = u64::from(plan.connections);
            requests / of + u64::from(u64::from(number) < requests % of)
        });
        Self {
            number,
            target: plan.targets[plan.target(number)],
            place,
            generation: 0,
            role: if is_idle { Role::Idle { speaks_ns: u64::MAX } } else { Role::Load },
            state: ConnectionState::Down { retry_ns: 0 },
            failures: 0,
            backlog: VecDeque::new(),
            in_flight: VecDeque::new(),
            bodies: None,
            inbox: Vec::new(),
            outbox: Vec::new(),
            replies: 0,
            requests: 0,
            extra: 0,
            clients: vec![Client::default(); slots as usize].into_boxed_slice(),
            told,
            drawn: 0,
            share,
            last: None,
        }
    }

    /// Whether it stands, and its clients are told and acknowledged.
    pub(crate) fn is_ready(&self) -> bool {
        let is_told = self.told as usize >= self.clients.len();
        matches!(self.state, ConnectionState::Up { .. }) && is_told && self.in_flight.is_empty()
    }

    /// What epoll is to report for it.
    fn token(&self) -> epoll::EventData {
        epoll::EventData::new_u64((u64::from(self.generation) << 32) | u64::from(self.place))
    }

    /// Whether an event is about the present socket.
    pub(crate) fn is_present(&self, token: u64) -> bool {
        token >> 32 == u64::from(self.generation)
    }

    /// The number of a client of this connection.
    pub(crate) fn client_number(&self, slot: u32, context: &WorkerContext<'_>) -> u32 {
        match (&context.plan.workload, self.role) {
            (Workload::Herd(load), Role::Idle { .. }) => load.clients + (self.number - context.plan.connections),
            (_, _) => self.number + slot * context.plan.connections,
        }
    }

    /// Begins to connect.
    pub(crate) fn dial(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) {
        self.generation = self.generation.wrapping_add(1);
        let begun = context.dialler.dial(self.target).and_then(|socket| {
            epoll::add(&context.epoll, &socket, self.token(), epoll::EventFlags::OUT)?;
            Ok(socket)
        });
        match begun {
            Ok(socket) => {
                context.dialling += 1;
                self.state = ConnectionState::Dialling { socket, since_ns: now_ns };
            }
            Err(error) => self.fail_to_dial(context, &error, now_ns),
        }
    }

    /// Goes on when a dial is decided.
    pub(crate) fn decide(&mut self, context: &mut WorkerContext<'_>) {
        let now_ns = context.clock.now_ns();
        let ConnectionState::Dialling { socket, since_ns } =
            std::mem::replace(&mut self.state, ConnectionState::Down { retry_ns: u64::MAX })
        else {
            return;
        };
        context.dialling -= 1;
        let live_figures = dial::established(&socket).and_then(|()| {
            epoll::modify(&context.epoll, &socket, self.token(), epoll::EventFlags::IN)?;
            Ok(())
        });
        if let Err(error) = live_figures {
            self.fail_to_dial(context, &error, now_ns);
            return;
        }
        context.tally.links.opened += 1;
        context.tally.times.connect.record(now_ns - since_ns);
        self.state = ConnectionState::Up { socket, dialled_ns: since_ns };
        self.bodies = context.plan.transport.bodies();
        self.pump(context);
    }

    /// Waits to dial again.
    pub(crate) fn fail_to_dial(&mut self, context: &mut WorkerContext<'_>, error: &io::Error, now_ns: u64) {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => context.tally.links.refused += 1,
            _ => context.tally.links.failed += 1,
        }
        if is_out_of_ports(error) {
            context.tally.links.out_of_ports += 1;
        }
        context.last_dial_error = Some(format!("{}: {error}", self.target));
        self.failures += 1;
        self.state = ConnectionState::Down { retry_ns: now_ns + self.backoff_ns(context) };
    }

    /// Gives a dial up that takes too long.
    pub(crate) fn give_up_dial(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) {
        context.dialling -= 1;
        self.fail_to_dial(context, &io::ErrorKind::TimedOut.into(), now_ns);
    }

    /// Ends the connection; what is in flight fails in this way, or as cut short where its reply has begun. Dials again
    /// at once where there was a reply, else after a while.
    pub(crate) fn end(&mut self, context: &mut WorkerContext<'_>, fault: Fault, now_ns: u64) {
        context.tally.links.lost += 1;
        let is_begun = !self.inbox.is_empty();
        let mut fault_now = if is_begun && fault == Fault::Closed { Fault::Short } else { fault };
        while let Some(pending) = self.in_flight.pop_front() {
            context.in_flight -= 1;
            context.fail(fault_now, pending.counting, pending.intended_ns, now_ns);
            if !pending.is_load {
                self.told = self.told.saturating_sub(1);
            }
            fault_now = fault;
        }
        self.hang_up(context, now_ns);
    }

    /// Closes after the last reply that the plan gives a connection, or after a failure, and dials anew.
    pub(crate) fn hang_up(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) {
        self.state = ConnectionState::Down { retry_ns: now_ns };
        self.inbox.clear();
        self.outbox.clear();
        (self.replies, self.requests, self.extra, self.last) = (0, 0, 0, None);
        if self.role != Role::Load {
            self.told = 0;
        }
        self.failures += 1;
        if self.failures == 1 {
            self.dial(context, now_ns);
        } else {
            self.state = ConnectionState::Down { retry_ns: now_ns + self.backoff_ns(context) };
        }
    }

    /// Notes a right reply: the next loss is redialled at once.
    pub(crate) fn succeed(&mut self) {
        self.failures = 0;
    }

    /// 10 ms, doubled with each failure up to a second, less up to half of it at random.
    fn backoff_ns(&self, context: &WorkerContext<'_>) -> u64 {
        let (first, most) = BACKOFF_NS;
        let wait_ns = first.saturating_mul(1 << self.failures.min(10)).min(most);
        let jitter = RandomStream::new(context.plan.seed, u64::from(self.number)).at(u64::from(self.generation));
        wait_ns - jitter % (wait_ns / 2)
    }

    /// Takes what may be sent next, if anything may.
    pub(crate) fn next(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) -> Option<Waiting> {
        let unmeasured = |request| Waiting {
            request,
            intended_ns: now_ns,
            seen_ns: now_ns,
            counting: Counting::Unmeasured,
            is_load: false,
        };
        if (self.told as usize) < self.clients.len() {
            self.told += 1;
            return Some(unmeasured(context.draws.first(self.number, self.told - 1)));
        }
        if context.stage != Stage::Running || self.role != Role::Load {
            return None;
        }
        if context.plan.requests_per_connection.is_some_and(|most| self.requests >= most) {
            return None;
        }
        self.requests += 1;
        if context.plan.pace == Pace::Closed {
            return Some(self.draw(context, now_ns));
        }
        let next = self.backlog.pop_front();
        match next {
            Some(_) => context.waiting -= 1,
            None => self.requests -= 1,
        }
        next
    }

    /// The next request of a closed loop. The first one after a redial starts with the
    /// dial, so that a connection's cost is in it.
    fn draw(&mut self, context: &mut WorkerContext<'_>, now_ns: u64) -> Waiting {
        let intended_ns = match self.state {
            ConnectionState::Up { dialled_ns, .. } if self.drawn > 0 && self.requests == 1 => dialled_ns,
            ConnectionState::Up { .. } | ConnectionState::Dialling { .. } | ConnectionState::Down { .. } => now_ns,
        };
        let request = context.draws.closed(self.number, self.drawn);
        self.drawn += 1;
        let is_measured = self.share > 0 && context.window.holds(intended_ns);
        if is_measured {
            self.share -= 1;
            context.due(intended_ns, intended_ns);
        }
        let counting = if is_measured { Counting::Measured } else { Counting::Unmeasured };
        Waiting { request, intended_ns, seen_ns: intended_ns, counting, is_load: true }
    }

    /// Asks epoll to report when there is room to write, or no longer.
    pub(crate) fn update_interest(&self, context: &WorkerContext<'_>) -> io::Result<()> {
        let ConnectionState::Up { socket, .. } = &self.state else { return Ok(()) };
        let room = if self.outbox.is_empty() { epoll::EventFlags::empty() } else { epoll::EventFlags::OUT };
        epoll::modify(&context.epoll, socket, self.token(), epoll::EventFlags::IN | room)?;
        Ok(())
    }
}

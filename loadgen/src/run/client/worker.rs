use std::{
    num::NonZeroU64,
    sync::mpsc::{Receiver, Sender},
    time::Duration,
};

use rustix::{event::epoll, thread::set_current_timer_slack, time::Timespec};

use super::{
    connection::{Connection, ConnectionState, Role},
    context::{Stage, WorkerContext},
    progress::SharedProgress,
    reply::AcknowledgedClient,
};
use crate::run::{
    Pace, Plan, Poll,
    measure::{Clock, Fault, Tally, Window, nanos},
    ports::shortage,
    schedule::{Arrival, Arrivals, Draws},
};

/// Most dials of a worker that are not decided at once: below the backlog of a listener with the 128 places of std.
const MOST_DIALLING: u32 = 64;
/// How often a worker looks after time-outs and redials.
const ROUND: Duration = Duration::from_millis(50);
/// How often a worker counts which connections are ready while it opens them.
const COUNTED: Duration = Duration::from_millis(5);
/// Most events that epoll reports at once.
const EVENTS: usize = 256;

/// What a worker reports while it runs.
#[derive(Debug)]
pub(crate) enum WorkerMessage {
    /// All connections stand and all clients are told.
    Opened,
    /// The run cannot begin.
    Failed(String),
}

/// What a worker has to show at the end.
#[derive(Debug)]
pub(crate) struct WorkerReport {
    pub(crate) tally: Tally,
    /// Share of its windows that it was not waiting.
    pub(crate) busy: f64,
    /// Why the run ended before its time, if it did.
    pub(crate) overloaded: Option<String>,
    /// What it drove, in the order of the orders.
    pub(crate) driven: Vec<DrivenSlice>,
    /// Its clients with what was acknowledged, where servers are to converge.
    pub(crate) clients: Vec<AcknowledgedClient>,
}

/// A stretch of load, in nanoseconds after the epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadSlice {
    pub(crate) start_ns: u64,
    /// Load before the window, not measured.
    pub(crate) lead_ns: u64,
    pub(crate) window_ns: u64,
    pub(crate) then: Then,
}

/// What becomes of the connections after a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// No more is asked: what is in flight and not measured is left.
    End,
    /// They rest until the next slice: all that is in flight is awaited.
    Pause,
}

/// What a worker did in one slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DrivenSlice {
    pub(crate) window: Window,
    /// When it stopped sending and awaiting, in nanoseconds after the epoch.
    pub(crate) done_ns: u64,
}

/// One thread's share of the connections, and the loop that serves them.
pub(crate) struct Worker<'a> {
    pub(crate) number: u32,
    pub(crate) context: WorkerContext<'a>,
    pub(crate) progress: &'a SharedProgress,
    pub(crate) connections: Vec<Connection>,
    /// Of the connections, how many have been dialled for the first time.
    dialled: usize,
    pub(crate) schedule: Option<Arrivals<'a>>,
    pub(crate) next: Option<Arrival>,
    /// Start of the schedule, in nanoseconds after the epoch; later by each pause.
    pub(crate) start_ns: u64,
    /// Since when it pauses, where it does.
    paused_ns: Option<u64>,
    driven: Vec<DrivenSlice>,
    pub(crate) first_measured: Option<u64>,
    round_ns: u64,
    waited_ns: u64,
    pub(crate) overloaded: Option<String>,
    events: Vec<epoll::Event>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(
        number: u32,
        plan: &'a Plan,
        draws: &'a Draws,
        clock: Clock,
        progress: &'a SharedProgress,
    ) -> rustix::io::Result<Self> {
        let context = WorkerContext::new(plan, draws, clock, number)?;
        let own = (0..plan.connections + plan.idle).filter(|connection| connection % plan.workers == number);
        let connections =
            own.zip(0..).map(|(connection, place)| Connection::new(connection, place, &context)).collect();
        let schedule = match plan.pace {
            Pace::Closed => None,
            Pace::RatePerS(rate_per_s) => Some(Arrivals::new(plan.seed, rate_per_s, plan.spacing, draws)),
        };
        Ok(Self {
            number,
            context,
            progress,
            connections,
            dialled: 0,
            schedule,
            next: None,
            start_ns: u64::MAX,
            paused_ns: None,
            driven: Vec::new(),
            first_measured: None,
            round_ns: 0,
            waited_ns: 0,
            overloaded: None,
            events: Vec::with_capacity(EVENTS),
        })
    }

    /// Opens everything, says so, drives the slices that it is told, and reports once it is told no more.
    pub(crate) fn run(
        mut self,
        messages: &Sender<WorkerMessage>,
        slices: &Receiver<LoadSlice>,
    ) -> Option<WorkerReport> {
        // Linux lets a sleep last 50 µs longer than asked, to wake up less often; 1 ns is the least there is. Where it is
        // not allowed, the wake lag shows it.
        let _ = set_current_timer_slack(Some(NonZeroU64::MIN));
        let message = match self.open() {
            Ok(()) => WorkerMessage::Opened,
            Err(why) => WorkerMessage::Failed(why),
        };
        messages.send(message).ok()?;
        // The connections stand until what the server holds has been read; the channel closes then.
        while let Ok(slice) = slices.recv() {
            self.drive(slice);
            let (window, done_ns) = (self.context.window, self.context.clock.now_ns());
            self.driven.push(DrivenSlice { window, done_ns });
            self.progress.end_slice();
        }
        let length_ns = self.driven.iter().map(|slice| slice.window.length_ns()).sum::<u64>().max(1);
        let busy = 1.0 - self.waited_ns.min(length_ns) as f64 / length_ns as f64;
        let clients = self.acknowledged();
        let (tally, overloaded, driven) = (self.context.tally, self.overloaded, self.driven);
        Some(WorkerReport { tally, busy, overloaded, driven, clients })
    }

    /// Clients that a server has acknowledged something of, where servers are to converge.
    fn acknowledged(&self) -> Vec<AcknowledgedClient> {
        if self.context.plan.herd.converge.is_empty() {
            return Vec::new();
        }
        let of = |connection: &Connection| {
            let clients = connection.clients.iter().zip(0..);
            clients.map(|(client, slot)| (connection.client_number(slot, &self.context), *client)).collect::<Vec<_>>()
        };
        self.connections.iter().flat_map(of).filter(|(_, client)| client.acknowledged_ns > 0).collect()
    }

    /// Opens all connections at a bounded pace and tells all clients; fails when nothing moves for one time-out.
    fn open(&mut self) -> Result<(), String> {
        let mut moved = (0, self.context.clock.now_ns());
        let mut counted_ns = 0;
        loop {
            self.turn();
            let steps = self.context.tally.links.opened + self.context.tally.replies;
            let now_ns = self.context.clock.now_ns();
            if steps != moved.0 {
                moved = (steps, now_ns);
            }
            // Counting is left to a few turns: it looks at every connection.
            if now_ns < counted_ns + nanos(COUNTED) {
                continue;
            }
            counted_ns = now_ns;
            let ready = self.connections.iter().filter(|connection| connection.is_ready()).count();
            self.progress.set_ready(self.number, ready);
            if ready == self.connections.len() {
                return Ok(());
            }
            if self.progress.is_stopped() || now_ns - moved.1 > self.context.timeout_ns {
                return Err(self.stuck(ready));
            }
        }
    }

    fn stuck(&self, ready: usize) -> String {
        let all = self.connections.len();
        let links = self.context.tally.links;
        let why = match (&self.context.last_dial_error, self.context.tally.kept.first()) {
            (Some(_), _) if links.out_of_ports > 0 => shortage(),
            (Some(error), _) if links.opened < all as u64 => format!("last error {error}"),
            (_, Some(kept)) => kept.clone(),
            (_, None) => "no answer while the clients were told their first locations".to_owned(),
        };
        format!("{ready} of {all} connections were ready when nothing moved for {:?}: {why}", self.context.plan.timeout)
    }

    /// Sends load until everything measured has ended, or a time-out after the window.
    fn drive(&mut self, slice: LoadSlice) {
        let window_ns = slice.start_ns + slice.lead_ns;
        let earlier_ns = self.driven.iter().map(|slice| slice.window.length_ns()).sum();
        self.context.window = Window { start_ns: window_ns, end_ns: window_ns + slice.window_ns, earlier_ns };
        match self.paused_ns.take() {
            None => {
                self.start_ns = slice.start_ns;
                self.advance();
            }
            Some(paused_ns) => self.skip(slice.start_ns.saturating_sub(paused_ns)),
        }
        // In a closed loop there is no schedule that sends the first request.
        while self.context.clock.now_ns() < slice.start_ns {
            self.wait(slice.start_ns);
        }
        self.context.stage = Stage::Running;
        for connection in &mut self.connections {
            connection.pump(&mut self.context);
        }
        while !self.is_over() {
            self.turn();
        }
        match slice.then {
            Then::End => self.fail_unfinished(),
            Then::Pause => self.pause(),
        }
    }

    /// Sends nothing more, and awaits all that is in flight, for one time-out at most.
    fn pause(&mut self) {
        self.context.stage = Stage::Paused;
        self.context.window.end_ns = self.context.window.end_ns.min(self.context.clock.now_ns());
        let until_ns = self.context.clock.now_ns() + self.progress.patience_ns(self.context.timeout_ns);
        while self.context.in_flight + self.context.dialling > 0 && self.context.clock.now_ns() < until_ns {
            self.turn();
        }
        let now_ns = self.context.clock.now_ns();
        for connection in &mut self.connections {
            for waiting in std::mem::take(&mut connection.backlog) {
                self.context.waiting -= 1;
                self.context.fail(Fault::Unfinished, waiting.counting, waiting.intended_ns, now_ns);
            }
            // Its reply would come in the next slice, unasked.
            if !connection.in_flight.is_empty() {
                connection.end(&mut self.context, Fault::Unfinished, now_ns);
            }
        }
        self.paused_ns = Some(now_ns);
    }

    /// Leaves a pause out of the schedule, and out of the silence of idle connections.
    fn skip(&mut self, pause_ns: u64) {
        self.start_ns = self.start_ns.saturating_add(pause_ns);
        for connection in &mut self.connections {
            if let Role::Idle { speaks_ns } = &mut connection.role {
                *speaks_ns = speaks_ns.saturating_add(pause_ns);
            }
        }
    }

    fn is_over(&mut self) -> bool {
        let now_ns = self.context.clock.now_ns();
        if self.progress.is_stopped() && now_ns < self.context.window.end_ns {
            self.context.window.end_ns = now_ns.max(self.context.window.start_ns);
        }
        let is_closed = self.context.plan.pace == Pace::Closed;
        let is_drawn = is_closed && self.connections.iter().all(|c| c.role != Role::Load || c.share == 0);
        if is_drawn && self.context.unfinished == 0 {
            self.context.window.end_ns = self.context.window.end_ns.min(now_ns);
        }
        let end_ns = self.context.window.end_ns;
        self.overloaded.is_some()
            || now_ns >= end_ns && self.context.unfinished == 0
            || now_ns >= end_ns.saturating_add(self.progress.patience_ns(self.context.timeout_ns))
    }

    /// One turn: what is due is sent, what has come is read, and now and then time-outs are looked after.
    fn turn(&mut self) {
        self.dial_more();
        self.admit();
        let now_ns = self.context.clock.now_ns();
        if now_ns >= self.round_ns {
            self.look_after(now_ns);
            self.round_ns = now_ns + nanos(ROUND).min(self.context.timeout_ns / 4);
        }
        let next = self.next.filter(|_| self.context.stage != Stage::Paused);
        let arrival_ns = next.map_or(u64::MAX, |arrival| self.start_ns.saturating_add(arrival.at_ns));
        let end_ns = self.context.window.end_ns;
        let end_ns = if end_ns > now_ns { end_ns } else { u64::MAX };
        self.wait(arrival_ns.min(self.round_ns).min(end_ns));
        self.handle();
    }

    /// Waits for events until this time.
    fn wait(&mut self, until_ns: u64) {
        let before_ns = self.context.clock.now_ns();
        let left = match self.context.plan.poll {
            Poll::Sleep => Duration::from_nanos(until_ns.saturating_sub(before_ns)),
            Poll::Spin => Duration::ZERO,
        };
        self.events.clear();
        // A duration of at most one round fits.
        let left = Timespec::try_from(left).unwrap_or_default();
        let room = rustix::buffer::spare_capacity(&mut self.events);
        // Interrupted by a signal is as good as no event.
        let _ = epoll::wait(&self.context.epoll, room, Some(&left));
        let after_ns = self.context.clock.now_ns();
        let has_slept = left != Timespec::default() || self.events.is_empty();
        if has_slept && self.context.window.holds(after_ns) {
            self.waited_ns += after_ns - before_ns.max(self.context.window.start_ns);
        }
    }

    fn handle(&mut self) {
        for at in 0..self.events.len() {
            let event = self.events[at];
            let (token, flags) = (event.data.u64(), event.flags);
            let place = usize::try_from(token & u64::from(u32::MAX)).unwrap_or(usize::MAX);
            let Some(connection) = self.connections.get_mut(place) else { continue };
            if !connection.is_present(token) {
                continue;
            }
            if matches!(connection.state, ConnectionState::Dialling { .. }) {
                connection.decide(&mut self.context);
                continue;
            }
            if flags.contains(epoll::EventFlags::OUT) {
                connection.resume(&mut self.context);
            }
            // An error or a hang-up is found by reading, after what was said before.
            if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::ERR | epoll::EventFlags::HUP) {
                connection.receive(&mut self.context);
            }
        }
        self.progress.set_replies(self.number, self.context.tally.replies);
    }

    /// First dials, as many as may be undecided at once.
    fn dial_more(&mut self) {
        while self.dialled < self.connections.len() && self.context.dialling < MOST_DIALLING {
            let now_ns = self.context.clock.now_ns();
            self.connections[self.dialled].dial(&mut self.context, now_ns);
            self.dialled += 1;
        }
    }

    /// Time-outs, redials, and the requests of idle connections.
    fn look_after(&mut self, now_ns: u64) {
        let timeout_ns = self.context.timeout_ns;
        for connection in &mut self.connections[..self.dialled] {
            match &connection.state {
                ConnectionState::Down { retry_ns } if *retry_ns <= now_ns && self.context.dialling < MOST_DIALLING => {
                    connection.dial(&mut self.context, now_ns);
                }
                ConnectionState::Dialling { since_ns, .. } if since_ns + timeout_ns <= now_ns => {
                    connection.give_up_dial(&mut self.context, now_ns);
                }
                ConnectionState::Up { .. }
                    if connection.in_flight.front().is_some_and(|p| p.written_ns + timeout_ns <= now_ns) =>
                {
                    connection.end(&mut self.context, Fault::TimedOut, now_ns);
                }
                ConnectionState::Up { .. } | ConnectionState::Down { .. } | ConnectionState::Dialling { .. } => {}
            }
            if let Some(waiting) = connection.backlog.front() {
                self.context.longest_wait_ns = self.context.longest_wait_ns.max(now_ns.saturating_sub(waiting.seen_ns));
            }
            if let Role::Idle { speaks_ns } = &mut connection.role
                && *speaks_ns <= now_ns
            {
                *speaks_ns = u64::MAX;
                connection.told = 0;
                connection.pump(&mut self.context);
            }
        }
        if self.context.stage == Stage::Running {
            self.is_swamped();
            self.progress.publish(self.number, &self.context.tally, self.context.window, now_ns);
        }
    }

    /// What has not ended by now enters as at least its age.
    fn fail_unfinished(&mut self) {
        let now_ns = self.context.clock.now_ns();
        self.context.window.end_ns = self.context.window.end_ns.min(now_ns);
        for connection in &mut self.connections {
            for pending in std::mem::take(&mut connection.in_flight) {
                self.context.fail(Fault::Unfinished, pending.counting, pending.intended_ns, now_ns);
            }
            for waiting in std::mem::take(&mut connection.backlog) {
                self.context.fail(Fault::Unfinished, waiting.counting, waiting.intended_ns, now_ns);
            }
        }
    }
}

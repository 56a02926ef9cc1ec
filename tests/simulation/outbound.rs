//! The dialling end of a link, as an engine runs it: one thread or task for each neighbour.

use std::time::Duration;

use herd::{
    protocol::{Backoff, Dialer, LinkEnd, Name, Queue, Sent},
    state::{FullSync, Gate, Store},
};

use crate::world::{Arrival, Event, Life, Side, WireId, World, read};

/// What a server has to say to one neighbour.
#[derive(Debug)]
pub(crate) struct Outbound {
    life: Life,
    /// Which of the server's links this is.
    link: usize,
    own: Name,
    pub(crate) peer_name: Name,
    pub(crate) peer: usize,
    pub(crate) gate: Gate,
    queue: Queue,
    sync: FullSync,
    backoff: Backoff,
    phase: Phase,
    /// When the present phase has lasted long enough.
    alarm: Duration,
    /// When the link was last woken out of a wait.
    woken: Duration,
}

#[derive(Debug)]
enum Phase {
    /// The next dial comes with the alarm.
    Down,
    /// HELLO is to be answered before the alarm.
    Greeting(Connection),
    /// A batch goes out with the alarm: at once when there is something to say, else after the silence.
    Waiting(Connection),
    /// ACK is due before the alarm.
    Unacknowledged(Connection),
}

#[derive(Debug)]
struct Connection {
    wire: WireId,
    dialer: Dialer,
    since: Duration,
}

impl Outbound {
    pub(crate) fn new(life: Life, link: usize, own: Name, peer_name: Name, peer: usize, world: &mut World) -> Self {
        let limits = &world.limits;
        let backoff = Backoff::new(limits.backoff_min, limits.backoff_max, limits.backoff_reset, world.rng.u64(..));
        Self {
            life,
            link,
            own,
            peer_name,
            peer,
            gate: Gate::default(),
            queue: Queue::new(limits.link_queue),
            sync: FullSync::default(),
            backoff,
            phase: Phase::Down,
            alarm: Duration::MAX,
            woken: Duration::ZERO,
        }
    }

    /// How many records wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// A merger offers a record. No merger ever waits: what does not fit into the queue is left to another full sync. Only
    /// the first record ends a wait: the link takes all that is queued.
    pub(crate) fn offer(&mut self, line: &[u8], world: &mut World) {
        let is_first = self.queue.is_empty();
        if !self.queue.push(line) {
            world.counts.overflows += 1;
            self.gate.request_full_sync();
            return;
        }
        if is_first && matches!(self.phase, Phase::Waiting(_)) {
            self.act_by(world.now, world);
        }
    }

    /// Ends a wait or a back-off at once, but not more often than the interval allows.
    pub(crate) fn wake(&mut self, world: &mut World) {
        if matches!(self.phase, Phase::Down | Phase::Waiting(_)) {
            self.woken = world.now.max(self.woken + world.limits.wake_interval);
            self.act_by(self.woken, world);
        }
    }

    /// The alarm rings, unless it has been set anew meanwhile.
    pub(crate) fn alarm(&mut self, store: &Store, world: &mut World) {
        if self.alarm != world.now {
            return;
        }
        self.alarm = Duration::MAX;
        match &self.phase {
            Phase::Down => self.dial(world),
            Phase::Waiting(_) => self.send_batch(store, world),
            Phase::Greeting(_) | Phase::Unacknowledged(_) => self.lose(world),
        }
    }

    pub(crate) fn dial(&mut self, world: &mut World) {
        let mut hello = Vec::new();
        let dialer = Dialer::new(&self.own, &self.peer_name, &mut hello);
        let wire = world.dial(self.life.server, self.peer);
        world.send(wire, Side::Dialer, &hello);
        self.phase = Phase::Greeting(Connection { wire, dialer, since: world.now });
        self.set_alarm(world.now + world.limits.dial + world.limits.handshake, world);
    }

    /// Something has come over a connection, perhaps over one that is given up already.
    pub(crate) fn arrive(&mut self, wire: WireId, what: Arrival, store: &Store, world: &mut World) {
        let (Phase::Greeting(connection) | Phase::Waiting(connection) | Phase::Unacknowledged(connection)) =
            &mut self.phase
        else {
            return;
        };
        if connection.wire != wire {
            return;
        }
        match what {
            Arrival::Bytes(bytes) => match hear(&mut connection.dialer, &bytes) {
                Ok(heard) => heard.into_iter().for_each(|sent| self.proceed(sent, store, world)),
                Err(_) => self.lose(world),
            },
            Arrival::Connection | Arrival::End | Arrival::Reset => self.lose(world),
        }
    }

    fn proceed(&mut self, sent: Sent, store: &Store, world: &mut World) {
        let (Phase::Greeting(mut connection) | Phase::Unacknowledged(mut connection) | Phase::Waiting(mut connection)) =
            std::mem::replace(&mut self.phase, Phase::Down)
        else {
            unreachable!("only a connected link hears something")
        };
        if sent == Sent::Welcome {
            connection.since = world.now;
            self.phase = Phase::Waiting(connection);
            world.counts.links += 1;
            // Registered with the mergers before the full sync; a thread may be held up between the two.
            self.sync.start(store, &self.gate);
            let moment = world.held_up();
            self.set_alarm(moment, world);
        } else {
            self.phase = Phase::Waiting(connection);
            let sync_is_due = !self.sync.is_done() || self.gate.is_full_sync_due();
            let moment = match (self.queue.is_empty(), sync_is_due) {
                // Others go first, and what they have to say comes into the batch.
                (false, _) => world.held_up(),
                (true, true) => world.now,
                (true, false) => world.now + world.limits.silence,
            };
            self.set_alarm(moment, world);
        }
    }

    fn send_batch(&mut self, store: &Store, world: &mut World) {
        let Phase::Waiting(mut connection) = std::mem::replace(&mut self.phase, Phase::Down) else {
            unreachable!("batches are sent out of the wait")
        };
        let (wire, dialer, mut out) = (connection.wire, &mut connection.dialer, Vec::new());
        let Self { sync, gate, queue, .. } = self;
        sync.fill(store, gate, |dialer, out| dialer.take(queue, out), dialer, &mut out);
        world.counts.records_sent += dialer.records();
        world.counts.unfinished_syncs += usize::from(!sync.is_done());
        dialer.seal(&mut out);
        world.send(wire, Side::Dialer, &out);
        self.phase = Phase::Unacknowledged(connection);
        self.set_alarm(world.now + world.limits.ack, world);
    }

    fn lose(&mut self, world: &mut World) {
        let mut lived = Duration::ZERO;
        match std::mem::replace(&mut self.phase, Phase::Down) {
            Phase::Down => {}
            Phase::Greeting(connection) => world.close(connection.wire, Side::Dialer),
            Phase::Waiting(connection) | Phase::Unacknowledged(connection) => {
                world.close(connection.wire, Side::Dialer);
                lived = world.now.saturating_sub(connection.since);
            }
        }
        self.gate.close();
        self.queue.clear();
        let pause = self.backoff.pause(lived);
        self.set_alarm(world.now + pause, world);
    }

    fn act_by(&mut self, at: Duration, world: &mut World) {
        if at < self.alarm {
            self.set_alarm(at, world);
        }
    }

    fn set_alarm(&mut self, at: Duration, world: &mut World) {
        self.alarm = at;
        world.schedule(at, Event::Alarm { life: self.life, link: self.link });
    }
}

fn hear(dialer: &mut Dialer, mut bytes: &[u8]) -> Result<Vec<Sent>, LinkEnd> {
    let mut heard = Vec::new();
    while !bytes.is_empty() {
        let count = read(&mut bytes, dialer.space());
        dialer.received(count);
        loop {
            match dialer.step()? {
                Sent::Read => break,
                sent => heard.push(sent),
            }
        }
    }
    Ok(heard)
}

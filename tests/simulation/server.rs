//! A server: the core of `herd`, and the least that an engine adds to it (PROTOCOL section 5).

use std::{cell::RefCell, collections::BTreeMap, sync::Arc, time::Duration};

use herd::{
    protocol::{Acceptor, At, Close, Directory, Name, Rules, Session, Step, Time, Told},
    state::{Admission, Merged, Store, recipients},
};

use crate::{
    graph::Graph,
    inbound::{Inbound, Pause},
    outbound::Outbound,
    world::{Arrival, Event, Life, Side, WireId, World, read},
};

/// The POSIX second at which every simulation starts.
pub(crate) const EPOCH_S: u64 = 1_600_000_000;

/// One server from its start to its end. It starts with an empty store.
#[derive(Debug)]
pub(crate) struct Server {
    life: Life,
    name: Name,
    rules: Rules,
    pub(crate) store: Store,
    links: Vec<Outbound>,
    inbound: BTreeMap<WireId, Inbound>,
}

impl Server {
    pub(crate) fn start(life: Life, graph: &Graph, world: &mut World) -> Self {
        let name = graph.names[life.server].clone();
        let mut links = Vec::new();
        for (link, peer) in graph.neighbours(life.server).into_iter().enumerate() {
            let mut outbound = Outbound::new(life, link, name.clone(), graph.names[peer].clone(), peer, world);
            outbound.dial(world);
            links.push(outbound);
        }
        // With one shard the order of a full sync does not depend on the process's random hash keys: a seed can be re-run.
        let store = Store::with_shards(1);
        let rules = rules(&name, world);
        Self { life, name, rules, store, links, inbound: BTreeMap::new() }
    }

    pub(crate) fn alarm(&mut self, link: usize, world: &mut World) {
        self.links[link].alarm(&self.store, world);
    }

    /// Something comes over a connection that this server has dialled or accepted.
    pub(crate) fn arrive(&mut self, wire: WireId, at: Side, what: Arrival, world: &mut World) {
        match (at, what) {
            (Side::Dialer, what) => {
                for link in &mut self.links {
                    link.arrive(wire, what.clone(), &self.store, world);
                }
            }
            (Side::Acceptor, Arrival::Connection) => {
                self.inbound.insert(wire, Inbound::new(wire, self.name.clone(), world));
                self.watch(wire, world);
            }
            (Side::Acceptor, what) => {
                if let Some(inbound) = self.inbound.get_mut(&wire) {
                    inbound.arrive(what, world);
                    self.read_on(wire, world);
                }
            }
        }
    }

    /// Ends an inbound link that has been silent for too long.
    pub(crate) fn look_for_silence(&mut self, wire: WireId, world: &mut World) {
        match self.inbound.get(&wire).map(|inbound| inbound.deadline(world)) {
            Some(deadline) if deadline <= world.now => self.end_inbound(wire, world),
            Some(_) => self.watch(wire, world),
            None => {}
        }
    }

    /// A thread that has merged a peer's record offers it, then reads on.
    pub(crate) fn resume(&mut self, wire: WireId, world: &mut World) {
        self.offer_news(wire, world);
        self.read_on(wire, world);
    }

    /// News goes to every neighbour whose link is up, but not to the one it came from.
    pub(crate) fn offer(&mut self, line: &[u8], from: Option<usize>, world: &mut World) {
        let to: Vec<_> = recipients(&self.links, from, |link| &link.gate).map(|(link, _)| link).collect();
        for link in to {
            self.links[link].offer(line, world);
        }
    }

    /// A whole connection of a client: it sends all it has to say, cut anywhere, and ends its side.
    pub(crate) fn serve_client(&mut self, mut input: &[u8], world: &mut World) -> Vec<u8> {
        let memory = Memory { store: &self.store, max_known: world.limits.max_known, news: RefCell::default() };
        let now = clock(world.now);
        let (mut session, mut out) = (Session::new(std::time::Instant::now()), Vec::new());
        loop {
            match session.step(&self.rules, now, &memory, &mut out) {
                Step::Read => {
                    let space = session.space();
                    let most = world.rng.usize(1..=space.len());
                    let count = read(&mut input, &mut space[..most]);
                    session.received(count);
                }
                Step::Answered(..) => {}
                Step::Ask(..) => Session::answer(b"{}\n", &mut out),
                Step::Close(why) => {
                    assert_eq!(why, Close::EndOfInput);
                    break;
                }
            }
        }
        for line in memory.news.into_inner() {
            let moment = world.held_up();
            world.schedule(moment, Event::Offer { life: self.life, line });
        }
        out
    }

    /// Nothing grows without end: one link from each neighbour, and full queues at most.
    pub(crate) fn check_bounds(&self, world: &World) {
        for (index, link) in self.links.iter().enumerate() {
            let inbound = self.inbound.values().filter(|inbound| inbound.from == Some(index)).count();
            assert!(inbound <= 1, "{inbound} links from {}", link.peer_name);
            assert!(link.queued() <= world.limits.link_queue, "{} records queued", link.queued());
        }
    }

    fn read_on(&mut self, wire: WireId, world: &mut World) {
        while let Some(inbound) = self.inbound.get_mut(&wire).filter(|inbound| inbound.news.is_none()) {
            match inbound.read_on(&self.store, world) {
                Pause::Wait => return,
                Pause::Hello(name) => self.greet(wire, &name, world),
                Pause::News => {
                    let moment = world.held_up();
                    world.schedule(moment, Event::Resume { life: self.life, wire });
                }
                Pause::End => self.end_inbound(wire, world),
            }
        }
    }

    /// A neighbour's second HELLO ends its older link, which was the half-open one; any HELLO wakes the way back.
    fn greet(&mut self, wire: WireId, name: &Name, world: &mut World) {
        let Some(from) = self.links.iter().position(|link| link.peer_name == *name) else {
            let mut out = Vec::new();
            Acceptor::refuse("not a neighbour", &mut out);
            world.send(wire, Side::Acceptor, &out);
            return self.end_inbound(wire, world);
        };
        let older = self.inbound.iter().find(|(_, inbound)| inbound.from == Some(from)).map(|(older, _)| *older);
        if let Some(older) = older {
            world.counts.replaced += 1;
            self.end_inbound(older, world);
        }
        if let Some(inbound) = self.inbound.get_mut(&wire) {
            inbound.welcome(from, world);
        }
        self.links[from].wake(world);
    }

    /// What this link brought was not sent back to its neighbour, which may have lost it: so the way back does another full sync.
    fn end_inbound(&mut self, wire: WireId, world: &mut World) {
        self.offer_news(wire, world);
        world.close(wire, Side::Acceptor);
        let from = self.inbound.remove(&wire).and_then(|inbound| inbound.from);
        if let Some(link) = from.map(|from| &mut self.links[from]) {
            link.gate.request_full_sync();
            link.wake(world);
        }
    }

    fn offer_news(&mut self, wire: WireId, world: &mut World) {
        let Some(inbound) = self.inbound.get_mut(&wire) else { return };
        let from = inbound.from;
        if let Some(line) = inbound.news.take() {
            self.offer(&line, from, world);
        }
    }

    fn watch(&mut self, wire: WireId, world: &mut World) {
        if let Some(deadline) = self.inbound.get(&wire).map(|inbound| inbound.deadline(world)) {
            world.schedule(deadline, Event::Silence { life: self.life, wire });
        }
    }
}

/// A server's memory as its clients see it; news is offered to the links later, as by a thread that is held up.
struct Memory<'a> {
    store: &'a Store,
    max_known: usize,
    news: RefCell<Vec<Arc<[u8]>>>,
}

impl Directory for Memory<'_> {
    fn tell(&self, at: &At<'_>) -> Told {
        match self.store.merge(at, Admission::Below(self.max_known)) {
            Merged::News => {
                self.news.borrow_mut().push(at.line.into());
                Told::News
            }
            Merged::Old => Told::Old,
            Merged::Full => Told::Full,
        }
    }

    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize> {
        self.store.find(client, reply)
    }
}

fn clock(now: Duration) -> Time {
    Time { seconds: EPOCH_S, nanos: 0 }.saturating_add(now)
}

fn rules(name: &Name, world: &World) -> Rules {
    Rules {
        server: name.clone(),
        max_future_skew: world.limits.max_future_skew,
        first_line: world.limits.first_line,
        line: world.limits.line,
        idle: world.limits.idle,
        close_after_reply: false,
    }
}

//! A whole herd, and what must hold of it in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use herd::{config::Limits, state::Digest};

use crate::{
    graph::Graph,
    plan::{Action, Plan},
    server::Server,
    world::{Counts, Event, Life, World},
};

/// N servers, their network, and a record of what clients were promised.
#[derive(Debug)]
pub(crate) struct Herd {
    graph: Graph,
    world: World,
    servers: Vec<Option<Server>>,
    generations: Vec<u32>,
    promised: Vec<Promise>,
    /// What servers that were up knew when the faults ended.
    survived: Vec<Vec<u8>>,
}

/// An acknowledged update.
#[derive(Debug)]
struct Promise {
    by: Life,
    line: Vec<u8>,
}

impl Herd {
    pub(crate) fn start(graph: &Graph, seed: u64, queue: usize, latency_max: Duration) -> Self {
        let limits = Limits { link_queue: queue, ..Limits::default() };
        let servers = graph.names.len();
        let mut herd = Self {
            graph: graph.clone(),
            world: World::new(seed, limits, latency_max),
            servers: (0..servers).map(|_| None).collect(),
            generations: vec![0; servers],
            promised: Vec::new(),
            survived: Vec::new(),
        };
        (0..servers).for_each(|server| herd.start_server(server));
        herd
    }

    /// Carries out a plan, then ends every fault.
    pub(crate) fn carry_out(plan: Plan, seed: u64) -> Self {
        let mut herd = Self::start(&plan.graph, seed, plan.queue, plan.latency_max);
        for (at, action) in plan.actions {
            herd.world.schedule(at, Event::Act(action));
        }
        herd.run(plan.span);
        herd.heal();
        herd
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, span: Duration) {
        let until = self.world.now + span;
        while let Some(event) = self.world.next(until) {
            self.happen(event);
        }
        self.world.now = until;
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.world.counts
    }

    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::Tell { server, input } => self.tell(server, &input),
            Action::Break(one, other) => self.world.break_edge(one, other),
            Action::Block(one, other) => self.world.block(one, other),
            Action::Unblock(one, other) => self.world.unblock(one, other),
            Action::Crash(server, death) => {
                if self.servers[server].take().is_some() {
                    self.world.end_of_server(server, death);
                }
            }
            Action::Start(server) => self.start_server(server),
        }
    }

    /// Ends every fault and starts whoever is down.
    fn heal(&mut self) {
        self.world.forget_actions();
        self.world.unblock_all();
        let clients = self.clients();
        for server in self.servers.iter().flatten() {
            self.survived.extend(clients.iter().filter_map(|client| stored(server, client)));
        }
        (0..self.servers.len()).for_each(|server| self.start_server(server));
    }

    /// The herd holds one truth: all stores are equal byte for byte, every record in them was once acknowledged, and
    /// nothing is older than what was promised by a server that has lived on, or known to one when the faults ended.
    pub(crate) fn check(&mut self) {
        let clients = self.clients();
        let truth = self.truth(&clients);
        let told: BTreeSet<_> = self.promised.iter().map(|promise| promise.line.as_slice()).collect();
        assert!(truth.values().all(|line| told.contains(line.as_slice())), "a record that nobody told");
        for line in self.survived.iter().chain(self.kept_promises()) {
            let known = truth.get(client(line)).map(Vec::as_slice);
            assert!(known.map(rank) >= Some(rank(line)), "{} is lost", line.escape_ascii());
        }
        self.check_replies(&truth);
    }

    /// The digests of all servers that are up.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.servers.iter().flatten().map(|server| server.store.digest()).collect()
    }

    /// How many clients a server knows.
    pub(crate) fn known(&self, server: usize) -> usize {
        self.servers[server].as_ref().map_or(0, |server| server.store.len())
    }

    fn truth(&self, clients: &BTreeSet<Vec<u8>>) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let content = |server: &Server| -> BTreeMap<_, _> {
            clients.iter().filter_map(|client| Some((client.clone(), stored(server, client)?))).collect()
        };
        let mut contents = self.servers.iter().flatten().map(content);
        let truth = contents.next().unwrap_or_default();
        assert!(contents.all(|other| other == truth), "the stores differ");
        assert!(self.digests().windows(2).all(|pair| pair[0] == pair[1]), "the digests differ");
        for server in self.servers.iter().flatten() {
            assert_eq!(server.store.len(), truth.len(), "a store counts its clients wrong");
        }
        truth
    }

    fn check_replies(&mut self, truth: &BTreeMap<Vec<u8>, Vec<u8>>) {
        let Some((client, line)) = truth.first_key_value() else { return };
        let question = [b"WHATSAT ", client.as_slice(), b" 10 5"].concat();
        for server in self.servers.iter_mut().flatten() {
            let reply = server.serve_client(&question, &mut self.world);
            assert_eq!(reply, [line.as_slice(), b"\n{}\n\n"].concat(), "a reply to WHATSAT");
        }
    }

    /// Promises of servers that have lived on.
    fn kept_promises(&self) -> impl Iterator<Item = &Vec<u8>> {
        let alive =
            |life: Life| self.servers[life.server].is_some() && self.generations[life.server] == life.generation;
        self.promised.iter().filter(move |promise| alive(promise.by)).map(|promise| &promise.line)
    }

    fn clients(&self) -> BTreeSet<Vec<u8>> {
        self.promised.iter().map(|promise| client(&promise.line).to_vec()).collect()
    }

    fn tell(&mut self, server: usize, input: &[u8]) {
        let by = Life { server, generation: self.generations[server] };
        let Some(server) = &mut self.servers[server] else { return };
        let reply = server.serve_client(input, &mut self.world);
        for line in reply.split_inclusive(|b| *b == b'\n') {
            assert!(line.starts_with(b"AT "), "{}", line.escape_ascii());
            self.promised.push(Promise { by, line: line[..line.len() - 1].to_vec() });
        }
    }

    fn start_server(&mut self, server: usize) {
        if self.servers[server].is_none() {
            self.generations[server] += 1;
            let life = Life { server, generation: self.generations[server] };
            self.servers[server] = Some(Server::start(life, &self.graph, &mut self.world));
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Act(action) => self.act(action),
            Event::Arrive { wire, at, what } => {
                let Some((server, what)) = self.world.deliver(wire, at, what) else { return };
                match &mut self.servers[server] {
                    Some(server) => {
                        server.arrive(wire, at, what, &mut self.world);
                        server.check_bounds(&self.world);
                    }
                    None => self.world.refuse(wire),
                }
            }
            Event::Alarm { life, link } => self.alive(life, |server, world| server.alarm(link, world)),
            Event::Silence { life, wire } => self.alive(life, |server, world| server.look_for_silence(wire, world)),
            Event::Resume { life, wire } => self.alive(life, |server, world| server.resume(wire, world)),
            Event::Offer { life, line } => self.alive(life, |server, world| server.offer(&line, None, world)),
        }
    }

    /// What a server had in mind dies with it.
    fn alive(&mut self, life: Life, act: impl FnOnce(&mut Server, &mut World)) {
        if let Some(server) = &mut self.servers[life.server]
            && self.generations[life.server] == life.generation
        {
            act(server, &mut self.world);
        }
    }
}

fn stored(server: &Server, client: &[u8]) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    server.store.find(client, &mut line)?;
    Some(line)
}

fn client(line: &[u8]) -> &[u8] {
    line.split(|b| *b == b' ').nth(3).unwrap_or_default()
}

/// The order of PROTOCOL section 5, written once more: the number before the point, the number after it in nine digits,
/// the whole line.
fn rank(line: &[u8]) -> (u64, u64, &[u8]) {
    let time = line.rsplit(|b| *b == b' ').next().unwrap_or_default();
    let time = String::from_utf8_lossy(time);
    let (seconds, fraction) = time.split_once('.').unwrap_or((&time, ""));
    let number = |digits: &str| digits.parse().unwrap_or_default();
    (number(seconds), number(&format!("{fraction:0<9}")), line)
}

//! Plays one case against one route.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    time::{Duration, Instant},
};

use super::{
    Level, Options,
    bindings::{Bindings, wall_clock_ns},
    case::{Action, Case, Place, Scope, Step},
    case_result::{Failure, Wrong},
    matching::{self, Terms},
    places_document::{self, Demand},
    skew,
    target::Route,
    template::{Template, Token},
    wire::{Ending, Wire},
};

/// Between two tries of a `poll`.
const POLL_PAUSE: Duration = Duration::from_millis(20);
/// Lines that a `seek` passes over: a walk of a store that many runs of the suite have filled.
const MAX_PASSED_OVER: usize = 2_000_000;

/// A case in the course of being played.
pub(super) struct Player<'a> {
    pub(super) case: &'a Case,
    pub(super) route: &'a Route,
    pub(super) options: &'a Options,
    pub(super) listener: Option<TcpListener>,
    pub(super) bindings: Bindings,
    pub(super) wires: BTreeMap<(Place, u8), Wire>,
    pub(super) here: (Place, u8),
    pub(super) sent_at_ns: i128,
    skews_ns: Vec<i128>,
}

/// Plays all steps, then ends all connections and looks for bytes nobody asked for.
pub(super) fn play(case: &Case, route: &Route, options: &Options) -> Result<(), Box<Failure>> {
    let here = if case.scope == Scope::Listen || case.scope == Scope::Peer { Place::Peer } else { Place::First };
    let mut player = Player {
        case,
        route,
        options,
        listener: None,
        bindings: Bindings::new(route.names()),
        wires: BTreeMap::new(),
        here: (here, 1),
        sent_at_ns: wall_clock_ns(),
        skews_ns: Vec::new(),
    };
    player.listen().map_err(|wrong| player.failure(0, wrong))?;
    for step in &case.steps {
        player.step(step).map_err(|wrong| player.failure(step.line, wrong))?;
    }
    let last = case.steps.last().map_or(0, |step| step.line);
    let open: Vec<_> = player.wires.keys().copied().collect();
    for place in open {
        player.here = place;
        player.finish().map_err(|wrong| player.failure(last, wrong))?;
    }
    Ok(())
}

impl Player<'_> {
    fn step(&mut self, step: &Step) -> Result<(), Wrong> {
        match &step.action {
            Action::At(place, number) => {
                self.here = (*place, *number);
                self.wire().map(|_| ())
            }
            Action::Connect => self.reconnect(),
            Action::SendLine(template) => self.send_line(template),
            Action::Send(template) => {
                let bytes = self.expand(template)?;
                self.bindings.sent.clone_from(&bytes);
                self.send(&bytes)
            }
            Action::Drip(template) => self.drip(template),
            Action::Expect(template) => self.expect(template),
            Action::Seek(template) => self.seek(template),
            Action::HalfClose => self.wire()?.half_close().map_err(|error| Wrong::io("half-close", &error)),
            Action::Eof => self.eof(),
            Action::Closed => self.closed(),
            Action::Wait(pause) => {
                std::thread::sleep(*pause);
                Ok(())
            }
            Action::Quiet(pause) => self.quiet(*pause),
            Action::Burst(times, block) => self.burst(*times, block),
            Action::Poll(block) => self.poll(block),
            Action::ExactSkews => match skew::rounding(&self.skews_ns) {
                Some(why) => {
                    Err(Wrong::new(why, "skews that are exact to the nanosecond", self.skews_seen().as_bytes()))
                }
                None => Ok(()),
            },
        }
    }

    fn skews_seen(&self) -> String {
        let seen: Vec<String> = self.skews_ns.iter().map(|ns| format!("{ns} ns")).collect();
        seen.join(", ")
    }

    fn expand(&self, template: &Template) -> Result<Vec<u8>, Wrong> {
        self.bindings.expand(template).map_err(|why| Wrong::new(why, self.bindings.describe(template), b""))
    }

    /// The assignment lets a server close after a reply, so there each line has a connection of its own.
    fn send_line(&mut self, template: &Template) -> Result<(), Wrong> {
        if self.case.level == Level::Assignment && self.wires.contains_key(&self.here) {
            self.reconnect()?;
        }
        let line = self.line(template)?;
        self.send(&line)
    }

    fn drip(&mut self, template: &Template) -> Result<(), Wrong> {
        let line = self.line(template)?;
        let timeout = self.options.timeout;
        self.sent_at_ns = wall_clock_ns();
        self.wire()?.drip(&line, timeout).map_err(|error| Wrong::io("send", &error))
    }

    /// The bytes of a line with its LF, remembered as what was sent.
    fn line(&mut self, template: &Template) -> Result<Vec<u8>, Wrong> {
        let mut line = self.expand(template)?;
        self.bindings.sent.clone_from(&line);
        line.push(b'\n');
        Ok(line)
    }

    fn expect(&mut self, template: &Template) -> Result<(), Wrong> {
        let demand = match template.tokens.as_slice() {
            [Token::Places(bound)] => Some(Demand::AtMost(*bound)),
            [Token::NoPlaces] => Some(Demand::Empty),
            _ => None,
        };
        match demand {
            Some(demand) => self.expect_document(template, demand),
            None => self.expect_line(template),
        }
    }

    fn expect_document(&mut self, template: &Template, demand: Demand) -> Result<(), Wrong> {
        let (timeout, level) = (self.options.timeout, self.options.level);
        let expected = format!("{}, then an empty line", self.bindings.describe(template));
        let bytes = self.wire()?.document(timeout).map_err(|short| Wrong::short(short, &*expected))?;
        places_document::compare(&bytes, demand, level).map_err(|why| Wrong::new(why, expected, &bytes))
    }

    fn expect_line(&mut self, template: &Template) -> Result<(), Wrong> {
        let expected = self.bindings.describe(template);
        let timeout = self.options.timeout;
        let line = self.wire()?.line(timeout).map_err(|short| Wrong::short(short, &*expected))?;
        self.compare(&line, template).map_err(|why| Wrong::new(why, expected, &line))
    }

    fn compare(&mut self, line: &[u8], template: &Template) -> Result<(), String> {
        let tolerance = self.options.clock_tolerance_at(self.route.client.ip());
        let terms = Terms {
            level: self.options.level,
            between_ns: is_told(&self.bindings.sent).then(|| (self.sent_at_ns, wall_clock_ns())),
            tolerance_ns: i128::try_from(tolerance.as_nanos()).unwrap_or(i128::MAX / 4),
        };
        let skews = matching::compare(line, template, &mut self.bindings, &terms)?;
        self.skews_ns.extend(skews);
        Ok(())
    }

    /// Reads on to a line; on a link that the server dialled, batches passed over are acknowledged.
    fn seek(&mut self, template: &Template) -> Result<(), Wrong> {
        let timeout = self.options.timeout;
        let expected = format!("a line {}", self.bindings.describe(template));
        for _ in 0..MAX_PASSED_OVER {
            let line = self.wire()?.line(timeout).map_err(|short| Wrong::short(short, &*expected))?;
            if self.compare(&line, template).is_ok() {
                return Ok(());
            }
            if let Some(number) = line.strip_prefix(b"SYNC ") {
                self.send(&[b"ACK ", number, b"\n"].concat())?;
            }
        }
        Err(Wrong::new(format!("{MAX_PASSED_OVER} other lines came"), expected, b""))
    }

    fn eof(&mut self) -> Result<(), Wrong> {
        const EXPECTED: &str = "the end of input, and nothing before it";
        let timeout = self.options.timeout;
        let (bytes, ending) = self.wire()?.remainder(timeout).map_err(|short| Wrong::short(short, EXPECTED))?;
        match ending {
            _ if !bytes.is_empty() => Err(Wrong::new("more came than was asked for", EXPECTED, &bytes)),
            Ending::Closed => Ok(()),
            Ending::Broken(_) => Err(Wrong::new(ending.told(), EXPECTED, b"")),
        }
    }

    fn closed(&mut self) -> Result<(), Wrong> {
        let timeout = self.options.timeout;
        let end = self.wire()?.remainder(timeout);
        end.map(|_| ()).map_err(|short| Wrong::short(short, "the end of input"))
    }

    fn quiet(&mut self, pause: Duration) -> Result<(), Wrong> {
        let wire = self.wire()?;
        if wire.is_quiet_for(pause) {
            return Ok(());
        }
        let got = wire.untaken().to_vec();
        Err(Wrong::new("the server spoke or closed too early", format!("{} ms of silence", pause.as_millis()), &got))
    }

    fn burst(&mut self, times: u32, block: &[Step]) -> Result<(), Wrong> {
        let mut bytes = Vec::new();
        self.rounds(
            times,
            block,
            |_, line| {
                bytes.extend_from_slice(&line);
                Ok(())
            },
            |_, _| Ok(()),
        )?;
        self.send(&bytes)?;
        self.rounds(times, block, |_, _| Ok(()), Self::expect)
    }

    /// Goes through a block so many times, handing on what is to be sent and what is to be expected.
    fn rounds(
        &mut self,
        times: u32,
        block: &[Step],
        mut on_send: impl FnMut(&mut Self, Vec<u8>) -> Result<(), Wrong>,
        mut on_expect: impl FnMut(&mut Self, &Template) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        for round in 1..=times {
            self.bindings.round = round;
            for step in block {
                match &step.action {
                    Action::SendLine(template) => {
                        let line = self.line(template)?;
                        on_send(self, line)?;
                    }
                    Action::Send(template) => {
                        let bytes = self.expand(template)?;
                        on_send(self, bytes)?;
                    }
                    Action::Expect(template) => on_expect(self, template)?,
                    _ => return Err(Wrong::new("a block holds sends and expectations only", "", b"")),
                }
            }
        }
        Ok(())
    }

    fn poll(&mut self, block: &[Step]) -> Result<(), Wrong> {
        let deadline = Instant::now() + self.options.herd_deadline;
        loop {
            self.reconnect()?;
            let before = self.bindings.clone();
            match block.iter().try_for_each(|step| self.step(step)) {
                Ok(()) => return Ok(()),
                Err(wrong) if Instant::now() >= deadline => {
                    let why = format!("{}, still after {} ms", wrong.why, self.options.herd_deadline.as_millis());
                    return Err(Wrong { why, ..wrong });
                }
                Err(_) => self.bindings = before,
            }
            self.wires.remove(&self.here);
            std::thread::sleep(POLL_PAUSE);
        }
    }

    fn failure(&self, line: usize, wrong: Wrong) -> Box<Failure> {
        Box::new(Failure {
            target: self.route.label(),
            step: format!("{}:{line}", self.case.file),
            why: wrong.why,
            sent: self.wires.get(&self.here).map(|wire| wire.sent.clone()).unwrap_or_default(),
            expected: wrong.expected,
            got: wrong.got,
        })
    }
}

/// Whether the line is an IAMAT, whose reply tells the server's clock.
fn is_told(line: &[u8]) -> bool {
    line.windows(5).any(|window| window == b"IAMAT")
}

//! The connections of a case that is being played.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use super::{
    Level,
    bindings::wall_clock_ns,
    case::{Place, Scope},
    case_result::Wrong,
    player::Player,
    wire::Wire,
};
use crate::http::Transport;

/// How long a server at level `assignment` is given to close after our end of input, or to send too much.
const PATIENCE: Duration = Duration::from_millis(300);
/// Between two looks at a listener.
const ACCEPT_PAUSE: Duration = Duration::from_millis(5);

impl Player<'_> {
    pub(super) fn listen(&mut self) -> Result<(), Wrong> {
        let listener = self.route.peer.as_ref().and_then(|peer| peer.listen);
        let (Scope::Listen, Some(listener)) = (self.case.scope, listener) else { return Ok(()) };
        let act = format!("listen on {}", listener.addr);
        let bound = TcpListener::bind(listener.addr).map_err(|error| Wrong::io(&act, &error))?;
        bound.set_nonblocking(true).map_err(|error| Wrong::io(&act, &error))?;
        self.listener = Some(bound);
        Ok(())
    }

    /// The present connection, opened if it is not.
    pub(super) fn wire(&mut self) -> Result<&mut Wire, Wrong> {
        let here = self.here;
        if !self.wires.contains_key(&here) {
            let wire = self.open(here.0)?;
            self.wires.insert(here, wire);
        }
        self.wires.get_mut(&here).ok_or_else(|| Wrong::new("no connection", "a connection", b""))
    }

    fn open(&self, place: Place) -> Result<Wire, Wrong> {
        if place == Place::Dialled {
            return self.accept().map_err(|error| Wrong::io("be dialled by the server", &error));
        }
        let addr = self.addr(place).ok_or_else(|| Wrong::new("no address for this place", "an address", b""))?;
        let (timeout, transport) = (self.options.timeout, self.options.transport);
        Wire::connect(addr, timeout, transport).map_err(|error| Wrong::io(&format!("connect to {addr}"), &error))
    }

    fn addr(&self, place: Place) -> Option<SocketAddr> {
        match place {
            Place::First => Some(self.route.client),
            Place::Second => self.route.second,
            Place::Peer => self.route.peer.as_ref().map(|peer| peer.addr),
            Place::Dialled => None,
        }
    }

    fn accept(&self) -> io::Result<Wire> {
        let listener = self.listener.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let deadline = Instant::now() + self.options.timeout;
        loop {
            match listener.accept() {
                Ok((stream, _)) => return Wire::over(stream, Transport::Lines),
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Err(_) if Instant::now() >= deadline => return Err(io::ErrorKind::TimedOut.into()),
                Err(_) => std::thread::sleep(ACCEPT_PAUSE),
            }
        }
    }

    pub(super) fn reconnect(&mut self) -> Result<(), Wrong> {
        self.finish()?;
        self.wire().map(|_| ())
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let timeout = self.options.timeout;
        let wire = self.wire()?;
        let sent_at_ns = wall_clock_ns();
        wire.send(bytes, timeout).map_err(|error| Wrong::io("send", &error))?;
        self.sent_at_ns = sent_at_ns;
        Ok(())
    }

    /// Ends the present connection: nothing more may come, and the server closes its side.
    pub(super) fn finish(&mut self) -> Result<(), Wrong> {
        let Some(mut wire) = self.wires.remove(&self.here) else { return Ok(()) };
        // A server speaks on the link that it dials when it likes, and may learn late that nobody listens.
        let outcome = if self.here.0 == Place::Dialled { Ok(()) } else { self.ends_well(&mut wire) };
        if outcome.is_err() {
            self.wires.insert(self.here, wire);
        }
        outcome
    }

    fn ends_well(&self, wire: &mut Wire) -> Result<(), Wrong> {
        const EXPECTED: &str = "nothing more, and the connection closed after our end of input";
        let is_strict = self.case.level == Level::Strict;
        // A server that has closed already makes this fail; that is no fault.
        let _ = wire.half_close();
        let (bytes, is_open) = match wire.remainder(if is_strict { self.options.timeout } else { PATIENCE }) {
            Ok((bytes, _)) => (bytes, false),
            Err(shortfall) => (shortfall.got, true),
        };
        if !bytes.is_empty() {
            Err(Wrong::new("more came than was asked for", EXPECTED, &bytes))
        } else if is_open && is_strict {
            Err(Wrong::new("the connection stayed open after our end of input", EXPECTED, b""))
        } else {
            Ok(())
        }
    }
}

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpStream},
    time::{Instant, SystemTime},
};

use super::{
    drain::Wait,
    node::{Node, time_of},
    wire,
};
use crate::{
    config::Limits,
    journal::{Event, Lines},
    metrics::{CloseReason, Validity},
    places::Plan,
    protocol::{Close, Query, Session, Step, Verb, Waiting},
};

/// Serves a client to its end.
pub(super) fn serve(node: &Node, conn: u64, stream: &TcpStream, addr: SocketAddr) {
    node.metrics.client_gained();
    node.journal.record(&Event::ClientGained { conn, address: addr });
    let mut connection = Connection { node, conn, addr, ended: CloseReason::ServerError };
    connection.ended = Client::new(node, conn, stream).run();
}

/// A client's connection, whose end is noted whatever ends it.
struct Connection<'a> {
    node: &'a Node,
    conn: u64,
    addr: SocketAddr,
    ended: CloseReason,
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.node.clients.leave(self.conn);
        self.node.metrics.client_lost(self.ended);
        let reason = self.ended.as_str();
        self.node.journal.record(&Event::ClientLost { conn: self.conn, address: self.addr, reason });
    }
}

struct Client<'a> {
    node: &'a Node,
    stream: &'a TcpStream,
    session: Session,
    /// Replies not yet sent.
    out: Vec<u8>,
    journal: Lines,
}

impl<'a> Client<'a> {
    fn new(node: &'a Node, conn: u64, stream: &'a TcpStream) -> Self {
        let session = Session::new(Instant::now());
        Self { node, stream, session, out: Vec::new(), journal: node.journal.client_lines(conn) }
    }

    fn run(&mut self) -> CloseReason {
        match self.converse() {
            Ok(Close::EndOfInput) => CloseReason::EndOfInput,
            Ok(why) => {
                // A client that has gone by itself has its last line, or does not want it.
                let _ = wire::linger(self.stream, self.node.settings.limits.linger);
                why.into()
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => CloseReason::WriteTimeout,
            Err(_) => CloseReason::Reset,
        }
    }

    fn converse(&mut self) -> io::Result<Close> {
        self.stream.set_read_timeout(Some(Limits::CLIENT_GLANCE))?;
        loop {
            let mut over = self.answer()?;
            self.flush()?;
            if over.is_none() {
                over = self.read()?;
            }
            if let Some(why) = over {
                self.flush()?;
                return Ok(why);
            }
        }
    }

    /// Answers every whole line; gives the reason when the session is over. One look at the clock serves all lines that came
    /// together, up to where somebody is waited for.
    fn answer(&mut self) -> io::Result<Option<Close>> {
        let mut now = SystemTime::now();
        loop {
            if self.node.drain.has_begun() {
                return Ok(Some(self.session.shut_down(&mut self.out)));
            }
            let mut start = self.out.len();
            match self.session.step(&self.node.rules, time_of(now), self.node, &mut self.out) {
                Step::Read => return Ok(None),
                Step::Close(why) => return Ok(Some(why)),
                Step::Answered(line, answer) => {
                    self.node.metrics.answered(answer);
                    self.journal.received(now, line);
                }
                Step::Ask(line, query) => {
                    self.journal.received(now, line);
                    start = self.ask(&query, start)?;
                    now = SystemTime::now();
                }
            }
            self.journal.sent(now, &self.out[start..]);
            if self.out.len() >= Limits::MAX_OUT_BYTES {
                self.flush()?;
                now = SystemTime::now();
            }
        }
    }

    /// Completes a reply, which starts here in the output, with what is near; gives where it starts then. Whoever waits
    /// for earlier replies does not wait for a provider.
    fn ask(&mut self, query: &Query, mut start: usize) -> io::Result<usize> {
        let document = match self.node.places.plan(query) {
            Plan::Answer(document) => document,
            Plan::Call(call) => {
                let begun = self.out.split_off(start);
                self.flush()?;
                self.out.extend(begun);
                start = 0;
                self.node.places.answer(call)
            }
        };
        self.node.metrics.command(Verb::Whatsat, Validity::Ok);
        Session::answer(&document, &mut self.out);
        Ok(start)
    }

    /// Sends what has gathered.
    fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.journal.flush();
        wire::write(self.stream, &self.out, self.node.settings.limits.write)?;
        self.out.clear();
        self.out.shrink_to(Limits::IDLE_OUT_BYTES);
        Ok(())
    }

    /// Waits for more input; gives the reason when the client's time has passed.
    fn read(&mut self) -> io::Result<Option<Close>> {
        let now = Instant::now();
        let until = match self.session.waiting(&self.node.rules, now) {
            Waiting::For(patience) => now + patience,
            Waiting::Until(moment) => moment,
        };
        // A client that goes on within a glance costs one system call a read; for one that does not, a second call watches
        // out for the drain too.
        let mut watching = until < now + Limits::CLIENT_GLANCE;
        loop {
            if watching {
                // Many connections are silent at once: they hold no more than they must.
                self.session.rest();
                self.out = Vec::new();
                match self.node.drain.wait(self.stream, until) {
                    Wait::Input => {}
                    Wait::Late => return Ok(Some(self.session.expire(&mut self.out))),
                    Wait::Drain => return Ok(None),
                }
            }
            match wire::read(self.stream, self.session.space()) {
                Err(error) if error.kind() == ErrorKind::TimedOut => watching = true,
                received => {
                    self.session.received(received?);
                    return Ok(None);
                }
            }
        }
    }
}

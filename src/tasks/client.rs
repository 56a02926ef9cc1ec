use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::Arc,
    time::{Instant, SystemTime},
};

use tokio::{net::TcpStream, task::yield_now};

use super::{
    buffer_pool,
    drain::Wait,
    node::{Node, time_of},
    wire::{self, Timer},
};
use crate::{
    config::Limits,
    journal::{Event, Lines},
    metrics::{CloseReason, Validity},
    places::Plan,
    protocol::{Close, Query, Session, Step, Verb, Waiting},
};

/// Serves a client to its end.
pub(super) async fn serve(node: Arc<Node>, conn: u64, stream: Arc<TcpStream>, addr: SocketAddr) {
    node.metrics.client_gained();
    node.journal.record(&Event::ClientGained { conn, address: addr });
    let mut connection = Connection { node: &node, conn, addr, ended: CloseReason::ServerError };
    connection.ended = Client::new(&node, conn, &stream).run().await;
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
    /// Bytes sent since others went first.
    turn_bytes: usize,
    journal: Lines,
    /// The time-out of reads; setting it is locked.
    timer: Timer,
}

impl<'a> Client<'a> {
    fn new(node: &'a Node, conn: u64, stream: &'a TcpStream) -> Self {
        let session = Session::new(Instant::now());
        Self {
            node,
            stream,
            session,
            out: Vec::new(),
            turn_bytes: 0,
            journal: node.journal.client_lines(conn),
            timer: Timer::new(),
        }
    }

    async fn run(&mut self) -> CloseReason {
        match self.converse().await {
            Ok(Close::EndOfInput) => CloseReason::EndOfInput,
            Ok(why) => {
                // A client that has gone by itself has its last line, or does not want it.
                let _ = Box::pin(wire::linger(self.stream, self.node.settings.limits.linger)).await;
                why.into()
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => CloseReason::WriteTimeout,
            Err(_) => CloseReason::Reset,
        }
    }

    async fn converse(&mut self) -> io::Result<Close> {
        loop {
            let mut over = self.answer().await?;
            self.flush().await?;
            if over.is_none() {
                over = self.read().await?;
            }
            if let Some(why) = over {
                self.flush().await?;
                return Ok(why);
            }
        }
    }

    /// Answers every whole line; gives the reason when the session is over. One look at the clock serves all lines that came
    /// together, up to where somebody is waited for.
    async fn answer(&mut self) -> io::Result<Option<Close>> {
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
                    // In a box, or the future of every idle connection had room for a call.
                    start = Box::pin(self.ask(query, start)).await?;
                    now = SystemTime::now();
                }
            }
            self.journal.sent(now, &self.out[start..]);
            if self.out.len() >= Limits::MAX_OUT_BYTES {
                self.flush().await?;
                now = SystemTime::now();
            }
        }
    }

    /// Completes a reply, which starts here in the output, with what is near; gives where it starts then. Whoever waits
    /// for earlier replies does not wait for a provider.
    async fn ask(&mut self, query: Query, mut start: usize) -> io::Result<usize> {
        let document = match self.node.places.plan(&query) {
            Plan::Answer(document) => document,
            Plan::Call(call) => {
                let begun = self.out.split_off(start);
                self.flush().await?;
                self.out.extend(begun);
                start = 0;
                self.node.places.answer(call).await
            }
        };
        self.node.metrics.command(Verb::Whatsat, Validity::Ok);
        Session::answer(&document, &mut self.out);
        Ok(start)
    }

    /// Sends what has gathered. The runtime interrupts no task, and a client that sends commands without waiting for replies
    /// never makes its own wait: so others go first from time to time.
    async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.journal.flush();
        wire::write(self.stream, &self.out, self.node.settings.limits.write).await?;
        self.turn_bytes += self.out.len();
        self.out.clear();
        self.out.shrink_to(Limits::IDLE_OUT_BYTES);
        if self.turn_bytes >= Limits::MAX_OUT_BYTES {
            self.turn_bytes = 0;
            yield_now().await;
        }
        Ok(())
    }

    /// Waits for more input; gives the reason when the client's time has passed.
    async fn read(&mut self) -> io::Result<Option<Close>> {
        let now = Instant::now();
        let until = match self.session.waiting(&self.node.rules, now) {
            Waiting::For(patience) => now + patience,
            Waiting::Until(moment) => moment,
        };
        // A client that goes on within a glance costs no look at the signal that all tasks share; for one that does not, a
        // second wait watches out for the drain too.
        let mut watching = until < now + Limits::CLIENT_GLANCE;
        loop {
            if watching {
                // Many connections are silent at once: they hold no more than they must.
                self.session.rest();
                self.out = Vec::new();
                match self.node.drain.wait(self.stream, &mut self.timer, until).await {
                    Wait::Input => {}
                    Wait::Late => return Ok(Some(self.session.expire(&mut self.out))),
                    Wait::Drain => return Ok(None),
                }
            } else {
                buffer_pool::put(&mut self.session, &mut self.out);
                match wire::await_input(self.stream, &mut self.timer, now + Limits::CLIENT_GLANCE).await {
                    Err(error) if error.kind() == ErrorKind::TimedOut => {
                        watching = true;
                        continue;
                    }
                    input => input?,
                }
            }
            buffer_pool::take(&mut self.session, &mut self.out);
            match wire::try_read(self.stream, self.session.space()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                received => {
                    self.session.received(received?);
                    return Ok(None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn future_bytes<F>(_: fn(Arc<Node>, u64, Arc<TcpStream>, SocketAddr) -> F) -> usize {
        size_of::<F>()
    }

    /// What is seldom needed and big belongs in a box: 10,000 idle connections hold room for it 10,000 times.
    #[test]
    fn a_client_that_waits_is_small() {
        let bytes = future_bytes(serve);
        assert!(bytes <= 640, "{bytes}");
    }
}

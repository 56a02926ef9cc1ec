use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
};

use super::{
    request::{Refusal, Resource, parse},
    response::Response,
};
use crate::serving::Event;

/// A client's connection: one request at a time, the next one when that is answered.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    phase: Phase,
    /// What was read and is not yet understood: one head at most, and what one read took beyond it.
    input: Vec<u8>,
    /// There may be something to read. An event says so once, perhaps while a request waits.
    is_readable: bool,
    /// The other side sends nothing more.
    is_ended: bool,
    /// The answer to the request in hand is the last.
    is_last: bool,
    /// The alarm that is waited for; 0 for none.
    pub(super) alarm: u64,
}

/// What a connection is doing.
#[derive(Debug)]
enum Phase {
    Listens,
    /// A request waits for its time; this is its answer.
    Waits(Response),
    /// A request waits for ever.
    Hangs,
    Writes {
        response: Response,
        written_bytes: usize,
    },
    /// Everything is said; input is drained, so that a reset cannot destroy the last response.
    Lingers,
}

/// Where a connection stands after a turn.
pub(super) enum Turn {
    /// It asks for this; [`Connection::answer`], `answer_later` or `hang` must follow.
    Asks(Resource),
    /// It waits for its next event or alarm.
    Waits,
    /// There may be more to do at once.
    GoesOn,
    /// It has begun to linger: an alarm must end it.
    Lingers,
    IsOver,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let (phase, input) = (Phase::Listens, Vec::new());
        Ok(Self { stream, phase, input, is_readable: false, is_ended: false, is_last: false, alarm: 0 })
    }

    /// Takes note of an event, for when the connection next reads.
    pub(super) fn note(&mut self, event: Event) {
        self.is_readable = true;
        self.is_ended |= event.is_ended;
    }

    /// A request is neither answered nor given up.
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.phase, Phase::Waits(_) | Phase::Hangs)
    }

    pub(super) fn answer(&mut self, response: Response) {
        self.phase = Phase::Writes { response, written_bytes: 0 };
    }

    /// Keeps the answer until [`Connection::ring`].
    pub(super) fn answer_later(&mut self, response: Response, alarm: u64) {
        (self.phase, self.alarm) = (Phase::Waits(response), alarm);
    }

    pub(super) fn hang(&mut self) {
        self.phase = Phase::Hangs;
    }

    /// The alarm has come; whether there is anything left to do.
    pub(super) fn ring(&mut self) -> bool {
        self.alarm = 0;
        match std::mem::replace(&mut self.phase, Phase::Lingers) {
            Phase::Waits(response) => self.answer(response),
            Phase::Lingers => return false,
            phase @ (Phase::Listens | Phase::Hangs | Phase::Writes { .. }) => self.phase = phase,
        }
        true
    }

    /// Goes on as far as is possible without waiting.
    pub(super) fn advance(&mut self, scratch: &mut [u8]) -> io::Result<Turn> {
        match &self.phase {
            Phase::Listens => self.listen(scratch),
            Phase::Hangs if self.is_ended => Ok(Turn::IsOver),
            Phase::Waits(_) | Phase::Hangs => Ok(Turn::Waits),
            Phase::Writes { .. } => self.write(scratch),
            Phase::Lingers => self.drain(scratch),
        }
    }

    fn listen(&mut self, scratch: &mut [u8]) -> io::Result<Turn> {
        loop {
            match parse(&self.input) {
                Ok(Some(request)) => {
                    self.input.drain(..request.bytes);
                    self.is_last = request.is_last;
                    return Ok(Turn::Asks(request.resource));
                }
                Ok(None) => {}
                Err(refusal) => return Ok(self.give_up(refusal)),
            }
            match self.read(scratch)? {
                None => return Ok(Turn::Waits),
                Some(0) => return Ok(Turn::IsOver),
                Some(bytes) => self.input.extend_from_slice(&scratch[..bytes]),
            }
        }
    }

    /// Asks for a refusal, after which nothing can be understood any more.
    fn give_up(&mut self, refusal: Refusal) -> Turn {
        self.input.clear();
        self.is_last = true;
        Turn::Asks(Resource::Refused(refusal))
    }

    /// Bytes read, 0 at the end of input; `None` when there is nothing now.
    fn read(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        if !self.is_readable {
            return Ok(None);
        }
        match self.stream.read(scratch) {
            Ok(bytes) => {
                // Less than a full read has emptied the socket; what comes later is another event. The end of input is
                // told of once, perhaps together with bytes, so after it one reads on until it is seen.
                self.is_readable = bytes == scratch.len() || self.is_ended;
                Ok(Some(bytes))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.is_readable = false;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, scratch: &mut [u8]) -> io::Result<Turn> {
        while let Phase::Writes { response, written_bytes } = &mut self.phase
            && *written_bytes < response.len()
        {
            match self.stream.write(&response[*written_bytes..]) {
                Ok(bytes) => *written_bytes += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Turn::Waits),
                Err(error) => return Err(error),
            }
        }
        if self.is_last {
            self.stream.shutdown(Shutdown::Write)?;
            self.phase = Phase::Lingers;
            return Ok(Turn::Lingers);
        }
        self.phase = Phase::Listens;
        self.listen(scratch)
    }

    fn drain(&mut self, scratch: &mut [u8]) -> io::Result<Turn> {
        Ok(match self.read(scratch)? {
            None => Turn::Waits,
            Some(0) => Turn::IsOver,
            Some(_) => Turn::GoesOn,
        })
    }
}

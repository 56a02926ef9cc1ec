//! Replies that something is wrapped around.

use super::{
    connection::{Connection, ConnectionState},
    context::WorkerContext,
};
use crate::{http::HttpError, run::measure::Fault};

impl Connection {
    /// Takes in what has come on the connection, without what carries it.
    pub(super) fn take_carried(&mut self, context: &mut WorkerContext<'_>, bytes: &[u8], now_ns: u64) {
        let Some(bodies) = &mut self.bodies else { return self.take_in(context, bytes, now_ns) };
        let mut body = Vec::new();
        let read = bodies.read(bytes, &mut body);
        let ended = bodies.ended();
        self.take_in(context, &body, now_ns);
        if !matches!(self.state, ConnectionState::Up { .. }) {
            return;
        }
        match read {
            Err(error) => {
                context.tally.keep(&error.to_string(), bytes);
                let fault = match error {
                    HttpError::Status(_) => Fault::Refused,
                    HttpError::Malformed(_) => Fault::Wrong,
                };
                self.end(context, fault, now_ns);
            }
            // Each request has a response of its own, so that one that has ended without its reply will have none.
            Ok(()) if ended > self.replies => {
                context.tally.keep("a response without its reply", bytes);
                self.end(context, Fault::Short, now_ns);
            }
            Ok(()) => {}
        }
    }
}

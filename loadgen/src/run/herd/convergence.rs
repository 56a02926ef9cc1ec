use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use anyhow::bail;

use crate::{
    result::Convergence,
    run::{
        Plan,
        client::{AcknowledgedClient, Checker, Depth, Framed, frame},
        measure::{Clock, nanos},
        schedule::{Request, RequestFormat},
    },
};

/// Questions that are sent before their answers are read: fewer bytes than a socket takes at once.
const AT_ONCE: usize = 64;

/// Asks each server again and again for every client (`WHATSAT ID 0 0`, which no provider is asked for) until it shows what
/// was acknowledged. All are asked at once, each for as long as a reply may take.
pub(crate) fn await_convergence(
    plan: &Plan,
    clients: &[AcknowledgedClient],
    clock: Clock,
    ended_ns: u64,
) -> Vec<Convergence> {
    thread::scope(|scope| {
        let inquire = |server: SocketAddr| move || Inquiry::repeat(plan, server, clients.to_vec(), clock, ended_ns);
        let asked: Vec<_> = plan.herd.converge.iter().map(|server| (server, scope.spawn(inquire(*server)))).collect();
        let answered = asked.into_iter().map(|(server, asked)| {
            let panicked = |_| Convergence { server: *server, after_s: None, missing: clients.len(), error: None };
            asked.join().unwrap_or_else(panicked)
        });
        answered.collect()
    })
}

/// One connection to one server.
struct Inquiry {
    stream: TcpStream,
    format: RequestFormat,
    checker: Checker,
    inbox: Vec<u8>,
}

impl Inquiry {
    fn repeat(
        plan: &Plan,
        server: SocketAddr,
        mut left: Vec<AcknowledgedClient>,
        clock: Clock,
        ended_ns: u64,
    ) -> Convergence {
        let asked = Self::connect(plan, server).and_then(|mut asker| {
            let deadline_ns = ended_ns + nanos(plan.timeout);
            while !left.is_empty() && clock.now_ns() < deadline_ns {
                left = asker.round(&left)?;
            }
            Ok(())
        });
        let after_s = clock.now_ns().saturating_sub(ended_ns) as f64 / 1e9;
        let error = asked.err().map(|error| format!("{error:#}"));
        let has_converged = left.is_empty() && error.is_none();
        Convergence { server, after_s: has_converged.then_some(after_s), missing: left.len(), error }
    }

    fn connect(plan: &Plan, server: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&server, plan.timeout)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(plan.timeout))?;
        stream.set_write_timeout(Some(plan.timeout))?;
        let format = RequestFormat::new(&plan.workload);
        Ok(Self { stream, checker: Checker::new(format.clone(), None), format, inbox: Vec::new() })
    }

    /// Asks once for each; gives those that the server does not show as new as they are.
    fn round(&mut self, clients: &[AcknowledgedClient]) -> anyhow::Result<Vec<AcknowledgedClient>> {
        let request = Request::Whatsat { slot: 0, radius_km: 0, bound: 0 };
        let mut behind = Vec::new();
        for clients in clients.chunks(AT_ONCE) {
            let mut questions = Vec::new();
            for (number, _) in clients {
                self.format.write(request, *number, 0, &mut questions);
            }
            self.stream.write_all(&questions)?;
            for (number, client) in clients {
                let reply = self.reply(request)?;
                if self.checker.judge(request, (*number, client), 0, &reply, Depth::Frame).is_none() {
                    behind.push((*number, *client));
                }
            }
        }
        Ok(behind)
    }

    fn reply(&mut self, request: Request) -> anyhow::Result<Vec<u8>> {
        let mut chunk = [0; 16 << 10];
        loop {
            match frame(request, &self.inbox) {
                Framed::Reply(length) => return Ok(self.inbox.drain(..length).collect()),
                Framed::TooLong => bail!("a reply without an end"),
                Framed::Incomplete => {}
            }
            match self.stream.read(&mut chunk)? {
                0 => bail!("the server closed the connection"),
                count => self.inbox.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

/// The longest of all, where every server converged.
pub(crate) fn longest_convergence(converged: &[Convergence]) -> Option<Duration> {
    let all: Option<Vec<f64>> = converged.iter().map(|server| server.after_s).collect();
    all?.into_iter().reduce(f64::max).map(Duration::from_secs_f64)
}

//! A small server that keeps the protocol, but for one fault that it may be given.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    fault::Fault,
    grammar::{ONE, decimal, fields, is_location, time_ns},
};

const LONGEST_LINE: usize = 4096;
const DAY_NS: i128 = 86_400_000_000_000;

/// What a herd knows: time, AT line and time as text by client.
pub(crate) type Store = Arc<Mutex<HashMap<Vec<u8>, Known>>>;

/// A client's record.
pub(crate) type Known = (i128, Vec<u8>, Vec<u8>);

/// A server's mind.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) fault: Fault,
    pub(crate) store: Store,
}

impl Model {
    /// Starts the server on a port of its own; its threads end with the test's process.
    pub(crate) fn start(self) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut model = self.clone();
                std::thread::spawn(move || model.serve(stream));
            }
        });
        Ok(addr)
    }

    fn serve(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut inbox = Vec::new();
        let mut chunk = [0; 8192];
        let mut is_first = true;
        loop {
            let count = stream.read(&mut chunk)?;
            if self.fault == Fault::Hangs {
                continue;
            }
            inbox.extend_from_slice(&chunk[..count]);
            if count == 0 {
                return self.end(&mut stream, &inbox);
            }
            if let Some(line) = foreign_line(&inbox).filter(|_| is_first && self.fault != Fault::TakesHttp) {
                return self.refuse(&mut stream, line).map(|_| ());
            }
            is_first &= !inbox.contains(&b'\n');
            if !self.answer_lines(&mut stream, &mut inbox)? {
                return Ok(());
            }
        }
    }

    /// Answers the lines that are complete; whether the connection goes on.
    fn answer_lines(&mut self, stream: &mut TcpStream, inbox: &mut Vec<u8>) -> io::Result<bool> {
        let mut replies: Vec<Vec<u8>> = Vec::new();
        while let Some(end) = inbox.iter().position(|byte| *byte == b'\n') {
            let rest = inbox.split_off(end + 1);
            let mut line = std::mem::replace(inbox, rest);
            line.pop();
            if line.ends_with(b"\r") && self.fault != Fault::KeepsCr {
                line.pop();
            }
            if line.len() > LONGEST_LINE {
                stream.write_all(replies.concat().as_slice())?;
                return self.refuse(stream, &line);
            }
            replies.push(self.reply(&line));
        }
        if self.fault == Fault::Reorders {
            replies.reverse();
        }
        stream.write_all(replies.concat().as_slice())?;
        match self.fault {
            Fault::Babbles if !replies.is_empty() => babble(stream),
            Fault::ClosesEarly if !replies.is_empty() => Ok(false),
            _ if inbox.len() > LONGEST_LINE && !is_cr_last(inbox) => self.refuse(stream, &std::mem::take(inbox)),
            _ => Ok(true),
        }
    }

    fn refuse(&self, stream: &mut TcpStream, line: &[u8]) -> io::Result<bool> {
        stream.write_all(&[b"? ", &line[..line.len().min(LONGEST_LINE)], b"\n"].concat())?;
        match self.fault {
            Fault::KeepsOversized => return Ok(true),
            // What else the client sends is left unread.
            Fault::Resets => stream.read_exact(&mut [0])?,
            _ => {
                stream.shutdown(Shutdown::Write)?;
                io::copy(stream, &mut io::sink())?;
            }
        }
        Ok(false)
    }

    fn end(&mut self, stream: &mut TcpStream, inbox: &[u8]) -> io::Result<()> {
        if !inbox.is_empty() && self.fault != Fault::DropsLastLine {
            stream.write_all(&self.reply(inbox))?;
        }
        if self.fault == Fault::StaysOpen {
            std::thread::sleep(Duration::from_secs(20));
        }
        Ok(())
    }

    pub(crate) fn reply(&mut self, line: &[u8]) -> Vec<u8> {
        let right = match fields(line, self.fault).as_slice() {
            [b"IAMAT", client, location, time] => self.iamat(client, location, time),
            [b"WHATSAT", client, radius, bound] => self.whatsat(client, radius, bound),
            [b"AT", _, _, client, _, time] if self.fault == Fault::TakesAt => {
                let ns = time_ns(time, self.fault).unwrap_or_default();
                merge(&self.store, client, (ns, line.to_vec(), time.to_vec()));
                None
            }
            _ => None,
        };
        let echoed = if self.fault == Fault::TrimsEcho { line.trim_ascii() } else { line };
        let mut reply = right.unwrap_or_else(|| [b"? ", echoed, b"\n"].concat());
        match self.fault {
            Fault::AnswersHalf => reply.truncate(reply.len() / 2),
            Fault::SaysMore => reply.extend_from_slice(b"more\n"),
            _ => {}
        }
        reply
    }

    fn iamat(&self, client: &[u8], location: &[u8], time: &[u8]) -> Option<Vec<u8>> {
        let now = now_ns(self.fault);
        let time_ns = time_ns(time, self.fault).filter(|ns| *ns <= now + DAY_NS)?;
        if client.len() > 256 || !is_location(location) {
            return None;
        }
        let skew = self.skew(now - time_ns);
        let stripped = location.strip_suffix(b"0").unwrap_or(location);
        let location = if self.fault == Fault::RewritesLocation { stripped } else { location };
        let at = [b"AT", self.name.as_bytes(), skew.as_bytes(), client, location, time].join(&b' ');
        if self.fault != Fault::KeepsToItself || self.name == "First" {
            let known = (time_ns, at.clone(), time.to_vec());
            match self.fault {
                Fault::LastComeWins => drop(locked(&self.store).insert(client.to_vec(), known)),
                Fault::ComparesText => merge_by(&self.store, client, known, |known| known.2.clone()),
                _ => merge(&self.store, client, known),
            }
        }
        Some([&*at, b"\n"].concat())
    }

    fn skew(&self, skew_ns: i128) -> String {
        let sign = if skew_ns < 0 { '-' } else { '+' };
        let size = skew_ns.unsigned_abs();
        let (whole, part) = (size / 1_000_000_000, size % 1_000_000_000);
        match self.fault {
            Fault::RoundsSkew => format!("{sign}{whole}.{:06}000", part / 1000),
            Fault::FloatSkew => format!("{:+.9}", float_skew(skew_ns)),
            Fault::UnsignedSkew => format!("{whole}.{part:09}"),
            _ => format!("{sign}{whole}.{part:09}"),
        }
    }

    fn whatsat(&self, client: &[u8], radius: &[u8], bound: &[u8]) -> Option<Vec<u8>> {
        let (radius, b"") = decimal(radius, 2, 9)? else { return None };
        let (bound, b"") = decimal(bound, 2, 0)? else { return None };
        if radius > 50 * ONE || bound > 20 * ONE {
            return None;
        }
        let (_, at, _) = locked(&self.store).get(client)?.clone();
        let at = if self.fault == Fault::RewritesOrigin { self.own(&at) } else { at };
        let wanted = if radius == 0 { 0 } else { usize::try_from(bound / ONE).ok()? };
        Some([&*at, b"\n", self.places(wanted).as_bytes()].concat())
    }

    /// The AT line with this server's name in it.
    fn own(&self, at: &[u8]) -> Vec<u8> {
        let mut words: Vec<&[u8]> = at.split(|byte| *byte == b' ').collect();
        words[1] = self.name.as_bytes();
        words.join(&b' ')
    }

    fn places(&self, bound: usize) -> String {
        const PLACE: &str = r#"{"name": "a place", "geometry": {"location": {"lat": 1.5, "lng": -2}}}"#;
        let count = if self.fault == Fault::IgnoresBound { 20 } else { bound.min(3) };
        let status = if count > 0 || self.fault == Fault::EmptyOk { "OK" } else { "ZERO_RESULTS" };
        let inside = if self.fault == Fault::EmptyLineInside { "\n\n" } else { "\n" };
        let end = if self.fault == Fault::ThreeLfs { "\n\n\n" } else { "\n\n" };
        let results = vec![PLACE; count].join(", ");
        format!(r#"{{"html_attributions": [],{inside}"results": [{results}], "status": "{status}"}}{end}"#)
    }
}

/// Keeps the greater record of a client.
pub(crate) fn merge(store: &Store, client: &[u8], known: Known) {
    merge_by(store, client, known, |known| (known.0, known.1.clone()));
}

fn merge_by<K: Ord>(store: &Store, client: &[u8], known: Known, key: impl Fn(&Known) -> K) {
    let mut store = locked(store);
    if store.get(client).is_none_or(|old| key(old) < key(&known)) {
        store.insert(client.to_vec(), known);
    }
}

fn locked(store: &Store) -> MutexGuard<'_, HashMap<Vec<u8>, Known>> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_cr_last(inbox: &[u8]) -> bool {
    inbox.len() == LONGEST_LINE + 1 && inbox.ends_with(b"\r")
}

/// The first line of HTTP, once it has ended, or of TLS.
fn foreign_line(inbox: &[u8]) -> Option<&[u8]> {
    let end = inbox.iter().position(|byte| *byte == b'\n');
    let line = &inbox[..end.unwrap_or(inbox.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_http =
        end.is_some() && line.rsplit(|byte| *byte == b' ').next().is_some_and(|last| last.starts_with(b"HTTP/"));
    (is_http || line.starts_with(b"\x16\x03")).then_some(line)
}

fn babble(stream: &mut TcpStream) -> io::Result<bool> {
    loop {
        stream.write_all(&[b'x'; 4096])?;
    }
}

fn now_ns(fault: Fault) -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fast = if fault == Fault::WrongClock { 60_000_000_000 } else { 0 };
    i128::try_from(since.as_nanos()).unwrap_or_default() + fast
}

/// The difference of two clocks that were kept in seconds as `f64`.
fn float_skew(skew_ns: i128) -> f64 {
    let server_ns = now_ns(Fault::None);
    let seconds = |ns: i128| ns as f64 / 1e9;
    seconds(server_ns) - seconds(server_ns - skew_ns)
}

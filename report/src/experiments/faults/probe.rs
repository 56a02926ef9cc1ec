use std::{
    io,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    super::client::{Client, Found, iamat, told},
    places::{BROKEN_KM, EMPTY_KM, FULL_KM, Provider},
};
use crate::variant::{Launch, Peer, Ready, Running, Variant, VariantError};

/// For a reply; only a server that hangs takes as long.
const PATIENCE: Duration = Duration::from_secs(8);
/// For a server to drain.
const DRAIN: Duration = Duration::from_secs(15);
/// Between two looks at whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// As many clients as a server takes here, so that one more is refused.
const CLIENTS: usize = 2;
/// What a runtime prints about a mistake.
const SIGNS: [&str; 6] = ["Traceback", "Exception", "Error:", "Error [", "Warning:", "panicked at"];

/// What came of a server that was started and asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Probed {
    /// It did not become ready; the end of what it said.
    NotStarted(String),
    /// A request was not answered, or the server printed a mistake or ended badly.
    Failed(String),
    /// Every request was answered, so.
    Answered(Vec<String>),
}

/// Starts a server and has the conversation that meets every fault.
pub(super) fn probe(variant: &Variant, provider: &Provider) -> anyhow::Result<Probed> {
    let launch = Launch {
        places: format!("google-legacy=http://{}", provider.address),
        max_clients: CLIENTS,
        // Nobody is there; the check of the inbound link needs the name.
        peers: vec![Peer { name: "Hands".to_owned(), address: ([127, 0, 0, 1], 9).into() }],
        ..Launch::alone("Goloman", super::super::context::any_port())
    };
    let mut running = match variant.start(&launch) {
        Ok(running) => running,
        Err(VariantError::Failed { said, .. } | VariantError::Late { said, .. }) => {
            return Ok(Probed::NotStarted(sign(&said).unwrap_or_else(|| last_line(&said))));
        }
        Err(VariantError::NotReady { line, .. }) => return Ok(Probed::NotStarted(line)),
        Err(error) => return Err(error.into()),
    };
    let answered = converse(running.ready());
    let ended = end(&mut running)?;
    Ok(match (answered, sign(&running.said()), ended) {
        (Err(why), Some(sign), _) => Probed::Failed(format!("{why}: {sign}")),
        (Err(why), None, _) => Probed::Failed(why),
        (Ok(_), Some(sign), _) => Probed::Failed(sign),
        (Ok(_), None, Some(how)) => Probed::Failed(how),
        (Ok(replies), None, None) => Probed::Answered(replies),
    })
}

/// Updates, searches of all kinds, a neighbour's link and a client too many; gives what was replied, or what was not.
fn converse(ready: Ready) -> Result<Vec<String>, String> {
    let mut said = Vec::new();
    let mut step = |name: &str, reply: io::Result<String>| match reply {
        Ok(reply) => {
            said.push(format!("{name}: {reply}"));
            Ok(())
        }
        Err(error) => Err(format!("{name} got no reply ({error})")),
    };
    let connect = |address| Client::connect(address, PATIENCE).map_err(|error| error.to_string());
    let mut client = connect(ready.clients)?;
    step("an update", client.ask(&iamat("kiwi", 34_000_000)).map(|at| place_of(&at)))?;
    step("a second update", client.ask(&iamat("kiwi", 35_000_000)).map(|at| place_of(&at)))?;
    step("a search", client.find("kiwi", FULL_KM, 5).map(shown))?;
    step("a search for one place", client.find("kiwi", FULL_KM, 1).map(shown))?;
    step("a search where nothing is", client.find("kiwi", EMPTY_KM, 5).map(shown))?;
    step("a search whose provider breaks off", client.find("kiwi", BROKEN_KM, 5).map(shown))?;
    step("a search after that", client.find("kiwi", FULL_KM, 5).map(shown))?;
    step("a search for nobody", client.find("nobody", FULL_KM, 5).map(shown))?;
    step("an invalid command", client.ask("ISAT kiwi"))?;
    if let Some(peers) = ready.peers {
        let mut peer = connect(peers)?;
        step("HELLO", peer.ask("HELLO Hands Goloman herd/1"))?;
        let record = "AT Hands +0.000000001 apple +01.5-001.5 1520023934.5\nSYNC 1";
        step("a record of a neighbour", peer.ask(record))?;
        step("a search for its client", client.find("apple", "0", 0).map(shown))?;
    }
    let mut second = connect(ready.clients)?;
    step("a second client", second.ask(&iamat("plum", 36_000_000)).map(|at| place_of(&at)))?;
    let mut third = connect(ready.clients)?;
    step("a client too many", third.line())?;
    Ok(said)
}

/// An AT line without what is of the clock; any other line as it is.
fn place_of(line: &str) -> String {
    told(line).map_or_else(|| line.to_owned(), |(client, location, _)| format!("AT {client} {location}"))
}

fn shown(found: Found) -> String {
    match found {
        Found::At(at, document) => format!("{} {document}", place_of(&at)),
        Found::Unknown => "? WHATSAT".to_owned(),
    }
}

/// Has it drain; says how it ended, where it did not end well.
fn end(running: &mut Running) -> anyhow::Result<Option<String>> {
    let pid = Pid::from_raw(i32::try_from(running.id())?);
    // One that has ended by itself is told of below.
    let _has_ended = pid.map(|pid| kill_process(pid, Signal::TERM));
    let deadline = Instant::now() + DRAIN;
    while Instant::now() < deadline {
        if let Some(status) = running.ended()? {
            return Ok((!status.success()).then(|| format!("it ended with {status}")));
        }
        std::thread::sleep(LOOK);
    }
    Ok(Some(format!("it did not drain within {DRAIN:?}")))
}

/// The line that tells a mistake, if there is one: of a trace in Python the last.
fn sign(said: &str) -> Option<String> {
    let mut lines = said.lines().filter(|line| SIGNS.iter().any(|sign| line.contains(sign)));
    let first = lines.next()?;
    let told = if first.starts_with("Traceback") { lines.next().unwrap_or(first) } else { first };
    Some(told.trim().to_owned())
}

fn last_line(said: &str) -> String {
    said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_by_its_own_line() {
        let trace = "2026 link\nTraceback (most recent call last):\n  File \"x\", line 1\nTypeError: no\n";
        assert_eq!(sign(trace).as_deref(), Some("TypeError: no"));
        assert_eq!(sign("ready\nTypeError: no\n").as_deref(), Some("TypeError: no"));
        assert_eq!(sign("2026 link to Hands down: [Errno 111] refused\n"), None);
    }
}

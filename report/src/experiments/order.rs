//! Claim 5: does a WHATSAT overtake an IAMAT that was sent before it? It did where the server does not know the client that
//! the IAMAT told. Each trial is of a new client.

use std::io;

use super::{
    Context, Observation,
    client::{Client, Found, iamat},
    herd::{Herd, PATIENCE, Seat},
};

const NAME: &str = "order";
const VARIANTS: [&str; 6] =
    ["herd-threads", "herd-tasks", "python-asyncio", "python-task-per-line", "python-task-per-line-logged", "node"];
/// Of one mode in a round: enough that one in a hundred shows.
const TRIALS: u64 = 400;
const SEATS: [Seat; 2] = [("Goloman", &[1]), ("Hands", &[0])];

/// How the two commands of a trial are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Both in one segment.
    OneConnection,
    /// The WHATSAT on another connection, right after.
    TwoConnections,
    /// The same once the IAMAT is replied to.
    TwoConnectionsWaiting,
    /// The WHATSAT at a neighbour, right after.
    TwoServers,
    /// The same once the IAMAT is replied to.
    TwoServersWaiting,
}

impl Mode {
    const ALL: [Self; 5] = [
        Self::OneConnection,
        Self::TwoConnections,
        Self::TwoConnectionsWaiting,
        Self::TwoServers,
        Self::TwoServersWaiting,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::OneConnection => "one-connection",
            Self::TwoConnections => "two-connections",
            Self::TwoConnectionsWaiting => "two-connections-waiting",
            Self::TwoServers => "two-servers",
            Self::TwoServersWaiting => "two-servers-waiting",
        }
    }

    /// Whether the WHATSAT came first.
    fn is_overtaken(self, first: &mut Client, second: &mut Client, client: &str) -> io::Result<bool> {
        let update = iamat(client, 34_068_930);
        match self {
            Self::OneConnection => {
                first.send(&format!("{update}\nWHATSAT {client} 0 0\n"))?;
                is_unknown_among_replies(first)
            }
            Self::TwoConnections | Self::TwoServers => {
                first.send(&format!("{update}\n"))?;
                let found = second.find(client, "0", 0)?;
                first.line()?;
                Ok(found == Found::Unknown)
            }
            Self::TwoConnectionsWaiting | Self::TwoServersWaiting => {
                first.ask(&update)?;
                Ok(second.find(client, "0", 0)? == Found::Unknown)
            }
        }
    }
}

/// Reads the replies to an IAMAT and a WHATSAT, in whatever order they come.
fn is_unknown_among_replies(client: &mut Client) -> io::Result<bool> {
    let (mut at_lines, mut is_unknown, mut is_ended) = (0, false, false);
    while !(at_lines == 2 && is_ended || at_lines == 1 && is_unknown) {
        let line = client.line()?;
        match line.split(' ').next() {
            Some("AT") => at_lines += 1,
            Some("?") if line.starts_with("? WHATSAT ") => is_unknown = true,
            Some("?" | "ERR") => return Err(io::Error::other(line)),
            _ if line.is_empty() => is_ended = true,
            // A line of the document.
            _ => {}
        }
    }
    Ok(is_unknown)
}

/// Counts in every mode and variant, a herd of two started afresh for each round.
pub fn run(context: &Context<'_>, observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    let mut variants = context.variants(NAME, &VARIANTS, observe)?;
    let mut random = fastrand::Rng::with_seed(context.seed);
    for round in 1..=context.rounds {
        random.shuffle(&mut variants);
        for variant in &variants {
            (context.tell)(&format!("round {round} of {}: {}", context.rounds, variant.name));
            let mut herd = Herd::of(&SEATS)?;
            for position in 0..SEATS.len() {
                herd.start(variant, position, &[0, 1])?;
            }
            herd.await_links()?;
            for mode in Mode::ALL {
                let overtaken = count(&herd, mode)?;
                observe(Observation {
                    experiment: NAME.to_owned(),
                    variant: variant.name.clone(),
                    case: mode.name().to_owned(),
                    round,
                    metric: "overtaken".to_owned(),
                    value: overtaken as f64,
                    trials: Some(TRIALS),
                    note: None,
                });
            }
        }
    }
    Ok(())
}

/// How many of all trials were overtaken.
fn count(herd: &Herd, mode: Mode) -> anyhow::Result<u64> {
    let other = match mode {
        Mode::OneConnection | Mode::TwoConnections | Mode::TwoConnectionsWaiting => 0,
        Mode::TwoServers | Mode::TwoServersWaiting => 1,
    };
    let mut first = Client::connect(herd.clients(0)?, PATIENCE)?;
    let mut second = Client::connect(herd.clients(other)?, PATIENCE)?;
    let mut overtaken = 0;
    for trial in 0..TRIALS {
        let client = format!("{}-{trial}", mode.name());
        overtaken += u64::from(mode.is_overtaken(&mut first, &mut second, &client)?);
    }
    Ok(overtaken)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener};

    use super::*;

    fn replies(text: &str) -> io::Result<bool> {
        let listener = TcpListener::bind(super::super::context::any_port()).unwrap();
        let mut client = Client::connect(listener.local_addr().unwrap(), PATIENCE).unwrap();
        listener.accept().unwrap().0.write_all(text.as_bytes()).unwrap();
        is_unknown_among_replies(&mut client)
    }

    #[test]
    fn replies_are_told_apart_in_either_order() {
        assert!(!replies("AT a\nAT a\n{}\n\n").unwrap());
        assert!(!replies("AT a\n{}\n\nAT a\n").unwrap());
        assert!(replies("AT a\n? WHATSAT k 0 0\n").unwrap());
        assert!(replies("? WHATSAT k 0 0\nAT a\n").unwrap());
        assert!(replies("? IAMAT k\n").is_err());
        assert!(replies("AT a\n").is_err());
    }
}

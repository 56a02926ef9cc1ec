use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::super::{
    client::{Client, Found, told},
    herd::PATIENCE,
};

/// Between two attempts at a server that does not answer yet.
const LOOK: Duration = Duration::from_millis(2);

/// A client that was told before the sixth server started, with the AT line that all servers must show from then on.
pub(super) type Told = (String, String);

/// What came of asking the new server for every client, until it knew all.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// From its start to the first right answer, and to a right one for each client.
    pub(super) first_right: Duration,
    pub(super) all_right: Duration,
    pub(super) asked: u64,
    pub(super) unknown: u64,
    pub(super) wrong: u64,
}

/// Asks for each client in turn, again where it is not known yet.
pub(super) fn ask_until_all_are_right(server: SocketAddr, all: &[Told], since: Instant) -> anyhow::Result<Answers> {
    let mut answers = Answers::default();
    let deadline = since + PATIENCE;
    let mut client = connect(server, deadline)?;
    for (name, line) in all {
        loop {
            answers.asked += 1;
            match judge(&client.find(name, "0", 0)?, line) {
                Judged::Right => break,
                Judged::Unknown => answers.unknown += 1,
                Judged::Wrong => answers.wrong += 1,
            }
            anyhow::ensure!(Instant::now() < deadline, "the new server does not know {name} after {PATIENCE:?}");
            thread::sleep(LOOK);
        }
        if answers.first_right.is_zero() {
            answers.first_right = since.elapsed();
        }
    }
    answers.all_right = since.elapsed();
    Ok(answers)
}

/// How an answer stands to what its client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Right,
    Unknown,
    Wrong,
}

/// By client, location and time; the record's origin and skew are the server's that took it.
pub(super) fn judge(found: &Found, line: &str) -> Judged {
    match found {
        Found::Unknown => Judged::Unknown,
        Found::At(at, _) if told(at).is_some() && told(at) == told(line) => Judged::Right,
        Found::At(..) => Judged::Wrong,
    }
}

fn connect(server: SocketAddr, deadline: Instant) -> io::Result<Client> {
    loop {
        match Client::connect(server, PATIENCE) {
            Err(_) if Instant::now() < deadline => thread::sleep(LOOK),
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_judged_by_what_its_client_said() {
        let line = "AT Goloman +0.000000001 kiwi +1-1 5";
        let at = |line: &str| Found::At(line.to_owned(), String::new());
        assert_eq!(judge(&at("AT Hands -0.000000009 kiwi +1-1 5"), line), Judged::Right);
        assert_eq!(judge(&at("AT Goloman +0.000000001 kiwi +1-1 4"), line), Judged::Wrong);
        assert_eq!(judge(&at("AT"), "AT"), Judged::Wrong);
        assert_eq!(judge(&Found::Unknown, line), Judged::Unknown);
    }
}

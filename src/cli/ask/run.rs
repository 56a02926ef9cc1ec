use std::{
    ffi::OsString,
    io::{self, BufRead, IsTerminal, Read},
    os::unix::ffi::OsStrExt,
    time::SystemTime,
};

use super::{
    super::{Failure, args::AskArgs, terminal},
    command,
    connection::{Connection, Reply},
    prompt,
};
use crate::protocol::Name;

/// A server's longest line; a longer one would be refused after it was sent.
const MAX_LINE: u64 = 4096;

/// Asks what was typed.
pub(in crate::cli) fn ask(args: &AskArgs) -> Result<(), Failure> {
    let mut connection = Connection::to(target(args)?);
    if !args.command.is_empty() {
        return one(&mut connection, &joined(&args.command)?);
    }
    if io::stdin().is_terminal() { prompt::prompt(&mut connection) } else { lines(&mut connection) }
}

/// An address stands for itself; a name is looked up in the config.
fn target(args: &AskArgs) -> Result<String, Failure> {
    if args.server.contains(':') {
        return Ok(args.server.clone());
    }
    let name = args.server.parse::<Name>().map_err(|error| Failure::Usage(error.into()))?;
    Ok(args.config.herd()?.server(&name)?.clients.to_string())
}

fn joined(words: &[OsString]) -> Result<Vec<u8>, Failure> {
    let line = words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ');
    if line.contains(&b'\n') {
        return Err(Failure::misuse("a command is one line; give several on stdin"));
    }
    Ok(line)
}

fn one(connection: &mut Connection, line: &[u8]) -> Result<(), Failure> {
    let reply = connection.ask(&command::complete(line, SystemTime::now()))?;
    terminal::print(shown(&reply, io::stdout().is_terminal()))?;
    if reply.is_refusal() { Err(Failure::Told) } else { Ok(()) }
}

/// Asks each line of stdin, in turn.
fn lines(connection: &mut Connection) -> Result<(), Failure> {
    let mut stdin = io::stdin().lock();
    let mut line = Vec::new();
    while stdin.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line)? > 0 {
        let command = line.strip_suffix(b"\n").unwrap_or(&line);
        if command.len() as u64 > MAX_LINE {
            return Err(Failure::because(format!("a line on stdin is longer than {MAX_LINE} bytes")));
        }
        let reply = connection.ask(&command::complete(command, SystemTime::now()))?;
        terminal::print(shown(&reply, io::stdout().is_terminal()))?;
        line.clear();
    }
    Ok(())
}

/// A reply as its reader wants it: byte for byte in a pipe, for the eye on a terminal.
pub(super) fn shown(reply: &Reply, for_the_eye: bool) -> Vec<u8> {
    if !for_the_eye {
        return reply.bytes().to_vec();
    }
    let document = serde_json::from_slice::<serde_json::Value>(reply.document());
    let pretty = document.and_then(|document| serde_json::to_string_pretty(&document));
    let text = match pretty {
        Ok(pretty) => format!("{}\n{}", terminal::harmless(reply.line()), terminal::harmless(pretty.as_bytes())),
        Err(_) => terminal::harmless(reply.bytes()),
    };
    format!("{}\n", text.trim_end()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_shown_as_its_reader_wants_it() {
        let wire = b"AT A +0.1 k\x1b +1+1 2\n{\"status\":\"OK\",\"results\":[]}\n\n";
        let reply = Reply::new(wire.to_vec());
        assert_eq!(shown(&reply, false), wire);
        let expected = "AT A +0.1 k\\u{1b} +1+1 2\n{\n  \"status\": \"OK\",\n  \"results\": []\n}\n";
        assert_eq!(String::from_utf8(shown(&reply, true)).unwrap(), expected);
        assert_eq!(shown(&Reply::new(b"? x\n".to_vec()), true), b"? x\n");
    }
}

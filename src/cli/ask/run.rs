use std::{
    ffi::OsString,
    io::{self, BufRead, IsTerminal, Read},
    os::unix::ffi::OsStrExt,
    time::SystemTime,
};

use super::{
    super::{Failure, args::AskArgs, terminal},
    command,
    connection::Connection,
    prompt,
    show::shown,
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

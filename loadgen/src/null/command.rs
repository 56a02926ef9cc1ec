use std::{
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    process::ExitCode,
    sync::Arc,
    thread,
};

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};

use super::{answers::Kind, epoll, reply::Reply, threads};
use crate::serving::{Stop, end_with_parent, listen, raise_connection_limit};

/// Exit status when the server cannot run.
const UNUSABLE: u8 = 2;
/// A usual reply to an IAMAT, its LF included.
const USUAL_REPLY_BYTES: usize = 90;

/// A constant-reply server: the ceiling that any server of its model can reach.
///
/// Counts the lines it reads and answers each with the same line, all lines of one read in one write. Prints
/// `ready null ADDR` when it listens; SIGTERM or SIGINT ends it with exit status 0; wrong usage and an address that is
/// taken give 2.
#[derive(Args, Debug)]
pub struct NullArgs {
    /// How connections are served.
    #[arg(long, value_enum)]
    model: Model,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Reply with this line [default: a well-formed AT line of 90 bytes].
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["reply_bytes", "echo"])]
    reply: Option<String>,
    /// Reply with a well-formed AT line of N bytes, LF included.
    #[arg(long, value_name = "N", conflicts_with = "echo")]
    reply_bytes: Option<usize>,
    /// Reply to each IAMAT with its own three fields, so that a client which checks replies is content.
    #[arg(long)]
    echo: bool,
    /// Threads that serve connections, each with an epoll of its own; only with epoll [default: as many as processors].
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
    /// End with the process that started this one.
    #[arg(long, hide = true)]
    end_with_parent: bool,
}

/// How a null server serves its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// A thread for each, with blocking reads and writes.
    Threads,
    /// A few threads for all, with non-blocking sockets and epoll.
    Epoll,
}

impl NullArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("loadgen null: {error:#}");
                ExitCode::from(UNUSABLE)
            }
        }
    }

    fn serve(&self) -> anyhow::Result<()> {
        if self.end_with_parent {
            end_with_parent();
        }
        ensure!(self.model == Model::Epoll || self.workers.is_none(), "--workers is for --model epoll");
        let (kind, stop) = (self.kind()?, Stop::on_signals()?);
        let max_connections = raise_connection_limit();
        let listener = listen(self.listen)?;
        writeln!(io::stdout(), "ready null {}", listener.local_addr()?)?;
        match self.model {
            Model::Threads => serve_with_threads(listener, kind, max_connections, stop),
            Model::Epoll => {
                epoll::serve(listener, kind, max_connections, self.workers(), &stop).context("the poller failed")
            }
        }
    }

    fn workers(&self) -> NonZeroUsize {
        let processors = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.workers.unwrap_or_else(processors)
    }

    fn kind(&self) -> anyhow::Result<Kind> {
        let reply = match (&self.reply, self.reply_bytes) {
            _ if self.echo => return Ok(Kind::Echo),
            (Some(text), _) => Reply::of_text(text),
            (None, bytes) => Reply::of_length(bytes.unwrap_or(USUAL_REPLY_BYTES)),
        };
        Ok(Kind::Constant(Arc::new(reply?)))
    }
}

/// The end of the process ends the threads, whatever they wait for: they hold nothing that would be lost.
fn serve_with_threads(listener: TcpListener, kind: Kind, max_connections: usize, mut stop: Stop) -> anyhow::Result<()> {
    thread::Builder::new()
        .spawn(move || threads::serve(&listener, &kind, max_connections))
        .context("cannot start the thread that accepts")?;
    stop.wait().context("cannot wait for signals")
}

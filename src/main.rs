//! The herd with a blocking OS thread per connection.

use std::{
    io::{self, Write},
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use herd::{
    cli::{self, Engine},
    config::{ListenError, Listener, Serve},
};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

fn main() -> ExitCode {
    cli::main(&Engine { name: "herd", serve: placeholder })
}

/// Stands in for the threads engine: binds, says so, and waits for its end.
fn placeholder(serve: Serve) -> anyhow::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let clients = bind(Listener::Clients, serve.listen)?;
    let peers = bind(Listener::Peers, serve.peer_listen)?;
    let admin = bind(Listener::Admin, serve.admin_listen)?;
    let Serve { name, .. } = serve;
    let [clients_at, peers_at, admin_at] = [clients.local_addr()?, peers.local_addr()?, admin.local_addr()?];
    writeln!(io::stdout(), "ready {name} {clients_at} {peers_at} {admin_at}")?;
    tracing::info!(server = %name, "ready");
    signals.forever().next();
    Ok(())
}

fn bind(listener: Listener, addr: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(addr).map_err(|cause| ListenError::new(listener, addr, cause))
}

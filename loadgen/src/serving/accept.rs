use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use anyhow::Context;
use herd::descriptors;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted: a generator opens thousands at once. The kernel lowers it to
/// `net.core.somaxconn`, by default 4096.
const BACKLOG: i32 = 4096;

/// Binds a listener that is reached at once after an earlier one on the same port.
pub(crate) fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    bound(addr).with_context(|| format!("cannot listen on {addr}; is it in use? port 0 takes a free one"))
}

fn bound(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Descriptors kept back: the standard streams, the listener, the poller, the pipe of signals, and one for a connection
/// that is accepted only to be refused; the rest is reserve.
const KEPT_BACK: usize = 32;
/// Where the system sets no limit: as many as one address and port can be reached from.
const WITHOUT_LIMIT: usize = 65_535;

/// Raises the limit of open files as far as this process may, and says how many connections fit.
pub(crate) fn raise_connection_limit() -> usize {
    descriptors::raise().unwrap_or(WITHOUT_LIMIT).saturating_sub(KEPT_BACK).clamp(1, WITHOUT_LIMIT)
}

/// Wait after a failed accept. It fails when the system is out of memory or files; trying at once would spin.
const PAUSE: Duration = Duration::from_millis(10);

/// Whether an error of accept concerns only the connection that was to be accepted.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

/// Says that accepting failed, and lets a moment pass.
pub(crate) fn pause_after_failure(error: &io::Error) {
    eprintln!("loadgen: cannot accept a connection: {error}");
    thread::sleep(PAUSE);
}

/// Closes a connection that is one too many, and says so the first time.
pub(crate) fn refuse(stream: TcpStream, max_connections: usize, refused: &mut u64) {
    drop(stream);
    if *refused == 0 {
        eprintln!(
            "loadgen: connections beyond {max_connections} are refused; raise the limit of open files (ulimit -n) for more"
        );
    }
    *refused += 1;
}

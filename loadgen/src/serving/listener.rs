use std::net::{SocketAddr, TcpListener};

use anyhow::Context;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted: a generator opens thousands at once. The kernel lowers it to
/// `net.core.somaxconn`, by default 4096.
const BACKLOG: i32 = 4096;

/// Binds a listener that is reached at once after an earlier one on the same port.
pub(crate) fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    bound(addr).with_context(|| format!("cannot listen on {addr}; is it in use? port 0 takes a free one"))
}

fn bound(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

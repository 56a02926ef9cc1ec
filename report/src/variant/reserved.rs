use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    os::fd::OwnedFd,
};

use rustix::net::{self, AddressFamily, SocketFlags, SocketType};

/// An address for a server to come, with a socket that is bound and does not listen: whoever dials it meanwhile is refused.
pub(crate) fn reserved_address() -> io::Result<(SocketAddr, Option<OwnedFd>)> {
    let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok((net::getsockname(&socket)?.try_into()?, Some(socket)))
}

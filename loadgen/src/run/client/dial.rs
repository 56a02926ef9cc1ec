use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
};

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::run::ports::is_out_of_ports;

/// Connections from one source address before the next one is used: well below the 28,232 ports that Linux hands out
/// by default, as closed ones keep theirs for a minute.
const PER_SOURCE: u32 = 20_000;
/// Source addresses that are used: 127.77.w.1 to 127.77.w.254 for worker w.
const SOURCES: u8 = 254;

/// Opens sockets. To a target on loopback it moves on to further source addresses, so that ports do not run short.
#[derive(Debug)]
pub(crate) struct Dialler {
    worker: u8,
    dialled: u32,
    /// 0 is the system's own choice.
    source: u8,
}

impl Dialler {
    pub(crate) fn new(worker: u32) -> Self {
        Self { worker: u8::try_from(worker % 256).unwrap_or(0), dialled: 0, source: 0 }
    }

    /// Begins to connect; the socket is writable once it is decided.
    pub(crate) fn dial(&mut self, target: SocketAddr) -> io::Result<TcpStream> {
        self.dialled += 1;
        if self.dialled.is_multiple_of(PER_SOURCE) {
            self.move_on();
        }
        let mut begun = self.begin(target);
        // Ports of a source may be held by an earlier run, too; each has some 28,000 for a target.
        for _ in 0..SOURCES {
            match &begun {
                Err(error) if target.ip().is_loopback() && is_out_of_ports(error) => {
                    self.move_on();
                    begun = self.begin(target);
                }
                Err(_) | Ok(_) => break,
            }
        }
        begun
    }

    fn move_on(&mut self) {
        self.source = if self.source >= SOURCES { 1 } else { self.source + 1 };
    }

    fn begin(&self, target: SocketAddr) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(target), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
        socket.set_tcp_nodelay(true)?;
        if let (IpAddr::V4(ip), 1..) = (target.ip(), self.source)
            && ip.is_loopback()
        {
            let source = Ipv4Addr::new(127, 77, self.worker, self.source);
            socket.bind(&SocketAddr::from((source, 0)).into())?;
        }
        match socket.connect(&target.into()) {
            Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => Err(error),
            _ => Ok(socket.into()),
        }
    }
}

/// Whether a finished dial stands. A socket that dials a closed port can be connected to itself.
pub(crate) fn established(socket: &TcpStream) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    if socket.local_addr()? == socket.peer_addr()? {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn further_sources_are_addresses_of_loopback() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        let mut dialler = Dialler::new(3);
        assert_eq!(dialler.dial(target).unwrap().local_addr().unwrap().ip(), target.ip());
        dialler.dialled = PER_SOURCE - 1;
        let socket = dialler.dial(target).unwrap();
        assert_eq!(socket.local_addr().unwrap().ip(), IpAddr::from([127, 77, 3, 1]));
        assert_eq!(listener.accept().unwrap().1.ip(), target.ip());
        assert_eq!(listener.accept().unwrap().1, socket.local_addr().unwrap());
    }
}

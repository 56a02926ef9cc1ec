use std::{fmt, io, net::SocketAddr};

/// One of a server's three listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Where clients connect.
    Clients,
    /// Where neighbours connect.
    Peers,
    /// Where the admin pages are.
    Admin,
}

impl Listener {
    /// Its key in the config file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Peers => "peers",
            Self::Admin => "admin",
        }
    }

    /// Its flag.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Clients => "--listen",
            Self::Peers => "--peer-listen",
            Self::Admin => "--admin-listen",
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clients => "clients",
            Self::Peers => "peers",
            Self::Admin => "admin requests",
        })
    }
}

/// A listener that could not be bound; the message says how to choose another address.
#[derive(Debug)]
pub struct ListenError {
    listener: Listener,
    addr: SocketAddr,
    cause: io::Error,
}

impl ListenError {
    /// Says which listener could not have which address.
    #[must_use]
    pub fn new(listener: Listener, addr: SocketAddr, cause: io::Error) -> Self {
        Self { listener, addr, cause }
    }

    /// What the system said.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.cause.kind()
    }
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listener, addr, cause } = self;
        write!(f, "cannot listen for {listener} on {addr}: ")?;
        match cause.kind() {
            io::ErrorKind::AddrInUse => f.write_str("address in use")?,
            io::ErrorKind::PermissionDenied => f.write_str("not permitted (a port below 1024 needs a privilege)")?,
            io::ErrorKind::AddrNotAvailable => f.write_str("no address of this machine")?,
            _ => write!(f, "{cause}")?,
        }
        write!(f, "; choose another with {} or `{}` in the config", listener.flag(), listener.key())
    }
}

/// No `source`: the message holds the cause already.
impl std::error::Error for ListenError {}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_address_in_use_is_named_with_its_flag() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = holder.local_addr().unwrap();
        let error = ListenError::new(Listener::Clients, addr, TcpListener::bind(addr).unwrap_err());
        let expected = format!(
            "cannot listen for clients on {addr}: address in use; choose another with --listen or `clients` in the config"
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn an_address_of_another_machine_is_named_so() {
        let addr = "192.0.2.1:0".parse().unwrap();
        let error = ListenError::new(Listener::Peers, addr, TcpListener::bind(addr).unwrap_err());
        assert!(error.to_string().contains("no address of this machine; choose another with --peer-listen"), "{error}");
    }
}

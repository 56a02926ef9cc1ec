use std::net::SocketAddr;

/// Where a server that is ready listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// For clients.
    pub clients: SocketAddr,
    /// For neighbours; a server of the original assignment has no such port.
    pub peers: Option<SocketAddr>,
    /// For admin pages; rivals have none.
    pub admin: Option<SocketAddr>,
}

impl Ready {
    /// Reads a line `ready NAME CLIENTS PEERS ADMIN`, in which `-` stands for an address that a server has not.
    #[must_use]
    pub fn parse(line: &str, name: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(' ').collect();
        let ["ready", named, clients, peers, admin] = fields[..] else { return None };
        if named != name {
            return None;
        }
        let addresses = [peers, admin].map(|field| if field == "-" { Ok(None) } else { field.parse().map(Some) });
        let [Ok(peers), Ok(admin)] = addresses else { return None };
        Some(Self { clients: clients.parse().ok()?, peers, admin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_is_an_address_that_a_server_has_not() {
        let ready = Ready::parse("ready Welsh 127.0.0.1:1 127.0.0.1:2 -", "Welsh").unwrap();
        let expected = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(ready, Ready { clients: expected(1), peers: Some(expected(2)), admin: None });
    }

    #[test]
    fn another_line_is_none() {
        for line in ["ready", "ready Hands 127.0.0.1:1 - -", "ready Welsh - - -", "ready Welsh 127.0.0.1:1 -"] {
            assert_eq!(Ready::parse(line, "Welsh"), None, "{line}");
        }
    }
}

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{super::table::table, output::Ready};
use crate::protocol::Name;

/// Says where every server is, with an example to paste: a client told to the first server, and asked for at the last.
pub(super) fn banner(servers: &[(&Name, &Ready)], program: &str) -> String {
    let titles = ["server", "clients", "peers", "admin"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(titles).chain(servers.iter().map(row)).collect();
    let count = if servers.len() == 1 { "1 server".to_owned() } else { format!("{} servers", servers.len()) };
    format!("\nThe herd is up: {count}; Ctrl-C stops them.\n\n{}{}\n", table(&rows), example(servers, program))
}

fn row((name, ready): &(&Name, &Ready)) -> [String; 4] {
    let admin = format!("http://{}/", reachable(ready.admin));
    [name.to_string(), ready.clients.to_string(), ready.peers.to_string(), admin]
}

fn example(servers: &[(&Name, &Ready)], program: &str) -> String {
    let [(one, told), ..] = servers else { return String::new() };
    let [.., (other, asked)] = servers else { return String::new() };
    let (told, asked) = (reachable(told.clients), reachable(asked.clients));
    format!(
        "
Tell {one} where a client is, and ask {other} what is near it:

  {program} ask --server {told} IAMAT kiwi.cs.ucla.edu +34.068930-118.445127
  {program} ask --server {asked} WHATSAT kiwi.cs.ucla.edu 10 5

The same with nc:

  echo \"IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 $(date +%s)\" | nc -w 2 {} {}
  echo \"WHATSAT kiwi.cs.ucla.edu 10 5\" | nc -w 2 {} {}
",
        told.ip(),
        told.port(),
        asked.ip(),
        asked.port()
    )
}

/// Where a client on this machine reaches a listener that may be bound to every address.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_can_be_pasted_from() {
        let ready = |line: &str| Ready::parse(line.as_bytes()).unwrap();
        let one = ready("ready Goloman 0.0.0.0:12000 127.0.0.1:12100 127.0.0.1:12200");
        let other = ready("ready Welsh 127.0.0.1:12003 127.0.0.1:12103 127.0.0.1:12203");
        insta::assert_snapshot!(banner(&[(&one.name, &one), (&other.name, &other)], "herd"));
    }
}

//! Ports of this machine, which a connection needs one of for each target: how many there are, and what holds them.

use std::{fs, io};

use procfs::net::{TcpNetEntry, TcpState};

/// Whether a dial failed because no port was free.
pub(crate) fn is_out_of_ports(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse)
}

/// What holds the ports that dials are given, in words.
pub(crate) fn shortage() -> String {
    let Some([first, last]) = range() else { return "this machine has no port left to dial from".to_owned() };
    let entries = procfs::net::tcp().unwrap_or_default();
    let held: Vec<&TcpNetEntry> =
        entries.iter().filter(|entry| (first..=last).contains(&entry.local_address.port())).collect();
    let ended = held.iter().filter(|entry| entry.state == TcpState::TimeWait).count();
    format!(
        "this machine has no port left to dial from: of {} for each source address (net.ipv4.ip_local_port_range, {first} to {last}), \
         {ended} are held for a minute by connections that have ended (TIME-WAIT) and {} by open ones; wait a minute, use fewer connections, or close \
         fewer (--requests-per-connection)",
        u32::from(last - first) + 1,
        held.len() - ended,
    )
}

fn range() -> Option<[u16; 2]> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = text.split_whitespace().map(|end| end.parse().ok());
    let ends = [ends.next()??, ends.next()??];
    (ends[0] <= ends[1]).then_some(ends)
}

use std::{
    collections::HashMap,
    fs,
    net::{Ipv4Addr, TcpListener},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::process::{Running, config, own_address};

const NAMES: [&str; 5] = ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"];

/// Starts the default herd at an address of its own and waits for the banner's last line.
fn up(dir: &TempDir) -> (Running, Ipv4Addr) {
    let addr = own_address();
    let args = ["up", "--config", &config(dir, addr), "--places", "none"];
    // An address of one server in the environment means none of a herd's.
    let mut running = Running::start(&args, &[("HERD_LISTEN", "127.0.0.1:1")]);
    running.wait_for(&format!("echo \"WHATSAT kiwi.cs.ucla.edu 10 5\" | nc -w 2 {addr} 12004"));
    (running, addr)
}

/// Asserts that nobody listens at any address of the herd.
fn assert_gone(addr: Ipv4Addr) {
    for port in (12000..12005).chain(12100..12105).chain(12200..12205) {
        TcpListener::bind((addr, port)).unwrap_or_else(|error| panic!("{addr}:{port}: {error}"));
    }
}

/// The processes that `up` has started, by server.
fn children(parent: Pid) -> HashMap<String, Pid> {
    let mut children = HashMap::new();
    for entry in fs::read_dir("/proc").unwrap().map_while(Result::ok) {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        if fields.get(1).is_some_and(|ppid| *ppid == parent.as_raw_nonzero().to_string()) {
            let cmdline = fs::read_to_string(entry.path().join("cmdline")).unwrap();
            children.insert(cmdline.split('\0').nth(2).unwrap().to_owned(), pid);
        }
    }
    children
}

#[test]
fn a_herd_starts_and_drains_at_either_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let dir = TempDir::new().unwrap();
        let (mut herd, addr) = up(&dir);
        for name in NAMES {
            assert!(herd.out.contains(&format!("{name:7} | ready {name} {addr}:120")), "{}", herd.out);
        }
        assert!(herd.out.contains("The herd is up: 5 servers"), "{}", herd.out);
        herd.signal(signal);
        assert_eq!(herd.exit_code(), 0, "{}", herd.err);
        assert_gone(addr);
    }
}

#[test]
fn a_port_in_use_ends_the_whole_herd() {
    let dir = TempDir::new().unwrap();
    let addr = own_address();
    let holder = TcpListener::bind((addr, 12103)).unwrap();
    let (code, out, err) = Running::run(&["up", "--config", &config(&dir, addr)]);
    assert_eq!(code, 1, "{err}");
    let expected = format!("Welsh could not start (exit status: 1): cannot listen for peers on {addr}:12103");
    assert!(err.contains(&expected), "{err}");
    assert!(!out.contains("The herd is up"), "{out}");
    drop(holder);
    assert_gone(addr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_dies_is_told_and_the_others_stay() {
    let dir = TempDir::new().unwrap();
    let (mut herd, _) = up(&dir);
    let mut servers = children(herd.pid());
    kill_process(servers.remove("Hands").unwrap(), Signal::KILL).unwrap();
    let told = herd.wait_for("has died");
    assert!(told.contains("Hands has died (signal: 9 (SIGKILL)) and is not restarted; 4 of 5 still run"), "{told}");
    assert_eq!(children(herd.pid()).len(), 4);
    for pid in servers.into_values() {
        kill_process(pid, Signal::KILL).unwrap();
    }
    assert_eq!(herd.exit_code(), 1);
    assert!(herd.err.contains("every server has died"), "{}", herd.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_herd_leaves_no_server() {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        process::{PidfdFlags, pidfd_open},
    };

    let dir = TempDir::new().unwrap();
    let (herd, addr) = up(&dir);
    let servers = children(herd.pid());
    assert_eq!(servers.len(), 5, "{servers:?}");
    let ends: Vec<_> = servers.values().map(|&pid| pidfd_open(pid, PidfdFlags::empty()).unwrap()).collect();
    herd.signal(Signal::KILL);
    let patience = Timespec::try_from(crate::process::DEADLINE).unwrap();
    for end in &ends {
        let ended = poll(&mut [PollFd::new(end, PollFlags::IN)], Some(&patience)).unwrap();
        assert_eq!(ended, 1, "a server outlived the herd");
    }
    assert_gone(addr);
}

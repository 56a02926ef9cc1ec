use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tempfile::TempDir;

use crate::{client::Client, engine::ENGINES, limits::with_limits, server::eventually};

const CROWD: usize = 10_000;

/// Ten thousand clients at once, each answered; then all leave, and so do their threads.
#[test]
fn ten_thousand_clients_are_served_at_once() {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if files < CROWD as u64 + 200 {
        eprintln!("SKIPPED: ten thousand connections need {CROWD} descriptors and more; ulimit -n is {files}");
        assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
        return;
    }
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let limits = format!("max_clients = {}\nthread_cache_idle = \"100ms\"", CROWD + 1);
        let server = with_limits(*engine, &dir, &limits);
        let threads_at_start = server.proc_status("Threads");

        let mut clients: Vec<Client> = (0..CROWD).map(|_| server.client()).collect();
        for (n, client) in clients.iter_mut().enumerate() {
            client.send(format!("IAMAT c{n} +1-1 1520023934\n").as_bytes());
        }
        for (n, client) in clients.iter_mut().enumerate() {
            assert!(client.line().ends_with(&format!(" c{n} +1-1 1520023934")), "{}", engine.name);
        }
        assert_eq!(server.status()["clients_connected"], CROWD, "{}", engine.name);
        let threads = server.proc_status("Threads") - threads_at_start;
        let for_clients = CROWD * engine.threads_per_client;
        // Some may still close the connection of an admin request.
        assert!((for_clients..for_clients + 8).contains(&threads), "{}: {threads}", engine.name);

        drop(clients);
        eventually("all clients and their threads are gone", Duration::from_mins(1), || {
            server.proc_status("Threads") == threads_at_start && server.status()["clients_connected"] == 0
        });
    }
}

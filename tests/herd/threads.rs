use crate::{
    client::PATIENCE,
    engine::THREADS,
    server::{Server, eventually},
};

const STARTED: &str = "herd_client_threads_started_total";
const REUSED: &str = "herd_client_threads_reused_total";
const CACHED: &str = "herd_client_threads_cached";

#[test]
fn a_thread_waits_for_the_next_client_and_ends_with_the_server() {
    let mut server = Server::alone(THREADS, &[]);
    for served in 0..3 {
        assert_eq!((server.metric(STARTED), server.metric(REUSED)), (served.min(1), served.max(1) - 1));
        let mut client = server.client();
        client.tell("kiwi");
        assert_eq!(server.metric(CACHED), 0);
        assert_eq!(client.finish(), "");
        eventually("the thread waits", PATIENCE, || server.metric(CACHED) == 1);
    }
    assert_eq!(server.end(), 0, "{}", server.process.err);
}

#[test]
fn without_a_cache_each_client_has_a_fresh_thread() {
    let server = Server::alone(THREADS, &["--thread-cache", "0"]);
    for served in 1..4 {
        let mut client = server.client();
        client.tell("kiwi");
        assert_eq!(client.finish(), "");
        eventually("the thread has ended", PATIENCE, || server.status()["clients_connected"] == 0);
        let counts = [STARTED, REUSED, CACHED].map(|name| server.metric(name));
        assert_eq!(counts, [served, 0, 0]);
    }
}

//! Schedules made by hand, each for one rule of PROTOCOL section 5.

use std::{fmt::Write, time::Duration};

use crate::{
    graph::Graph,
    herd::Herd,
    plan::{Action, Death},
};

/// Longer than the links of a sound herd take to come up, and than news takes through it.
const QUIET: Duration = Duration::from_secs(5);
/// Long enough for news, too short for a back-off, a silence or any other time-out to end.
const AT_ONCE: Duration = Duration::from_secs(2);
const MS: Duration = Duration::from_millis(1);

/// A herd whose links are up.
fn quiet_herd(graph: &Graph, seed: u64, queue: usize, latency_max: Duration) -> Herd {
    let mut herd = Herd::start(graph, seed, queue, latency_max);
    herd.run(QUIET);
    herd
}

/// One segment that tells of clients that have not been heard of before.
fn tell(server: usize, clients: std::ops::Range<usize>) -> Action {
    let mut input = String::new();
    for client in clients {
        let _ = writeln!(input, "IAMAT c{client} +34.068930-118.445127 1520023934.918963997");
    }
    Action::Tell { server, input: input.into_bytes() }
}

#[test]
fn an_update_costs_what_the_graph_says() {
    let graphs = [
        (Graph::default_herd(), 8),
        (Graph::line(2), 1),
        (Graph::line(6), 5),
        (Graph::star(7), 6),
        (Graph::ring(6), 7),
        (Graph::complete(5), 16),
    ];
    for (graph, messages) in graphs {
        assert_eq!(graph.messages_per_update(), messages);
        let mut herd = quiet_herd(&graph, 1, 4096, MS * 20);
        for server in 0..graph.names.len() {
            let before = herd.counts().records_sent;
            herd.act(tell(server, server * 10..server * 10 + 10));
            herd.run(QUIET);
            assert_eq!(herd.counts().records_sent - before, 10 * messages, "{graph:?}, told at {server}");
        }
        herd.check();
    }
}

#[test]
fn old_news_goes_no_further() {
    let graph = Graph::default_herd();
    let mut herd = quiet_herd(&graph, 1, 4096, MS);
    let iamat = |time| Action::Tell { server: 3, input: format!("IAMAT c +1-1 {time}\n").into_bytes() };
    herd.act(iamat(1000));
    herd.run(QUIET);
    let before = herd.counts().records_sent;
    herd.act(iamat(999));
    herd.run(QUIET);
    assert_eq!(herd.counts().records_sent, before);
    herd.check();
}

#[test]
fn what_overflows_comes_with_a_full_sync() {
    for queue in [1, 4, 30] {
        let mut herd = quiet_herd(&Graph::default_herd(), queue as u64, queue, MS * 50);
        for burst in 0..20 {
            herd.act(tell(burst % 5, burst * 100..burst * 100 + 100));
            herd.run(MS * 10);
        }
        // Threads that are held up take a while, but no time-out is needed.
        herd.run(AT_ONCE * 6);
        assert!(herd.counts().overflows > 0);
        assert!((0..5).all(|server| herd.known(server) == 2000), "no silence must end");
        herd.check();
    }
}

#[test]
fn a_server_that_was_long_away_is_told_everything_at_once() {
    for seed in 0..20 {
        let mut herd = quiet_herd(&Graph::star(4), seed, 4096, MS * 5);
        herd.act(tell(1, 0..10));
        herd.act(Action::Crash(0, Death::Process));
        herd.run(Duration::from_mins(5));
        herd.act(Action::Start(0));
        herd.run(AT_ONCE);
        assert_eq!(herd.known(0), 10, "seed {seed}: the HELLO of 0 wakes 1 out of its back-off");
        herd.check();
    }
}

#[test]
fn what_outlived_its_server_comes_back_to_it_at_once() {
    let mut outlived = 0;
    for seed in 0..1000 {
        let mut herd = quiet_herd(&Graph::line(2), seed, 4096, MS * 400);
        herd.act(tell(0, 0..5));
        herd.run(MS * 50);
        // Of a host's death its neighbour would learn only when no ACK comes.
        herd.act(Action::Crash(0, Death::Process));
        herd.act(Action::Start(0));
        herd.run(AT_ONCE * 3);
        assert_eq!(herd.known(0), herd.known(1), "seed {seed}");
        outlived += herd.known(1);
        herd.check();
    }
    assert!(outlived > 100, "{outlived} records outlived their server");
}

#[test]
fn a_full_sync_that_breaks_off_often_covers_the_store() {
    for seed in 0..5 {
        let mut herd = Herd::start(&Graph::line(2), seed, 16, MS * 20);
        herd.act(Action::Block(0, 1));
        for burst in 0..50 {
            herd.act(tell(0, burst * 100..burst * 100 + 100));
        }
        herd.act(Action::Unblock(0, 1));
        for _ in 0..100 {
            herd.run(MS * 150);
            herd.act(Action::Break(0, 1));
            herd.act(tell(1, 9999..10000));
        }
        herd.run(Duration::from_mins(2));
        assert!(herd.counts().links > 4 && herd.counts().unfinished_syncs > 4, "seed {seed}: {:?}", herd.counts());
        assert_eq!(herd.known(1), 5001);
        herd.check();
    }
}

#[test]
fn the_losing_half_of_a_split_herd_agrees_on_a_tie() {
    let mut herd = quiet_herd(&Graph::line(4), 1, 4096, MS);
    herd.act(Action::Block(1, 2));
    for (server, place) in [(0, "+1-1"), (3, "+2-2"), (2, "+3-3")] {
        herd.act(Action::Tell { server, input: format!("IAMAT c {place} 1000.0\n").into_bytes() });
    }
    herd.run(Duration::from_mins(1));
    herd.act(Action::Unblock(1, 2));
    herd.run(Duration::from_mins(1));
    herd.check();
    assert_eq!(herd.digests().len(), 4);
}

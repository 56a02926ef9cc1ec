//! What keeps a provider from being asked: slots, the circuit breaker, and questions that need none.

use std::time::{Duration, Instant};

use crossbeam_channel::unbounded;

use crate::{
    ENGINES,
    node::{Extra, Node},
    process::DEADLINE,
    stand_in::{Act, StandIn, ok, places, response},
};

#[test]
fn no_more_calls_are_in_hand_than_there_are_slots() {
    for &engine in ENGINES {
        let (release, gate) = unbounded();
        let provider = StandIn::start(move |_, _| Act::Gate(gate.clone(), ok(&places(1))));
        // The calls wait for each other's words, so their time is longer than any machine is slow.
        let extra = Extra { places: "timeout = \"30s\"", args: &["--places-in-flight", "2"], ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        let mut clients: Vec<_> = (0..6).map(|_| node.client()).collect();
        let began = Instant::now();
        for client in &mut clients {
            client.ask("10 5");
        }
        provider.wait_for_requests(2);
        for released in 1..=clients.len() {
            release.send(()).unwrap();
            provider.wait_for_requests((released + 2).min(clients.len()));
        }
        for client in &mut clients {
            client.reply(began).assert_places(1);
            client.iamat();
        }
        assert_eq!((provider.requests().len(), provider.most_in_hand()), (6, 2), "{engine}");
    }
}

#[test]
fn who_waits_too_long_for_a_slot_is_told_so() {
    const WAITING: usize = 32;
    for &engine in ENGINES {
        let provider = StandIn::start(|_, _| Act::Stall(Vec::new()));
        let places = "breaker_failures = 0\ntimeout = \"1s\"";
        let extra = Extra { places, args: &["--places-in-flight", "1"], ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        let mut clients: Vec<_> = (0..WAITING).map(|_| node.client()).collect();
        let began = Instant::now();
        for client in &mut clients {
            client.ask("10 5");
        }
        // The slot becomes free when the time of those who wait is all but over: a few of them may still ask.
        let mut busy = 0;
        for client in &mut clients {
            let reply = client.reply(began);
            if reply.status() == "OVER_QUERY_LIMIT" {
                busy += 1;
                reply.assert_failed("waited", "OVER_QUERY_LIMIT", "too many calls are waiting");
            } else {
                reply.assert_failed("asked", "UNKNOWN_ERROR", "did not answer in time");
            }
            assert!(reply.took < Duration::from_secs(5), "{engine}: {:?}", reply.took);
            client.iamat();
        }
        assert!(busy > 0, "{engine}: nobody waited in vain");
        assert!(provider.requests().len() <= WAITING - busy, "{engine}: who is told to have waited has not asked");
    }
}

#[test]
fn a_provider_that_fails_too_often_is_left_alone() {
    for &engine in ENGINES {
        let provider = StandIn::start(|_, _| Act::Send(response("500 Oops", "", b"")));
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        for _ in 0..5 {
            client.whatsat("10 5").assert_failed("failing", "UNKNOWN_ERROR", "HTTP status 500");
        }
        for _ in 0..20 {
            let reply = client.whatsat("10 5");
            reply.assert_failed("paused", "UNKNOWN_ERROR", "failed too often");
            // A call may take five.
            assert!(reply.took < Duration::from_secs(4), "{engine}: {:?}", reply.took);
            client.iamat();
        }
        assert_eq!(provider.requests().len(), 5, "{engine}");
    }
}

#[test]
fn a_provider_that_is_well_again_is_asked_again() {
    for &engine in ENGINES {
        let provider = StandIn::start(|_, number| match number {
            0 | 1 => Act::SendAndClose(Vec::new()),
            _ => Act::Send(ok(&places(1))),
        });
        let extra = Extra { places: "breaker_failures = 2\nbreaker_pause = \"300ms\"", ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        let mut client = node.client();
        client.whatsat("10 5").assert_failed("first", "UNKNOWN_ERROR", "no connection");
        client.whatsat("10 5").assert_failed("second", "UNKNOWN_ERROR", "no connection");
        let deadline = Instant::now() + DEADLINE;
        while client.whatsat("10 5").status() != "OK" {
            assert!(Instant::now() < deadline, "{engine} does not try again");
        }
        assert_eq!(provider.requests().len(), 3, "{engine}");
    }
}

#[test]
fn a_query_that_the_provider_calls_invalid_opens_no_breaker() {
    for &engine in ENGINES {
        let invalid = br#"{"status":"INVALID_REQUEST","results":[]}"#;
        let provider = StandIn::start(move |_, _| Act::Send(response("400 Bad Request", "", invalid)));
        let extra = Extra { places: "breaker_failures = 2\nbreaker_pause = \"1h\"", ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        let mut client = node.client();
        for _ in 0..4 {
            client.whatsat("10 5").assert_failed(engine, "INVALID_REQUEST", "HTTP status 400");
        }
        assert_eq!(provider.requests().len(), 4, "{engine}");
    }
}

#[test]
fn a_question_without_an_answer_is_not_asked() {
    for &engine in ENGINES {
        for spec in ["google", "google-legacy", "wikipedia"] {
            let provider = StandIn::well();
            let node = Node::start(engine, &format!("{spec}={}", provider.base()), &Extra::default());
            let mut client = node.client();
            for vacant in ["0 5", "0.000 20", "10 0", "0 0", "50 00"] {
                let reply = client.whatsat(vacant);
                assert_eq!((reply.status(), reply.names().len()), ("ZERO_RESULTS", 0), "{engine}, {spec}, {vacant}");
            }
            assert_eq!(provider.connections(), 0, "{engine}, {spec}");
        }
    }
}

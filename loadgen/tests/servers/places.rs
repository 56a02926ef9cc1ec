use std::{
    io::{ErrorKind, Read},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    http::{Answer, Client},
    process::{DEADLINE, Running},
};

const NEARBY: &str =
    "/maps/api/place/nearbysearch/json?location=34.0689300,-118.4451270&radius=10000.000&key=AIza-nothing";

fn stats(server: &Running) -> Value {
    Client::new(server).fetch("/stats").body
}

/// Asks for the counts until they are as they should be.
fn wait_for(server: &Running, is_reached: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let stats = stats(server);
        if is_reached(&stats) {
            return stats;
        }
        assert!(Instant::now() < deadline, "still {stats}");
    }
}

#[test]
fn an_answer_has_the_shape_of_a_nearby_search() {
    let server = Running::start("places", &[]);
    let Answer { status, body } = Client::new(&server).fetch(NEARBY);
    assert_eq!((status, &body["status"]), (200, &Value::from("OK")));
    let results = body["results"].as_array().expect("results");
    assert!((1..=20).contains(&results.len()), "{}", results.len());
    for result in results {
        assert!(result["name"].is_string() && result["place_id"].is_string(), "{result}");
        let location = &result["geometry"]["location"];
        let (lat, lng) = (location["lat"].as_f64().expect("lat"), location["lng"].as_f64().expect("lng"));
        assert!((lat - 34.069).abs() < 0.1 && (lng + 118.445).abs() < 0.12, "{result}");
    }
    let nothing = Client::new(&server).fetch("/maps/api/place/nearbysearch/json?location=0,-30&radius=5");
    assert_eq!((nothing.status, &nothing.body["status"]), (200, &Value::from("ZERO_RESULTS")));
}

#[test]
fn a_fixed_answer_is_the_same_everywhere() {
    let server = Running::start("places", &["--fixed"]);
    let mut client = Client::new(&server);
    let here = client.fetch(NEARBY).body;
    assert_eq!(here["results"].as_array().map(Vec::len), Some(20));
    assert_eq!(here, client.fetch("/maps/api/place/nearbysearch/json?location=0,-30&radius=5").body);
}

#[test]
fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    let server = Running::start("places", &["--delay", "1ms"]);
    let mut client = Client::new(&server);
    for _ in 0..3 {
        assert_eq!(client.fetch(NEARBY).status, 200);
    }
    client.ask(NEARBY);
    client.ask("/nothing");
    client.ask(NEARBY);
    let statuses: Vec<_> = (0..3).map(|_| client.answer().status).collect();
    assert_eq!(statuses, [200, 404, 200]);
    let stats = client.fetch("/stats").body;
    assert_eq!((&stats["requests"], &stats["connections"]), (&Value::from(5), &Value::from(1)));
}

#[test]
fn the_last_request_ends_the_connection() {
    let server = Running::start("places", &["--delay", "1ms"]);
    let mut client = Client::new(&server);
    assert!(client.send(format!("GET {NEARBY} HTTP/1.1\r\nconnection: close\r\n\r\n").as_bytes()));
    assert_eq!(client.answer().status, 200);
    client.expect_end();
}

#[test]
fn the_delay_can_be_changed() {
    let server = Running::start("places", &["--delay", "600s"]);
    let mut client = Client::new(&server);
    assert!(client.send(b"POST /delay?30ms HTTP/1.1\r\nhost: places\r\n\r\n"));
    assert_eq!(client.answer().status, 200);
    let begun = Instant::now();
    assert_eq!(client.fetch(NEARBY).status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

#[test]
fn no_answer_comes_before_its_delay() {
    for (delay, least_ms) in [("30ms", 30), ("uniform:20ms..40ms", 20)] {
        let server = Running::start("places", &["--delay", delay]);
        let mut client = Client::new(&server);
        for _ in 0..5 {
            let begun = Instant::now();
            client.fetch(NEARBY);
            assert!(begun.elapsed() >= Duration::from_millis(least_ms), "{delay}: {:?}", begun.elapsed());
        }
    }
}

#[test]
fn errors_come_at_their_rate_and_the_same_ones_for_a_seed() {
    let statuses = |seed: &str| -> Vec<u16> {
        let server = Running::start("places", &["--error-rate", "0.25", "--seed", seed]);
        let mut client = Client::new(&server);
        let statuses: Vec<_> = (0..1000).map(|_| client.fetch(NEARBY).status).collect();
        let errors = statuses.iter().filter(|status| **status == 500).count();
        // Five standard deviations of 250.
        assert!(errors.abs_diff(250) < 69, "{errors} errors");
        let (code, printed) = server.stop();
        let printed: Value = serde_json::from_str(&printed).expect("the counts");
        assert_eq!((code, &printed["errors"], &printed["requests"]), (Some(0), &errors.into(), &1000.into()));
        statuses
    };
    let first = statuses("7");
    assert_eq!(first, statuses("7"));
    assert_ne!(first, statuses("8"));
}

#[test]
fn a_hang_lasts_until_the_client_leaves() {
    let server = Running::start("places", &["--hang-rate", "1"]);
    let mut client = Client::new(&server);
    client.ask(NEARBY);
    let stats = wait_for(&server, |stats| stats["hangs"] == 1);
    assert_eq!(stats["in_flight"], 1);
    client.stream().set_read_timeout(Some(Duration::from_millis(50))).expect("a deadline");
    let silence = client.stream().read(&mut [0]).expect_err("an answer");
    assert!(matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{silence}");
    drop(client);
    wait_for(&server, |stats| stats["in_flight"] == 0);
}

#[test]
fn a_thousand_searches_wait_at_once() {
    // Long enough that all are there before the first is answered, even on a busy machine.
    let server = Running::start("places", &["--delay", "10s"]);
    let mut clients: Vec<_> = (0..1000).map(|_| Client::new(&server)).collect();
    for client in &mut clients {
        client.ask(NEARBY);
    }
    wait_for(&server, |stats| stats["requests"] == 1000);
    assert!(clients.iter_mut().all(|client| client.answer().status == 200));
    let stats = stats(&server);
    assert_eq!((&stats["max_in_flight"], &stats["in_flight"]), (&1000.into(), &0.into()));
    assert!(stats["cpu_s"]["user"].is_f64() && stats["cpu_s"]["system"].is_f64(), "{stats}");
}

#[test]
fn who_leaves_while_waiting_is_forgotten() {
    let server = Running::start("places", &["--delay", "600s"]);
    let clients: Vec<_> = (0..50).map(|_| Client::new(&server)).collect();
    for mut client in clients {
        client.ask(NEARBY);
        // A reset: the server knows that nobody is there. After a mere end the answer might still be read.
        socket2::SockRef::from(client.stream()).set_linger(Some(Duration::ZERO)).expect("an option");
        wait_for(&server, |stats| stats["in_flight"] == 1);
        drop(client);
        wait_for(&server, |stats| stats["in_flight"] == 0);
    }
}

#[test]
fn malformed_requests_are_told_so() {
    let server = Running::start("places", &[]);
    for (request, status) in [
        ("GET /elsewhere HTTP/1.1\r\n\r\n".to_owned(), 404),
        ("POST /stats HTTP/1.1\r\n\r\n".to_owned(), 405),
        ("GET /maps/api/place/nearbysearch/json?location=x&radius=1 HTTP/1.1\r\n\r\n".to_owned(), 400),
    ] {
        let mut client = Client::new(&server);
        assert!(client.send(request.as_bytes()));
        assert_eq!(client.answer().status, status, "{request}");
        assert_eq!(client.fetch(NEARBY).status, 200, "the connection stays");
    }
    for (request, status) in [
        ("\u{1}\u{2}\r\n\r\n".to_owned(), 400),
        ("GET /stats HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc".to_owned(), 400),
        (format!("GET /stats HTTP/1.1\r\na: {}", "b".repeat(9000)), 431),
    ] {
        let mut client = Client::new(&server);
        assert!(client.send(request.as_bytes()));
        assert_eq!(client.answer().status, status, "{request:.60}");
        client.expect_end();
    }
    assert_eq!(stats(&server)["refused"], 6);
}

#[test]
fn what_cannot_be_served_gives_2_and_a_reason() {
    for (args, reason) in [
        (["--delay", "soon"], "50ms"),
        (["--error-rate", "1.5"], "shares"),
        (["--hang-rate", "nan"], "shares"),
        (["--listen", "192.0.2.1:1"], "cannot listen"),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_loadgen"));
        let output = program.arg("places").args(args).output().expect("a run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains(reason), "{args:?}: {output:?}");
    }
}

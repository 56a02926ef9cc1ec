//! Answers that are well, in all the ways that HTTP has of giving one.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use crossbeam_channel::bounded;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use crate::{
    ENGINES,
    node::{Extra, Node, Reply},
    stand_in::{Act, StandIn, document, ok, places, response},
};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut response = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(size) {
        response.extend([format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    }
    response.extend(b"0\r\n\r\n");
    response
}

/// Starts each engine on a provider that answers so, and gives the replies to one query.
fn replies(act: impl Fn() -> Act + Clone + Send + Sync + 'static) -> Vec<Reply> {
    let reply = |&engine: &&'static str| {
        let act = act.clone();
        let provider = StandIn::start(move |_, _| act());
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        let reply = client.whatsat("10 5");
        client.iamat();
        assert_eq!(provider.requests().len(), 1, "{engine}");
        reply
    };
    ENGINES.iter().map(reply).collect()
}

#[test]
fn one_connection_serves_calls_of_every_framing() {
    let framings: [fn() -> Vec<u8>; 7] = [
        || ok(&places(2)),
        || chunked(&places(2), 7),
        || response("200 OK", "content-encoding: gzip\r\n", &gzip(&places(2))),
        || chunked(&places(2), 1 << 20),
        || response("200 OK", "CONTENT-TYPE: text/plain\r\nx-fold: a\r\nx-fold: b\r\n", &places(2)),
        || [b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n".as_slice(), &ok(&places(2))].concat(),
        || ok(&places(2)),
    ];
    for &engine in ENGINES {
        let provider = StandIn::start(move |_, number| Act::Send(framings[number]()));
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        for _ in framings {
            client.whatsat("10 5").assert_places(2);
        }
        assert_eq!((provider.requests().len(), provider.connections()), (framings.len(), 1), "{engine}");
    }
}

#[test]
fn a_refusal_does_not_cost_the_connection() {
    for &engine in ENGINES {
        let provider = StandIn::start(|_, number| match number {
            0 => Act::Send(response("500 Oops", "", b"<html>")),
            1 => Act::Send(response("204 No Content", "", b"")),
            _ => Act::Send(ok(&places(1))),
        });
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        client.whatsat("10 5").assert_failed("500", "UNKNOWN_ERROR", "HTTP status 500");
        client.whatsat("10 5").assert_failed("204", "UNKNOWN_ERROR", "HTTP status 204");
        client.whatsat("10 5").assert_places(1);
        assert_eq!(provider.connections(), 1, "{engine}");
    }
}

#[test]
fn a_connection_that_the_provider_closed_is_replaced() {
    for &engine in ENGINES {
        let provider = StandIn::start(|_, _| Act::SendAndClose(ok(&places(1))));
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        for count in 1..=4 {
            client.whatsat("10 5").assert_places(1);
            provider.wait_for_closed(count);
        }
        assert_eq!((provider.requests().len(), provider.connections()), (4, 4), "{engine}");
    }
}

#[test]
fn http_1_0_ends_its_body_with_the_connection() {
    let old = || [b"HTTP/1.0 200 OK\r\n\r\n".as_slice(), &places(3)].concat();
    for reply in replies(move || Act::SendAndClose(old())) {
        reply.assert_places(3);
    }
}

#[test]
fn a_slow_answer_is_an_answer() {
    for reply in replies(|| Act::After(Duration::from_millis(300), ok(&places(2)))) {
        reply.assert_places(2);
    }
}

#[test]
fn a_call_holds_no_earlier_reply_back() {
    for &engine in ENGINES {
        let (release, gate) = bounded(1);
        let provider = StandIn::start(move |_, _| Act::Gate(gate.clone(), ok(&places(1))));
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        let began = Instant::now();
        client.iamat_and_ask("10 5");
        release.send(()).unwrap();
        client.reply(began).assert_places(1);
        client.iamat();
    }
}

#[test]
fn more_results_than_asked_for_are_cut_with_their_token() {
    let body = || {
        let results: Vec<_> = (0..20).map(|i| json!({ "name": format!("place {i}") })).collect();
        document(&json!(results), &json!({ "next_page_token": "more" }))
    };
    for reply in replies(move || Act::Send(ok(body().as_bytes()))) {
        reply.assert_places(5);
        assert_eq!(reply.names()[4], "place 4");
        assert!(!reply.text.contains("next_page_token"), "{}", reply.text);
    }
}

#[test]
fn one_bad_result_costs_no_other() {
    let body = r#"{"status":"OK","results":[{"name":"a"},7,{"name":"half \ud83d"},{"name":"c"}]}"#;
    for reply in replies(move || Act::Send(ok(body.as_bytes()))) {
        assert_eq!(reply.names(), ["a", "half \u{fffd}", "c"]);
        assert!(reply.text.contains("1 result of the provider could not be read"), "{}", reply.text);
    }
}

#[test]
fn text_that_is_none_is_mended() {
    for reply in replies(|| Act::Send(ok(b"{\"status\":\"OK\",\"results\":[{\"name\":\"a \xff\"}]}"))) {
        assert_eq!(reply.names(), ["a \u{fffd}"]);
    }
}

#[test]
fn results_that_nobody_could_read_are_none() {
    let nested = "[".repeat(50_000) + &"]".repeat(50_000);
    let body = format!("{{\"status\":\"OK\",\"results\":{nested}}}");
    for reply in replies(move || Act::Send(ok(body.as_bytes()))) {
        assert_eq!((reply.status(), reply.names().len()), ("ZERO_RESULTS", 0), "{}", reply.text);
    }
}

#[test]
fn newlines_cannot_end_a_reply_early() {
    let pretty = "{\n\n\n\"html_attributions\": [],\n\n\"results\": [{\"name\": \"a\\n\\nb\\r\\n\\r\\n\"}],\n\n\n\
                  \"status\": \"OK\"}\n\n\n\n";
    for reply in replies(move || Act::Send(ok(pretty.as_bytes()))) {
        reply.assert_places(1);
        assert_eq!(reply.names(), ["a\n\nb\r\n\r\n"]);
    }
}

#[test]
fn a_body_of_exactly_the_limit_is_taken() {
    let mut body = places(1);
    body.resize(1 << 20, b' ');
    for reply in replies(move || Act::Send(ok(&body))) {
        reply.assert_places(1);
    }
}

#[test]
fn google_is_asked_as_it_wants_to_be() {
    let body =
        json!({ "places": [{ "id": "ChIJa", "displayName": { "text": "UCLA" }, "location": { "latitude": 34.07 } }] });
    let body = body.to_string().into_bytes();
    for &engine in ENGINES {
        // A POST keeps its connection too.
        assert_eq!(google_is_asked(engine, &body), 1, "{engine}");
    }
}

/// Asks Google twice, and says over how many connections.
fn google_is_asked(engine: &'static str, body: &[u8]) -> usize {
    let body = body.to_vec();
    let provider = StandIn::start(move |_, _| Act::Send(ok(&body)));
    let vars = [("HERD_PLACES_KEY", "AIzaSecret-0123")];
    let extra = Extra { vars: &vars, ..Extra::default() };
    let node = Node::start(engine, &format!("google={}", provider.base()), &extra);
    let mut client = node.client();
    for _ in 0..2 {
        assert_eq!(client.whatsat("10.5 5").names(), ["UCLA"], "{engine}");
    }
    let [request, _] = provider.requests().try_into().unwrap_or_else(|_| panic!("{engine} did not ask twice"));
    assert!(request.head.starts_with("POST /v1/places:searchNearby HTTP/1.1\r\n"), "{engine}: {}", request.head);
    assert_eq!(request.header("x-goog-api-key"), Some("AIzaSecret-0123"), "{engine}");
    assert!(request.header("x-goog-fieldmask").unwrap().split(',').any(|field| field == "places.id"), "{engine}");
    assert_eq!(request.header("content-type"), Some("application/json"), "{engine}");
    let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let center = json!({ "latitude": 34.06893, "longitude": -118.445_127 });
    let circle = json!({ "center": center, "radius": 10_500.0 });
    assert_eq!(
        asked,
        json!({ "maxResultCount": 5, "rankPreference": "DISTANCE", "locationRestriction": { "circle": circle } }),
        "{engine}"
    );
    provider.connections()
}

#[test]
fn wikipedia_is_told_who_asks() {
    let found = json!({ "batchcomplete": true, "query": { "geosearch": [
        { "pageid": 1, "ns": 0, "title": "UCLA", "lat": 34.07, "lon": -118.44, "dist": 1.5, "primary": true }] } });
    let found = found.to_string().into_bytes();
    for &engine in ENGINES {
        let found = found.clone();
        let provider = StandIn::start(move |_, _| Act::Send(ok(&found)));
        let node = Node::start(engine, &format!("wikipedia={}", provider.base()), &Extra::default());
        let mut client = node.client();
        for _ in 0..2 {
            assert_eq!(client.whatsat("10 5").names(), ["UCLA"], "{engine}");
        }
        let requests = provider.requests();
        assert_eq!(requests.len(), 1, "{engine}: the second answer is the first one, kept");
        assert!(requests[0].header("user-agent").unwrap().starts_with("herd/"), "{engine}");
        client.whatsat("10 6");
        assert_eq!(provider.requests().len(), 2, "{engine}: another query is another call");
    }
}

#[test]
fn google_is_asked_each_time() {
    for &engine in ENGINES {
        let provider = StandIn::well();
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        client.whatsat("10 5").assert_places(1);
        client.whatsat("10 5").assert_places(1);
        assert_eq!(provider.requests().len(), 2, "{engine}");
    }
}

//! Every way in which a provider fails, and what a client is told then.

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use crate::{
    ENGINES,
    answers::gzip,
    node::{Extra, Node},
    stand_in::{Act, StandIn, ok, places, response},
};

/// The whole-call limit that every server has unless it is told otherwise.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// What a machine with more to do than it can may add to a reply's time.
const MARGIN: Duration = Duration::from_secs(4);
/// For the slow cases.
const SHORT_LIMIT: Duration = Duration::from_secs(1);
/// The most that a server which reads at most 1 MiB of anything needs, in KiB.
#[cfg(target_os = "linux")]
const MOST_MEMORY_KIB: u64 = 64 << 10;

const LOST: &str = "no connection to the provider";
const LATE: &str = "the provider did not answer in time";
const NOT_HTTP: &str = "the provider did not answer in HTTP";
const CUT_OFF: &str = "the provider's answer was cut off";
const TOO_LONG: &str = "the provider's answer is too long";
const MALFORMED: &str = "the answer is malformed";

struct Case {
    name: &'static str,
    status: &'static str,
    message: &'static str,
    act: Box<dyn Fn() -> Act + Send + Sync>,
}

fn case(name: &'static str, message: &'static str, act: impl Fn() -> Act + Send + Sync + 'static) -> Case {
    Case { name, status: "UNKNOWN_ERROR", message, act: Box::new(act) }
}

fn head(lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 {lines}\r\n\r\n").into_bytes()
}

fn refusals() -> Vec<Case> {
    let refused = |status, http: &'static str, text| Case {
        status,
        ..case(http, text, || Act::Send(response(http, "", b"<p>")))
    };
    vec![
        refused("UNKNOWN_ERROR", "500 Internal Server Error", "HTTP status 500"),
        refused("REQUEST_DENIED", "403 Forbidden", "HTTP status 403"),
        refused("OVER_QUERY_LIMIT", "429 Too Many Requests", "HTTP status 429"),
        Case {
            status: "INVALID_REQUEST",
            ..case("400 Bad Request", "HTTP status 400", || {
                Act::Send(response("400 Bad Request", "", br#"{"status":"INVALID_REQUEST","results":[]}"#))
            })
        },
        refused("UNKNOWN_ERROR", "200 OK", MALFORMED),
        case("no body", MALFORMED, || Act::Send(ok(b""))),
        case("deep", MALFORMED, || Act::Send(ok("[".repeat(1 << 19).as_bytes()))),
        case("204", "HTTP status 204", || Act::Send(head("204 No Content"))),
        case("304", "HTTP status 304", || Act::Send(head("304 Not Modified\r\ncontent-length: 9"))),
    ]
}

fn broken() -> Vec<Case> {
    vec![
        case("closed before a reply", LOST, || Act::SendAndClose(Vec::new())),
        case("reset before a reply", LOST, || Act::Reset),
        case("closed in the headers", LOST, || Act::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec())),
        case("garbage", NOT_HTTP, || Act::SendAndClose(b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec())),
        case("an old greeting", NOT_HTTP, || Act::SendAndClose(b"220 smtp.example ESMTP\r\n\r\n".to_vec())),
        case("no number", NOT_HTTP, || Act::SendAndClose(head("200 OK\r\ncontent-length: many"))),
        case("long headers", NOT_HTTP, || Act::SendAndClose(head(&format!("200 OK\r\nx: {}", "x".repeat(1 << 20))))),
        case("bad chunk", NOT_HTTP, || {
            Act::SendAndClose([&head("200 OK\r\ntransfer-encoding: chunked")[..], b"zz\r\nno"].concat())
        }),
        case("shorter than said", CUT_OFF, || {
            Act::SendAndClose([&head("200 OK\r\ncontent-length: 1000")[..], &places(1)].concat())
        }),
        case("no last chunk", CUT_OFF, || {
            Act::SendAndClose([&head("200 OK\r\ntransfer-encoding: chunked")[..], b"2\r\n{}\r\n"].concat())
        }),
        // Whether they are counted or read until the time is over.
        case("interim for ever", "the provider did not answer", || Act::Endless(Vec::new(), head("102 Processing"))),
        case("gzip that is none", NOT_HTTP, || Act::Send(response("200 OK", "content-encoding: gzip\r\n", &places(1)))),
        case("gzip shorter than said", CUT_OFF, || {
            let whole = response("200 OK", "content-encoding: gzip\r\n", &gzip(&places(20)));
            Act::SendAndClose(whole[..whole.len() - 20].to_vec())
        }),
        case("gzip without its end", CUT_OFF, || {
            let body = gzip(&places(20));
            Act::Send(response("200 OK", "content-encoding: gzip\r\n", &body[..body.len() - 20]))
        }),
    ]
}

fn too_long() -> Vec<Case> {
    vec![
        case("a byte too much", TOO_LONG, || {
            let mut body = places(1);
            body.resize((1 << 20) + 1, b' ');
            Act::Send(ok(&body))
        }),
        case("much too much", TOO_LONG, || {
            Act::Endless(head("200 OK\r\ncontent-length: 99999999999"), vec![b' '; 4096])
        }),
        case("endless", TOO_LONG, || Act::Endless(head("200 OK"), vec![b' '; 4096])),
        case("endless chunks", TOO_LONG, || {
            Act::Endless(head("200 OK\r\ntransfer-encoding: chunked"), b"10\r\n                \r\n".repeat(256))
        }),
        // 64 members of 16 MiB each: a gibibyte.
        case("gzip bomb", TOO_LONG, || {
            let member = gzip(&vec![b' '; 16 << 20]);
            Act::Send(response("200 OK", "content-encoding: gzip\r\n", &member.repeat(64)))
        }),
    ]
}

/// Asks for each case by its number as the radius, on one connection after the other; then all must be well again.
fn check(cases: fn() -> Vec<Case>) {
    for &engine in ENGINES {
        let script = cases();
        let provider = StandIn::start(move |request, _| match script.get(request.radius_km() - 1) {
            Some(case) => (case.act)(),
            None => Act::Send(ok(&places(1))),
        });
        let extra = Extra { places: "breaker_failures = 0", ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        for (case, radius) in cases().iter().zip(1..) {
            let mut client = node.client();
            let reply = client.whatsat(&format!("{radius} 5"));
            reply.assert_failed(case.name, case.status, case.message);
            assert!(reply.took < CALL_LIMIT + MARGIN, "{engine}, {}: {:?}", case.name, reply.took);
            client.iamat();
            // Whatever the case left behind is not taken for the next answer.
            client.whatsat("50 5").assert_places(1);
        }
        #[cfg(target_os = "linux")]
        assert!(node.peak_kib() < MOST_MEMORY_KIB, "{engine} took {} KiB", node.peak_kib());
    }
}

#[test]
fn refusals_and_nonsense_are_told() {
    check(refusals);
}

#[test]
fn broken_answers_are_told() {
    check(broken);
}

#[test]
fn long_answers_are_not_read_to_their_end() {
    check(too_long);
}

fn slow() -> Vec<Case> {
    let pace = Duration::from_millis(100);
    let body = || places(20);
    vec![
        case("silence", LATE, || Act::Stall(Vec::new())),
        case("half the headers", LATE, || Act::Stall(b"HTTP/1.1 200 OK\r\nconten".to_vec())),
        case("half the body", LATE, move || {
            let whole = ok(&body());
            Act::Stall(whole[..whole.len() - 9].to_vec())
        }),
        case("half the gzip", LATE, move || {
            let whole = response("200 OK", "content-encoding: gzip\r\n", &gzip(&body()));
            Act::Stall(whole[..whole.len() - 9].to_vec())
        }),
        case("dripping headers", LATE, move || Act::Drip(Vec::new(), ok(&body()), pace)),
        case("a dripping body", LATE, move || Act::Drip(head("200 OK\r\ncontent-length: 999"), body(), pace)),
        case("dripping chunks", LATE, move || {
            Act::Drip(head("200 OK\r\ntransfer-encoding: chunked"), b"1\r\n \r\n".repeat(20), pace)
        }),
        case("dripping interim responses", LATE, move || {
            Act::Drip(head("102 Processing").repeat(9), head("102 Processing"), pace)
        }),
    ]
}

#[test]
fn slow_answers_are_given_up_in_time() {
    for &engine in ENGINES {
        let script = slow();
        let provider = StandIn::start(move |request, _| (script[request.radius_km() - 1].act)());
        let extra = Extra { places: "breaker_failures = 0\ntimeout = \"1s\"", ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        thread::scope(|scope| {
            for (case, radius) in slow().into_iter().zip(1..) {
                let mut client = node.client();
                scope.spawn(move || {
                    let reply = client.whatsat(&format!("{radius} 5"));
                    reply.assert_failed(case.name, case.status, case.message);
                    let in_time = (SHORT_LIMIT / 10 * 9..SHORT_LIMIT + MARGIN).contains(&reply.took);
                    assert!(in_time, "{engine}, {}: {:?}", case.name, reply.took);
                    client.iamat();
                });
            }
        });
    }
}

#[test]
fn a_call_takes_five_seconds_at_most() {
    for &engine in ENGINES {
        let provider = StandIn::start(|_, _| Act::Stall(head("200 OK\r\ncontent-length: 9")));
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        let reply = client.whatsat("10 5");
        reply.assert_failed("stalled", "UNKNOWN_ERROR", LATE);
        let in_time = (CALL_LIMIT / 10 * 9..CALL_LIMIT + MARGIN).contains(&reply.took);
        assert!(in_time, "{engine}: {:?}", reply.took);
        client.iamat();
    }
}

#[test]
fn redirects_are_not_followed() {
    for &engine in ENGINES {
        let target = StandIn::well();
        let base = target.base();
        let provider = StandIn::start(move |_, number| {
            let status = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"][number];
            Act::Send(response(status, &format!("location: {base}/elsewhere\r\n"), b"moved"))
        });
        for spec in ["google-legacy", "google"] {
            let extra = Extra { places: "breaker_failures = 0", ..Extra::default() };
            let node = Node::start(engine, &format!("{spec}={}", provider.base()), &extra);
            let mut client = node.client();
            let (first, last) = if spec == "google" { (3, 5) } else { (0, 3) };
            for _ in first..last {
                client.whatsat("10 5").assert_failed(spec, "UNKNOWN_ERROR", "HTTP status 30");
                client.iamat();
            }
        }
        assert_eq!((provider.requests().len(), target.connections()), (5, 0), "{engine}");
    }
}

#[test]
fn a_refused_connection_is_told_at_once() {
    for &engine in ENGINES {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let node = Node::start(engine, &format!("google-legacy=http://{free}"), &Extra::default());
        let mut client = node.client();
        let began = Instant::now();
        client.whatsat("10 5").assert_failed("refused", "UNKNOWN_ERROR", LOST);
        assert!(began.elapsed() < CALL_LIMIT, "{engine}: {:?}", began.elapsed());
        client.iamat();
    }
}

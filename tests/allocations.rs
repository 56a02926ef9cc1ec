//! What passes through the core costs: an update of a known client allocates no memory, a search little.

use std::time::{Duration, Instant};

use herd::{
    config::PlacesSettings,
    places::{Exchange, Places, Plan},
    protocol::{Acceptor, At, Directory, Query, Received, Rules, Session, Step, Time, Told},
    state::{Admission, Merged, Store},
};

/// Most that a search may allocate.
const MOST_OF_A_SEARCH: u64 = 30;

/// A store as its clients see it, in a server without neighbours.
struct Memory<'a>(&'a Store);

impl Directory for Memory<'_> {
    fn tell(&self, at: &At<'_>) -> Told {
        match self.0.merge(at, Admission::Below(1000)) {
            Merged::News => Told::News,
            Merged::Old => Told::Old,
            Merged::Full => Told::Full,
        }
    }

    fn find(&self, client: &[u8], reply: &mut Vec<u8>) -> Option<usize> {
        self.0.find(client, reply)
    }
}

/// Counts what one turn allocates, after as many turns as it takes for every buffer to be as large as it gets.
fn allocations(mut turn: impl FnMut(&[u8]), lines: impl Fn(u32) -> Vec<u8>) -> u64 {
    const TURNS: u32 = 50;
    let lines: Vec<_> = (0..2 * TURNS).map(lines).collect();
    let (warm_up, measured) = lines.split_at(TURNS as usize);
    let mut take = |lines: &[Vec<u8>]| {
        for line in lines {
            turn(line);
        }
    };
    take(warm_up);
    allocation_counter::measure(|| take(measured)).count_total
}

#[expect(clippy::unwrap_used, reason = "the name is well-formed")]
fn rules() -> Rules {
    Rules {
        server: "Goloman".parse().unwrap(),
        max_future_skew: Duration::from_hours(24),
        first_line: Duration::from_mins(1),
        line: Duration::from_secs(10),
        idle: Duration::from_mins(5),
        close_after_reply: false,
    }
}

fn session_allocations(lines: impl Fn(u32) -> Vec<u8>) -> u64 {
    let (store, rules) = (Store::new(), rules());
    let now = Time { seconds: 1_520_023_935, nanos: 0 };
    let (mut session, mut out) = (Session::new(Instant::now()), Vec::new());
    let turn = |input: &[u8]| {
        session.space()[..input.len()].copy_from_slice(input);
        session.received(input.len());
        out.clear();
        loop {
            match session.step(&rules, now, &Memory(&store), &mut out) {
                Step::Read => break,
                Step::Answered(..) => {}
                Step::Ask(..) => Session::answer(b"{}\n", &mut out),
                Step::Close(why) => panic!("{why:?}"),
            }
        }
        assert!(out.starts_with(b"AT "), "{}", out.escape_ascii());
    };
    allocations(turn, lines)
}

fn iamat(turn: u32) -> Vec<u8> {
    format!("IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023{turn:03}.918963997\n").into_bytes()
}

#[test]
fn an_allocation_is_seen() {
    assert_ne!(allocations(|line| drop(line.to_vec()), iamat), 0);
}

#[test]
fn an_update_of_a_known_client_allocates_nothing() {
    assert_eq!(session_allocations(iamat), 0);
}

#[test]
fn a_pipelined_question_allocates_nothing() {
    let both = |turn| [iamat(turn), b"WHATSAT kiwi.cs.ucla.edu 10 5\n".to_vec()].concat();
    assert_eq!(session_allocations(both), 0);
}

#[test]
fn a_peers_record_of_a_known_client_allocates_nothing() {
    let store = Store::new();
    let mut acceptor = Acceptor::new("Hands".parse().unwrap());
    let mut out = Vec::new();
    let mut turn = |input: &[u8]| {
        acceptor.space()[..input.len()].copy_from_slice(input);
        acceptor.received(input.len());
        out.clear();
        let mut welcome = false;
        loop {
            match acceptor.step(&mut out) {
                Ok(Received::Hello(_)) => welcome = true,
                Ok(Received::Record(at)) => assert_eq!(store.merge(&at, Admission::Any), Merged::News),
                Ok(Received::Sync) => {}
                Ok(Received::Read) => break,
                other => panic!("{other:?}"),
            }
            if std::mem::take(&mut welcome) {
                acceptor.welcome(&mut out);
            }
        }
    };
    turn(b"HELLO Goloman Hands herd/1\n");
    let batch = |turn: u32| {
        let number = turn + 1;
        format!("AT Goloman +0.000000001 kiwi +34.06-118.44 1520023{turn:03}.5\nSYNC {number}\n").into_bytes()
    };
    assert_eq!(allocations(turn, batch), 0);
}

/// A search from the question to the reply, its call included: a provider of Google's legacy shape answers with twenty places,
/// of which five are wanted.
#[test]
fn a_search_allocates_little() {
    let provider = "google-legacy=http://127.0.0.1:1".parse().unwrap();
    let places = Places::new(&PlacesSettings { provider, ..PlacesSettings::default() }, None).unwrap();
    let result =
        r#"{"geometry":{"location":{"lat":34.07,"lng":-118.44}},"name":"UCLA","types":["school","point_of_interest"]}"#;
    let list = vec![result; 20].join(",\n");
    let body = format!("{{\"html_attributions\":[],\"results\":[{list}],\"status\":\"OK\"}}");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=UTF-8\r\ncontent-length";
    let response = format!("{head}: {}\r\n\r\n{body}", body.len()).into_bytes();
    let query = Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 10_000.0, bound: 5 };
    let (now, mut request, mut reply) = (Instant::now(), Vec::new(), Vec::new());
    let turn = |_: &[u8]| {
        let Plan::Call(call) = places.plan(&query, now) else { panic!("it is to be asked for") };
        request.clear();
        let mut exchange = Exchange::new(call.request(), 1 << 20, &mut request).unwrap();
        exchange.space()[..response.len()].copy_from_slice(&response);
        let received = exchange.received(response.len()).unwrap().unwrap();
        let document = places.settle(call, Ok(received.response), now);
        reply.clear();
        Session::answer(&document, &mut reply);
        assert!(reply.len() > 5 * result.len());
    };
    // Fifty searches. Most are of the HTTP request and response, whose headers are kept one by one.
    let each = allocations(turn, iamat) / 50;
    assert!(each <= MOST_OF_A_SEARCH, "{each}");
}

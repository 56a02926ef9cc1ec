//! Commands that HTTP carries: replies are checked as ever, and what is no reply is told apart.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use loadgen::{
    http::Transport,
    run::{HerdObservation, Measurement, Pace, Plan},
};

use crate::{
    plans::{SHORT, drive, plan},
    server::answer,
};

/// What a server gives for the body of a request: the bytes of a response.
type Respond = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

/// Starts a web server; its threads end with the process.
fn start(respond: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let respond: Arc<Respond> = Arc::new(respond);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let respond = Arc::clone(&respond);
            thread::spawn(move || serve(&stream, &*respond));
        }
    });
    addr
}

fn serve(mut stream: &TcpStream, respond: &Respond) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut requests = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if requests.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        requests.read_exact(&mut body).ok()?;
        stream.write_all(&respond(&body)).ok()?;
    }
}

/// A response of this status with this body.
fn response(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn over_http(target: SocketAddr) -> Plan {
    Plan { transport: Transport::Http, ..plan(target) }
}

fn against(respond: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Measurement {
    drive(&over_http(start(respond)))
}

#[test]
fn right_replies_are_counted_whatever_their_framing() {
    let sized = against(|body| response("200 OK", &answer(body)));
    assert_eq!(sized.faults().total(), 0, "{:?}", sized.kept());
    assert!(sized.requests() > 50);
    let chunked = against(|body| {
        let reply = answer(body);
        let (first, rest) = reply.split_at(7);
        let mut response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in [first, rest, b""] {
            response.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            response.extend_from_slice(chunk);
            response.extend_from_slice(b"\r\n");
        }
        response
    });
    assert_eq!(chunked.faults().total(), 0, "{:?}", chunked.kept());
}

#[test]
fn several_requests_may_be_outstanding() {
    let target = start(|body| response("200 OK", &answer(body)));
    let measurement = drive(&Plan { depth: 8, pace: Pace::Closed, ..over_http(target) });
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    assert_eq!(measurement.result().connections.lost, 0);
}

#[test]
fn a_reply_that_is_wrong_is_wrong_over_http_too() {
    let faults = *against(|_| response("200 OK", b"garbage\n")).faults();
    assert!(faults.wrong > 0 && faults.wrong == faults.total(), "{faults:?}");
}

#[test]
fn a_status_that_tells_of_failure_refuses() {
    let measurement = against(|_| response("503 Service Unavailable", b"ERR no database\n"));
    let faults = *measurement.faults();
    assert!(faults.refused > 0 && faults.refused + faults.unfinished == faults.total(), "{faults:?}");
    assert!(measurement.kept()[0].starts_with("HTTP status 503: HTTP/1.1 503"), "{:?}", measurement.kept());
}

#[test]
fn a_response_without_its_reply_is_short_at_once() {
    let measurement = drive(&Plan { timeout: SHORT, ..over_http(start(|_| response("200 OK", b"AT half"))) });
    let faults = *measurement.faults();
    assert!(faults.short > 0 && faults.timed_out == 0, "{faults:?}");
}

#[test]
fn a_server_of_lines_is_wrong() {
    let measurement = against(answer);
    assert!(measurement.faults().wrong > 0, "{:?}", measurement.faults());
    assert!(measurement.kept()[0].starts_with("no HTTP response"), "{:?}", measurement.kept());
}

#[test]
fn servers_that_are_asked_in_lines_do_not_go_with_it() {
    let target = SocketAddr::from(([127, 0, 0, 1], 1));
    let herd = HerdObservation { converge: vec![target], ..HerdObservation::default() };
    let refused = Plan { herd, ..over_http(target) }.check().unwrap_err();
    assert!(refused.contains("--http"), "{refused}");
}

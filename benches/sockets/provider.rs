use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

const BODY: &str = "{\"html_attributions\":[],\"results\":[],\"status\":\"ZERO_RESULTS\"}";

/// Starts a provider of places, in the legacy shape, that takes so long for each search; gives its URL. A thread serves
/// each connection, so any number of searches wait at once. It lasts as long as the process.
pub(crate) fn start(delay: Duration) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(&stream, delay));
        }
    });
    format!("http://{address}")
}

/// Answers one request after the other until the server closes.
fn serve(stream: &TcpStream, delay: Duration) {
    let mut lines = BufReader::new(stream).lines();
    while lines.by_ref().map_while(Result::ok).any(|line| line.is_empty()) {
        thread::sleep(delay);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        let (length, mut stream) = (BODY.len(), stream);
        if stream.write_all(format!("{head}: {length}\r\n\r\n{BODY}").as_bytes()).is_err() {
            break;
        }
    }
}

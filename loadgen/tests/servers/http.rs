use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::process::Running;

/// An answer: its status and its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// A client's connection of HTTP.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn new(server: &Running) -> Self {
        Self { stream: BufReader::new(server.connect()) }
    }

    /// Sends these bytes; the write may fail where the server has had enough.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.get_mut().write_all(bytes).is_ok()
    }

    pub(crate) fn ask(&mut self, target: &str) {
        assert!(self.send(format!("GET {target} HTTP/1.1\r\nhost: places\r\n\r\n").as_bytes()), "no write");
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let status = self.line().split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut length = 0;
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a body");
        Answer { status, body: serde_json::from_slice(&body).expect("JSON") }
    }

    pub(crate) fn fetch(&mut self, target: &str) -> Answer {
        self.ask(target);
        self.answer()
    }

    /// Waits for the server's end of the connection, with nothing before it.
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.stream.read(&mut [0]).expect("an orderly end"), 0);
    }

    /// The socket itself.
    pub(crate) fn stream(&self) -> &TcpStream {
        self.stream.get_ref()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}

use std::{
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::super::context::any_port;

/// For a request to come; a server that dials sends at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// A radius with two places, one with none, and one at which the provider breaks off, in kilometres.
pub(super) const FULL_KM: &str = "1";
pub(super) const EMPTY_KM: &str = "2";
pub(super) const BROKEN_KM: &str = "3";

const TWO: &str = r#"{"html_attributions":[],"results":[{"name":"one"},{"name":"two"}],"status":"OK"}"#;
const NONE: &str = r#"{"html_attributions":[],"results":[],"status":"ZERO_RESULTS"}"#;

/// A provider of places that answers by the radius that it is asked for, one call after another.
pub(super) struct Provider {
    /// Where it listens.
    pub(super) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Provider {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(any_port())?;
        let (address, stopped) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let flag = Arc::clone(&stopped);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if flag.load(Ordering::Relaxed) {
                    return;
                }
                // A server that breaks off is told of by its replies.
                let _ = stream.and_then(|stream| answer(&stream));
            }
        });
        Ok(Self { address, stopped, thread: Some(thread) })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let is_woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take_if(|_| is_woken) {
            let _panicked = thread.join();
        }
    }
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let Some(document) = document(&request) else { return Ok(()) };
    let length = document.len();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}")
}

/// The answer for the radius of a request; `None` where the provider hangs up. Any other radius is taken for one with
/// nothing in it, as a provider takes whatever number it gets.
fn document(request: &str) -> Option<&'static str> {
    let query = request.split_once("radius=").map_or("", |(_, rest)| rest);
    let radius_m: f64 = query.split(['&', ' ']).next().unwrap_or_default().parse().unwrap_or_default();
    match radius_m.round() {
        1000.0 => Some(TWO),
        3000.0 => None,
        _ => Some(NONE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_radius_decides() {
        let asked = |radius: &str| document(&format!("GET /x?location=1,2&radius={radius}&key=k HTTP/1.1"));
        assert_eq!(asked("1000"), Some(TWO));
        assert_eq!(asked("1000.000"), Some(TWO));
        assert_eq!(asked("1"), Some(NONE));
        assert_eq!(asked("3000"), None);
    }
}

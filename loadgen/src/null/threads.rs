use std::{
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::answers::{Answers, Kind};
use crate::serving::{is_passing, pause_after_failure, refuse};

/// A thread here calls read and write and little else; the buffers are on the heap.
const STACK_BYTES: usize = 64 * 1024;
/// Read at once: 200 lines or so.
const READ_BYTES: usize = 16 * 1024;
/// How long a client may leave its replies unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections for ever, each with a thread of its own.
pub(super) fn serve(listener: &TcpListener, kind: &Kind, max_connections: usize) {
    let (open, mut refused) = (Arc::new(AtomicUsize::new(0)), 0);
    loop {
        match listener.accept() {
            Ok((stream, _)) if open.load(Ordering::Relaxed) >= max_connections => {
                refuse(stream, max_connections, &mut refused);
            }
            Ok((stream, _)) => begin(stream, kind.answers(), &open),
            Err(error) if is_passing(&error) => {}
            Err(error) => pause_after_failure(&error),
        }
    }
}

/// Starts a connection's thread. Where the system has none left, the connection is closed.
fn begin(stream: TcpStream, answers: Answers, open: &Arc<AtomicUsize>) {
    let counted = Counted::new(open);
    let thread = thread::Builder::new().stack_size(STACK_BYTES);
    let started = thread.spawn(move || {
        // How one connection ends concerns that connection alone.
        serve_connection(stream, answers).ok();
        drop(counted);
    });
    if let Err(error) = started {
        pause_after_failure(&error);
    }
}

fn serve_connection(mut stream: TcpStream, mut answers: Answers) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut input = vec![0; READ_BYTES];
    loop {
        let taken = match stream.read(&mut input) {
            Ok(0) => return Ok(()),
            Ok(bytes) => answers.take(&input[..bytes]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        flush(&mut stream, &mut answers)?;
        if taken.is_err() {
            return Ok(());
        }
    }
}

fn flush(stream: &mut TcpStream, answers: &mut Answers) -> io::Result<()> {
    loop {
        let next = answers.next();
        if next.is_empty() {
            return Ok(());
        }
        let bytes = next.len();
        stream.write_all(next)?;
        answers.wrote(bytes);
    }
}

/// One of the open connections, for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

use std::{io, net::TcpStream, thread, time::Duration};

/// Wait after a failed accept. It fails when the system is out of memory or files; trying at once would spin.
const REST: Duration = Duration::from_millis(10);

/// Whether an error of accept concerns only the connection that was to be accepted.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}

/// Says that accepting failed, and lets a moment pass.
pub(crate) fn rest(error: &io::Error) {
    eprintln!("loadgen: cannot accept a connection: {error}");
    thread::sleep(REST);
}

/// Closes a connection that is one too many, and says so the first time.
pub(crate) fn refuse(stream: TcpStream, room: usize, refused: &mut u64) {
    drop(stream);
    if *refused == 0 {
        eprintln!("loadgen: connections beyond {room} are refused; raise the limit of open files (ulimit -n) for more");
    }
    *refused += 1;
}

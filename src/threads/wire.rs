use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

/// Binds a listener that lets `backlog` connections wait; the standard library's lets 128.
pub(super) fn listen(addr: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// Wakes whoever waits in `accept`: it fails from now on.
pub(super) fn close_listener(listener: &TcpListener) {
    // Fails only for a listener that is closed already.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
}

/// The shortest and the longest keep-alive time that a socket takes.
const MIN_KEEPALIVE: Duration = Duration::from_secs(1);
const MAX_KEEPALIVE: Duration = Duration::from_secs(32_767);
/// What may wait in the kernel to be sent. Without this bound, a client that reads slowly fills some megabytes of kernel
/// memory, and then sees no write succeed until a good part of them is read.
const MAX_UNSENT_BYTES: u32 = 128 * 1024;

/// Replies leave at once, a client that has vanished is noticed after `keepalive`, and a write gives up after `patience`.
pub(super) fn prepare(stream: &TcpStream, keepalive: Duration, patience: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(patience))?;
    let stream = SockRef::from(stream);
    stream.set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
    stream.set_tcp_keepalive(&TcpKeepalive::new().with_time(keepalive.clamp(MIN_KEEPALIVE, MAX_KEEPALIVE)))
}

/// Reads once; 0 is the end of input. Fails with `TimedOut` after the socket's read time-out.
pub(super) fn read(mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(space) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done.map_err(timed_out),
        }
    }
}

/// Reads once, until a moment.
pub(super) fn read_until(stream: &TcpStream, space: &mut [u8], until: Instant) -> io::Result<usize> {
    stream.set_read_timeout(Some(left(until)?))?;
    read(stream, space)
}

/// Writes everything within `patience`, which is also the time-out that [`prepare`] gave the socket.
pub(super) fn write(stream: &TcpStream, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    write_some(stream, &mut bytes)?;
    if bytes.is_empty() {
        return Ok(());
    }
    // The socket's time-out is for each call, the patience for all of them.
    while !bytes.is_empty() {
        stream.set_write_timeout(Some(left(until)?))?;
        write_some(stream, &mut bytes)?;
    }
    stream.set_write_timeout(Some(patience))
}

/// Writes once, and leaves in `bytes` what was not taken.
fn write_some(mut stream: &TcpStream, bytes: &mut &[u8]) -> io::Result<()> {
    match stream.write(bytes) {
        Ok(count) => *bytes = &bytes[count..],
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(timed_out(error)),
    }
    Ok(())
}

/// What is left until a moment; an error when nothing is. A socket takes a time-out of zero for none.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A socket whose time-out has passed says that it would block.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

/// Ends our side, and reads away what the other end still sends, so that no reset destroys what was sent last.
// Not inlined: a thread that waits for its client would hold the page of this array in its frame.
#[inline(never)]
pub(super) fn linger(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    stream.shutdown(Shutdown::Write)?;
    let mut discarded = [0; 4096];
    while read_until(stream, &mut discarded, until)? > 0 {}
    Ok(())
}

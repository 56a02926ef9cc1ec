use std::{
    io::{self, ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd,
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::config::Limits;

/// Binds a listener. What is set here holds for its connections too, which saves each of them the calls.
pub(super) fn listen(addr: SocketAddr, limits: &Limits) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    prepare(&socket, limits.idle, limits.write)?;
    socket.bind(&addr.into())?;
    // The standard library's lets 128 connections wait.
    socket.listen(limits.listen_backlog)?;
    Ok(socket.into())
}

/// Wakes whoever waits in `accept`: it fails from now on.
pub(super) fn close_listener(listener: &TcpListener) {
    // Fails only for a listener that is closed already.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
}

/// Replies leave at once, a client that has vanished is noticed after `keepalive`, and a write gives up after `patience`.
pub(super) fn prepare(socket: &impl AsFd, keepalive: Duration, patience: Duration) -> io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_tcp_nodelay(true)?;
    socket.set_write_timeout(Some(patience))?;
    socket.set_tcp_notsent_lowat(Limits::MAX_UNSENT_BYTES)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new().with_time(keepalive.clamp(Limits::MIN_KEEPALIVE, Limits::MAX_KEEPALIVE)),
    )
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

/// Writes everything within `patience`, which counts from the call, and is also the time-out that [`prepare`] gave the socket.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listeners_settings_hold_for_its_connections() {
        let limits = Limits { idle: Duration::from_secs(77), write: Duration::from_secs(7), ..Limits::default() };
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &limits).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        assert_eq!(stream.write_timeout().unwrap(), Some(Duration::from_secs(7)));
        let stream = SockRef::from(&stream);
        assert!(stream.tcp_nodelay().unwrap() && stream.keepalive().unwrap());
        assert_eq!(stream.tcp_keepalive_time().unwrap(), Duration::from_secs(77));
        assert_eq!(stream.tcp_notsent_lowat().unwrap(), Limits::MAX_UNSENT_BYTES);
    }
}

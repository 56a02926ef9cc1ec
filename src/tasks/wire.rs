use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    net::{Shutdown, SocketAddr},
    os::fd::AsFd,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use rustix::{
    io::retry_on_intr,
    net::{RecvFlags, recv},
};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::{
    io::Interest,
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep, timeout_at},
};

use crate::config::Limits;

/// Binds a listener. What is set here holds for its connections too, which saves each of them the calls.
pub(super) fn listen(addr: SocketAddr, limits: &Limits) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    prepare(&socket, limits.idle)?;
    socket.bind(&addr.into())?;
    // The standard library's lets 128 connections wait.
    socket.listen(limits.listen_backlog)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
}

/// Wakes whoever waits in `accept`: it fails from now on.
pub(super) fn close_listener(listener: &TcpListener) {
    // Fails only for a listener that is closed already.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
}

/// Replies leave at once, and a client that has vanished is noticed after `keepalive`. A socket that does not block has no
/// time-outs of its own.
pub(super) fn prepare(socket: &impl AsFd, keepalive: Duration) -> io::Result<()> {
    let socket = SockRef::from(socket);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_notsent_lowat(Limits::MAX_UNSENT_BYTES)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new().with_time(keepalive.clamp(Limits::MIN_KEEPALIVE, Limits::MAX_KEEPALIVE)),
    )
}

/// The time-out of a connection's reads, in place of the socket's.
///
/// Tasks share the runtime's timers, which are behind locks. So this one is not set for each read: it is left where it is
/// unless it would fire too late, and set again when it has fired too early. In a box, for every wait of a future counts.
#[derive(Debug)]
pub(super) struct Timer(Pin<Box<Sleep>>);

impl Timer {
    pub(super) fn new() -> Self {
        Self(Box::pin(sleep(Duration::ZERO)))
    }

    pub(super) fn poll_elapsed(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if at < self.0.deadline().into_std() {
            self.0.as_mut().reset(at.into());
        }
        loop {
            ready!(self.0.as_mut().poll(cx));
            if self.0.deadline().into_std() >= at {
                return Poll::Ready(());
            }
            self.0.as_mut().reset(at.into());
        }
    }
}

/// Waits for input, or its end. Fails with `TimedOut` when the time has passed.
///
/// Polled by hand: `readable` in a `select!` takes 350 bytes of the future of every connection, most of them for its place in
/// a list of those who wait. Who polls the stream has a place in the stream, one for all: only one task waits for input.
pub(super) async fn await_input(stream: &TcpStream, timer: &mut Timer, until: Instant) -> io::Result<()> {
    poll_fn(|cx| match stream.poll_read_ready(cx) {
        Poll::Pending => timer.poll_elapsed(cx, until).map(|()| Err(ErrorKind::TimedOut.into())),
        input @ Poll::Ready(_) => input,
    })
    .await
}

/// Reads once; 0 is the end of input. Fails with `TimedOut` when the time has passed.
pub(super) async fn read(stream: &TcpStream, space: &mut [u8], timer: &mut Timer, until: Instant) -> io::Result<usize> {
    loop {
        await_input(stream, timer, until).await?;
        match try_read(stream, space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

/// Reads once, until a moment.
pub(super) async fn read_until(stream: &TcpStream, space: &mut [u8], until: Instant) -> io::Result<usize> {
    read(stream, space, &mut Timer::new(), until).await
}

/// Reads what is there; fails with `WouldBlock` when that is nothing. A read that leaves space has emptied the socket: the
/// runtime is told, which saves the next read an attempt in vain. It does so by itself only for those who own a stream, but
/// here the drain has a handle on it too.
pub(super) fn try_read(stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    let tried = stream.try_io(Interest::READABLE, || {
        (_, count) = retry_on_intr(|| recv(stream, &mut *space, RecvFlags::empty()))?;
        if (1..space.len()).contains(&count) { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    });
    if count > 0 { Ok(count) } else { tried.map(|()| 0) }
}

/// Writes everything within `patience`, which counts from the call: no time passes while the socket takes what it is given, so
/// that the clock is looked at when it first does not.
pub(super) async fn write(stream: &TcpStream, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    let mut until = None;
    loop {
        match stream.try_write(bytes) {
            Ok(count) if count == bytes.len() => return Ok(()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let until = *until.get_or_insert_with(|| Instant::now() + patience);
                // In a box, or the future of every connection had room for a wait that hardly any of them knows.
                Box::pin(timeout_at(until.into(), stream.writable())).await??;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Ends our side, and reads away what the other end still sends, so that no reset destroys what was sent last.
pub(super) async fn linger(stream: &TcpStream, patience: Duration) -> io::Result<()> {
    let until = Instant::now() + patience;
    SockRef::from(stream).shutdown(Shutdown::Write)?;
    // Not in an array: every connection's future would hold it.
    let mut discarded = vec![0; 4096];
    while read_until(stream, &mut discarded, until).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listeners_settings_hold_for_its_connections() {
        let limits = Limits { idle: Duration::from_secs(77), ..Limits::default() };
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &limits).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let stream = SockRef::from(&stream);
        assert!(stream.tcp_nodelay().unwrap() && stream.keepalive().unwrap());
        assert_eq!(stream.tcp_keepalive_time().unwrap(), Duration::from_secs(77));
        assert_eq!(stream.tcp_notsent_lowat().unwrap(), Limits::MAX_UNSENT_BYTES);
    }
}

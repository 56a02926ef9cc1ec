use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    net::{Shutdown, SocketAddr},
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

/// Binds a listener that lets `backlog` connections wait; the standard library's lets 128.
pub(super) fn listen(addr: SocketAddr, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket.into())
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

/// Replies leave at once, and a client that has vanished is noticed after `keepalive`. A socket that does not block has no
/// time-outs of its own.
pub(super) fn prepare(stream: &TcpStream, keepalive: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let stream = SockRef::from(stream);
    stream.set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
    stream.set_tcp_keepalive(&TcpKeepalive::new().with_time(keepalive.clamp(MIN_KEEPALIVE, MAX_KEEPALIVE)))
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

/// Writes everything within `patience`, which counts from the first time that the socket takes nothing.
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

//! Small servers that do one thing wrong.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use herd::protocol::{Command, Name, Time, write_at};

/// What a server does with the n-th line of a connection, from 0; `false` ends the connection.
pub(crate) type Behaviour = dyn Fn(&mut TcpStream, &[u8], usize) -> bool + Send + Sync;

/// Starts a server with a thread for each connection; they end with the process.
pub(crate) fn start(behave: impl Fn(&mut TcpStream, &[u8], usize) -> bool + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let behave: Arc<Behaviour> = Arc::new(behave);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let behave = Arc::clone(&behave);
            thread::spawn(move || serve(stream, &*behave));
        }
    });
    addr
}

fn serve(mut stream: TcpStream, behave: &Behaviour) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).split(b'\n');
    let mut n = 0;
    while let Some(Ok(line)) = lines.next() {
        if !behave(&mut stream, &line, n) {
            return;
        }
        n += 1;
    }
}

/// The right answer to an IAMAT, with its LF.
pub(crate) fn answer(line: &[u8]) -> Vec<u8> {
    let name: Name = "Goloman".parse().unwrap();
    let Command::Iamat(iamat) = Command::parse(line) else { panic!("no IAMAT: {line:?}") };
    let mut reply = Vec::new();
    write_at(&name, Time::default(), &iamat, &mut reply);
    reply.push(b'\n');
    reply
}

/// Writes, and says whether the connection stands.
pub(crate) fn say(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

/// Writes, and ends the connection.
pub(crate) fn last(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    say(stream, bytes);
    false
}

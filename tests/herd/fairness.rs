use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{
    engine::{ENGINES, Engine},
    server::Server,
};

/// Commands that one client sends without waiting for replies; each takes a search of the gazetteer.
const COMMANDS: usize = 24_000;
/// What another client asks meanwhile, one question after the other: far fewer than there is time for, and far more than were
/// answered when a task went on as long as it had commands.
const QUESTIONS: usize = 40;

/// Each engine, and the async one with a single worker too.
fn servers() -> Vec<(Engine, &'static [&'static str])> {
    let with_runtimes = |engine: &Engine| {
        let alone = (*engine, &[][..]);
        let current_thread = (*engine, &["--runtime", "current-thread"][..]);
        if engine.threads_per_client > 0 { vec![alone] } else { vec![alone, current_thread] }
    };
    ENGINES.iter().flat_map(with_runtimes).collect()
}

#[test]
fn a_client_that_sends_without_waiting_leaves_room_for_others() {
    for (engine, runtime) in servers() {
        let ports = ["--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let rest = ["--no-peers", "--places", "gazetteer", "--journal", "off"];
        let server = Server::start(engine, &[&["Goloman"], &ports[..], &rest, runtime].concat());
        let mut bystander = server.client();
        bystander.tell("kiwi");
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let busy = scope.spawn(|| {
                let replies = search_without_waiting(server.clients);
                is_done.store(true, Ordering::SeqCst);
                replies
            });
            for question in 0..QUESTIONS {
                assert_eq!(bystander.ask("hello"), "? hello");
                assert!(!is_done.load(Ordering::SeqCst), "{} {runtime:?}: {question} answers", engine.name);
            }
            assert_eq!(busy.join().unwrap(), COMMANDS, "{} {runtime:?}", engine.name);
        });
    }
}

/// Sends all commands and ends its side; gives the number of replies.
fn search_without_waiting(server: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(server).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let replies = thread::spawn(move || {
        let (mut replies, mut space) = (0, vec![0; 1 << 16]);
        loop {
            match reader.read(&mut space).unwrap() {
                0 => return replies,
                count => replies += space[..count].windows(3).filter(|bytes| bytes == b"AT ").count(),
            }
        }
    });
    stream.write_all(&b"WHATSAT kiwi 50 20\n".repeat(COMMANDS)).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    replies.join().unwrap()
}

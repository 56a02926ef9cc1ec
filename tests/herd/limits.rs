use std::{
    fs::{self, Permissions},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    client::{Client, PATIENCE, seconds_now},
    engine::{ENGINES, Engine},
    process::{Running, file},
    server::{Server, eventually},
};

/// A server alone whose config differs from the default in these lines of `[limits]`.
pub(crate) fn with_limits(engine: Engine, dir: &TempDir, limits: &str) -> Server {
    let text = format!(
        "[[server]]\nname = \"Goloman\"\nclients = \"127.0.0.1:0\"\npeers = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [places]\nprovider = \"none\"\n[journal]\nmode = \"off\"\n[limits]\n{limits}\n"
    );
    Server::start(engine, &["Goloman", "--config", &file(dir, &text)])
}

#[test]
fn a_client_too_many_is_told_so_and_the_admin_pages_still_answer() {
    for engine in ENGINES {
        let server = Server::alone(*engine, &["--max-clients", "2"]);
        let (mut one, mut two) = (server.client(), server.client());
        one.tell("one");
        two.tell("two");
        for _ in 0..100 {
            assert_eq!(server.client().rest(), "ERR too many clients\n", "{}", engine.name);
        }
        assert_eq!(server.metric("herd_closes_total{reason=\"too many clients\"}"), 100, "{}", engine.name);
        assert_eq!(server.page("/healthz"), "ok\n");

        // What one client sends though it was refused does not turn the last line into a reset.
        let mut talkative = server.client();
        talkative.send(&b"IAMAT kiwi +1-1 1\n".repeat(100));
        assert_eq!(talkative.rest(), "ERR too many clients\n", "{}", engine.name);

        assert_eq!(one.finish(), "");
        eventually("a place is free", PATIENCE, || server.client().ask("hello") == "? hello");
    }
}

/// A refused neighbour lingers without its handshake's permit, so the next one is heard at once, and a drain waits for none.
#[test]
fn a_refused_neighbour_takes_no_handshake_from_others() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let mut server = with_limits(*engine, &dir, "max_handshakes = 1\nlinger = \"1m\"");
        let lingering: Vec<_> = (0..10)
            .map(|_| {
                let mut stranger = Client::connect(server.peers);
                stranger.send(b"HELLO Nobody Goloman herd/1\n");
                assert_eq!(stranger.line(), "? Nobody is not a neighbour", "{}", engine.name);
                stranger
            })
            .collect();
        let asked = Instant::now();
        assert_eq!(server.end(), 0, "{}", engine.name);
        assert!(asked.elapsed() < PATIENCE, "{}: {:?}", engine.name, asked.elapsed());
        drop(lingering);
    }
}

/// One client at a time: whoever comes meanwhile waits in the kernel's queue, is served in its turn, and no drain hangs on it.
#[test]
fn clients_may_wait_for_room_in_place_of_being_refused() {
    for engine in ENGINES {
        let mut server = Server::alone(*engine, &["--max-clients", "1", "--when-full", "wait"]);
        let mut waiting: Vec<_> = (0..20).map(|_| server.client()).collect();
        for (number, client) in waiting.iter_mut().enumerate() {
            client.send(format!("{number}\n").as_bytes());
        }
        eventually("the second waits", PATIENCE, || server.metric("herd_accept_waits_total") > 0);
        assert_eq!(server.metric("herd_clients"), 1, "{}", engine.name);
        for (number, mut client) in waiting.drain(..).enumerate() {
            assert_eq!(client.line(), format!("? {number}"), "{}", engine.name);
            assert_eq!(client.finish(), "", "{}", engine.name);
        }
        assert_eq!(server.metric("herd_clients_refused_total"), 0, "{}", engine.name);

        let mut last = server.client();
        assert_eq!(last.ask("last"), "? last", "{}", engine.name);
        let _waits = server.client();
        assert_eq!(server.end(), 0, "{}: {}", engine.name, server.process.err);
    }
}

#[test]
fn time_outs_say_which_they_are() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let silent = with_limits(*engine, &dir, "first_line = \"700ms\"");
        assert_eq!(silent.client().rest(), "ERR idle timeout\n", "{}", engine.name);

        let dir = TempDir::new().unwrap();
        let server = with_limits(*engine, &dir, "line = \"500ms\"\nidle = \"700ms\"");
        let mut partial = server.client();
        partial.send(b"IAMAT ");
        assert_eq!(partial.rest(), "ERR line timeout\n", "{}", engine.name);

        let mut idle = server.client();
        idle.tell("kiwi");
        assert_eq!(idle.rest(), "ERR idle timeout\n", "{}", engine.name);
    }
}

/// A socket takes no keep-alive time beyond nine hours.
#[test]
fn clients_may_be_idle_for_long() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        with_limits(*engine, &dir, "idle = \"100h\"").client().tell("kiwi");
    }
}

#[test]
fn idle_admin_connections_hold_up_no_probe() {
    for engine in ENGINES {
        let server = Server::alone(*engine, &[]);
        let idle: Vec<_> = (0..4).map(|_| TcpStream::connect(server.admin).unwrap()).collect();
        let asked = Instant::now();
        assert_eq!(server.page("/healthz"), "ok\n", "{}", engine.name);
        // One that waited for each of the others would take eight.
        assert!(asked.elapsed() < Duration::from_secs(7), "{}: {:?}", engine.name, asked.elapsed());
        drop(idle);
    }
}

/// Whoever cannot print that it is ready says so and ends in order.
#[test]
fn a_closed_stdout_is_an_error() {
    for engine in ENGINES {
        let start = format!(
            "exec {} serve Goloman --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 \
             --no-peers --places none --journal off > /dev/full",
            engine.program
        );
        let mut process = Running::start_program("/bin/sh", &["-c", &start], &[]);
        assert_eq!(process.exit_code(), 1, "{}: {}", engine.name, process.err);
        assert!(process.err.contains("cannot print the ready line"), "{}: {}", engine.name, process.err);
    }
}

#[test]
fn a_known_client_is_never_evicted_for_a_new_one() {
    for engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let server = with_limits(*engine, &dir, "max_known = 2");
        let mut client = server.client();
        client.tell("one");
        client.tell("two");
        let third = format!("IAMAT three +1-1 {}", seconds_now());
        assert_eq!(client.ask(&third), format!("? {third}"), "{}", engine.name);
        client.tell("one");
    }
}

#[test]
fn a_server_may_close_after_its_first_reply() {
    for engine in ENGINES {
        let server = Server::alone(*engine, &["--close-after-reply"]);
        let mut client = server.client();
        client.send(b"one\ntwo\nthree\n");
        assert_eq!(client.rest(), "? one\n", "{}", engine.name);
    }
}

/// With too few descriptors for the clients it was told to take, a server takes fewer and says so.
#[test]
fn few_descriptors_mean_fewer_clients() {
    for engine in ENGINES {
        let start = format!(
            "ulimit -n 256; exec {} serve Goloman --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0 \
             --admin-listen 127.0.0.1:0 --no-peers --places none --journal off",
            engine.program
        );
        let mut server = Server::adopt(Running::start_program("/bin/sh", &["-c", &start], &[]));
        let warning = "max_clients is lowered from 1024 to 136";
        if !server.process.err.contains(warning) {
            server.process.wait_for(warning);
        }
        let clients: Vec<_> = (0..136).map(|_| server.client()).collect();
        assert_eq!(server.client().rest(), "ERR too many clients\n", "{}", engine.name);
        for mut client in clients {
            client.tell("kiwi");
        }
    }
}

/// Where the system gives no more threads, clients are refused and those who are served do not notice.
#[test]
fn a_client_for_whom_there_is_no_thread_is_told_so() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can start a server as a user that may have few threads");
        assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
        return;
    }
    for engine in ENGINES.iter().filter(|engine| engine.threads_per_client > 0) {
        // Root has as many threads as it likes, so the server runs as nobody, from where nobody may read.
        let dir = TempDir::new().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let program = dir.path().join("herd");
        fs::copy(engine.program, &program).unwrap();
        let start = format!(
            "exec prlimit --nproc=60:60 setpriv --reuid 65534 --regid 65534 --clear-groups -- {} serve Goloman \
             --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --no-peers --places none \
             --journal off",
            program.display()
        );
        let server = Server::adopt(Running::start_program("/bin/sh", &["-c", &start], &[]));
        let mut first = server.client();
        first.tell("first");
        let mut others = Vec::new();
        let refusal = loop {
            let mut client = server.client();
            match client.ask("hello") {
                answer if answer == "? hello" => others.push(client),
                refusal => break refusal,
            }
            assert!(others.len() < 60, "{}: more threads than it may have", engine.name);
        };
        assert_eq!(refusal, "ERR too many clients", "{}", engine.name);
        first.tell("first");

        drop(others);
        crate::server::eventually("there are threads again", crate::client::PATIENCE, || {
            server.client().ask("hello") == "? hello"
        });
    }
}

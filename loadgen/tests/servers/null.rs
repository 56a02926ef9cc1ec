use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    process::{Command, Stdio},
    thread,
};

use crate::process::Running;

/// Each model, and epoll with as many workers as processors and with one, two and three.
const MODELS: [&[&str]; 5] = [
    &["--model", "threads"],
    &["--model", "epoll"],
    &["--model", "epoll", "--workers", "1"],
    &["--model", "epoll", "--workers", "2"],
    &["--model", "epoll", "--workers", "3"],
];

fn both(args: &[&str], test: impl Fn(&Running)) {
    for model in MODELS {
        let server = Running::start("null", &[model, args].concat());
        test(&server);
        let (code, printed) = server.stop();
        assert_eq!((code, printed.as_str()), (Some(0), ""), "{model:?}");
    }
}

fn read(stream: &mut TcpStream, bytes: usize) -> String {
    let mut replies = vec![0; bytes];
    stream.read_exact(&mut replies).expect("replies");
    String::from_utf8(replies).expect("text")
}

/// Sends, ends the sending side, and reads to the end.
fn exchange(server: &Running, text: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(text.as_bytes()).expect("a write");
    stream.shutdown(Shutdown::Write).expect("an end");
    let mut replies = String::new();
    stream.read_to_string(&mut replies).expect("replies");
    replies
}

#[test]
fn the_usual_reply_is_an_at_line_of_90_bytes() {
    both(&[], |server| {
        let replies = exchange(server, "IAMAT a +1-1 5\nanything\n");
        let (first, second) = replies.split_at(90);
        assert_eq!(first, second);
        let fields: Vec<_> = first.trim_end().split(' ').collect();
        assert!(matches!(fields[..], ["AT", "Null", "+0.000000000", _, _, _]), "{first}");
    });
}

#[test]
fn replies_can_be_chosen() {
    both(&["--reply", "pong"], |server| assert_eq!(exchange(server, "a\nb\n\nhalf"), "pong\npong\npong\n"));
    both(&["--reply-bytes", "500"], |server| assert_eq!(exchange(server, "a\nb\n").len(), 1000));
}

#[test]
fn pipelined_lines_get_as_many_replies_in_order() {
    const LINES: usize = 20_000;
    both(&["--echo"], |server| {
        let line = |verb: &str, n: usize| format!("{verb} c{n} +1.5-2.5 {n}.25\n");
        let lines = |verb: &str| (0..LINES).map(|n| line(verb, n)).collect::<Vec<_>>().concat();
        let (asked, expected) = (lines("IAMAT"), lines("AT Null +0.000000000"));
        let mut stream = server.connect();
        let mut sender = stream.try_clone().expect("a second handle");
        let sending = thread::spawn(move || sender.write_all(asked.as_bytes()));
        assert!(read(&mut stream, expected.len()) == expected, "replies differ");
        sending.join().expect("a sender").expect("a write");
    });
}

#[test]
fn many_replies_to_a_client_that_reads_late_arrive() {
    both(&["--reply-bytes", "4096"], |server| {
        let mut stream = server.connect();
        // 32 MB of replies, more than any socket buffer takes.
        stream.write_all(&[b'\n'; 8192]).expect("a write");
        stream.shutdown(Shutdown::Write).expect("an end");
        let mut replies = Vec::new();
        stream.read_to_end(&mut replies).expect("replies");
        assert_eq!(replies.len(), 4096 * 8192);
    });
}

#[test]
fn lines_in_pieces_are_lines() {
    both(&["--echo"], |server| {
        let mut stream = server.connect();
        stream.set_nodelay(true).expect("no delay");
        for piece in ["IAM", "AT a +1", "-1 5\r", "\nWHAT"] {
            stream.write_all(piece.as_bytes()).expect("a write");
        }
        assert_eq!(read(&mut stream, 30), "AT Null +0.000000000 a +1-1 5\n");
    });
}

#[test]
fn garbage_and_oversized_lines_harm_only_their_connection() {
    for args in [&["--reply", "pong"][..], &["--echo"]] {
        both(args, |server| {
            let mut garbage = server.connect();
            // An echo ends the connection at an oversized line, so that the write may fail.
            let sent = garbage.write_all(&vec![0xff; 1_000_000]);
            assert!(sent.is_ok() || args == ["--echo"], "{sent:?}");
            drop(garbage);
            let replies = exchange(server, "\0\u{7f} \u{e9}\nb\n");
            assert_eq!(replies.lines().count(), 2, "{replies}");
        });
    }
    both(&["--echo"], |server| {
        let mut stream = server.connect();
        stream.write_all(format!("first\n{}", "x".repeat(4098)).as_bytes()).expect("a write");
        assert_eq!(read(&mut stream, 8), "? first\n");
        let end = stream.read(&mut [0]);
        assert!(matches!(&end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    });
}

#[test]
fn a_thousand_connections_are_served_at_once() {
    both(&[], |server| {
        let mut streams: Vec<_> = (0..1000).map(|_| server.connect()).collect();
        for _ in 0..3 {
            for stream in &mut streams {
                stream.write_all(b"IAMAT a +1-1 5\n").expect("a write");
            }
            for stream in &mut streams {
                assert!(read(stream, 90).ends_with('\n'));
            }
        }
    });
}

#[test]
fn what_cannot_be_served_gives_2_and_a_reason() {
    let server = Running::start("null", &["--model", "epoll"]);
    let taken = server.addr.to_string();
    for (args, reason) in [
        (["--listen", &taken], "in use"),
        (["--listen", "nowhere"], "nowhere"),
        (["--reply", "a\nb"], "one line"),
        (["--reply-bytes", "3"], "--reply sends any other"),
        (["--workers", "0"], "--workers"),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_loadgen"));
        let output =
            program.args(["null", "--model", "epoll"]).args(args).stdin(Stdio::null()).output().expect("a run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains(reason), "{args:?}: {output:?}");
    }
}

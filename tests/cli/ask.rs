use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use crate::process::Running;

/// A server that answers one line of one connection, and gives the line back.
fn answering(answer: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let asked = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        stream.get_mut().write_all(answer.as_bytes()).unwrap();
        line
    });
    (addr, asked)
}

#[test]
fn an_answer_in_a_pipe_is_what_came() {
    let (addr, asked) = answering("AT A +0.1 k +1+1 2\n{}\n\n");
    let (code, out, err) = Running::run(&["ask", "--server", &addr, "WHATSAT", "k", "10", "5"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "AT A +0.1 k +1+1 2\n{}\n\n", ""));
    assert_eq!(asked.join().unwrap(), "WHATSAT k 10 5\n");
}

#[test]
fn an_iamat_without_time_is_sent_with_nanoseconds() {
    let (addr, asked) = answering("AT A +0.1 k -1-1 2\n");
    assert_eq!(Running::run(&["ask", "--server", &addr, "IAMAT", "k", "-1-1"]).0, 0);
    let asked = asked.join().unwrap();
    let (_, nanoseconds) = asked.trim_end().rsplit_once('.').unwrap();
    assert_eq!(nanoseconds.len(), 9, "{asked}");
}

#[test]
fn an_invalid_command_fails() {
    let (addr, _asked) = answering("? WHERE\n");
    let (code, out, err) = Running::run(&["ask", "--server", &addr, "WHERE"]);
    assert_eq!((code, out.as_str(), err.as_str()), (1, "? WHERE\n", ""));
}

#[test]
fn a_herd_that_is_down_is_told_how_to_start() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (code, _, err) = Running::run(&["ask", "--server", &nobody, "WHATSAT", "k", "1", "1"]);
    assert_eq!(code, 1);
    assert!(err.contains("is the herd up? Start it with `herd up`"), "{err}");
}

#[test]
fn an_unknown_name_is_told_which_there_are() {
    let (code, _, err) = Running::run(&["ask", "--server", "Welch", "x"]);
    assert_eq!(code, 2);
    assert!(err.contains("there are Goloman"), "{err}");
}

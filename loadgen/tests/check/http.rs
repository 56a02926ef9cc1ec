//! The check over HTTP: cases of level `assignment` hold for a right server, and a faulty one is found.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Command, Output},
};

use crate::{
    fault::Fault,
    model::{Model, Store},
};

/// Starts web servers in front of one store, as many as there are names.
fn servers(names: &[&str], fault: Fault) -> io::Result<Vec<SocketAddr>> {
    let store = Store::default();
    let start = |name: &&str| {
        let model = Model { name: (*name).to_owned(), fault, store: Store::clone(&store) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut model = model.clone();
                std::thread::spawn(move || serve(&mut model, &stream));
            }
        });
        Ok(addr)
    };
    names.iter().map(start).collect()
}

fn serve(model: &mut Model, mut stream: &TcpStream) -> io::Result<()> {
    let mut requests = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if requests.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        requests.read_exact(&mut body)?;
        let lines = body.split_inclusive(|byte| *byte == b'\n');
        let replies: Vec<u8> = lines.flat_map(|line| model.reply(line.strip_suffix(b"\n").unwrap_or(line))).collect();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", replies.len())?;
        stream.write_all(&replies)?;
    }
}

fn check(targets: &[SocketAddr], args: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["check", "--http"]).args(args);
    for target in targets {
        command.args(["--target", &target.to_string()]);
    }
    command.output()
}

#[test]
fn web_servers_of_one_store_pass() {
    let targets = servers(&["First", "Second"], Fault::None).expect("servers");
    let output = check(&targets, &["--level", "assignment"]).expect("a run");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(printed.contains(" passed, 0 failed, 0 skipped"), "{printed}");
}

#[test]
fn a_faulty_one_fails() {
    let targets = servers(&["First"], Fault::UnsignedSkew).expect("a server");
    let output = check(&targets, &["--level", "assignment", "--case", "iamat-reply"]).expect("a run");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("the skew has no sign"), "{output:?}");
}

#[test]
fn it_goes_with_the_level_of_the_assignment_alone() {
    let targets = servers(&["First"], Fault::None).expect("a server");
    let output = check(&targets, &[]).expect("a run");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--level assignment"), "{output:?}");
}

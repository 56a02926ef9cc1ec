use std::{
    io,
    net::{SocketAddr, TcpListener},
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    fault::Fault,
    model::{Model, Store},
};

fn server(fault: Fault) -> io::Result<SocketAddr> {
    Model { name: "First".to_owned(), fault, store: Store::default() }.start()
}

fn check(target: SocketAddr, args: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.args(["check", "--target", &target.to_string()]).args(args).output()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_right_server_gives_0_and_a_line() {
    let target = server(Fault::None).expect("a server");
    let output = check(target, &["--case", "2"]).expect("a run");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = text(&output.stdout);
    assert!(printed.lines().last().is_some_and(|line| line.contains(" passed, 0 failed")), "{printed}");
    assert!(!printed.contains('\x1b'), "colours without a terminal: {printed}");
}

#[test]
fn a_faulty_server_gives_1_and_the_evidence() {
    let target = server(Fault::UnsignedSkew).expect("a server");
    let output = check(target, &["--case", "iamat-reply"]).expect("a run");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = text(&output.stdout);
    for word in ["FAILED iamat-reply", "sent", "expected", "got", "the skew has no sign", "1 failed"] {
        assert!(printed.contains(word), "no {word:?} in {printed}");
    }
}

#[test]
fn what_cannot_be_played_gives_2() {
    let target = server(Fault::None).expect("a server");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = listener.local_addr().expect("an address");
    drop(listener);
    for (target, args) in [
        (gone, &[][..]),
        (target, &["--case", "no-such-case"]),
        (target, &["--level", "lax"]),
        (target, &["--peer-target", "First"]),
        (target, &["--timeout", "-1"]),
        (target, &["--cases", "no/such/file.txt"]),
    ] {
        let output = check(target, args).expect("a run");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(!output.stderr.is_empty(), "{args:?} gave no reason");
    }
}

#[test]
fn json_tells_what_the_text_tells() {
    let target = server(Fault::TrimsEcho).expect("a server");
    let output = check(target, &["--json", "--case", "4", "--case", "herd-*"]).expect("a run");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["format"], "loadgen-check/1");
    assert_eq!(report["targets"][0], target.to_string());
    let cases = report["cases"].as_array().expect("cases");
    let of = |outcome: &str| cases.iter().filter(|case| case["outcome"] == outcome).count();
    for outcome in ["passed", "failed", "skipped"] {
        assert!(of(outcome) > 0, "no case {outcome}");
        assert_eq!(report[outcome], of(outcome));
    }
    let failed = cases.iter().find(|case| case["name"] == "invalid-keeps-white-space").expect("the case");
    assert_eq!(failed["failure"]["got"], "? what \\t is   this\n".trim_end());
}

#[test]
fn a_file_of_ones_own_is_played() {
    let target = server(Fault::None).expect("a server");
    let path = std::env::temp_dir().join(format!("own-cases-{}.txt", std::process::id()));
    std::fs::write(&path, "[own] rule 4 strict\n# Mine.\n> hello\n< ? goodbye\n").expect("a file");
    let name = path.display().to_string();
    let output = check(target, &["--cases", &name, "--case", "own"]).expect("a run");
    std::fs::remove_file(&path).expect("the file");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(&output.stdout).contains(&format!("{name}:4")), "{output:?}");
}

#[test]
fn the_list_needs_no_server() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    let output = command.args(["check", "--list", "--level", "assignment"]).output().expect("a run");
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert!(printed.contains("iamat-reply") && !printed.contains("strict"), "{printed}");
}

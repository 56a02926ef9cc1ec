use std::{
    fs,
    io::{self, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use report::variant::VariantError;

use crate::shell::{launch, shell};

const LINE: &str = "ready = \"line\"\nneeds = []";
/// For what happens at once on an idle machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in {PATIENCE:?}: {what}");
        thread::yield_now();
    }
}

fn runs(pid: u32) -> bool {
    // A zombie has ended; only nobody has asked for it yet.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn a_server_is_ready_where_it_says() {
    let shell = shell("echo starting; echo ready $1 127.0.0.1:7 127.0.0.1:8 -; exec sleep 600", LINE);
    let running = shell.variant.start(&launch()).unwrap();
    assert_eq!(running.ready().clients.port(), 7);
    assert_eq!(running.ready().peers.unwrap().port(), 8);
    assert_eq!(running.ready().admin, None);
    assert!(!running.stop().unwrap().success());
}

#[test]
fn a_server_that_ends_before_it_is_ready_is_told_with_what_it_said() {
    let shell = shell("echo no port is free >&2; exit 3", LINE);
    let told = shell.variant.start(&launch()).err().unwrap().to_string();
    assert_eq!(told, "`sh server.sh Welsh 127.0.0.1:0` failed (exit status: 3):\nno port is free\n");
}

#[test]
fn a_line_that_tells_another_server_is_refused() {
    let shell = shell("echo ready Hands 127.0.0.1:7 - -; exec sleep 600", LINE);
    let told = shell.variant.start(&launch()).err().unwrap().to_string();
    assert!(told.contains("\"ready Hands 127.0.0.1:7 - -\", which is no line `ready NAME"), "{told}");
}

#[test]
fn a_dropped_server_leaves_no_process_of_its_group() {
    let shell = shell("sleep 600 & echo $! > child; echo ready $1 127.0.0.1:7 - -; wait", LINE);
    let running = shell.variant.start(&launch()).unwrap();
    let (server, child) = (running.id(), pid_in(&shell.dir.path().join("child")));
    assert!(runs(server) && runs(child));
    running.kill();
    eventually("both have ended", || !runs(server) && !runs(child));
}

fn pid_in(file: &Path) -> u32 {
    fs::read_to_string(file).unwrap().trim().parse().unwrap()
}

#[test]
fn a_server_that_says_nothing_is_ready_when_it_listens() {
    let python = "import socket, sys\nhost, port = sys.argv[1].split(':')\n\
                  server = socket.create_server((host, int(port)))\nwhile True: server.accept()";
    let script = format!("exec python3 -c \"{python}\" $2");
    let shell = shell(&script, "ready = \"connect\"\nneeds = []");
    if Command::new("python3").arg("--version").output().is_err() {
        writeln!(io::stderr(), "SKIPPED: a server that only listens is written in Python here, and there is none")
            .unwrap();
        assert!(std::env::var_os("CI").is_none(), "nothing is skipped in CI");
        return;
    }
    let running = shell.variant.start(&launch()).unwrap();
    TcpStream::connect(running.ready().clients).unwrap();
}

#[test]
fn a_server_that_ends_instead_of_listening_is_told_at_once() {
    let shell = shell("exit 4", "ready = \"connect\"\nneeds = []");
    let told = shell.variant.start(&launch()).err().unwrap();
    assert!(matches!(told, VariantError::Failed { status, .. } if status.code() == Some(4)), "{told}");
}

#[test]
fn what_is_missing_is_told_with_how_to_install_it() {
    let needs = r#"
        ready = "line"
        [[needs]]
        command = ["true"]
        install = "a"
        [[needs]]
        command = ["no-such-program"]
        install = "apt-get install b"
        [[needs]]
        command = ["sh", "-c", "echo too old; exit 1"]
        install = "c""#;
    let missing = shell("", needs).variant.require().unwrap_err().to_string();
    for part in ["shell is not run: it needs apt-get install b (cannot start", "it needs c (`sh -c", "too old"] {
        assert!(missing.contains(part), "{missing}");
    }
}

#[test]
fn a_build_runs_in_order_and_its_failure_is_shown() {
    let build = "build = [[\"sh\", \"-c\", \"echo a > built\"], [\"sh\", \"-c\", \"cat built; exit 1\"]]\n";
    let told = shell("", &format!("{build}{LINE}")).variant.build().unwrap_err().to_string();
    assert!(told.ends_with("failed (exit status: 1):\na\n"), "{told}");
}

#[test]
fn a_version_is_the_first_line_that_is_not_blank() {
    assert_eq!(shell("", LINE).variant.version().unwrap(), "7");
}

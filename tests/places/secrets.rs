//! The key goes to the provider and nowhere else.

use std::fs;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;

use crate::{
    ENGINES,
    node::{Extra, Node},
    stand_in::{Act, StandIn, document, ok, response},
};

const KEY: &str = "AIzaSecret-0123456789_x.y~z";

/// A provider that shows the key wherever it can; the last act is for a connection that fails.
fn echo() -> StandIn {
    StandIn::start(|_, number| match number {
        0 => {
            let results = json!([{ "name": KEY, KEY: [format!("x?key={KEY}&y")] }]);
            Act::Send(ok(document(&results, &json!({ "next_page_token": KEY, "info_messages": [KEY] })).as_bytes()))
        }
        1 => Act::Send(response("403 No", "", format!(r#"{{"error":{{"message":"bad key {KEY}"}}}}"#).as_bytes())),
        2 => Act::Send(response("302 Found", &format!("location: http://127.0.0.1:1/?key={KEY}\r\n"), b"")),
        3 => Act::Send(ok(format!("<html>{KEY}").as_bytes())),
        4 => Act::Send(ok(format!(r#"{{"status":"{KEY}","error_message":"{KEY}","results":[]}}"#).as_bytes())),
        5 => Act::SendAndClose(format!("{KEY}\r\n\r\n").into_bytes()),
        6 => Act::SendAndClose(format!("HTTP/1.1 200 {KEY}\r\n{KEY}\r\n\r\n").into_bytes()),
        _ => Act::Reset,
    })
}

/// Runs a server through all that [`echo`] does, and looks for the key in all that it leaves.
fn assert_kept(engine: &'static str, spec: &str, args: &[&str], vars: &[(&str, &str)]) {
    let provider = echo();
    let extra = Extra { places: "breaker_failures = 0", args, vars };
    let mut node = Node::start(engine, &format!("{spec}={}", provider.base()), &extra);
    let mut client = node.client();
    let replies: String = (0..8).map(|_| client.whatsat("10 5").text).collect();
    #[cfg(target_os = "linux")]
    assert!(!node.proc("cmdline").contains(KEY), "{engine}, {spec}: in the command line");
    drop(client);
    node.process.signal(Signal::TERM);
    assert_eq!(node.process.exit_code(), 0, "{engine}, {spec}: {}", node.process.err);
    for request in provider.requests() {
        assert!(request.head.contains(KEY), "{engine}, {spec}: the provider did not get the key");
    }
    let journal = node.journal();
    assert!(journal.contains("WHATSAT kiwi"), "{engine}, {spec}: {journal}");
    assert!(replies.contains("[key]"), "{engine}, {spec}: {replies}");
    let left = [&replies, &node.process.out, &node.process.err, &journal];
    for (place, text) in ["replies", "stdout", "stderr", "journal"].iter().zip(left) {
        assert!(!text.contains(KEY), "{engine}, {spec}: the key is in the {place}: {text}");
    }
}

#[test]
fn a_key_of_the_environment_is_not_told() {
    for &engine in ENGINES {
        for spec in ["google-legacy", "google"] {
            assert_kept(engine, spec, &[], &[("HERD_PLACES_KEY", KEY), ("HERD_LOG", "trace")]);
        }
    }
}

#[test]
fn a_key_of_a_file_is_not_told() {
    for &engine in ENGINES {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, format!("{KEY}\n")).unwrap();
        let args = ["--places-key-file", path.to_str().unwrap()];
        assert_kept(engine, "google-legacy", &args, &[("HERD_LOG", "trace")]);
    }
}

//! What a server does about its provider at its start and at its end.

use std::time::Instant;

use crossbeam_channel::bounded;
use rustix::process::Signal;

use crate::{
    ENGINES,
    node::{Extra, Node},
    process::Running,
    stand_in::{Act, StandIn, ok, places},
};

#[test]
fn the_proxy_of_the_environment_is_not_used() {
    for &engine in ENGINES {
        let (provider, proxy) = (StandIn::well(), StandIn::well());
        let base = proxy.base();
        let mut vars: Vec<_> = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .map(|name| (name, base.as_str()))
            .into();
        vars.extend([("NO_PROXY", ""), ("no_proxy", "")]);
        let extra = Extra { vars: &vars, ..Extra::default() };
        let node = Node::start(engine, &format!("google-legacy={}", provider.base()), &extra);
        node.client().whatsat("10 5").assert_places(1);
        assert_eq!((provider.requests().len(), proxy.connections()), (1, 0), "{engine}");
    }
}

#[test]
fn queries_leave_the_machine_only_over_https() {
    for &engine in ENGINES {
        for (spec, why) in [
            ("google-legacy=http://192.0.2.1:8080", "only https"),
            ("google=http://places.example", "only https"),
            ("wikipedia=http://127.0.0.1.example", "only https"),
            ("wikipedia=ftp://127.0.0.1", "not a URL"),
            ("google-legacy=https://user:secret@places.example", "no user"),
            ("google=https://places.example", "needs a key: set HERD_PLACES_KEY"),
        ] {
            let listen = ["--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--journal", "off"];
            let args = [&["serve", "Solo", "--places", spec], listen.as_slice()].concat();
            let mut process = Running::start_program(engine, &args, &[]);
            let code = process.exit_code();
            assert!(matches!(code, 1 | 2), "{engine}, {spec}: exit code {code}");
            assert!(process.err.contains(why) && !process.err.contains("secret"), "{engine}, {spec}: {}", process.err);
            assert!(!process.out.contains("ready"), "{engine}, {spec}: {}", process.out);
        }
    }
}

#[test]
fn a_drain_answers_the_call_in_hand() {
    for &engine in ENGINES {
        let (release, gate) = bounded(1);
        let provider = StandIn::start(move |_, _| Act::Gate(gate.clone(), ok(&places(1))));
        let mut node = Node::start(engine, &format!("google-legacy={}", provider.base()), &Extra::default());
        let mut client = node.client();
        let began = Instant::now();
        client.ask("10 5");
        client.ask("10 6");
        provider.wait_for_requests(1);
        node.process.signal(Signal::TERM);
        node.wait_until_closed();
        release.send(()).unwrap();
        client.reply(began).assert_places(1);
        assert_eq!(client.rest(), "ERR shutting down\n", "{engine}");
        drop(client);
        assert_eq!(node.process.exit_code(), 0, "{engine}: {}", node.process.err);
        assert_eq!(provider.requests().len(), 1, "{engine}: the later line is dropped");
    }
}

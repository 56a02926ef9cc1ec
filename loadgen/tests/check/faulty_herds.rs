use std::{
    io,
    time::{Duration, Instant},
};

use loadgen::check::{Case, CaseResult, Level, Options, PeerTarget, Scope, Suite, Targets, run};

use crate::{
    fault::Fault,
    model::{Model, Store},
    peer::{self, NEIGHBOUR},
};

/// Two servers of one store, the first with a peer port.
fn herd(fault: Fault) -> io::Result<Targets> {
    let store = Store::default();
    let model = |name: &str, store: Store| Model { name: name.to_owned(), fault, store };
    let is_alone = fault == Fault::KeepsToItself;
    let others = if is_alone { Store::default() } else { store.clone() };
    let first = model("First", store);
    let addr = peer::start(first.clone())?;
    let peer = PeerTarget { name: "First".to_owned(), addr, me: NEIGHBOUR.to_owned(), listen: None };
    Ok(Targets { clients: vec![first.start()?, model("Second", others).start()?], peer: Some(peer) })
}

fn options(level: Level) -> Options {
    let timeout = Duration::from_secs(3);
    Options {
        level,
        timeout,
        herd_deadline: Duration::from_millis(700),
        clock_tolerance: Some(timeout),
        ..Options::default()
    }
}

fn case(name: &str) -> Case {
    let suite = Suite::builtin().map(|suite| suite.select(Level::Strict, &[name.to_owned()]));
    suite.ok().and_then(|suite| suite.cases().first().cloned()).unwrap_or_else(|| panic!("no case {name}"))
}

#[test]
fn a_right_herd_is_acquitted() {
    let targets = herd(Fault::None).expect("a herd");
    for level in [Level::Assignment, Level::Strict] {
        let suite = Suite::builtin().expect("readable cases").select(level, &[]);
        // Twice, because a suite must pass against a server that has seen it before.
        for case in suite.cases().iter().chain(suite.cases()).filter(|case| !case.slow) {
            match run(case, &targets, &Options { timeout: Duration::from_secs(5), ..options(level) }) {
                CaseResult::Passed => {}
                CaseResult::Failed(failure) => panic!("{}:\n{failure}", case.name),
                CaseResult::Skipped { why } => assert_eq!(case.scope, Scope::Listen, "{}: {why}", case.name),
            }
        }
    }
}

/// Each fault, a case that must fail it, and a word of the reason.
const CHARGES: [(Fault, &str, &str); 46] = [
    (Fault::ClosesEarly, "invalid-survives", "connection"),
    (Fault::ClosesEarly, "whatsat-exactly-two-lfs", ""),
    (Fault::Hangs, "iamat-reply", "no complete reply"),
    (Fault::Hangs, "end-of-input-is-no-line", "no complete reply"),
    (Fault::AnswersHalf, "iamat-reply", "no complete reply"),
    (Fault::AnswersHalf, "invalid-command", "no complete reply"),
    (Fault::Babbles, "pipelining", ""),
    (Fault::Babbles, "iamat-reply", "more came"),
    (Fault::SaysMore, "iamat-reply", "more came"),
    (Fault::SaysMore, "blank-line", "differs"),
    (Fault::Reorders, "pipelining", "differs"),
    (Fault::Reorders, "told-and-asked-in-one-segment", ""),
    (Fault::TrimsEcho, "invalid-keeps-white-space", "differs"),
    (Fault::TrimsEcho, "blank-line", "byte"),
    (Fault::RoundsSkew, "skew-is-exact", "microseconds"),
    (Fault::FloatSkew, "skew-is-exact", "floating-point"),
    (Fault::UnsignedSkew, "iamat-reply", "sign"),
    (Fault::WrongClock, "iamat-reply", "from when the message was sent"),
    (Fault::SplitsMore, "control-bytes-are-no-separators", "differs"),
    (Fault::SplitsMore, "unicode-space-does-not-split", "differs"),
    (Fault::FloatTime, "time-grammar", ""),
    (Fault::FloatTime, "newer-by-a-nanosecond", ""),
    (Fault::RewritesLocation, "location-right", "differs"),
    (Fault::ComparesText, "times-are-compared-as-numbers", "differs"),
    (Fault::LastComeWins, "older-iamat-changes-nothing", "differs"),
    (Fault::LastComeWins, "herd-older-changes-nothing", "still after"),
    (Fault::RewritesOrigin, "herd-sees-update", "still after"),
    (Fault::ThreeLfs, "whatsat-reply", "more came"),
    (Fault::ThreeLfs, "whatsat-exactly-two-lfs", "differs"),
    (Fault::EmptyLineInside, "whatsat-reply", "no JSON"),
    (Fault::IgnoresBound, "whatsat-reply", "more than 5"),
    (Fault::IgnoresBound, "whatsat-nothing-asked", "more than 0"),
    (Fault::EmptyOk, "whatsat-nothing-asked", "ZERO_RESULTS"),
    (Fault::Resets, "oversized-line-then-more", "broke"),
    (Fault::KeepsOversized, "oversized-line", "still open"),
    (Fault::KeepsCr, "line-ends-with-crlf", "too many"),
    (Fault::DropsLastLine, "last-line-without-terminator", "closed"),
    (Fault::StaysOpen, "end-of-input-is-no-line", "still open"),
    (Fault::TakesAt, "peer-words-on-a-client-port", "differs"),
    (Fault::TakesHttp, "http-request", "still open"),
    (Fault::TakesHttp, "tls-hello", "no complete reply"),
    (Fault::KeepsToItself, "herd-sees-update", "still after"),
    (Fault::AcksAnything, "peer-wrong-number", "still open"),
    (Fault::EndsAtBadRecord, "peer-bad-record", ""),
    (Fault::LetsAnyoneIn, "peer-unknown-name", "differs"),
    (Fault::KeepsOlderLink, "peer-replaces-older-link", "still open"),
];

#[test]
fn faulty_herds_fail() {
    std::thread::scope(|scope| {
        for (fault, name, word) in CHARGES {
            let targets = herd(fault).expect("a herd");
            scope.spawn(move || must_fail(fault, &targets, name, word));
        }
    });
}

fn must_fail(fault: Fault, targets: &Targets, name: &str, word: &str) {
    let result = run(&case(name), targets, &options(Level::Strict));
    let failure = result.failure().unwrap_or_else(|| panic!("{name} let {fault:?} pass"));
    assert!(failure.why.contains(word), "{name} against {fault:?} gave another reason:\n{failure}");
    assert!(failure.step.contains(".txt:"), "{failure}");
    assert!(!failure.target.is_empty());
}

#[test]
fn a_silent_server_costs_no_more_than_the_deadline() {
    let targets = herd(Fault::Hangs).expect("a herd");
    let begun = Instant::now();
    let options = Options { timeout: Duration::from_millis(700), ..options(Level::Strict) };
    let result = run(&case("pipelining"), &targets, &options);
    assert!(result.failure().is_some());
    assert!(begun.elapsed() < Duration::from_secs(3), "took {:?}", begun.elapsed());
}

#[test]
fn an_assignment_server_may_close_after_each_reply() {
    let targets = herd(Fault::ClosesEarly).expect("a herd");
    for case in Suite::builtin().expect("readable cases").select(Level::Assignment, &[]).cases() {
        let result = run(case, &targets, &options(Level::Assignment));
        assert!(result.is_passed(), "{}:\n{result:?}", case.name);
    }
}

#[test]
fn a_failure_shows_bytes_escaped() {
    let targets = herd(Fault::TrimsEcho).expect("a herd");
    let result = run(&case("invalid-keeps-white-space"), &targets, &options(Level::Strict));
    let text = result.failure().expect("a failure").to_string();
    assert!(text.contains("sent        what \\t is   this  \\n"), "{text}");
    assert!(text.contains("invalid.txt:"), "{text}");
}

#[test]
fn a_target_that_is_gone_fails_the_case() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = listener.local_addr().expect("an address");
    drop(listener);
    let targets = Targets { clients: vec![gone], peer: None };
    let result = run(&case("iamat-reply"), &targets, &options(Level::Strict));
    assert!(result.failure().is_some_and(|failure| failure.why.contains("could not connect")));
}

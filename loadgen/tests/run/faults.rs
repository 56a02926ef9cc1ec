//! Each kind of misbehaviour is told apart, and none holds a run up.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use loadgen::{
    result::{Faults, Quantile, Spacing},
    run::{LiveFigures, Measurement, Pace, Plan, RawLoad, Workload, run},
};

use crate::{
    plans::{SHORT, drive, iamat, plan},
    server::{answer, last, say, start},
};

/// Runs the usual plan against a server.
fn against(target: SocketAddr) -> Measurement {
    drive(&plan(target))
}

/// Whether all failures are of the kinds that `of` counts, and there are some.
fn only(measurement: &Measurement, of: impl Fn(&Faults) -> u64) -> bool {
    let faults = measurement.faults();
    of(faults) > 0 && of(faults) == faults.total()
}

#[test]
fn a_right_server_has_no_failures() {
    let measurement = against(start(|stream, line, _| say(stream, &answer(line))));
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    assert!(measurement.requests() > 50);
    assert!(matches!(measurement.intended.quantile(500_000), Quantile::Exactly(_)));
}

#[test]
fn garbage_is_wrong() {
    let measurement = against(start(|stream, _, _| say(stream, b"garbage\n")));
    assert!(only(&measurement, |faults| faults.wrong), "{:?}", measurement.faults());
    assert_eq!(measurement.kept()[0], r"wrong reply: garbage\n");
}

#[test]
fn half_a_line_and_an_end_is_short() {
    let measurement = against(start(|stream, _, _| last(stream, b"AT half")));
    assert!(only(&measurement, |faults| faults.short + faults.unfinished), "{:?}", measurement.faults());
    assert!(measurement.faults().short > 0);
}

#[test]
fn half_a_line_and_silence_is_timed_out() {
    let measurement = drive(&Plan { timeout: SHORT, ..plan(start(|stream, _, _| say(stream, b"AT half"))) });
    assert!(only(&measurement, |faults| faults.timed_out + faults.unfinished), "{:?}", measurement.faults());
    assert!(measurement.faults().timed_out > 0);
}

#[test]
fn silence_is_timed_out_and_its_percentiles_are_bounds() {
    let measurement = drive(&Plan { timeout: SHORT, ..plan(start(|_, _, _| true)) });
    assert!(only(&measurement, |faults| faults.timed_out + faults.unfinished), "{:?}", measurement.faults());
    assert_eq!(measurement.faults().total(), measurement.requests());
    assert!(matches!(measurement.intended.quantile(500_000), Quantile::AtLeast(_)));
}

#[test]
fn an_end_instead_of_an_answer_is_closed() {
    let measurement = against(start(|_, _, n| n > 0));
    assert!(measurement.faults().closed > 0, "{:?}", measurement.faults());
    assert_eq!(measurement.faults().wrong + measurement.faults().short, 0);
}

#[test]
fn a_reset_is_told_from_an_end() {
    let target = start(|stream, _, _| {
        socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO)).unwrap();
        stream.shutdown(std::net::Shutdown::Read).unwrap();
        false
    });
    // The line's own thread holds a second handle of the socket, which ends with it.
    let measurement = against(target);
    assert!(measurement.faults().reset > 0, "{:?}", measurement.faults());
    assert_eq!(measurement.faults().closed, 0, "{:?}", measurement.faults());
}

#[test]
fn being_turned_away_is_refused() {
    let measurement = against(start(|stream, _, _| last(stream, b"ERR too many clients\n")));
    assert!(only(&measurement, |faults| faults.refused + faults.unfinished), "{:?}", measurement.faults());
    assert!(measurement.faults().refused > 0);
}

#[test]
fn an_answer_given_twice_is_extra_and_the_first_one_counts() {
    let measurement = against(start(|stream, line, _| {
        let reply = answer(line);
        say(stream, &[reply.clone(), reply].concat())
    }));
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    assert!(measurement.links().extra >= measurement.requests());
}

#[test]
fn a_second_answer_that_comes_late_is_still_extra() {
    // Each answer comes with the next request, before that one's own.
    let earlier: Arc<Mutex<Vec<u8>>> = Arc::default();
    let target = start(move |stream, line, n| {
        let reply = answer(line);
        let mut earlier = earlier.lock().unwrap();
        let repeated = if n > 0 { std::mem::take(&mut *earlier) } else { Vec::new() };
        earlier.clone_from(&reply);
        say(stream, &[repeated, reply].concat())
    });
    let measurement = drive(&Plan { connections: 1, ..plan(target) });
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    assert!(measurement.links().extra > 50);
}

#[test]
fn answers_in_the_wrong_order_are_wrong() {
    let held: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
    let target = start(move |stream, line, _| {
        let mut held = held.lock().unwrap();
        match held.take() {
            None => {
                *held = Some(answer(line));
                true
            }
            Some(first) => say(stream, &[answer(line), first].concat()),
        }
    });
    let measurement = drive(&Plan { connections: 1, depth: 2, pace: Pace::Closed, ..plan(target) });
    assert!(measurement.faults().wrong > 0, "{:?}", measurement.faults());
    assert_eq!(measurement.faults().wrong + measurement.faults().unfinished, measurement.requests());
}

#[test]
fn a_flood_ends_the_connection_and_not_the_generator() {
    let measurement = against(start(|stream, _, _| {
        let flood = b"flood\n".repeat(10_000);
        while say(stream, &flood) {}
        false
    }));
    assert!(measurement.faults().wrong > 0 && measurement.links().extra > 1_000, "{:?}", measurement.links());
}

#[test]
fn an_endless_line_is_wrong() {
    let measurement = against(start(|stream, _, _| {
        while say(stream, &[b'x'; 4096]) {}
        false
    }));
    assert!(only(&measurement, |faults| faults.wrong + faults.unfinished), "{:?}", measurement.faults());
    assert!(measurement.faults().wrong > 0);
}

#[test]
fn a_target_that_refuses_is_named() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = run(&plan(closed), &AtomicBool::new(false), LiveFigures::Off, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains(&closed.to_string()), "{error}");
}

#[test]
fn a_server_that_is_silent_to_the_first_locations_is_named() {
    let silent = start(|_, _, _| true);
    let plan = Plan { timeout: SHORT, workload: iamat(1, 1), ..plan(silent) };
    let error = run(&plan, &AtomicBool::new(false), LiveFigures::Off, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("0 of 4 connections were ready"), "{error}");
}

#[test]
fn a_stall_cannot_hide_from_the_intended_start() {
    // One connection, 200 requests a second for a second, and a server that freezes once for 400 ms.
    const FREEZE: Duration = Duration::from_millis(400);
    let target = start(|stream, line, n| {
        if n == 50 {
            thread::sleep(FREEZE);
        }
        say(stream, &answer(line))
    });
    let (pace, spacing) = (Pace::RatePerS(200.0), Spacing::Constant);
    let timeout = Duration::from_secs(2);
    let duration = Duration::from_secs(1);
    let measurement = drive(&Plan { connections: 1, pace, spacing, timeout, duration, ..plan(target) });
    let p90_us = |quantile: Quantile| match quantile {
        Quantile::Exactly(us) => us,
        Quantile::AtLeast(_) | Quantile::TooFew => panic!("{quantile:?}"),
    };
    // 80 of 200 requests fall into the freeze and wait for what is left of it: a tenth of all waits 300 ms or more.
    assert!(p90_us(measurement.intended.quantile(900_000)) > 250_000.0);
    // Counted from its writing, one request saw it.
    assert!(p90_us(measurement.written.quantile(900_000)) < 100_000.0);
}

#[test]
fn raw_lines_are_matched_by_an_expression() {
    let target = start(|stream, line, _| {
        let reply: &[u8] = if line == b"PING" { b"+PONG\r\n" } else { b"-ERR\r\n" };
        say(stream, reply)
    });
    let raw = |lines: &[&str]| {
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Workload::Raw(RawLoad { lines, expect: regex::bytes::Regex::new(r"^\+PONG$").unwrap() })
    };
    let measurement = drive(&Plan { workload: raw(&["PING"]), ..plan(target) });
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
    let measurement = drive(&Plan { workload: raw(&["PING", "PONG"]), ..plan(target) });
    let (wrong, requests) = (measurement.faults().wrong, measurement.requests());
    assert!(wrong.abs_diff(requests / 2) <= 1, "{wrong} of {requests}");
}

#[test]
fn an_interrupt_ends_early_and_reports() {
    let interrupt = AtomicBool::new(false);
    let plan = Plan { duration: Duration::from_mins(1), ..plan(start(|stream, line, _| say(stream, &answer(line)))) };
    let mut show = |progress| {
        if let loadgen::run::Progress::Running { elapsed, .. } = progress
            && elapsed > Duration::from_millis(400)
        {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    let measurement = run(&plan, &interrupt, LiveFigures::Off, &mut show).unwrap();
    assert!(measurement.verdict.interrupted);
    assert!(measurement.requests() > 0 && measurement.window < Duration::from_secs(30));
}

#[test]
fn replies_may_come_in_any_pieces() {
    let measurement = against(start(|stream, line, _| {
        let reply = answer(line);
        let (first, rest) = reply.split_at(reply.len() / 3);
        let is_sent = say(stream, first);
        thread::yield_now();
        is_sent && rest.chunks(20).all(|piece| say(stream, piece))
    }));
    assert_eq!(measurement.faults().total(), 0, "{:?}", measurement.kept());
}

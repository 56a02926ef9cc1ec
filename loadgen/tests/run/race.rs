//! Races between small servers of a few lines.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use loadgen::{
    race::{RacePlan, Racer, Without, race},
    result::{Faults, RaceResult, parse},
    run::{Pace, Plan, ServerProcess},
};

use super::{
    plans::plan,
    server::{answer, say, start},
};

/// Two servers for three rounds there and back, 50 ms a slice.
fn race_plan(load: impl Fn(SocketAddr) -> Plan, targets: [SocketAddr; 2]) -> RacePlan {
    let racers = ["one", "two"].into_iter().zip(targets).map(|(name, target)| Racer {
        name: name.to_owned(),
        plan: Plan { server: Some(ServerProcess { pid: std::process::id(), processors: None }), ..load(target) },
    });
    RacePlan {
        racers: racers.collect(),
        seed: 1,
        slice: Duration::from_millis(50),
        lead: Duration::from_millis(10),
        warmup: Duration::from_millis(20),
        slices: 6,
        without: Without::Nobody,
    }
}

fn run(plan: &RacePlan) -> RaceResult {
    race(plan, &AtomicBool::new(false), &mut |_| {}).unwrap()
}

fn right() -> SocketAddr {
    start(|stream, line, _| say(stream, &answer(line)))
}

fn closed(target: SocketAddr) -> Plan {
    Plan { pace: Pace::Closed, ..plan(target) }
}

#[test]
fn each_server_has_its_slices_and_its_sum() {
    let result = run(&race_plan(closed, [right(), right()]));
    assert_eq!(result.slices.len(), 12);
    for (place, server) in result.servers.iter().enumerate() {
        let own = result.slices.iter().filter(|slice| slice.server == place);
        let (slices, replies): (Vec<_>, Vec<_>) = own.map(|slice| (slice, slice.replies)).unzip();
        assert_eq!(slices.len(), 6);
        assert!(replies.iter().all(|replies| *replies > 0), "{replies:?}");
        assert!(slices.iter().all(|slice| slice.server_cpu_s.is_some() && !slice.probe_us.is_empty()));
        assert!((server.run.window_s - 0.3).abs() < 1e-6, "{}", server.run.window_s);
        assert_eq!(server.run.faults, Faults::default());
        assert!(server.run.completed > 0 && server.run.latency.from_intended.answered > 0);
    }
    // There and back again: A B B A.
    let order: Vec<usize> = result.slices.iter().map(|slice| slice.server).collect();
    assert!(order.chunks(4).all(|pair| pair[0] == pair[3] && pair[1] == pair[2] && pair[0] != pair[1]), "{order:?}");
}

#[test]
fn a_server_that_is_not_there_is_left_out_where_that_is_asked_for() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plan = race_plan(closed, [nobody, right()]);
    let error = race(&plan, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
    assert!(format!("{error:#}").contains("one cannot be raced"), "{error:#}");
    let result = run(&RacePlan { without: Without::Them, ..plan });
    assert_eq!(result.left_out.iter().map(|server| server.name.as_str()).collect::<Vec<_>>(), ["one"]);
    assert_eq!(result.servers.iter().map(|server| server.name.as_str()).collect::<Vec<_>>(), ["two"]);
    assert!(result.slices.len() == 6 && result.slices.iter().all(|slice| slice.server == 0 && slice.replies > 0));
}

#[test]
fn a_document_that_is_read_and_written_again_is_the_same() {
    let result = run(&race_plan(closed, [right(), right()]));
    let text = serde_json::to_vec(&result).unwrap();
    assert_eq!(parse::<RaceResult>(&text).unwrap(), result);
}

#[test]
fn a_schedule_stands_still_while_others_are_driven() {
    let load = |target| Plan { pace: Pace::RatePerS(400.0), ..plan(target) };
    let result = run(&race_plan(load, [right(), right()]));
    for server in &result.servers {
        assert_eq!(server.run.faults, Faults::default());
        // 0.3 s of 400 a second; what was due between its slices would be several times as much.
        assert!((60..=240).contains(&server.run.requests), "{}", server.run.requests);
    }
}

#[test]
fn connections_of_one_request_each_go_on_after_a_pause() {
    let load = |target| Plan { requests_per_connection: Some(1), ..closed(target) };
    let result = run(&race_plan(load, [right(), right()]));
    assert!(result.servers.iter().all(|server| server.run.faults == Faults::default()));
    assert!(result.slices.iter().all(|slice| slice.replies > 0), "{:?}", result.slices);
}

#[test]
fn what_never_comes_is_not_taken_for_a_reply_of_the_next_slice() {
    let asked = Arc::new(AtomicUsize::new(0));
    let forgetful = start(move |stream, line, _| {
        // One in ten is answered with half a line, and never more.
        if asked.fetch_add(1, Ordering::Relaxed) % 10 == 9 { say(stream, b"AT ") } else { say(stream, &answer(line)) }
    });
    let load = |target| Plan { pace: Pace::RatePerS(400.0), timeout: Duration::from_millis(200), ..plan(target) };
    let result = run(&race_plan(load, [right(), forgetful]));
    let [right, forgetful] = &result.servers[..] else { panic!("there are two servers") };
    assert_eq!(right.run.faults, Faults::default());
    let faults = forgetful.run.faults;
    assert!(faults.timed_out + faults.unfinished > 0 && faults.wrong == 0, "{faults:?}");
    assert_eq!(forgetful.run.connections.extra, 0);
}

#[test]
fn an_interrupted_race_reports_what_it_has() {
    let plan = RacePlan { slices: 2_000, ..race_plan(closed, [right(), right()]) };
    let interrupt = AtomicBool::new(false);
    let result = thread::scope(|scope| {
        let raced = scope.spawn(|| {
            race(&plan, &interrupt, &mut |progress| {
                if matches!(progress, loadgen::race::RaceProgress::Racing { driven: 4.., .. }) {
                    interrupt.store(true, Ordering::Relaxed);
                }
            })
        });
        raced.join().unwrap().unwrap()
    });
    assert!(result.interrupted && (4..2_000).contains(&result.slices.len()), "{}", result.slices.len());
}

#[test]
fn two_servers_of_one_name_are_refused() {
    let mut plan = race_plan(closed, [right(), right()]);
    plan.racers[1].name = "one".to_owned();
    let error = race(&plan, &AtomicBool::new(false), &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("\"one\""), "{error}");
}

#[test]
fn a_server_that_works_by_itself_is_stopped_between_its_slices() {
    // A process of its own that never rests, beside a server that answers.
    let mut busy = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    let mut plan = race_plan(closed, [right(), right()]);
    plan.racers[0].plan.server = None;
    plan.racers[0].plan.herd.others = vec![busy.id()];
    plan.racers[1].plan.server = None;
    let result = run(&plan);
    let goes_on = std::fs::read_to_string(format!("/proc/{}/stat", busy.id())).unwrap();
    busy.kill().unwrap();
    busy.wait().unwrap();
    let stopped = |place| result.slices.iter().filter(move |slice| slice.server == place).map(|s| s.stopped_after);
    assert!(stopped(0).all(|was| was) && stopped(1).all(|was| !was));
    // At the latest, it is found out within the other's first slice.
    let later = result.slices.iter().filter(|slice| slice.server == 1).skip(1);
    assert!(
        later.clone().count() > 0 && later.clone().all(|slice| slice.waiting_cpu_s < slice.whole_s / 5.0),
        "{later:?}"
    );
    // Afterwards it runs again.
    assert!(!goes_on.contains(") T "), "{goes_on}");
}

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    super::{
        Context, Observation,
        client::{Client, iamat},
        herd::{Herd, PATIENCE, Seat},
    },
    edits::{SIXTH, TALKS_WITH, edited_lines},
    load::Load,
    questions::{Told, ask_until_all_are_right},
    tap::Tap,
};
use crate::variant::Variant;

const NAME: &str = "joining";
const VARIANTS: [&str; 5] = ["herd-threads", "herd-tasks", "java-platform", "python-asyncio", "node"];
/// Clients that were told before the sixth server starts, and move no more: two batches of a full sync.
const CLIENTS: u32 = 2_000;
/// The default herd (PROTOCOL section 5) and the sixth.
const SEATS: [Seat; 6] = [
    ("Goloman", &[1, 2, 4, 5]),
    ("Hands", &[0, 4]),
    ("Holiday", &[0, 3, 4]),
    ("Welsh", &[2, 5]),
    ("Wilkes", &[0, 1, 2]),
    (SIXTH, &TALKS_WITH),
];
const OLD: [usize; 5] = [0, 1, 2, 3, 4];
const ALL: [usize; 6] = [0, 1, 2, 3, 4, 5];
const NEW: usize = 5;

/// What the herd file said of the sixth server while the old ones started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Named,
    Added,
}

impl Case {
    fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Added => "added",
        }
    }
}

/// A herd of each variant in both cases, afresh for each round.
pub fn run(context: &Context<'_>, observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    let mut variants = context.variants(NAME, &VARIANTS, observe)?;
    let mut random = fastrand::Rng::with_seed(context.seed);
    for round in 1..=context.rounds {
        random.shuffle(&mut variants);
        for variant in &variants {
            for case in [Case::Named, Case::Added] {
                (context.tell)(&format!("round {round} of {}: {} {}", context.rounds, variant.name, case.name()));
                for (metric, value, trials) in join(variant, case)? {
                    observe(Observation {
                        experiment: NAME.to_owned(),
                        variant: variant.name.clone(),
                        case: case.name().to_owned(),
                        round,
                        metric: metric.to_owned(),
                        value,
                        trials,
                        note: None,
                    });
                }
            }
        }
    }
    Ok(())
}

type Figure = (&'static str, f64, Option<u64>);

/// Starts five servers, puts load on them, has the sixth enter, and asks it for every client.
fn join(variant: &Variant, case: Case) -> anyhow::Result<Vec<Figure>> {
    let herd = Herd::of(&SEATS)?;
    let own_port = herd.peers[NEW];
    let tap = Tap::before(own_port)?;
    // Declared after the tap, so that it is dropped before: the links of a tap end with the servers.
    let mut herd = herd;
    herd.peers[NEW] = tap.address;
    let among: &[usize] = if case == Case::Named { &ALL } else { &OLD };
    for position in OLD {
        herd.start(variant, position, among)?;
    }
    herd.await_links()?;
    let all = Arc::new(tell_all(&herd)?);
    let old: Result<Vec<_>, _> = OLD.iter().map(|position| herd.clients(*position)).collect();
    let load = Load::start(&old?, &all);
    let restarted: &[usize] = if case == Case::Added { &TALKS_WITH } else { &[] };
    let edited = if case == Case::Added { edited_lines()? } else { 0 };
    for position in restarted {
        herd.restart(variant, *position, &ALL)?;
    }
    let (since, before) = (Instant::now(), tap.records());
    // The server listens at its own port; the tap stands at the one that its neighbours know.
    herd.peers[NEW] = own_port;
    herd.start(variant, NEW, &ALL)?;
    let answers = ask_until_all_are_right(herd.clients(NEW)?, &all, since)?;
    let received = tap.records() - before;
    let counts = load.end();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let asked_old = Some(count(&counts.asked));
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    Ok(vec![
        ("edited_lines", edited as f64, None),
        ("edited_files", f64::from(u8::from(edited > 0)), None),
        ("restarted_servers", restarted.len() as f64, None),
        ("first_right_ms", ms(answers.first_right), None),
        ("all_right_ms", ms(answers.all_right), None),
        ("wrong_answers", answers.wrong as f64, Some(answers.asked)),
        ("unknown_answers", answers.unknown as f64, Some(answers.asked)),
        ("old_wrong_answers", count(&counts.wrong) as f64, asked_old),
        ("old_unknown_answers", count(&counts.unknown) as f64, asked_old),
        ("refused_requests", count(&counts.refused) as f64, None),
        ("records_received", received as f64, None),
    ])
}

/// Tells all clients at the first server, and waits until the last of them is known everywhere.
fn tell_all(herd: &Herd) -> anyhow::Result<Vec<Told>> {
    let mut client = Client::connect(herd.clients(0)?, PATIENCE)?;
    let tell = |number: u32| {
        let name = format!("still-{number}");
        let line = client.ask(&iamat(&name, number))?;
        Ok((name, line))
    };
    let all = (0..CLIENTS).map(tell).collect::<std::io::Result<Vec<Told>>>()?;
    let since = Instant::now();
    for position in OLD {
        ask_until_all_are_right(herd.clients(position)?, &all, since)?;
    }
    Ok(all)
}

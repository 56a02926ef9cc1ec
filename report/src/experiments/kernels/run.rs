use std::{collections::BTreeMap, path::Path, thread, time::Duration};

use anyhow::Context as _;
use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use super::{
    super::{
        Context, Observation,
        context::{Missing, not_run, words},
    },
    runtimes::{RUNTIMES, Runtime},
};
use crate::stats::TheilSen;

const NAME: &str = "kernels";
/// For a kernel, and for it to be compiled.
const PATIENCE: Duration = Duration::from_mins(3);
/// Between two looks at the clock of a kernel that has done its work, and how many there are at most: a collector's thread may stay busy.
const LOOK: Duration = Duration::from_millis(2);
const LOOKS: usize = 25;
/// Objects that are made. Each dose is twice the one before.
pub const DOSES: [u32; 4] = [500_000, 1_000_000, 2_000_000, 4_000_000];
/// Threads that the same work is shared out on.
const THREADS: [u32; 2] = [1, 2];

/// One run of a kernel.
#[derive(Clone, Copy)]
enum Work {
    Allocate(u32),
    Compute(u32),
}

/// Runs every kernel of every runtime once a round, all in an order drawn anew.
pub fn run(context: &Context<'_>, observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    run_doses(context, DOSES, observe)
}

/// The same with other doses.
pub fn run_doses(context: &Context<'_>, doses: [u32; 4], observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    let mut runtimes = Vec::new();
    for runtime in &RUNTIMES {
        match prepare(context, runtime)? {
            Ok(()) => runtimes.push(runtime),
            Err(why) => observe(not_run(NAME, runtime.name, &why)),
        }
    }
    let mut random = fastrand::Rng::with_seed(context.seed);
    for round in 1..=context.rounds {
        let mut works: Vec<(&Runtime, Work)> = runtimes.iter().flat_map(|runtime| works(runtime, doses)).collect();
        random.shuffle(&mut works);
        let mut figures: BTreeMap<&str, Round> = BTreeMap::new();
        for (runtime, work) in works {
            (context.tell)(&format!("round {round} of {}: {} {}", context.rounds, runtime.name, work.case()));
            let values = measure(context, runtime, work)?;
            let mut tell = |metric: &str, value| observe(observation(runtime.name, &work.case(), round, metric, value));
            for (metric, value) in work.metrics(&values) {
                tell(metric, value);
            }
            figures.entry(runtime.name).or_default().take(work, &values);
        }
        for (runtime, figures) in figures {
            let mut tell = |case: &str, metric: &str, value| observe(observation(runtime, case, round, metric, value));
            tell("objects", "cpu_ns_per_object", TheilSen::of(&figures.cpu_ns)?.slope);
            if let Some(speed_up) = figures.speed_up() {
                tell("threads", "speed_up", speed_up);
            }
        }
    }
    Ok(())
}

fn works(runtime: &Runtime, doses: [u32; 4]) -> impl Iterator<Item = (&Runtime, Work)> {
    let threads: &[u32] = if runtime.computes { &THREADS } else { &[] };
    let computes = threads.iter().map(|threads| Work::Compute(*threads));
    doses.into_iter().map(Work::Allocate).chain(computes).map(move |work| (runtime, work))
}

/// Compiles a kernel, or says what is missing.
fn prepare(context: &Context<'_>, runtime: &Runtime) -> anyhow::Result<Result<(), Missing>> {
    let (probe, install) = runtime.needs;
    if let Err(error) = context.run(&context.project, &words(probe), PATIENCE) {
        let why = error.to_string();
        return Ok(Err(format!("it needs {install} ({})", why.lines().next().unwrap_or_default())));
    }
    context.folder(NAME)?;
    if !runtime.build.is_empty() {
        (context.tell)(&format!("compiling the kernel of {}", runtime.name));
        context.run(&context.project, &words(runtime.build), PATIENCE)?;
    }
    Ok(Ok(()))
}

/// What a kernel printed and used, by name.
type Values = BTreeMap<String, f64>;

fn measure(context: &Context<'_>, runtime: &Runtime, work: Work) -> anyhow::Result<Values> {
    let mut arguments = words(runtime.start);
    arguments.extend(work.arguments(runtime));
    let mut process = context.start(Path::new(&context.project), &arguments)?;
    let line = process.ready_line(PATIENCE)?;
    let used = used_at_rest(process.id())?;
    let mut values = parse(&line).with_context(|| format!("{} printed {line:?}", runtime.name))?;
    values.insert("cpu_ms".to_owned(), used.as_secs_f64() * 1000.0);
    Ok(values)
}

/// The processor time of a process that has come to rest, or almost. What a thread uses is counted at ticks, some milliseconds
/// apart, and when it goes to sleep: a process that has only just printed its line would seem to have used nothing since a tick.
fn used_at_rest(pid: u32) -> anyhow::Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(pid)?))?;
    let read = || clock_gettime(clock).map(Duration::from);
    let mut used = read()?;
    for _ in 0..LOOKS {
        thread::sleep(LOOK);
        let now = read()?;
        if now == used && !now.is_zero() {
            break;
        }
        used = now;
    }
    Ok(used)
}

/// Reads `ready NAME=VALUE ...`.
fn parse(line: &str) -> Option<Values> {
    let value = |word: &str| {
        let (name, value) = word.split_once('=')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    line.strip_prefix("ready ")?.split(' ').map(value).collect()
}

impl Work {
    fn case(self) -> String {
        match self {
            Self::Allocate(objects) => format!("objects={objects}"),
            Self::Compute(threads) => format!("threads={threads}"),
        }
    }

    fn arguments(self, runtime: &Runtime) -> [String; 2] {
        match self {
            Self::Allocate(objects) => [runtime.allocate.to_owned(), objects.to_string()],
            Self::Compute(threads) => ["compute".to_owned(), threads.to_string()],
        }
    }

    fn metrics(self, values: &Values) -> Vec<(&'static str, f64)> {
        let value = |name: &str| values.get(name).copied().unwrap_or_default();
        let mut metrics = vec![("cpu_ms", value("cpu_ms")), ("wall_ms", value("wall_ms"))];
        match self {
            Self::Allocate(_) => metrics.extend([
                ("collection_share", value("collection_ms") / value("wall_ms")),
                ("longest_pause_ms", value("longest_pause_ms")),
                ("longest_gap_ms", value("longest_gap_ms")),
            ]),
            Self::Compute(_) => {}
        }
        metrics
    }
}

/// What a runtime did in a round.
#[derive(Default)]
struct Round {
    /// Objects, and the processor time of the process, in nanoseconds.
    cpu_ns: Vec<(f64, f64)>,
    /// Wall time by threads.
    wall_ms: BTreeMap<u32, f64>,
}

impl Round {
    fn take(&mut self, work: Work, values: &Values) {
        let value = |name: &str| values.get(name).copied().unwrap_or_default();
        match work {
            Work::Allocate(objects) => self.cpu_ns.push((objects.into(), value("cpu_ms") * 1e6)),
            Work::Compute(threads) => drop(self.wall_ms.insert(threads, value("wall_ms"))),
        }
    }

    /// How much sooner the same work is done on two threads.
    fn speed_up(&self) -> Option<f64> {
        let [one, two] = THREADS;
        Some(self.wall_ms.get(&one)? / self.wall_ms.get(&two)?)
    }
}

fn observation(runtime: &str, case: &str, round: u32, metric: &str, value: f64) -> Observation {
    Observation {
        experiment: NAME.to_owned(),
        variant: runtime.to_owned(),
        case: case.to_owned(),
        round,
        metric: metric.to_owned(),
        value,
        trials: None,
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_prints_values_by_name() {
        let values = parse("ready wall_ms=12.5 check=1e3").unwrap();
        assert_eq!((values["wall_ms"], values["check"]), (12.5, 1000.0));
        assert_eq!(parse("ready wall_ms=fast"), None);
        assert_eq!(parse("wall_ms=1"), None);
    }

    #[test]
    fn a_slope_leaves_out_what_the_start_costs() {
        let mut round = Round::default();
        for objects in DOSES {
            let cpu_ms = 700.0 + f64::from(objects) * 25.0 / 1e6;
            round.take(Work::Allocate(objects), &Values::from([("cpu_ms".to_owned(), cpu_ms)]));
        }
        assert!((TheilSen::of(&round.cpu_ns).unwrap().slope - 25.0).abs() < 1e-6);
    }

    #[test]
    fn a_speed_up_needs_both() {
        let mut round = Round::default();
        let wall = |wall_ms| Values::from([("wall_ms".to_owned(), wall_ms)]);
        round.take(Work::Compute(1), &wall(300.0));
        assert_eq!(round.speed_up(), None);
        round.take(Work::Compute(2), &wall(150.0));
        assert_eq!(round.speed_up(), Some(2.0));
    }
}

use std::{
    fs,
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use loadgen::result::Stalls;
use procfs::{CpuInfo, Current, Meminfo};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::results::{Machine, Wakeups};

/// Limits of the system that decide how many connections and threads there can be, with the files that tell them.
const LIMITS: [(&str, &str); 4] = [
    ("pid_max", "/proc/sys/kernel/pid_max"),
    ("max_map_count", "/proc/sys/vm/max_map_count"),
    ("threads-max", "/proc/sys/kernel/threads-max"),
    ("ip_local_port_range", "/proc/sys/net/ipv4/ip_local_port_range"),
];

/// Round trips of a byte in each setting; the first ones are not counted.
const TRIPS: usize = 2_000;
const WARM: usize = 200;

/// What there is to know of this machine, with the spin probe that was made.
pub(super) fn machine(stalls: Option<Stalls>) -> Machine {
    let descriptors = descriptors().map_or("unlimited".to_owned(), |files| files.to_string());
    let told = LIMITS.iter().filter_map(|(name, file)| Some(((*name).to_owned(), line_of(file)?)));
    Machine {
        processor: CpuInfo::current()
            .ok()
            .and_then(|all| Some(all.model_name(0)?.to_owned()))
            .unwrap_or_else(|| "unknown".to_owned()),
        hypervisor: hypervisor(),
        processors: processors(),
        memory_kib: Meminfo::current().map_or(0, |memory| memory.mem_total / 1024),
        kernel: line_of("/proc/sys/kernel/osrelease").unwrap_or_default(),
        system: system().unwrap_or_else(|| "unknown".to_owned()),
        limits: [("nofile".to_owned(), descriptors)].into_iter().chain(told).collect(),
        load_average: load_average(),
        stalls,
    }
}

/// Raises the limit of open files as far as it may be raised, for this program and what it starts, and gives it; `None`
/// where there is none.
#[must_use]
pub fn descriptors() -> Option<u64> {
    herd::descriptors::raise().map(|files| files as u64)
}

/// A number that the system tells in a file of its own.
pub(super) fn limit(file: &str) -> Option<u64> {
    number(&line_of(file)?)
}

/// Load average of the last minute. As it is written: procfs rounds it to a float of 32 bits.
pub(super) fn load_average() -> f64 {
    text_of("/proc/loadavg").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// Processors that this program may use.
pub(super) fn processors() -> u32 {
    thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX))
}

/// What this is a virtual machine of. The processor tells it by a flag; its name is the vendor of the board, as firmware has it.
fn hypervisor() -> Option<String> {
    let flags = CpuInfo::current().ok()?.flags(0)?.contains(&"hypervisor");
    let name = line_of("/sys/hypervisor/type").or_else(|| line_of("/sys/class/dmi/id/sys_vendor"));
    flags.then(|| name.filter(|name| !name.is_empty()).unwrap_or_else(|| "hypervisor not named".to_owned()))
}

fn system() -> Option<String> {
    let text = text_of("/etc/os-release");
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

fn number(text: &str) -> Option<u64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

fn line_of(file: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    Some(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

fn text_of(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// The commit of a checkout, with `-dirty` where files differ from it; `None` outside one, or without git.
pub(super) fn commit(directory: &Path) -> Option<String> {
    let head = git(directory, &["rev-parse", "HEAD"])?;
    let changes = git(directory, &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() { head } else { format!("{head}-dirty") })
}

fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let output = command.args(arguments).current_dir(directory).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What it costs here to wake a thread by a byte through a pair of sockets; `None` where threads cannot be placed.
pub(super) fn wakeups() -> Option<Wakeups> {
    let processors = processor_numbers();
    let first = *processors.first()?;
    let across = processors.get(1).and_then(|second| median_us(Some(first), Some(*second)).ok());
    Some(Wakeups {
        same_us: median_us(Some(first), Some(first)).ok()?,
        across_us: across,
        free_us: median_us(None, None).ok()?,
    })
}

/// The processors that this program may use.
pub(super) fn processor_numbers() -> Vec<usize> {
    let allowed = sched_getaffinity(None).unwrap_or_default();
    (0..CpuSet::MAX_CPU).filter(|processor| allowed.is_set(*processor)).collect()
}

/// The median of round trips between two threads, each on its processor or on any.
fn median_us(here: Option<usize>, there: Option<usize>) -> io::Result<f64> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut trips = thread::scope(|scope| {
        let echo = scope.spawn(move || echo(theirs, there));
        let asking = scope.spawn(move || ask(ours, here));
        let trips = asking.join().map_err(|_| io::Error::other("a thread of the calibration failed"))?;
        let _ended = echo.join();
        trips
    })?;
    trips.sort_unstable();
    Ok(trips[trips.len() / 2].as_secs_f64() * 1e6)
}

/// Asks and waits for the echo, again and again; gives the lengths of the round trips.
fn ask(mut stream: UnixStream, processor: Option<usize>) -> io::Result<Vec<Duration>> {
    place(processor)?;
    let mut trips = Vec::with_capacity(TRIPS);
    for number in 0..WARM + TRIPS {
        let begun = Instant::now();
        stream.write_all(b"x")?;
        stream.read_exact(&mut [0])?;
        if number >= WARM {
            trips.push(begun.elapsed());
        }
    }
    Ok(trips)
}

/// Echoes until the other side has gone.
fn echo(mut stream: UnixStream, processor: Option<usize>) -> io::Result<()> {
    place(processor)?;
    let mut byte = [0];
    while stream.read(&mut byte)? > 0 {
        stream.write_all(&byte)?;
    }
    Ok(())
}

fn place(processor: Option<usize>) -> io::Result<()> {
    let Some(processor) = processor else { return Ok(()) };
    let mut set = CpuSet::new();
    set.set(processor);
    Ok(sched_setaffinity(None, &set)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_takes_some_time() {
        let wakeups = wakeups().unwrap();
        assert!(wakeups.same_us > 0.0 && wakeups.free_us > 0.0, "{wakeups:?}");
        assert_eq!(wakeups.across_us.is_some(), processor_numbers().len() > 1);
    }
}

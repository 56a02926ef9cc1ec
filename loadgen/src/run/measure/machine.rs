use std::{fs, path::PathBuf, time::Duration};

use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

use crate::result::{Cpu, Held, Pressure, Spent};

impl Cpu {
    /// What `/proc/PID/stat` says of the parts, and the process's own clock of the whole.
    fn read(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(process(pid).join("stat")).ok()?;
        // The name in parentheses may hold anything; after it come the fields from the third on.
        let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
        let user: f64 = fields.nth(11)?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        let ticks_per_s = rustix::param::clock_ticks_per_second() as f64;
        let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(pid).ok()?)).ok()?;
        let total_s = Duration::from(clock_gettime(clock).ok()?).as_secs_f64();
        Some(Self { user_s: user / ticks_per_s, system_s: system / ticks_per_s, total_s })
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            user_s: self.user_s - earlier.user_s,
            system_s: self.system_s - earlier.system_s,
            total_s: self.total_s - earlier.total_s,
        }
    }
}

/// Counters of the machine and of all processes at one moment. Nothing in here is per thread (METHOD section 3).
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineCounters {
    client: Option<Cpu>,
    server: Option<Cpu>,
    others: Vec<Option<Cpu>>,
    /// All processor time in ticks, what of it was idle, and what another guest of the host had.
    all: u64,
    idle: u64,
    steal: u64,
    pressure: Option<Pressure>,
}

impl MachineCounters {
    pub(crate) fn take(server: Option<u32>, others: &[u32]) -> Self {
        let (all, idle, steal) = processors().unwrap_or_default();
        Self {
            client: Cpu::read(std::process::id()),
            server: server.and_then(Cpu::read),
            others: others.iter().map(|pid| Cpu::read(*pid)).collect(),
            all,
            idle,
            steal,
            pressure: pressure(),
        }
    }
}

impl Spent {
    pub(crate) fn between(from: &MachineCounters, to: &MachineCounters) -> Self {
        let cpu = |from: Option<Cpu>, to: Option<Cpu>| Some(to?.since(from?));
        let ticks = to.all.saturating_sub(from.all);
        let share = |part: u64| (ticks > 0).then(|| part as f64 / ticks as f64);
        Self {
            client: cpu(from.client, to.client),
            server: cpu(from.server, to.server),
            others: from.others.iter().zip(&to.others).map(|(from, to)| cpu(*from, *to)).collect(),
            idle_share: share(to.idle.saturating_sub(from.idle)),
            steal_share: share(to.steal.saturating_sub(from.steal)),
            pressure: from.pressure.zip(to.pressure).map(|(from, to)| Pressure {
                cpu_us: to.cpu_us.saturating_sub(from.cpu_us),
                io_us: to.io_us.saturating_sub(from.io_us),
                memory_us: to.memory_us.saturating_sub(from.memory_us),
            }),
        }
    }
}

impl Held {
    pub(crate) fn read(pid: u32) -> Self {
        let process = process(pid);
        let rollup = fs::read_to_string(process.join("smaps_rollup")).unwrap_or_default();
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let sockets = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
        let tcp = sockets.lines().find(|line| line.starts_with("TCP:"));
        Self {
            rss_kib: number_after(&rollup, "Rss:"),
            pss_kib: number_after(&rollup, "Pss:"),
            threads: number_after(&status, "Threads:"),
            descriptors: fs::read_dir(process.join("fd")).ok().map(|entries| entries.count() as u64),
            kernel_stacks_kib: number_after(&memory, "KernelStack:"),
            page_tables_kib: number_after(&memory, "PageTables:"),
            tcp_pages: tcp.and_then(|line| line.rsplit(' ').next()?.parse().ok()),
        }
    }
}

/// How many processors a process may run on; all of the machine where it does not say.
pub(crate) fn processors_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(process(pid).join("status")).ok()?;
    let ranges = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    ranges
        .trim()
        .split(',')
        .map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(last.parse::<u32>().ok()? - first.parse::<u32>().ok()? + 1)
        })
        .sum()
}

/// Whether there is a process of this id.
pub(crate) fn is_there(pid: u32) -> bool {
    process(pid).join("stat").exists()
}

fn process(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

/// All, idle and stolen ticks of all processors since the start of the machine (`/proc/stat`).
fn processors() -> Option<(u64, u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let line = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_ascii_whitespace().map_while(|tick| tick.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; guest time is within user.
    let [.., _irq, _softirq, steal] = ticks.get(..8)? else { return None };
    Some((ticks[..8].iter().sum(), ticks[3] + ticks[4], *steal))
}

fn pressure() -> Option<Pressure> {
    let some = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(PathBuf::from("/proc/pressure").join(name)).ok()?;
        text.lines().next()?.rsplit_once("total=")?.1.parse().ok()
    };
    Some(Pressure { cpu_us: some("cpu")?, io_us: some("io")?, memory_us: some("memory")? })
}

use std::{fs, time::Duration};

use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};
use procfs::{
    Current, CurrentSI, KernelStats, Meminfo,
    process::{Process, SmapsRollup},
};

use crate::result::{Cpu, CpuTime, Held, Pressure, Spent};

/// Processor time of a process in ticks of 10 ms, its ended threads included.
pub(crate) fn processor_time(process: &Process) -> Option<CpuTime> {
    let stat = process.stat().ok()?;
    let ticks_per_s = procfs::ticks_per_second() as f64;
    Some(CpuTime { user: stat.utime as f64 / ticks_per_s, system: stat.stime as f64 / ticks_per_s })
}

/// Processor time of a process by its own clock, its ended threads included, in seconds.
pub(crate) fn processor_seconds(pid: u32) -> Option<f64> {
    let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(pid).ok()?)).ok()?;
    Some(Duration::from(clock_gettime(clock).ok()?).as_secs_f64())
}

impl Cpu {
    /// What `/proc/PID/stat` says of the parts, and the process's own clock of the whole.
    fn read(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let CpuTime { user, system } = processor_time(&Process::new(pid).ok()?)?;
        let total_s = processor_seconds(pid.unsigned_abs())?;
        Some(Self { user_s: user, system_s: system, total_s })
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            user_s: self.user_s - earlier.user_s,
            system_s: self.system_s - earlier.system_s,
            total_s: self.total_s - earlier.total_s,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            user_s: self.user_s + other.user_s,
            system_s: self.system_s + other.system_s,
            total_s: self.total_s + other.total_s,
        }
    }
}

/// Time of all processors together since the start of the machine, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorTicks {
    all: u64,
    idle: u64,
    steal: u64,
}

impl ProcessorTicks {
    /// What `/proc/stat` says now.
    #[must_use]
    pub fn now() -> Option<Self> {
        let total = KernelStats::current().ok()?.total;
        // Guest time is within user.
        let (iowait, irq, softirq, steal) = (total.iowait?, total.irq?, total.softirq?, total.steal?);
        let all = total.user + total.nice + total.system + total.idle + iowait + irq + softirq + steal;
        Some(Self { all, idle: total.idle + iowait, steal })
    }

    /// Share of the time since then in which the processors had nothing to do.
    #[must_use]
    pub fn idle_share_since(&self, earlier: &Self) -> Option<f64> {
        self.share_since(earlier, |ticks| ticks.idle)
    }

    /// Share of the time since then that the host gave to others.
    #[must_use]
    pub fn steal_share_since(&self, earlier: &Self) -> Option<f64> {
        self.share_since(earlier, |ticks| ticks.steal)
    }

    fn share_since(&self, earlier: &Self, part: fn(&Self) -> u64) -> Option<f64> {
        let all = self.all.saturating_sub(earlier.all);
        (all > 0).then(|| part(self).saturating_sub(part(earlier)) as f64 / all as f64)
    }
}

/// Counters of the machine and of all processes at one moment. Nothing in here is per thread (METHOD section 3).
#[derive(Clone, Debug, Default)]
pub(crate) struct MachineCounters {
    client: Option<Cpu>,
    server: Option<Cpu>,
    others: Vec<Option<Cpu>>,
    processors: Option<ProcessorTicks>,
    pressure: Option<Pressure>,
}

impl MachineCounters {
    pub(crate) fn take(server: Option<u32>, others: &[u32]) -> Self {
        Self {
            client: Cpu::read(std::process::id()),
            server: server.and_then(Cpu::read),
            others: others.iter().map(|pid| Cpu::read(*pid)).collect(),
            processors: ProcessorTicks::now(),
            pressure: pressure(),
        }
    }

    /// Moves these counters on by what happened between two readings.
    pub(crate) fn advance(&mut self, from: &Self, to: &Self) {
        let cpu = |sum: &mut Option<Cpu>, from: Option<Cpu>, to: Option<Cpu>| {
            *sum = sum.zip(from).zip(to).map(|((sum, from), to)| sum.plus(to.since(from)));
        };
        cpu(&mut self.client, from.client, to.client);
        cpu(&mut self.server, from.server, to.server);
        for ((sum, from), to) in self.others.iter_mut().zip(&from.others).zip(&to.others) {
            cpu(sum, *from, *to);
        }
        let ticks = self.processors.zip(from.processors).zip(to.processors);
        self.processors = ticks.map(|((sum, from), to)| ProcessorTicks {
            all: sum.all + to.all.saturating_sub(from.all),
            idle: sum.idle + to.idle.saturating_sub(from.idle),
            steal: sum.steal + to.steal.saturating_sub(from.steal),
        });
        self.pressure = self.pressure.zip(from.pressure).zip(to.pressure).map(|((sum, from), to)| Pressure {
            cpu_us: sum.cpu_us + to.cpu_us.saturating_sub(from.cpu_us),
            io_us: sum.io_us + to.io_us.saturating_sub(from.io_us),
            memory_us: sum.memory_us + to.memory_us.saturating_sub(from.memory_us),
        });
    }
}

impl Spent {
    /// What happened between two readings.
    pub(crate) fn between(from: &MachineCounters, to: &MachineCounters) -> Self {
        let cpu = |from: Option<Cpu>, to: Option<Cpu>| Some(to?.since(from?));
        let processors = to.processors.zip(from.processors);
        Self {
            client: cpu(from.client, to.client),
            server: cpu(from.server, to.server),
            others: from.others.iter().zip(&to.others).map(|(from, to)| cpu(*from, *to)).collect(),
            idle_share: processors.and_then(|(to, from)| to.idle_share_since(&from)),
            steal_share: processors.and_then(|(to, from)| to.steal_share_since(&from)),
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
        let process = i32::try_from(pid).ok().and_then(|pid| Process::new(pid).ok());
        let process = process.as_ref();
        let rollup = process.and_then(|process| process.smaps_rollup().ok());
        let of_rollup = |key: &str| {
            let SmapsRollup { memory_map_rollup } = rollup.as_ref()?;
            Some(memory_map_rollup.0.first()?.extension.map.get(key)? / 1024)
        };
        let memory = Meminfo::current().ok();
        let of_memory = |of: fn(&Meminfo) -> Option<u64>| Some(of(memory.as_ref()?)? / 1024);
        Self {
            rss_kib: of_rollup("Rss"),
            pss_kib: of_rollup("Pss"),
            threads: process.and_then(|process| Some(process.status().ok()?.threads)),
            descriptors: process.and_then(|process| Some(process.fd_count().ok()? as u64)),
            kernel_stacks_kib: of_memory(|memory| memory.kernel_stack),
            page_tables_kib: of_memory(|memory| memory.page_tables),
            tcp_pages: tcp_pages(),
        }
    }
}

/// Memory of TCP sockets. `procfs` does not read this file.
fn tcp_pages() -> Option<u64> {
    let sockets = fs::read_to_string("/proc/net/sockstat").ok()?;
    sockets.lines().find(|line| line.starts_with("TCP:"))?.rsplit(' ').next()?.parse().ok()
}

/// How many processors a process may run on; all of the machine where it does not say.
pub(crate) fn processors_of(pid: u32) -> Option<u32> {
    let process = Process::new(i32::try_from(pid).ok()?).ok()?;
    let ranges = process.status().ok()?.cpus_allowed_list?;
    Some(ranges.into_iter().map(|(first, last)| last - first + 1).sum())
}

/// Whether there is a process of this id.
pub(crate) fn is_there(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| Process::new(pid).is_ok())
}

fn pressure() -> Option<Pressure> {
    Some(Pressure {
        cpu_us: procfs::CpuPressure::current().ok()?.some.total,
        io_us: procfs::IoPressure::current().ok()?.some.total,
        memory_us: procfs::MemoryPressure::current().ok()?.some.total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_with_all_that_is_read_of_it() {
        let own = std::process::id();
        assert!(is_there(own) && !is_there(u32::MAX));
        assert!(processors_of(own).is_some_and(|processors| processors > 0));
        let held = Held::read(own);
        let read = [held.rss_kib, held.pss_kib, held.threads, held.descriptors, held.page_tables_kib, held.tcp_pages];
        assert!(read.iter().all(Option::is_some), "{held:?}");
        // A test has some megabytes and some descriptors, not thousands of either.
        assert!((1_000..4_000_000).contains(&held.rss_kib.unwrap()) && held.pss_kib <= held.rss_kib, "{held:?}");
        assert_eq!(Held { tcp_pages: held.tcp_pages, ..Held::read(u32::MAX) }.rss_kib, None);
    }

    #[test]
    fn the_parts_of_processor_time_are_near_the_whole() {
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_millis(60) {}
        let cpu = Cpu::read(std::process::id()).unwrap();
        assert!((cpu.user_s + cpu.system_s - cpu.total_s).abs() < 0.1 + cpu.total_s / 10.0, "{cpu:?}");
        let ProcessorTicks { all, idle, steal } = ProcessorTicks::now().unwrap();
        assert!(idle + steal < all);
    }

    #[test]
    fn shares_are_of_the_time_between() {
        let (from, to) =
            (ProcessorTicks { all: 100, idle: 50, steal: 5 }, ProcessorTicks { all: 300, idle: 150, steal: 15 });
        assert_eq!((to.idle_share_since(&from), to.steal_share_since(&from)), (Some(0.5), Some(0.05)));
        assert_eq!(from.idle_share_since(&from), None);
    }
}

//! What a journalled exchange (a line in, a reply out, one flush) costs its caller and the writer's thread.
//!
//!     cargo bench --bench journal -- [THREADS] [EXCHANGES_PER_S] [SECONDS]
//!
//! Threads send exchanges in bursts of 1 ms that add up to the rate. Processor time is split by clock: what the
//! callers' threads took within their bursts, and what is left of the process, which is the writer.

use std::{
    env,
    hint::black_box,
    thread,
    time::{Duration, Instant, SystemTime},
};

use herd::{
    config::{JournalMode, JournalSettings},
    journal::Journal,
};
use rustix::time::{ClockId, clock_gettime};

const LINE: &[u8] = b"IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997";
const REPLY: &[u8] = b"AT Goloman +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997\n";

fn main() -> anyhow::Result<()> {
    // Whatever else stands there is Cargo's own flag, or meant for criterion when all benches are run together.
    let numbers: Vec<u32> = env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let (threads, rate, seconds) = (number(0, 50), number(1, 100_000), number(2, 1));
    let dir = env::temp_dir().join(format!("herd-journal-bench.{}", std::process::id()));
    for mode in [JournalMode::Off, JournalMode::Full] {
        let settings = JournalSettings { mode, dir: dir.clone(), ..JournalSettings::default() };
        measure(&settings, threads, rate, Duration::from_secs(seconds.into()))?;
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

fn measure(settings: &JournalSettings, threads: u32, rate: u32, whole: Duration) -> anyhow::Result<()> {
    let (journal, writer) = Journal::start(&"Goloman".parse()?, settings)?;
    let before = cpu(ClockId::ProcessCPUTime);
    let callers: Vec<_> = (0..threads)
        .map(|conn| {
            let journal = journal.clone();
            thread::spawn(move || call(&journal, conn.into(), rate / threads, whole))
        })
        .collect();
    let (mut exchanges, mut in_bursts, mut in_all) = (0, Duration::ZERO, Duration::ZERO);
    for caller in callers {
        let (count, bursts, all) = caller.join().map_err(|_| anyhow::anyhow!("a caller panicked"))?;
        (exchanges, in_bursts, in_all) = (exchanges + count, in_bursts + bursts, in_all + all);
    }
    writer.finish(Duration::from_secs(10))?;
    let writer_time = cpu(ClockId::ProcessCPUTime).saturating_sub(before + in_all);
    println!(
        "{:?}: {exchanges} exchanges, caller {:.0} ns/exchange, writer {:.0} ns/event, dropped {}",
        settings.mode,
        in_bursts.as_nanos() as f64 / f64::from(exchanges),
        writer_time.as_nanos() as f64 / f64::from(exchanges) / 2.0,
        journal.dropped()
    );
    Ok(())
}

/// Exchanges sent, and the thread's processor time in the bursts and in all.
fn call(journal: &Journal, conn: u64, rate: u32, whole: Duration) -> (u32, Duration, Duration) {
    let mut lines = journal.client_lines(conn);
    let (start, mut sent, mut in_bursts) = (Instant::now(), 0, Duration::ZERO);
    while start.elapsed() < whole {
        let due = (start.elapsed().as_secs_f64() * f64::from(rate)).round();
        let begun = cpu(ClockId::ThreadCPUTime);
        while f64::from(sent) < due {
            let now = SystemTime::now();
            lines.received(now, black_box(LINE));
            lines.sent(now, black_box(REPLY));
            lines.flush();
            sent += 1;
        }
        in_bursts += cpu(ClockId::ThreadCPUTime).saturating_sub(begun);
        thread::sleep(Duration::from_millis(1));
    }
    (sent, in_bursts, cpu(ClockId::ThreadCPUTime))
}

fn cpu(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    thread,
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::results::Wakeups;

/// Round trips of a byte in each setting; the first ones are not counted.
const TRIPS: usize = 2_000;
const WARM: usize = 200;

/// What it costs here to wake a thread by a byte through a pair of sockets; `None` where threads cannot be placed.
pub(super) fn wakeups() -> Option<Wakeups> {
    let processors = processors();
    let first = *processors.first()?;
    let across = processors.get(1).and_then(|second| median_us(Some(first), Some(*second)).ok());
    Some(Wakeups {
        same_us: median_us(Some(first), Some(first)).ok()?,
        across_us: across,
        free_us: median_us(None, None).ok()?,
    })
}

/// The processors that this program may use.
pub(super) fn processors() -> Vec<usize> {
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
        assert_eq!(wakeups.across_us.is_some(), processors().len() > 1);
    }
}

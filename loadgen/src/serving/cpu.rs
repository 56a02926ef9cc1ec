use std::fs;

use anyhow::Context;

use crate::result::CpuTime;

/// Processor time that this process has used so far, from `/proc/self/stat`.
pub(crate) fn processor_time() -> anyhow::Result<CpuTime> {
    let stat = fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    parse(&stat, rustix::param::clock_ticks_per_second()).context("/proc/self/stat has another format")
}

/// The fields 14 and 15 of `proc_pid_stat(5)`. The second field is the program's name in parentheses and may hold any
/// byte, so counting begins behind the last parenthesis.
fn parse(stat: &str, ticks_per_s: u64) -> Option<CpuTime> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut seconds = || Some(ticks.next()?.ok()? as f64 / ticks_per_s as f64);
    Some(CpuTime { user: seconds()?, system: seconds()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name() {
        let stat = "7 (a) b 9) S 1 7 7 0 -1 4194560 100 0 0 0 250 75 0 0 20 0 1 0 5 6";
        assert_eq!(parse(stat, 100), Some(CpuTime { user: 2.5, system: 0.75 }));
        assert_eq!(parse("7 (a) S 1", 100), None);
    }

    #[test]
    fn this_process_has_a_time() {
        assert!(processor_time().unwrap().user >= 0.0);
    }
}

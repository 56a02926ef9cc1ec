use super::Progress;
use crate::output::ProgressLine;

/// Shows on a terminal how far a run is.
pub(crate) fn show(line: &ProgressLine, progress: &Progress) {
    match progress {
        Progress::Opening { ready, all } => line.show(format!("opening connections: {ready} of {all} ready")),
        Progress::Running { left, last: None, .. } => line.show_now(format!("warming up, {} s left", left.as_secs())),
        Progress::Running { left, last: Some(last), .. } => line.show_now(format!(
            "{} replies/s   p50 {:.2} ms   p99 {:.2} ms   {} failed   {} s left",
            last.completed,
            last.p50_us / 1e3,
            last.p99_us / 1e3,
            last.failed,
            left.as_secs()
        )),
    }
}

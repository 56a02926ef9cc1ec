use std::time::Instant;

use tokio::time::timeout_at;
use tokio_util::task::TaskTracker;

/// All tasks of a server, so that each is accounted for at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracker {
    tracker: TaskTracker,
}

impl Tracker {
    /// Starts a task. Unlike a thread it has no name and no stack of its own, and the system cannot have none left; the
    /// runtime catches its panic.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Waits until all tasks have ended, or this moment; says how many are left.
    pub(super) async fn wait(&self, until: Instant) -> usize {
        // A tracker that is not closed is never done waiting; tasks may be started all the same.
        self.tracker.close();
        // The time may pass: the tasks that are left are counted.
        let _ = timeout_at(until.into(), self.tracker.wait()).await;
        self.tracker.len()
    }
}

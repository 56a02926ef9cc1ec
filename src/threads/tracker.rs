use std::{
    io,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread,
    time::Instant,
};

use parking_lot::{Condvar, Mutex};

use crate::config::Limits;

/// All threads of a server, so that each is accounted for at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracker {
    running: Arc<Running>,
}

#[derive(Debug, Default)]
struct Running {
    count: Mutex<usize>,
    one_ended: Condvar,
}

impl Tracker {
    /// Starts a thread, or says that the system has none left; then `task` is dropped.
    pub(super) fn spawn(&self, name: String, task: impl FnOnce() + Send + 'static) -> io::Result<()> {
        *self.running.count.lock() += 1;
        // Counts down when the thread ends, panics or never starts.
        let entry = Entry(Arc::clone(&self.running));
        thread::Builder::new().name(name).stack_size(Limits::STACK_BYTES).spawn(move || {
            let _entry = entry;
            contain(task);
        })?;
        Ok(())
    }

    /// Waits until all threads have ended, or this moment; says how many are left.
    pub(super) fn wait(&self, until: Instant) -> usize {
        let mut running = self.running.count.lock();
        while *running > 0 && !self.running.one_ended.wait_until(&mut running, until).timed_out() {}
        *running
    }
}

/// Runs a task to its end, or its panic: the panic hook has told what happened, and nothing else is to suffer from it.
pub(super) fn contain(task: impl FnOnce()) {
    if panic::catch_unwind(AssertUnwindSafe(task)).is_err() {
        tracing::error!("a thread panicked");
    }
}

struct Entry(Arc<Running>);

impl Drop for Entry {
    fn drop(&mut self) {
        *self.0.count.lock() -= 1;
        self.0.one_ended.notify_all();
    }
}

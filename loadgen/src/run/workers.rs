use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, ScopedJoinHandle},
    time::Duration,
};

use anyhow::{Context, bail};

use super::{
    Plan,
    client::{LoadSlice, Progress, SharedProgress, Worker, WorkerMessage, WorkerReport},
    measure::Clock,
    schedule::Draws,
};

/// How often a coordinator looks up.
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// What the workers of one plan share.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) draws: &'a Draws,
    pub(crate) clock: Clock,
    pub(crate) progress: &'a SharedProgress,
}

/// The worker threads of one plan.
pub(crate) struct Workers<'scope> {
    handles: Vec<ScopedJoinHandle<'scope, Option<WorkerReport>>>,
    slices: Vec<Sender<LoadSlice>>,
    messages: Receiver<WorkerMessage>,
}

impl<'scope> Workers<'scope> {
    /// Starts them; each opens its share of the connections.
    pub(crate) fn start<'a: 'scope>(
        scope: &'scope thread::Scope<'scope, '_>,
        shared: Shared<'a>,
    ) -> anyhow::Result<Self> {
        let (send, messages) = mpsc::channel();
        let (mut handles, mut slices) = (Vec::new(), Vec::new());
        for number in 0..shared.plan.workers {
            let (slice, ordered) = mpsc::channel();
            let (Shared { plan, draws, clock, progress }, send) = (shared, send.clone());
            let worker = move || Worker::new(number, plan, draws, clock, progress).ok()?.run(&send, &ordered);
            let name = format!("load-{number}");
            handles.push(thread::Builder::new().name(name).spawn_scoped(scope, worker)?);
            slices.push(slice);
        }
        Ok(Self { handles, slices, messages })
    }

    pub(crate) fn count(&self) -> usize {
        self.handles.len()
    }

    /// Waits until all connections stand and all clients are told.
    pub(crate) fn open(
        &self,
        shared: Shared<'_>,
        interrupt: &AtomicBool,
        show: &mut dyn FnMut(Progress),
    ) -> anyhow::Result<()> {
        let all = (shared.plan.connections + shared.plan.idle) as usize;
        let mut opened = 0;
        while opened < self.count() {
            match self.messages.recv_timeout(LOOK) {
                Ok(WorkerMessage::Opened) => opened += 1,
                Ok(WorkerMessage::Failed(why)) => bail!(why),
                Err(RecvTimeoutError::Timeout) => show(Progress::Opening { ready: shared.progress.ready(), all }),
                Err(RecvTimeoutError::Disconnected) => bail!("a worker could not start"),
            }
            if interrupt.load(Ordering::Relaxed) {
                bail!("interrupted before the load began");
            }
        }
        Ok(())
    }

    /// Orders a slice of all.
    pub(crate) fn drive(&self, slice: LoadSlice) -> anyhow::Result<()> {
        self.slices.iter().try_for_each(|worker| worker.send(slice)).context("a worker ended before the start")
    }

    /// Whether a worker has ended without having been told to.
    pub(crate) fn has_failed(&self) -> bool {
        self.handles.iter().any(ScopedJoinHandle::is_finished)
    }

    /// Orders no more; what each has found.
    pub(crate) fn finish(self) -> anyhow::Result<Vec<WorkerReport>> {
        drop(self.slices);
        let reports: Option<Vec<WorkerReport>> = self.handles.into_iter().map(|handle| handle.join().ok()?).collect();
        reports.context("a worker failed")
    }
}

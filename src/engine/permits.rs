use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// So many may be there at once, and no more.
#[derive(Clone, Debug)]
pub(crate) struct Permits {
    taken: Arc<AtomicUsize>,
    count: usize,
}

/// One of the permits, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Permits {
    pub(crate) fn new(count: usize) -> Self {
        Self { taken: Arc::default(), count }
    }

    pub(crate) fn try_acquire(&self) -> Option<Permit> {
        let permit = Permit(Arc::clone(&self.taken));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.count).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

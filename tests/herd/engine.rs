/// A program that serves, and what is expected of it alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) program: &'static str,
    /// How many threads serve each client.
    pub(crate) threads_per_client: usize,
}

pub(crate) const THREADS: Engine = Engine { name: "herd", program: env!("CARGO_BIN_EXE_herd"), threads_per_client: 1 };

/// Every server under test.
pub(crate) const ENGINES: &[Engine] = &[THREADS];

/// Who serves the first, second, ... server of a herd: each engine alone, and a mixed herd.
pub(crate) const HERDS: &[&[Engine]] = &[&[THREADS]];

/// A program that serves, and what is expected of it alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) program: &'static str,
    /// How many threads serve each client.
    pub(crate) threads_per_client: usize,
}

pub(crate) const THREADS: Engine = Engine { name: "herd", program: env!("CARGO_BIN_EXE_herd"), threads_per_client: 1 };

#[cfg(feature = "async")]
pub(crate) const TASKS: Engine =
    Engine { name: "herd-async", program: env!("CARGO_BIN_EXE_herd-async"), threads_per_client: 0 };

/// Every server under test.
pub(crate) const ENGINES: &[Engine] = &[
    THREADS,
    #[cfg(feature = "async")]
    TASKS,
];

/// Who serves the first, second, ... server of a herd: each engine alone, and a mixed herd.
pub(crate) const HERDS: &[&[Engine]] = &[
    &[THREADS],
    #[cfg(feature = "async")]
    &[TASKS],
    #[cfg(feature = "async")]
    &[THREADS, TASKS],
];

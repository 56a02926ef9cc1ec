use std::{
    io::{self, Read},
    os::unix::net::UnixStream,
};

use anyhow::Context;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::pipe,
};

/// The wish of SIGTERM or SIGINT that the server ends: a descriptor that becomes readable.
pub(crate) struct Stop {
    wishes: UnixStream,
}

impl Stop {
    /// Takes over both signals for the rest of the process.
    pub(crate) fn on_signals() -> anyhow::Result<Self> {
        Self::registered().context("cannot wait for signals")
    }

    fn registered() -> io::Result<Self> {
        let (wishes, sender) = UnixStream::pair()?;
        pipe::register(SIGTERM, sender.try_clone()?)?;
        pipe::register(SIGINT, sender)?;
        Ok(Self { wishes })
    }

    /// Blocks until a signal comes.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        self.wishes.read_exact(&mut [0])
    }

    /// What a poller can watch.
    pub(crate) fn descriptor(&self) -> &UnixStream {
        &self.wishes
    }
}

use std::{
    io,
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};
use herd::descriptors;

use super::{
    Plan,
    measure::is_there,
    ports::{is_out_of_ports, shortage},
};

/// Descriptors that are not connections to the servers: standard ones, an epoll for each worker, files of `/proc`.
const KEPT_BACK: usize = 32;

/// Raises the limit of descriptors, and says how many connections would fit where they do not.
pub(crate) fn make_room<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> anyhow::Result<()> {
    let Some(descriptors) = descriptors::raise() else { return Ok(()) };
    let (mut wanted, mut workers) = (0, 0);
    for plan in plans {
        wanted += plan.connections as usize + plan.idle as usize;
        workers += plan.workers as usize;
    }
    let fit = descriptors.saturating_sub(KEPT_BACK + workers);
    if wanted > fit {
        bail!(
            "{wanted} connections do not fit: this process may open {descriptors} files, so at most {fit} connections \
             would; raise the limit (ulimit -n) or use fewer"
        );
    }
    Ok(())
}

/// Fails with the first target that refuses, and with a server process that is not there.
pub(crate) fn reach(plan: &Plan) -> anyhow::Result<()> {
    let mut targets: Vec<SocketAddr> = plan.targets.clone();
    targets.sort_unstable();
    targets.dedup();
    for target in targets {
        match probe(target, plan.timeout) {
            // Load comes from further source addresses; a probe needs no port of its own to show that.
            Err(error) if is_out_of_ports(&error) && target.ip().is_loopback() => {}
            Err(error) if is_out_of_ports(&error) => bail!("cannot reach {target}: {}", shortage()),
            reached => reached.with_context(|| format!("cannot reach {target}; start the server first"))?,
        }
    }
    match plan.server {
        Some(server) if !is_there(server.pid) => bail!("there is no process {} (--server-pid)", server.pid),
        Some(_) | None => Ok(()),
    }
}

fn probe(target: SocketAddr, timeout: Duration) -> io::Result<()> {
    let socket = TcpStream::connect_timeout(&target, timeout)?;
    if socket.local_addr()? == target {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(())
}

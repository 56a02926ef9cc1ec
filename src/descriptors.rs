//! Room for as many file descriptors as a server's connections need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{Provider, Serve};

/// Raises the soft limit of open files to the hard one. Where the clients do not fit all the same, lowers how many are
/// taken, and says so.
pub fn make_room(settings: &mut Serve) {
    let Some(descriptors) = raise() else { return };
    let kept_back = kept_back(settings);
    let clients = descriptors.saturating_sub(kept_back).max(1);
    let wanted = &mut settings.limits.max_clients;
    if *wanted > clients {
        tracing::warn!(
            "max_clients is lowered from {wanted} to {clients}: this process may open {descriptors} files and keeps \
             {kept_back} for itself; raise the limit (ulimit -n) for more"
        );
        *wanted = clients;
    }
}

/// What a server opens besides its clients' connections: its listeners and the journal, both links of each neighbour, and
/// a connection for each places call in flight.
fn kept_back(settings: &Serve) -> usize {
    let calls = match settings.places.provider {
        Provider::None | Provider::Gazetteer(_) => 0,
        Provider::Google(_) | Provider::GoogleLegacy(_) | Provider::Wikipedia(_) => settings.places.in_flight,
    };
    settings.limits.reserved_descriptors + 2 * settings.peers.len() + calls
}

/// Raises the soft limit of open files to the hard one, and says the limit that is in force now; `None` when there is
/// none.
#[must_use]
pub fn raise() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Where it cannot be raised, what was in force stays in force.
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    now.map(|files| usize::try_from(files).unwrap_or(usize::MAX))
}

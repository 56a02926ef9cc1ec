//! Room for as many file descriptors as a server's connections need.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{Provider, Serve};

/// Raises the soft limit of open files to the hard one. Where the clients do not fit all the same, lowers how many are
/// taken, and says so.
pub fn make_room(settings: &mut Serve) {
    let Some(descriptors) = raise() else { return };
    if let Some(warning) = fit(settings, descriptors) {
        tracing::warn!("{warning}");
    }
}

/// Lowers how many clients are taken to what these descriptors allow; says so where that changed anything.
fn fit(settings: &mut Serve, descriptors: usize) -> Option<String> {
    let calls = calls(settings);
    let kept_back = kept_back(settings) + calls;
    let clients = descriptors.saturating_sub(kept_back).max(1);
    let wanted = settings.limits.max_clients;
    if wanted <= clients {
        return None;
    }
    settings.limits.max_clients = clients;
    let or_lower = if calls > 0 { format!(" or lower --places-in-flight ({calls})") } else { String::new() };
    Some(format!(
        "max_clients is lowered from {wanted} to {clients}: this process may open {descriptors} files and keeps \
         {kept_back} for itself; raise the limit (ulimit -n){or_lower} for more"
    ))
}

/// Admin requests at once that clients leave room for. More are answered as descriptors come free.
const ADMIN: usize = 8;

/// What a server opens besides its clients' connections and its places calls: its listeners and the journal, both links of
/// each neighbour, handshakes, refused connections that linger, and admin requests.
fn kept_back(settings: &Serve) -> usize {
    let limits = &settings.limits;
    limits.reserved_descriptors + 2 * settings.peers.len() + limits.max_handshakes + limits.max_lingering + ADMIN
}

/// A connection for each places call in flight, where the provider is called at all.
fn calls(settings: &Serve) -> usize {
    match settings.places.provider {
        Provider::None | Provider::Gazetteer(_) => 0,
        Provider::Google(_) | Provider::GoogleLegacy(_) | Provider::Wikipedia(_) => settings.places.in_flight,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Herd;

    fn serve(provider: Provider) -> Serve {
        let mut serve = Herd::default().serve(&"Welsh".parse().unwrap()).unwrap();
        serve.places.provider = provider;
        serve
    }

    #[test]
    fn clients_leave_room_for_all_else() {
        let mut serve = serve(Provider::None);
        assert_eq!(fit(&mut serve, 10_000), None);
        assert_eq!(serve.limits.max_clients, 1024);
        let warning = fit(&mut serve, 256).unwrap();
        // 32 in reserve, 2 links, 16 handshakes, 64 that linger and 8 admin requests.
        assert_eq!(serve.limits.max_clients, 256 - 122);
        assert!(warning.contains("from 1024 to 134") && !warning.contains("--places-in-flight"), "{warning}");
        assert!(fit(&mut serve, 64).is_some());
        assert_eq!(serve.limits.max_clients, 1);
    }

    #[test]
    fn calls_in_flight_are_named_where_they_take_the_room() {
        let mut serve = serve(Provider::Wikipedia(None));
        serve.places.in_flight = 65_536;
        let warning = fit(&mut serve, 20_000).unwrap();
        assert!(warning.contains("(ulimit -n) or lower --places-in-flight (65536)"), "{warning}");
    }
}

use std::net::{Ipv4Addr, SocketAddr};

use rustix::process::{Pid, getppid};

use super::{
    Engine, Failure,
    args::{AddressArgs, ConfigArgs, ServeArgs, SettingArgs},
    diagnostics,
};
use crate::{
    config::{Herd, Peer, Serve, UnknownServer},
    protocol::Name,
};

/// Runs one server.
pub(super) fn serve<Flags: clap::Args>(args: ServeArgs<Flags>, engine: &Engine<Flags>) -> Result<(), Failure> {
    if let Some(parent) = args.exit_with_parent {
        exit_with(parent)?;
    }
    // Until the engine has ended: what a failure then says of itself comes after all diagnostics.
    let _until_the_end = diagnostics::start()?;
    let ServeArgs { name, config, addresses, settings, flags, .. } = args;
    (engine.serve)(resolve(name, &config, addresses, settings)?, &flags).map_err(Failure::Failed)
}

/// Has the system send SIGTERM to this process when its parent ends, so that not even a killed `up` leaves servers.
/// A parent that ended before the request took effect is told by the changed parent ID.
fn exit_with(parent: i32) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
        .map_err(std::io::Error::from)?;
    if getppid() == Pid::from_raw(parent) { Ok(()) } else { Err(Failure::because("the parent has ended")) }
}

/// What the arguments mean: the config's server, then what was said about it.
fn resolve(name: Name, config: &ConfigArgs, addresses: AddressArgs, settings: SettingArgs) -> Result<Serve, Failure> {
    let herd = config.herd()?;
    let mut serve = match herd.serve(&name) {
        Ok(serve) => serve,
        Err(unknown) => alone(name, &addresses, &herd, &unknown)?,
    };
    addresses.apply(&mut serve)?;
    settings.apply(&mut serve);
    Ok(serve)
}

/// A server that the config does not know, where enough is said about it.
fn alone(name: Name, addresses: &AddressArgs, herd: &Herd, unknown: &UnknownServer) -> Result<Serve, Failure> {
    let (Some(listen), Some(peer_listen)) = (addresses.listen, addresses.peer_listen) else {
        return Err(Failure::misuse(format!("{unknown}; with --listen and --peer-listen it can be run on its own")));
    };
    Ok(Serve {
        name,
        listen,
        peer_listen,
        admin_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        peers: Vec::new(),
        places: herd.places().clone(),
        journal: herd.journal().clone(),
        limits: herd.limits().clone(),
    })
}

impl AddressArgs {
    fn apply(self, serve: &mut Serve) -> Result<(), Failure> {
        serve.listen = self.listen.unwrap_or(serve.listen);
        serve.peer_listen = self.peer_listen.unwrap_or(serve.peer_listen);
        serve.admin_listen = self.admin_listen.unwrap_or(serve.admin_listen);
        if self.no_peers {
            serve.peers.clear();
        } else if !self.peers.is_empty() {
            serve.peers = neighbours(&serve.name, self.peers)?;
        }
        Ok(())
    }
}

fn neighbours(name: &Name, peers: Vec<Peer>) -> Result<Vec<Peer>, Failure> {
    for (place, peer) in peers.iter().enumerate() {
        if peer.name == *name {
            return Err(Failure::misuse(format!("--peer {name}={}: a server cannot talk with itself", peer.addr)));
        }
        if peers[..place].iter().any(|earlier| earlier.name == peer.name) {
            return Err(Failure::misuse(format!("--peer {} is given twice", peer.name)));
        }
        if peer.addr.port() == 0 {
            return Err(Failure::misuse(format!("--peer {}={}: port 0 cannot be dialled", peer.name, peer.addr)));
        }
    }
    Ok(peers)
}

impl SettingArgs {
    fn apply(self, serve: &mut Serve) {
        let Serve { places, journal, limits, .. } = serve;
        places.provider = self.places.unwrap_or_else(|| places.provider.clone());
        places.in_flight = self.places_in_flight.unwrap_or(places.in_flight);
        places.key_file = self.places_key_file.or_else(|| places.key_file.take());
        journal.mode = self.journal.unwrap_or(journal.mode);
        journal.dir = self.journal_dir.unwrap_or_else(|| journal.dir.clone());
        journal.max_bytes = self.journal_max_bytes.unwrap_or(journal.max_bytes);
        limits.max_clients = self.max_clients.unwrap_or(limits.max_clients);
        limits.when_full = self.when_full.unwrap_or(limits.when_full);
        limits.thread_cache = self.thread_cache.unwrap_or(limits.thread_cache);
        limits.close_after_reply |= self.close_after_reply;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        cli::args::{Command, parse},
        config::{JournalMode, Provider, WhenFull},
    };

    fn resolved(line: &str) -> Result<Serve, String> {
        let Command::Serve(args) = parse(line).map_err(|error| error.to_string())?.command else { panic!("{line}") };
        let ServeArgs { name, config, addresses, settings, .. } = *args;
        resolve(name, &config, addresses, settings).map_err(|failure| format!("{failure:?}"))
    }

    fn peers(serve: &Serve) -> String {
        serve.peers.iter().map(|peer| format!("{}={}", peer.name, peer.addr)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_server_of_the_config_needs_no_flags() {
        let serve = resolved("herd serve Welsh").unwrap();
        assert_eq!(serve.listen.port(), 12003);
        assert_eq!(peers(&serve), "Holiday=127.0.0.1:12102");
    }

    #[test]
    fn flags_stand_before_the_config() {
        let serve = resolved(
            "herd serve Welsh --listen 127.0.0.2:1 --peer-listen 127.0.0.2:2 --admin-listen 127.0.0.2:3 \
             --peer A=127.0.0.3:1 --peer B=127.0.0.3:2,C=127.0.0.3:3 --places none --places-in-flight 7 \
             --places-key-file k --journal off --journal-dir d --journal-max-bytes 65KiB --max-clients 9 --when-full wait \
             --thread-cache 0 --close-after-reply",
        )
        .unwrap();
        let addresses = [serve.listen, serve.peer_listen, serve.admin_listen].map(|addr| addr.to_string());
        assert_eq!(addresses, ["127.0.0.2:1", "127.0.0.2:2", "127.0.0.2:3"]);
        assert_eq!(peers(&serve), "A=127.0.0.3:1 B=127.0.0.3:2 C=127.0.0.3:3");
        assert_eq!((serve.places.provider, serve.places.in_flight), (Provider::None, 7));
        assert_eq!(serve.places.key_file.as_deref(), Some(Path::new("k")));
        assert_eq!((serve.journal.mode, serve.journal.dir.as_path()), (JournalMode::Off, Path::new("d")));
        assert_eq!((serve.journal.max_bytes, serve.limits.max_clients), (65 << 10, 9));
        assert_eq!((serve.limits.when_full, serve.limits.thread_cache), (WhenFull::Wait, 0));
        assert!(serve.limits.close_after_reply);
    }

    #[test]
    fn neighbours_can_be_taken_away() {
        assert_eq!(peers(&resolved("herd serve Goloman --no-peers").unwrap()), "");
    }

    #[test]
    fn a_name_of_no_config_needs_both_addresses() {
        let error = resolved("herd serve Alone --listen 127.0.0.1:0").unwrap_err();
        assert!(error.contains("there are Goloman, Hands") && error.contains("--peer-listen"), "{error}");
        let serve = resolved("herd serve Alone --listen 127.0.0.1:0 --peer-listen 127.0.0.1:0").unwrap();
        assert_eq!((serve.name.as_str(), serve.admin_listen.to_string().as_str()), ("Alone", "127.0.0.1:0"));
        assert!(serve.peers.is_empty());
    }

    #[test]
    fn neighbours_must_make_sense() {
        for (peers, why) in [
            ("--peer Welsh=127.0.0.1:1", "with itself"),
            ("--peer A=127.0.0.1:1 --peer A=127.0.0.1:2", "twice"),
            ("--peer A=127.0.0.1:0", "port 0"),
        ] {
            let error = resolved(&format!("herd serve Welsh {peers}")).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}

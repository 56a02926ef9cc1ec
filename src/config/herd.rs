use std::net::SocketAddr;

use super::{JournalSettings, Limits, Peer, PlacesSettings, Serve};
use crate::protocol::Name;

/// The default config, commented: the herd of PROTOCOL section 5 on 127.0.0.1.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// A herd of servers, as a config file describes it.
///
/// It is consistent: it has a server, names and addresses are unique, every neighbour exists and talks back, and every
/// server can be reached from every other.
#[derive(Clone, Debug)]
pub struct Herd {
    pub(super) servers: Vec<Server>,
    pub(super) places: PlacesSettings,
    pub(super) journal: JournalSettings,
    pub(super) limits: Limits,
}

/// One server of a herd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: Name,
    /// Where clients connect.
    pub clients: SocketAddr,
    /// Where neighbours connect.
    pub peers: SocketAddr,
    /// Where the admin pages are.
    pub admin: SocketAddr,
    /// Its neighbours, in the order of the config; each of them has this server among its own.
    pub talks_with: Vec<Name>,
}

/// A name that no server of the herd has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no server of the herd is called {name}; there are {}", join(.known))]
pub struct UnknownServer {
    name: Name,
    known: Vec<Name>,
}

impl Herd {
    /// The servers, in the order of the config; at least one.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Where every server's answers to WHATSAT come from.
    #[must_use]
    pub fn places(&self) -> &PlacesSettings {
        &self.places
    }

    /// What every server writes down.
    #[must_use]
    pub fn journal(&self) -> &JournalSettings {
        &self.journal
    }

    /// The bounds that every server keeps.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The server of a name.
    pub fn server(&self, name: &Name) -> Result<&Server, UnknownServer> {
        self.servers.iter().find(|server| server.name == *name).ok_or_else(|| UnknownServer {
            name: name.clone(),
            known: self.servers.iter().map(|server| server.name.clone()).collect(),
        })
    }

    /// What one server of the herd needs to run.
    pub fn serve(&self, name: &Name) -> Result<Serve, UnknownServer> {
        let server = self.server(name)?;
        let peers = self.servers.iter().filter(|other| server.talks_with.contains(&other.name));
        Ok(Serve {
            name: server.name.clone(),
            listen: server.clients,
            peer_listen: server.peers,
            admin_listen: server.admin,
            peers: peers.map(|peer| Peer { name: peer.name.clone(), addr: peer.peers }).collect(),
            places: self.places.clone(),
            journal: self.journal.clone(),
            limits: self.limits.clone(),
        })
    }
}

/// Names in a sentence.
pub(super) fn join<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    names.into_iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_herd_is_that_of_the_protocol() {
        let herd = Herd::default();
        let expected = [
            ("Goloman", "Hands, Holiday, Wilkes"),
            ("Hands", "Goloman, Wilkes"),
            ("Holiday", "Goloman, Welsh, Wilkes"),
            ("Welsh", "Holiday"),
            ("Wilkes", "Goloman, Hands, Holiday"),
        ];
        for (place, (server, (name, talks_with))) in herd.servers().iter().zip(expected).enumerate() {
            assert_eq!((server.name.as_str(), join(&server.talks_with).as_str()), (name, talks_with));
            for (addr, port) in [(server.clients, 12000), (server.peers, 12100), (server.admin, 12200)] {
                assert_eq!(addr.to_string(), format!("127.0.0.1:{}", port + place));
            }
        }
        assert_eq!(herd.servers().len(), expected.len());
    }

    #[test]
    fn the_default_config_says_the_defaults() {
        let herd = Herd::default();
        assert_eq!(*herd.limits(), Limits::default());
        assert_eq!(*herd.places(), PlacesSettings::default());
        assert_eq!(*herd.journal(), JournalSettings::default());
    }

    #[test]
    fn the_default_config_names_every_setting() {
        for table in ["limits", "places", "journal"] {
            let message = Herd::parse(&format!("[{table}]\nno_such_setting = 1")).unwrap_err().to_string();
            let (_, allowed) = message.lines().next().and_then(|line| line.split_once("expected")).unwrap();
            let settings: Vec<_> = allowed.split('`').skip(1).step_by(2).collect();
            assert!(settings.len() >= 3, "{message}");
            let after = DEFAULT_TOML.split_once(&format!("\n[{table}]\n")).unwrap().1;
            let section = after.split_once("\n[").map_or(after, |(section, _)| section);
            for setting in settings {
                let line = format!("{setting} = ");
                assert!(section.lines().any(|said| said.trim_start_matches("# ").starts_with(&line)), "{setting}");
            }
        }
    }

    #[test]
    fn a_server_is_told_where_its_neighbours_listen() {
        let serve = Herd::default().serve(&name("Hands")).unwrap();
        let peers: Vec<_> = serve.peers.iter().map(|peer| format!("{}={}", peer.name, peer.addr)).collect();
        assert_eq!(peers, ["Goloman=127.0.0.1:12100", "Wilkes=127.0.0.1:12104"]);
        assert_eq!(serve.admin_listen.port(), 12201);
    }

    #[test]
    fn an_unknown_name_is_told_which_there_are() {
        let error = Herd::default().serve(&name("Welch")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no server of the herd is called Welch; there are Goloman, Hands, Holiday, Welsh, Wilkes"
        );
    }
}

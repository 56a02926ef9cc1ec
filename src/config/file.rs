//! The config file: what was typed ([`File`]) and what it means ([`Herd`]).

use std::{fmt::Display, fs, net::SocketAddr, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{
    ConfigError, Herd, JournalSettings, Limits, Listener, PlacesSettings, Server,
    fault::Fault,
    graph::Graph,
    herd::{DEFAULT_TOML, join},
    values::address,
};
use crate::protocol::Name;

impl Herd {
    /// Reads a config file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|cause| ConfigError::unreadable(path, &cause))?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Reads the text of a config file.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        parse(text).map_err(|fault| ConfigError::new(text, fault))
    }
}

impl Default for Herd {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    fn default() -> Self {
        Self::parse(DEFAULT_TOML).expect("the default config is a herd")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    server: Vec<Table>,
    limits: Option<Spanned<Limits>>,
    #[serde(default)]
    places: PlacesSettings,
    #[serde(default)]
    journal: JournalSettings,
}

/// One `[[server]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Spanned<String>,
    clients: Spanned<String>,
    peers: Spanned<String>,
    admin: Spanned<String>,
    #[serde(default)]
    talks_with: Vec<Spanned<String>>,
}

fn parse(text: &str) -> Result<Herd, Fault> {
    let file: File = toml::from_str(text)?;
    if file.server.is_empty() {
        let message = "a herd needs a server: add a [[server]] table, as in what `herd config` prints";
        return Err(Fault { span: None, message: message.to_owned() });
    }
    Ok(Herd {
        servers: servers(&file.server)?,
        places: file.places,
        journal: file.journal,
        limits: file.limits.map_or(Ok(Limits::default()), limits)?,
    })
}

fn limits(limits: Spanned<Limits>) -> Result<Limits, Fault> {
    match limits.get_ref().contradiction() {
        Some(message) => Err(Fault::at(limits.span(), message)),
        None => Ok(limits.into_inner()),
    }
}

fn servers(tables: &[Table]) -> Result<Vec<Server>, Fault> {
    let names = names(tables)?;
    let addresses = addresses(tables, &names)?;
    let graph = graph(tables, &names)?;
    let server = |(place, (name, [clients, peers, admin])): (usize, (&Name, [SocketAddr; 3]))| Server {
        name: name.clone(),
        clients,
        peers,
        admin,
        talks_with: graph.neighbours(place).map(|neighbour| names[neighbour].clone()).collect(),
    };
    Ok(names.iter().zip(addresses).enumerate().map(server).collect())
}

fn names(tables: &[Table]) -> Result<Vec<Name>, Fault> {
    let mut names = Vec::with_capacity(tables.len());
    for table in tables {
        let name = value(&table.name, str::parse::<Name>)?;
        if names.contains(&name) {
            return Err(Fault::at(table.name.span(), format!("two servers are called {name}")));
        }
        names.push(name);
    }
    Ok(names)
}

fn addresses(tables: &[Table], names: &[Name]) -> Result<Vec<[SocketAddr; 3]>, Fault> {
    let mut taken = Vec::with_capacity(3 * tables.len());
    let mut addresses = Vec::with_capacity(tables.len());
    for (table, name) in tables.iter().zip(names) {
        let mut take = |text: &Spanned<String>, listener: Listener| {
            let addr = value(text, address)?;
            if addr.port() == 0 && names.len() > 1 {
                let message = "port 0 lets the system choose, and then no other server knows where this one is";
                return Err(Fault::at(text.span(), message));
            }
            let new = Taken { addr, listener, name };
            if let Some(message) = taken.iter().find_map(|earlier| new.clash(earlier)) {
                return Err(Fault::at(text.span(), message));
            }
            taken.push(new);
            Ok(addr)
        };
        addresses.push([
            take(&table.clients, Listener::Clients)?,
            take(&table.peers, Listener::Peers).and_then(|addr| dialled(addr, &table.peers))?,
            take(&table.admin, Listener::Admin)?,
        ]);
    }
    Ok(addresses)
}

/// An address that a listener of a server has.
struct Taken<'a> {
    addr: SocketAddr,
    listener: Listener,
    name: &'a Name,
}

impl Taken<'_> {
    /// Why it cannot be bound beside an earlier one, if it cannot. An unspecified address is every address of its port.
    fn clash(&self, earlier: &Self) -> Option<String> {
        let (addr, key, name) = (self.addr, self.listener.key(), self.name);
        let (other, its, owner) = (earlier.addr, earlier.listener.key(), earlier.name);
        if addr.port() == 0 || addr.port() != other.port() {
            return None;
        }
        if addr == other {
            return Some(format!("{addr} is given twice: `{its}` of {owner}, `{key}` of {name}"));
        }
        (addr.ip().is_unspecified() || other.ip().is_unspecified()).then(|| {
            format!(
                "{addr} for `{key}` of {name} cannot be had beside {other} for `{its}` of {owner}: one of them is the \
                 port on every address"
            )
        })
    }
}

/// Refuses a peer address that means something else to whoever dials it.
fn dialled(addr: SocketAddr, text: &Spanned<String>) -> Result<SocketAddr, Fault> {
    if addr.ip().is_unspecified() {
        let message = "neighbours dial this address; give one they can reach, and bind elsewhere with --peer-listen";
        return Err(Fault::at(text.span(), message));
    }
    Ok(addr)
}

fn graph(tables: &[Table], names: &[Name]) -> Result<Graph, Fault> {
    let mut graph = Graph::new(tables.len());
    for (place, table) in tables.iter().enumerate() {
        for text in &table.talks_with {
            let neighbour =
                neighbour(names, place, text.get_ref()).map_err(|message| Fault::at(text.span(), message))?;
            graph.connect(place, neighbour);
        }
    }
    match split(&graph, names) {
        Some(message) => Err(Fault { span: None, message }),
        None => Ok(graph),
    }
}

fn neighbour(names: &[Name], place: usize, text: &str) -> Result<usize, String> {
    let Some(neighbour) = names.iter().position(|name| name.as_str() == text) else {
        return Err(format!("no server is called {text:?}; there are {}", join(names)));
    };
    if neighbour == place { Err(format!("{text} cannot talk with itself")) } else { Ok(neighbour) }
}

/// Says into which parts the herd falls, if it does.
fn split(graph: &Graph, names: &[Name]) -> Option<String> {
    let parts = graph.parts();
    if parts.len() == 1 {
        return None;
    }
    let part = |part: &Vec<usize>| format!("({})", join(part.iter().map(|&server| &names[server])));
    let parts = parts.iter().map(part).collect::<Vec<_>>().join(" and ");
    Some(format!("the herd falls into parts that cannot reach each other: {parts}; join them with `talks_with`"))
}

fn value<T, E: Display>(text: &Spanned<String>, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, Fault> {
    let span = text.span();
    parse(text.get_ref()).map_err(|error| Fault::at(span, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server on ports of its own, with further lines.
    fn server(name: &str, port: u16, more: &str) -> String {
        format!(
            "[[server]]\nname = \"{name}\"\nclients = \"127.0.0.1:{port}\"\npeers = \"127.0.0.1:1{port}\"\n\
             admin = \"127.0.0.1:2{port}\"\n{more}\n"
        )
    }

    fn message(text: &str) -> String {
        Herd::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_server_is_added_by_one_table() {
        let first = server("A", 1000, "");
        let herd = Herd::parse(&format!("{first}{}", server("B", 1001, "talks_with = [\"A\"]"))).unwrap();
        assert_eq!(join(&herd.servers()[0].talks_with), "B");
        assert_eq!(join(&herd.servers()[1].talks_with), "A");
    }

    #[test]
    fn both_sides_may_say_that_they_talk() {
        let both = server("A", 1000, "talks_with = [\"B\"]") + &server("B", 1001, "talks_with = [\"A\"]");
        assert_eq!(Herd::parse(&both).unwrap().servers()[0].talks_with.len(), 1);
    }

    #[test]
    fn a_server_on_its_own_may_let_the_system_choose() {
        let alone = "[[server]]\nname = \"A\"\nclients = \"[::1]:0\"\npeers = \"[::1]:0\"\nadmin = \"[::1]:0\"";
        assert!(Herd::parse(alone).is_ok());
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_not_repeated() {
        let message = message("[places]\nkey = \"AIzaSecret\"");
        assert!(message.contains("key_file") && !message.contains("AIza"), "{message}");
    }

    #[test]
    fn errors_say_where_and_what_would_be_right() {
        let two = |one: &str, other: &str| server("A", 1000, one) + &server("B", 1001, other);
        let cases = [
            ("nothing", String::new()),
            ("no toml", "[[server]\nname = 1".to_owned()),
            ("an unknown table", "[sever]".to_owned()),
            ("an unknown key", server("A", 1000, "talk_with = []")),
            ("a key missing", "[[server]]\nname = \"A\"".to_owned()),
            ("a bad name", server("9A", 1000, "")),
            ("a name twice", server("A", 1000, "") + &server("A", 1001, "")),
            ("an address twice", two("", "").replace("127.0.0.1:21001", "127.0.0.1:1000")),
            ("a port on every address", two("", "").replace("127.0.0.1:21001", "0.0.0.0:1000")),
            ("a port on every address, first", two("", "").replace("127.0.0.1:1000", "[::]:21001")),
            ("a peer address that nobody can dial", server("A", 1000, "").replace("127.0.0.1:11000", "0.0.0.0:11000")),
            ("no address", server("A", 1000, "").replace("127.0.0.1:1000", "localhost:1000")),
            ("port 0", two("", "talks_with = [\"A\"]").replace(":11001", ":0")),
            ("an unknown neighbour", two("talks_with = [\"C\"]", "")),
            ("talking with oneself", two("talks_with = [\"B\", \"A\"]", "")),
            ("parts", two("talks_with = [\"B\"]", "") + &server("C", 1002, "")),
            ("a duration without unit", "[limits]\nidle = 10".to_owned()),
            ("a duration that is none", "[limits]\nidle = \"ten\"".to_owned()),
            ("a duration of nothing", "[limits]\nidle = \"0s\"".to_owned()),
            ("no clients", "[limits]\nmax_clients = 0".to_owned()),
            ("clients beyond reason", "[limits]\nmax_clients = 1_000_001".to_owned()),
            ("a queue beyond memory", "[limits]\nlink_queue = 1_048_577".to_owned()),
            ("too many who linger", "[limits]\nmax_lingering = 65_537".to_owned()),
            ("too many handshakes", "[limits]\nmax_handshakes = 4_097".to_owned()),
            ("no handshakes", "[limits]\nmax_handshakes = 0".to_owned()),
            ("descriptors beyond reason", "[limits]\nreserved_descriptors = 1_000_001".to_owned()),
            ("no time to drain", "[limits]\ndrain = \"999ms\"".to_owned()),
            ("calls beyond reason", "[places]\nin_flight = 65_537".to_owned()),
            ("more answers than are kept", "[places]\ncache_entries = 1_048_577".to_owned()),
            ("a body beyond memory", "[places]\nmax_body = \"65 MiB\"".to_owned()),
            ("a journal of no size", "[journal]\nmax_bytes = \"1 KiB\"".to_owned()),
            ("less than none", "[limits]\nmax_clients = -1".to_owned()),
            ("limits at odds", server("A", 1000, "[limits]\nsilence = \"1m\"")),
            ("an unknown provider", "[places]\nprovider = \"bing\"".to_owned()),
            ("an unknown mode", "[journal]\nmode = \"loud\"".to_owned()),
            ("an odd size", "[journal]\nmax_bytes = \"big\"".to_owned()),
        ];
        let told: Vec<_> = cases.iter().map(|(case, text)| format!("# {case}\n{}\n", message(text))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}

use std::{env, fmt, net::SocketAddr, path::PathBuf};

/// The defaults of a server that is told nothing, from `src/config/limits.rs`.
const PLACES_IN_FLIGHT: usize = 32;
const MAX_CLIENTS: usize = 1024;

/// What one server of a variant is told when it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Its name in the herd.
    pub name: String,
    /// Where clients connect; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where neighbours connect; port 0 lets the system choose.
    pub peer_listen: SocketAddr,
    /// Its neighbours; none for a server alone.
    pub peers: Vec<Peer>,
    /// Its provider of places: `none` or `google-legacy=BASE_URL`.
    pub places: String,
    /// Calls to the provider at once.
    pub places_in_flight: usize,
    /// Client connections at once.
    pub max_clients: usize,
    /// Where a server that keeps a journal may write it.
    pub journal_dir: PathBuf,
    /// The client address of the server that it follows, where it is the replica of a server that is none of the herd.
    pub primary: Option<SocketAddr>,
}

/// A neighbour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Its peer address.
    pub address: SocketAddr,
}

impl Launch {
    /// A server without neighbours and places, with the default limits; neighbours connect to the same host.
    #[must_use]
    pub fn alone(name: &str, listen: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            listen,
            peer_listen: (listen.ip(), 0).into(),
            peers: Vec::new(),
            places: "none".to_owned(),
            places_in_flight: PLACES_IN_FLIGHT,
            max_clients: MAX_CLIENTS,
            journal_dir: env::temp_dir().join("herd-journal"),
            primary: None,
        }
    }
}

/// As `--peer` takes it.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.address)
    }
}

/// What an argument of `start` may hold in braces; `{peers}` is an argument by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    Name,
    Listen,
    /// The port of `{listen}`, for a server that is told no more.
    Port,
    PeerListen,
    Peers,
    Places,
    PlacesInFlight,
    MaxClients,
    JournalDir,
    PrimaryHost,
    PrimaryPort,
}

const WORDS: [(&str, Placeholder); 11] = [
    ("name", Placeholder::Name),
    ("listen", Placeholder::Listen),
    ("port", Placeholder::Port),
    ("peer_listen", Placeholder::PeerListen),
    ("peers", Placeholder::Peers),
    ("places", Placeholder::Places),
    ("places_in_flight", Placeholder::PlacesInFlight),
    ("max_clients", Placeholder::MaxClients),
    ("journal_dir", Placeholder::JournalDir),
    ("primary_host", Placeholder::PrimaryHost),
    ("primary_port", Placeholder::PrimaryPort),
];

/// An argument of `start` whose placeholders are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

impl Template {
    /// Reads an argument. Braces around anything but a word of lower-case letters stand for themselves.
    pub(super) fn parse(argument: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = argument;
        while let Some((text, word, after)) = split_at_placeholder(rest) {
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Placeholder(Placeholder::named(word)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        if parts.len() > 1 && parts.contains(&Part::Placeholder(Placeholder::Peers)) {
            return Err("{peers} stands for several arguments and so must be an argument by itself".to_owned());
        }
        Ok(Self { parts })
    }

    /// An argument that is passed on as it is.
    pub(super) fn verbatim(argument: &str) -> Self {
        Self { parts: vec![Part::Text(argument.to_owned())] }
    }

    pub(super) fn holds(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Placeholder(placeholder))
    }

    /// The arguments that it stands for: two for each peer, one for anything else.
    pub(super) fn expand(&self, launch: &Launch) -> Vec<String> {
        if !self.holds(Placeholder::Peers) {
            return vec![self.parts.iter().map(|part| part.text(launch)).collect()];
        }
        launch.peers.iter().flat_map(|peer| ["--peer".to_owned(), peer.to_string()]).collect()
    }
}

impl Part {
    fn text(&self, launch: &Launch) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Placeholder(placeholder) => placeholder.text(launch),
        }
    }
}

impl Placeholder {
    fn text(self, launch: &Launch) -> String {
        match self {
            Self::Name => launch.name.clone(),
            Self::Listen => launch.listen.to_string(),
            Self::Port => launch.listen.port().to_string(),
            Self::PeerListen => launch.peer_listen.to_string(),
            Self::Peers => launch.peers.iter().map(Peer::to_string).collect::<Vec<_>>().join(" "),
            Self::Places => launch.places.clone(),
            Self::PlacesInFlight => launch.places_in_flight.to_string(),
            Self::MaxClients => launch.max_clients.to_string(),
            Self::JournalDir => launch.journal_dir.display().to_string(),
            Self::PrimaryHost => launch.primary.map(|primary| primary.ip().to_string()).unwrap_or_default(),
            Self::PrimaryPort => launch.primary.map(|primary| primary.port().to_string()).unwrap_or_default(),
        }
    }

    fn named(word: &str) -> Result<Self, String> {
        let found = WORDS.into_iter().find(|(known, _)| *known == word).map(|(_, placeholder)| placeholder);
        found.ok_or_else(|| {
            format!("{{{word}}} is unknown; there are {{{}}}", WORDS.map(|(known, _)| known).join("}, {"))
        })
    }
}

/// What stands before the first placeholder, its word, and what stands after it.
fn split_at_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    text.match_indices('{').find_map(|(open, _)| {
        let (word, after) = text[open + 1..].split_once('}')?;
        is_word(word).then_some((&text[..open], word, after))
    })
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn launch() -> Launch {
        Launch::alone("Welsh", "127.0.0.1:7".parse().unwrap())
    }

    fn expanded(argument: &str) -> Vec<String> {
        Template::parse(argument).unwrap().expand(&launch())
    }

    #[test]
    fn placeholders_are_filled_in_within_arguments() {
        assert_eq!(expanded("--at={listen}/{name}"), ["--at=127.0.0.1:7/Welsh"]);
        assert_eq!(expanded("{port},{places},{places_in_flight},{max_clients}"), ["7,none,32,1024"]);
        assert_eq!(expanded("{peer_listen}"), ["127.0.0.1:0"]);
        assert_eq!(expanded("{journal_dir}/mine"), [env::temp_dir().join("herd-journal/mine").display().to_string()]);
        assert_eq!(expanded(""), [""]);
    }

    #[test]
    fn peers_are_several_arguments_or_none() {
        assert_eq!(expanded("{peers}"), [""; 0]);
        let peer = |name: &str, port: u16| Peer { name: name.to_owned(), address: ([127, 0, 0, 1], port).into() };
        let launch = Launch { peers: vec![peer("A", 1), peer("B", 2)], ..launch() };
        let arguments = Template::parse("{peers}").unwrap().expand(&launch);
        assert_eq!(arguments, ["--peer", "A=127.0.0.1:1", "--peer", "B=127.0.0.1:2"]);
        assert!(Template::parse("--peers={peers}").unwrap_err().contains("by itself"));
    }

    #[test]
    fn other_braces_stand_for_themselves_and_unknown_words_are_refused() {
        for text in ["{}", "{\"a\": {\"b\": 1}}", "}{", "{Name}"] {
            assert_eq!(expanded(text), [text]);
        }
        let told = Template::parse("{ {nmae}").unwrap_err();
        assert!(told.starts_with("{nmae} is unknown; there are {name}, {listen}"), "{told}");
    }
}

//! A claim file: what is claimed, what is tested, and by which rule.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{published::Published, rule::Rule};
use crate::fault::{Fault, Place, demand};

/// The files of the project, in the order of the original.
const FILES: [(&str, &str); 12] = [
    ("01-centre.toml", include_str!("../../claims/01-centre.toml")),
    ("02-many-clients.toml", include_str!("../../claims/02-many-clients.toml")),
    ("03-synchronous.toml", include_str!("../../claims/03-synchronous.toml")),
    ("04-joining.toml", include_str!("../../claims/04-joining.toml")),
    ("05-order.toml", include_str!("../../claims/05-order.toml")),
    ("06-typing.toml", include_str!("../../claims/06-typing.toml")),
    ("07-memory.toml", include_str!("../../claims/07-memory.toml")),
    ("08-interpreter-lock.toml", include_str!("../../claims/08-interpreter-lock.toml")),
    ("09-good-candidate.toml", include_str!("../../claims/09-good-candidate.toml")),
    ("10-node.toml", include_str!("../../claims/10-node.toml")),
    ("11-coroutines.toml", include_str!("../../claims/11-coroutines.toml")),
    ("12-libraries.toml", include_str!("../../claims/12-libraries.toml")),
];

/// Why there is no claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: {message}")]
pub struct ClaimError {
    file: String,
    place: Place,
    message: String,
}

/// What a claim is about, in the order in which the original argues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// When mistakes are found.
    Typing,
    /// What objects cost.
    MemoryManagement,
    /// What concurrency costs.
    Threads,
    /// In which order messages are handled.
    Order,
    /// How much there is to write and to install.
    Ease,
    /// How fast it is.
    Speed,
}

/// Whom the original puts beside asyncio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opponent {
    /// Java and its threads.
    Java,
    /// Node.js.
    Node,
}

/// A claim, as its file tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its number in the original's order.
    pub number: u32,
    /// Its name: that of its file without number and ending.
    pub name: String,
    /// The claim in this project's words, a sentence.
    pub claim: String,
    /// What is tested.
    pub null: String,
    /// What it is about.
    pub topic: Topic,
    /// In which discussions it stands; none where it is about asyncio alone.
    pub against: Vec<Opponent>,
    /// What would change the verdict.
    pub changes: String,
    /// The strongest objection that a sceptic could still raise.
    pub objection: String,
    /// What is judged, each part by its own rule.
    pub parts: Vec<Part>,
    /// Workloads that are measured beside, and decide nothing.
    pub beside: Vec<String>,
    /// Figures of others.
    pub published: Vec<Published>,
}

/// A part of a claim that is judged by itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name, a noun for people.
    pub name: String,
    /// How it is judged.
    pub rule: Rule,
}

/// A claim file as typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    claim: Spanned<String>,
    null: Spanned<String>,
    topic: Topic,
    #[serde(default)]
    against: Vec<Opponent>,
    changes: Spanned<String>,
    objection: Spanned<String>,
    part: Spanned<Vec<Spanned<Part>>>,
    #[serde(default)]
    beside: Vec<String>,
    #[serde(default)]
    published: Vec<Spanned<Published>>,
}

impl Topic {
    /// It for people, at the head of a sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Typing => "Typing",
            Self::MemoryManagement => "Memory management",
            Self::Threads => "Threads",
            Self::Order => "Order",
            Self::Ease => "Ease",
            Self::Speed => "Speed",
        }
    }
}

/// All claims of the project, in the order of the original.
pub fn claims() -> Result<Vec<Claim>, ClaimError> {
    FILES.iter().map(|(file, text)| Claim::parse(text, file)).collect()
}

impl Claim {
    /// Reads the text of a claim file, whose name `NN-NAME.toml` tells number and name.
    pub fn parse(text: &str, file: &str) -> Result<Self, ClaimError> {
        parse(text, file).map_err(|fault| ClaimError {
            file: file.to_owned(),
            place: Place::of(&fault, text),
            message: fault.message,
        })
    }

    /// The workloads that its evidence comes from.
    #[must_use]
    pub fn workloads(&self) -> Vec<&str> {
        let decide = self.parts.iter().flat_map(|part| part.rule.workloads());
        decide.chain(self.beside.iter().map(String::as_str)).collect()
    }

    /// The variants that its evidence in workloads comes from.
    #[must_use]
    pub fn variants(&self) -> Vec<&str> {
        self.parts.iter().flat_map(|part| part.rule.variants()).collect()
    }

    /// The experiments that its evidence comes from.
    #[must_use]
    pub fn experiments(&self) -> Vec<&str> {
        self.parts.iter().flat_map(|part| part.rule.experiments()).collect()
    }
}

fn parse(text: &str, name: &str) -> Result<Claim, Fault> {
    let whole_file = |message: &str| Fault { span: None, message: message.to_owned() };
    let halves = name.strip_suffix(".toml").and_then(|stem| stem.split_once('-'));
    let numbered = halves.and_then(|(number, name)| Some((number.parse().ok()?, name)));
    let Some((number, name)) = numbered else {
        return Err(whole_file("a claim file is called NN-NAME.toml, such as 13-hardware.toml"));
    };
    let file: File = toml::from_str(text)?;
    for sentence in [&file.claim, &file.null, &file.changes, &file.objection] {
        demand(sentence.span(), sentence.get_ref().ends_with('.'), "this is a sentence, which ends with a full stop")?;
    }
    demand(file.part.span(), !file.part.get_ref().is_empty(), "a claim has a [[part]] at least")?;
    let mut taken = HashSet::new();
    for part in file.part.get_ref() {
        let is_new = taken.insert(part.get_ref().name.as_str());
        demand(part.span(), is_new, "two parts have this name")?;
        part.get_ref().rule.check().or_else(|message| demand(part.span(), false, &message))?;
    }
    for published in &file.published {
        published.get_ref().check().or_else(|message| demand(published.span(), false, &message))?;
    }
    Ok(Claim {
        number,
        name: name.to_owned(),
        claim: file.claim.into_inner(),
        null: file.null.into_inner(),
        topic: file.topic,
        against: file.against,
        changes: file.changes.into_inner(),
        objection: file.objection.into_inner(),
        parts: file.part.into_inner().into_iter().map(Spanned::into_inner).collect(),
        beside: file.beside,
        published: file.published.into_iter().map(Spanned::into_inner).collect(),
    })
}

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// All faults, as `faults.toml` lists them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Each a kind of mistake.
    #[serde(rename = "fault")]
    pub faults: Vec<Fault>,
    #[serde(skip)]
    folder: PathBuf,
}

/// A kind of mistake, in up to four languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name, and that of the folder of its patches.
    pub kind: String,
    /// What is done wrong, in a sentence.
    pub about: String,
    /// Why a language has no patch: what keeps anybody from making the mistake in it.
    #[serde(default)]
    pub cannot: BTreeMap<Language, String>,
    /// The variant that the patch is for, where it is not the usual one of the language.
    #[serde(default)]
    pub server: BTreeMap<Language, String>,
    /// The stage at which each toolchain is expected to find it.
    pub found: BTreeMap<Toolchain, Stage>,
}

/// A language that servers of the herd are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// The herd itself.
    Rust,
    /// A rival.
    Java,
    /// A rival.
    Python,
    /// A rival, on Node.js.
    Javascript,
}

/// How a language is used: with which checker, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Toolchain {
    /// Rust's compiler, by `cargo check`.
    Rustc,
    /// Java's compiler.
    Javac,
    /// Python as it starts, without a checker.
    Python,
    /// Python, after `mypy --strict`.
    Mypy,
    /// Node.js as it starts, without a checker.
    Node,
    /// Node.js, after `tsc --checkJs --strict`.
    Tsc,
}

/// What finds a mistake, first of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The compiler or the checker, before anything runs.
    Checker,
    /// The start: the server ends before it is ready.
    Start,
    /// The first request that meets it: it ends the server or the connection, is printed, or is answered by an error.
    Request,
    /// Nothing: requests that meet it are answered, rightly or wrongly.
    Never,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::Java, Self::Python, Self::Javascript];

    /// As files call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Java => "java",
            Self::Python => "python",
            Self::Javascript => "javascript",
        }
    }

    /// The ways of using it.
    #[must_use]
    pub fn toolchains(self) -> &'static [Toolchain] {
        match self {
            Self::Rust => &[Toolchain::Rustc],
            Self::Java => &[Toolchain::Javac],
            Self::Python => &[Toolchain::Python, Toolchain::Mypy],
            Self::Javascript => &[Toolchain::Node, Toolchain::Tsc],
        }
    }

    /// The server that patches are for.
    pub(super) fn server(self) -> &'static str {
        match self {
            Self::Rust => "herd-threads",
            Self::Java => "java-platform",
            Self::Python => "python-asyncio",
            Self::Javascript => "node",
        }
    }
}

impl Toolchain {
    /// As observations call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rustc => "rustc",
            Self::Javac => "javac",
            Self::Python => "python",
            Self::Mypy => "mypy",
            Self::Node => "node",
            Self::Tsc => "tsc",
        }
    }
}

impl Stage {
    /// The metric of a fault that it found.
    #[must_use]
    pub fn metric(self) -> &'static str {
        match self {
            Self::Checker => "found_by_checker",
            Self::Start => "found_at_start",
            Self::Request => "found_at_request",
            Self::Never => "never_found",
        }
    }
}

impl Table {
    /// The metric of a mistake that a language does not let anybody make.
    pub const CANNOT: &str = "cannot_be_made";

    /// Reads the table of a project; each kind has for each language a patch, or the reason why not.
    pub fn read(project: &Path) -> anyhow::Result<Self> {
        let folder = project.join("benches/rivals/faults");
        let file = folder.join("faults.toml");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let table = Self { folder, ..toml::from_str(&text).with_context(|| file.display().to_string())? };
        for fault in &table.faults {
            for language in Language::ALL {
                let (has_patch, kind) = (table.patch(fault, language).is_file(), &fault.kind);
                let name = language.name();
                let is_explained = fault.cannot.contains_key(&language);
                ensure!(has_patch != is_explained, "{kind} needs either {kind}/{name}.patch or a reason in `cannot`");
            }
        }
        Ok(table)
    }

    /// Where the patch of a fault is.
    #[must_use]
    pub fn patch(&self, fault: &Fault, language: Language) -> PathBuf {
        self.folder.join(&fault.kind).join(format!("{}.patch", language.name()))
    }
}

use std::io;

use super::{escape::shortened, wire::Shortfall};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed(Box<Failure>),
    /// It was not played, for this reason.
    Skipped {
        /// What is missing.
        why: String,
    },
}

/// Where and how a server fell short of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The address, or addresses, it was played against.
    pub target: String,
    /// The file and line of the step that did not hold, such as `iamat.txt:12`.
    pub step: String,
    /// What was wrong, in a clause.
    pub why: String,
    /// What was sent last on the connection.
    pub sent: Vec<u8>,
    /// What should have come, as the case says it, with what was known filled in.
    pub expected: String,
    /// What came.
    pub got: Vec<u8>,
}

/// What was wrong at a step, before it is known where.
pub(super) struct Wrong {
    pub(super) why: String,
    pub(super) expected: String,
    pub(super) got: Vec<u8>,
}

impl Wrong {
    pub(super) fn new(why: impl Into<String>, expected: impl Into<String>, got: &[u8]) -> Self {
        Self { why: why.into(), expected: expected.into(), got: got.to_vec() }
    }

    pub(super) fn short(shortfall: Shortfall, expected: impl Into<String>) -> Self {
        Self { why: shortfall.why, expected: expected.into(), got: shortfall.got }
    }

    pub(super) fn io(act: &str, error: &io::Error) -> Self {
        Self::new(format!("could not {act}: {error}"), format!("to {act}"), b"")
    }
}

impl CaseResult {
    /// Whether nothing fell short.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// The failure, if it is one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Passed | Self::Skipped { .. } => None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 400;
        writeln!(f, "  at        {}, {}", self.target, self.step)?;
        writeln!(f, "  sent      {}", shortened(&self.sent, SHOWN))?;
        writeln!(f, "  expected  {}", self.expected)?;
        writeln!(f, "  got       {}", shortened(&self.got, SHOWN))?;
        write!(f, "  so        {}", self.why)
    }
}

use std::io;

use crate::fault::{Fault, Place};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No plan of the project has this name, and there is no such file.
    #[error("there is no plan {name:?}; plans are {}, or give the path of a plan file", .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names of the project's plans.
        known: Vec<&'static str>,
    },
    /// The file cannot be read.
    #[error("{file}: cannot be read: {cause}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// A variant was asked for that the plan has not.
    #[error("the plan has no variant {name:?}; it has {}", .known.join(", "))]
    NoSuchVariant {
        /// What was asked for.
        name: String,
        /// The plan's variants.
        known: Vec<String>,
    },
    /// A file that should be a variant's is not called so.
    #[error("{0} is no variant file: it must be called NAME.variant.toml")]
    NoVariantFile(String),
    /// A variant of this name takes part already.
    #[error("a variant {0:?} takes part already; name the file otherwise")]
    Twice(String),
    /// The plan says something that it may not say, or leaves out what it must say.
    #[error("{file}{place}: {message}")]
    Malformed {
        /// Its path.
        file: String,
        /// `:LINE:COLUMN`, counted from 1, or nothing where the whole file is at fault.
        place: Place,
        /// What is wrong and what would be right.
        message: String,
    },
}

impl PlanError {
    /// The fault of a plan with this text.
    pub(super) fn malformed(fault: Fault, file: &str, text: &str) -> Self {
        Self::Malformed { file: file.to_owned(), place: fault.place(text), message: fault.message }
    }
}

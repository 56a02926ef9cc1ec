use std::{fmt, time::Duration};

use serde::Deserialize;

use super::{Variant, VariantError};

/// For a probe: a Java runtime takes a second to say its version on a machine that is busy.
const PROBE: Duration = Duration::from_mins(1);

/// Something that must be on the machine for a variant to be built and run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The probe: a command that exits with 0 where the thing is there.
    pub command: Vec<String>,
    /// What it is, and how to install it.
    pub install: String,
}

/// A need that is not met here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What it is, and how to install it.
    pub install: String,
    /// What came of the probe.
    pub why: String,
}

impl Variant {
    /// Probes what the variant needs, and gives what is missing here.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        self.needs.iter().filter_map(|need| self.probe(need).err()).collect()
    }

    /// Fails where something that the variant needs is missing here.
    pub fn require(&self) -> Result<(), VariantError> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        Err(VariantError::Missing { variant: self.name.clone(), missing })
    }

    fn probe(&self, need: &Need) -> Result<(), Missing> {
        match self.run_to_end(&need.command, PROBE) {
            Ok(_) => Ok(()),
            Err(error) => Err(Missing { install: need.install.clone(), why: in_short(&error.to_string()) }),
        }
    }
}

/// The beginning, on one line: what did not work and what it said first.
fn in_short(error: &str) -> String {
    error.lines().take(3).collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it needs {} ({})", self.install, self.why)
    }
}

use serde::{Deserialize, Serialize};

/// What the generator says of itself (METHOD 1.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Reasons why the figures speak of the generator; empty where they do not.
    pub generator_limited: Vec<String>,
    /// Less than 10 % of the machine was idle: client and server share processors. No fault.
    pub box_bound: bool,
    /// Why the run ended as overloaded, if it did.
    pub overloaded: Option<String>,
    /// Whether somebody ended the run early.
    pub interrupted: bool,
}

impl Verdict {
    /// Whether the figures speak of the generator.
    #[must_use]
    pub fn is_generator_limited(&self) -> bool {
        !self.generator_limited.is_empty()
    }

    /// The first line of the summary.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = if self.is_generator_limited() {
            format!("GENERATOR-LIMITED: {}", self.generator_limited.join("; "))
        } else {
            "generator ok".to_owned()
        };
        if self.box_bound {
            line +=
                "; CPU-bound together with the server: they share processors, so the server's CPU per request leads";
        }
        if let Some(why) = &self.overloaded {
            line = format!("OVERLOADED: {why}; {line}");
        }
        if self.interrupted {
            line += "; interrupted";
        }
        line
    }
}

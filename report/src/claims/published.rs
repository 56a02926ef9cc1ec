//! Figures that others published: hypotheses, each with where it is from and whether this machine agrees.

use serde::{Deserialize, Serialize};

use super::rule::On;

/// A figure that somebody published.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// What was compared.
    pub what: String,
    /// The figure in its source's words.
    pub says: String,
    /// What it says of `here`, a over b; none where it is of something else than is measured here.
    pub ratio: Option<f64>,
    /// Who published it, and where.
    pub source: String,
    /// When.
    pub date: String,
    /// On what machine, as far as it was told.
    pub machine: String,
    /// What of this recording is nearest to it.
    pub here: Option<Here>,
}

/// A ratio of this recording.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Here {
    /// Of what.
    pub on: On,
    /// The variant above the line.
    pub a: String,
    /// The variant below it.
    pub b: String,
}

/// Whether this machine agrees with a published figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agrees {
    /// The interval holds the published ratio.
    Yes,
    /// The interval lies on the same side of 1, and does not hold the ratio.
    SameSide,
    /// The interval holds 1, or lies on the other side.
    No,
    /// Nothing of the kind was measured.
    NotMeasured,
}

/// A published figure beside this machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// What was compared.
    pub what: String,
    /// The figure in its source's words.
    pub says: String,
    /// Who, where, when and on what machine.
    pub source: String,
    /// What was measured here, or why nothing was.
    pub here: String,
    /// Whether both agree.
    pub agrees: Agrees,
}

impl Agrees {
    /// It for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Yes => "agrees",
            Self::SameSide => "same direction, another size",
            Self::No => "does not agree",
            Self::NotMeasured => "not measured here",
        }
    }

    /// What an interval of ratios says of a published one.
    pub(super) fn of(published: f64, lower: f64, upper: f64) -> Self {
        if lower <= published && published <= upper {
            Self::Yes
        } else if (lower > 1.0 && published > 1.0) || (upper < 1.0 && published < 1.0) {
            Self::SameSide
        } else {
            Self::No
        }
    }
}

impl Published {
    /// Refuses what cannot be compared.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.ratio.is_some() != self.here.is_some() {
            return Err("`ratio` and `here` go together".to_owned());
        }
        match self.ratio {
            Some(ratio) if !(ratio > 0.0 && ratio.is_finite()) => Err("a `ratio` is above 0".to_owned()),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_agrees_where_the_interval_holds_it() {
        for (published, lower, upper, expected) in [
            (1.5, 1.2, 1.8, Agrees::Yes),
            (3.0, 1.2, 1.8, Agrees::SameSide),
            (0.5, 0.7, 0.9, Agrees::SameSide),
            (1.5, 0.9, 1.1, Agrees::No),
            (1.5, 0.5, 0.8, Agrees::No),
        ] {
            assert_eq!(Agrees::of(published, lower, upper), expected, "{published} in {lower} to {upper}");
        }
    }
}

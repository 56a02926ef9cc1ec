use serde::{Deserialize, Serialize};

/// A percentile, or a maximum, of times of which some are known as "at least" alone: those of requests that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Option<Written>", into = "Option<Written>")]
pub enum Quantile {
    /// The value, in µs: the same with the failed requests at their age and at infinity.
    Exactly(f64),
    /// At least so many µs: failed requests decide it.
    AtLeast(f64),
    /// Fewer than ten samples lie above it; written as `null`.
    #[default]
    TooFew,
}

/// How a quantile is written, where there is one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Us(f64),
    AtLeastUs(f64),
}

impl From<Option<Written>> for Quantile {
    fn from(written: Option<Written>) -> Self {
        match written {
            Some(Written::Us(us)) => Self::Exactly(us),
            Some(Written::AtLeastUs(us)) => Self::AtLeast(us),
            None => Self::TooFew,
        }
    }
}

impl From<Quantile> for Option<Written> {
    fn from(quantile: Quantile) -> Self {
        match quantile {
            Quantile::Exactly(us) => Some(Written::Us(us)),
            Quantile::AtLeast(us) => Some(Written::AtLeastUs(us)),
            Quantile::TooFew => None,
        }
    }
}

impl Quantile {
    /// The value in µs where it is known exactly.
    #[must_use]
    pub fn exact_us(self) -> Option<f64> {
        match self {
            Self::Exactly(us) => Some(us),
            Self::AtLeast(_) | Self::TooFew => None,
        }
    }
}

/// The percentiles that are printed and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is named for the percentile that it is")]
pub struct Percentiles {
    pub p50: Quantile,
    pub p75: Quantile,
    pub p90: Quantile,
    pub p99: Quantile,
    #[serde(rename = "p99.9")]
    pub p99_9: Quantile,
    #[serde(rename = "p99.99")]
    pub p99_99: Quantile,
}

impl Percentiles {
    /// The percentiles by name, in parts of a million.
    pub const PER_MILLION: [(&'static str, u64); 6] = [
        ("p50", 500_000),
        ("p75", 750_000),
        ("p90", 900_000),
        ("p99", 990_000),
        ("p99.9", 999_000),
        ("p99.99", 999_900),
    ];

    /// All of them, each from what it is in parts of a million.
    pub(crate) fn each(quantile: impl Fn(u64) -> Quantile) -> Self {
        let [p50, p75, p90, p99, p99_9, p99_99] = Self::PER_MILLION.map(|(_, per_million)| quantile(per_million));
        Self { p50, p75, p90, p99, p99_9, p99_99 }
    }

    /// Each with its name, as it is written.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Quantile); 6] {
        let values = [self.p50, self.p75, self.p90, self.p99, self.p99_9, self.p99_99];
        std::array::from_fn(|at| (Self::PER_MILLION[at].0, values[at]))
    }

    /// The one of this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Quantile> {
        self.named().into_iter().find(|(known, _)| *known == name).map(|(_, quantile)| quantile)
    }
}

/// Latencies of requests, of which some failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Requests, failed ones included.
    pub count: u64,
    /// Those that were answered rightly.
    pub answered: u64,
    /// Percentiles of all of them.
    pub percentiles: Percentiles,
    /// The greatest of all.
    pub max: Quantile,
    /// Those of the answered requests, in nanoseconds: an `HdrHistogram` of three significant digits, in its V2 encoding,
    /// deflated, in base64. Empty, and then not written, where a
    /// program that keeps results has left it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hdr: String,
}

/// Times that all are known. What a program that keeps results has left out is the default, and not written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownTimes {
    /// How many there are.
    pub count: u64,
    /// Their percentiles.
    pub percentiles: Percentiles,
    /// The greatest; `TooFew` where there is none.
    pub max: Quantile,
    /// All of them, encoded as [`Latency::hdr`], and left out likewise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hdr: String,
}

/// Latencies of the requests of a window, each from three moments on to the last byte of the reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LatencyByOrigin {
    /// From the intended start, by the schedule: the latency proper.
    pub from_intended: Latency,
    /// From when the generator saw the request due; may be left out by a program that keeps results.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from_seen: Latency,
    /// From just before its bytes were written; likewise.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from_written: Latency,
    /// Ages of the failed requests, from their intended start; they stand in all three. None: no request failed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub censored_ages: KnownTimes,
}

/// Whether a part of a result is as it is where a program that keeps results has left it out.
pub(super) fn is_default<T: Default + PartialEq>(part: &T) -> bool {
    *part == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_a_bound_or_null() {
        for (quantile, text) in [
            (Quantile::Exactly(12.5), r#"{"us":12.5}"#),
            (Quantile::AtLeast(3.0), r#"{"at_least_us":3.0}"#),
            (Quantile::TooFew, "null"),
        ] {
            assert_eq!(serde_json::to_string(&quantile).unwrap(), text);
            assert_eq!(serde_json::from_str::<Quantile>(text).unwrap(), quantile);
        }
        for damaged in [r#"{"us":null}"#, r#"{"ms":1}"#, "7", r#"{"us":1,"at_least_us":1}"#] {
            assert!(serde_json::from_str::<Quantile>(damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn percentiles_have_names() {
        let percentiles = Percentiles::each(|per_million| Quantile::Exactly(per_million as f64));
        assert_eq!(percentiles.by_name("p99.9"), Some(percentiles.p99_9));
        assert_eq!(percentiles.p99_9, Quantile::Exactly(999_000.0));
        assert_eq!(percentiles.by_name("p42"), None);
    }
}

use serde::Deserialize;
use serde_json::Value;

/// A spin probe, as the load generator writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(in crate::analysis) struct StallProbe {
    /// Processors that were probed at once.
    processors: u32,
    /// Length of the probe, ms.
    probe_ms: f64,
    /// Gaps of more than 100 µs.
    #[serde(default)]
    pub(in crate::analysis) stalls: u64,
    /// Share of all processors' time that lay in them.
    pub(in crate::analysis) share: f64,
    /// The longest of them, µs.
    pub(in crate::analysis) longest_us: f64,
    /// Lengths, µs, the longest first; the shortest may be left out, and a result of before they were kept has none.
    pub(in crate::analysis) lengths_us: Option<Vec<f64>>,
}

impl StallProbe {
    /// Reads a probe; none where none was made, or where it makes no sense.
    pub(in crate::analysis) fn read(value: &Value) -> Option<Self> {
        let probe = Self::deserialize(value).ok()?;
        let is_sound = (0.0..=1.0).contains(&probe.share) && probe.longest_us >= 0.0 && probe.probed_s() > 0.0;
        (is_sound && probe.are_lengths_sound()).then_some(probe)
    }

    /// Whether its lengths are what it says of them.
    fn are_lengths_sound(&self) -> bool {
        let lengths = self.lengths_us.as_deref().unwrap_or_default();
        lengths.is_sorted_by(|one, next| one >= next) && lengths.iter().all(|us| (0.0..=self.longest_us).contains(us))
    }

    /// Time probed over all processors, seconds.
    pub(in crate::analysis) fn probed_s(&self) -> f64 {
        f64::from(self.processors) * self.probe_ms / 1e3
    }
}

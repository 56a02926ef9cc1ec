use loadgen::result::Stalls;

/// A spin probe that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analysis) struct StallProbe(pub(in crate::analysis) Stalls);

impl StallProbe {
    /// Takes a probe in; none where it makes no sense.
    pub(in crate::analysis) fn of(stalls: &Stalls) -> Option<Self> {
        let probe = Self(stalls.clone());
        let is_sound = (0.0..=1.0).contains(&stalls.share) && stalls.longest_us >= 0.0 && probe.probed_s() > 0.0;
        (is_sound && probe.are_lengths_sound()).then_some(probe)
    }

    /// Whether its lengths are what it says of them.
    fn are_lengths_sound(&self) -> bool {
        let Stalls { lengths_us, longest_us, .. } = &self.0;
        lengths_us.is_sorted_by(|one, next| one >= next) && lengths_us.iter().all(|us| (0.0..=*longest_us).contains(us))
    }

    /// Time probed over all processors, seconds.
    pub(in crate::analysis) fn probed_s(&self) -> f64 {
        self.0.processors as f64 * self.0.probe_ms / 1e3
    }
}

use crate::{results::MemoryStep, stats::TheilSen};

/// What of a server's memory grows with its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum MemoryPart {
    /// PSS over idle connections.
    Idle,
    /// PSS over connections that carry load.
    Active,
    /// Kernel stacks, page tables and socket buffers over idle connections.
    KernelIdle,
}

impl MemoryPart {
    /// Connections and KiB at a step; none where the step is of another kind, or was not read whole.
    pub(in crate::analysis) fn point(self, step: &MemoryStep) -> Option<(f64, f64)> {
        let is_active = match self {
            Self::Idle | Self::KernelIdle => false,
            Self::Active => true,
        };
        if step.is_active != is_active {
            return None;
        }
        let held = &step.held;
        let kib = match self {
            Self::Idle | Self::Active => held.pss_kib?,
            Self::KernelIdle => {
                held.kernel_stacks_kib?.checked_add(held.page_tables_kib?)?.checked_add(step.tcp_kib)?
            }
        };
        Some((f64::from(step.connections), kib as f64))
    }
}

/// KiB per connection in one run: the Theil-Sen slope over its steps; none with fewer than two steps.
pub(in crate::analysis) fn memory_slope(steps: &[MemoryStep], part: MemoryPart) -> Option<f64> {
    let points: Vec<_> = steps.iter().filter_map(|step| part.point(step)).collect();
    TheilSen::of(&points).ok().map(|line| line.slope)
}

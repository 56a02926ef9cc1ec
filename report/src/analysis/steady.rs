use super::evidence::Figures;
pub(super) use crate::stats::Steadiness;

/// Whether a run kept its pace, by its whole seconds. Fewer than three say nothing.
pub(super) fn steadiness(figures: &Figures) -> Steadiness {
    Steadiness::of(&figures.seconds)
}

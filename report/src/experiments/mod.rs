//! Experiments that are no race of servers under load: order, joining, seeded faults, kernels, dependencies.

mod observation;

pub use observation::Observation;

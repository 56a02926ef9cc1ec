//! What is counted and timed: requests, connections, processes and the machine.
//!
//! Invariant: recording a request allocates nothing, and two measurements add up without loss.

mod clock;

mod counts;
mod fault;
mod latencies;
mod seconds;
mod tally;

mod machine;
mod stalls;

pub(crate) use clock::{Clock, Window, nanos};
pub(crate) use counts::Precise;
pub(crate) use latencies::known;
pub(crate) use machine::{MachineCounters, is_there, processor_seconds, processor_time, processors_of};
pub(crate) use seconds::Seconds;
pub(crate) use tally::{Counting, Sample, SentUpdate, SlowRequest, Tally, Times};

pub use fault::Fault;
pub use latencies::Latencies;
pub use machine::ProcessorTicks;
pub use tally::Recording;

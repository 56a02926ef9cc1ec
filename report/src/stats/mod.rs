//! What blocks of measurements say, and how sure that is (`report/METHOD.md` 2.2 to 2.9).
//!
//! Invariant: performs no I/O, reads no clock and draws no random number; the same blocks give the same words.

mod bound;
mod interval;
mod level;
mod margin;
mod median;
mod proportion;
mod question;
mod rank_sum;
mod sample;
mod signed_rank;
mod steadiness;
mod theil_sen;
mod twins;
mod two_samples;
mod verdict;
mod wording;
pub mod words;

pub use bound::Bound;
pub use interval::Interval;
pub use level::Level;
pub use margin::{Margin, Scale, Unit};
pub use median::{CensoredMedian, censored_median};
pub use proportion::Proportion;
pub use question::{Advantage, Evidence, Method, Question, Standing};
pub use sample::{Difference, LogRatio, Sample, SampleError};
pub use signed_rank::{SignedRank, hodges_lehmann};
pub use steadiness::Steadiness;
pub use theil_sen::{SlopeError, TheilSen};
pub use twins::Twins;
pub use two_samples::TwoSamples;
pub use verdict::{Finding, Side, Verdict};

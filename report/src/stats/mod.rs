//! What blocks of measurements say, and how sure that is (`report/METHOD.md` 2.2 to 2.9).
//!
//! Invariant: performs no I/O, reads no clock and draws no random number; the same blocks give the same words.

mod interval;
mod sample;

mod order_statistics;
mod proportion;
mod signed_rank;
mod theil_sen;

mod control;
mod question;
mod rank_sum;
mod verdict;

pub use control::{Chance, Control, would_have_shown};
pub use interval::{Bound, Interval, Level};
pub use order_statistics::{CensoredMedian, censored_median};
pub use proportion::Proportion;
pub use question::{Advantage, Evidence, Margin, Method, Question, Scale, Standing};
pub use rank_sum::TwoSamples;
pub use sample::{Sample, SampleError};
pub use signed_rank::{SignedRank, hodges_lehmann};
pub use theil_sen::{SlopeError, TheilSen};
pub use verdict::{Finding, Side, Verdict};

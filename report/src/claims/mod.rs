//! The claims of the herd's original report, tested: each is a file of `report/claims`, with its null hypothesis and a rule that
//! turns what was measured into a verdict.
//!
//! Invariant: a verdict follows from the file's rule and the run directory alone; without evidence there is none.

mod verdict;

mod rule;

mod needs;

mod decide;

mod file;

mod evidence;
mod published;

mod judge;
mod select;

mod discussion;
mod table;

pub use discussion::{Discussion, discussions};
pub use file::{Claim, ClaimError, Opponent, Part, Topic, claims};
pub use judge::judge;
pub use published::{Agreement, Agrees, Published};
pub use rule::Rule;
pub use select::select;
pub use table::table;
pub use verdict::{JudgedClaim, JudgedPart, Line, Verdict};

//! The report from outside: pages of made-up comparisons, read as a reader's browser and a careful parser read them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
#[path = "../../../loadgen/tests/show/devtools.rs"]
mod devtools;
mod figures;
mod files;
mod noise;
mod odd;
mod recorded;
mod sample;
mod setting;
mod whole;
mod words;

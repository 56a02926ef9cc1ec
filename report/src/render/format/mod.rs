//! Numbers, texts and addresses as the page writes them.

mod address;
mod number;
mod text;
mod unit;

pub(crate) use address::{anchor, raw_address};
pub(crate) use number::{plain, ratio, ratio_or_none, rounded, share, tick};
pub(crate) use text::{cleaned, commit, day, shortened};
pub(crate) use unit::{Unit, duration_tick};

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{Histogram, serialization::Deserializer};

/// Longer texts are no histogram of three digits up to an hour: those have some tens of KiB.
const LONGEST_TEXT: usize = 1 << 20;

/// Reads a histogram of nanoseconds as the load generator writes it; none where it is damaged.
pub(super) fn histogram(text: &str) -> Option<Histogram<u64>> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    let bytes = STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
}

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{Histogram, serialization::Deserializer};
use serde_json::Value;

/// Longer texts are no histogram of three digits up to an hour: those have some tens of KiB.
const LONGEST_TEXT: usize = 1 << 20;

/// Reads a histogram of nanoseconds as the load generator writes it; none where it is damaged.
pub(super) fn histogram(text: &Value) -> Option<Histogram<u64>> {
    let text = text.as_str().filter(|text| text.len() <= LONGEST_TEXT)?;
    let bytes = STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
}

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use thiserror::Error;

/// A document that names its format, such as `loadgen-run/1`, in the key `format`.
pub trait Document: DeserializeOwned {
    /// The format that is written and read: a name, a slash, and a version, which changes with the meaning of a field.
    const FORMAT: &'static str;
}

/// Why a document cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A later version has written it.
    #[error("its format is {found:?}, and this version reads {known:?}: a newer loadgen wrote it; update this program")]
    Newer {
        /// What it says of itself.
        found: String,
        /// What can be read.
        known: &'static str,
    },
    /// It is a document of something else.
    #[error("its format is {found:?}, not {known:?}: it is no such result")]
    Other {
        /// What it says of itself.
        found: String,
        /// What was expected.
        known: &'static str,
    },
    /// It names no format, or a field is missing or has another type.
    #[error("damaged: {0}")]
    Damaged(#[from] serde_json::Error),
}

/// What is looked at first.
#[derive(Deserialize)]
struct Head {
    format: String,
}

/// Reads a document from its text.
pub fn parse<T: Document>(text: &[u8]) -> Result<T, ReadError> {
    check_format(&serde_json::from_slice::<Head>(text)?, T::FORMAT)?;
    Ok(serde_json::from_slice(text)?)
}

/// Reads a document that stands within another one.
pub fn from_value<T: Document>(value: &Value) -> Result<T, ReadError> {
    check_format(&Head::deserialize(value)?, T::FORMAT)?;
    Ok(T::deserialize(value)?)
}

fn check_format(head: &Head, known: &'static str) -> Result<(), ReadError> {
    let found = &head.format;
    if found == known {
        return Ok(());
    }
    let is_newer =
        versioned(found).zip(versioned(known)).is_some_and(|(found, known)| found.0 == known.0 && found.1 > known.1);
    let found = found.clone();
    Err(if is_newer { ReadError::Newer { found, known } } else { ReadError::Other { found, known } })
}

/// The name and the version of a format.
fn versioned(format: &str) -> Option<(&str, u32)> {
    let (name, version) = format.rsplit_once('/')?;
    Some((name, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{EXAMPLE_RUN, RunResult},
        *,
    };

    fn error(text: &str) -> String {
        parse::<RunResult>(text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn a_newer_format_says_what_to_do() {
        let newer = EXAMPLE_RUN.replace("loadgen-run/1", "loadgen-run/9");
        assert!(matches!(parse::<RunResult>(newer.as_bytes()), Err(ReadError::Newer { .. })));
        assert!(error(&newer).contains("a newer loadgen wrote it; update"));
        // Whatever else a later version has changed.
        assert!(error(r#"{ "format": "loadgen-run/2", "window": "5s" }"#).contains("newer"));
    }

    #[test]
    fn another_document_and_a_damaged_one_are_told_apart() {
        assert!(error(r#"{ "format": "loadgen-sweep/1" }"#).contains("no such result"));
        assert!(error(r#"{ "format": "loadgen-run/0" }"#).contains("no such result"));
        assert!(error("{}").starts_with("damaged: missing field `format`"));
        let cut = &EXAMPLE_RUN[..EXAMPLE_RUN.len() / 2];
        assert!(error(cut).starts_with("damaged: EOF"), "{}", error(cut));
        let wrong = EXAMPLE_RUN.replace("\"window_s\": ", "\"window_s\": -\"x\"");
        assert!(error(&wrong).starts_with("damaged: "), "{}", error(&wrong));
    }

    #[test]
    fn a_document_within_another_is_read_likewise() {
        let mut value: Value = serde_json::from_str(EXAMPLE_RUN).unwrap();
        let run: RunResult = from_value(&value).unwrap();
        assert_eq!(run, parse(EXAMPLE_RUN.as_bytes()).unwrap());
        value["format"] = json!("loadgen-run/2");
        assert!(matches!(from_value::<RunResult>(&value), Err(ReadError::Newer { .. })));
        value["format"] = json!(null);
        assert!(matches!(from_value::<RunResult>(&value), Err(ReadError::Damaged(_))));
    }
}

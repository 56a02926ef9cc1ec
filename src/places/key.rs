use std::{ffi::OsString, fmt, fs::File, io::Read as _, path::Path, str::FromStr};

use serde_json::Value;

use crate::config::{PlacesSettings, Provider};

/// The environment variable that holds a provider's key.
const VARIABLE: &str = "HERD_PLACES_KEY";
/// Longest key file that is read, in bytes; a key and what an editor may leave around it.
const MAX_FILE_BYTES: u64 = 4096;
/// What stands where a key stood.
const REDACTED: &str = "[key]";

/// A provider's key. It never shows itself: `Debug` and `Display` give a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// Why there is no key. The message never holds what was found.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKey {
    /// It breaks the grammar of keys.
    #[error("a key is {} to {} letters, digits, `-`, `.`, `_` or `~`", Key::MIN, Key::MAX)]
    Grammar,
    /// The key file cannot be read.
    #[error("cannot read the key file {path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The key file does not hold one line with a key.
    #[error(
        "the key file {path} should hold one line, the key, of {} to {} letters, digits, `-`, `.`, `_` or `~`",
        Key::MIN,
        Key::MAX
    )]
    File {
        /// The file.
        path: String,
    },
}

impl Key {
    /// Shortest key in bytes. Google's have 39; shorter than this, a word of an answer could be mistaken for the key
    /// and blotted out.
    pub const MIN: usize = 8;
    /// Longest key in bytes.
    pub const MAX: usize = 256;

    /// The key that the settings and the environment give: `HERD_PLACES_KEY` if it is set and not empty, else the
    /// key file's only line, if there is a key file. A provider that needs no key gets none.
    pub fn load(settings: &PlacesSettings) -> Result<Option<Self>, InvalidKey> {
        match settings.provider {
            Provider::Google(_) | Provider::GoogleLegacy(_) => {
                Self::find(std::env::var_os(VARIABLE), settings.key_file.as_deref())
            }
            Provider::None | Provider::Gazetteer(_) | Provider::Wikipedia(_) => Ok(None),
        }
    }

    fn find(variable: Option<OsString>, file: Option<&Path>) -> Result<Option<Self>, InvalidKey> {
        match (variable.filter(|text| !text.is_empty()), file) {
            (Some(text), _) => text.to_str().ok_or(InvalidKey::Grammar)?.trim().parse().map(Some),
            (None, Some(path)) => Self::read(path).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn read(path: &Path) -> Result<Self, InvalidKey> {
        let shown = || path.display().to_string();
        let mut text = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut text))
            .map_err(|error| InvalidKey::Read { path: shown(), error })?;
        let text = str::from_utf8(&text).map_err(|_| InvalidKey::File { path: shown() })?;
        text.trim().parse().map_err(|_| InvalidKey::File { path: shown() })
    }

    /// Whether a key can hold this character.
    pub(super) fn may_hold(character: char) -> bool {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
    }

    /// The key itself, for the one header or URL it belongs in.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// The text with a placeholder wherever the key stood.
    pub(super) fn scrub(&self, text: &str) -> String {
        text.replace(&self.0, REDACTED)
    }

    /// Puts a placeholder wherever the key stands in any string or name of a JSON value.
    ///
    /// Goes as deep as the value, which the JSON parser bounds at 128.
    pub(super) fn scrub_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if text.contains(&self.0) {
                    *text = self.scrub(text);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.scrub_value(item)),
            Value::Object(fields) => {
                if fields.keys().any(|name| name.contains(&self.0)) {
                    let old = std::mem::take(fields);
                    fields.extend(old.into_iter().map(|(name, field)| (self.scrub(&name), field)));
                }
                fields.values_mut().for_each(|field| self.scrub_value(field));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl FromStr for Key {
    type Err = InvalidKey;

    /// Takes the characters that need no escape in a URL, a header or JSON (RFC 3986's *unreserved*), so that a key
    /// has one form only and can be found wherever it may turn up.
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let sound = (Self::MIN..=Self::MAX).contains(&text.len()) && text.chars().all(Self::may_hold);
        if sound { Ok(Self(text.to_owned())) } else { Err(InvalidKey::Grammar) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;

    const TEXT: &str = "AIzaSecret-0123_x";

    #[test]
    fn a_key_never_shows_itself() {
        let key: Key = TEXT.parse().unwrap();
        assert_eq!(format!("{key} {key:?} {:?}", Some(&key)), "[key] [key] Some([key])");
        assert_eq!(key.scrub(&format!("bad key={TEXT}&x={TEXT}")), "bad key=[key]&x=[key]");
        let mut value = json!({ TEXT: [format!("a{TEXT}b"), 1], "deep": { "er": TEXT } });
        key.scrub_value(&mut value);
        assert_eq!(value, json!({ "[key]": ["a[key]b", 1], "deep": { "er": "[key]" } }));
    }

    #[test]
    fn keys_need_no_escape() {
        for bad in ["", "short", "has space in it", "per%2cent-encoded", "käääääääse", "\"quoted\"", &"x".repeat(257)]
        {
            let error = bad.parse::<Key>().unwrap_err().to_string();
            assert!(bad.is_empty() || !error.contains(bad), "{error}");
        }
    }

    #[test]
    fn the_environment_stands_before_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "  key-from-file\r").unwrap();
        let find = |variable: Option<&str>, path| Key::find(variable.map(OsString::from), path).unwrap();
        assert_eq!(find(Some("key-from-env"), Some(file.path())).unwrap().reveal(), "key-from-env");
        assert_eq!(find(None, Some(file.path())).unwrap().reveal(), "key-from-file");
        assert_eq!(find(Some(""), Some(file.path())).unwrap().reveal(), "key-from-file");
        assert_eq!(find(None, None), None);
    }

    #[test]
    fn a_bad_key_file_is_named_and_not_shown() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "first-line\nsecond-line").unwrap();
        let error = Key::find(None, Some(file.path())).unwrap_err().to_string();
        assert!(error.contains(file.path().to_str().unwrap()) && !error.contains("first-line"), "{error}");
        let error = Key::find(None, Some(Path::new("no/such/file"))).unwrap_err().to_string();
        assert!(error.contains("no/such/file"), "{error}");
    }
}

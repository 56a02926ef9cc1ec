use std::{fmt, path::PathBuf, str::FromStr};

/// Who answers what is near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Nobody: every answer is empty.
    None,
    /// A gazetteer: the embedded one, or a packed file.
    Gazetteer(Option<PathBuf>),
    /// Google Places API (New), optionally at another base URL.
    Google(Option<String>),
    /// Google Nearby Search (legacy), optionally at another base URL.
    GoogleLegacy(Option<String>),
    /// Wikipedia `GeoSearch`, optionally at another base URL.
    Wikipedia(Option<String>),
}

/// A text that names no provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no places provider: say none, gazetteer[=FILE], google[=URL], google-legacy[=URL] or wikipedia[=URL]"
)]
pub struct InvalidProvider(String);

impl FromStr for Provider {
    type Err = InvalidProvider;

    fn from_str(text: &str) -> Result<Self, InvalidProvider> {
        let (kind, at) = match text.split_once('=') {
            Some((_, "")) => return Err(InvalidProvider(text.to_owned())),
            Some((kind, at)) => (kind, Some(at)),
            None => (text, None),
        };
        match (kind, at) {
            ("none", None) => Ok(Self::None),
            ("gazetteer", at) => Ok(Self::Gazetteer(at.map(PathBuf::from))),
            ("google", at) => Ok(Self::Google(at.map(str::to_owned))),
            ("google-legacy", at) => Ok(Self::GoogleLegacy(at.map(str::to_owned))),
            ("wikipedia", at) => Ok(Self::Wikipedia(at.map(str::to_owned))),
            (_, _) => Err(InvalidProvider(text.to_owned())),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, at) = match self {
            Self::None => ("none", None),
            Self::Gazetteer(file) => ("gazetteer", file.as_ref().map(|file| file.display().to_string())),
            Self::Google(url) => ("google", url.clone()),
            Self::GoogleLegacy(url) => ("google-legacy", url.clone()),
            Self::Wikipedia(url) => ("wikipedia", url.clone()),
        };
        match at {
            Some(at) => write!(f, "{kind}={at}"),
            None => f.write_str(kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_reads_as_it_is_written() {
        for spec in
            ["none", "gazetteer", "gazetteer=a=b.bin", "google", "google-legacy=http://127.0.0.1:1", "wikipedia"]
        {
            assert_eq!(spec.parse::<Provider>().unwrap().to_string(), spec);
        }
    }

    #[test]
    fn what_names_no_provider_is_told_which_there_are() {
        for spec in ["", "bing", "none=x", "google=", "Google"] {
            let message = spec.parse::<Provider>().unwrap_err().to_string();
            assert!(message.contains("google-legacy[=URL]"), "{message}");
        }
    }
}

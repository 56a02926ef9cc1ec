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
    "{word:?} names no provider of places: say none, gazetteer, gazetteer=FILE, google, google=URL, google-legacy, \
     google-legacy=URL, wikipedia or wikipedia=URL"
)]
pub struct InvalidProvider {
    /// What stands before the `=`; what stands after it is not shown.
    word: String,
}

impl FromStr for Provider {
    type Err = InvalidProvider;

    fn from_str(text: &str) -> Result<Self, InvalidProvider> {
        let (word, rest) = match text.split_once('=') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        let url = || rest.map(str::to_owned);
        match word {
            _ if rest == Some("") => Err(InvalidProvider { word: format!("{word}=") }),
            "none" if rest.is_none() => Ok(Self::None),
            "gazetteer" => Ok(Self::Gazetteer(rest.map(PathBuf::from))),
            "google" => Ok(Self::Google(url())),
            "google-legacy" => Ok(Self::GoogleLegacy(url())),
            "wikipedia" => Ok(Self::Wikipedia(url())),
            _ => Err(InvalidProvider { word: word.to_owned() }),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, url) = match self {
            Self::None => ("none", &None),
            Self::Gazetteer(None) => ("gazetteer", &None),
            Self::Gazetteer(Some(path)) => return write!(f, "gazetteer={}", path.display()),
            Self::Google(url) => ("google", url),
            Self::GoogleLegacy(url) => ("google-legacy", url),
            Self::Wikipedia(url) => ("wikipedia", url),
        };
        match url {
            Some(url) => write!(f, "{word}={url}"),
            None => f.write_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_round_trips() {
        for text in [
            "none",
            "gazetteer",
            "gazetteer=some/file=1.pack",
            "google",
            "google=https://example.org/a?b=c",
            "google-legacy",
            "google-legacy=http://127.0.0.1:8080",
            "wikipedia",
            "wikipedia=https://de.wikipedia.org",
        ] {
            assert_eq!(text.parse::<Provider>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_list_what_is_valid_and_show_no_url() {
        for text in ["", "None", "none=x", "google=", "gazetteer=", "bing", "bing=https://e.org/?key=secret"] {
            let error = text.parse::<Provider>().unwrap_err().to_string();
            assert!(error.contains("google-legacy=URL") && !error.contains("secret"), "{error}");
        }
    }
}

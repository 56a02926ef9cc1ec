use std::{borrow::Cow, fmt};

/// The one HTTP request that an answer needs. It may carry a key, so `Debug` shows neither its query nor its headers'
/// values.
///
/// Whoever sends it follows no redirect and bounds the response by `PlacesSettings::max_body`.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How it is sent.
    pub method: Method,
    /// Absolute, http or https; anything outside ASCII or reserved is escaped.
    pub url: String,
    /// Names in lower case, values in visible ASCII and spaces.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Empty for GET.
    pub body: Vec<u8>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Without a body.
    Get,
    /// With the body.
    Post,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The whole body, decompressed.
    pub body: Vec<u8>,
}

/// Why nothing came back. The messages are what a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No slot became free in time; nothing was sent, so it says nothing about the provider.
    #[error("too many calls are waiting for the provider")]
    Busy,
    /// The whole time was used up.
    #[error("the provider did not answer in time")]
    Timeout,
    /// The host's name has no address.
    #[error("the provider's name could not be resolved")]
    Resolve,
    /// No connection, or it was lost before a response began.
    #[error("no connection to the provider")]
    Connect,
    /// TLS failed.
    #[error("no secure connection to the provider")]
    Tls,
    /// The body is longer than `PlacesSettings::max_body`.
    #[error("the provider's answer is too long")]
    BodyTooLarge,
    /// The body ended before its announced end.
    #[error("the provider's answer was cut off")]
    Truncated,
    /// What came back is not HTTP.
    #[error("the provider did not answer in HTTP")]
    Protocol,
}

impl Method {
    /// The method as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.url.split_once('?').map_or(self.url.as_str(), |(path, _)| path);
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &shown)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

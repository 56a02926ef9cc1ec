use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

/// Where a provider is: an absolute URL without the slash at its end, which paths are appended to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    text: String,
    origin: Origin,
    is_loopback: bool,
}

/// Whom a provider's requests are sent to (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether with TLS.
    pub is_https: bool,
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    /// Where it listens.
    pub port: u16,
}

/// Why a URL cannot be a base. The message does not show the URL, which may hold what should not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBase {
    /// It is not an absolute http or https URL.
    #[error("not a URL such as https://places.example or http://127.0.0.1:8080")]
    NotUrl,
    /// It has a user, a query or a fragment.
    #[error("a base URL has no user, query or fragment")]
    Extra,
    /// It sends queries, and maybe a key, in clear text beyond this machine.
    #[error("only https, or http to this machine (localhost, 127.0.0.0/8, [::1])")]
    Insecure,
}

impl Base {
    /// Longest URL in bytes.
    const MAX: usize = 1024;

    /// Checks a URL.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidBase> {
        // `Uri` drops a fragment silently.
        if text.contains(['?', '#', '@']) {
            return Err(InvalidBase::Extra);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidBase::NotUrl)?;
        let host = uri.host().filter(|host| !host.is_empty() && text.len() <= Self::MAX).ok_or(InvalidBase::NotUrl)?;
        let is_loopback = is_loopback(host);
        let is_https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let origin = Origin { is_https, host: host.trim_matches(['[', ']']).to_owned(), port };
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback => {}
            Some("http") => return Err(InvalidBase::Insecure),
            _ => return Err(InvalidBase::NotUrl),
        }
        Ok(Self { text: text.trim_end_matches('/').to_owned(), origin, is_loopback })
    }

    /// The URL, without a slash at its end.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whom requests are sent to.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether it is on this machine, by its name alone.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

fn is_loopback(host: &str) -> bool {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|addr: Ipv4Addr| addr.is_loopback())
        || v6.is_some_and(|host| host.parse().is_ok_and(|addr: Ipv6Addr| addr.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_goes_anywhere_and_http_stays_here() {
        for (url, here) in [
            ("https://places.googleapis.com", false),
            ("https://example.org:8443/proxy/", false),
            ("https://127.0.0.1", true),
            ("http://127.0.0.1:8080", true),
            ("http://127.9.8.7:1/x", true),
            ("http://LOCALHOST:80", true),
            ("http://[::1]:8080", true),
        ] {
            let base = Base::parse(url).unwrap();
            assert_eq!((base.is_loopback(), base.as_str()), (here, url.trim_end_matches('/')), "{url}");
        }
    }

    #[test]
    fn other_bases_are_refused() {
        for url in [
            "http://example.org",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://127.1",
            "http://0.0.0.0",
            "http://[::2]",
        ] {
            assert_eq!(Base::parse(url), Err(InvalidBase::Insecure), "{url}");
        }
        for url in [
            "http://127.0.0.1@example.org",
            "https://user:secret@example.org",
            "https://e.org?key=x",
            "https://e.org/#x",
        ] {
            assert_eq!(Base::parse(url), Err(InvalidBase::Extra), "{url}");
        }
        for url in [
            "",
            "example.org",
            "/path",
            "ftp://example.org",
            "file:///etc/passwd",
            "https://",
            "https://a b",
            "http:///x",
        ] {
            assert_eq!(Base::parse(url), Err(InvalidBase::NotUrl), "{url}");
        }
    }
}

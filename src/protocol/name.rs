use std::{fmt, str::FromStr};

/// A server's name: `[A-Za-z][A-Za-z0-9_-]{0,63}` (PROTOCOL section 5).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// A name that breaks the grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a server's name is a letter, then up to 63 letters, digits, `_` or `-`: {0:?} is not")]
pub struct InvalidName(String);

impl Name {
    /// Longest name in bytes.
    pub const MAX: usize = 64;

    /// Whether the bytes are a well-formed name.
    #[must_use]
    pub fn is_valid(bytes: &[u8]) -> bool {
        let [first, rest @ ..] = bytes else { return false };
        first.is_ascii_alphabetic()
            && bytes.len() <= Self::MAX
            && rest.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it stands on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if Self::is_valid(text.as_bytes()) { Ok(Self(text.to_owned())) } else { Err(InvalidName(text.to_owned())) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_start_with_a_letter_and_end_at_64_bytes() {
        for good in ["Goloman", "a", "A-b_9", &"x".repeat(64)] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in ["", "9a", "_a", "a b", "é", "a.b", &"x".repeat(65)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}

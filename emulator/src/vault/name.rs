//! Names and versions, parsed at the edge and trusted afterwards.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The longest object name (keys-and-secrets.md section 3.3).
const LONGEST: usize = 127;

/// An object's name in the caller's spelling: `^[0-9a-zA-Z-]{1,127}$`. Clones share one copy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(Arc<str>);

impl ObjectName {
    /// Takes a path segment as a name.
    ///
    /// # Errors
    /// [`Error::InvalidName`], 400.
    pub fn parse(segment: &str) -> Result<Self, Error> {
        let fits = !segment.is_empty()
            && segment.len() <= LONGEST
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits { Ok(Self(segment.into())) } else { Err(Error::InvalidName(segment.to_owned())) }
    }

    /// The name as spelled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which names are compared and ordered.
    #[must_use]
    pub fn key(&self) -> NameKey {
        NameKey(Arc::clone(&self.0))
    }
}

impl TryFrom<String> for ObjectName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "no name of an object")
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name without regard to case; it orders as the upper-case names in the service's paging markers do
/// (keys-and-secrets.md section 2.3). It shares the text of the name that it was made from.
#[derive(Clone, Debug)]
pub struct NameKey(Arc<str>);

impl NameKey {
    /// A key read back from a paging marker.
    #[must_use]
    pub fn from_marker(marker: &str) -> Self {
        Self(marker.into())
    }
}

impl PartialEq for NameKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for NameKey {}

impl PartialOrd for NameKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NameKey {
    fn cmp(&self, other: &Self) -> Ordering {
        // Most bytes that are compared are the same, and need no second look.
        let differs = |(one, other): &(u8, u8)| one != other && !one.eq_ignore_ascii_case(other);
        match self.0.bytes().zip(other.0.bytes()).find(differs) {
            Some((one, other)) => one.to_ascii_uppercase().cmp(&other.to_ascii_uppercase()),
            None => self.0.len().cmp(&other.0.len()),
        }
    }
}

/// Upper case, as in a marker.
impl fmt::Display for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_ascii_uppercase())
    }
}

/// A version: 32 lower case hexadecimal digits, kept as the number they spell; ordered as the digits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(u128);

impl Version {
    /// A version drawn at random.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// Takes a path segment as a version; `None` if no version can be spelled so.
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        let hexadecimal = segment.len() == 32 && segment.bytes().all(|b| b.is_ascii_hexdigit());
        hexadecimal.then(|| u128::from_str_radix(segment, 16).ok().map(Self))?
    }
}

/// The digits of a version.
#[derive(Clone, Copy, Debug)]
pub struct Digits([u8; 32]);

impl Digits {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Hexadecimal digits are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Version {
    /// How it is spelled.
    #[must_use]
    pub fn digits(self) -> Digits {
        const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0.to_be_bytes()) {
            pair[0] = HEXADECIMAL[usize::from(byte >> 4)];
            pair[1] = HEXADECIMAL[usize::from(byte & 15)];
        }
        Digits(digits)
    }
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no version")
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_and_hyphens() {
        for good in ["a", "Cert-1", "0", &"x".repeat(127)] {
            assert_eq!(ObjectName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a_b", "a.b", "é", "a b", &"x".repeat(128)] {
            assert_eq!(ObjectName::parse(bad), Err(Error::InvalidName(bad.to_owned())));
        }
    }

    #[test]
    fn names_compare_without_case_and_order_as_the_service_does() {
        let key = |name: &str| ObjectName::parse(name).unwrap().key();
        assert_eq!(key("Cert"), key("cERT"));
        assert!(key("a49") < key("a5"));
        assert!(key("page1") < key("page10"));
        assert!(key("Ab") < key("aC") && key("aB") < key("Ac"));
    }

    #[test]
    fn versions_keep_their_leading_zeros() {
        let text = "00ff0000000000000000000000000001";
        assert_eq!(Version::parse(text).unwrap().to_string(), text);
        assert_eq!(Version::parse("x"), None);
        assert_eq!(Version::parse("+0ff0000000000000000000000000001"), None);
    }
}

//! What a request line asks for, read once: path segments and query, decoded.
//!
//! Empty segments mean nothing and are dropped, so `/certificates/x/` is `/certificates/x` (certificates.md section
//! 1.1); query names are decoded too, because Node sends `api%2Dversion` (identity-and-control-plane.md P4).

use std::borrow::Cow;

use http::Uri;
use percent_encoding::percent_decode_str;

use crate::error::Error;
use crate::http::api_version::ApiVersion;

/// The most items on a page, and how many there are unless a client asks for fewer (keys-and-secrets.md section 2.4).
const PAGE: usize = 25;

/// As many segments as nearly every path has.
const SEGMENTS: usize = 4;

/// Path and query of one request, taken apart where they are asked for. What needs no decoding is the URI's own text, so
/// that hardly a request has anything to keep.
#[derive(Debug)]
pub struct Target<'a> {
    path: &'a str,
    /// The segments of a path with something to decode.
    decoded_path: Option<Vec<Cow<'a, str>>>,
    query: &'a str,
    /// The parameters of a query with something to decode.
    decoded_query: Option<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
}

/// The segments of a path, as they are written.
fn written(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The parameters of a query, as they are written.
fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

impl<'a> Target<'a> {
    /// Reads a request's URI.
    #[must_use]
    pub fn of(uri: &'a Uri) -> Self {
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        let decode = |segment| percent_decode_str(segment).decode_utf8_lossy();
        let decoded_path = path.contains('%').then(|| written(path).map(decode).collect());
        let is_encoded = query.contains(['%', '+']);
        let decoded_query = is_encoded.then(|| form_urlencoded::parse(query.as_bytes()).collect());
        Self { path, decoded_path, query, decoded_query }
    }

    /// A resource and a version of its interface, for requests that nobody sent.
    #[must_use]
    pub fn resource(id: &'a str, version: &'a str) -> Self {
        let decoded_query = Some(vec![("api-version".into(), version.into())]);
        Self { path: id, decoded_path: None, query: "", decoded_query }
    }

    /// The path's segments.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        match &self.decoded_path {
            Some(segments) => segments.iter().map(AsRef::as_ref).collect(),
            None => {
                let mut segments = Vec::with_capacity(SEGMENTS);
                segments.extend(written(self.path));
                segments
            }
        }
    }

    /// The first value of a query parameter, its name compared without case.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let is_it = |key: &str| key.eq_ignore_ascii_case(name);
        match &self.decoded_query {
            Some(decoded) => decoded.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.as_ref()),
            None => parameters(self.query).find(|(key, _)| is_it(key)).map(|(_, value)| value),
        }
    }

    /// `api-version`.
    ///
    /// # Errors
    /// 400 if it is absent or unknown.
    pub fn api_version(&self) -> Result<ApiVersion, Error> {
        let text = self.query("api-version").filter(|v| !v.is_empty()).ok_or(Error::MissingApiVersion)?;
        ApiVersion::parse(text)
            .ok_or_else(|| Error::UnknownApiVersion { version: text.to_owned(), latest: ApiVersion::LATEST })
    }

    /// `maxresults`, 1 to 25.
    ///
    /// # Errors
    /// 400 for anything else.
    pub fn page_size(&self) -> Result<usize, Error> {
        let Some(text) = self.query("maxresults") else { return Ok(PAGE) };
        text.parse()
            .ok()
            .filter(|count| (1..=PAGE).contains(count))
            .ok_or_else(|| Error::InvalidMaxResults(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    /// certificates.md section 1.1, identity-and-control-plane.md P4.
    #[test]
    fn empty_segments_and_encoded_names_mean_the_same() {
        let odd = uri("/certificates//a%2Db//?api%2Dversion=7.4&%24skiptoken=t");
        let odd = Target::of(&odd);
        assert_eq!(odd.segments(), ["certificates", "a-b"]);
        assert!(odd.api_version().is_ok());
        assert_eq!(odd.query("$skiptoken"), Some("t"));
    }

    #[test]
    fn a_query_is_read_alike_with_and_without_something_to_decode() {
        for plain in ["", "a", "a=", "=a", "a=1&b=2", "a=1&&b", "a==1", "&", "A=x,y;z&a=2"] {
            let decoded: Vec<_> = form_urlencoded::parse(plain.as_bytes()).collect();
            let written = parameters(plain).map(|(name, value)| (name.into(), value.into()));
            assert_eq!(written.collect::<Vec<_>>(), decoded, "{plain}");
            let (plain, encoded) = (format!("/x?{plain}"), format!("/x?{plain}&%2B=+"));
            for name in ["a", "B", "", "x"] {
                let value = |text: &str| Target::of(&uri(text)).query(name).map(str::to_owned);
                assert_eq!(value(&plain), value(&encoded), "{name} of {plain}");
            }
        }
    }

    #[test]
    fn page_sizes_are_1_to_25() {
        let size = |text: &str| Target::of(&uri(text)).page_size();
        assert_eq!(size("/x"), Ok(25));
        assert_eq!(size("/x?maxresults=1"), Ok(1));
        for wrong in ["0", "26", "-1", "x", ""] {
            assert_eq!(size(&format!("/x?maxresults={wrong}")), Err(Error::InvalidMaxResults(wrong.into())));
        }
    }
}

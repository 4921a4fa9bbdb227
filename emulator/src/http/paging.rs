//! Paging: the opaque `$skiptoken` and `nextLink` (keys-and-secrets.md section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::http::origin::Origin;
use crate::http::target::Target;
use crate::vault::collection::Slice;
use crate::vault::name::{NameKey, Version};
use crate::wire::Page;

/// Where a list goes on and how much of it is wanted.
#[derive(Debug, PartialEq, Eq)]
pub struct Paging {
    /// The last item of the page before.
    pub after: Option<String>,
    /// The most items.
    pub limit: usize,
}

/// What is inside a token; opaque to clients, so its members need no more than to come back.
#[derive(Deserialize, Serialize)]
struct SkipToken {
    #[serde(rename = "NextMarker")]
    next_marker: String,
    #[serde(rename = "TargetLocation")]
    target_location: u8,
}

impl Paging {
    /// Reads `maxresults` and `$skiptoken`.
    ///
    /// # Errors
    /// 400 for a page size out of range or a token that was not made here.
    pub fn of(target: &Target<'_>) -> Result<Self, Error> {
        let after = match target.query("$skiptoken") {
            None => None,
            Some(token) => Some(read_token(token).ok_or(Error::InvalidSkipToken)?),
        };
        Ok(Self { after, limit: target.page_size()? })
    }

    /// The name behind which a list of names goes on.
    #[must_use]
    pub fn after_name(&self) -> Option<NameKey> {
        self.after.as_deref().map(NameKey::from_marker)
    }

    /// The version behind which a list of versions goes on.
    ///
    /// # Errors
    /// 400 for the token of another list.
    pub fn after_version(&self) -> Result<Option<Version>, Error> {
        let version = |marker| Version::parse(marker).ok_or(Error::InvalidSkipToken);
        self.after.as_deref().map(version).transpose()
    }
}

fn read_token(token: &str) -> Option<String> {
    let json = URL_SAFE_NO_PAD.decode(token).ok()?;
    serde_json::from_slice::<SkipToken>(&json).ok().map(|token| token.next_marker)
}

fn write_token(next_marker: String) -> String {
    let token = SkipToken { next_marker, target_location: 0 };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
}

/// The page that answers `target`; its link repeats the request's own parameters, `maxresults` last.
pub fn page<K: ToString, V, T>(
    slice: Slice<K, V>,
    origin: &Origin,
    target: &Target<'_>,
    item: impl FnMut(V) -> T,
) -> Page<T> {
    let next_link = slice.more_after.map(|marker| {
        let path = target.segments().join("/");
        let mut link = format!("{}/{path}?", origin.url_with_port());
        let repeat = |name| target.query(name).map(|value: &str| format!("{name}={value}"));
        let parameters = [
            repeat("api-version"),
            repeat("includePending"),
            Some(format!("$skiptoken={}", write_token(marker.to_string()))),
            repeat("maxresults"),
        ];
        link.push_str(&parameters.into_iter().flatten().collect::<Vec<_>>().join("&"));
        link
    });
    Page { value: slice.items.into_iter().map(item).collect(), next_link }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_back_to_where_the_page_ended() {
        let asked = "/certificates?maxresults=2&api-version=7.6".parse().unwrap();
        let origin = Origin { scheme: "https", authority: "kv.vault.azure.net".into() };
        let slice = Slice { items: vec![1, 2], more_after: Some("B") };
        let link = page(slice, &origin, &Target::of(&asked), |n| n).next_link.unwrap();
        let prefix = "https://kv.vault.azure.net:443/certificates?api-version=7.6&$skiptoken=";
        assert!(link.starts_with(prefix) && link.ends_with("&maxresults=2"), "{link}");
        let next = Paging::of(&Target::of(&link.parse().unwrap())).unwrap();
        assert_eq!(next, Paging { after: Some("B".into()), limit: 2 });
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        for token in ["x", "e30", "%00"] {
            let asked = format!("/certificates?$skiptoken={token}").parse().unwrap();
            assert_eq!(Paging::of(&Target::of(&asked)), Err(Error::InvalidSkipToken), "{token}");
        }
    }
}

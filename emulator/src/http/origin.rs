//! The origin that a caller used, from which every identifier in an answer is built so that it can be dialled.

use http::request::Parts;
use http::uri::Authority;
use http::{Uri, header};

use crate::http::Connection;

/// What a request names as its host: `:authority`, an absolute target or `Host`; `None` if there is none of them.
#[must_use]
pub fn authority_of(parts: &Parts) -> Option<&str> {
    parts.uri.authority().map_or_else(
        || parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()),
        |authority| Some(authority.as_str()),
    )
}

/// `scheme://authority` as the caller dialled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `https` or `http`.
    pub scheme: &'static str,
    /// Host in lower case, with the port unless it is the scheme's own.
    pub authority: String,
}

impl Origin {
    /// Reads the origin from what a request names as its host; `None` if that is none.
    #[must_use]
    pub fn at(authority: &str, connection: Connection) -> Option<Self> {
        let (scheme, own_port) = if connection.tls { ("https", ":443") } else { ("http", ":80") };
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let authority = authority.strip_suffix(own_port).unwrap_or(authority).to_ascii_lowercase();
        // What is neither host nor host:port must not end up in an identifier.
        let is_host = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        if authority.is_empty() || !authority.bytes().all(is_host) {
            authority.parse::<Authority>().ok()?;
        }
        Some(Self { scheme, authority })
    }

    /// `https://kv.vault.azure.net`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        [self.scheme, "://", &self.authority].concat()
    }

    /// The same with the port always written, as the service has it in `nextLink` (certificates.md section 2.8).
    #[must_use]
    pub fn url_with_port(&self) -> String {
        let port = if self.scheme == "https" { 443 } else { 80 };
        let has_port = Uri::builder()
            .scheme(self.scheme)
            .authority(self.authority.as_str())
            .path_and_query("/")
            .build()
            .is_ok_and(|uri| uri.port().is_some());
        if has_port { self.url() } else { format!("{}:{port}", self.url()) }
    }

    /// What tokens for this vault are issued for: the parent of the vault's host, port included, so that SDKs can
    /// verify it (identity-and-control-plane.md section 6).
    #[must_use]
    pub fn resource(&self) -> String {
        let parent = self.authority.split_once('.').map_or(self.authority.as_str(), |(_, parent)| parent);
        [self.scheme, "://", parent].concat()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn origin(host: &str) -> Origin {
        let request = Request::builder().uri("/x").header("host", host).body(());
        Origin::at(authority_of(&request.unwrap().into_parts().0).unwrap(), Connection::IN_PROCESS).unwrap()
    }

    #[test]
    fn azures_own_names_carry_no_port_and_others_carry_theirs() {
        let azure = origin("KV.vault.azure.net:443");
        assert_eq!(azure.url(), "https://kv.vault.azure.net");
        assert_eq!(azure.url_with_port(), "https://kv.vault.azure.net:443");
        assert_eq!(azure.resource(), "https://vault.azure.net");
        let local = origin("kv.vault.localhost:8443");
        assert_eq!(local.url(), "https://kv.vault.localhost:8443");
        assert_eq!(local.url_with_port(), "https://kv.vault.localhost:8443");
        assert_eq!(local.resource(), "https://vault.localhost:8443");
    }

    #[test]
    fn what_is_no_authority_is_no_origin() {
        for host in ["", "a b", "x/y", "\u{7f}"] {
            let request = Request::builder().uri("/x").header("host", host).body(());
            let Ok(request) = request else { continue };
            let parts = request.into_parts().0;
            let origin = authority_of(&parts).and_then(|host| Origin::at(host, Connection::IN_PROCESS));
            assert_eq!(origin, None, "{host}");
        }
    }
}

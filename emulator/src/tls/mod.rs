//! TLS for names the emulator does not own: an own root authority, a leaf per host name, the rustls configuration.
//!
//! It must not mint for a host that is not ours, and it must not read the clock: `now` comes in.

mod authority;
mod files;
mod trust;

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

pub use authority::{CaError, CertificateAuthority};
pub use trust::TRUST_STORE_PASSWORD;

use crate::hosts;
use crate::timestamp::Timestamp;

/// The name under which connections without SNI (clients that dial an IP address) are served.
const LOCAL: &str = "localhost";

/// The configuration of the emulator's listener: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1, leaves from `authority`.
///
/// Leaves are minted for the hosts of [`hosts::realm`] and for `names`, by which the emulator is called too. `now` is
/// asked at each handshake, so that a leaf is replaced before it expires. It is the machine's time even where
/// the emulator runs on a virtual clock: clients judge certificates by their own.
///
/// # Errors
/// [`CaError::Issue`] when the crypto provider refuses the protocol versions.
pub fn server_config(
    authority: Arc<CertificateAuthority>,
    names: Vec<String>,
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> Result<ServerConfig, CaError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(CaError::issue)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Leaves { authority, names, now: Box::new(now) }));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Finds the certificate for the name a client asks for.
struct Leaves {
    authority: Arc<CertificateAuthority>,
    names: Vec<String>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name().unwrap_or(LOCAL);
        if hosts::realm(host).is_none() && !self.names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            tracing::debug!(host, "TLS refused: not a host of the emulator");
            return None;
        }
        self.authority
            .leaf(host, (self.now)())
            .inspect_err(|error| tracing::warn!(host, %error, "TLS refused"))
            .ok()
    }
}

impl fmt::Debug for Leaves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaves").field("authority", &self.authority).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

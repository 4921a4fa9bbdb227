//! Why a host cannot be reached, and what mends it.
//!
//! It must not name hosts that were not asked for, nor show what a proxy's URL holds beside its address.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::CertificateError;

/// A host that cannot be reached. Its text says what to mend.
///
/// It is in the chain of sources of the [`azure_core::Error`] that an official client returns; [`crate::ServiceError`]
/// finds it there.
#[derive(Clone, Debug)]
pub struct Unreachable {
    /// `host:port`.
    pub target: String,
    /// The proxy that was asked, `host:port`.
    pub proxy: Option<String>,
    /// What is in the way.
    pub obstacle: Obstacle,
    source: Arc<dyn Error + Send + Sync>,
}

/// What is in the way of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// DNS knows no address.
    UnknownHost,
    /// Nothing listens there.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// Its certificate comes from an authority that is not trusted.
    Untrusted,
    /// Its certificate has expired, or is not valid yet.
    Expired,
    /// Its certificate is for other hosts.
    WrongName,
    /// TLS failed otherwise.
    Tls,
    /// The proxy did not connect to it.
    Proxy,
    /// Anything else; see the source.
    Other,
}

impl Obstacle {
    /// Whether trying again cannot help before somebody mends it.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        matches!(self, Self::Untrusted | Self::Expired | Self::WrongName)
    }

    fn of(error: &(dyn Error + Send + Sync + 'static)) -> Self {
        causes(error).find_map(recognise).unwrap_or(Self::Other)
    }
}

/// No address is known for a host.
#[derive(Debug)]
pub(super) struct NoAddress(pub(super) io::Error);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for NoAddress {}

/// A proxy was reached and does not connect.
#[derive(Debug)]
pub(super) struct ProxyRefuses(pub(super) String);

impl fmt::Display for ProxyRefuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ProxyRefuses {}

/// A time limit has passed.
#[derive(Debug)]
pub(super) struct TookTooLong;

impl fmt::Display for TookTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it took too long")
    }
}

impl Error for TookTooLong {}

fn recognise(cause: &(dyn Error + 'static)) -> Option<Obstacle> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if cause.is::<NoAddress>() {
        return Some(Obstacle::UnknownHost);
    }
    if cause.is::<ProxyRefuses>() {
        return Some(Obstacle::Proxy);
    }
    if cause.is::<TookTooLong>() {
        return Some(Obstacle::TimedOut);
    }
    match cause.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(Obstacle::Refused),
        io::ErrorKind::TimedOut => Some(Obstacle::TimedOut),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> Obstacle {
    let rustls::Error::InvalidCertificate(reason) = error else { return Obstacle::Tls };
    match reason {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Obstacle::Untrusted,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Obstacle::Expired,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Obstacle::WrongName
        }
        _ => Obstacle::Tls,
    }
}

/// An error and what caused it. An [`io::Error`] hides the error it was made of from `source`.
pub(crate) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> + 'a {
    std::iter::successors(Some(error), |&cause| {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as _).or_else(|| cause.source())
    })
}

impl Unreachable {
    pub(super) fn new(
        target: String,
        proxy: Option<String>,
        source: Box<dyn Error + Send + Sync + 'static>,
    ) -> Self {
        let obstacle = Obstacle::of(&*source);
        Self { target, proxy, obstacle, source: source.into() }
    }

    /// What was to be connected to first.
    fn first(&self) -> &str {
        self.proxy.as_deref().unwrap_or(&self.target)
    }

    fn mend(&self) -> String {
        let listens = "for an emulator, start `akv serve`";
        match self.obstacle {
            Obstacle::Untrusted => "its certificate comes from an authority that is not trusted here. For an emulator, run this program under `akv run`, or set SSL_CERT_FILE to the authority's file (`akv env` prints it). Where a network looks into TLS, set SSL_CERT_FILE to a bundle that holds its authority".to_owned(),
            Obstacle::UnknownHost => format!(
                "DNS knows no address of {}. Is the vault's name right (KEY_VAULT_NAME, AZURE_KEYVAULT_URL)? An emulator's vaults are reached through its proxy (`akv env` sets HTTPS_PROXY)",
                self.first()
            ),
            Obstacle::Refused => match &self.proxy {
                Some(proxy) => format!("nothing listens at {proxy}, the proxy that HTTPS_PROXY names; {listens}"),
                None => format!("nothing listens there; {listens}"),
            },
            Obstacle::TimedOut => format!(
                "{} did not answer in time. A firewall or a private network may be in the way",
                self.first()
            ),
            Obstacle::Proxy => format!("the proxy {} does not connect to it: {}", self.first(), self.deepest()),
            Obstacle::Expired => format!("its certificate is not valid now: {}; or this machine's clock is wrong", self.deepest()),
            Obstacle::WrongName => format!("its certificate is for other hosts: {}", self.deepest()),
            Obstacle::Tls | Obstacle::Other => self.deepest(),
        }
    }

    fn deepest(&self) -> String {
        causes(&*self.source).last().map(ToString::to_string).unwrap_or_default()
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be reached: {}.", self.target, self.mend())
    }
}

impl Error for Unreachable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: impl Error + Send + Sync + 'static) -> Unreachable {
        Unreachable::new("kv.vault.azure.net:443".into(), None, Box::new(source))
    }

    #[test]
    fn what_is_in_the_way_is_found_however_deep_it_lies() {
        let tls = |reason| io::Error::other(io::Error::other(rustls::Error::InvalidCertificate(reason)));
        for (unreachable, obstacle) in [
            (of(tls(CertificateError::UnknownIssuer)), Obstacle::Untrusted),
            (of(tls(CertificateError::Expired)), Obstacle::Expired),
            (of(tls(CertificateError::NotValidForName)), Obstacle::WrongName),
            (of(tls(CertificateError::BadEncoding)), Obstacle::Tls),
            (of(io::Error::other(NoAddress(io::Error::other("no")))), Obstacle::UnknownHost),
            (of(io::Error::from(io::ErrorKind::ConnectionRefused)), Obstacle::Refused),
            (of(ProxyRefuses("403".into())), Obstacle::Proxy),
            (of(TookTooLong), Obstacle::TimedOut),
            (of(io::Error::other("else")), Obstacle::Other),
        ] {
            assert_eq!(unreachable.obstacle, obstacle, "{unreachable}");
            assert!(unreachable.to_string().starts_with("kv.vault.azure.net:443 cannot be reached: "));
        }
    }

    #[test]
    fn what_to_mend_is_said() {
        let refused = || Box::new(io::Error::from(io::ErrorKind::ConnectionRefused));
        let by_proxy = Unreachable::new("kv:443".into(), Some("127.0.0.1:1".into()), refused());
        assert!(by_proxy.to_string().contains("HTTPS_PROXY"), "{by_proxy}");
        let untrusted = of(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert!(untrusted.to_string().contains("SSL_CERT_FILE"), "{untrusted}");
    }
}

//! Which host names the emulator answers for, and as what.
//!
//! One table for the proxy (what is terminated), TLS (for which names a leaf is minted) and routing (who answers).
//! It must not touch the network: a name is judged by its text alone.

use std::borrow::Cow;

/// Which of Azure's two key services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Key Vault: certificates, keys and secrets.
    KeyVault,
    /// Managed HSM: keys only, all in hardware.
    ManagedHsm,
}

impl Product {
    /// What tokens for Azure's own are issued for.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::KeyVault => "https://vault.azure.net",
            Self::ManagedHsm => "https://managedhsm.azure.net",
        }
    }

    /// The parents of its hosts. The first is Azure's own, the second works without a proxy.
    const fn parents(self) -> [&'static str; 2] {
        match self {
            Self::KeyVault => [".vault.azure.net", ".vault.localhost"],
            Self::ManagedHsm => [".managedhsm.azure.net", ".managedhsm.localhost"],
        }
    }
}

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Realm {
    /// A data plane: `NAME.vault.azure.net` or `NAME.managedhsm.azure.net`, or the same below `localhost`. The name is
    /// lower case.
    Vault(Product, String),
    /// The login authority, `login.microsoftonline.com` and the names it had before.
    Login,
    /// The directory, `graph.microsoft.com`.
    Graph,
    /// An attestation authority, `NAME.REGION.attest.azure.net` or `NAME.attest.localhost`.
    Attestation,
    /// The control plane, `management.azure.com`.
    Management,
    /// The instance metadata service, `169.254.169.254`.
    InstanceMetadata,
    /// This machine: loopback addresses and `localhost`. Health, control API, managed identity, login by path.
    Local,
    /// A host of Azure's that is not emulated yet. It never leaves the machine: it is answered 501 here.
    Reserved,
}

/// Azure's identity and control plane hosts that are kept on this machine without being emulated yet.
const RESERVED: &[&str] = &[
    "graph.windows.net",
    "login.chinacloudapi.cn",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "management.chinacloudapi.cn",
    "management.usgovcloudapi.net",
];

/// The login authority's names; the first is the one that it gives out.
pub const LOGIN: &[&str] =
    &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

/// The control plane's names; the second is what older clients call it.
const MANAGEMENT: &[&str] = &["management.azure.com", "management.core.windows.net"];

/// Parents under which every name is a Key Vault or Managed HSM host that is not emulated yet.
const RESERVED_PARENTS: &[&str] = &[
    ".managedhsm.azure.cn",
    ".managedhsm.usgovcloudapi.net",
    ".vault.azure.cn",
    ".vault.usgovcloudapi.net",
    ".vaultcore.azure.net",
];

/// The parents of attestation authorities, one or two labels below them.
const ATTESTATION_PARENTS: &[&str] = &[".attest.azure.net", ".attest.localhost"];

/// Judges `authority` (`host` or `host:port`, any case); `None` for a host that is not ours.
#[must_use]
pub fn realm(authority: &str) -> Option<Realm> {
    let mut host = Cow::Borrowed(host_of(authority));
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        host = host.to_ascii_lowercase().into();
    }
    let host = host.strip_suffix('.').unwrap_or(&host);
    for product in [Product::KeyVault, Product::ManagedHsm] {
        if let Some(name) = product.parents().into_iter().find_map(|parent| host.strip_suffix(parent)) {
            // `a.b.vault.azure.net` is no vault, but it is not somebody else's host either.
            let own = !name.is_empty() && !name.contains('.');
            return Some(if own { Realm::Vault(product, name.to_owned()) } else { Realm::Reserved });
        }
    }
    if ATTESTATION_PARENTS.iter().any(|parent| host.strip_suffix(parent).is_some_and(|name| !name.is_empty()))
    {
        return Some(Realm::Attestation);
    }
    match host {
        "graph.microsoft.com" => Some(Realm::Graph),
        _ if LOGIN.contains(&host) => Some(Realm::Login),
        _ if MANAGEMENT.contains(&host) => Some(Realm::Management),
        "169.254.169.254" => Some(Realm::InstanceMetadata),
        "localhost" | "[::1]" | "::1" => Some(Realm::Local),
        _ if is_loopback_v4(host) => Some(Realm::Local),
        _ if RESERVED.contains(&host) || RESERVED_PARENTS.iter().any(|p| host.ends_with(p)) => {
            Some(Realm::Reserved)
        }
        _ => None,
    }
}

/// The host of `host:port`, `[v6]:port` or a bare host.
#[must_use]
pub fn host_of(authority: &str) -> &str {
    if let Some(end) = authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        return &authority[..end + 2];
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_has_one_realm() {
        for (authority, expected) in [
            ("Contoso-KV.vault.azure.net", Some(Realm::Vault(Product::KeyVault, "contoso-kv".into()))),
            ("contoso.vault.azure.net:443", Some(Realm::Vault(Product::KeyVault, "contoso".into()))),
            ("contoso.vault.localhost:8443", Some(Realm::Vault(Product::KeyVault, "contoso".into()))),
            ("contoso.vault.azure.net.", Some(Realm::Vault(Product::KeyVault, "contoso".into()))),
            ("a.b.vault.azure.net", Some(Realm::Reserved)),
            ("vault.azure.net", None),
            ("login.microsoftonline.com:443", Some(Realm::Login)),
            ("LOGIN.windows.net", Some(Realm::Login)),
            ("sts.windows.net", Some(Realm::Login)),
            ("graph.microsoft.com:443", Some(Realm::Graph)),
            ("management.azure.com", Some(Realm::Management)),
            ("management.usgovcloudapi.net", Some(Realm::Reserved)),
            ("HSM.managedhsm.azure.net", Some(Realm::Vault(Product::ManagedHsm, "hsm".into()))),
            ("hsm.managedhsm.localhost:8443", Some(Realm::Vault(Product::ManagedHsm, "hsm".into()))),
            ("hsm.managedhsm.azure.cn", Some(Realm::Reserved)),
            ("sharedeus.eus.attest.azure.net", Some(Realm::Attestation)),
            ("mine.attest.localhost:8443", Some(Realm::Attestation)),
            ("attest.azure.net", None),
            ("169.254.169.254", Some(Realm::InstanceMetadata)),
            ("127.0.0.1:8443", Some(Realm::Local)),
            ("[::1]:8443", Some(Realm::Local)),
            ("::1", Some(Realm::Local)),
            ("localhost", Some(Realm::Local)),
            ("evilvault.azure.net", None),
            ("example.com:443", None),
            ("localhost.example.com", None),
            ("", None),
        ] {
            assert_eq!(realm(authority), expected, "{authority}");
        }
    }

    #[test]
    fn a_port_is_cut_off_every_form_of_host() {
        for (authority, host) in [
            ("a:1", "a"),
            ("a", "a"),
            ("[::1]:1", "[::1]"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
            ("a:b", "a:b"),
        ] {
            assert_eq!(host_of(authority), host, "{authority}");
        }
    }
}

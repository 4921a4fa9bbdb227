//! The flags of `akv issuer`.

use clap::{Args, Subcommand};

use super::TargetArgs;

/// Flags of `akv issuer`.
#[derive(Args, Clone, Debug)]
pub struct IssuerArgs {
    #[command(flatten)]
    /// Which emulator.
    pub target: TargetArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: IssuerArg,
}

/// What `akv issuer` does.
#[derive(Clone, Debug, Subcommand)]
pub enum IssuerArg {
    /// Print the root behind all issuers, PEM.
    Root,
    /// Show how an issuer treats requests, as JSON.
    Show {
        /// The issuer.
        #[arg(value_name = "VAULT/ISSUER", value_parser = place)]
        issuer: Place,
    },
    /// Say how an issuer treats requests from now on; what is not said is as at first: granted, as fast as --timing has it.
    Set {
        /// The issuer.
        #[arg(value_name = "VAULT/ISSUER", value_parser = place)]
        issuer: Place,
        /// How long it takes, such as 30s or 2h.
        #[arg(long)]
        delay: Option<String>,
        /// Wait for `akv issuer approve` or `reject`.
        #[arg(long, conflicts_with = "fail")]
        approval: bool,
        /// Refuse, for this reason: the authority's code and its words.
        #[arg(long, value_name = "CODE|WORDS")]
        fail: Option<String>,
    },
    /// Have a certificate issued that waits for approval.
    Approve {
        /// The certificate.
        #[arg(value_name = "VAULT/CERTIFICATE", value_parser = place)]
        certificate: Place,
    },
    /// Refuse a certificate that waits for approval.
    Reject {
        /// The certificate.
        #[arg(value_name = "VAULT/CERTIFICATE", value_parser = place)]
        certificate: Place,
        /// The authority's code and its words.
        #[arg(long, value_name = "CODE|WORDS")]
        reason: Option<String>,
    },
    /// Revoke what an issuer has issued: lists and OCSP answers say so from now on.
    Revoke {
        /// The certificate.
        #[arg(value_name = "VAULT/CERTIFICATE", value_parser = place)]
        certificate: Place,
        /// Which version [default: the latest].
        #[arg(long)]
        version: Option<String>,
        /// Why, in RFC 5280's words, such as keyCompromise.
        #[arg(long)]
        reason: Option<String>,
    },
}

/// An object of a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The vault's name.
    pub vault: String,
    /// The object's name.
    pub name: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.vault, self.name)
    }
}

fn place(text: &str) -> Result<Place, String> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match text.split_once('/') {
        Some((vault, name)) if is_name(vault) && is_name(name) => {
            Ok(Place { vault: vault.to_ascii_lowercase(), name: name.to_owned() })
        }
        _ => Err("write the vault's name, a slash and the object's name".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_with_its_vault() {
        assert_eq!(place("KV/Web").unwrap().to_string(), "kv/Web");
        for wrong in ["web", "/web", "kv/", "kv/a/b", "kv/a?b"] {
            assert!(place(wrong).unwrap_err().contains("slash"), "{wrong}");
        }
    }
}

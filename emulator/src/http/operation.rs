//! Which operation a request to a vault or pool asks for: the families put together.
//!
//! It must not judge who asks, nor carry anything out itself: each family does.

use http::Method;

use crate::error::Error;
use crate::hosts::Product;
use crate::http::data_plane::Call;
use crate::http::reply::Reply;
use crate::http::target::Target;
use crate::http::{certificates, issuers, keys, objects, rng, secrets};
use crate::throttling::Transaction;

/// One operation of any family, with what the request gave for it.
pub(super) enum Operation {
    Certificates(certificates::Operation),
    Issuers(issuers::Operation),
    Secrets(secrets::Operation),
    Keys(keys::Operation),
    RandomBytes(rng::Operation),
}

/// What answers a path that no operation here has: Azure's own, or nobody's.
fn not_served(product: Product, method: &Method, segments: &[&str], path: &str) -> Error {
    match (product, segments) {
        (Product::ManagedHsm, _) if is_administration(method, segments) => {
            Error::NotEmulated(format!("the administration of a Managed HSM ({path})").into())
        }
        (Product::KeyVault, ["storage" | "deletedstorage", ..]) => {
            Error::NotEmulated(format!("a vault's management of storage accounts ({path})").into())
        }
        _ => Error::UnknownPath(path.to_owned()),
    }
}

/// Whether a pool is to be administered on Azure: its settings, its security domain, its backup as a whole, its external
/// key manager, or roles of its own, at the pool, at all of its keys or at one (azure-rest-api-specs, `Administration`).
fn is_administration(method: &Method, segments: &[&str]) -> bool {
    let is_of_roles = |pair: &[&str]| {
        let named = ["providers", "Microsoft.Authorization"];
        pair.iter().zip(named).all(|(given, own)| given.eq_ignore_ascii_case(own))
    };
    match segments {
        ["settings" | "securitydomain" | "ekm", ..]
        | ["backup" | "prebackup" | "restore" | "prerestore", ..] => true,
        ["keys", _, "restore"] => method == Method::PUT,
        _ => segments.windows(2).take(3).any(is_of_roles),
    }
}

impl Operation {
    /// The operation that a request asks for: which family a path belongs to, then what of it.
    pub(super) fn route(
        product: Product,
        method: &Method,
        segments: &[&str],
        target: &Target<'_>,
        path: &str,
        body: &[u8],
    ) -> Result<Self, Error> {
        use Operation as Op;
        let of_a_pool = matches!(segments.first(), Some(&("keys" | "deletedkeys" | "rng")))
            && !is_administration(method, segments);
        if product == Product::ManagedHsm && !of_a_pool {
            return Err(not_served(product, method, segments, path));
        }
        Ok(match segments {
            ["certificates", rest @ ..] if matches!(rest, ["issuers" | "contacts", ..]) => {
                Op::Issuers(issuers::Operation::route(method, rest, target, body)?)
            }
            ["certificates", rest @ ..] => {
                Op::Certificates(certificates::Operation::route(method, rest, target, body)?)
            }
            ["deletedcertificates", rest @ ..] => {
                Op::Certificates(certificates::Operation::route_deleted(method, rest, target)?)
            }
            ["secrets", rest @ ..] => Op::Secrets(secrets::Operation::route(method, rest, target, body)?),
            ["deletedsecrets", rest @ ..] => {
                let operation = objects::Operation::route_deleted(method, rest, target)?;
                Op::Secrets(secrets::Operation::Common(operation))
            }
            ["keys", rest @ ..] => Op::Keys(keys::Operation::route(method, rest, target, body)?),
            ["deletedkeys", rest @ ..] => {
                let operation = objects::Operation::route_deleted(method, rest, target)?;
                Op::Keys(keys::Operation::Common(operation))
            }
            ["rng"] if product == Product::ManagedHsm => {
                Op::RandomBytes(rng::Operation::route(method, body)?)
            }
            _ => return Err(not_served(product, method, segments, path)),
        })
    }

    /// Its name in Azure's audit log (learn.microsoft.com, Key Vault logging, operation names).
    pub(super) fn audit_name(&self) -> &'static str {
        match self {
            Self::Certificates(operation) => operation.audit_name(),
            Self::Issuers(operation) => operation.audit_name(),
            Self::Secrets(operation) => operation.audit_name(),
            Self::Keys(operation) => operation.audit_name(),
            Self::RandomBytes(_) => "GetRandomBytes",
        }
    }

    /// What it counts as where limits hold.
    pub(super) fn transaction(&self, call: &Call<'_>) -> Transaction {
        match self {
            Self::Keys(operation) => keys::transaction(operation, call),
            Self::Secrets(secrets::Operation::SetSecret(..))
            | Self::Certificates(certificates::Operation::ImportCertificate(..)) => {
                Transaction::SECRET_CREATION
            }
            _ => Transaction::OTHER,
        }
    }

    /// Carries it out.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<Reply, Error> {
        match self {
            // In a box, so that the others need not carry the room for them.
            Self::Certificates(operation) => Box::pin(certificates::run(operation, call)).await,
            Self::Issuers(operation) => issuers::run(operation, call),
            Self::Secrets(operation) => secrets::run(operation, call).await,
            Self::Keys(operation) => Box::pin(keys::run(operation, call)).await,
            Self::RandomBytes(operation) => operation.run(),
        }
    }
}

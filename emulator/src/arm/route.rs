//! Which family a path belongs to. Paths are compared without case; names keep theirs.

use http::Method;

use super::error::ArmError;
use super::{Call, attestation, deployments, groups, hsms, objects, policies, roles, subscriptions, vaults};
use crate::authorization::scope::Scope;
use crate::http::reply::Reply;

/// One operation of any family, with what the request gave for it.
#[derive(Debug)]
pub(super) enum Operation {
    Subscriptions(subscriptions::Operation),
    Attestation(attestation::Operation),
    Groups(groups::Operation),
    Vaults(vaults::Operation),
    Policies(policies::Operation),
    Objects(objects::Operation),
    Hsms(hsms::Operation),
    Roles(roles::Operation),
    Deployments(deployments::Operation),
}

/// A request's method, its path below the place where it was cut, in lower case and as sent, and its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) lower: &'a [&'a str],
    pub(super) sent: &'a [&'a str],
    pub(super) body: &'a [u8],
}

impl<'a> Asked<'a> {
    /// The same without the first `count` segments.
    fn skip(self, count: usize) -> Self {
        Self { lower: &self.lower[count..], sent: &self.sent[count..], ..self }
    }

    /// A segment as it was sent.
    pub(super) fn name(&self, index: usize) -> String {
        self.sent.get(index).copied().unwrap_or_default().to_owned()
    }

    /// The refusal of a path that is no operation, or not by this method.
    pub(super) fn refused(&self, paths: &[&[&str]]) -> ArmError {
        let fits = |path: &&[&str]| {
            path.len() == self.lower.len()
                && path.iter().zip(self.lower).all(|(own, asked)| *own == "*" || own == asked)
        };
        if paths.iter().any(fits) {
            ArmError::MethodNotAllowed(self.method.to_owned())
        } else {
            ArmError::UnknownPath(format!("/{}", self.sent.join("/")))
        }
    }
}

impl Operation {
    /// The operation that a request asks for.
    ///
    /// # Errors
    /// 404 for a path that is none or another subscription, 405 for a path without that method, 400 for a body, 501 for
    /// a provider that is not emulated.
    pub(super) fn route(call: &Call<'_>, method: &Method, body: &[u8]) -> Result<Self, ArmError> {
        let sent = call.target.segments();
        let lower: Vec<String> = sent.iter().map(|segment| segment.to_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        let asked = Asked { method: method.as_str(), lower: &lower, sent: &sent, body };
        if let ["subscriptions", id, ..] = lower.as_slice()
            && *id != call.store.subscription.to_string()
        {
            return Err(ArmError::SubscriptionNotFound(asked.name(1)));
        }
        // The provider of authorization is asked below any scope, so it is looked for first.
        if let Some(at) = lower.windows(2).rposition(|pair| pair == ["providers", "microsoft.authorization"])
        {
            let scope = Scope::parse(&sent[..at].join("/"));
            return roles::Operation::route(scope, asked.skip(at + 2)).map(Self::Roles);
        }
        match lower.as_slice() {
            ["subscriptions", _, "resourcegroups", _, "providers", provider, ..] => {
                Self::in_group(&asked.name(3), provider, asked.skip(6))
            }
            ["subscriptions", _, "resourcegroups", _, "deployments", ..] => {
                deployments::Operation::route(Some(asked.name(3)), asked.skip(4)).map(Self::Deployments)
            }
            ["subscriptions", _, "resourcegroups" | "resources", ..] => {
                groups::Operation::route(asked.skip(2)).map(Self::Groups)
            }
            ["subscriptions", _, "providers", "microsoft.resources", "deployments", ..] => {
                deployments::Operation::route(None, asked.skip(4)).map(Self::Deployments)
            }
            ["subscriptions", _, "providers", "microsoft.keyvault", _, ..] => {
                Self::of_key_vault(asked.skip(4))
            }
            ["subscriptions", _, "providers", "microsoft.attestation", _, ..] => {
                attestation::Operation::route(asked.skip(4)).map(Self::Attestation)
            }
            _ => subscriptions::Operation::route(asked).map(Self::Subscriptions),
        }
    }

    fn in_group(group: &str, provider: &str, asked: Asked<'_>) -> Result<Self, ArmError> {
        match (provider, asked.lower) {
            ("microsoft.keyvault", ["vaults", _, "accesspolicies", ..]) => {
                policies::Operation::route(group, asked.skip(1)).map(Self::Policies)
            }
            ("microsoft.keyvault", ["vaults", _, "secrets" | "keys", ..]) => {
                objects::Operation::route(group, asked.skip(1)).map(Self::Objects)
            }
            ("microsoft.keyvault", ["vaults", ..]) => {
                vaults::Operation::route(group, asked.skip(1)).map(Self::Vaults)
            }
            ("microsoft.keyvault", ["managedhsms", ..]) => {
                hsms::Operation::route(group, asked.skip(1)).map(Self::Hsms)
            }
            ("microsoft.resources", ["deployments", ..]) => {
                deployments::Operation::route(Some(group.to_owned()), asked).map(Self::Deployments)
            }
            _ => Err(ArmError::NotEmulated(format!("the resource provider of '{provider}' for this path"))),
        }
    }

    /// What the provider of Key Vault answers for a whole subscription.
    fn of_key_vault(asked: Asked<'_>) -> Result<Self, ArmError> {
        match asked.lower {
            ["managedhsms" | "deletedmanagedhsms" | "checkmhsmnameavailability", ..]
            | ["locations", _, "deletedmanagedhsms", ..] => {
                hsms::Operation::of_subscription(asked).map(Self::Hsms)
            }
            ["register" | "unregister" | "operations"] => {
                subscriptions::Operation::of_provider(asked).map(Self::Subscriptions)
            }
            _ => vaults::Operation::of_subscription(asked).map(Self::Vaults),
        }
    }

    /// Carries it out.
    ///
    /// # Errors
    /// The situation in which it is refused.
    pub(super) async fn run(self, call: &Call<'_>) -> Result<Reply, ArmError> {
        match self {
            Self::Subscriptions(operation) => subscriptions::run(operation, call),
            Self::Attestation(operation) => attestation::run(&operation),
            Self::Groups(operation) => groups::run(operation, call),
            Self::Vaults(operation) => vaults::run(operation, call),
            Self::Policies(operation) => policies::run(operation, call),
            Self::Objects(operation) => objects::run(operation, call).await,
            Self::Hsms(operation) => hsms::run(operation, call),
            Self::Roles(operation) => roles::run(operation, call),
            Self::Deployments(operation) => deployments::run(operation, call).await,
        }
    }
}

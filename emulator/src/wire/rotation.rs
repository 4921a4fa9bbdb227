//! The rotation policy of a key; one struct for both ways, as a client may send back what it was given
//! (keys-and-secrets.md section 4.6).

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// A policy.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct RotationPolicy {
    /// Identifier; absent for a key that never had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is done, and when.
    #[serde(rename = "lifetimeActions")]
    pub lifetime_actions: Option<Vec<LifetimeAction>>,
    /// Null for a key that never had one.
    pub attributes: Option<PolicyAttributes>,
}

/// What is done, and when.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct LifetimeAction {
    /// When.
    pub trigger: Option<Trigger>,
    /// What.
    pub action: Option<Action>,
}

/// Exactly one of the two.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Trigger {
    /// ISO 8601.
    #[serde(rename = "timeAfterCreate", skip_serializing_if = "Option::is_none")]
    pub time_after_create: Option<String>,
    /// ISO 8601.
    #[serde(rename = "timeBeforeExpiry", skip_serializing_if = "Option::is_none")]
    pub time_before_expiry: Option<String>,
}

/// What is done.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Action {
    /// `Rotate` or `Notify`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// How long rotated versions last, and the policy's dates.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct PolicyAttributes {
    /// ISO 8601.
    #[serde(rename = "expiryTime", skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<String>,
    /// When it was set first.
    pub created: Option<Timestamp>,
    /// When it was set last.
    pub updated: Option<Timestamp>,
}

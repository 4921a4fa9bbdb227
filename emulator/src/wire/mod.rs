//! The bodies of the data plane as they stand on the wire: members in Azure's order, absent ones left out.
//!
//! It holds no rule and no default; it imports serde, zeroize, std and `timestamp` only.

pub mod certificates;
pub mod issuers;
pub mod keys;
pub mod rotation;
pub mod secrets;

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// `{"error":{"code","message","innererror":{"code"}}}`, the body of every refusal (certificates.md section 4).
#[derive(Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// The one member.
    pub error: ErrorDetail<'a>,
}

/// The inside of an [`ErrorBody`].
#[derive(Debug, Serialize)]
pub struct ErrorDetail<'a> {
    /// Code.
    pub code: &'a str,
    /// Message for people.
    pub message: &'a str,
    /// The exact situation, for some conflicts and refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub innererror: Option<InnerError<'a>>,
}

/// The third member of an [`ErrorDetail`].
#[derive(Debug, Serialize)]
pub struct InnerError<'a> {
    /// Code of the exact situation.
    pub code: &'a str,
}

/// A page of a list. `nextLink` is always there, null on the last page (certificates.md section 2.8).
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items of this page.
    pub value: Vec<T>,
    /// Where the next page is.
    #[serde(rename = "nextLink")]
    pub next_link: Option<String>,
}

/// A deleted object: three members, then those of the object itself (certificates.md section 2.9).
#[derive(Debug, Serialize)]
pub struct Deleted<T> {
    /// Where it can be recovered or purged.
    #[serde(rename = "recoveryId")]
    pub recovery_id: String,
    /// When it was deleted.
    #[serde(rename = "deletedDate")]
    pub deleted_date: Timestamp,
    /// When the service will purge it.
    #[serde(rename = "scheduledPurgeDate")]
    pub scheduled_purge_date: Timestamp,
    /// The object.
    #[serde(flatten)]
    pub object: T,
}

/// An item of a list of live or deleted objects.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Listed<T> {
    /// As it stands in a live list.
    Live(T),
    /// As it stands in a deleted list.
    Deleted(Deleted<T>),
}

/// A backup, on its way out or in.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct BackupValue {
    /// The blob, base64url.
    pub value: String,
}

//! Bodies of the control plane as serde structs, members in Azure's order.

pub(super) mod hsms;
pub(super) mod names;
pub(super) mod objects;
pub(super) mod vaults;

use std::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

use super::error::ArmError;
use super::store::{Stamp, Tags};
use crate::http::body;

/// Reads a body.
///
/// # Errors
/// 400 with the reader's complaint, as Azure quotes its own.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ArmError> {
    body::read(body).map_err(|error| ArmError::InvalidRequestContent(error.to_string()))
}

/// A number, or a text that is one: the service takes both (`az keyvault create --hsm-name` sends text).
fn number<'de, D: Deserializer<'de>, T: Deserialize<'de> + FromStr>(from: D) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given<T> {
        Number(T),
        Text(String),
    }
    match Option::<Given<T>>::deserialize(from)? {
        None => Ok(None),
        Some(Given::Number(number)) => Ok(Some(number)),
        Some(Given::Text(text)) => {
            text.parse().map(Some).map_err(|_| D::Error::custom(format!("'{text}' is no number in range")))
        }
    }
}

/// A page of a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    pub(super) value: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_link: Option<String>,
}

/// `systemData`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SystemData {
    created_by: String,
    created_by_type: &'static str,
    created_at: String,
    last_modified_by: String,
    last_modified_by_type: &'static str,
    last_modified_at: String,
}

impl SystemData {
    pub(super) fn new(created: Stamp, modified: Stamp) -> Self {
        Self {
            created_by: created.by.to_string(),
            created_by_type: "User",
            created_at: created.at.to_string(),
            last_modified_by: modified.by.to_string(),
            last_modified_by_type: "User",
            last_modified_at: modified.at.to_string(),
        }
    }
}

/// Body of requests about resource groups.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct GroupParameters {
    pub(super) location: Option<String>,
    pub(super) tags: Option<Tags>,
    pub(super) managed_by: Option<String>,
}

/// A resource group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupBody {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) location: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) managed_by: Option<String>,
    pub(super) tags: Tags,
    pub(super) properties: ProvisioningState,
}

/// `properties` that say nothing else.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProvisioningState {
    pub(super) provisioning_state: &'static str,
}

/// An item of `/resources`.
#[derive(Debug, Serialize)]
pub(super) struct ResourceItem {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) location: &'static str,
    pub(super) tags: Tags,
}

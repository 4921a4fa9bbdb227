//! Whether a vault's name is free, as bodies ask and say it. It must not decide that.

use serde::{Deserialize, Serialize};

/// Body of `checkNameAvailability`.
#[derive(Debug, Deserialize)]
pub(in crate::arm) struct NameParameters {
    pub(in crate::arm) name: String,
}

/// Whether a name is free, and why not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::arm) struct NameAvailability {
    pub(in crate::arm) name_available: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::arm) reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::arm) message: Option<String>,
}

impl NameAvailability {
    /// It is free.
    pub(in crate::arm) const FREE: Self = Self { name_available: true, reason: None, message: None };

    /// It is not.
    pub(in crate::arm) const fn taken(reason: &'static str, message: String) -> Self {
        Self { name_available: false, reason: Some(reason), message: Some(message) }
    }
}

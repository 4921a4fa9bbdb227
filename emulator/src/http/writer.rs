//! What the bodies of every family have in common: identifiers from the caller's origin, what deleting means in the
//! vault, a deleted object's dates. It decides nothing.

use crate::http::api_version::ApiVersion;
use crate::http::data_plane::Call;
use crate::http::origin::Origin;
use crate::vault::Settings;
use crate::vault::attributes;
use crate::vault::collection::Deletion;
use crate::vault::name::{ObjectName, Version};
use crate::wire::Deleted;
use crate::wire::certificates::Attributes;

/// Writes parts of the bodies of one request.
#[derive(Debug)]
pub struct Writer<'a> {
    origin: &'a Origin,
    /// The form of the answer.
    pub api_version: ApiVersion,
    settings: &'a Settings,
}

impl<'a> Writer<'a> {
    /// A writer for the answers to `call`.
    #[must_use]
    pub fn new(call: &'a Call<'_>) -> Self {
        Self { origin: call.origin, api_version: call.api_version, settings: &call.settings }
    }

    /// `{vault}/{collection}/{name}[/{version}]`.
    #[must_use]
    pub fn id(&self, collection: &str, name: &ObjectName, version: Option<Version>) -> String {
        let Origin { scheme, authority } = self.origin;
        let digits = version.map(Version::digits);
        let (slash, digits) = match &digits {
            Some(digits) => ("/", digits.as_str()),
            None => ("", ""),
        };
        [*scheme, "://", authority, "/", collection, "/", name.as_str(), slash, digits].concat()
    }

    /// `attributes.recoveryLevel`.
    #[must_use]
    pub const fn recovery_level(&self) -> &'static str {
        self.settings.recovery_level()
    }

    /// `attributes.recoverableDays`, where the api-version has it.
    #[must_use]
    pub fn recoverable_days(&self) -> Option<u16> {
        Some(self.settings.retention_days).filter(|_| self.api_version.has_recoverable_days())
    }

    /// The attributes that all families have.
    #[must_use]
    pub fn attributes(&self, own: &attributes::Attributes) -> Attributes {
        Attributes {
            enabled: Some(own.enabled),
            nbf: own.not_before,
            exp: own.not_after,
            created: Some(own.created),
            updated: Some(own.updated),
            recovery_level: Some(self.recovery_level()),
            recoverable_days: self.recoverable_days(),
        }
    }

    /// A deleted object, to be found in `collection`.
    #[must_use]
    pub fn deleted<T>(
        &self,
        collection: &str,
        name: &ObjectName,
        deletion: Deletion,
        object: T,
    ) -> Deleted<T> {
        Deleted {
            recovery_id: self.id(collection, name, None),
            deleted_date: deletion.at,
            scheduled_purge_date: deletion.purge_at,
            object,
        }
    }
}

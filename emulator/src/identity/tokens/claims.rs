//! The claims of an access token, and whom they name.
//!
//! It must not sign nor verify.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AZURE_CLI, Audience, Caller, CallerType, ClientProof, LIFETIME, SKEW, Subject};
use crate::identity::directory::ServicePrincipalType;
use crate::timestamp::Timestamp;

/// The claims of a version 1 access token, which Key Vault, Resource Manager and Graph ask for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Claims {
    pub(super) aud: String,
    pub(super) iss: Arc<str>,
    iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    acr: String,
    appid: Uuid,
    appidacr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    idp: Option<String>,
    pub(super) idtyp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    pub(super) oid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    sub: Uuid,
    tid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upn: Option<String>,
    uti: Uuid,
    ver: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    xms_mirid: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xms_idrel: Option<String>,
    /// `iat` in milliseconds: whether a token is older than a revocation within the same second. Ours alone.
    #[serde(default)]
    pub(super) xms_issued_ms: i64,
}

/// `xms_idrel` of a managed identity's token, by which it is told from an application's.
const MANAGED_IDENTITY: &str = "7 24";

impl Claims {
    /// What a token says that names `subject` to `audience`.
    pub(super) fn of(
        subject: &Subject,
        audience: &Audience,
        tenant: Uuid,
        issuer: String,
        now: Timestamp,
    ) -> Self {
        let (issued_at, object_id) = (now.seconds(), subject.object_id());
        let common = Self {
            aud: audience.as_str().to_owned(),
            iss: issuer.as_str().into(),
            iat: issued_at,
            nbf: issued_at - SKEW,
            exp: issued_at + LIFETIME,
            acr: "1".to_owned(),
            appid: AZURE_CLI,
            appidacr: "0".to_owned(),
            idp: None,
            idtyp: "user".to_owned(),
            name: None,
            oid: object_id,
            scp: None,
            sub: object_id,
            tid: tenant,
            unique_name: None,
            upn: None,
            uti: Uuid::new_v5(&object_id, &now.millis().to_be_bytes()),
            ver: "1.0".to_owned(),
            xms_mirid: None,
            xms_idrel: None,
            xms_issued_ms: now.millis(),
        };
        match subject {
            Subject::User(user, client) => Self {
                appid: *client,
                name: Some(user.display_name.clone()),
                scp: Some("user_impersonation".to_owned()),
                unique_name: Some(user.user_principal_name.to_string()),
                upn: Some(user.user_principal_name.to_string()),
                ..common
            },
            Subject::ServicePrincipal(principal, proof) => Self {
                appid: principal.app_id,
                appidacr: if *proof == ClientProof::Secret { "1" } else { "2" }.to_owned(),
                idp: Some(issuer),
                idtyp: "app".to_owned(),
                xms_mirid: principal.resource_id.as_deref().map(Into::into),
                xms_idrel: (principal.kind == ServicePrincipalType::ManagedIdentity)
                    .then(|| MANAGED_IDENTITY.to_owned()),
                ..common
            },
        }
    }

    /// The caller of whom they tell; the groups are the directory's to say.
    pub(super) fn caller(&self) -> Caller {
        let kind = match (self.idtyp.as_str(), &self.xms_idrel) {
            ("user", _) => CallerType::User,
            (_, Some(_)) => CallerType::ManagedIdentity,
            (_, None) => CallerType::Application,
        };
        Caller {
            object_id: self.oid,
            app_id: self.appid,
            groups: Vec::new(),
            kind,
            issuer: Arc::clone(&self.iss),
            resource_id: self.xms_mirid.clone(),
        }
    }
}

//! The journal in the form of Azure's own audit log, category `AuditEvent`.
//!
//! Source: "Azure Key Vault logging", learn.microsoft.com/azure/key-vault/general/logging, its example and its table of
//! fields. A request without a token is the operation `Authentication` there. Nobody has published what `resultType` is
//! for a refusal: `Failed` is ours. Mails are no events of that log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Caller, Entry, Event, Request};
use crate::timestamp::Timestamp;

/// Records as a storage account's blob holds them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
pub struct AuditRecords {
    /// From the oldest to the newest.
    pub records: Vec<AuditRecord>,
}

/// One record.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// By the vaults' clock, with seven digits of a second.
    pub time: String,
    /// The vault's resource id in upper case.
    pub resource_id: String,
    /// Such as `SecretGet`; empty if the request asked for no operation.
    pub operation_name: String,
    /// `api-version`.
    pub operation_version: String,
    /// `AuditEvent`.
    pub category: String,
    /// `Success` or `Failed`.
    pub result_type: String,
    /// The status in words, such as `OK`.
    pub result_signature: String,
    /// The message of a refusal.
    pub result_description: String,
    /// How long it took, by the machine's clock.
    pub duration_ms: String,
    /// The client's address.
    pub caller_ip_address: String,
    /// `x-ms-client-request-id`.
    pub correlation_id: String,
    /// Of the token.
    pub identity: Identity,
    /// What else there is to say.
    pub properties: Properties,
}

/// The caller.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
pub struct Identity {
    /// Claims of the token; none without one.
    pub claim: Claims,
}

/// The claims by which Azure names a caller.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
pub struct Claims {
    /// `oid`.
    #[serde(
        rename = "http://schemas.microsoft.com/identity/claims/objectidentifier",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<String>")]
    pub object_id: Option<Uuid>,
    /// `upn`, of a user.
    #[serde(
        rename = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        skip_serializing_if = "Option::is_none"
    )]
    pub upn: Option<String>,
    /// `appid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub appid: Option<Uuid>,
}

/// `properties` of a record.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// `User-Agent`.
    pub client_info: String,
    /// What was asked for.
    pub request_uri: String,
    /// Identifier of the object, with its version if the answer or the request named one.
    pub id: String,
    /// HTTP status.
    pub http_status_code: u16,
}

/// What a record says that no entry holds.
pub trait Surroundings {
    /// The resource id of that vault.
    fn resource_id(&self, vault: &str) -> String;
    /// The name of the user with that object id.
    fn user_principal_name(&self, oid: Uuid) -> Option<String>;
}

impl AuditRecord {
    /// The record of an entry; `None` for a mail.
    #[must_use]
    pub fn of(entry: &Entry, surroundings: &impl Surroundings) -> Option<Self> {
        let Event::Request(request) = &entry.event else { return None };
        let operation = match (&request.operation, &request.caller) {
            (Some(operation), _) => operation,
            (None, None) => "Authentication",
            (None, Some(_)) => "",
        };
        let signature = http::StatusCode::from_u16(request.status).ok();
        Some(Self {
            time: seven_digits(entry.at),
            resource_id: surroundings.resource_id(&request.vault).to_ascii_uppercase(),
            operation_name: operation.to_owned(),
            operation_version: request.api_version.clone().unwrap_or_default(),
            category: "AuditEvent".to_owned(),
            result_type: if request.status < 400 { "Success" } else { "Failed" }.to_owned(),
            result_signature: signature.and_then(|s| s.canonical_reason()).unwrap_or_default().to_owned(),
            result_description: request.error.as_ref().map_or_else(String::new, |e| e.message.clone()),
            duration_ms: request.duration_ms.to_string(),
            caller_ip_address: request.address.to_string(),
            correlation_id: request.client_request_id.clone().unwrap_or_default(),
            identity: Identity {
                claim: request.caller.map_or_else(Claims::default, |caller| claims(caller, surroundings)),
            },
            properties: Properties {
                client_info: request.user_agent.clone().unwrap_or_default(),
                request_uri: request.uri.clone(),
                id: id(request),
                http_status_code: request.status,
            },
        })
    }
}

fn claims(caller: Caller, surroundings: &impl Surroundings) -> Claims {
    Claims {
        object_id: Some(caller.oid),
        upn: surroundings.user_principal_name(caller.oid),
        appid: caller.appid,
    }
}

/// `https://kv.vault.azure.net/secrets/db/VERSION`, without what the request did not name.
fn id(request: &Request) -> String {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let host = request.uri.split('/').take(3).collect::<Vec<_>>().join("/");
    match (segments.as_slice(), &request.version) {
        ([family, name, ..], Some(version)) => format!("{host}/{family}/{name}/{version}"),
        ([family, name, ..], None) => format!("{host}/{family}/{name}"),
        ([family], _) => format!("{host}/{family}"),
        ([], _) => host,
    }
}

/// `2016-01-05T01:32:01.2691226Z`, to the millisecond that is known.
fn seven_digits(at: Timestamp) -> String {
    let whole = at.to_string();
    format!("{}.{:03}0000Z", whole.trim_end_matches('Z'), at.millis().rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    struct Nowhere;

    impl Surroundings for Nowhere {
        fn resource_id(&self, vault: &str) -> String {
            format!("/subscriptions/s/vaults/{vault}")
        }

        fn user_principal_name(&self, _: Uuid) -> Option<String> {
            Some("user@domain.com".to_owned())
        }
    }

    /// The example of "Azure Key Vault logging": the same members in the same order.
    #[test]
    fn a_record_has_the_members_of_azures_own() {
        let request = Request {
            operation: Some("SecretGet".into()),
            caller: Some(Caller { oid: Uuid::from_u128(1), appid: Some(Uuid::from_u128(2)) }),
            version: Some("7".into()),
            api_version: Some("2025-07-01".into()),
            user_agent: Some("azsdk".into()),
            duration_ms: 78,
            ..Request::answered(200, IpAddr::V4(Ipv4Addr::LOCALHOST))
        };
        let at = Timestamp::from_millis(1_451_957_521_269);
        let entry = Entry { sequence: 1, at, event: Event::Request(request) };
        let record = serde_json::to_string(&AuditRecord::of(&entry, &Nowhere).unwrap()).unwrap();
        assert_eq!(
            record,
            concat!(
                r#"{"time":"2016-01-05T01:32:01.2690000Z","resourceId":"/SUBSCRIPTIONS/S/VAULTS/KV","#,
                r#""operationName":"SecretGet","operationVersion":"2025-07-01","category":"AuditEvent","#,
                r#""resultType":"Success","resultSignature":"OK","resultDescription":"","durationMs":"78","#,
                r#""callerIpAddress":"127.0.0.1","correlationId":"","identity":{"claim":{"#,
                r#""http://schemas.microsoft.com/identity/claims/objectidentifier":"00000000-0000-0000-0000-000000000001","#,
                r#""http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"user@domain.com","#,
                r#""appid":"00000000-0000-0000-0000-000000000002"}},"properties":{"clientInfo":"azsdk","#,
                r#""requestUri":"https://kv.vault.azure.net/secrets/db?api-version=2025-07-01","#,
                r#""id":"https://kv.vault.azure.net/secrets/db/7","httpStatusCode":200}}"#,
            )
        );
    }

    #[test]
    fn without_a_token_it_is_an_authentication() {
        let request = Request::answered(401, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let entry = Entry { sequence: 1, at: Timestamp::default(), event: Event::Request(request) };
        let record = AuditRecord::of(&entry, &Nowhere).unwrap();
        assert_eq!(
            (record.operation_name.as_str(), record.result_signature.as_str()),
            ("Authentication", "Unauthorized")
        );
    }
}

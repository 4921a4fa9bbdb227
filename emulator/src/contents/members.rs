//! Members of Azure's bodies that Azure does not know. The service passes over them; in contents they are slips of the
//! pen, and named.
//!
//! It must not say what a member may hold: the operation does, in Azure's words.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What Azure answers and passes over when it is sent back (azure-rest-api-specs, `readOnly`), by whatever body; and the
/// family of a vault's `sku`, which has one value.
const PASSED_OVER: [&str; 14] = [
    "id",
    "kid",
    "sid",
    "created",
    "updated",
    "recoveryLevel",
    "recoverableDays",
    "hsmPlatform",
    "zip",
    "family",
    "vaultUri",
    "hsmPoolResourceId",
    "provisioningState",
    "privateEndpointConnections",
];

/// The members of `body` that a request of this form does not have, by their place, such as `attributes.enabeld`. Of a
/// body that is no such request, as far as it is one: the operation refuses it.
pub(crate) fn unknown<T: DeserializeOwned>(body: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    let _: Result<T, _> = serde_ignored::deserialize(body, |path| {
        // An optional member is a step of its own on the way, written `?`.
        let place = path.to_string().replace("?.", "");
        let name = place.rsplit('.').next().unwrap_or_default();
        if !PASSED_OVER.contains(&name) {
            unknown.push(place);
        }
    });
    unknown
}

/// The complaint about them, if any.
pub(crate) fn complaint(unknown: &[String]) -> Option<String> {
    let named: Vec<_> = unknown.iter().map(|place| format!("`{place}`")).collect();
    (!named.is_empty()).then(|| format!("Azure knows no member {}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::{certificates, issuers, keys, secrets};

    #[test]
    fn a_member_that_nobody_knows_is_named_with_its_place() {
        let body = json!({"value": "x", "contenttype": "y", "attributes": {"enabeld": true, "nbf": 1}});
        assert_eq!(unknown::<secrets::SetRequest>(&body), ["attributes.enabeld", "contenttype"]);
        let body =
            json!({"policy": {"lifetime_actions": [{"trigger": {"days": 1}}], "x509_props": {"san": {}}}});
        assert_eq!(
            unknown::<certificates::CreateRequest>(&body),
            ["policy.lifetime_actions.0.trigger.days", "policy.x509_props.san"]
        );
        assert_eq!(unknown::<keys::ImportRequest>(&json!({"key": {"ktty": "RSA"}})), ["key.ktty"]);
        assert_eq!(complaint(&[]), None);
    }

    #[test]
    fn what_azure_answers_may_be_sent_back() {
        let body = json!({
            "attributes": {"enabled": true, "created": 1, "updated": 1, "recoveryLevel": "Purgeable", "recoverableDays": 0},
            "org_details": {"zip": 0, "id": "1"},
            "id": "https://kv.vault.azure.net/certificates/issuers/ca",
            "privateEndpointConnections": []
        });
        assert!(unknown::<issuers::SetIssuerRequest>(&body).is_empty());
    }
}

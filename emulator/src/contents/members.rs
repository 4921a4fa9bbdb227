//! Members of Azure's bodies that Azure does not know. The service passes over them; in contents they are slips of the
//! pen, and named.
//!
//! It must not say what a member may hold: the operation does, in Azure's words.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::{certificates, issuers, keys, secrets};

/// The body of a request, with what the service answers of it besides: members that a client may send back, which are
/// passed over there and nowhere else (azure-rest-api-specs, `readOnly`).
pub(crate) trait Form: DeserializeOwned {
    /// The place of what holds them, such as `policy.attributes`, empty for the body itself; and their names.
    const ANSWERED: &'static [(&'static str, &'static [&'static str])];
}

const OF_OBJECTS: &[&str] = &["created", "updated", "recoveryLevel", "recoverableDays"];
const OF_KEYS: &[&str] = &["created", "updated", "recoveryLevel", "recoverableDays", "hsmPlatform"];
const OF_OTHERS: &[&str] = &["created", "updated"];
const OF_CERTIFICATES: &[(&str, &[&str])] = &[
    ("", &["id", "kid", "sid"]),
    ("attributes", OF_OBJECTS),
    ("policy", &["id"]),
    ("policy.attributes", OF_OTHERS),
];

impl Form for secrets::SetRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] =
        &[("", &["id", "kid"]), ("attributes", OF_OBJECTS)];
}

impl Form for keys::CreateRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] = &[("attributes", OF_KEYS)];
}

impl Form for keys::ImportRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] =
        &[("key", &["kid"]), ("attributes", OF_KEYS)];
}

impl Form for certificates::CreateRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] = OF_CERTIFICATES;
}

impl Form for certificates::ImportRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] = OF_CERTIFICATES;
}

impl Form for issuers::SetIssuerRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] =
        &[("", &["id"]), ("attributes", OF_OTHERS), ("org_details", &["zip"])];
}

impl Form for issuers::SetContactsRequest {
    const ANSWERED: &'static [(&'static str, &'static [&'static str])] = &[("", &["id"])];
}

/// The members of `body` that a request of this form does not have, by their place, such as `attributes.enabeld`. Of a
/// body that is no such request, as far as it is one: the operation refuses it.
pub(crate) fn unknown<T: Form>(body: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    let _: Result<T, _> = serde_ignored::deserialize(body, |path| {
        // An optional member is a step of its own on the way, written `?`.
        let place = path.to_string().replace("?.", "");
        let (holder, name) = place.rsplit_once('.').unwrap_or(("", &place));
        let is_answered = T::ANSWERED.iter().any(|(own, names)| *own == holder && names.contains(&name));
        if !is_answered {
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
    fn what_azure_answers_may_be_sent_back_where_it_stood() {
        let attributes = json!({"enabled": true, "created": 1, "updated": 1, "recoveryLevel": "Purgeable", "recoverableDays": 0});
        let of_key = json!({"created": 1, "recoveryLevel": "Purgeable", "hsmPlatform": "0"});
        let issuer = json!({
            "attributes": {"enabled": true, "created": 1, "updated": 1},
            "org_details": {"zip": 0, "id": "1"},
            "id": "https://kv.vault.azure.net/certificates/issuers/ca",
        });
        let certificate = json!({
            "id": "i", "kid": "k", "sid": "s", "attributes": attributes,
            "policy": {"id": "i", "attributes": {"enabled": true, "created": 1, "updated": 1}},
        });
        assert!(unknown::<issuers::SetIssuerRequest>(&issuer).is_empty());
        assert!(unknown::<certificates::CreateRequest>(&certificate).is_empty());
        assert!(unknown::<certificates::ImportRequest>(&certificate).is_empty());
        let secret = json!({"id": "i", "value": "x", "attributes": attributes});
        assert!(unknown::<secrets::SetRequest>(&secret).is_empty());
        let key = json!({"key": {"kid": "k", "kty": "EC"}, "attributes": of_key});
        assert!(unknown::<keys::ImportRequest>(&key).is_empty());
        assert!(unknown::<keys::CreateRequest>(&json!({"kty": "EC", "attributes": of_key})).is_empty());
    }

    /// The same names elsewhere are slips of the pen as any others.
    #[test]
    fn what_azure_answers_elsewhere_is_unknown_here() {
        let secret = json!({"value": "x", "recoveryLevel": "Purgeable", "zip": 1, "attributes": {"id": "i"}});
        assert_eq!(unknown::<secrets::SetRequest>(&secret), ["attributes.id", "recoveryLevel", "zip"]);
        let key = json!({"kty": "EC", "kid": "k", "attributes": {"kid": "k"}});
        assert_eq!(unknown::<keys::CreateRequest>(&key), ["attributes.kid", "kid"]);
        let secret = json!({"attributes": {"hsmPlatform": "0"}});
        assert_eq!(unknown::<secrets::SetRequest>(&secret), ["attributes.hsmPlatform"]);
        let policy =
            json!({"policy": {"kid": "k", "attributes": {"recoveryLevel": "x"}, "x509_props": {"id": 1}}});
        assert_eq!(
            unknown::<certificates::CreateRequest>(&policy),
            ["policy.attributes.recoveryLevel", "policy.kid", "policy.x509_props.id"]
        );
        let issuer = json!({"zip": 1, "attributes": {"recoveryLevel": "x"}});
        assert_eq!(unknown::<issuers::SetIssuerRequest>(&issuer), ["attributes.recoveryLevel", "zip"]);
    }
}

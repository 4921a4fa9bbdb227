//! The certificate policy: defaults, normalisation and what is refused.
//!
//! A [`Policy`] is complete and valid; it is only ever made from a wire policy, here. Sources: certificates.md sections
//! 2.2, 4 and 5.1.

mod imported;
mod lifetime;
mod platform;
mod sections;

use crate::crypto::{CertificateProfile, KeySpec};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::vault::key_plan::Protection;
use crate::wire::certificates as wire;

pub use self::lifetime::{Action, LifetimeAction, Trigger};
pub use self::sections::ContentType;
pub(super) use self::sections::INVALID_ISSUER;
use self::sections::KeySection;

/// Who issues what a policy asks for, by the issuer's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuedBy {
    /// `Self`: the key signs its own certificate.
    Own,
    /// `Unknown`: whoever is given the request; what they issue is merged.
    Merge,
    /// Any other name: the authority of an issuer object.
    Authority,
    /// No name decides this: the policy has `platformManaged` (section 5.3).
    Platform,
}

impl IssuedBy {
    /// Names are compared without case; `self` was seen.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        if issuer.eq_ignore_ascii_case("self") {
            Self::Own
        } else if issuer.eq_ignore_ascii_case("unknown") {
            Self::Merge
        } else {
            Self::Authority
        }
    }
}

/// A complete, valid policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Every section as it is answered, without identifier and attributes.
    wire: wire::CertificatePolicy,
    /// What key to make.
    pub key: KeySpec,
    /// Where it is kept.
    pub protection: Protection,
    /// What certificate to issue.
    pub profile: CertificateProfile,
    /// In what form the secret is kept.
    pub content_type: ContentType,
    /// For how many calendar months.
    pub validity_months: u32,
    /// What to do before a certificate expires.
    pub lifetime_action: LifetimeAction,
    /// The issuer's name as the client wrote it.
    pub issuer: String,
    /// Who issues what it asks for.
    pub issued_by: IssuedBy,
    /// When the name's first policy was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

impl Policy {
    /// Fills in and checks what a client sent.
    ///
    /// # Errors
    /// 400 with the situation that section 4 has for it.
    pub fn new(
        mut given: wire::CertificatePolicy,
        created: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if let Some(platform) = given.platform_managed.take() {
            platform::fill(&mut given, &platform)?;
            given.platform_managed = Some(platform);
        }
        let key = sections::key_properties(&given.key_props.take().unwrap_or_default())?;
        let (profile, x509_props) =
            sections::x509_properties(given.x509_props.take().unwrap_or_default(), key.spec)?;
        Self::assemble(key, profile, x509_props, given, (created, now))
    }

    /// The policy of a key and a certificate that are settled, with what `given` says of the rest.
    fn assemble(
        key: KeySection,
        profile: CertificateProfile,
        x509_props: wire::X509Properties,
        given: wire::CertificatePolicy,
        (created, updated): (Timestamp, Timestamp),
    ) -> Result<Self, Error> {
        let validity_months = x509_props.validity_months.unwrap_or(12);
        let (content_type, secret_props) = sections::secret_properties(given.secret_props.as_ref())?;
        let issuer = sections::issuer(given.issuer.unwrap_or_default())?;
        let name = issuer.name.clone().unwrap_or_default();
        let issued_by = match given.platform_managed {
            Some(_) => IssuedBy::Platform,
            None => IssuedBy::of(&name),
        };
        let (lifetime_action, lifetime_actions) =
            lifetime::lifetime_actions(given.lifetime_actions, issued_by, validity_months)?;
        let wire = wire::CertificatePolicy {
            id: None,
            key_props: Some(key.wire),
            secret_props: Some(secret_props),
            x509_props: Some(x509_props),
            lifetime_actions: Some(lifetime_actions),
            issuer: Some(issuer),
            attributes: None,
            platform_managed: given.platform_managed,
        };
        Ok(Self {
            wire,
            issued_by,
            key: key.spec,
            protection: key.protection,
            profile,
            content_type,
            validity_months,
            lifetime_action,
            issuer: name,
            created,
            updated,
        })
    }

    /// The policy with the sections of `given` in place of its own; sections left out stay (section 2.6).
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn patched(&self, given: wire::CertificatePolicy, now: Timestamp) -> Result<Self, Error> {
        let own = self.wire.clone();
        let merged = wire::CertificatePolicy {
            id: None,
            key_props: given.key_props.or(own.key_props),
            secret_props: given.secret_props.or(own.secret_props),
            // Other names at the platform's authority: what followed from the old ones goes with them.
            x509_props: given.x509_props.or(own.x509_props.filter(|_| given.platform_managed.is_none())),
            lifetime_actions: given.lifetime_actions.or(own.lifetime_actions),
            issuer: given.issuer.or(own.issuer),
            attributes: None,
            platform_managed: given.platform_managed.or(own.platform_managed),
        };
        Self::new(merged, self.created, now)
    }

    /// Its sections, without identifier and attributes.
    #[must_use]
    pub const fn sections(&self) -> &wire::CertificatePolicy {
        &self.wire
    }

    /// Whether the secret holds the private key.
    #[must_use]
    pub fn is_exportable(&self) -> bool {
        self.wire.key_props.as_ref().and_then(|key| key.exportable).unwrap_or(true)
    }

    /// Whether the next version keeps the key of the one before it.
    #[must_use]
    pub fn reuses_key(&self) -> bool {
        self.wire.key_props.as_ref().and_then(|key| key.reuse_key).unwrap_or(false)
    }

    /// The policy as it is answered, under the identifier `id`.
    #[must_use]
    pub fn to_wire(&self, id: String) -> wire::CertificatePolicy {
        wire::CertificatePolicy {
            id: Some(id),
            attributes: Some(wire::Attributes {
                enabled: Some(true),
                created: Some(self.created),
                updated: Some(self.updated),
                ..Default::default()
            }),
            ..self.wire.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(json: &str) -> Result<serde_json::Value, Error> {
        let given = serde_json::from_str(json).unwrap();
        let made = Policy::new(given, Timestamp::from_seconds(1), Timestamp::from_seconds(2))?;
        Ok(serde_json::to_value(made.to_wire("ID".into())).unwrap())
    }

    fn refused(json: &str) -> String {
        policy(json).unwrap_err().answer().message.into_owned()
    }

    /// certificates.md sections 2.2 and 5.1.
    #[test]
    fn defaults_are_filled_in_and_members_keep_azures_order() {
        let given =
            serde_json::from_str(r#"{"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}"#).unwrap();
        let made = Policy::new(given, Timestamp::from_seconds(1), Timestamp::from_seconds(2)).unwrap();
        assert_eq!(
            serde_json::to_string(&made.to_wire("ID".into())).unwrap(),
            r#"{"id":"ID","key_props":{"exportable":true,"kty":"RSA","key_size":2048,"reuse_key":false},"secret_props":{"contentType":"application/x-pkcs12"},"x509_props":{"subject":"CN=a","ekus":["1.3.6.1.5.5.7.3.1","1.3.6.1.5.5.7.3.2"],"key_usage":["digitalSignature","keyEncipherment"],"validity_months":12,"basic_constraints":{"ca":false}},"lifetime_actions":[{"trigger":{"lifetime_percentage":80},"action":{"action_type":"AutoRenew"}}],"issuer":{"name":"Self"},"attributes":{"enabled":true,"created":1,"updated":2}}"#
        );
    }

    /// certificates.md section 5.1, Rust:sign_jwt_with_ec_certificate.
    #[test]
    fn an_ec_policy_gets_its_size_and_signs_only() {
        let made = policy(r#"{"key_props":{"kty":"EC","crv":"P-384"},"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"}}"#).unwrap();
        assert_eq!(made["key_props"]["key_size"], 384);
        assert_eq!(made["x509_props"]["key_usage"], serde_json::json!(["digitalSignature"]));
    }

    /// certificates.md section 5.1, Normalisation.
    #[test]
    fn key_usages_come_back_in_canonical_spelling_and_order() {
        let made = policy(r#"{"x509_props":{"subject":"cn=MyCert","key_usage":["nonRepudiation","keyEncipherment","crlSign","KeyCertSign","digitalsignature","dataEncipherment","keyAgreement"]},"issuer":{"name":"self"}}"#).unwrap();
        assert_eq!(
            made["x509_props"]["key_usage"],
            serde_json::json!([
                "cRLSign",
                "dataEncipherment",
                "digitalSignature",
                "keyAgreement",
                "keyCertSign",
                "keyEncipherment",
                "nonRepudiation"
            ])
        );
        assert_eq!(
            (&made["x509_props"]["subject"], &made["issuer"]["name"]),
            (&"cn=MyCert".into(), &"self".into())
        );
    }

    /// certificates.md section 2.2: absent if not sent, `{}` if sent empty, otherwise only the lists that were sent.
    #[test]
    fn alternative_names_are_echoed_as_sent() {
        for (sent, echoed) in [
            ("{}", serde_json::json!({})),
            (r#"{"dns_names":["1","2"]}"#, serde_json::json!({"dns_names": ["1", "2"]})),
            (
                r#"{"emails":[],"ipAddresses":["::1"]}"#,
                serde_json::json!({"emails": [], "ipAddresses": ["::1"]}),
            ),
        ] {
            let made = policy(&format!(
                r#"{{"x509_props":{{"subject":"CN=a","sans":{sent}}},"issuer":{{"name":"Self"}}}}"#
            ))
            .unwrap();
            assert_eq!(made["x509_props"]["sans"], echoed);
        }
    }

    #[test]
    fn what_cannot_be_issued_is_refused_with_the_text_of_its_situation() {
        let with = |key: &str, x509: &str| {
            format!(r#"{{"key_props":{{{key}}},"x509_props":{{{x509}}},"issuer":{{"name":"Self"}}}}"#)
        };
        let cn = r#""subject":"CN=a""#;
        for (json, message) in [
            (with("", r#""subject":"Self""#), "Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n"),
            (with("", ""), "Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n"),
            (with(r#""key_size":1024"#, cn), "Unsupported key size (1024). Supported sizes are [2048, 3072, 4096]"),
            (with(r#""kty":"EC","key_size":4096"#, cn), "Unsupported key size (4096). Supported sizes are [256, 384, 521]"),
            (with(r#""kty":"EC","crv":"P-256","key_size":384"#, cn), "Unsupported key size (384). Supported sizes are [256, 384, 521]"),
            (with(r#""kty":"EC","crv":"P-999""#, cn), "Property policy.key_props has invalid value\r\n"),
            (with(r#""kty":"RSA-HSM","exportable":true"#, cn), "Property policy.key_props has invalid value\r\n"),
            (with(r#""kty":"EC""#, r#""subject":"CN=a","key_usage":["digitalSignature","keyEncipherment"]"#), "Unsupported key operation(s): \"wrapKey\", \"unwrapKey\". Supported values are \"sign\", \"verify\"."),
            (with("", r#""subject":"CN=a","validity_months":0"#), "Property policy.x509_props has invalid value\r\n"),
            (with("", r#""subject":"CN=a","ekus":["TLS"]"#), "Property policy.x509_props has invalid value\r\n"),
            (with("", r#""subject":"CN=a","sans":{"ipAddresses":["1.2.3"]}"#), "Property policy.x509_props has invalid value\r\n"),
            (r#"{"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"},"lifetime_actions":[{},{}]}"#.into(), "At most one action is allowed"),
            (r#"{"x509_props":{"subject":"CN=a"},"issuer":{"name":"Self"},"lifetime_actions":[{"trigger":{"lifetime_percentage":100},"action":{"action_type":"AutoRenew"}}]}"#.into(), "Property policy.lifetime_actions has invalid value\r\n"),
            (r#"{"x509_props":{"subject":"CN=a"}}"#.into(), "Property policy.issuer has invalid value\r\n"),
        ] {
            assert_eq!(refused(&json), message, "{json}");
        }
    }

    /// certificates.md section 2.6, JS:update_policy.
    #[test]
    fn a_patch_replaces_the_sections_it_names_and_leaves_the_others() {
        let first = Policy::new(
            serde_json::from_str(r#"{"key_props":{"kty":"EC","crv":"P-521"},"x509_props":{"subject":"CN=a","validity_months":24},"issuer":{"name":"Self"}}"#).unwrap(),
            Timestamp::from_seconds(1),
            Timestamp::from_seconds(1),
        )
        .unwrap();
        let patch = serde_json::from_str(r#"{"x509_props":{"subject":"CN=b"}}"#).unwrap();
        let made = serde_json::to_value(
            first.patched(patch, Timestamp::from_seconds(9)).unwrap().to_wire("ID".into()),
        )
        .unwrap();
        assert_eq!(made["key_props"]["crv"], "P-521");
        assert_eq!(made["x509_props"]["subject"], "CN=b");
        assert_eq!(made["x509_props"]["validity_months"], 12);
        assert_eq!(made["attributes"], serde_json::json!({"enabled": true, "created": 1, "updated": 9}));
    }
}

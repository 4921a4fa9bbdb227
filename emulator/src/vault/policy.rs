//! The certificate policy: defaults, normalisation and what is refused.
//!
//! A [`Policy`] is complete and valid; it is only ever made from a wire policy, here. Sources: certificates.md sections
//! 2.2, 4 and 5.1.

use std::net::IpAddr;

use crate::crypto::{
    CertificateProfile, Curve, DistinguishedName, KeySpec, KeyUsage, KeyUsages, ObjectIdentifier, RsaSize,
    SubjectAlternativeNames,
};
use crate::error::Error;
use crate::timestamp::Timestamp;
use crate::wire::certificates as wire;

/// The secret's form when the policy names none.
const PKCS12: &str = "application/x-pkcs12";
/// The other form.
const PEM: &str = "application/x-pem-file";
/// TLS server and client authentication.
const DEFAULT_EKUS: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
/// The longest validity that is accepted, in months; Azure's own limit is unverified.
const LONGEST_VALIDITY: u32 = 1200;
/// The longest subject (certificates.md section 4.3, documented limits).
const LONGEST_SUBJECT: usize = 200;

/// A complete, valid policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Every section as it is answered, without identifier and attributes.
    wire: wire::CertificatePolicy,
    /// What key to make.
    pub key: KeySpec,
    /// What certificate to issue.
    pub profile: CertificateProfile,
    /// For how many calendar months.
    pub validity_months: u32,
    /// The issuer's name as the client wrote it.
    pub issuer: String,
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
    pub fn new(given: wire::CertificatePolicy, created: Timestamp, now: Timestamp) -> Result<Self, Error> {
        let (key, key_props) = key_properties(given.key_props.unwrap_or_default())?;
        let (profile, x509_props) = x509_properties(given.x509_props.unwrap_or_default(), key)?;
        let validity_months = x509_props.validity_months.unwrap_or(12);
        let issuer = issuer(given.issuer.unwrap_or_default())?;
        let name = issuer.name.clone().unwrap_or_default();
        let wire = wire::CertificatePolicy {
            id: None,
            key_props: Some(key_props),
            secret_props: Some(secret_properties(given.secret_props.unwrap_or_default())?),
            x509_props: Some(x509_props),
            lifetime_actions: Some(lifetime_actions(given.lifetime_actions, &name, validity_months)?),
            issuer: Some(issuer),
            attributes: None,
        };
        Ok(Self { wire, key, profile, validity_months, issuer: name, created, updated: now })
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
            x509_props: given.x509_props.or(own.x509_props),
            lifetime_actions: given.lifetime_actions.or(own.lifetime_actions),
            issuer: given.issuer.or(own.issuer),
            attributes: None,
        };
        Self::new(merged, self.created, now)
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

const fn invalid(property: &'static str) -> Error {
    Error::InvalidProperty { property, detail: None }
}

/// Section 4.3: no literal was recorded for other faults of these members.
const INVALID_X509: Error = invalid("policy.x509_props");
const INVALID_KEY: Error = invalid("policy.key_props");
const INVALID_SUBJECT: Error = Error::InvalidProperty {
    property: "policy.x509_props",
    detail: Some("Invalid X.500 distinguished name"),
};

fn key_properties(given: wire::KeyProperties) -> Result<(KeySpec, wire::KeyProperties), Error> {
    let kty = given.kty.unwrap_or_else(|| if given.crv.is_some() { "EC" } else { "RSA" }.to_owned());
    let (spec, key_size, crv) = match kty.as_str() {
        "RSA" => rsa(given.key_size)?,
        "EC" => ec(given.crv.as_deref(), given.key_size)?,
        "RSA-HSM" | "EC-HSM" => return Err(Error::HardwareKeyOnStandardVault),
        _ => return Err(INVALID_KEY),
    };
    let filled = wire::KeyProperties {
        exportable: Some(given.exportable.unwrap_or(true)),
        kty: Some(kty),
        key_size: Some(key_size),
        reuse_key: Some(given.reuse_key.unwrap_or(false)),
        crv,
    };
    Ok((spec, filled))
}

type KeyParts = (KeySpec, u32, Option<String>);

fn rsa(size: Option<u32>) -> Result<KeyParts, Error> {
    let size = size.unwrap_or(2048);
    let spec = match size {
        2048 => RsaSize::Bits2048,
        3072 => RsaSize::Bits3072,
        4096 => RsaSize::Bits4096,
        _ => return Err(Error::UnsupportedKeySize { size, supported: "2048, 3072, 4096" }),
    };
    Ok((KeySpec::Rsa(spec), size, None))
}

fn ec(crv: Option<&str>, size: Option<u32>) -> Result<KeyParts, Error> {
    let unsupported = |size| Error::UnsupportedKeySize { size, supported: "256, 384, 521" };
    let name = match (crv, size) {
        (Some(crv), _) => crv,
        (None, None | Some(256)) => "P-256",
        (None, Some(384)) => "P-384",
        (None, Some(521)) => "P-521",
        (None, Some(size)) => return Err(unsupported(size)),
    };
    let (curve, bits) = match name {
        "P-256" => (Curve::P256, 256),
        "P-256K" => (Curve::P256K, 256),
        "P-384" => (Curve::P384, 384),
        "P-521" => (Curve::P521, 521),
        _ => return Err(INVALID_KEY),
    };
    match size {
        Some(size) if size != bits => Err(unsupported(size)),
        _ => Ok((KeySpec::Ec(curve), bits, Some(name.to_owned()))),
    }
}

fn secret_properties(given: wire::SecretProperties) -> Result<wire::SecretProperties, Error> {
    let content_type = given.content_type.unwrap_or_else(|| PKCS12.to_owned());
    if content_type != PKCS12 && content_type != PEM {
        return Err(Error::InvalidProperty { property: "policy", detail: None });
    }
    Ok(wire::SecretProperties { content_type: Some(content_type) })
}

fn x509_properties(
    given: wire::X509Properties,
    key: KeySpec,
) -> Result<(CertificateProfile, wire::X509Properties), Error> {
    let subject = given.subject.as_deref().unwrap_or_default();
    let name = subject.parse::<DistinguishedName>().map_err(|_| INVALID_SUBJECT)?;
    let sans = alternative_names(given.sans.as_ref())?;
    if subject.len() > LONGEST_SUBJECT || (name.is_empty() && sans.is_empty()) {
        return Err(INVALID_SUBJECT);
    }
    let key_usage = key_usages(given.key_usage, key)?;
    let ekus = given.ekus.unwrap_or_else(|| DEFAULT_EKUS.map(str::to_owned).to_vec());
    let validity_months = given.validity_months.unwrap_or(12);
    if !(1..=LONGEST_VALIDITY).contains(&validity_months) {
        return Err(INVALID_X509);
    }
    let ca = given.basic_constraints.and_then(|constraints| constraints.ca).unwrap_or(false);
    let profile = CertificateProfile {
        subject: name,
        subject_alternative_names: sans,
        extended_key_usage: object_identifiers(&ekus)?,
        key_usage,
        ca,
    };
    let filled = wire::X509Properties {
        subject: given.subject,
        sans: given.sans,
        ekus: Some(ekus),
        key_usage: Some(key_usage.iter().map(|usage| usage.name().to_owned()).collect()),
        validity_months: Some(validity_months),
        basic_constraints: Some(wire::BasicConstraints { ca: Some(ca) }),
    };
    Ok((profile, filled))
}

fn object_identifiers(texts: &[String]) -> Result<Vec<ObjectIdentifier>, Error> {
    texts.iter().map(|text| ObjectIdentifier::new(text).map_err(|_| INVALID_X509)).collect()
}

fn alternative_names(
    given: Option<&wire::SubjectAlternativeNames>,
) -> Result<SubjectAlternativeNames, Error> {
    let Some(given) = given else { return Ok(SubjectAlternativeNames::default()) };
    let list = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
    let addresses = list(&given.ip_addresses);
    let names = SubjectAlternativeNames {
        emails: list(&given.emails),
        upns: list(&given.upns),
        dns_names: list(&given.dns_names),
        uris: list(&given.uris),
        ip_addresses: addresses
            .iter()
            .map(|text| text.parse::<IpAddr>().map_err(|_| INVALID_X509))
            .collect::<Result<_, _>>()?,
    };
    // These three are IA5String in a certificate.
    let ascii = [&names.emails, &names.dns_names, &names.uris].into_iter().flatten().all(|n| n.is_ascii());
    if ascii { Ok(names) } else { Err(INVALID_X509) }
}

/// Canonical spelling and alphabetical order; by default what the key type is good for.
fn key_usages(given: Option<Vec<String>>, key: KeySpec) -> Result<KeyUsages, Error> {
    let usages = match given {
        Some(names) => names
            .iter()
            .map(|name| KeyUsage::from_name(name).ok_or(INVALID_X509))
            .collect::<Result<KeyUsages, Error>>()?,
        None if matches!(key, KeySpec::Ec(_)) => KeyUsages::from_iter([KeyUsage::DigitalSignature]),
        None => KeyUsages::from_iter([KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]),
    };
    match (key, beyond_signing(usages)) {
        (KeySpec::Ec(_), operations) if !operations.is_empty() => {
            Err(Error::UnsupportedKeyOperations { operations: operations.join(", ") })
        }
        _ => Ok(usages),
    }
}

/// The key operations other than sign and verify that follow from key usages (section 2.13).
fn beyond_signing(usages: KeyUsages) -> Vec<&'static str> {
    [
        ("\"encrypt\"", [KeyUsage::DataEncipherment, KeyUsage::EncipherOnly]),
        ("\"decrypt\"", [KeyUsage::DataEncipherment, KeyUsage::DecipherOnly]),
        ("\"wrapKey\"", [KeyUsage::KeyEncipherment; 2]),
        ("\"unwrapKey\"", [KeyUsage::KeyEncipherment; 2]),
    ]
    .into_iter()
    .filter(|(_, implying)| implying.iter().any(|usage| usages.contains(*usage)))
    .map(|(operation, _)| operation)
    .collect()
}

fn issuer(given: wire::IssuerParameters) -> Result<wire::IssuerParameters, Error> {
    match given.name.as_deref() {
        None | Some("") => Err(invalid("policy.issuer")),
        Some(name) if name.eq_ignore_ascii_case("self") => Ok(given),
        Some(name) => Err(Error::NotEmulated(format!("issuing by '{name}'").into())),
    }
}

/// At most one action; by default renewal at 80 percent, as for every issuer that can renew (section 5.1).
fn lifetime_actions(
    given: Option<Vec<wire::LifetimeAction>>,
    issuer: &str,
    validity_months: u32,
) -> Result<Vec<wire::LifetimeAction>, Error> {
    let given = given.unwrap_or_default();
    if given.len() > 1 {
        return Err(Error::TooManyLifetimeActions);
    }
    let default_action = if issuer.eq_ignore_ascii_case("unknown") { "EmailContacts" } else { "AutoRenew" };
    let Some(action) = given.into_iter().next() else {
        return Ok(vec![wire::LifetimeAction {
            trigger: wire::Trigger { lifetime_percentage: Some(80), days_before_expiry: None },
            action: wire::Action { action_type: Some(default_action.to_owned()) },
        }]);
    };
    let in_range = match (action.trigger.lifetime_percentage, action.trigger.days_before_expiry) {
        (Some(percentage), None) => (1..=99).contains(&percentage),
        (None, Some(days)) => (1..=validity_months * 27).contains(&days),
        _ => false,
    };
    let known = matches!(action.action.action_type.as_deref(), Some("AutoRenew" | "EmailContacts"));
    if in_range && known { Ok(vec![action]) } else { Err(invalid("policy.lifetime_actions")) }
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
            (with(r#""kty":"RSA-HSM""#, cn), "Hardware key operation not allowed on standard vault"),
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

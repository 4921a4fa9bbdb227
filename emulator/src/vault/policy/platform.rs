//! Policies for the platform's own authority, which issues TLS server certificates to names and nothing else
//! (certificates.md section 5.3, since 2026-03-01-preview).
//!
//! What such a policy may say beside its names is the authority's to decide: it is filled in here, and a client that
//! says something else is refused. No refusal has been recorded.

use super::sections::{INVALID_ISSUER, INVALID_X509, invalid};
use crate::error::Error;
use crate::wire::certificates as wire;

/// The issuer's name in such a policy.
const ISSUER: &str = "PlatformManaged";
/// The only usage that was seen.
const USAGE: &str = "PublicTLSServerAuth";
/// TLS server authentication.
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// In the region that the emulator names (`x-ms-keyvault-region`); three were seen elsewhere.
const VALIDITY_MONTHS: u32 = 6;

const INVALID_PLATFORM_MANAGED: Error = invalid("policy.platformManaged");

/// Fills in what the authority decides.
///
/// # Errors
/// 400 for another usage, for metadata without a DNS name and for sections that contradict.
pub(super) fn fill(
    given: &mut wire::CertificatePolicy,
    platform: &wire::PlatformManaged,
) -> Result<(), Error> {
    if platform.certificate_usage.as_deref() != Some(USAGE) {
        return Err(INVALID_PLATFORM_MANAGED);
    }
    let names = platform.metadata.as_ref().and_then(|metadata| metadata.sans.clone());
    let names = names.filter(|names| names.dns_names.as_ref().is_some_and(|names| !names.is_empty()));
    let decided = wire::X509Properties {
        subject: None,
        sans: Some(names.ok_or(INVALID_PLATFORM_MANAGED)?),
        ekus: Some(vec![SERVER_AUTH.to_owned()]),
        validity_months: Some(VALIDITY_MONTHS),
        key_usage: None,
        basic_constraints: None,
    };
    given.x509_props = Some(agreed(decided, given.x509_props.take().unwrap_or_default())?);
    let issuer = given.issuer.get_or_insert_default();
    match issuer.name.get_or_insert_with(|| ISSUER.to_owned()) {
        name if name.eq_ignore_ascii_case(ISSUER) => Ok(()),
        _ => Err(INVALID_ISSUER),
    }
}

/// A client may send back what it was given.
fn agreed(decided: wire::X509Properties, given: wire::X509Properties) -> Result<wire::X509Properties, Error> {
    let ca = given.basic_constraints.as_ref().and_then(|constraints| constraints.ca) == Some(true);
    let named = given.subject.is_some_and(|subject| !subject.is_empty());
    let other = (given.sans.is_some() && given.sans != decided.sans)
        || (given.ekus.is_some() && given.ekus != decided.ekus)
        || (given.validity_months.is_some() && given.validity_months != decided.validity_months);
    if ca || named || other {
        return Err(INVALID_X509);
    }
    Ok(wire::X509Properties {
        key_usage: given.key_usage,
        basic_constraints: given.basic_constraints,
        ..decided
    })
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;
    use crate::timestamp::Timestamp;

    const NAMES: &str = r#""metadata":{"sans":{"dns_names":["a.example"]}}"#;

    fn policy(sections: &str, platform: &str) -> Result<Policy, Error> {
        let json = format!(r#"{{{sections}"platformManaged":{{{platform}}}}}"#);
        Policy::new(serde_json::from_str(&json).unwrap(), Timestamp::default(), Timestamp::default())
    }

    fn usage(rest: &str) -> String {
        format!(r#""certificateUsage":"PublicTLSServerAuth",{rest}"#)
    }

    /// certificates.md section 5.3, members and order.
    #[test]
    fn what_the_authority_decides_is_filled_in_and_may_be_sent_back() {
        let made = policy("", &usage(NAMES)).unwrap();
        let answered = serde_json::to_string(&made.to_wire("ID".into())).unwrap();
        assert_eq!(
            answered,
            r#"{"id":"ID","key_props":{"exportable":true,"kty":"RSA","key_size":2048,"reuse_key":false},"secret_props":{"contentType":"application/x-pkcs12"},"x509_props":{"sans":{"dns_names":["a.example"]},"ekus":["1.3.6.1.5.5.7.3.1"],"key_usage":["digitalSignature","keyEncipherment"],"validity_months":6,"basic_constraints":{"ca":false}},"lifetime_actions":[{"trigger":{"lifetime_percentage":50},"action":{"action_type":"AutoRenew"}}],"issuer":{"name":"PlatformManaged"},"attributes":{"enabled":true,"created":0,"updated":0},"platformManaged":{"certificateUsage":"PublicTLSServerAuth","metadata":{"sans":{"dns_names":["a.example"]}}}}"#
        );
        let again =
            Policy::new(serde_json::from_str(&answered).unwrap(), made.created, made.updated).unwrap();
        assert_eq!(serde_json::to_string(&again.to_wire("ID".into())).unwrap(), answered);
    }

    /// Unverified: no refusal has been recorded.
    #[test]
    fn what_contradicts_the_authority_is_refused() {
        let platform = usage(NAMES);
        let property = |refused: Result<Policy, Error>| match refused.unwrap_err() {
            Error::InvalidProperty { property, .. } => property,
            other => panic!("{other:?}"),
        };
        for other in ["", NAMES, r#""certificateUsage":"CodeSigning""#] {
            assert_eq!(property(policy("", other)), "policy.platformManaged", "{other}");
        }
        assert_eq!(property(policy("", &usage(r#""metadata":{}"#))), "policy.platformManaged");
        for x509 in [
            r#""subject":"CN=a""#,
            r#""sans":{"dns_names":["b.example"]}"#,
            r#""ekus":["1.3.6.1.5.5.7.3.2"]"#,
            r#""validity_months":12"#,
            r#""basic_constraints":{"ca":true}"#,
        ] {
            let sections = format!(r#""x509_props":{{{x509}}},"#);
            assert_eq!(property(policy(&sections, &platform)), "policy.x509_props", "{x509}");
        }
        assert_eq!(property(policy(r#""issuer":{"name":"Self"},"#, &platform)), "policy.issuer");
    }

    #[test]
    fn a_patch_names_other_servers_and_leaves_the_rest() {
        let made = policy(r#""key_props":{"kty":"EC"},"#, &usage(NAMES)).unwrap();
        let other = format!(r#"{{"platformManaged":{{{}}}}}"#, usage(&NAMES.replace("a.e", "b.e")));
        for patch in ["{}", other.as_str()] {
            let patched = made.patched(serde_json::from_str(patch).unwrap(), Timestamp::default()).unwrap();
            let answered = serde_json::to_value(patched.to_wire("ID".into())).unwrap();
            let names = if patch == "{}" { "a.example" } else { "b.example" };
            assert_eq!(answered["x509_props"]["sans"]["dns_names"][0], names);
            assert_eq!(answered["key_props"]["kty"], "EC");
        }
        let foreign = serde_json::from_str(r#"{"issuer":{"name":"Self"}}"#).unwrap();
        assert!(made.patched(foreign, Timestamp::default()).is_err());
    }
}

//! The extensions of the certificates and requests that the vault writes, and the names in those that it reads.
//!
//! It must not sign and must not fill in defaults: it writes what a profile says, in the order Azure writes it.

use std::net::IpAddr;

use const_oid::AssociatedOid;
use const_oid::db::rfc5280::{ID_AD_CA_ISSUERS, ID_AD_OCSP, ID_CE_KEY_USAGE};
use der::asn1::{Any, Ia5String, ObjectIdentifier, OctetString, Utf8StringRef};
use der::{Decode, Encode, asn1::SetOfVec};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName, GeneralNames, OtherName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CrlDistributionPoints, CrlNumber, CrlReason, ExtendedKeyUsage, SubjectAltName, SubjectKeyIdentifier,
};

use super::x509::{Issuer, Pointers};
use super::{CertificateProfile, CryptoError, KeyUsage, KeyUsages};

/// `szOID_NT_PRINCIPAL_NAME`: the otherName that holds a user principal name.
const USER_PRINCIPAL_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.3");

/// The other names of a subject, each list in the order it came in.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SubjectAlternativeNames {
    /// E-mail addresses, rfc822Name.
    pub emails: Vec<String>,
    /// User principal names, an otherName of Microsoft's.
    pub upns: Vec<String>,
    /// DNS names, `*.contoso.com` included. Their syntax is not checked.
    pub dns_names: Vec<String>,
    /// URIs. One without a path gets `/` in the certificate.
    pub uris: Vec<String>,
    /// IP addresses.
    pub ip_addresses: Vec<IpAddr>,
}

impl SubjectAlternativeNames {
    /// Whether there is no name at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.emails.is_empty()
            && self.upns.is_empty()
            && self.dns_names.is_empty()
            && self.uris.is_empty()
            && self.ip_addresses.is_empty()
    }

    /// Reads the value of a SubjectAltName extension. A name of a kind that Key Vault does not list, or that its
    /// kind cannot hold, is left out.
    pub(super) fn from_extension(value: &[u8]) -> der::Result<Self> {
        let mut names = Self::default();
        for name in Vec::<Any>::from_der(value)? {
            if let Ok(name) = GeneralName::from_der(&name.to_der()?) {
                names.add(name);
            }
        }
        Ok(names)
    }

    fn add(&mut self, name: GeneralName) {
        match name {
            GeneralName::Rfc822Name(email) => self.emails.push(email.to_string()),
            GeneralName::OtherName(OtherName { type_id: USER_PRINCIPAL_NAME, value }) => {
                self.upns.extend(String::from_utf8(value.value().to_vec()));
            }
            GeneralName::DnsName(name) => self.dns_names.push(name.to_string()),
            GeneralName::UniformResourceIdentifier(uri) => self.uris.push(uri.to_string()),
            GeneralName::IpAddress(octets) => self.ip_addresses.extend(read_ip_address(octets.as_bytes())),
            _ => {}
        }
    }

    /// In Azure's order, certificates.md section 5.2: e-mails, UPNs, DNS names, URIs, IP addresses.
    fn general_names(&self) -> Result<GeneralNames, CryptoError> {
        let emails = self.emails.iter().map(|email| ascii("emails", email).map(GeneralName::Rfc822Name));
        let upns = self.upns.iter().map(|upn| principal_name(upn));
        let dns_names = self.dns_names.iter().map(|name| ascii("dns_names", name).map(GeneralName::DnsName));
        let uris = self
            .uris
            .iter()
            .map(|uri| ascii("uris", &with_path(uri)).map(GeneralName::UniformResourceIdentifier));
        let addresses = self.ip_addresses.iter().map(|address| ip_address(*address));
        emails.chain(upns).chain(dns_names).chain(uris).chain(addresses).collect()
    }
}

fn ascii(field: &'static str, value: &str) -> Result<Ia5String, CryptoError> {
    Ia5String::new(value).map_err(|_| CryptoError::NotAscii { field, value: value.to_owned() })
}

fn principal_name(upn: &str) -> Result<GeneralName, CryptoError> {
    let value = Any::encode_from(&Utf8StringRef::new(upn)?)?;
    Ok(GeneralName::OtherName(OtherName { type_id: USER_PRINCIPAL_NAME, value }))
}

fn ip_address(address: IpAddr) -> Result<GeneralName, CryptoError> {
    let octets = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    Ok(GeneralName::IpAddress(OctetString::new(octets)?))
}

fn read_ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// `https://contoso.com?a` -> `https://contoso.com/?a`. Source: certificates.md section 5.2.
fn with_path(uri: &str) -> String {
    let Some(authority) = uri.find("://").map(|colon| colon + 3) else { return uri.to_owned() };
    let end = uri[authority..].find(['/', '?', '#']).map_or(uri.len(), |offset| authority + offset);
    let (before, after) = uri.split_at(end);
    if after.starts_with('/') { uri.to_owned() } else { format!("{before}/{after}") }
}

#[derive(Clone, Copy)]
enum Criticality {
    Critical,
    NotCritical,
}

fn extension(
    oid: ObjectIdentifier,
    criticality: Criticality,
    value: &impl Encode,
) -> Result<Extension, CryptoError> {
    Ok(Extension {
        extn_id: oid,
        critical: matches!(criticality, Criticality::Critical),
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// Critical; an empty set is no extension.
fn key_usage(usages: KeyUsages) -> Result<Option<Extension>, CryptoError> {
    if usages.is_empty() {
        return Ok(None);
    }
    extension(ID_CE_KEY_USAGE, Criticality::Critical, &usages.to_bit_string()?).map(Some)
}

/// Never critical, though RFC 5280 wants that of an authority: Azure's is not.
fn basic_constraints(ca: bool) -> Result<Extension, CryptoError> {
    let constraints = BasicConstraints { ca, path_len_constraint: None };
    extension(BasicConstraints::OID, Criticality::NotCritical, &constraints)
}

fn extended_key_usage(usages: &[ObjectIdentifier]) -> Result<Option<Extension>, CryptoError> {
    if usages.is_empty() {
        return Ok(None);
    }
    let value = ExtendedKeyUsage(usages.to_vec());
    extension(ExtendedKeyUsage::OID, Criticality::NotCritical, &value).map(Some)
}

/// Critical when the subject is empty, since it is then the only name. Sources: RFC 5280 section 4.2.1.6,
/// certificates.md section 5.3.
fn subject_alternative_names(profile: &CertificateProfile) -> Result<Option<Extension>, CryptoError> {
    let names = &profile.subject_alternative_names;
    if names.is_empty() {
        return Ok(None);
    }
    let criticality =
        if profile.subject.is_empty() { Criticality::Critical } else { Criticality::NotCritical };
    extension(SubjectAltName::OID, criticality, &SubjectAltName(names.general_names()?)).map(Some)
}

fn authority_key_identifier(identifier: &[u8]) -> Result<Extension, CryptoError> {
    let value = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(identifier)?),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extension(AuthorityKeyIdentifier::OID, Criticality::NotCritical, &value)
}

fn subject_key_identifier(identifier: &[u8]) -> Result<Extension, CryptoError> {
    let value = SubjectKeyIdentifier(OctetString::new(identifier)?);
    extension(SubjectKeyIdentifier::OID, Criticality::NotCritical, &value)
}

fn url(text: &str) -> Result<GeneralName, CryptoError> {
    Ok(GeneralName::UniformResourceIdentifier(Ia5String::new(text)?))
}

fn revocation_list(pointers: &Pointers) -> Result<Extension, CryptoError> {
    let place = DistributionPointName::FullName(vec![url(&pointers.revocation_list)?]);
    let point = DistributionPoint { distribution_point: Some(place), reasons: None, crl_issuer: None };
    let value = CrlDistributionPoints(vec![point]);
    extension(CrlDistributionPoints::OID, Criticality::NotCritical, &value)
}

fn authority_information(pointers: &Pointers) -> Result<Extension, CryptoError> {
    let at = |method, text: &str| {
        Ok::<_, CryptoError>(AccessDescription { access_method: method, access_location: url(text)? })
    };
    let places = vec![at(ID_AD_OCSP, &pointers.ocsp)?, at(ID_AD_CA_ISSUERS, &pointers.certificate)?];
    extension(AuthorityInfoAccessSyntax::OID, Criticality::NotCritical, &AuthorityInfoAccessSyntax(places))
}

/// The extensions of a certificate, in the order of certificates.md section 5.2; where its issuer publishes, if it
/// does, comes last.
pub(super) fn of_certificate(
    profile: &CertificateProfile,
    issuer: &Issuer<'_>,
    subject_key: &[u8],
) -> Result<Vec<Extension>, CryptoError> {
    let all = [
        key_usage(profile.key_usage)?,
        Some(basic_constraints(profile.ca)?),
        extended_key_usage(&profile.extended_key_usage)?,
        subject_alternative_names(profile)?,
        Some(authority_key_identifier(issuer.key_identifier)?),
        Some(subject_key_identifier(subject_key)?),
        issuer.pointers.map(revocation_list).transpose()?,
        issuer.pointers.map(authority_information).transpose()?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// The extensions of an authority's own certificate, as RFC 5280 section 4.2.1 wants them; `path_length` is how many
/// authorities may stand below it.
pub(super) fn of_authority(
    issuer: &Issuer<'_>,
    subject_key: &[u8],
    path_length: u8,
) -> Result<Vec<Extension>, CryptoError> {
    let usages = KeyUsages::from_iter([KeyUsage::DigitalSignature, KeyUsage::KeyCertSign, KeyUsage::CrlSign]);
    let constraints = BasicConstraints { ca: true, path_len_constraint: Some(path_length) };
    let all = [
        key_usage(usages)?,
        Some(extension(BasicConstraints::OID, Criticality::Critical, &constraints)?),
        Some(authority_key_identifier(issuer.key_identifier)?),
        Some(subject_key_identifier(subject_key)?),
        issuer.pointers.map(revocation_list).transpose()?,
        issuer.pointers.map(authority_information).transpose()?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// The extensions of a list of revoked certificates (RFC 5280 section 5.2).
pub(super) fn of_revocation_list(key: &[u8], number: u64) -> Result<Vec<Extension>, CryptoError> {
    let number = CrlNumber::try_from(number)?;
    Ok(vec![authority_key_identifier(key)?, extension(CrlNumber::OID, Criticality::NotCritical, &number)?])
}

/// The extension of one entry in such a list.
pub(super) fn of_revocation(reason: CrlReason) -> Result<Vec<Extension>, CryptoError> {
    extension(CrlReason::OID, Criticality::NotCritical, &reason).map(|extension| vec![extension])
}

/// The attributes of a request: one extensionRequest, in the order of certificates.md section 5.2.
pub(super) fn of_request(profile: &CertificateProfile) -> Result<Attributes, CryptoError> {
    let all = [
        key_usage(profile.key_usage)?,
        extended_key_usage(&profile.extended_key_usage)?,
        subject_alternative_names(profile)?,
        Some(basic_constraints(profile.ca)?),
    ];
    let extensions: Vec<_> = all.into_iter().flatten().collect();
    let values = SetOfVec::try_from(vec![Any::encode_from(&extensions)?])?;
    let attribute = Attribute { oid: const_oid::db::rfc5912::ID_EXTENSION_REQ, values };
    Ok(SetOfVec::try_from(vec![attribute])?)
}

#[cfg(test)]
mod tests {
    use const_oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};

    use super::super::{Curve, KeySpec, PrivateKey, sha256};
    use super::*;

    #[test]
    fn a_uri_without_a_path_gets_a_slash_and_others_stay() {
        for (uri, written) in [
            ("https://example.com", "https://example.com/"),
            ("https://example.com:8443?a=b", "https://example.com:8443/?a=b"),
            ("https://example.com/", "https://example.com/"),
            ("https://example.com/a", "https://example.com/a"),
            ("urn:uuid:0", "urn:uuid:0"),
        ] {
            assert_eq!(with_path(uri), written);
        }
    }

    #[test]
    fn a_name_that_is_not_ascii_is_refused_by_name() {
        let with = |names: SubjectAlternativeNames| names.general_names().unwrap_err();
        let value = || vec!["bücher.example".to_owned()];
        let names = SubjectAlternativeNames::default;
        for (field, error) in [
            ("emails", with(SubjectAlternativeNames { emails: value(), ..names() })),
            ("dns_names", with(SubjectAlternativeNames { dns_names: value(), ..names() })),
        ] {
            assert_eq!(error, CryptoError::NotAscii { field, value: "bücher.example".to_owned() });
        }
    }

    /// The request of the recording `Go:TestSubjectAlternativeNamesAllFields`, see certificates.md section 5.2.
    fn recorded_profile() -> CertificateProfile {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        CertificateProfile {
            subject: "CN=AllSANsTest".parse().unwrap(),
            subject_alternative_names: SubjectAlternativeNames {
                emails: owned(&["admin@example.com", "test@example.com"]),
                upns: owned(&["user@domain.com"]),
                dns_names: owned(&["localhost", "example.com"]),
                uris: owned(&["https://example.com", "https://test.com"]),
                ip_addresses: ["192.168.1.1", "10.0.0.1", "::1"].map(|text| text.parse().unwrap()).to_vec(),
            },
            key_usage: [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment].into_iter().collect(),
            extended_key_usage: vec![ID_KP_SERVER_AUTH, ID_KP_CLIENT_AUTH],
            ca: false,
        }
    }

    #[test]
    fn the_extensions_are_those_that_azure_wrote_byte_for_byte() {
        let key = *b"\x5c\x6a\x65\xd2\x8a\xc5\xc7\xbe\x03\x71\xe0\x11\xa0\x5d\xaa\x1e\x25\x77\xfa\x17";
        let own = PrivateKey::generate(KeySpec::Ec(Curve::P256)).unwrap();
        let name = recorded_profile().subject;
        let issuer = Issuer { name: &name, key: &own, key_identifier: &key, pointers: None };
        let certificate = of_certificate(&recorded_profile(), &issuer, &key).unwrap();
        let request = of_request(&recorded_profile()).unwrap();
        assert_eq!(
            digest(&certificate.to_der().unwrap()),
            "b56a9539fb116f3b44ff834dfa2a2e869694b36c87095a938c0fc4b2456b74ca"
        );
        assert_eq!(
            digest(&request.to_der().unwrap()),
            "84d5e3fe8a292001b346a9ca6f960473583d0c6f00be4d2beb4ffa4923c1aa3a"
        );
    }

    /// The SHA-256 of what Azure wrote stands for it here.
    fn digest(der: &[u8]) -> String {
        sha256(der).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

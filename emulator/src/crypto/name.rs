//! Distinguished names between their text and their DER.
//!
//! It must not compare names as directories do: two names are equal when their encodings are.
//!
//! Windows writes a name's relative names in the reverse order of the DER, and so does Azure: of
//! `C=US, O=Contoso, CN=www` the DER starts with the CN. Source: certificates.md sections 5.2 and the import of a
//! certificate.

use std::fmt;
use std::str::FromStr;

use der::asn1::{Any, Ia5String, PrintableString, SetOfVec};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::CryptoError;
use super::name_syntax::{Attribute, Syntax, Value, parse, syntax, write_attribute};

/// An X.500 name, the subject or issuer of a certificate. Its text, read and written, is the Windows form.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DistinguishedName(Name);

impl DistinguishedName {
    /// Reads the DER of a Name. It is written again byte for byte.
    ///
    /// # Errors
    /// [`CryptoError::Asn1`] for anything else.
    pub fn from_der(der: &[u8]) -> Result<Self, CryptoError> {
        Ok(Self(Name::from_der(der)?))
    }

    /// The DER of the Name.
    ///
    /// # Errors
    /// [`CryptoError::Asn1`] for a name too long for DER.
    pub fn to_der(&self) -> Result<Vec<u8>, CryptoError> {
        Ok(self.0.to_der()?)
    }

    /// Whether there is nothing in it: the name of a certificate that is known by its alternative names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn as_x509(&self) -> &Name {
        &self.0
    }
}

impl FromStr for DistinguishedName {
    type Err = CryptoError;

    /// Reads `CN=a, O="b, c"; OU=x + L=y`. An empty text is the empty name.
    ///
    /// # Errors
    /// [`CryptoError::InvalidDistinguishedName`] with the reason. RFC 5280's limits of length are not enforced.
    fn from_str(text: &str) -> Result<Self, CryptoError> {
        let invalid = |reason| CryptoError::InvalidDistinguishedName { subject: text.to_owned(), reason };
        let names = parse(text).map_err(invalid)?;
        let mut sequence = RdnSequence::default();
        for attributes in names.iter().rev() {
            sequence.push(relative_name(attributes).map_err(invalid)?);
        }
        Ok(Self(Name::hazmat_from_rdn_sequence(sequence)))
    }
}

fn relative_name(attributes: &[Attribute]) -> Result<RelativeDistinguishedName, String> {
    let mut set = SetOfVec::new();
    for attribute in attributes {
        let value = encode_value(attribute)?;
        set.insert(AttributeTypeAndValue { oid: attribute.oid, value }).map_err(|cause| cause.to_string())?;
    }
    Ok(RelativeDistinguishedName::from(set))
}

/// The value in the narrowest string type that its attribute allows.
fn encode_value(Attribute { oid, value }: &Attribute) -> Result<Any, String> {
    let printable = || PrintableString::new(value).and_then(|string| Any::encode_from(&string));
    let refused = |allowed| move |_| format!("`{value}` is not {allowed}");
    match syntax(*oid) {
        Syntax::Country if !is_country(value) => Err(format!("`{value}` is not a country of two letters")),
        Syntax::Country | Syntax::Printable => printable().map_err(refused("a PrintableString")),
        Syntax::Ia5 => {
            Ia5String::new(value).and_then(|string| Any::encode_from(&string)).map_err(refused("ASCII"))
        }
        Syntax::Directory => printable()
            .or_else(|_| Any::new(Tag::Utf8String, value.as_bytes()))
            .map_err(refused("a directory string")),
    }
}

fn is_country(value: &str) -> bool {
    value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic())
}

impl fmt::Display for DistinguishedName {
    /// The form that Windows and .NET print, in reverse order of the DER: `E=a@b, CN=www, S=WA, C=US`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter_rdn().collect();
        for (index, name) in names.into_iter().rev().enumerate() {
            for (inner, attribute) in name.iter().enumerate() {
                f.write_str(match (index, inner) {
                    (0, 0) => "",
                    (_, 0) => ", ",
                    _ => " + ",
                })?;
                write_attribute(f, attribute.oid, &decode_value(&attribute.value))?;
            }
        }
        Ok(())
    }
}

/// The text of a value, or its DER if it is no string.
fn decode_value(value: &Any) -> Value {
    let bytes = value.value();
    let text = match value.tag() {
        Tag::BmpString => decode_bmp(bytes),
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        _ => None,
    };
    text.map_or_else(|| Value::Der(value.to_der().unwrap_or_default()), Value::Text)
}

fn decode_bmp(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use const_oid::db::rfc4519::CN;

    use super::super::openssl::openssl_text;
    use super::*;

    fn name(text: &str) -> DistinguishedName {
        text.parse().unwrap()
    }

    /// Types and values as `openssl asn1parse` lists them, in the order of the DER.
    fn parsed_by_openssl(name: &DistinguishedName) -> Vec<String> {
        openssl_text(&["asn1parse", "-inform", "DER"], &name.to_der().unwrap())
            .lines()
            .filter(|line| line.contains("prim:"))
            .map(|line| line.split("prim:").nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn the_last_of_the_text_is_the_first_of_the_der() {
        assert_eq!(
            parsed_by_openssl(&name("C=US, ST=WA, O=\"Contoso, Ltd\", CN=www")),
            [
                "OBJECT :commonName",
                "PRINTABLESTRING :www",
                "OBJECT :organizationName",
                "PRINTABLESTRING :Contoso, Ltd",
                "OBJECT :stateOrProvinceName",
                "PRINTABLESTRING :WA",
                "OBJECT :countryName",
                "PRINTABLESTRING :US",
            ]
        );
    }

    #[test]
    fn each_value_takes_the_narrowest_string_its_attribute_allows() {
        let types = |text| {
            let lines = parsed_by_openssl(&name(text));
            lines
                .iter()
                .skip(1)
                .step_by(2)
                .map(|l| l.split(' ').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(types("CN=Jürgen"), ["UTF8STRING"]);
        assert_eq!(types("CN=a@b"), ["UTF8STRING"]);
        assert_eq!(types("CN=*.a.com"), ["UTF8STRING"]);
        assert_eq!(types("E=a@b, DC=com"), ["IA5STRING", "IA5STRING"]);
        assert_eq!(types("SERIALNUMBER=12, 1.2.3.4=x"), ["PRINTABLESTRING", "PRINTABLESTRING"]);
    }

    #[test]
    fn repeated_units_and_components_stay_and_keep_their_order() {
        let text = "CN=a, OU=x, OU=y, OU=x, DC=contoso, DC=com";
        assert_eq!(name(text).to_string(), text);
    }

    #[test]
    fn a_name_is_written_in_the_windows_form_and_read_back_as_the_same_der() {
        for (text, windows) in [
            ("e=test@contoso.org;cn=Test;st=WA;c=US", "E=test@contoso.org, CN=Test, S=WA, C=US"),
            (r"O=a\, b, CN=x", r#"O="a, b", CN=x"#),
            ("CN=Jürgen Müller, OID.1.2.3.4=5", "CN=Jürgen Müller, OID.1.2.3.4=5"),
            ("CN=a + OU=b, C=US", "CN=a + OU=b, C=US"),
            ("CN=", r#"CN="""#),
            ("", ""),
        ] {
            assert_eq!(name(text).to_string(), windows);
            assert_eq!(name(windows), name(text));
            assert_eq!(DistinguishedName::from_der(&name(text).to_der().unwrap()).unwrap(), name(text));
        }
    }

    #[test]
    fn old_string_types_and_values_that_are_no_strings_can_be_shown() {
        let shown = |tag, bytes: &[u8]| {
            let value = Any::new(tag, bytes).unwrap();
            let set = SetOfVec::try_from(vec![AttributeTypeAndValue { oid: CN, value }]).unwrap();
            let sequence = RdnSequence::from(vec![RelativeDistinguishedName::from(set)]);
            DistinguishedName(Name::hazmat_from_rdn_sequence(sequence)).to_string()
        };
        assert_eq!(shown(Tag::BmpString, &[0, b'a', 0x20, 0xac]), "CN=a€");
        assert_eq!(shown(Tag::TeletexString, &[0xfc]), "CN=ü");
        assert_eq!(shown(Tag::OctetString, &[1, 0xab]), "CN=#040201AB");
        assert_eq!(shown(Tag::BmpString, &[0]), "CN=#1E0100");
    }

    #[test]
    fn only_an_empty_name_is_empty() {
        assert!(name("").is_empty() && !name("CN=").is_empty());
        assert_eq!(name("").to_der().unwrap(), [0x30, 0]);
    }

    #[test]
    fn values_that_their_attribute_cannot_hold_are_refused() {
        for text in ["C=USA", "C=1a", "C=", "E=ü@a", "DC=ü", "SERIALNUMBER=ü", "Self"] {
            let error = text.parse::<DistinguishedName>().unwrap_err();
            assert!(
                matches!(error, CryptoError::InvalidDistinguishedName { subject, .. } if subject == text)
            );
        }
    }
}

//! The four elliptic curves of Key Vault and their published constants.
//!
//! It must not touch a key: it says how wide a coordinate is, which scalars are private keys and how the curve is
//! written in ASN.1.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use const_oid::db::rfc5912;
use der::asn1::{Any, ObjectIdentifier, OctetString, Uint};
use der::{Decode, Encode, Sequence};
use rand_core::Rng;
use zeroize::Zeroizing;

/// An elliptic curve, by Key Vault's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// secp256k1.
    P256K,
}

/// `prime-field` of X9.62, the kind of field that every curve here is over.
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

const P256_ORDER: [u8; 32] = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const P384_ORDER: [u8; 48] = hex("ffffffffffffffffffffffffffffffffffffffffffffffff\
     c7634d81f4372ddf581a0db248b0a77aecec196accc52973");
const P521_ORDER: [u8; 66] = hex("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
     51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409");
const P256K_ORDER: [u8; 32] = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
const P256K_PRIME: [u8; 32] = hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
const P256K_BASE: [u8; 65] = hex("0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
     483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");

impl Curve {
    /// Every curve.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::P256K];

    /// `crv` of a JSON Web Key, in Azure's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P256K => "P-256K",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// How many bytes one coordinate, and the private scalar, take.
    #[must_use]
    pub const fn coordinate_len(self) -> usize {
        match self {
            Self::P256 | Self::P256K => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The curve's registered object identifier.
    pub(super) const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => rfc5912::SECP_256_R_1,
            Self::P384 => rfc5912::SECP_384_R_1,
            Self::P521 => rfc5912::SECP_521_R_1,
            Self::P256K => SECP256K1,
        }
    }

    /// How X.509 signatures are made on this curve: the digest is as wide as the curve, the signature is DER.
    pub(super) const fn signing_algorithm(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
            Self::P256K => &ECDSA_P256K1_SHA256_ASN1_SIGNING,
        }
    }

    /// The object identifier of that signature algorithm.
    pub(super) const fn signature_oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 | Self::P256K => rfc5912::ECDSA_WITH_SHA_256,
            Self::P384 => rfc5912::ECDSA_WITH_SHA_384,
            Self::P521 => rfc5912::ECDSA_WITH_SHA_512,
        }
    }

    /// The parameters of a SubjectPublicKeyInfo on this curve.
    ///
    /// Source: certificates.md section 5.2. Azure names the NIST curves and spells P-256K out.
    pub(super) fn parameters(self) -> der::Result<Any> {
        match self {
            Self::P256 | Self::P384 | Self::P521 => Any::encode_from(&self.oid()),
            Self::P256K => Any::from_der(&SpecifiedCurve::p256k()?.to_der()?),
        }
    }

    /// The curve that `parameters` name or spell out; `None` for any other.
    pub(super) fn from_parameters(parameters: &Any) -> Option<Self> {
        let named = parameters.decode_as::<ObjectIdentifier>().ok();
        Self::ALL.into_iter().find(|curve| {
            named == Some(curve.oid()) || curve.parameters().is_ok_and(|own| own == *parameters)
        })
    }

    /// A private scalar drawn from `rng`, uniform between 1 and the order less 1: whatever lies outside is thrown
    /// away and drawn again.
    pub(super) fn draw_scalar(self, rng: &mut impl Rng) -> Zeroizing<Vec<u8>> {
        let mut scalar = Zeroizing::new(vec![0; self.coordinate_len()]);
        loop {
            rng.fill_bytes(&mut scalar);
            if self == Self::P521 {
                scalar[0] &= 1; // 521 bits are 65 bytes and one bit
            }
            if scalar.as_slice() < self.order() && scalar.iter().any(|byte| *byte != 0) {
                return scalar;
            }
        }
    }

    const fn order(self) -> &'static [u8] {
        match self {
            Self::P256 => &P256_ORDER,
            Self::P384 => &P384_ORDER,
            Self::P521 => &P521_ORDER,
            Self::P256K => &P256K_ORDER,
        }
    }
}

const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

/// X9.62 `SpecifiedECDomain`: a curve spelled out instead of named.
#[derive(Sequence)]
struct SpecifiedCurve {
    version: u8,
    field: FieldId,
    curve: Coefficients,
    base: OctetString,
    order: Uint,
    cofactor: u8,
}

#[derive(Sequence)]
struct FieldId {
    field_type: ObjectIdentifier,
    prime: Uint,
}

#[derive(Sequence)]
struct Coefficients {
    a: OctetString,
    b: OctetString,
}

impl SpecifiedCurve {
    /// y² = x³ + 7, each coefficient as wide as the field, as X9.62 asks.
    fn p256k() -> der::Result<Self> {
        let mut seven = [0; 32];
        seven[31] = 7;
        Ok(Self {
            version: 1,
            field: FieldId { field_type: PRIME_FIELD, prime: Uint::new(&P256K_PRIME)? },
            curve: Coefficients { a: OctetString::new([0; 32])?, b: OctetString::new(seven)? },
            base: OctetString::new(P256K_BASE)?,
            order: Uint::new(&P256K_ORDER)?,
            cofactor: 1,
        })
    }
}

/// Reads a constant; text of another length or alphabet does not compile.
const fn hex<const N: usize>(text: &str) -> [u8; N] {
    assert!(text.len() == 2 * N);
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = digit(text.as_bytes()[2 * i]) << 4 | digit(text.as_bytes()[2 * i + 1]);
        i += 1;
    }
    bytes
}

const fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        _ => {
            assert!(character >= b'a' && character <= b'f');
            character - b'a' + 10
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::openssl::openssl;
    use super::*;

    #[test]
    fn p256k_is_spelled_out_as_openssl_spells_it() {
        let theirs =
            openssl(&["ecparam", "-name", "secp256k1", "-param_enc", "explicit", "-outform", "DER"], b"");
        assert_eq!(Curve::P256K.parameters().unwrap().to_der().unwrap(), theirs);
    }

    #[test]
    fn the_orders_are_those_that_openssl_prints() {
        for (curve, name) in [
            (Curve::P256, "prime256v1"),
            (Curve::P384, "secp384r1"),
            (Curve::P521, "secp521r1"),
            (Curve::P256K, "secp256k1"),
        ] {
            let args = ["ecparam", "-name", name, "-param_enc", "explicit", "-outform", "DER"];
            let theirs = SpecifiedDomain::from_der(&openssl(&args, b"")).unwrap();
            assert_eq!(Uint::new(curve.order()).unwrap(), theirs.order, "{name}");
        }
    }

    /// The same with the seed that the NIST curves carry.
    #[derive(Sequence)]
    struct SpecifiedDomain {
        version: u8,
        field: Any,
        curve: Any,
        base: OctetString,
        order: Uint,
        cofactor: u8,
    }

    #[test]
    fn a_curve_is_known_by_its_name_and_by_its_spelling() {
        for curve in Curve::ALL {
            assert_eq!(Curve::from_parameters(&Any::encode_from(&curve.oid()).unwrap()), Some(curve));
            assert_eq!(Curve::from_parameters(&curve.parameters().unwrap()), Some(curve));
        }
        assert_eq!(Curve::from_parameters(&Any::null()), None);
    }
}

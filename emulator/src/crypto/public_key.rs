//! The public half of a key: its SubjectPublicKeyInfo, its identifier and its numbers.
//!
//! It must not verify signatures or know where the key came from.

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION};
use der::asn1::{Any, BitString, Uint};
use der::{Decode, Encode};
use pkcs1::RsaPublicKey;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::{CryptoError, Curve, KeySpec, RsaSize, sha1_thumbprint};

/// A public key of a kind that Key Vault has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    spec: KeySpec,
    components: PublicComponents,
    info: SubjectPublicKeyInfoOwned,
    spki_der: Vec<u8>,
}

/// The numbers of a public key, big-endian, as a JSON Web Key shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicComponents {
    /// Without leading zeros.
    Rsa {
        /// `n`
        modulus: Vec<u8>,
        /// `e`
        exponent: Vec<u8>,
    },
    /// Each as wide as the curve's field, leading zeros included.
    Ec {
        /// The first coordinate.
        x: Vec<u8>,
        /// The second coordinate.
        y: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo. An EC point is taken as it stands: nobody checks that it lies on its curve.
    ///
    /// # Errors
    /// [`CryptoError::Asn1`] for bytes that are none, [`CryptoError::UnsupportedKey`] for a key of another kind
    /// and [`CryptoError::MalformedKey`] for one whose bits do not fit its algorithm.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, CryptoError> {
        let info = SubjectPublicKeyInfoOwned::from_der(der)?;
        let bits = info.subject_public_key.as_bytes().ok_or(CryptoError::MalformedKey)?;
        if info.algorithm.oid == RSA_ENCRYPTION {
            return Self::from_rsa_bits(bits);
        }
        let curve = ec_curve(&info.algorithm)?;
        Self::from_ec_point(curve, bits)
    }

    /// The key whose subjectPublicKey bits are `bits`, a PKCS#1 RSAPublicKey.
    pub(super) fn from_rsa_bits(bits: &[u8]) -> Result<Self, CryptoError> {
        let key = RsaPublicKey::<Uint>::from_der(bits).map_err(|_| CryptoError::MalformedKey)?;
        let modulus = key.modulus.as_bytes().to_vec();
        let spec = KeySpec::Rsa(RsaSize::of_modulus(&modulus)?);
        let exponent = key.public_exponent.as_bytes().to_vec();
        let algorithm = AlgorithmIdentifierOwned { oid: RSA_ENCRYPTION, parameters: Some(Any::null()) };
        Self::new(spec, PublicComponents::Rsa { modulus, exponent }, algorithm, bits)
    }

    /// The key whose subjectPublicKey bits are `point`, an uncompressed point on `curve`.
    pub(super) fn from_ec_point(curve: Curve, point: &[u8]) -> Result<Self, CryptoError> {
        let width = curve.coordinate_len();
        let [4, coordinates @ ..] = point else { return Err(CryptoError::MalformedKey) };
        if coordinates.len() != 2 * width {
            return Err(CryptoError::MalformedKey);
        }
        let (x, y) = coordinates.split_at(width);
        let components = PublicComponents::Ec { x: x.to_vec(), y: y.to_vec() };
        let algorithm =
            AlgorithmIdentifierOwned { oid: ID_EC_PUBLIC_KEY, parameters: Some(curve.parameters()?) };
        Self::new(KeySpec::Ec(curve), components, algorithm, point)
    }

    fn new(
        spec: KeySpec,
        components: PublicComponents,
        algorithm: AlgorithmIdentifierOwned,
        bits: &[u8],
    ) -> Result<Self, CryptoError> {
        let info = SubjectPublicKeyInfoOwned { algorithm, subject_public_key: BitString::from_bytes(bits)? };
        let spki_der = info.to_der()?;
        Ok(Self { spec, components, info, spki_der })
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn spec(&self) -> KeySpec {
        self.spec
    }

    /// Its numbers.
    #[must_use]
    pub const fn components(&self) -> &PublicComponents {
        &self.components
    }

    /// The SubjectPublicKeyInfo as certificates and requests carry it: P-256K with its curve spelled out.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki_der
    }

    /// The SHA-1 of the subjectPublicKey bits, the first method of RFC 5280 section 4.2.1.2.
    ///
    /// Source: certificates.md section 5.2.
    #[must_use]
    pub fn subject_key_identifier(&self) -> [u8; 20] {
        sha1_thumbprint(self.info.subject_public_key.raw_bytes())
    }

    pub(super) const fn info(&self) -> &SubjectPublicKeyInfoOwned {
        &self.info
    }
}

/// The curve that an EC key's algorithm names.
pub(super) fn ec_curve(algorithm: &AlgorithmIdentifierOwned) -> Result<Curve, CryptoError> {
    match &algorithm.parameters {
        Some(parameters) if algorithm.oid == ID_EC_PUBLIC_KEY => {
            Curve::from_parameters(parameters).ok_or(CryptoError::UnsupportedKey)
        }
        _ => Err(CryptoError::UnsupportedKey),
    }
}

#[cfg(test)]
mod tests {
    use super::super::PrivateKey;
    use super::super::openssl::openssl;
    use super::*;

    #[test]
    fn a_public_key_survives_its_own_spki() {
        for curve in Curve::ALL {
            let key = PrivateKey::generate(KeySpec::Ec(curve)).unwrap();
            assert_eq!(PublicKey::from_spki_der(key.public_key().spki_der()).unwrap(), *key.public_key());
        }
    }

    #[test]
    fn openssl_extracts_the_same_spki_from_the_private_key() {
        for spec in [KeySpec::Ec(Curve::P521), KeySpec::Rsa(RsaSize::Bits2048)] {
            let key = PrivateKey::generate(spec).unwrap();
            let theirs = openssl(&["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], &key.pkcs8_der());
            assert_eq!(key.public_key().spki_der(), theirs);
        }
    }

    #[test]
    fn ec_coordinates_keep_their_width_and_rsa_numbers_lose_their_zeros() {
        let ec = PrivateKey::generate(KeySpec::Ec(Curve::P521)).unwrap();
        let PublicComponents::Ec { x, y } = ec.public_key().components() else { panic!("an EC key") };
        assert_eq!((x.len(), y.len()), (66, 66));
        let rsa = PrivateKey::generate(KeySpec::Rsa(RsaSize::Bits2048)).unwrap();
        let PublicComponents::Rsa { modulus, exponent } = rsa.public_key().components() else {
            panic!("an RSA key")
        };
        assert_eq!((modulus.len(), exponent.as_slice()), (256, [1, 0, 1].as_slice()));
    }

    #[test]
    fn a_compressed_point_and_another_algorithm_are_refused() {
        assert_eq!(PublicKey::from_ec_point(Curve::P256, &[2; 33]), Err(CryptoError::MalformedKey));
        let ed25519 = openssl(&["genpkey", "-algorithm", "ed25519", "-outform", "DER"], b"");
        let spki = openssl(&["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], &ed25519);
        assert_eq!(PublicKey::from_spki_der(&spki), Err(CryptoError::UnsupportedKey));
    }
}

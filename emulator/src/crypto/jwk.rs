//! Private keys from the numbers of a JSON Web Key (RFC 7518 section 6): what an import brings.
//!
//! It must not know JSON or base64url: the numbers come in as bytes, big-endian. No key leaves it whose numbers
//! contradict each other.

use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents as RsaPublicNumbers};
use aws_lc_rs::signature::EcdsaKeyPair;
use der::Encode;
use der::asn1::UintRef;
use pkcs1::RsaPublicKey;
use pkcs8::EncodePrivateKey;
use rsa::BoxedUint;
use zeroize::Zeroizing;

use super::{CryptoError, Curve, PrivateKey, PublicKey, RsaSize, SignatureAlgorithm, sha256};

/// An RSA private key in numbers. Leading zeros do not count; Java writes one before a set bit.
///
/// Source: keys-and-secrets.md section 4.1.
#[derive(Clone, Copy)]
pub struct RsaNumbers<'a> {
    /// `n`
    pub modulus: &'a [u8],
    /// `e`
    pub exponent: &'a [u8],
    /// `d`
    pub private_exponent: &'a [u8],
    /// `p`, `q` and what follows from them; without, they are found again.
    pub factors: Option<RsaFactors<'a>>,
}

/// The two primes of an RSA key and the numbers of the Chinese remainder theorem: all, as RFC 7518 section 6.3.2 wants.
#[derive(Clone, Copy)]
pub struct RsaFactors<'a> {
    /// `p`
    pub p: &'a [u8],
    /// `q`
    pub q: &'a [u8],
    /// `dp`
    pub dp: &'a [u8],
    /// `dq`
    pub dq: &'a [u8],
    /// `qi`
    pub qi: &'a [u8],
}

/// An EC private key in numbers, each as wide as its curve; a missing or surplus zero in front is forgiven.
#[derive(Clone, Copy)]
pub struct EcNumbers<'a> {
    /// `crv`
    pub curve: Curve,
    /// `x`
    pub x: &'a [u8],
    /// `y`
    pub y: &'a [u8],
    /// `d`
    pub scalar: &'a [u8],
}

impl PrivateKey {
    /// The RSA key of these numbers.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for a modulus of a size that Key Vault does not have,
    /// [`CryptoError::MalformedKey`] for numbers that are no key: an even or too large exponent, a modulus that is not
    /// the product of the factors, factors that are no primes, exponents that do not undo each other.
    pub fn from_rsa_numbers(numbers: &RsaNumbers<'_>) -> Result<Self, CryptoError> {
        RsaSize::of_modulus(significant(numbers.modulus))?;
        let key = match &numbers.factors {
            Some(factors) => Self::from_rsa(numbers.with(factors)?)?,
            None => numbers.factorize()?,
        };
        key.prove()
    }

    /// The EC key of these numbers.
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`] for a point that is not on the curve, a scalar outside its order, or one that
    /// belongs to another point.
    pub fn from_ec_numbers(numbers: &EcNumbers<'_>) -> Result<Self, CryptoError> {
        let EcNumbers { curve, x, y, scalar } = *numbers;
        let (x, y) = (widen(curve, x)?, widen(curve, y)?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let algorithm = curve.signing_algorithm();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &widen(curve, scalar)?, &point);
        Self::from_ec(curve, pair.map_err(|_| CryptoError::MalformedKey)?)
    }

    /// The same key, once it has verified its own signature: numbers can satisfy every equation and still be no key,
    /// if a factor is no prime.
    fn prove(self) -> Result<Self, CryptoError> {
        let (algorithm, digest) = (SignatureAlgorithm::Rs256, sha256(self.public_key().spki_der()));
        let signature = self.sign_digest(algorithm, &digest).map_err(|_| CryptoError::MalformedKey)?;
        match self.public_key().verify_digest(algorithm, &digest, &signature) {
            Ok(true) => Ok(self),
            _ => Err(CryptoError::MalformedKey),
        }
    }
}

impl PublicKey {
    /// The RSA key of these numbers, `n` and `e`.
    ///
    /// # Errors
    /// [`CryptoError::UnsupportedKey`] for a modulus of a size that Key Vault does not have, [`CryptoError::Asn1`] for an
    /// exponent that is no number.
    pub fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, CryptoError> {
        let key = RsaPublicKey {
            modulus: UintRef::new(significant(modulus))?,
            public_exponent: UintRef::new(significant(exponent))?,
        };
        Self::from_rsa_bits(&key.to_der()?)
    }
}

/// No RSA key of aws-lc's has a public exponent of more than 33 bits.
const EXPONENT_BYTES: usize = 5;

impl RsaNumbers<'_> {
    /// aws-lc checks every equation between them.
    fn with(&self, factors: &RsaFactors<'_>) -> Result<RsaKeyPair, CryptoError> {
        let components = KeyPairComponents {
            public_key: RsaPublicNumbers { n: significant(self.modulus), e: significant(self.exponent) },
            d: self.private_exponent,
            p: factors.p,
            q: factors.q,
            dP: factors.dp,
            dQ: factors.dq,
            qInv: factors.qi,
        };
        RsaKeyPair::from_components(&components).map_err(|_| CryptoError::MalformedKey)
    }

    /// Finds the factors of the modulus, which whoever knows both exponents can (NIST SP 800-56B, appendix C.2). Only for
    /// a public exponent above 65536: below, the method's proof does not hold.
    fn factorize(&self) -> Result<PrivateKey, CryptoError> {
        let [modulus, exponent, private_exponent] =
            [self.modulus, self.exponent, self.private_exponent].map(natural);
        // The library subtracts from their product without a look, and cuts a long exponent off.
        if significant(self.private_exponent).is_empty() || significant(self.exponent).len() > EXPONENT_BYTES
        {
            return Err(CryptoError::MalformedKey);
        }
        let key = rsa::PrivateKey::from_components(modulus?, exponent?, private_exponent?, Vec::new());
        let key = key.map_err(|_| CryptoError::MalformedKey)?;
        let pkcs8 = key.to_pkcs8_der().map_err(|_| CryptoError::MalformedKey)?;
        PrivateKey::from_pkcs8(pkcs8.as_bytes())
    }
}

fn natural(bytes: &[u8]) -> Result<BoxedUint, CryptoError> {
    let bytes = significant(bytes);
    let bits = u32::try_from(bytes.len() * 8).map_err(|_| CryptoError::MalformedKey)?;
    BoxedUint::from_be_slice(bytes, bits.max(8)).map_err(|_| CryptoError::MalformedKey)
}

/// `number` without the zeros in front.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// `number` as wide as the curve.
fn widen(curve: Curve, number: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let number = significant(number);
    let padding = curve.coordinate_len().checked_sub(number.len()).ok_or(CryptoError::MalformedKey)?;
    Ok(Zeroizing::new([&vec![0; padding], number].concat()))
}

#[cfg(test)]
mod tests {
    use der::Decode;
    use pkcs1::RsaPrivateKeyRef;
    use pkcs8::PrivateKeyInfoRef;

    use super::super::openssl::openssl;
    use super::super::vectors::hex;
    use super::super::{KeySpec, PublicComponents};
    use super::*;

    /// The numbers of an RSA key, in the order n, e, d, p, q, dp, dq, qi.
    fn take_apart(pkcs8: &[u8]) -> [Vec<u8>; 8] {
        let info = PrivateKeyInfoRef::from_der(pkcs8).unwrap();
        let key = RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).unwrap();
        [
            key.modulus,
            key.public_exponent,
            key.private_exponent,
            key.prime1,
            key.prime2,
            key.exponent1,
            key.exponent2,
            key.coefficient,
        ]
        .map(|number| number.as_bytes().to_vec())
    }

    fn numbers([n, e, d, p, q, dp, dq, qi]: &[Vec<u8>; 8]) -> RsaNumbers<'_> {
        let factors = Some(RsaFactors { p, q, dp, dq, qi });
        RsaNumbers { modulus: n, exponent: e, private_exponent: d, factors }
    }

    fn rsa(bits: u16, exponent: u32) -> Vec<u8> {
        let (bits, exponent) = (format!("rsa_keygen_bits:{bits}"), format!("rsa_keygen_pubexp:{exponent}"));
        let args = ["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits, "-pkeyopt", &exponent];
        openssl(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &openssl(&args, b""))
    }

    fn refused(numbers: &RsaNumbers<'_>) -> CryptoError {
        PrivateKey::from_rsa_numbers(numbers).map(|_| ()).unwrap_err()
    }

    #[test]
    fn every_size_of_openssls_rsa_keys_comes_back_from_its_numbers() {
        for (bits, exponent) in [(2048, 65537), (3072, 65537), (4096, 65537), (2048, 3), (2048, 17)] {
            let theirs = rsa(bits, exponent);
            let key = PrivateKey::from_rsa_numbers(&numbers(&take_apart(&theirs))).unwrap();
            assert_eq!(key.pkcs8_der().as_slice(), theirs, "{bits} {exponent}");
        }
    }

    #[test]
    fn zeros_in_front_do_not_count() {
        let theirs = rsa(2048, 65537);
        let padded = take_apart(&theirs).map(|number| [vec![0, 0], number].concat());
        let key = PrivateKey::from_rsa_numbers(&numbers(&padded)).unwrap();
        assert_eq!(key.pkcs8_der().as_slice(), theirs);
        let ec = PrivateKey::derive(KeySpec::Ec(Curve::P521), [3; 32]).unwrap();
        let (curve, x, y, scalar) = ec_numbers(&ec);
        let [x, y, scalar] = [x, y, scalar].map(|number| [vec![0], significant(&number).to_vec()].concat());
        let again = PrivateKey::from_ec_numbers(&EcNumbers { curve, x: &x, y: &y, scalar: &scalar });
        assert_eq!(ec_numbers(&again.unwrap()), ec_numbers(&ec));
    }

    #[test]
    fn the_factors_are_found_again_where_they_are_missing() {
        for bits in [2048, 3072] {
            let theirs = rsa(bits, 65537);
            let parts = take_apart(&theirs);
            let key = PrivateKey::from_rsa_numbers(&RsaNumbers { factors: None, ..numbers(&parts) }).unwrap();
            assert_eq!(
                key.public_key().spki_der(),
                PrivateKey::from_pkcs8(&theirs).unwrap().public_key().spki_der()
            );
        }
        let parts = take_apart(&rsa(2048, 3));
        assert_eq!(refused(&RsaNumbers { factors: None, ..numbers(&parts) }), CryptoError::MalformedKey);
    }

    #[test]
    fn a_change_of_any_number_is_noticed() {
        let whole = take_apart(&rsa(2048, 65537));
        for at in 0..whole.len() {
            for change in [
                (|number| *number.last_mut().unwrap() ^= 2) as fn(&mut Vec<u8>),
                |number| number[0] ^= 1,
                Vec::clear,
            ] {
                let mut parts = whole.clone();
                change(&mut parts[at]);
                let with = numbers(&parts);
                let without = RsaNumbers { factors: None, ..with };
                for numbers in [with, without].iter().take(if at < 3 { 2 } else { 1 }) {
                    let error = refused(numbers);
                    assert!(matches!(error, CryptoError::MalformedKey | CryptoError::UnsupportedKey), "{at}");
                }
            }
        }
    }

    #[test]
    fn an_even_exponent_and_a_size_that_azure_does_not_have_are_refused() {
        let mut parts = take_apart(&rsa(2048, 65537));
        parts[1] = vec![1, 0, 0];
        assert_eq!(refused(&numbers(&parts)), CryptoError::MalformedKey);
        parts[1] = vec![1];
        assert_eq!(refused(&numbers(&parts)), CryptoError::MalformedKey);
        for bits in [1024, 2056] {
            assert_eq!(refused(&numbers(&take_apart(&rsa(bits, 65537)))), CryptoError::UnsupportedKey);
        }
    }

    /// n = p * q holds, and so do the exponents; only q is no prime.
    #[test]
    fn a_factor_that_is_no_prime_is_noticed() {
        let composite = rsa_of_a_composite();
        assert_eq!(refused(&numbers(&composite)), CryptoError::MalformedKey);
    }

    /// A key whose `p` is the product of two primes and whose exponents are those of a prime `p`.
    fn rsa_of_a_composite() -> [Vec<u8>; 8] {
        let script = "\
import hashlib\n\
def is_prime(n):\n    return all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11))\n\
def prime(bits, seed):\n\
\x20   h = b''.join(hashlib.sha256(b'%d %d' % (seed, i)).digest() for i in range(8))\n\
\x20   n = int.from_bytes(h[:bits // 8], 'big') | (3 << (bits - 2)) | 1\n\
\x20   while not is_prime(n):\n        n += 2\n\
\x20   return n\n\
from math import gcd\n\
e, seed = 65537, 0\n\
while True:\n\
\x20   p, q = prime(512, 3 * seed) * prime(512, 3 * seed + 1), prime(1024, 3 * seed + 2)\n\
\x20   if (p * q).bit_length() == 2048 and gcd(e, (p - 1) * (q - 1)) == 1:\n        break\n\
\x20   seed += 1\n\
d = pow(e, -1, (p - 1) * (q - 1))\n\
for v in (p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)):\n    print('%x' % v)\n";
        let output = std::process::Command::new("python3").args(["-c", script]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<Vec<u8>> = text.lines().map(hex).collect();
        numbers.try_into().unwrap()
    }

    fn ec_numbers(key: &PrivateKey) -> (Curve, Vec<u8>, Vec<u8>, Vec<u8>) {
        let KeySpec::Ec(curve) = key.spec() else { panic!("an EC key") };
        let PublicComponents::Ec { x, y } = key.public_key().components() else { panic!("an EC key") };
        let der = key.pkcs8_der();
        let info = PrivateKeyInfoRef::from_der(&der).unwrap();
        let sec1 = sec1::EcPrivateKey::from_der(info.private_key.as_bytes()).unwrap();
        (curve, x.clone(), y.clone(), sec1.private_key.to_vec())
    }

    #[test]
    fn every_curve_comes_back_from_its_numbers() {
        for curve in Curve::ALL {
            let key = PrivateKey::derive(KeySpec::Ec(curve), [5; 32]).unwrap();
            let (curve, x, y, scalar) = ec_numbers(&key);
            let again = PrivateKey::from_ec_numbers(&EcNumbers { curve, x: &x, y: &y, scalar: &scalar });
            assert_eq!(ec_numbers(&again.unwrap()), ec_numbers(&key), "{curve:?}");
        }
    }

    #[test]
    fn a_point_off_its_curve_and_a_scalar_of_another_point_are_refused() {
        for curve in Curve::ALL {
            let key = PrivateKey::derive(KeySpec::Ec(curve), [5; 32]).unwrap();
            let other = PrivateKey::derive(KeySpec::Ec(curve), [6; 32]).unwrap();
            let (_, x, y, scalar) = ec_numbers(&key);
            let (_, _, _, foreign) = ec_numbers(&other);
            let width = curve.coordinate_len();
            let refused = |x: &[u8], y: &[u8], scalar: &[u8]| {
                PrivateKey::from_ec_numbers(&EcNumbers { curve, x, y, scalar }).map(|_| ()).unwrap_err()
            };
            let mut off = y.clone();
            off[width - 1] ^= 1;
            for (x, y, scalar) in [
                (&x[..], &off[..], &scalar[..]),
                (&y, &x, &scalar),
                (&x, &y, &foreign),
                (&x, &y, &[]),
                (&x, &y, &[0; 66]),
                (&x, &y, &[0xff; 66][..width]),
                (&x, &y, &[0xff; 67]),
                (&[], &[], &scalar),
            ] {
                assert_eq!(refused(x, y, scalar), CryptoError::MalformedKey, "{curve:?}");
            }
        }
    }

    /// RFC 7517 appendix A.2: the example keys, one of each kind.
    #[test]
    fn the_example_keys_of_rfc_7517_are_read() {
        use base64::Engine;
        let read = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
        let (x, y) = (
            read("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"),
            read("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"),
        );
        let scalar = read("870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE");
        let key = EcNumbers { curve: Curve::P256, x: &x, y: &y, scalar: &scalar };
        assert_eq!(PrivateKey::from_ec_numbers(&key).unwrap().spec(), KeySpec::Ec(Curve::P256));
    }
}

//! Private keys: generating them, deriving them from a seed, reading and writing PKCS#8, signing.
//!
//! It must not show key material to anyone but the caller of [`PrivateKey::pkcs8_der`]: not in `Debug`, not in errors.
//!
//! aws-lc makes every key, except those that a seed must repeat: it cannot be seeded. For these alone the `rsa`
//! crate searches the primes and a scalar is drawn for EC; the result is handed to aws-lc, which does all the rest.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};
use const_oid::db::rfc5912::{RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{Any, AnyRef};
use der::{Decode, Encode};
use pkcs8::{EncodePrivateKey, PrivateKeyInfoRef};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sec1::{EcParameters, EcPrivateKey};
use spki::{AlgorithmIdentifier, AlgorithmIdentifierOwned};
use zeroize::Zeroizing;

use super::public_key::ec_curve;
use super::{CryptoError, Curve, PublicKey};

/// A size of RSA key that Key Vault makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RsaSize {
    /// 2048 bits.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

impl RsaSize {
    /// Every size, the smallest first.
    pub const ALL: [Self; 3] = [Self::Bits2048, Self::Bits3072, Self::Bits4096];

    /// The length of the modulus.
    #[must_use]
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
            Self::Bits4096 => 4096,
        }
    }

    /// The size of a key with this modulus, big-endian and without leading zeros.
    pub(super) fn of_modulus(modulus: &[u8]) -> Result<Self, CryptoError> {
        let full = modulus.first().is_some_and(|byte| *byte >= 0x80);
        Self::ALL
            .into_iter()
            .find(|size| full && modulus.len() * 8 == usize::from(size.bits()))
            .ok_or(CryptoError::UnsupportedKey)
    }

    const fn aws_lc(self) -> KeySize {
        match self {
            Self::Bits2048 => KeySize::Rsa2048,
            Self::Bits3072 => KeySize::Rsa3072,
            Self::Bits4096 => KeySize::Rsa4096,
        }
    }
}

/// A kind of key: its algorithm and its size or curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySpec {
    /// RSA with the public exponent 65537.
    Rsa(RsaSize),
    /// An elliptic curve.
    Ec(Curve),
}

impl KeySpec {
    /// Which ChaCha20 stream of a seed its keys come from, so that one seed's keys are unrelated. Part of what a
    /// seed means: never renumber.
    const fn stream(self) -> u64 {
        match self {
            Self::Rsa(RsaSize::Bits2048) => 1,
            Self::Rsa(RsaSize::Bits3072) => 2,
            Self::Rsa(RsaSize::Bits4096) => 3,
            Self::Ec(Curve::P256) => 4,
            Self::Ec(Curve::P384) => 5,
            Self::Ec(Curve::P521) => 6,
            Self::Ec(Curve::P256K) => 7,
        }
    }
}

/// A private key, ready to sign. Clones share one copy, which is wiped when the last of them goes.
#[derive(Clone)]
pub struct PrivateKey(Arc<Material>);

struct Material {
    signer: Signer,
    /// The same key once more, in the form in which aws-lc decrypts; read when it is first needed.
    decryptor: OnceLock<PrivateDecryptingKey>,
    pkcs8: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

/// The key inside aws-lc, which wipes its own memory.
pub(super) enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

impl PrivateKey {
    /// A new key. RSA takes 60 ms to 2 s of processor time: keep it off the async threads.
    ///
    /// # Errors
    /// [`CryptoError::KeyGeneration`] when the library fails.
    pub fn generate(spec: KeySpec) -> Result<Self, CryptoError> {
        match spec {
            KeySpec::Rsa(size) => {
                let pair = RsaKeyPair::generate(size.aws_lc()).map_err(|_| CryptoError::KeyGeneration)?;
                Self::from_rsa(pair)
            }
            KeySpec::Ec(curve) => {
                let pair = EcdsaKeyPair::generate(curve.signing_algorithm())
                    .map_err(|_| CryptoError::KeyGeneration)?;
                Self::from_ec(curve, pair)
            }
        }
    }

    /// The key that `seed` stands for: the same for the same seed, unrelated for any other seed or kind.
    ///
    /// Such a key is as secret as its seed. An RSA key stays the same as long as the `rsa` crate searches its
    /// primes in the same order; a test pins one.
    ///
    /// # Errors
    /// [`CryptoError::KeyGeneration`] when the library refuses the derived key.
    pub fn derive(spec: KeySpec, seed: [u8; 32]) -> Result<Self, CryptoError> {
        let mut rng = ChaCha20Rng::from_seed(seed);
        rng.set_stream(spec.stream());
        match spec {
            KeySpec::Rsa(size) => Self::derive_rsa(size, &mut rng),
            KeySpec::Ec(curve) => Self::derive_ec(curve, &mut rng),
        }
    }

    fn derive_rsa(size: RsaSize, rng: &mut ChaCha20Rng) -> Result<Self, CryptoError> {
        let key =
            rsa::PrivateKey::new(rng, usize::from(size.bits())).map_err(|_| CryptoError::KeyGeneration)?;
        let pkcs8 = key.to_pkcs8_der().map_err(|_| CryptoError::KeyGeneration)?;
        Self::from_pkcs8(pkcs8.as_bytes())
    }

    fn derive_ec(curve: Curve, rng: &mut ChaCha20Rng) -> Result<Self, CryptoError> {
        let scalar = curve.draw_scalar(rng);
        let sec1 = EcPrivateKey {
            private_key: &scalar,
            parameters: Some(EcParameters::NamedCurve(curve.oid())),
            public_key: None,
        };
        let sec1 = Zeroizing::new(sec1.to_der()?);
        let pair = EcdsaKeyPair::from_private_key_der(curve.signing_algorithm(), &sec1)
            .map_err(|_| CryptoError::KeyGeneration)?;
        Self::from_ec(curve, pair)
    }

    /// Reads an unencrypted PKCS#8 PrivateKeyInfo.
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`] for bytes that are none or whose parts contradict each other,
    /// [`CryptoError::UnsupportedKey`] for a kind, size or curve that Key Vault does not have.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, CryptoError> {
        let info = PrivateKeyInfoRef::from_der(der).map_err(|_| CryptoError::MalformedKey)?;
        if info.algorithm.oid == RSA_ENCRYPTION { Self::read_rsa(der, &info) } else { Self::read_ec(&info) }
    }

    /// The size is looked at first: aws-lc calls a key of another size malformed.
    fn read_rsa(der: &[u8], info: &PrivateKeyInfoRef<'_>) -> Result<Self, CryptoError> {
        let parts = pkcs1::RsaPrivateKeyRef::from_der(info.private_key.as_bytes())
            .map_err(|_| CryptoError::MalformedKey)?;
        RsaSize::of_modulus(parts.modulus.as_bytes())?;
        Self::from_rsa(RsaKeyPair::from_pkcs8(der).map_err(|_| CryptoError::MalformedKey)?)
    }

    /// The curve is named before aws-lc sees it, which does not know one that is spelled out.
    fn read_ec(info: &PrivateKeyInfoRef<'_>) -> Result<Self, CryptoError> {
        let parameters = info.algorithm.parameters.map(Any::from);
        let curve = ec_curve(&AlgorithmIdentifierOwned { oid: info.algorithm.oid, parameters })?;
        let name = curve.oid();
        let algorithm =
            AlgorithmIdentifier { oid: info.algorithm.oid, parameters: Some(AnyRef::from(&name)) };
        let named = Zeroizing::new(PrivateKeyInfoRef::new(algorithm, info.private_key).to_der()?);
        let pair = EcdsaKeyPair::from_pkcs8(curve.signing_algorithm(), &named)
            .map_err(|_| CryptoError::MalformedKey)?;
        Self::from_ec(curve, pair)
    }

    pub(super) fn from_rsa(pair: RsaKeyPair) -> Result<Self, CryptoError> {
        let public = PublicKey::from_rsa_bits(pair.public_key().as_ref())?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| CryptoError::MalformedKey)?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        Ok(Self::new(Signer::Rsa(pair), pkcs8, public))
    }

    pub(super) fn from_ec(curve: Curve, pair: EcdsaKeyPair) -> Result<Self, CryptoError> {
        let public = PublicKey::from_ec_point(curve, pair.public_key().as_ref())?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| CryptoError::MalformedKey)?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        Ok(Self::new(Signer::Ec(pair), pkcs8, public))
    }

    fn new(signer: Signer, pkcs8: Zeroizing<Vec<u8>>, public: PublicKey) -> Self {
        Self(Arc::new(Material { signer, decryptor: OnceLock::new(), pkcs8, public }))
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// The key as aws-lc decrypts with it. Two threads that ask first may both read it; one reading is kept.
    pub(super) fn decryptor(&self) -> Result<&PrivateDecryptingKey, CryptoError> {
        if let Some(key) = self.0.decryptor.get() {
            return Ok(key);
        }
        let KeySpec::Rsa(_) = self.spec() else { return Err(CryptoError::AlgorithmMismatch) };
        let key = PrivateDecryptingKey::from_pkcs8(&self.0.pkcs8).map_err(|_| CryptoError::MalformedKey)?;
        Ok(self.0.decryptor.get_or_init(|| key))
    }

    /// What kind of key it is.
    #[must_use]
    pub fn spec(&self) -> KeySpec {
        self.0.public.spec()
    }

    /// The key as PKCS#8 version 1, its curve named. The copy wipes itself.
    #[must_use]
    pub fn pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.0.pkcs8.clone()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public
    }

    /// Signs `message` with [`Self::signature_algorithm`]. ECDSA signatures differ each time, also for a derived key.
    ///
    /// # Errors
    /// [`CryptoError::Signing`] when the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let random = SystemRandom::new();
        match &self.0.signer {
            Signer::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| CryptoError::Signing)?;
                Ok(signature)
            }
            Signer::Ec(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| CryptoError::Signing)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// The X.509 algorithm that this key signs with.
    ///
    /// Source: certificates.md section 5.2: SHA-256 with RSA, P-256 and P-256K. P-384 and P-521 were never recorded;
    /// they take the digest of their own width.
    #[must_use]
    pub fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        match self.spec() {
            KeySpec::Rsa(_) => {
                AlgorithmIdentifierOwned { oid: SHA_256_WITH_RSA_ENCRYPTION, parameters: Some(Any::null()) }
            }
            KeySpec::Ec(curve) => AlgorithmIdentifierOwned { oid: curve.signature_oid(), parameters: None },
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.spec()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::openssl::openssl;
    use super::*;

    const RSA: KeySpec = KeySpec::Rsa(RsaSize::Bits2048);

    #[test]
    fn one_seed_gives_one_key_and_another_seed_another() {
        for spec in Curve::ALL.map(KeySpec::Ec).into_iter().chain([RSA]) {
            let first = PrivateKey::derive(spec, [7; 32]).unwrap();
            assert_eq!(first.spec(), spec);
            assert_eq!(first.pkcs8_der(), PrivateKey::derive(spec, [7; 32]).unwrap().pkcs8_der());
            assert_ne!(first.pkcs8_der(), PrivateKey::derive(spec, [8; 32]).unwrap().pkcs8_der());
        }
    }

    #[test]
    fn what_a_seed_stands_for_never_changes() {
        for (spec, identifier) in [
            (RSA, [0xc0, 0x3a, 0xbd, 0x07]),
            (KeySpec::Ec(Curve::P256), [0xc6, 0x5f, 0x33, 0xe2]),
            (KeySpec::Ec(Curve::P384), [0xdd, 0xa5, 0x3c, 0x43]),
            (KeySpec::Ec(Curve::P521), [0xe5, 0x21, 0xb7, 0xd0]),
            (KeySpec::Ec(Curve::P256K), [0xa8, 0x3f, 0x27, 0xd6]),
        ] {
            let key = PrivateKey::derive(spec, [7; 32]).unwrap();
            assert_eq!(key.public_key().subject_key_identifier()[..4], identifier, "{spec:?}");
        }
    }

    #[test]
    fn two_generated_keys_differ() {
        let spec = KeySpec::Ec(Curve::P256);
        let [one, other] = [(); 2].map(|()| PrivateKey::generate(spec).unwrap());
        assert_ne!(one.public_key(), other.public_key());
    }

    #[test]
    fn openssl_reads_and_approves_every_derived_key() {
        for spec in Curve::ALL.map(KeySpec::Ec).into_iter().chain([RSA]) {
            let key = PrivateKey::derive(spec, [1; 32]).unwrap();
            openssl(&["pkey", "-inform", "DER", "-check", "-noout"], &key.pkcs8_der());
        }
    }

    #[test]
    fn a_key_survives_its_own_pkcs8() {
        for spec in Curve::ALL.map(KeySpec::Ec).into_iter().chain([RSA]) {
            let key = PrivateKey::derive(spec, [2; 32]).unwrap();
            let again = PrivateKey::from_pkcs8(&key.pkcs8_der()).unwrap();
            assert_eq!(again.pkcs8_der(), key.pkcs8_der());
            assert_eq!(again.public_key(), key.public_key());
        }
    }

    /// A PKCS#8 key of openssl's own making.
    fn made_by_openssl(algorithm: &str, options: &[&str]) -> Vec<u8> {
        let mut args = vec!["genpkey", "-algorithm", algorithm];
        args.extend(options.iter().flat_map(|option| ["-pkeyopt", option]));
        openssl(&["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], &openssl(&args, b""))
    }

    #[test]
    fn a_key_made_by_openssl_is_read_with_its_curve_named_or_spelled_out() {
        for encoding in ["ec_param_enc:named_curve", "ec_param_enc:explicit"] {
            let theirs = made_by_openssl("EC", &["ec_paramgen_curve:secp256k1", encoding]);
            let key = PrivateKey::from_pkcs8(&theirs).unwrap();
            assert_eq!(key.spec(), KeySpec::Ec(Curve::P256K), "{encoding}");
        }
        let theirs = made_by_openssl("RSA", &["rsa_keygen_bits:2048"]);
        assert_eq!(PrivateKey::from_pkcs8(&theirs).unwrap().pkcs8_der().as_slice(), theirs);
    }

    #[test]
    fn rubbish_and_keys_that_azure_does_not_have_are_told_apart() {
        let refused = |der: &[u8]| PrivateKey::from_pkcs8(der).map(|_| ()).unwrap_err();
        assert_eq!(refused(b"rubbish"), CryptoError::MalformedKey);
        assert_eq!(refused(&made_by_openssl("ed25519", &[])), CryptoError::UnsupportedKey);
        let short = made_by_openssl("RSA", &["rsa_keygen_bits:1024"]);
        assert_eq!(refused(&short), CryptoError::UnsupportedKey);
        let other = made_by_openssl("EC", &["ec_paramgen_curve:secp224r1"]);
        assert_eq!(refused(&other), CryptoError::UnsupportedKey);
    }

    #[test]
    fn debug_shows_the_kind_and_nothing_else() {
        let key = PrivateKey::generate(KeySpec::Ec(Curve::P256)).unwrap();
        assert_eq!(format!("{key:?}"), "PrivateKey(Ec(P256), ..)");
    }
}

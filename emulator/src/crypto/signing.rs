//! Signatures over digests: what `sign` and `verify` of a Key Vault key do.
//!
//! It must not hash: the digest comes in. It must not ask whether a key may sign: that is the vault's business.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
    VerificationAlgorithm,
};
use der::asn1::UintRef;
use der::{Decode, Sequence};

use super::keys::Signer;
use super::{CryptoError, Curve, KeySpec, PrivateKey, PublicKey, rsnull};

/// A way to sign, by its name in JSON Web Algorithms; RSNULL is Azure's own.
///
/// Source: keys-and-secrets.md section 4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PKCS1-v1_5 over a DigestInfo that the caller made, or whatever else the caller gives in its place.
    RsNull,
    /// RSASSA-PSS with SHA-256 and a salt as long as the digest.
    Ps256,
    /// RSASSA-PSS with SHA-384 and a salt as long as the digest.
    Ps384,
    /// RSASSA-PSS with SHA-512 and a salt as long as the digest.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// ECDSA on P-256K with SHA-256.
    Es256K,
}

impl SignatureAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 11] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::RsNull,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256K,
    ];

    /// `alg` on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::RsNull => "RSNULL",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256K => "ES256K",
        }
    }

    /// The algorithm of that name, spelled exactly so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The only curve it can be used with; `None` for RSA.
    #[must_use]
    pub const fn curve(self) -> Option<Curve> {
        match self {
            Self::Es256 => Some(Curve::P256),
            Self::Es384 => Some(Curve::P384),
            Self::Es512 => Some(Curve::P521),
            Self::Es256K => Some(Curve::P256K),
            Self::Rs256
            | Self::Rs384
            | Self::Rs512
            | Self::RsNull
            | Self::Ps256
            | Self::Ps384
            | Self::Ps512 => None,
        }
    }

    /// How many bytes it signs; `None` for RSNULL, which takes any number that can be padded.
    #[must_use]
    pub fn digest_len(self) -> Option<usize> {
        self.digest_algorithm().map(digest::Algorithm::output_len)
    }

    /// Whether a key of that kind can sign with it.
    #[must_use]
    pub fn fits(self, spec: KeySpec) -> bool {
        match spec {
            KeySpec::Rsa(_) => self.curve().is_none(),
            KeySpec::Ec(curve) => self.curve() == Some(curve),
        }
    }

    const fn digest_algorithm(self) -> Option<&'static digest::Algorithm> {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 | Self::Es256K => Some(&digest::SHA256),
            Self::Rs384 | Self::Ps384 | Self::Es384 => Some(&digest::SHA384),
            Self::Rs512 | Self::Ps512 | Self::Es512 => Some(&digest::SHA512),
            Self::RsNull => None,
        }
    }

    /// How aws-lc pads for it; `None` for ECDSA and for RSNULL.
    const fn padding(self) -> Option<&'static dyn RsaEncoding> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_SHA512),
            Self::Ps256 => Some(&RSA_PSS_SHA256),
            Self::Ps384 => Some(&RSA_PSS_SHA384),
            Self::Ps512 => Some(&RSA_PSS_SHA512),
            Self::RsNull | Self::Es256 | Self::Es384 | Self::Es512 | Self::Es256K => None,
        }
    }

    /// How aws-lc verifies it; `None` for RSNULL.
    const fn verification(self) -> Option<&'static dyn VerificationAlgorithm> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Some(&ECDSA_P256_SHA256_FIXED),
            Self::Es384 => Some(&ECDSA_P384_SHA384_FIXED),
            Self::Es512 => Some(&ECDSA_P521_SHA512_FIXED),
            Self::Es256K => Some(&ECDSA_P256K1_SHA256_FIXED),
            Self::RsNull => None,
        }
    }
}

/// What is to be signed: a digest that fits the algorithm, or whatever the caller of RSNULL gave.
enum Input<'a> {
    Digest(Digest),
    Anything(&'a [u8]),
}

impl<'a> Input<'a> {
    fn new(algorithm: SignatureAlgorithm, spec: KeySpec, value: &'a [u8]) -> Result<Self, CryptoError> {
        if !algorithm.fits(spec) {
            return Err(CryptoError::AlgorithmMismatch);
        }
        let Some(hash) = algorithm.digest_algorithm() else { return Ok(Self::Anything(value)) };
        let digest = Digest::import_less_safe(value, hash);
        let wrong = CryptoError::DigestLength { expected: hash.output_len(), found: value.len() };
        digest.map(Self::Digest).map_err(|_| wrong)
    }
}

impl PrivateKey {
    /// Signs `digest`. ECDSA signatures are `r` and `s`, each as wide as the curve, and differ each time.
    ///
    /// RSA takes 0.3 to 2 ms of processor time, and several times that with RSNULL: keep it off the async threads.
    ///
    /// # Errors
    /// [`CryptoError::AlgorithmMismatch`] for an algorithm of another kind of key or another curve,
    /// [`CryptoError::DigestLength`] for a digest of another algorithm, [`CryptoError::PlaintextLength`] for more than
    /// RSNULL can pad, [`CryptoError::Signing`] when the library fails.
    pub fn sign_digest(&self, algorithm: SignatureAlgorithm, digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let digest = match Input::new(algorithm, self.spec(), digest)? {
            Input::Digest(digest) => digest,
            Input::Anything(value) => return rsnull::sign(self, value),
        };
        match (self.signer(), self.spec()) {
            (Signer::Rsa(pair), _) => {
                let padding = algorithm.padding().ok_or(CryptoError::Signing)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(padding, &digest, &mut signature).map_err(|_| CryptoError::Signing)?;
                Ok(signature)
            }
            (Signer::Ec(pair), KeySpec::Ec(curve)) => {
                let signature = pair.sign_digest(&digest).map_err(|_| CryptoError::Signing)?;
                fixed_width(curve, signature.as_ref())
            }
            (Signer::Ec(_), KeySpec::Rsa(_)) => Err(CryptoError::Signing),
        }
    }
}

impl PublicKey {
    /// Whether `signature` is this key's over `digest`. A signature of another length is none.
    ///
    /// The key is read anew each time, which is a tenth of the work.
    ///
    /// # Errors
    /// Those of [`PrivateKey::sign_digest`], and [`CryptoError::MalformedKey`] for a point that is not on its curve.
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        let digest = match Input::new(algorithm, self.spec(), digest)? {
            Input::Digest(digest) => digest,
            Input::Anything(value) => return rsnull::verify(self, value, signature),
        };
        let verification = algorithm.verification().ok_or(CryptoError::AlgorithmMismatch)?;
        let bits = self.info().subject_public_key.raw_bytes();
        let key = ParsedPublicKey::new(verification, bits).map_err(|_| CryptoError::MalformedKey)?;
        Ok(key.verify_digest_sig(&digest, signature).is_ok())
    }
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The same signature as JSON Web Signatures carry it instead of as X.509 does.
fn fixed_width(curve: Curve, der: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let EcdsaSignature { r, s } = EcdsaSignature::from_der(der)?;
    let width = curve.coordinate_len();
    let mut signature = vec![0; 2 * width];
    for (half, number) in signature.chunks_exact_mut(width).zip([r, s]) {
        let padding = width.checked_sub(number.as_bytes().len()).ok_or(CryptoError::Signing)?;
        half[padding..].copy_from_slice(number.as_bytes());
    }
    Ok(signature)
}

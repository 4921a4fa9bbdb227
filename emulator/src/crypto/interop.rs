//! Every algorithm with every size of key, both ways against the `openssl` program. Only tests.

use std::path::Path;

use tempfile::TempDir;

use super::openssl::{file, openssl};
use super::{
    AesAlgorithm, Ciphertext, Curve, EncryptionAlgorithm, KeySpec, MacAlgorithm, PrivateKey, RsaSize,
    SignatureAlgorithm, SymmetricKey, SymmetricSize,
};

fn keys() -> impl Iterator<Item = PrivateKey> {
    let rsa = RsaSize::ALL.map(KeySpec::Rsa).into_iter();
    rsa.chain(Curve::ALL.map(KeySpec::Ec)).map(|spec| PrivateKey::derive(spec, [9; 32]).unwrap())
}

/// A key as the two files that the program reads.
struct Files {
    directory: TempDir,
    private: String,
    public: String,
}

impl Files {
    fn of(key: &PrivateKey) -> Self {
        let directory = TempDir::new().unwrap();
        let write = |name, der: &[u8]| path(&file(directory.path(), name, der));
        let private = write("private.der", &key.pkcs8_der());
        let public = write("public.der", key.public_key().spki_der());
        Self { directory, private, public }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        path(&file(self.directory.path(), name, bytes))
    }

    fn with_private(&self, operation: &str, options: &[&str], input: &[u8]) -> Vec<u8> {
        let input = self.write("input", input);
        let key = ["pkeyutl", operation, "-inkey", &self.private, "-keyform", "DER", "-in", &input];
        openssl(&[&key, options].concat(), b"")
    }

    fn with_public(&self, operation: &str, options: &[&str], input: &[u8]) -> Vec<u8> {
        let input = self.write("input", input);
        let key = ["pkeyutl", operation, "-pubin", "-inkey", &self.public, "-keyform", "DER", "-in", &input];
        openssl(&[&key, options].concat(), b"")
    }
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// How the program is told to pad and to name the digest.
fn signature_options(algorithm: SignatureAlgorithm) -> Vec<String> {
    let digest = algorithm.digest_len().map(|bytes| format!("digest:sha{}", bytes * 8));
    let padding: &[&str] = match algorithm.name() {
        "PS256" | "PS384" | "PS512" => &["rsa_padding_mode:pss", "rsa_pss_saltlen:digest"],
        _ => &[],
    };
    let options = padding.iter().map(|option| (*option).to_owned()).chain(digest);
    options.flat_map(|option| ["-pkeyopt".to_owned(), option]).collect()
}

#[test]
fn what_one_signs_the_other_verifies() {
    for key in keys() {
        let files = Files::of(&key);
        for algorithm in SignatureAlgorithm::ALL.into_iter().filter(|algorithm| algorithm.fits(key.spec())) {
            let digest = vec![0x5a; algorithm.digest_len().unwrap_or(36)];
            let options = signature_options(algorithm);
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let ours = key.sign_digest(algorithm, &digest).unwrap();
            let signature = files.write("signature", &x509(&key, &ours));
            let said =
                files.with_public("-verify", &[&options[..], &["-sigfile", &signature]].concat(), &digest);
            assert!(String::from_utf8(said).unwrap().contains("Success"), "{algorithm:?} {key:?}");
            let theirs = jose(&key, &files.with_private("-sign", &options, &digest));
            assert!(key.public_key().verify_digest(algorithm, &digest, &theirs).unwrap());
        }
    }
}

/// RFC 8017 section 9.2: with the DigestInfo of a digest RSNULL is RS256.
#[test]
fn rsnull_pads_whatever_it_is_given() {
    const SHA256: &[u8] = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\0\x04\x20";
    let key = PrivateKey::derive(KeySpec::Rsa(RsaSize::Bits2048), [9; 32]).unwrap();
    let files = Files::of(&key);
    let whole = key.sign_digest(SignatureAlgorithm::RsNull, &[SHA256, &[7; 32]].concat()).unwrap();
    assert_eq!(whole, key.sign_digest(SignatureAlgorithm::Rs256, &[7; 32]).unwrap());
    for length in [0, 1, 16, 36, 245] {
        let value = vec![0xab; length];
        let ours = key.sign_digest(SignatureAlgorithm::RsNull, &value).unwrap();
        if length <= 64 {
            assert_eq!(ours, files.with_private("-sign", &[], &value), "openssl pads no more than 64 bytes");
        }
        let public = key.public_key();
        assert!(public.verify_digest(SignatureAlgorithm::RsNull, &value, &ours).unwrap());
        let other = [&value[..], &[0]].concat();
        assert!(length == 245 || !public.verify_digest(SignatureAlgorithm::RsNull, &other, &ours).unwrap());
    }
    assert!(key.sign_digest(SignatureAlgorithm::RsNull, &[0; 246]).is_err());
}

#[test]
fn what_one_encrypts_the_other_decrypts() {
    let rsa = keys().filter(|key| matches!(key.spec(), KeySpec::Rsa(_)));
    for key in rsa {
        let files = Files::of(&key);
        for (algorithm, options) in EncryptionAlgorithm::ALL.into_iter().zip([
            &["-pkeyopt", "rsa_padding_mode:pkcs1"][..],
            &["-pkeyopt", "rsa_padding_mode:oaep"],
            &["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"],
        ]) {
            let ours = key.public_key().encrypt(algorithm, b"a text").unwrap();
            assert_eq!(files.with_private("-decrypt", options, &ours), b"a text", "{algorithm:?}");
            let theirs = files.with_public("-encrypt", options, b"a text");
            assert_eq!(key.decrypt(algorithm, &theirs).unwrap().as_slice(), b"a text");
        }
    }
}

#[test]
fn cbc_of_either_is_read_by_the_other() {
    for size in SymmetricSize::ALL {
        let key = SymmetricKey::derive(size, [9; 32]);
        for (mode, padding) in [("CBC", &["-nopad"][..]), ("CBCPAD", &[])] {
            let algorithm = AesAlgorithm::from_name(&format!("A{}{mode}", size.bits())).unwrap();
            let made = key.encrypt(algorithm, &[0x42; 48], None, None).unwrap();
            let cipher = format!("-aes-{}-cbc", size.bits());
            let (k, iv) = (hex(key.bytes()), hex(made.iv.as_deref().unwrap()));
            let run = |way: &str, input: &[u8]| {
                openssl(&[&["enc", way, &cipher, "-K", &k, "-iv", &iv], padding].concat(), input)
            };
            assert_eq!(run("-d", &made.value), [0x42; 48]);
            assert_eq!(run("-e", &[0x42; 48]), made.value);
        }
    }
}

#[test]
fn authentication_codes_are_those_of_openssl() {
    for size in SymmetricSize::ALL {
        let key = SymmetricKey::derive(size, [9; 32]);
        for (algorithm, digest) in MacAlgorithm::ALL.into_iter().zip(["-sha256", "-sha384", "-sha512"]) {
            let option = format!("hexkey:{}", hex(key.bytes()));
            let theirs = openssl(&["dgst", digest, "-mac", "HMAC", "-macopt", &option, "-binary"], b"a text");
            assert_eq!(key.sign(algorithm, b"a text"), theirs);
            assert!(key.verify(algorithm, b"a text", &theirs) && !key.verify(algorithm, b"a texx", &theirs));
        }
    }
}

/// The program wants the initial values spelled out: those of RFC 3394 section 2.2.3.1 and RFC 5649 section 3.
#[test]
fn what_one_wraps_the_other_unwraps() {
    for size in SymmetricSize::ALL {
        let key = SymmetricKey::derive(size, [9; 32]);
        let (k, own) = (hex(key.bytes()), format!("A{}KW", size.bits()));
        for (algorithm, form, iv, length) in [
            (own.as_str(), "wrap", "A6A6A6A6A6A6A6A6", 32),
            ("CKM_AES_KEY_WRAP", "wrap", "A6A6A6A6A6A6A6A6", 24),
            ("CKM_AES_KEY_WRAP_PAD", "wrap-pad", "A65959A6", 21),
            ("CKM_AES_KEY_WRAP_PAD", "wrap-pad", "A65959A6", 7),
        ] {
            let (algorithm, text) = (AesAlgorithm::from_name(algorithm).unwrap(), vec![0x42; length]);
            let cipher = format!("-id-aes{}-{form}", size.bits());
            let run = |way: &str, input: &[u8]| openssl(&["enc", way, &cipher, "-K", &k, "-iv", iv], input);
            let ours = key.encrypt(algorithm, &text, None, None).unwrap();
            assert_eq!(run("-d", &ours.value), text, "{algorithm:?} {size:?}");
            let theirs = Ciphertext { value: run("-e", &text), ..Ciphertext::default() };
            assert_eq!(key.decrypt(algorithm, &theirs, None).unwrap().as_slice(), text);
        }
    }
}

/// Where the parts of a CMS message lie that the program sealed with GCM (RFC 5083, RFC 5084): the content's key, wrapped
/// with the recipient's, then the initialization vector, the content and the tag at the end.
struct Envelope {
    message: Vec<u8>,
    wrapped: std::ops::Range<usize>,
    iv: std::ops::Range<usize>,
    content: std::ops::Range<usize>,
    tag: std::ops::Range<usize>,
}

impl Envelope {
    fn of(message: Vec<u8>, size: SymmetricSize, text: &[u8]) -> Self {
        let tag = message.len() - 16..message.len();
        let content = tag.start - 2 - text.len()..tag.start - 2;
        let iv = content.start - 5 - 12..content.start - 5;
        let wrapped = 52..52 + usize::from(size.bits() / 8) + 8;
        let length = |range: &std::ops::Range<usize>| u8::try_from(range.len()).unwrap();
        // Each is where the octets before it say.
        for (range, before) in [
            (&tag, &[4, 16][..]),
            (&content, &[2, 1, 16, 0x80, length(&content)]),
            (&iv, &[4, 12]),
            (&wrapped, &[4, length(&wrapped)]),
        ] {
            assert_eq!(&message[range.start - before.len()..range.start], before);
        }
        Self { message, wrapped, iv, content, tag }
    }
}

/// The program offers GCM in CMS messages only, and with a key for the content that it draws.
#[test]
fn what_one_seals_with_gcm_the_other_opens() {
    const TEXT: &[u8] = b"a text of more than a block";
    const OTHER: &[u8] = b"A TEXT OF MORE THAN A BLOCK";
    for size in SymmetricSize::ALL {
        let recipient = SymmetricKey::derive(size, [9; 32]);
        let (bits, k) = (size.bits(), hex(recipient.bytes()));
        let named = |mode: &str| AesAlgorithm::from_name(&format!("A{bits}{mode}")).unwrap();
        let cipher = format!("-aes-{bits}-gcm");
        let seal = [
            "cms",
            "-encrypt",
            "-binary",
            &cipher,
            "-secretkey",
            &k,
            "-secretkeyid",
            "00",
            "-outform",
            "DER",
        ];
        let mut theirs = Envelope::of(openssl(&seal, TEXT), size, TEXT);
        let part = |range: &std::ops::Range<usize>| theirs.message[range.clone()].to_vec();
        let wrapped = Ciphertext { value: part(&theirs.wrapped), ..Ciphertext::default() };
        let key = SymmetricKey::from_bytes(&recipient.decrypt(named("KW"), &wrapped, None).unwrap()).unwrap();
        let sealed = Ciphertext {
            value: part(&theirs.content),
            iv: Some(part(&theirs.iv)),
            tag: Some(part(&theirs.tag)),
        };
        assert_eq!(key.decrypt(named("GCM"), &sealed, None).unwrap().as_slice(), TEXT, "{size:?}");

        let ours = key.encrypt(named("GCM"), OTHER, None, None).unwrap();
        theirs.message[theirs.content].copy_from_slice(&ours.value);
        theirs.message[theirs.iv].copy_from_slice(&ours.iv.unwrap());
        theirs.message[theirs.tag].copy_from_slice(&ours.tag.unwrap());
        let open = ["cms", "-decrypt", "-binary", "-inform", "DER", "-secretkey", &k, "-secretkeyid", "00"];
        assert_eq!(openssl(&open, &theirs.message), OTHER, "{size:?}");
    }
}

/// Beyond what the program offers: with associated data a key opens what it sealed, and nothing else.
#[test]
fn gcm_opens_what_it_sealed_and_nothing_else() {
    for size in SymmetricSize::ALL {
        let key = SymmetricKey::generate(size).unwrap();
        let algorithm = AesAlgorithm::from_name(&format!("A{}GCM", size.bits())).unwrap();
        let made = key.encrypt(algorithm, b"a text", None, Some(b"aad")).unwrap();
        assert_eq!((made.iv.as_ref().unwrap().len(), made.tag.as_ref().unwrap().len()), (12, 16));
        assert_ne!(made, key.encrypt(algorithm, b"a text", None, Some(b"aad")).unwrap());
        assert_eq!(key.decrypt(algorithm, &made, Some(b"aad")).unwrap().as_slice(), b"a text");
        for (sealed, aad) in [
            (Ciphertext { value: b"others".to_vec(), ..made.clone() }, &b"aad"[..]),
            (Ciphertext { tag: Some(vec![0; 16]), ..made.clone() }, b"aad"),
            (Ciphertext { iv: Some(vec![0; 12]), ..made.clone() }, b"aad"),
            (made.clone(), b"AAD"),
        ] {
            assert!(key.decrypt(algorithm, &sealed, Some(aad)).is_err());
        }
        assert!(key.decrypt(algorithm, &made, None).is_err());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An EC signature as the program writes it: two INTEGERs.
fn x509(key: &PrivateKey, signature: &[u8]) -> Vec<u8> {
    let KeySpec::Ec(_) = key.spec() else { return signature.to_vec() };
    let integer = |half: &[u8]| {
        let digits = &half[half.iter().take_while(|byte| **byte == 0).count()..];
        let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        let length = u8::try_from(sign.len() + digits.len()).unwrap();
        [&[2, length], sign, digits].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [integer(r), integer(s)].concat();
    let length = u8::try_from(body.len()).unwrap();
    let head: &[u8] = if length < 0x80 { &[0x30, length] } else { &[0x30, 0x81, length] };
    [head, &body].concat()
}

/// The same the other way round.
fn jose(key: &PrivateKey, signature: &[u8]) -> Vec<u8> {
    let KeySpec::Ec(curve) = key.spec() else { return signature.to_vec() };
    let width = curve.coordinate_len();
    let mut rest = if signature[1] < 0x80 { &signature[2..] } else { &signature[3..] };
    let mut fixed = Vec::new();
    while let [2, length, after @ ..] = rest {
        let (number, after) = after.split_at(usize::from(*length));
        let digits = &number[number.iter().take_while(|byte| **byte == 0).count()..];
        fixed.extend(vec![0; width - digits.len()]);
        fixed.extend(digits);
        rest = after;
    }
    fixed
}

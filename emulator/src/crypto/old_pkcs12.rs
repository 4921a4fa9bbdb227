//! PKCS#12 files that `p12-keystore` does not open: those sealed with no password at all, which is not the empty one,
//! and those under ciphers older than it knows.
//!
//! It must not open any other file: it vouches for a file without its MAC only after it has verified that MAC.
//!
//! The key derivation of PKCS#12 ends every password in two zero bytes, the empty one as well. A program that was
//! given no password, such as one that calls OpenSSL's PKCS12_create or .NET's Export without, leaves them out.
//! `p12-keystore` always puts them in, for the MAC and for the old ciphers; PBES2 derives its keys otherwise.

use aws_lc_rs::{digest, hmac};
use const_oid::db::rfc5911::{ID_DATA, ID_ENCRYPTED_DATA};
use const_oid::db::rfc5912::{ID_SHA_1, ID_SHA_256, ID_SHA_384, ID_SHA_512};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode, Encode, Sequence, Tag};
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::old_encryption::{EncryptedKey, MAX_ITERATIONS, OldEncryption, Password, Purpose, derive};

const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");

/// RFC 7292 section 4.
#[derive(Sequence)]
struct Pfx {
    version: u8,
    auth_safe: ContentInfo,
    mac_data: Option<MacData>,
}

/// RFC 5652 section 3.
#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

#[derive(Sequence)]
struct MacData {
    mac: DigestInfo,
    salt: OctetString,
    #[asn1(default = "once")]
    iterations: u32,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// RFC 5652 section 8.
#[derive(Sequence)]
struct EncryptedData {
    version: u8,
    info: EncryptedContentInfo,
}

#[derive(Sequence)]
struct EncryptedContentInfo {
    content_type: ObjectIdentifier,
    algorithm: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    content: OctetString,
}

/// RFC 7292 section 4.2.
#[derive(Sequence)]
struct SafeBag {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: Any,
    attributes: Option<SetOfVec<Any>>,
}

const fn once() -> u32 {
    1
}

/// The same file without its MAC and its old ciphers; `None` unless the MAC was made with this password.
pub(super) fn open(der: &[u8], password: Password<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let mut file = Pfx::from_der(der).ok()?;
    let mac = file.mac_data.take()?;
    mac.verify(file.auth_safe.content.value(), password)?;
    let safes = Vec::<ContentInfo>::from_der(file.auth_safe.content.value()).ok()?;
    let opened = safes.into_iter().map(|safe| open_safe(safe, password)).collect::<Option<Vec<_>>>()?;
    file.auth_safe.content = octets(&opened.to_der().ok()?)?;
    file.to_der().ok().map(Zeroizing::new)
}

/// A part of the file; what is not sealed with an old cipher stays as it is.
fn open_safe(safe: ContentInfo, password: Password<'_>) -> Option<ContentInfo> {
    if safe.content_type == ID_DATA {
        let bags = Vec::<SafeBag>::from_der(safe.content.value()).ok()?;
        let opened = bags.into_iter().map(|bag| open_bag(bag, password)).collect::<Option<Vec<_>>>()?;
        return Some(ContentInfo { content: octets(&opened.to_der().ok()?)?, ..safe });
    }
    if safe.content_type != ID_ENCRYPTED_DATA {
        return Some(safe);
    }
    let EncryptedData { info, .. } = safe.content.decode_as().ok()?;
    match OldEncryption::of(&info.algorithm) {
        None => Some(safe),
        Some(cipher) => {
            let content = octets(&cipher.decrypt(info.content.as_bytes(), password)?)?;
            Some(ContentInfo { content_type: ID_DATA, content })
        }
    }
}

fn open_bag(bag: SafeBag, password: Password<'_>) -> Option<SafeBag> {
    if bag.kind != SHROUDED_KEY_BAG {
        return Some(bag);
    }
    let EncryptedKey { algorithm, content } = bag.value.decode_as().ok()?;
    match OldEncryption::of(&algorithm) {
        None => Some(bag),
        Some(cipher) => {
            let value = Any::from_der(&cipher.decrypt(content.as_bytes(), password)?).ok()?;
            Some(SafeBag { kind: KEY_BAG, value, ..bag })
        }
    }
}

fn octets(bytes: &[u8]) -> Option<Any> {
    Any::new(Tag::OctetString, bytes).ok()
}

impl MacData {
    fn verify(&self, content: &[u8], password: Password<'_>) -> Option<()> {
        let (hash, algorithm) = match self.mac.algorithm.oid {
            ID_SHA_1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            ID_SHA_256 => (&digest::SHA256, hmac::HMAC_SHA256),
            ID_SHA_384 => (&digest::SHA384, hmac::HMAC_SHA384),
            ID_SHA_512 => (&digest::SHA512, hmac::HMAC_SHA512),
            _ => return None,
        };
        if self.iterations > MAX_ITERATIONS {
            return None;
        }
        let key =
            derive(hash, Purpose::Mac, password, self.salt.as_bytes(), self.iterations, hash.output_len());
        hmac::verify(&hmac::Key::new(algorithm, &key), content, self.mac.digest.as_bytes()).ok()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::super::read_pkcs12;
    use super::*;

    /// Made by OpenSSL 3.0's PKCS12_create without a password, key and certificate under each cipher.
    const FILES: [(&str, &str); 4] = [
        (
            "PBES2",
            "MIIEHAIBAzCCA9IGCSqGSIb3DQEHAaCCA8MEggO/MIIDuzCCAnIGCSqGSIb3DQEHBqCCAmMwggJfAgEAMIICWAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgOeSABMCttMAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIfJph9cTjZoGKWb9xqsMpuAggHwEnYnJ+vGUxeLgPR4VzztoY7Qjj1hqV/7dVDODecNNMdKM9NQz9k4O/8FuISjsIzy7WLY/6pBH/U8FsP4yX0vYbscZGTa2JHgcuet0QObz5gHDpkCPHWyDQ594KbmrHIOK8DtlxE5K5BNju/IwdCWUo6lZGRmDDv6WYnc+EM9nCbalzT5+NlcXoweuHGC0c0qq2/2m+iEnbca44TKap2UtbIdBfNQ8aBW+/lcJODThvxCgW+6SusUuJK9BL0QDHOzgi2rg5Hc7lOpQuHMW/1beQbqTC/RDK6lxfn5lmbjZOl1x9Mo+qhuuRYJ6gMy0iMo89X5p/62B/tRBrH/YU8dsOGbzo2xh6TdAslZ6zlxSL1S1Reb1RtVqU5MrP62M/sCAAzk2mu4zL5DCoJUoOHdvbANnM4YiVCbYCZX3z2JRUkN5QaaXknoyi49jG8SewB+Z/+9duzAUS2ikW3qLa2ihBnftDFSE3VTMJolnZfA5RoZiyrRfy1iSNVf9AX8dtsq3QexxgBUa24rfrDdz1zSZu/jgr5owhxMMlvLUSV2L+Bd4EmpQVFKt5X0/944QJ1sKkAS/S6x9kryBtjrwU2c3xcJRoq/bq3jwjTwOAsW1UJ1rTVqApQJs975Ter88KiaGC8cD9rVJNCqqNP+LRmq1TCCAUEGCSqGSIb3DQEHAaCCATIEggEuMIIBKjCCASYGCyqGSIb3DQEMCgECoIHvMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjRdD3qcp9Z/wICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAVwfaigL+wRgJOtGOAFkOoEgZAv4/uPdZgdqiP5DGou1sI5OkoW+BkUNKzcICRGMHjzoSajdrMiCcn8ZmjnZbpQ+9c+rMlDxXJTjpPir40XVHfp59cg0/1XY1WGVpWVWDEE5mdp336tcyV5rN0N9qA5pHIypjsI2JTnKg88maeraIfqHENiu/Egd9D2vt/q5kTv9uRqiJvXiowW66uKI2VjyyoxJTAjBgkqhkiG9w0BCRUxFgQUOC9S5tXZh6jSHz66Bh4CS+USRWkwQTAxMA0GCWCGSAFlAwQCAQUABCBDA6p82yqPSD++CPBlBT9Z686ylhbKv+DLY+6r3K6ZbQQIpwX1kES1iPoCAggA",
        ),
        (
            "3DES",
            "MIIDmgIBAzCCA1AGCSqGSIb3DQEHAaCCA0EEggM9MIIDOTCCAi8GCSqGSIb3DQEHBqCCAiAwggIcAgEAMIICFQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQMwDgQI3pnMQGm4Zo4CAggAgIIB6HNiRnj3+o+EcqvatYxyR7WInxsylhZYSiOLt7uERDaTHkS3QKt1RVYSCpiJuRxqDqY0Cslym9zDifY3HABBpLyXDREdVnXH3NdS+mWW5YC7jZ5sC/St4UIqqRSgvArRlFp0PcLvbMaEwlJBhZCRO+jqyQath6pWuDB5l6j3Mkp29iIbCmhL90jmFL5iBkMaa13QfZT3vkA6wAyh2G8nNyXK7MjQGRzn/yg2cu4fxhkP8GXKO6x0EKSaduXckAZ2gRDUALvtKrAK0cSGRVmFmzQ/4a/O7nFEvvYGk5wqAGTDU++TRhvUrW3VIweAIofQ/pqVTZk9vWW2kjWMxxeJhctL/8gww5VrFIEmAOI/mpjh7zmcNdhviqI5Sz1YjyZx8LyHyuw61qLDyB9nQ6VyzPzuhlSKvs040+n7dnRCZVbBDH9DCk0FtTqZd5epUFJm3gfRq2xE+yrfcUKd2qENX/36w3DvUOsh91DeTd3PpjJE3SuN12LSueuwOQDzjQhq7reyJB/1u9JnDE2S6aNZ8MvlLVkoCUIPzomc5DQAdXlUpvBoscoikmlWiYpNJHdk7vNHYyh34kBN5GAu33XTRkeeniLRCDvsx/3SnZC+4MZtFCpNEQ4onU9pjyzi67fHwYW8JFGjFEgJMIIBAgYJKoZIhvcNAQcBoIH0BIHxMIHuMIHrBgsqhkiG9w0BDAoBAqCBtDCBsTAcBgoqhkiG9w0BDAEDMA4ECORWYegvDP/8AgIIAASBkMbk6OpwwAsLBqoFBJKYT3gjJseDsWwGmOh+OpsGVWGhwesuMoTKH7MU/Cr4rv43ZZ1+DNVQ5NbJ184D0KAKw9Ku1/IUB0UPrDKzuu01x1uK7CYMHzz2+bXlAUDsJ36v9MGmpY05MDA/x6FmKslWEAJYouZdhIBj51aBiTgTOhy3aO2mPRDoGsyAgNHJ0qaO0zElMCMGCSqGSIb3DQEJFTEWBBQ4L1Lm1dmHqNIfProGHgJL5RJFaTBBMDEwDQYJYIZIAWUDBAIBBQAEIGoq3fvJjXYGHZo05hzpV0Dj0ulsqtg/T0U9vuQGqaGEBAhfsAUlqplOcAICCAA=",
        ),
        (
            "RC2",
            "MIIDmgIBAzCCA1AGCSqGSIb3DQEHAaCCA0EEggM9MIIDOTCCAi8GCSqGSIb3DQEHBqCCAiAwggIcAgEAMIICFQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQYwDgQIHotQSXrfZCgCAggAgIIB6OD8w+UXx6ZI1PzyYcYiDPA7P5a49AmEs9Gtdf6hKOkruXzAHB9BO5YtW/OisJX1bicQ78ouBa8UfgvY4wjU73Q1cL4XIXb+Tn6HO05OoAtQugeZVEchfKpESj8qxK+vGrwMSMvwVr5ejifpcPrTme4J2S8O7wex2X4frqYJVjncFpUUj1+vRzlWskix+LTut71OFMFCmZ4ck+tVX3pc6Eh5l2dCU/SKm2tMg/cTNB3/apxgjC1j0pNfTupNQrImKoakNvI06uF7WkBJ0tys9CjAymuNt4+jhG51tHHMJ6c64tHoLdH178I5KZIqyu6thh96OrOd3sOrLMPvmd9KJFBh4iholc0cUNiiK7SME/WRpMXAUwUS1fon5QB2YiJ+gwgtushZ5gV5f7g0qG3jd2Qw6l/K5/ekOSVbrLPy2El8ILXgJ9E8rDy0XSn1sGgC5hBN6wroUBd7TAo99+rGTxpmuKm0noCAFvtIqncdc0etq4Fm/ytOXZONOz1g7dZQlN8PRJCjkl/XKCjyq9xDkWG+wHrSYfGJF0ZMWtPlM1XFZYoO64RpGwtdDTI1dj++E3kODn/t3kC/QBycU0LVe7ZOBZU3D9lSyiv+C6GO+q26cFi8F39+ALdXaRYWkrMzjyTTr1U2vslCMIIBAgYJKoZIhvcNAQcBoIH0BIHxMIHuMIHrBgsqhkiG9w0BDAoBAqCBtDCBsTAcBgoqhkiG9w0BDAEDMA4ECHK6XsDdgfZlAgIIAASBkNKr3ZliqbZBeNRNsX92DsyT/1rSmynKpFbsUCu5XBiQev8t0VnZp9eABRJIFz1n3TX8VcMoVVNEZ+AciED0msKsvmxmhQVRcE+cl6bi3MgJRVr8VXHqH2Qcu4r8iyvUTzKBKdqF3j+R0mZluY6Gd6rYONItl+d/cr4eeQXSTbp05CsTJ09VtvNBCzhkw/EW5DElMCMGCSqGSIb3DQEJFTEWBBQ4L1Lm1dmHqNIfProGHgJL5RJFaTBBMDEwDQYJYIZIAWUDBAIBBQAEINS9wF0TIZcQvv70U/dQ+Mfe3CrSQplsBWkG7s3wkT50BAjs8a8ya0BFIAICCAA=",
        ),
        (
            "none",
            "MIIDNQIBAzCCAusGCSqGSIb3DQEHAaCCAtwEggLYMIIC1DCCAfUGCSqGSIb3DQEHAaCCAeYEggHiMIIB3jCCAdoGCyqGSIb3DQEMCgEDoIIBojCCAZ4GCiqGSIb3DQEJFgGgggGOBIIBijCCAYYwggEroAMCAQICFAgfxy92qynw/U2MRJqsHpuvtQBkMAoGCCqGSM49BAMCMBcxFTATBgNVBAMMDG51bGwuZXhhbXBsZTAgFw0yNjExMjUxMDU4MjBaGA8yMTI2MTEwMTEwNTgyMFowFzEVMBMGA1UEAwwMbnVsbC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUDZDmfF/BpzMjPWGWggjh4dfUyHYIhAKQLrtzM82Ly+eMKhcd6DT3YSjtSAxRhOoEInNrx9ODpMe78YGUJXEwKNTMFEwHQYDVR0OBBYEFJvcm247l4mIG4kOtml7pPt11NSlMB8GA1UdIwQYMBaAFJvcm247l4mIG4kOtml7pPt11NSlMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAMVsWjzZVx07ATv8pk4pgpj8/16MPgizBpd87SRxUjzHAiEA9LpRl11tsmfpCEJ/d9lgOM4NUVadX4wkfGcAKyBH6q8xJTAjBgkqhkiG9w0BCRUxFgQUOC9S5tXZh6jSHz66Bh4CS+USRWkwgdgGCSqGSIb3DQEHAaCBygSBxzCBxDCBwQYLKoZIhvcNAQwKAQGggYowgYcCAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEbTBrAgEBBCC/VQR/Vwwgc3touI42tf21z1UKlXfUz0/DASopTVvWhaFEA0IABFA2Q5nxfwaczIz1hloII4eHX1Mh2CIQCkC67czPNi8vnjCoXHeg092Eo7UgMUYTqBCJza8fTg6THu/GBlCVxMAxJTAjBgkqhkiG9w0BCRUxFgQUOC9S5tXZh6jSHz66Bh4CS+USRWkwQTAxMA0GCWCGSAFlAwQCAQUABCBDyTjUV9eVcEmzyeSxfrbabpHBO7vdzeMQIzyWaU1u0wQIinRKK1e+nugCAggA",
        ),
    ];

    #[test]
    fn a_file_without_a_password_opens_under_every_cipher() {
        for (cipher, file) in FILES {
            let file = STANDARD.decode(file).unwrap();
            for password in [None, Some("")] {
                let content =
                    read_pkcs12(&file, password).unwrap_or_else(|error| panic!("{cipher}: {error}"));
                assert!(content.key.is_some(), "{cipher}");
            }
            assert!(read_pkcs12(&file, Some("x")).is_err(), "{cipher}");
        }
    }

    #[test]
    fn a_file_whose_mac_is_another_is_not_vouched_for() {
        let mut file = STANDARD.decode(FILES[1].1).unwrap();
        let last = file.len() - 40;
        file[last] ^= 1;
        assert!(open(&file, Password::Absent).is_none());
        assert!(open(b"", Password::Absent).is_none());
    }
}

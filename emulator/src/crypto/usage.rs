//! The nine key usages of X.509 and sets of them.
//!
//! It must not decide which usages a key gets by default: that is the policy's business.

use std::fmt;

use der::asn1::BitString;

/// What a key may be used for, RFC 5280 section 4.2.1.3. Declared, and so ordered, as Azure lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUsage {
    /// `cRLSign`
    CrlSign,
    /// `dataEncipherment`
    DataEncipherment,
    /// `decipherOnly`
    DecipherOnly,
    /// `digitalSignature`
    DigitalSignature,
    /// `encipherOnly`
    EncipherOnly,
    /// `keyAgreement`
    KeyAgreement,
    /// `keyCertSign`
    KeyCertSign,
    /// `keyEncipherment`
    KeyEncipherment,
    /// `nonRepudiation`
    NonRepudiation,
}

impl KeyUsage {
    /// Every usage, in Azure's order: alphabetical without regard to case. Source: certificates.md section 5.1.
    pub const ALL: [Self; 9] = [
        Self::CrlSign,
        Self::DataEncipherment,
        Self::DecipherOnly,
        Self::DigitalSignature,
        Self::EncipherOnly,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::KeyEncipherment,
        Self::NonRepudiation,
    ];

    /// The name in X.509, which is also Azure's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrlSign => "cRLSign",
            Self::DataEncipherment => "dataEncipherment",
            Self::DecipherOnly => "decipherOnly",
            Self::DigitalSignature => "digitalSignature",
            Self::EncipherOnly => "encipherOnly",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::KeyEncipherment => "keyEncipherment",
            Self::NonRepudiation => "nonRepudiation",
        }
    }

    /// The usage of that name, in any case; Azure reads `crlSign` as well.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name().eq_ignore_ascii_case(name))
    }

    /// Its place in the BIT STRING, counted from the left, as a mask.
    const fn mask(self) -> u16 {
        let bit = match self {
            Self::DigitalSignature => 0,
            Self::NonRepudiation => 1,
            Self::KeyEncipherment => 2,
            Self::DataEncipherment => 3,
            Self::KeyAgreement => 4,
            Self::KeyCertSign => 5,
            Self::CrlSign => 6,
            Self::EncipherOnly => 7,
            Self::DecipherOnly => 8,
        };
        0x8000 >> bit
    }
}

/// A set of key usages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyUsages(u16);

impl KeyUsages {
    /// Whether no usage is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `usage` is in it.
    #[must_use]
    pub const fn contains(self, usage: KeyUsage) -> bool {
        self.0 & usage.mask() != 0
    }

    /// Its usages in Azure's order.
    pub fn iter(self) -> impl Iterator<Item = KeyUsage> {
        KeyUsage::ALL.into_iter().filter(move |usage| self.contains(*usage))
    }

    /// Reads the value of a KeyUsage extension; bits that have no name are left out.
    pub(super) fn from_bit_string(bits: &BitString) -> Self {
        let mut bytes = bits.raw_bytes().iter().copied().chain([0, 0]);
        let word = u16::from_be_bytes([(); 2].map(|()| bytes.next().unwrap_or_default()));
        Self(KeyUsage::ALL.into_iter().fold(0, |named, usage| named | usage.mask()) & word)
    }

    /// The value of a KeyUsage extension, without the zeros behind the last set bit, as DER wants it.
    pub(super) fn to_bit_string(self) -> der::Result<BitString> {
        let [first, second] = self.0.to_be_bytes();
        let (bytes, last) = if second == 0 { (vec![first], first) } else { (vec![first, second], second) };
        let unused = u8::try_from(last.trailing_zeros().min(7)).unwrap_or(7);
        BitString::new(unused, bytes)
    }
}

impl FromIterator<KeyUsage> for KeyUsages {
    fn from_iter<I: IntoIterator<Item = KeyUsage>>(usages: I) -> Self {
        Self(usages.into_iter().fold(0, |bits, usage| bits | usage.mask()))
    }
}

impl fmt::Debug for KeyUsages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use der::Encode;

    use super::*;

    fn set(usages: &[KeyUsage]) -> KeyUsages {
        usages.iter().copied().collect()
    }

    #[test]
    fn bit_strings_end_at_the_last_set_bit() {
        let der = |usages: &[KeyUsage]| set(usages).to_bit_string().unwrap().to_der().unwrap();
        assert_eq!(der(&[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment]), [3, 2, 5, 0xa0]);
        assert_eq!(der(&[KeyUsage::DecipherOnly]), [3, 3, 7, 0, 0x80]);
        assert_eq!(der(&KeyUsage::ALL), [3, 3, 7, 0xff, 0x80]);
        assert_eq!(der(&[KeyUsage::EncipherOnly]), [3, 2, 0, 1]);
    }

    #[test]
    fn a_set_survives_its_bit_string_and_bits_without_a_name_are_left_out() {
        for usages in [&KeyUsage::ALL[..], &KeyUsage::ALL[2..3], &KeyUsage::ALL[4..7], &[]] {
            assert_eq!(KeyUsages::from_bit_string(&set(usages).to_bit_string().unwrap()), set(usages));
        }
        let every_bit = BitString::from_bytes(&[0xff; 3]).unwrap();
        assert_eq!(KeyUsages::from_bit_string(&every_bit), set(&KeyUsage::ALL));
    }

    #[test]
    fn every_usage_survives_its_name_and_has_its_own_bit() {
        for usage in KeyUsage::ALL {
            assert_eq!(KeyUsage::from_name(&usage.name().to_lowercase()), Some(usage));
            assert_eq!(set(&[usage]).iter().collect::<Vec<_>>(), [usage]);
        }
        assert_eq!(KeyUsage::from_name("sign"), None);
    }

    #[test]
    fn usages_are_listed_as_azure_lists_them() {
        let shuffled = set(&[KeyUsage::NonRepudiation, KeyUsage::CrlSign, KeyUsage::KeyAgreement]);
        let names: Vec<_> = shuffled.iter().map(KeyUsage::name).collect();
        assert_eq!(names, ["cRLSign", "keyAgreement", "nonRepudiation"]);
        assert!(KeyUsage::ALL.is_sorted() && KeyUsages::default().is_empty());
    }
}

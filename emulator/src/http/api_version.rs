//! `api-version`: which ones are known, and what a body has in each (certificates.md section 6).

/// A known version; later ones compare greater, a preview less than its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// `7.6` counts as 706, a date as its eight digits; 2016-10-01 came before them all.
    release: u32,
    /// The number of a preview; `u32::MAX` for a release.
    preview: u32,
}

const fn release(release: u32) -> ApiVersion {
    ApiVersion { release, preview: u32::MAX }
}

impl ApiVersion {
    /// What the service recommends to those who ask for a version it does not know: the newest release.
    pub const LATEST: &'static str = "2026-04-01";

    /// Reads a version. Dates from the first dated release on are all taken, so that an SDK newer than this emulator
    /// is answered in the newest form it knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "2016-10-01" {
            return Some(release(0));
        }
        // Each request has one, and to look for one letter costs next to nothing.
        let (base, preview) = match text.split_once('p') {
            None => (text, u32::MAX),
            Some((base, "review")) => (base.strip_suffix('-')?, 0),
            Some((base, number)) => (base.strip_suffix('-')?, number.strip_prefix("review.")?.parse().ok()?),
        };
        let release = match base.strip_prefix("7.") {
            Some(minor) if minor.len() == 1 => 700 + minor.parse::<u32>().ok().filter(|minor| *minor <= 6)?,
            Some(_) => return None,
            None => dated(base)?,
        };
        Some(Self { release, preview })
    }

    /// Whether attributes have `recoverableDays`.
    #[must_use]
    pub fn has_recoverable_days(self) -> bool {
        self >= release(701)
    }

    /// Whether `preserveCertOrder` exists.
    #[must_use]
    pub fn has_preserve_cert_order(self) -> bool {
        self >= Self { release: 706, preview: 1 }
    }

    /// Whether keys are rotated and released, and say whether they are exportable (keys-and-secrets.md section 7).
    #[must_use]
    pub fn has_rotation_and_release(self) -> bool {
        self >= Self { release: 703, preview: 0 }
    }

    /// Whether keys have `hsmPlatform` (keys-and-secrets.md section 4.1).
    #[must_use]
    pub fn has_hsm_platform(self) -> bool {
        self >= Self { release: 705, preview: 1 }
    }

    /// Whether secrets have `outContentType` and `previousVersion` (keys-and-secrets.md section 7).
    #[must_use]
    pub fn has_out_content_type(self) -> bool {
        self >= Self { release: 20_250_601, preview: 0 }
    }

    /// Whether keys can be attested (keys-and-secrets.md section 7).
    #[must_use]
    pub fn has_key_attestation(self) -> bool {
        self >= Self { release: 706, preview: 2 }
    }

    /// Whether keys have the HMACs and PKCS#11's key wraps (keys-and-secrets.md section 7).
    #[must_use]
    pub fn has_later_algorithms(self) -> bool {
        self.has_out_content_type()
    }

    /// Whether keys of the type AKP exist, for ML-DSA (keys-and-secrets.md section 7).
    #[must_use]
    pub fn has_algorithm_key_pairs(self) -> bool {
        self >= Self { release: 20_260_501, preview: 0 }
    }

    /// Whether attributes of symmetric keys have `key_size` (azure-rest-api-specs, `KeyAttributes`).
    #[must_use]
    pub fn has_symmetric_key_size(self) -> bool {
        self >= Self { release: 20_260_101, preview: 0 }
    }

    /// Whether the platform's own authority exists.
    #[must_use]
    pub fn has_platform_managed(self) -> bool {
        self >= Self { release: 20_260_301, preview: 0 }
    }

    /// Whether a policy's alternative names may be URIs and IP addresses.
    #[must_use]
    pub fn has_uri_and_ip_names(self) -> bool {
        self >= release(20_250_701)
    }
}

/// `YYYY-MM-DD` from 2025-06-01 on, as its digits.
fn dated(text: &str) -> Option<u32> {
    let mut parts = text.split('-');
    let mut part = |length: usize| {
        parts
            .next()
            .filter(|p| p.len() == length && p.bytes().all(|b| b.is_ascii_digit()))?
            .parse::<u32>()
            .ok()
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    let is_date = parts.next().is_none() && (1..=12).contains(&month) && (1..=31).contains(&day);
    Some(year * 10_000 + month * 100 + day).filter(|date| is_date && *date >= 20_250_601)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// certificates.md section 6, "Versions seen on the wire", and keys-and-secrets.md section 7.
    #[test]
    fn every_version_seen_is_known_and_in_order() {
        let versions: Vec<ApiVersion> = [
            "2016-10-01",
            "7.0",
            "7.1",
            "7.2",
            "7.3",
            "7.4",
            "7.5-preview.1",
            "7.5",
            "7.6-preview.1",
            "7.6-preview.2",
            "7.6",
            "2025-06-01-preview",
            "2025-07-01",
            "2026-01-01-preview",
            "2026-03-01-preview",
            "2026-04-01",
        ]
        .iter()
        .map(|text| ApiVersion::parse(text).unwrap())
        .collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
        assert_eq!(ApiVersion::parse(ApiVersion::LATEST), versions.last().copied());
    }

    #[test]
    fn what_is_no_version_is_unknown() {
        for text in [
            "",
            "7",
            "7.7",
            "7.10",
            "8.0",
            "7.4-preview.x",
            "7.4-beta",
            "7.4-preview1",
            "7.4preview",
            "7.4p",
            "2024-01-01",
            "2026-13-01",
            "2026-4-01",
            "latest",
        ] {
            assert_eq!(ApiVersion::parse(text), None, "{text}");
        }
    }

    /// certificates.md section 6.
    #[test]
    fn members_are_gated_at_the_versions_that_brought_them() {
        let v = |text| ApiVersion::parse(text).unwrap();
        assert!(!v("7.0").has_recoverable_days() && v("7.1").has_recoverable_days());
        assert!(!v("7.5").has_preserve_cert_order() && v("7.6-preview.1").has_preserve_cert_order());
        assert!(!v("2025-07-01").has_platform_managed() && v("2026-03-01-preview").has_platform_managed());
        assert!(!v("7.6").has_uri_and_ip_names() && v("2025-07-01").has_uri_and_ip_names());
    }
}

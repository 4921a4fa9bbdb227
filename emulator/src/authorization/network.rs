//! The firewall of a vault: which addresses it answers.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// `publicNetworkAccess`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicAccess {
    /// From the network, as the firewall allows.
    #[default]
    Enabled,
    /// By private link only, of which the emulator has none.
    Disabled,
}

/// What is done with addresses that no rule names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultAction {
    /// They are answered.
    #[default]
    Allow,
    /// They are refused.
    Deny,
}

/// Which Azure services get past the firewall; the emulator has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bypass {
    /// The trusted ones.
    #[default]
    AzureServices,
    /// None.
    None,
}

/// An address range, `203.0.113.0/24`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpRange {
    address: IpAddr,
    prefix: u8,
}

impl IpRange {
    /// Reads an address or a CIDR range.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.trim().parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(longest), |prefix| prefix.trim().parse().ok())?;
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let kept = |bits: u128, width: u32| {
            let shift = width - u32::from(self.prefix);
            if shift >= width { 0 } else { bits >> shift }
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                kept(u128::from(own.to_bits()), 32) == kept(u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => kept(own.to_bits(), 128) == kept(other.to_bits(), 128),
            _ => false,
        }
    }
}

impl TryFrom<String> for IpRange {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no range of addresses")
    }
}

impl From<IpRange> for String {
    fn from(range: IpRange) -> Self {
        range.to_string()
    }
}

impl fmt::Display for IpRange {
    /// With the prefix always written, as Azure answers (a lone address comes back as `/32`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Debug for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A subnet that is let in. Calls to the emulator come from none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct VirtualNetworkRule {
    /// The subnet's resource id.
    pub id: String,
    /// Whether the subnet need not have a service endpoint.
    pub ignore_missing_endpoint: bool,
}

/// `networkAcls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct NetworkRules {
    /// Whether the vault has any at all; without, bodies leave the member out.
    pub given: bool,
    /// For addresses that no rule names.
    pub default_action: DefaultAction,
    /// Which Azure services get past.
    pub bypass: Bypass,
    /// Address ranges that are let in.
    pub ip_rules: Vec<IpRange>,
    /// Subnets that are let in.
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
}

impl NetworkRules {
    /// Whether a call from `address` is answered. An IPv4 address in IPv6 form is the IPv4 address.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        self.default_action == DefaultAction::Allow
            || self.ip_rules.iter().any(|range| range.contains(address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_the_addresses_that_share_its_prefix() {
        for (range, address, inside) in [
            ("203.0.113.0/24", "203.0.113.9", true),
            ("203.0.113.0/24", "203.0.114.9", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("::/0", "::1", true),
        ] {
            let range = IpRange::parse(range).unwrap();
            assert_eq!(range.contains(address.parse().unwrap()), inside, "{range:?} {address}");
        }
        for wrong in ["", "x", "1.2.3.4/33", "1.2.3", "1.2.3.4/x", "::/129"] {
            assert_eq!(IpRange::parse(wrong), None, "{wrong}");
        }
        assert_eq!(IpRange::parse("1.2.3.4").unwrap().to_string(), "1.2.3.4/32");
    }

    #[test]
    fn rules_matter_only_where_others_are_refused() {
        let address: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        let mut rules = NetworkRules::default();
        assert!(rules.allow(address));
        rules.default_action = DefaultAction::Deny;
        assert!(!rules.allow(address));
        rules.ip_rules = vec![IpRange::parse("203.0.113.0/24").unwrap()];
        assert!(rules.allow(address));
    }
}

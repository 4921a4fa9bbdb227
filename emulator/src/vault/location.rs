//! Azure's regions: the places a vault can be in, by name and by the name people read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One region of Azure's public cloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Location(&'static (&'static str, &'static str));

/// `name` as resources have it, and `displayName`.
static REGIONS: [(&str, &str); 51] = [
    ("australiacentral", "Australia Central"),
    ("australiacentral2", "Australia Central 2"),
    ("australiaeast", "Australia East"),
    ("australiasoutheast", "Australia Southeast"),
    ("austriaeast", "Austria East"),
    ("belgiumcentral", "Belgium Central"),
    ("brazilsouth", "Brazil South"),
    ("brazilsoutheast", "Brazil Southeast"),
    ("canadacentral", "Canada Central"),
    ("canadaeast", "Canada East"),
    ("centralindia", "Central India"),
    ("centralus", "Central US"),
    ("chilecentral", "Chile Central"),
    ("eastasia", "East Asia"),
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("francecentral", "France Central"),
    ("francesouth", "France South"),
    ("germanynorth", "Germany North"),
    ("germanywestcentral", "Germany West Central"),
    ("indonesiacentral", "Indonesia Central"),
    ("israelcentral", "Israel Central"),
    ("italynorth", "Italy North"),
    ("japaneast", "Japan East"),
    ("japanwest", "Japan West"),
    ("koreacentral", "Korea Central"),
    ("koreasouth", "Korea South"),
    ("malaysiawest", "Malaysia West"),
    ("mexicocentral", "Mexico Central"),
    ("newzealandnorth", "New Zealand North"),
    ("northcentralus", "North Central US"),
    ("northeurope", "North Europe"),
    ("norwayeast", "Norway East"),
    ("norwaywest", "Norway West"),
    ("polandcentral", "Poland Central"),
    ("qatarcentral", "Qatar Central"),
    ("southafricanorth", "South Africa North"),
    ("southafricawest", "South Africa West"),
    ("southcentralus", "South Central US"),
    ("southeastasia", "Southeast Asia"),
    ("southindia", "South India"),
    ("spaincentral", "Spain Central"),
    ("swedencentral", "Sweden Central"),
    ("switzerlandnorth", "Switzerland North"),
    ("switzerlandwest", "Switzerland West"),
    ("uaenorth", "UAE North"),
    ("uksouth", "UK South"),
    ("westcentralus", "West Central US"),
    ("westeurope", "West Europe"),
    ("westus", "West US"),
    ("westus2", "West US 2"),
];

impl Location {
    /// Where a vault is whose creator says nothing.
    pub const DEFAULT: Self = Self(&("westus", "West US"));

    /// All regions, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        REGIONS.iter().map(Self)
    }

    /// Reads `eastus`, `EastUS` or `East US`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.replace(' ', "").to_ascii_lowercase();
        Self::all().find(|location| location.name() == name)
    }

    /// `eastus`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.0
    }

    /// `East US`.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        self.0.1
    }
}

impl TryFrom<String> for Location {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no region")
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.name().to_owned()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_found_by_either_of_its_names() {
        for spelling in ["eastus2", "EastUS2", "East US 2"] {
            assert_eq!(Location::parse(spelling).unwrap().name(), "eastus2", "{spelling}");
        }
        assert_eq!(Location::parse("atlantis"), None);
        assert_eq!(Location::parse("westus"), Some(Location::DEFAULT));
    }

    #[test]
    fn the_regions_are_in_order_of_their_names_and_named_alike() {
        let names: Vec<_> = Location::all().map(Location::name).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert!(Location::all().all(|location| Location::parse(location.display_name()) == Some(location)));
    }
}

//! The shared attestation providers of Azure's regions: `az keyvault key create --default-cvm-policy` asks which one is
//! its vault's and writes a release policy that trusts it.
//!
//! Providers of one's own are not made here. Sources: azure-rest-api-specs, Microsoft.Attestation, attestation.json; the
//! form of an answer, help of azure-powershell's Get-AzAttestationDefaultProvider; the providers' names,
//! Get-SharedMaaEndpoint in Azure-Samples/confidential-computing and "Basic concepts" of Microsoft Azure Attestation.

use serde_json::{Value, json};

use super::error::ArmError;
use super::reply;
use super::route::Asked;
use crate::http::reply::Reply;
use crate::vault::location::Location;

/// The regions whose provider is known, each with how its hosts call it.
const SHARED: &[(&str, &str)] = &[
    ("australiacentral", "cau"),
    ("australiaeast", "eau"),
    ("australiasoutheast", "sau"),
    ("brazilsouth", "sbr"),
    ("canadacentral", "cac"),
    ("canadaeast", "cae"),
    ("centralindia", "cin"),
    ("centralus", "cus"),
    ("eastasia", "easia"),
    ("eastus", "eus"),
    ("eastus2", "eus2"),
    ("francecentral", "frc"),
    ("francesouth", "frs"),
    ("germanynorth", "den"),
    ("germanywestcentral", "dewc"),
    ("italynorth", "itn"),
    ("japaneast", "jpe"),
    ("japanwest", "jpw"),
    ("koreacentral", "krc"),
    ("koreasouth", "krs"),
    ("newzealandnorth", "nzn"),
    ("northcentralus", "ncus"),
    ("northeurope", "neu"),
    ("norwayeast", "noe"),
    ("norwaywest", "now"),
    ("polandcentral", "plc"),
    ("southafricanorth", "san"),
    ("southafricawest", "saw"),
    ("southcentralus", "scus"),
    ("southeastasia", "sasia"),
    ("southindia", "sin"),
    ("spaincentral", "esc"),
    ("swedencentral", "sec"),
    ("switzerlandnorth", "swn"),
    ("switzerlandwest", "sww"),
    ("uaenorth", "uaen"),
    ("uksouth", "uks"),
    ("westcentralus", "wcus"),
    ("westeurope", "weu"),
    ("westus", "wus"),
    ("westus2", "wus2"),
];

/// One operation.
#[derive(Debug)]
pub(super) enum Operation {
    /// `GET ../Microsoft.Attestation/defaultProviders`
    ListDefault,
    /// `GET ../Microsoft.Attestation/locations/{location}/defaultProvider`
    GetDefaultByLocation(String),
}

impl Operation {
    /// The operation that a request below a subscription's `Microsoft.Attestation` asks for.
    ///
    /// # Errors
    /// 404, 405.
    pub(super) fn route(asked: Asked<'_>) -> Result<Self, ArmError> {
        match (asked.method, asked.lower) {
            ("GET", ["defaultproviders"]) => Ok(Self::ListDefault),
            ("GET", ["locations", _, "defaultprovider"]) => Ok(Self::GetDefaultByLocation(asked.name(1))),
            _ => Err(asked.refused(&[&["defaultproviders"], &["locations", "*", "defaultprovider"]])),
        }
    }
}

/// Carries it out.
///
/// # Errors
/// 501 for a region whose provider nobody has named.
pub(super) fn run(operation: &Operation) -> Result<Reply, ArmError> {
    match operation {
        Operation::ListDefault => {
            let all: Vec<_> = Location::all().filter_map(provider).collect();
            reply::ok(&json!({ "value": all }))
        }
        Operation::GetDefaultByLocation(name) => {
            let found = Location::parse(name).and_then(provider);
            let unknown = || ArmError::NotEmulated(format!("the attestation provider of '{name}'"));
            reply::ok(&found.ok_or_else(unknown)?)
        }
    }
}

fn provider(location: Location) -> Option<Value> {
    let (_, short) = SHARED.iter().find(|(region, _)| *region == location.name())?;
    Some(json!({
        "id": format!("/providers/Microsoft.Attestation/attestationProviders/shared{short}"),
        "name": format!("shared{short}"),
        "type": "Microsoft.Attestation/attestationProviders",
        "location": location.display_name(),
        "properties": {
            "trustModel": "AAD",
            "status": "Ready",
            "attestUri": format!("https://shared{short}.{short}.attest.azure.net"),
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_of_the_table_is_a_region_once_and_in_order() {
        assert!(SHARED.is_sorted_by(|one, other| one.0 < other.0));
        assert!(SHARED.iter().all(|(region, _)| Location::parse(region).is_some()));
    }
}

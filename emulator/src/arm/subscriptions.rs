//! Tenants, subscriptions, locations, providers, and the results of long-running operations.

use http::StatusCode;
use serde_json::{Value, json};

use super::error::ArmError;
use super::route::Asked;
use super::{Call, reply};
use crate::http::reply::Reply;
use crate::vault::location::Location;

/// One operation.
#[derive(Debug)]
pub(super) enum Operation {
    /// `GET /tenants`
    ListTenants,
    /// `GET /subscriptions`
    ListSubscriptions,
    /// `GET /subscriptions/{id}`
    GetSubscription,
    /// `GET /subscriptions/{id}/locations`
    ListLocations,
    /// `GET /subscriptions/{id}/providers`
    ListProviders,
    /// `GET /subscriptions/{id}/providers/{namespace}`, `POST ../register`, `POST ../unregister`
    GetProvider(String),
    /// `GET /subscriptions/{id}/operationresults/{id}`
    GetOperationResult(String),
}

/// The providers that are emulated, each with its resource types.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("Microsoft.Attestation", &["defaultProviders", "locations", "locations/defaultProvider"]),
    ("Microsoft.Authorization", &["roleAssignments", "roleDefinitions"]),
    (
        "Microsoft.KeyVault",
        &[
            "vaults",
            "vaults/accessPolicies",
            "vaults/secrets",
            "vaults/keys",
            "deletedVaults",
            "locations",
            "locations/deletedVaults",
            "locations/operationResults",
            "managedHSMs",
            "deletedManagedHSMs",
            "checkNameAvailability",
            "checkMhsmNameAvailability",
            "operations",
        ],
    ),
    ("Microsoft.Resources", &["subscriptions", "resourceGroups", "resources", "deployments"]),
];

const PATHS: &[&[&str]] = &[
    &["tenants"],
    &["subscriptions"],
    &["subscriptions", "*"],
    &["subscriptions", "*", "locations"],
    &["subscriptions", "*", "providers"],
    &["subscriptions", "*", "providers", "*"],
    &["subscriptions", "*", "operationresults", "*"],
];

impl Operation {
    /// The operation that a request asks for.
    ///
    /// # Errors
    /// 404, 405.
    pub(super) fn route(asked: Asked<'_>) -> Result<Self, ArmError> {
        Ok(match (asked.method, asked.lower) {
            ("GET", ["tenants"]) => Self::ListTenants,
            ("GET", ["subscriptions"]) => Self::ListSubscriptions,
            ("GET", ["subscriptions", _]) => Self::GetSubscription,
            ("GET", ["subscriptions", _, "locations"]) => Self::ListLocations,
            ("GET", ["subscriptions", _, "providers"]) => Self::ListProviders,
            ("GET", ["subscriptions", _, "providers", _])
            | ("POST", ["subscriptions", _, "providers", _, "register" | "unregister"]) => {
                Self::GetProvider(asked.name(3))
            }
            ("GET", ["subscriptions", _, "operationresults", _]) => Self::GetOperationResult(asked.name(3)),
            _ => return Err(asked.refused(PATHS)),
        })
    }

    /// The same for what follows `Microsoft.KeyVault`.
    ///
    /// # Errors
    /// 405, 501.
    pub(super) fn of_provider(asked: Asked<'_>) -> Result<Self, ArmError> {
        match (asked.method, asked.lower) {
            ("POST", ["register" | "unregister"]) => Ok(Self::GetProvider("Microsoft.KeyVault".to_owned())),
            ("GET", ["operations"]) => {
                Err(ArmError::NotEmulated("the list of Key Vault's operations".to_owned()))
            }
            _ => Err(asked.refused(&[&["register"], &["unregister"], &["operations"]])),
        }
    }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub(super) fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    match operation {
        Operation::ListTenants => reply::ok(&json!({ "value": [tenant(call)] })),
        Operation::ListSubscriptions => {
            reply::ok(&json!({ "value": [subscription(call)], "count": { "type": "Total", "value": 1 } }))
        }
        Operation::GetSubscription => reply::ok(&subscription(call)),
        Operation::ListLocations => {
            let all: Vec<_> = Location::all().map(|location| region(call, location)).collect();
            reply::ok(&json!({ "value": all }))
        }
        Operation::ListProviders => {
            let all: Vec<_> = PROVIDERS.iter().map(|(name, types)| provider(call, name, types)).collect();
            reply::ok(&json!({ "value": all }))
        }
        Operation::GetProvider(name) => {
            let found = PROVIDERS.iter().find(|(own, _)| own.eq_ignore_ascii_case(&name));
            let (own, types) =
                found.ok_or_else(|| ArmError::NotEmulated(format!("the resource provider '{name}'")))?;
            reply::ok(&provider(call, own, types))
        }
        Operation::GetOperationResult(id) => result(call, &id),
    }
}

/// The state of a long-running operation: 202 with the same address until it is over, then 200.
pub(super) fn result(call: &Call<'_>, id: &str) -> Result<Reply, ArmError> {
    if call.store.operation_is_over(id, call.now)? {
        return Ok(reply::empty(StatusCode::OK));
    }
    let path = call.target.segments().join("/");
    let location = format!("{}/{path}?api-version={}", call.origin.url(), call.api_version());
    Ok(reply::accepted(location, call.timing.retry_after))
}

fn tenant(call: &Call<'_>) -> Value {
    let id = call.store.tenant;
    json!({
        "id": format!("/tenants/{id}"),
        "tenantId": id,
        "countryCode": "US",
        "displayName": "akv",
        "domains": ["akv.onmicrosoft.com"],
        "defaultDomain": "akv.onmicrosoft.com",
        "tenantType": "AAD",
        "tenantCategory": "Home",
    })
}

fn subscription(call: &Call<'_>) -> Value {
    let id = call.store.subscription;
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": call.store.tenant,
        "displayName": "akv",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

fn region(call: &Call<'_>, location: Location) -> Value {
    json!({
        "id": format!("/subscriptions/{}/locations/{location}", call.store.subscription),
        "name": location.name(),
        "type": "Region",
        "displayName": location.display_name(),
        "regionalDisplayName": location.display_name(),
        "metadata": { "regionType": "Physical", "regionCategory": "Recommended" },
    })
}

fn provider(call: &Call<'_>, namespace: &str, types: &[&str]) -> Value {
    let locations: Vec<_> = Location::all().map(Location::display_name).collect();
    let types = types.iter().map(|name| {
        json!({
            "resourceType": name,
            "locations": locations,
            "apiVersions": ["2026-02-01", "2024-11-01", "2023-07-01", "2022-07-01", "2019-09-01"],
            "capabilities": "None",
        })
    });
    json!({
        "id": format!("/subscriptions/{}/providers/{namespace}", call.store.subscription),
        "namespace": namespace,
        "resourceTypes": types.collect::<Vec<_>>(),
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
    })
}

//! Vaults: routes, and what carries each out.

use http::StatusCode;

use super::bodies::names::{NameAvailability, NameParameters};
use super::bodies::vaults::{DeletedBody, DeletedProperties, VaultBody, VaultParameters, VaultProperties};
use super::bodies::{Page, SystemData, read};
use super::error::{ArmError, vault_name_taken};
use super::route::Asked;
use super::store::vault_resource::{CreateMode, KIND, VaultChange, VaultResource, is_valid_name};
use super::subscriptions;
use super::{Call, Fidelity, reply};
use crate::authorization::PermissionModel;
use crate::authorization::policy::AccessPolicy;
use crate::http::reply::Reply;
use crate::vault::Deletion;

/// From this version on, a vault whose creator says nothing goes by roles (learn.microsoft.com, Key Vault, "Prepare for
/// API version 2026-02-01").
const RBAC_BY_DEFAULT: &str = "2026-02-01";

/// One operation with what the request gave for it.
#[derive(Debug)]
pub(super) enum Operation {
    /// `PUT ../vaults/{name}`
    CreateOrUpdate(String, String, Box<VaultChange>),
    /// `PATCH ../vaults/{name}`
    Update(String, String, Box<VaultChange>),
    /// `GET ../vaults/{name}`
    Get(String, String),
    /// `DELETE ../vaults/{name}`
    Delete(String, String),
    /// `GET ../vaults` of a group
    ListByResourceGroup(String),
    /// `GET ../vaults` of the subscription
    ListBySubscription,
    /// `GET ../deletedVaults`
    ListDeleted,
    /// `GET ../locations/{location}/deletedVaults/{name}`
    GetDeleted(String, String),
    /// `POST ../locations/{location}/deletedVaults/{name}/purge`
    PurgeDeleted(String, String),
    /// `GET ../locations/{location}/operationResults/{id}`
    GetOperationResult(String),
    /// `POST ../checkNameAvailability`
    CheckNameAvailability(String),
}

impl Operation {
    /// The operation that a request below a group's `vaults` asks for.
    ///
    /// # Errors
    /// 400, 404, 405, 501.
    pub(super) fn route(group: &str, asked: Asked<'_>) -> Result<Self, ArmError> {
        let group = group.to_owned();
        let change = || read::<VaultParameters>(asked.body).and_then(VaultParameters::change).map(Box::new);
        Ok(match (asked.method, asked.lower) {
            ("GET", []) => Self::ListByResourceGroup(group),
            ("PUT", [_]) => Self::CreateOrUpdate(group, asked.name(0), change()?),
            ("PATCH", [_]) => Self::Update(group, asked.name(0), change()?),
            ("GET", [_]) => Self::Get(group, asked.name(0)),
            ("DELETE", [_]) => Self::Delete(group, asked.name(0)),
            (_, [_, kind, ..]) => {
                return Err(ArmError::NotEmulated(format!("the child resource '{kind}' of a vault")));
            }
            _ => return Err(asked.refused(&[&[], &["*"]])),
        })
    }

    /// The same for what follows `Microsoft.KeyVault` of a subscription.
    ///
    /// # Errors
    /// 400, 404, 405.
    pub(super) fn of_subscription(asked: Asked<'_>) -> Result<Self, ArmError> {
        Ok(match (asked.method, asked.lower) {
            ("GET", ["vaults"]) => Self::ListBySubscription,
            ("GET", ["deletedvaults"]) => Self::ListDeleted,
            ("GET", ["locations", _, "deletedvaults", _]) => Self::GetDeleted(asked.name(1), asked.name(3)),
            ("POST", ["locations", _, "deletedvaults", _, "purge"]) => {
                Self::PurgeDeleted(asked.name(1), asked.name(3))
            }
            ("GET", ["locations", _, "operationresults", _]) => Self::GetOperationResult(asked.name(3)),
            ("POST", ["checknameavailability"]) => {
                Self::CheckNameAvailability(read::<NameParameters>(asked.body)?.name)
            }
            _ => {
                return Err(asked.refused(&[
                    &["vaults"],
                    &["deletedvaults"],
                    &["locations", "*", "deletedvaults", "*"],
                    &["locations", "*", "deletedvaults", "*", "purge"],
                    &["locations", "*", "operationresults", "*"],
                    &["checknameavailability"],
                ]));
            }
        })
    }
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub(super) fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let (store, now) = (call.store, call.now);
    match operation {
        Operation::CreateOrUpdate(group, name, change) => {
            let change = settled(*change, &group, &name, call);
            let (vault, _) = store.put_vault(call.vaults, &group, &name, change, call.stamp())?;
            reply::ok(&body(call, &vault))
        }
        Operation::Update(group, name, change) => {
            reply::ok(&body(call, &store.update_vault(&group, &name, *change, call.stamp())?))
        }
        Operation::Get(group, name) => reply::ok(&body(call, &store.vault(&group, &name, now)?)),
        Operation::Delete(group, name) => match store.delete_vault(&group, &name, now)? {
            true => Ok(reply::empty(StatusCode::OK)),
            false => Ok(reply::empty(StatusCode::NO_CONTENT)),
        },
        Operation::ListByResourceGroup(group) => page(call, &store.vaults_of(&group, now)?, body),
        Operation::ListBySubscription => page(call, &store.vaults(), body),
        Operation::ListDeleted => page(call, &store.deleted_vaults(now), deleted_body),
        Operation::GetDeleted(location, name) => {
            reply::ok(&deleted_body(call, &store.deleted_vault(&location, &name, now)?))
        }
        Operation::PurgeDeleted(location, name) => {
            let gone_at = call.settles_at();
            store.purge_vault(&location, &name, now, gone_at)?;
            let path = format!("providers/Microsoft.KeyVault/locations/{location}/operationResults");
            Ok(call.accepted(&path, gone_at))
        }
        Operation::GetOperationResult(id) => subscriptions::result(call, &id),
        Operation::CheckNameAvailability(name) => reply::ok(&availability(call, &name)),
    }
}

/// What the CLI leaves open is settled as [`Fidelity`] says; what else is left open, as the version says.
fn settled(mut change: VaultChange, group: &str, name: &str, call: &Call<'_>) -> VaultChange {
    let is_new =
        change.create_mode == CreateMode::Default && call.store.vault(group, name, call.now).is_err();
    if !is_new {
        return change;
    }
    let by_version = match call.api_version() >= RBAC_BY_DEFAULT {
        true => PermissionModel::Rbac,
        false => PermissionModel::AccessPolicies,
    };
    change.model.get_or_insert(by_version);
    if call.fidelity == Fidelity::Lenient && is_create_without_flag(call) {
        change.model = Some(PermissionModel::AccessPolicies);
        let policies = change.policies.get_or_insert_default();
        if policies.is_empty() {
            policies.push(AccessPolicy::all(call.store.tenant, call.caller.object_id));
        }
    }
    change
}

/// Whether the CLI's `keyvault create` asks, by somebody who did not say `--enable-rbac-authorization`
/// (identity-and-control-plane.md P1).
fn is_create_without_flag(call: &Call<'_>) -> bool {
    let header = |name| call.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header("commandname").eq_ignore_ascii_case("keyvault create")
        && !header("parametersetname").split_whitespace().any(|flag| flag == "--enable-rbac-authorization")
}

fn body(call: &Call<'_>, vault: &VaultResource) -> VaultBody {
    let settings = vault.vault.settings();
    let governance = call.store.governance(&vault.scope, &settings);
    let uri = uri(call, &vault.name);
    VaultBody {
        id: vault.scope.to_string(),
        name: vault.name.clone(),
        kind: KIND,
        location: settings.location.name(),
        tags: vault.tags.clone(),
        system_data: SystemData::new(vault.created, vault.modified),
        properties: VaultProperties::new(&settings, &governance, vault.enabled_for, uri),
    }
}

/// Where a vault answers: under Azure's name, or under the one that whoever calls this machine by its own can dial.
pub(super) fn uri(call: &Call<'_>, name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match call.origin.authority.rsplit_once(':').filter(|_| !call.origin.authority.contains("management")) {
        Some((_, port)) => format!("https://{name}.vault.localhost:{port}/"),
        None => format!("https://{name}.vault.azure.net/"),
    }
}

fn deleted_body(call: &Call<'_>, (vault, facts): &(VaultResource, Deletion)) -> DeletedBody {
    let settings = vault.vault.settings();
    let location = settings.location.name();
    let path = format!("providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{}", vault.name);
    DeletedBody {
        id: call.store.scope().child(&path).to_string(),
        name: vault.name.clone(),
        kind: "Microsoft.KeyVault/deletedVaults",
        properties: DeletedProperties {
            vault_id: Some(vault.scope.to_string()),
            mhsm_id: None,
            location,
            deletion_date: facts.at.to_string(),
            scheduled_purge_date: facts.purge_at.to_string(),
            tags: vault.tags.clone(),
            purge_protection_enabled: settings.purge_protection.then_some(true),
        },
    }
}

fn availability(call: &Call<'_>, name: &str) -> NameAvailability {
    if !is_valid_name(name) {
        let message = ArmError::VaultNameNotValid(name.to_owned()).answer().message.into_owned();
        return NameAvailability::taken("AccountNameInvalid", message);
    }
    match call.store.vault_name_is_free(name, call.now) {
        true => NameAvailability::FREE,
        false => NameAvailability::taken("AlreadyExists", vault_name_taken(name)),
    }
}

/// One page of a list that is in order: at most `$top` items from where `$skiptoken` says, and where to go on.
pub(super) fn page<T, B: serde::Serialize>(
    call: &Call<'_>,
    items: &[T],
    body: impl Fn(&Call<'_>, &T) -> B,
) -> Result<Reply, ArmError> {
    let number = |name: &str| call.target.query(name).and_then(|text| text.parse::<usize>().ok());
    let (skipped, top) = (number("$skiptoken").unwrap_or(0), number("$top").unwrap_or(items.len()).max(1));
    let more = items.len() > skipped.saturating_add(top);
    let value = items.iter().skip(skipped).take(top).map(|item| body(call, item)).collect();
    let path = call.target.segments().join("/");
    let next_link = more.then(|| {
        let (url, version) = (call.origin.url(), call.api_version());
        format!("{url}/{path}?api-version={version}&$top={top}&$skiptoken={}", skipped + top)
    });
    reply::ok(&Page { value, next_link })
}

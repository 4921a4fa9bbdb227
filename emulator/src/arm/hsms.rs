//! Managed HSMs as resources: routes, and what carries each out.

use http::StatusCode;

use super::bodies::hsms::{HsmBody, HsmParameters};
use super::bodies::names::{NameAvailability, NameParameters};
use super::bodies::read;
use super::bodies::vaults::{DeletedBody, DeletedProperties};
use super::error::ArmError;
use super::route::Asked;
use super::store::hsms::{HsmChange, ManagedHsm};
use super::vaults::page;
use super::{Call, reply};
use crate::http::reply::Reply;
use crate::vault::Deletion;

/// One operation with what the request gave for it.
#[derive(Debug)]
pub(super) enum Operation {
    /// `PUT ../managedHSMs/{name}`
    CreateOrUpdate(String, String, HsmChange),
    /// `PATCH ../managedHSMs/{name}`
    Update(String, String, HsmChange),
    /// `GET ../managedHSMs/{name}`
    Get(String, String),
    /// `DELETE ../managedHSMs/{name}`
    Delete(String, String),
    /// `GET ../managedHSMs`, of a group or of the subscription
    List(Option<String>),
    /// `GET ../deletedManagedHSMs`
    ListDeleted,
    /// `GET ../locations/{location}/deletedManagedHSMs/{name}`
    GetDeleted(String, String),
    /// `POST ../locations/{location}/deletedManagedHSMs/{name}/purge`
    PurgeDeleted(String, String),
    /// `POST ../checkMhsmNameAvailability`
    CheckNameAvailability(String),
}

impl Operation {
    /// The operation that a request below a group's `managedHSMs` asks for.
    ///
    /// # Errors
    /// 400, 404, 405, 501.
    pub(super) fn route(group: &str, asked: Asked<'_>) -> Result<Self, ArmError> {
        let group = group.to_owned();
        let change = || read::<HsmParameters>(asked.body).and_then(HsmParameters::change);
        Ok(match (asked.method, asked.lower) {
            ("GET", []) => Self::List(Some(group)),
            ("PUT", [_]) => Self::CreateOrUpdate(group, asked.name(0), change()?),
            ("PATCH", [_]) => Self::Update(group, asked.name(0), change()?),
            ("GET", [_]) => Self::Get(group, asked.name(0)),
            ("DELETE", [_]) => Self::Delete(group, asked.name(0)),
            (_, [_, kind, ..]) => {
                return Err(ArmError::NotEmulated(format!("the child resource '{kind}' of a managed HSM")));
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
            ("GET", ["managedhsms"]) => Self::List(None),
            ("GET", ["deletedmanagedhsms"]) => Self::ListDeleted,
            ("GET", ["locations", _, "deletedmanagedhsms", _]) => {
                Self::GetDeleted(asked.name(1), asked.name(3))
            }
            ("POST", ["locations", _, "deletedmanagedhsms", _, "purge"]) => {
                Self::PurgeDeleted(asked.name(1), asked.name(3))
            }
            ("POST", ["checkmhsmnameavailability"]) => {
                Self::CheckNameAvailability(read::<NameParameters>(asked.body)?.name)
            }
            _ => {
                return Err(asked.refused(&[
                    &["managedhsms"],
                    &["deletedmanagedhsms"],
                    &["locations", "*", "deletedmanagedhsms", "*"],
                    &["locations", "*", "deletedmanagedhsms", "*", "purge"],
                    &["checkmhsmnameavailability"],
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
            let (hsm, _) = store.put_hsm(&group, &name, change, call.stamp())?;
            // Of 201, `az keyvault create --hsm-name` knows nothing; the specification has 200 and 202.
            reply::ok(&body(call, &hsm))
        }
        Operation::Update(group, name, change) => {
            reply::ok(&body(call, &store.update_hsm(&group, &name, change, now)?))
        }
        Operation::Get(group, name) => reply::ok(&body(call, &store.hsm(&group, &name, now)?)),
        Operation::Delete(group, name) => match store.delete_hsm(&group, &name, now)? {
            true => Ok(reply::empty(StatusCode::OK)),
            false => Ok(reply::empty(StatusCode::NO_CONTENT)),
        },
        Operation::List(group) => {
            let scope = match group {
                Some(name) => store.group(&name, now)?.scope(store),
                None => store.scope(),
            };
            let all = store.hsms().into_iter().filter(|hsm| scope.contains(&hsm.scope));
            page(call, &all.collect::<Vec<_>>(), body)
        }
        Operation::ListDeleted => page(call, &store.deleted_hsms(now), deleted_body),
        Operation::GetDeleted(location, name) => {
            reply::ok(&deleted_body(call, &store.deleted_hsm(&location, &name, now)?))
        }
        Operation::PurgeDeleted(location, name) => {
            let gone_at = call.settles_at();
            store.purge_hsm(&location, &name, now, gone_at)?;
            let path = format!("providers/Microsoft.KeyVault/locations/{location}/operationResults");
            Ok(call.accepted(&path, gone_at))
        }
        Operation::CheckNameAvailability(name) => reply::ok(&match store.hsm_name_is_free(&name, now) {
            true => NameAvailability::FREE,
            false => {
                let message = ArmError::HsmAlreadyExists(name).answer().message.into_owned();
                NameAvailability::taken("AlreadyExists", message)
            }
        }),
    }
}

fn body(_: &Call<'_>, hsm: &ManagedHsm) -> HsmBody {
    HsmBody::new(hsm, format!("https://{}.managedhsm.azure.net/", hsm.name.to_ascii_lowercase()))
}

fn deleted_body(call: &Call<'_>, (hsm, facts): &(ManagedHsm, Deletion)) -> DeletedBody {
    let location = hsm.location.name();
    let path = format!("providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{}", hsm.name);
    DeletedBody {
        id: call.store.scope().child(&path).to_string(),
        name: hsm.name.clone(),
        kind: "Microsoft.KeyVault/deletedManagedHSMs",
        properties: DeletedProperties {
            vault_id: None,
            mhsm_id: Some(hsm.scope.to_string()),
            location,
            deletion_date: facts.at.to_string(),
            scheduled_purge_date: facts.purge_at.to_string(),
            tags: hsm.tags.clone(),
            purge_protection_enabled: hsm.purge_protection.then_some(true),
        },
    }
}

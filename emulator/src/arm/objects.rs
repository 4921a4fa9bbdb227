//! Keys and secrets as child resources of a vault: routes, and what carries each out.
//!
//! They are the vault's own objects, the ones that its data plane has; the control plane needs no permission of the vault
//! and never tells a secret's value. Source: azure-rest-api-specs, Microsoft.KeyVault, secrets.json and keys.json.

use http::StatusCode;

use super::bodies::objects::{KeyBody, KeyParameters, SecretBody, SecretParameters};
use super::bodies::read;
use super::error::ArmError;
use super::route::Asked;
use super::store::vault_resource::VaultResource;
use super::vaults::{page, uri};
use super::{Call, reply};
use crate::error::{Error, Family};
use crate::http::objects::changes;
use crate::http::reply::Reply;
use crate::http::{objects, renewal, rotation};
use crate::vault::collection::Lists;
use crate::vault::key_plan::KeyPlan;
use crate::vault::keys::Key;
use crate::vault::name::{ObjectName, Version};
use crate::vault::objects::{Object, View};
use crate::vault::renewal::Scope;
use crate::vault::rotation_policy::RotationPolicy;
use crate::vault::secrets::{Secret, SecretValue};

/// One operation on an object of a vault: its group, its name, what is asked of it.
#[derive(Debug)]
pub(super) struct Operation {
    group: String,
    vault: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// `GET ../secrets`
    ListSecrets,
    /// `GET ../secrets/{name}`
    GetSecret(ObjectName),
    /// `PUT ../secrets/{name}`
    CreateOrUpdateSecret(ObjectName, SecretParameters),
    /// `PATCH ../secrets/{name}`
    UpdateSecret(ObjectName, SecretParameters),
    /// `GET ../keys`
    ListKeys,
    /// `GET ../keys/{name}[/versions/{version}]`
    GetKey(ObjectName, Option<Version>),
    /// `GET ../keys/{name}/versions`
    ListKeyVersions(ObjectName),
    /// `PUT ../keys/{name}`
    CreateKeyIfNotExist(ObjectName, Box<KeyParameters>),
}

impl Operation {
    /// The operation that a request below a group's `vaults` asks for.
    ///
    /// # Errors
    /// 400, 404, 405.
    pub(super) fn route(group: &str, asked: Asked<'_>) -> Result<Self, ArmError> {
        let name = || ObjectName::parse(&asked.name(2)).map_err(ArmError::from);
        let what = match (asked.method, asked.lower) {
            ("GET", [_, "secrets"]) => What::ListSecrets,
            ("GET", [_, "secrets", _]) => What::GetSecret(name()?),
            ("PUT", [_, "secrets", _]) => What::CreateOrUpdateSecret(name()?, read(asked.body)?),
            ("PATCH", [_, "secrets", _]) => What::UpdateSecret(name()?, read(asked.body)?),
            ("GET", [_, "keys"]) => What::ListKeys,
            ("GET", [_, "keys", _]) => What::GetKey(name()?, None),
            ("GET", [_, "keys", _, "versions"]) => What::ListKeyVersions(name()?),
            ("GET", [_, "keys", _, "versions", version]) => {
                What::GetKey(name()?, Some(objects::version(Family::Key, &asked.name(2), version)?))
            }
            ("PUT", [_, "keys", _]) => What::CreateKeyIfNotExist(name()?, Box::new(read(asked.body)?)),
            _ => {
                return Err(asked.refused(&[
                    &["*", "secrets"],
                    &["*", "secrets", "*"],
                    &["*", "keys"],
                    &["*", "keys", "*"],
                    &["*", "keys", "*", "versions"],
                    &["*", "keys", "*", "versions", "*"],
                ]));
            }
        };
        Ok(Self { group: group.to_owned(), vault: asked.name(0), what })
    }
}

/// Carries it out.
///
/// # Errors
/// The situation in which it is refused.
pub(super) async fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let Operation { group, vault, what } = operation;
    let found = call.store.vault(&group, &vault, call.now)?;
    renewal::catch_up(call.state, &found.vault, &Scope::All, call.now).await?;
    let (own, now) = (&found.vault, call.now);
    match what {
        What::ListSecrets => {
            page(call, &all::<Secret>(&found, call), |call, view| secret_body(call, &found, view))
        }
        What::GetSecret(name) => {
            reply::ok(&secret_body(call, &found, &own.object::<Secret>(&name, None, now)?))
        }
        What::CreateOrUpdateSecret(name, given) => set_secret(call, &found, &name, given),
        What::UpdateSecret(name, given) if given.properties.value.is_some() => {
            own.object::<Secret>(&name, None, now)?;
            set_secret(call, &found, &name, given)
        }
        What::UpdateSecret(name, given) => {
            let changes = changes(given.properties.attributes, given.tags);
            let content_type = given.properties.content_type.map(Into::into);
            let view = own.update_secret(&name, None, changes, content_type, now)?;
            reply::ok(&secret_body(call, &found, &view))
        }
        What::ListKeys => page(call, &all::<Key>(&found, call), |call, view| key_body(call, &found, view)),
        What::GetKey(name, version) => {
            let view = own.object::<Key>(&name, version, now)?;
            let body = key_body(call, &found, &view);
            reply::ok(&if version.is_some() { body.of_version(view.version.version) } else { body })
        }
        What::ListKeyVersions(name) => {
            own.object::<Key>(&name, None, now)?;
            let versions = own.object_versions::<Key>(&name, None, usize::MAX, now).items;
            page(call, &versions, |call, view| key_body(call, &found, view).of_version(view.version.version))
        }
        What::CreateKeyIfNotExist(name, given) => create_key(call, &found, &name, *given).await,
    }
}

fn all<T: Object>(found: &VaultResource, call: &Call<'_>) -> Vec<View<T>> {
    found.vault.objects::<T>(Lists::Live, None, usize::MAX, call.now).items
}

/// A new version of the secret; 201 for its first.
fn set_secret(
    call: &Call<'_>,
    found: &VaultResource,
    name: &ObjectName,
    given: SecretParameters,
) -> Result<Reply, ArmError> {
    let is_new = found.vault.object::<Secret>(name, None, call.now).is_err();
    let properties = given.properties;
    let value = properties.value.ok_or(ArmError::InvalidValue("value"))?;
    let secret =
        Secret { value: SecretValue::text(&value)?, content_type: properties.content_type.map(Into::into) };
    let wishes = changes(properties.attributes, given.tags);
    let view = found.vault.set_secret(name, secret, wishes, call.draw.version(), call.now)?;
    reply::with(created_or_ok(is_new), &secret_body(call, found, &view))
}

/// The first version of a key; a key that is there is answered as it is.
async fn create_key(
    call: &Call<'_>,
    found: &VaultResource,
    name: &ObjectName,
    given: KeyParameters,
) -> Result<Reply, ArmError> {
    let vault = &found.vault;
    if let Ok(view) = vault.object::<Key>(name, None, call.now) {
        return reply::ok(&key_body(call, found, &view));
    }
    let sku = vault.settings().sku;
    let (request, policy) = given.split();
    let plan = KeyPlan::create(request, sku)?;
    if let Some(policy) = policy.clone() {
        RotationPolicy::new(policy, None, sku, call.now)?;
    }
    vault.ensure_creatable::<Key>(name, "create", call.now)?;
    let (version, seed) = (call.draw.version(), call.draw.key_seed());
    let key = rotation::make(&call.state.keys, plan.kind, seed).await?;
    let view = vault.add_key(name, "create", plan, key, version, call.now)?;
    if let Some(policy) = policy {
        vault.set_rotation_policy(name, policy, call.now)?;
    }
    reply::with(StatusCode::CREATED, &key_body(call, found, &view))
}

const fn created_or_ok(is_new: bool) -> StatusCode {
    if is_new { StatusCode::CREATED } else { StatusCode::OK }
}

fn secret_body(call: &Call<'_>, found: &VaultResource, view: &View<Secret>) -> SecretBody {
    SecretBody::new(found, &uri(call, &found.name), view)
}

fn key_body(call: &Call<'_>, found: &VaultResource, view: &View<Key>) -> KeyBody {
    let policy = found.vault.rotation_policy(&view.name, call.now);
    let policy = policy.ok().and_then(|(_, policy)| policy);
    let uri = uri(call, &found.name);
    let policy = policy.map(|policy| policy.to_wire(format!("{uri}keys/{}/rotationpolicy", view.name)));
    KeyBody::new(found, &uri, view, policy)
}

impl From<Error> for ArmError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unexpected(cause) => Self::Unexpected(cause),
            other => Self::Object(Box::new(other)),
        }
    }
}

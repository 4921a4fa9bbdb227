//! Secrets of vaults as values of parameters.
//!
//! A vault lets Resource Manager read its secrets when `enabledForTemplateDeployment` is set, and past its firewall when
//! that has the exception for Azure's services (learn.microsoft.com, "Use Azure Key Vault to pass secure parameter value
//! during deployment").

use serde_json::Value;

use super::parameters::{Given, SecretReference};
use super::settle::Values;
use crate::arm::Call;
use crate::arm::error::{ArmError, SecretRefusal};
use crate::arm::store::vault_resource::VaultResource;
use crate::authorization::network::{Bypass, DefaultAction, PublicAccess};
use crate::authorization::scope::Scope;
use crate::error::Error;
use crate::http::{renewal, secrets};
use crate::vault::name::{ObjectName, Version};
use crate::vault::renewal::Scope as Everything;
use crate::vault::secrets::Secret;

/// The values of what a request gives, secrets looked up.
///
/// # Errors
/// Every vault that is not there, does not let itself be read, or has no such secret.
pub(super) async fn resolve(call: &Call<'_>, given: Vec<(String, Given)>) -> Result<Values, ArmError> {
    let (mut values, mut refused) = (Values::new(), Vec::new());
    for (name, given) in given {
        let value = match given {
            Given::Value(value) => Ok(value),
            Given::Secret(reference) => secret(call, &name, &reference).await.map(Value::String),
        };
        match value {
            Ok(value) => drop(values.insert(name.to_lowercase(), value)),
            Err(error) => refused.push(error),
        }
    }
    match refused.len() {
        0 => Ok(values),
        1 => Err(refused.remove(0)),
        _ => Err(ArmError::SeveralReferencesRefused(refused)),
    }
}

async fn secret(call: &Call<'_>, parameter: &str, reference: &SecretReference) -> Result<String, ArmError> {
    let found = vault(call, &reference.vault);
    let found = found.ok_or_else(|| ArmError::VaultReferenceNotFound(reference.vault.clone()))?;
    let refused = |refusal| ArmError::SecretReferenceRefused(Box::new(refusal));
    if !lets_in(call, &found) {
        let location = found.vault.settings().location;
        return Err(refused(SecretRefusal::not_enabled(parameter, &found.name, location)));
    }
    let value = read(call, &found, reference).await;
    value.map_err(|error| refused(SecretRefusal::by_vault(parameter, &error)))
}

/// The vault of a resource id, if it is one and there.
fn vault(call: &Call<'_>, id: &str) -> Option<VaultResource> {
    let id = Scope::parse(id);
    let segments: Vec<_> = id.segments().collect();
    match segments.as_slice() {
        ["subscriptions", _, "resourcegroups", group, "providers", "microsoft.keyvault", "vaults", name] => {
            call.store.vault(group, name, call.now).ok().filter(|found| found.scope.lower() == id.lower())
        }
        _ => None,
    }
}

fn lets_in(call: &Call<'_>, found: &VaultResource) -> bool {
    let governance = call.store.governance(&found.scope, &found.vault.settings());
    let open = governance.public_access == PublicAccess::Enabled
        && governance.network.default_action == DefaultAction::Allow;
    found.enabled_for.template_deployment == Some(true)
        && (open || governance.network.bypass == Bypass::AzureServices)
}

async fn read(call: &Call<'_>, found: &VaultResource, reference: &SecretReference) -> Result<String, Error> {
    renewal::catch_up(call.state, &found.vault, &Everything::All, call.now).await?;
    let name = ObjectName::parse(&reference.name)?;
    let version = reference.version.as_deref().map(|text| version(&name, text)).transpose()?;
    let view = found.vault.object::<Secret>(&name, version, call.now)?;
    secrets::value(&view).await.map(|value| value.to_string())
}

fn version(name: &ObjectName, text: &str) -> Result<Version, Error> {
    crate::http::objects::version(crate::error::Family::Secret, name.as_str(), text)
}

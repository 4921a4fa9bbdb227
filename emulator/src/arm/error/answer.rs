//! The total match from a situation of the control plane to its answer.

use super::ArmError;
use crate::error::{Answer, Source};
use crate::vault::location::Location;

pub(super) fn answer(status: u16, code: &'static str, message: impl Into<String>, source: Source) -> Answer {
    Answer { status, code, inner: None, message: message.into().into(), source }
}

impl ArmError {
    /// The answer to this situation.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self {
            Self::MissingToken
            | Self::InvalidAudience(_)
            | Self::InvalidTenant(..)
            | Self::ExpiredToken
            | Self::InvalidToken => self.answer_token(),
            Self::SubscriptionNotFound(_)
            | Self::ResourceGroupNotFound(_)
            | Self::ResourceGroupBeingDeleted(_)
            | Self::InvalidResourceGroup(_)
            | Self::InvalidResourceGroupLocation(..)
            | Self::ResourceNotFound(..)
            | Self::LocationNotAvailable(..)
            | Self::LocationRequired
            | Self::InvalidResourceLocation(..)
            | Self::OperationNotFound(_) => self.answer_resource(),
            Self::DeploymentNotFound(_)
            | Self::InvalidDeploymentName(_)
            | Self::DeploymentActive(..)
            | Self::DeploymentNotCancellable(..)
            | Self::DeploymentCanceled
            | Self::InvalidTemplate(_)
            | Self::InvalidTemplateDeployment(..)
            | Self::DeploymentFailed(_)
            | Self::ResourceExpression(..)
            | Self::OutputsFailed(_)
            | Self::InvalidResourceType(..)
            | Self::InvalidResourceNamespace(_)
            | Self::VaultReferenceNotFound(_)
            | Self::SecretReferenceRefused(_)
            | Self::SeveralReferencesRefused(_) => self.answer_deployment(),
            Self::ResourceFailed(_, error) => error.answer(),
            Self::VaultNameNotValid(_)
            | Self::VaultAlreadyExists(_)
            | Self::DeletedVaultExists
            | Self::VaultNotDeleted(_)
            | Self::DeletedVaultNotFound(_)
            | Self::PurgeProtected
            | Self::RetentionIsFixed
            | Self::SoftDeleteIsOn
            | Self::PurgeProtectionIsOn
            | Self::HsmAlreadyExists(_)
            | Self::DeletedHsmNotFound(_)
            | Self::InvalidValue(_) => self.answer_vault(),
            Self::Object(error) => error.answer(),
            Self::RoleDefinitionNotFound(_)
            | Self::RoleDefinitionNameExists(_)
            | Self::RoleDefinitionInUse
            | Self::BuiltInRole
            | Self::RoleAssignmentExists(_)
            | Self::RoleAssignmentUpdate
            | Self::RoleAssignmentNotFound(_) => self.answer_role(),
            _ => self.answer_request(),
        }
    }

    /// Texts as quoted all over public issues of the SDKs.
    fn answer_token(&self) -> Answer {
        match self {
            Self::InvalidAudience(found) => answer(
                401,
                "InvalidAuthenticationTokenAudience",
                format!(
                    "The access token has been obtained for wrong audience or resource '{found}'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'."
                ),
                Source::Quoted,
            ),
            Self::InvalidTenant(found, expected) => answer(
                401,
                "InvalidAuthenticationTokenTenant",
                format!(
                    "The access token is from the wrong issuer '{found}'. It must match the tenant '{expected}' associated with this subscription. Please use the authority (URL) '{}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.",
                    expected.replace("sts.windows.net", "login.windows.net").trim_end_matches('/')
                ),
                Source::Quoted,
            ),
            Self::ExpiredToken => {
                answer(401, "ExpiredAuthenticationToken", "The access token has expired.", Source::Unverified)
            }
            Self::InvalidToken => {
                answer(401, "InvalidAuthenticationToken", "The access token is invalid.", Source::Quoted)
            }
            _ => answer(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
                Source::Quoted,
            ),
        }
    }

    fn answer_resource(&self) -> Answer {
        match self {
            Self::SubscriptionNotFound(id) => answer(
                404,
                "SubscriptionNotFound",
                format!("The subscription '{id}' could not be found."),
                Source::Quoted,
            ),
            Self::ResourceGroupNotFound(name) => answer(
                404,
                "ResourceGroupNotFound",
                format!("Resource group '{name}' could not be found."),
                Source::Quoted,
            ),
            Self::ResourceGroupBeingDeleted(name) => answer(
                409,
                "ResourceGroupBeingDeleted",
                format!(
                    "The resource group '{name}' is in deprovisioning state and cannot perform this operation."
                ),
                Source::Quoted,
            ),
            Self::InvalidResourceGroup(name) => answer(
                400,
                "InvalidResourceGroup",
                format!(
                    "The provided resource group name '{name}' has these invalid characters or is longer than 90. The name can only be a letter, digit, '-', '.', '(', ')' or '_'."
                ),
                Source::Unverified,
            ),
            Self::InvalidResourceGroupLocation(asked, found) => answer(
                409,
                "InvalidResourceGroupLocation",
                format!(
                    "Invalid resource group location '{asked}'. The Resource group already exists in location '{found}'."
                ),
                Source::Quoted,
            ),
            Self::ResourceNotFound(kind, name, group) => answer(
                404,
                "ResourceNotFound",
                format!(
                    "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
                ),
                Source::Quoted,
            ),
            Self::LocationNotAvailable(location, kind) => Self::location(location, kind),
            _ => self.answer_place(),
        }
    }

    fn location(asked: &str, kind: &str) -> Answer {
        let regions: Vec<_> = Location::all().map(Location::name).collect();
        let regions = regions.join(",");
        if kind == "resource group" {
            let text = format!(
                "The provided location '{asked}' is not available for resource group. List of available regions is '{regions}'."
            );
            return answer(400, "LocationNotAvailableForResourceGroup", text, Source::Quoted);
        }
        let text = format!(
            "The provided location '{asked}' is not available for resource type '{kind}'. List of available regions for the resource type is '{regions}'."
        );
        answer(400, "LocationNotAvailableForResourceType", text, Source::Quoted)
    }

    fn answer_place(&self) -> Answer {
        match self {
            Self::LocationRequired => answer(
                400,
                "LocationRequired",
                "The location property is required for this definition.",
                Source::Quoted,
            ),
            Self::InvalidResourceLocation(name, location, group, asked) => answer(
                409,
                "InvalidResourceLocation",
                format!(
                    "The resource '{name}' already exists in location '{location}' in resource group '{group}'. A resource with the same name cannot be created in location '{asked}'. Please select a new resource name."
                ),
                Source::Quoted,
            ),
            Self::OperationNotFound(id) => answer(
                404,
                "OperationNotFound",
                format!("The operation '{id}' could not be found."),
                Source::Unverified,
            ),
            _ => self.answer_request(),
        }
    }

    fn answer_vault(&self) -> Answer {
        match self {
            Self::VaultNameNotValid(name) => answer(
                400,
                "VaultNameNotValid",
                format!(
                    "The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742"
                ),
                Source::Quoted,
            ),
            Self::VaultAlreadyExists(name) => {
                answer(409, "VaultAlreadyExists", vault_name_taken(name), Source::Quoted)
            }
            Self::DeletedVaultExists => answer(
                409,
                "ConflictError",
                "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
                Source::Quoted,
            ),
            Self::VaultNotDeleted(name) | Self::DeletedVaultNotFound(name) => answer(
                404,
                "DeletedVaultNotFound",
                format!("The specified deleted vault '{name}' does not exist."),
                Source::Unverified,
            ),
            _ => self.answer_vault_change(),
        }
    }

    fn answer_vault_change(&self) -> Answer {
        match self {
            Self::PurgeProtected => answer(
                405,
                "MethodNotAllowed",
                "Operation 'DeletedVaultPurge' is not allowed.",
                Source::Quoted,
            ),
            Self::RetentionIsFixed => answer(
                400,
                "BadRequest",
                "The property \"softDeleteRetentionInDays\" has been set already and it can't be modified.",
                Source::Quoted,
            ),
            Self::SoftDeleteIsOn => answer(
                400,
                "BadRequest",
                "The property \"enableSoftDelete\" can be set to false only for creating new vault. Enabling the 'soft delete' functionality is an irreversible action.",
                Source::Quoted,
            ),
            Self::PurgeProtectionIsOn => answer(
                400,
                "BadRequest",
                "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.",
                Source::Quoted,
            ),
            Self::HsmAlreadyExists(name) => answer(
                409,
                "Conflict",
                format!("The managed HSM name '{name}' is already in use."),
                Source::Unverified,
            ),
            Self::DeletedHsmNotFound(name) => answer(
                404,
                "DeletedManagedHsmNotFound",
                format!("The specified deleted managed HSM '{name}' does not exist."),
                Source::Unverified,
            ),
            Self::InvalidValue(member) => answer(
                400,
                "BadRequest",
                format!("An invalid value was provided for '{member}'."),
                Source::Quoted,
            ),
            _ => self.answer_request(),
        }
    }

    fn answer_role(&self) -> Answer {
        match self {
            Self::RoleDefinitionNotFound(id) => answer(
                404,
                "RoleDefinitionDoesNotExist",
                format!("The specified role definition with ID '{id}' does not exist."),
                Source::Quoted,
            ),
            Self::RoleDefinitionNameExists(name) => answer(
                409,
                "RoleDefinitionWithSameNameExists",
                format!(
                    "A custom role with the same name '{name}' already exists in this directory. Use a different name."
                ),
                Source::Unverified,
            ),
            Self::RoleDefinitionInUse => answer(
                400,
                "RoleDefinitionHasAssignments",
                "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
                Source::Unverified,
            ),
            Self::BuiltInRole => answer(
                400,
                "RoleDefinitionIsBuiltIn",
                "Built-in roles can be neither changed nor deleted.",
                Source::Unverified,
            ),
            Self::RoleAssignmentExists(id) => answer(
                409,
                "RoleAssignmentExists",
                format!(
                    "The role assignment already exists. The ID of the existing role assignment is {}.",
                    id.simple()
                ),
                Source::Quoted,
            ),
            Self::RoleAssignmentUpdate => answer(
                409,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                Source::Quoted,
            ),
            Self::RoleAssignmentNotFound(id) => answer(
                404,
                "RoleAssignmentNotFound",
                format!("The role assignment '{id}' is not found."),
                Source::Quoted,
            ),
            _ => self.answer_request(),
        }
    }

    pub(super) fn answer_request(&self) -> Answer {
        match self {
            Self::MissingApiVersion => answer(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
                Source::Quoted,
            ),
            Self::InvalidRequestContent(why) => answer(
                400,
                "InvalidRequestContent",
                format!("The request content was invalid and could not be deserialized: '{why}'."),
                // The sentence around it is Resource Manager's, what is in it our parser's.
                Source::Unverified,
            ),
            Self::InvalidFilter(filter) => answer(
                400,
                "InvalidFilterInQueryString",
                format!("Invalid $filter '{filter}' specified in the query string."),
                Source::Quoted,
            ),
            Self::UnknownPath(path) => answer(
                404,
                "NotFound",
                format!("akv: the control plane serves nothing at '{path}'."),
                Source::Own,
            ),
            Self::MethodNotAllowed(method) => answer(
                405,
                "MethodNotAllowed",
                format!("The requested resource does not support http method '{method}'."),
                Source::Quoted,
            ),
            Self::NotEmulated(what) => {
                answer(501, "NotImplemented", format!("akv: {what} is not emulated."), Source::Own)
            }
            _ => answer(
                500,
                "InternalServerError",
                "akv: an unexpected fault; its cause is in the log.",
                Source::Own,
            ),
        }
    }
}

/// Why a vault's name is taken; also the answer of `checkNameAvailability`.
#[must_use]
pub fn vault_name_taken(name: &str) -> String {
    format!(
        "The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."
    )
}

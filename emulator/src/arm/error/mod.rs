//! Every situation in which the control plane refuses a request, and its answer.
//!
//! Azure Resource Manager and its providers speak in their own words, so they have their own table beside
//! [`crate::error`]: one variant per situation, one total match, one table test.

mod answer;
mod deployment;
mod expression;
mod template;

use std::fmt;

use uuid::Uuid;

pub use self::answer::vault_name_taken;
pub use self::deployment::{SecretRefusal, Violation, document};
pub use self::expression::ExpressionError;
pub use self::template::{MOST_RESOURCES, TemplateError, Unfit};
use crate::error::{Answer, Error};
use crate::timestamp::Timestamp;
use crate::vault::location::Location;

/// A situation in which the control plane refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArmError {
    /// No bearer token.
    MissingToken,
    /// A token for another resource: its `aud`.
    InvalidAudience(String),
    /// A token of another tenant: its `iss`, and the issuer that is trusted.
    InvalidTenant(String, String),
    /// A token that is out of date.
    ExpiredToken,
    /// A token that cannot be read or is not signed by the tenant.
    InvalidToken,
    /// `api-version` is absent.
    MissingApiVersion,
    /// A subscription that is not the tenant's.
    SubscriptionNotFound(String),
    /// A resource group that is not there.
    ResourceGroupNotFound(String),
    /// A resource group that is on its way out.
    ResourceGroupBeingDeleted(String),
    /// A resource group's name that is none.
    InvalidResourceGroup(String),
    /// A resource group that is elsewhere: asked for, found.
    InvalidResourceGroupLocation(String, Location),
    /// A resource that is not there: its type, name and group.
    ResourceNotFound(&'static str, String, String),
    /// A location that is none, for a resource type or `resource group`.
    LocationNotAvailable(String, &'static str),
    /// No location where one is needed.
    LocationRequired,
    /// A body that is no JSON or not of the operation's form.
    InvalidRequestContent(String),
    /// A member of a body that is out of range.
    InvalidValue(&'static str),
    /// A `$filter` that is not understood.
    InvalidFilter(String),
    /// A resource that exists in another location: name, its location, its group, the location asked for.
    InvalidResourceLocation(String, Location, String, Location),
    /// A vault's name that is none.
    VaultNameNotValid(String),
    /// A vault's name that somebody uses.
    VaultAlreadyExists(String),
    /// A vault's name that a soft-deleted vault keeps.
    DeletedVaultExists,
    /// Recovering a vault that is not deleted.
    VaultNotDeleted(String),
    /// A deleted vault that is not there.
    DeletedVaultNotFound(String),
    /// Purging a vault with purge protection.
    PurgeProtected,
    /// Changing `softDeleteRetentionInDays`.
    RetentionIsFixed,
    /// Turning off soft delete.
    SoftDeleteIsOn,
    /// Turning off purge protection.
    PurgeProtectionIsOn,
    /// A managed HSM's name that somebody uses.
    HsmAlreadyExists(String),
    /// A deleted managed HSM that is not there.
    DeletedHsmNotFound(String),
    /// A vault refuses what is asked of one of its objects.
    Object(Box<Error>),
    /// A role that is not there.
    RoleDefinitionNotFound(String),
    /// A custom role whose name another has.
    RoleDefinitionNameExists(String),
    /// A custom role that is still assigned.
    RoleDefinitionInUse,
    /// Changing or deleting a built-in role.
    BuiltInRole,
    /// The same role for the same principal at the same scope.
    RoleAssignmentExists(Uuid),
    /// An assignment's id used for another one.
    RoleAssignmentUpdate,
    /// An assignment that is not there.
    RoleAssignmentNotFound(String),
    /// A deployment that is not there.
    DeploymentNotFound(String),
    /// A deployment's name that is none.
    InvalidDeploymentName(String),
    /// A deployment that is still running: its id, its correlation id, since when.
    DeploymentActive(String, Uuid, Timestamp),
    /// A deployment that is over: its name, its state.
    DeploymentNotCancellable(String, &'static str),
    /// Why a deployment that was cancelled has not succeeded.
    DeploymentCanceled,
    /// A template that is not valid.
    InvalidTemplate(Box<Violation>),
    /// A template that Resource Manager takes and a provider does not: the deployment, a tracking id, the refusals.
    InvalidTemplateDeployment(String, Uuid, Vec<Self>),
    /// A deployment of which something failed, and what.
    DeploymentFailed(Vec<Self>),
    /// What a resource's provider answered: the resource's id.
    ResourceFailed(String, Box<Self>),
    /// A resource whose body has no value: its id, the place in the template, why.
    ResourceExpression(String, (usize, usize), ExpressionError),
    /// Outputs that have no value: their names and why.
    OutputsFailed(Vec<(String, ExpressionError)>),
    /// A type of resource that is not deployed: namespace, type, api-version.
    InvalidResourceType(String, String, String),
    /// A namespace without resources that are deployed.
    InvalidResourceNamespace(String),
    /// A parameter's vault that is not there.
    VaultReferenceNotFound(String),
    /// A parameter's secret that cannot be had.
    SecretReferenceRefused(Box<SecretRefusal>),
    /// Several parameters whose vault or secret cannot be had.
    SeveralReferencesRefused(Vec<Self>),
    /// An operation's result that nobody waits for.
    OperationNotFound(String),
    /// A path that is no operation.
    UnknownPath(String),
    /// A path that has not that method.
    MethodNotAllowed(String),
    /// Azure can do it, the emulator cannot.
    NotEmulated(String),
    /// A fault of the emulator's own; the cause is logged, never answered.
    Unexpected(String),
}

impl fmt::Display for ArmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { status, code, message, .. } = self.answer();
        write!(f, "{status} ({code}) {message}")
    }
}

impl std::error::Error for ArmError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Source;

    fn unfinished() -> ExpressionError {
        ExpressionError::Unfinished("x".to_owned())
    }

    fn violation() -> Box<Violation> {
        Box::new(Violation { why: TemplateError::Circular("x".into()), place: (1, 2), path: "p".into() })
    }

    fn secret(source: Source) -> ArmError {
        let (parameter, message) = ("x".to_owned(), "x".to_owned());
        ArmError::SecretReferenceRefused(Box::new(SecretRefusal { parameter, status: 404, message, source }))
    }

    fn answers(error: &ArmError, status: u16, code: &str) {
        let answer = error.answer();
        assert_eq!((answer.status, answer.code), (status, code), "{error:?}");
    }

    /// Every situation is answered with its own status and code, and none falls through to a fault of our own.
    #[test]
    fn every_situation_has_its_status_and_code() {
        let text = || "x".to_owned();
        let here = Location::DEFAULT;
        for (error, status, code) in [
            (ArmError::MissingToken, 401, "AuthenticationFailed"),
            (ArmError::InvalidAudience(text()), 401, "InvalidAuthenticationTokenAudience"),
            (ArmError::InvalidTenant(text(), text()), 401, "InvalidAuthenticationTokenTenant"),
            (ArmError::ExpiredToken, 401, "ExpiredAuthenticationToken"),
            (ArmError::InvalidToken, 401, "InvalidAuthenticationToken"),
            (ArmError::MissingApiVersion, 400, "MissingApiVersionParameter"),
            (ArmError::SubscriptionNotFound(text()), 404, "SubscriptionNotFound"),
            (ArmError::ResourceGroupNotFound(text()), 404, "ResourceGroupNotFound"),
            (ArmError::ResourceGroupBeingDeleted(text()), 409, "ResourceGroupBeingDeleted"),
            (ArmError::InvalidResourceGroup(text()), 400, "InvalidResourceGroup"),
            (ArmError::InvalidResourceGroupLocation(text(), here), 409, "InvalidResourceGroupLocation"),
            (ArmError::ResourceNotFound("t", text(), text()), 404, "ResourceNotFound"),
            (ArmError::LocationNotAvailable(text(), "t"), 400, "LocationNotAvailableForResourceType"),
            (
                ArmError::LocationNotAvailable(text(), "resource group"),
                400,
                "LocationNotAvailableForResourceGroup",
            ),
            (ArmError::LocationRequired, 400, "LocationRequired"),
            (ArmError::InvalidRequestContent(text()), 400, "InvalidRequestContent"),
            (ArmError::InvalidValue("m"), 400, "BadRequest"),
            (ArmError::InvalidFilter(text()), 400, "InvalidFilterInQueryString"),
            (ArmError::InvalidResourceLocation(text(), here, text(), here), 409, "InvalidResourceLocation"),
            (ArmError::VaultNameNotValid(text()), 400, "VaultNameNotValid"),
            (ArmError::VaultAlreadyExists(text()), 409, "VaultAlreadyExists"),
            (ArmError::DeletedVaultExists, 409, "ConflictError"),
            (ArmError::VaultNotDeleted(text()), 404, "DeletedVaultNotFound"),
            (ArmError::DeletedVaultNotFound(text()), 404, "DeletedVaultNotFound"),
            (ArmError::PurgeProtected, 405, "MethodNotAllowed"),
            (ArmError::RetentionIsFixed, 400, "BadRequest"),
            (ArmError::SoftDeleteIsOn, 400, "BadRequest"),
            (ArmError::PurgeProtectionIsOn, 400, "BadRequest"),
            (ArmError::HsmAlreadyExists(text()), 409, "Conflict"),
            (ArmError::DeletedHsmNotFound(text()), 404, "DeletedManagedHsmNotFound"),
            (ArmError::Object(Box::new(Error::InvalidBody)), 400, "BadParameter"),
            (ArmError::RoleDefinitionNotFound(text()), 404, "RoleDefinitionDoesNotExist"),
            (ArmError::RoleDefinitionNameExists(text()), 409, "RoleDefinitionWithSameNameExists"),
            (ArmError::RoleDefinitionInUse, 400, "RoleDefinitionHasAssignments"),
            (ArmError::BuiltInRole, 400, "RoleDefinitionIsBuiltIn"),
            (ArmError::RoleAssignmentExists(Uuid::nil()), 409, "RoleAssignmentExists"),
            (ArmError::RoleAssignmentUpdate, 409, "RoleAssignmentUpdateNotPermitted"),
            (ArmError::RoleAssignmentNotFound(text()), 404, "RoleAssignmentNotFound"),
            (ArmError::DeploymentNotFound(text()), 404, "DeploymentNotFound"),
            (ArmError::OperationNotFound(text()), 404, "OperationNotFound"),
            (ArmError::UnknownPath(text()), 404, "NotFound"),
            (ArmError::MethodNotAllowed(text()), 405, "MethodNotAllowed"),
            (ArmError::NotEmulated(text()), 501, "NotImplemented"),
            (ArmError::Unexpected(text()), 500, "InternalServerError"),
        ] {
            answers(&error, status, code);
        }
    }

    /// The same for template deployments.
    #[test]
    fn every_refusal_of_a_deployment_has_its_status_and_code() {
        let text = || "x".to_owned();
        for (error, status, code) in [
            (ArmError::InvalidDeploymentName(text()), 400, "InvalidDeploymentName"),
            (ArmError::DeploymentActive(text(), Uuid::nil(), Timestamp::default()), 409, "DeploymentActive"),
            (ArmError::DeploymentNotCancellable(text(), "Succeeded"), 409, "DeploymentCannotBeCancelled"),
            (ArmError::DeploymentCanceled, 409, "DeploymentCanceled"),
            (ArmError::InvalidTemplate(violation()), 400, "InvalidTemplate"),
            (
                ArmError::InvalidTemplateDeployment(text(), Uuid::nil(), vec![]),
                400,
                "InvalidTemplateDeployment",
            ),
            (ArmError::DeploymentFailed(vec![]), 409, "DeploymentFailed"),
            (ArmError::ResourceFailed(text(), Box::new(ArmError::PurgeProtected)), 405, "MethodNotAllowed"),
            (ArmError::ResourceExpression(text(), (1, 2), unfinished()), 400, "InvalidTemplate"),
            (ArmError::OutputsFailed(vec![(text(), unfinished())]), 400, "DeploymentOutputEvaluationFailed"),
            (ArmError::InvalidResourceType(text(), text(), text()), 400, "InvalidResourceType"),
            (ArmError::InvalidResourceNamespace(text()), 400, "InvalidResourceNamespace"),
            (ArmError::VaultReferenceNotFound(text()), 400, "KeyVaultParameterReferenceNotFound"),
            (secret(Source::Quoted), 404, "KeyVaultParameterReferenceSecretRetrieveFailed"),
            (
                ArmError::SeveralReferencesRefused(vec![secret(Source::Quoted), secret(Source::Quoted)]),
                404,
                "MultipleErrorsOccurred",
            ),
        ] {
            answers(&error, status, code);
        }
    }
    /// A sentence of our own makes the refusal around it unverified, however deep it stands.
    #[test]
    fn a_refusal_is_quoted_only_as_far_as_what_it_quotes_is() {
        let template =
            |why| ArmError::InvalidTemplate(Box::new(Violation { why, place: (1, 2), path: "p".into() }));
        let text = || "x".to_owned();
        let quoted = ExpressionError::ParameterNotFound(text());
        let several = |second| ArmError::SeveralReferencesRefused(vec![secret(Source::Recorded), second]);
        for (error, source) in [
            (template(TemplateError::Circular(text())), Source::Quoted),
            (template(TemplateError::ContentVersion(text())), Source::Unverified),
            (template(TemplateError::Output(text(), quoted.clone())), Source::Quoted),
            (template(TemplateError::Output(text(), unfinished())), Source::Unverified),
            (template(TemplateError::ParameterValue(text(), Unfit::Type("Array", "String"))), Source::Quoted),
            (
                template(TemplateError::ParameterValue(text(), Unfit::More("The value", 3))),
                Source::Unverified,
            ),
            (ArmError::ResourceExpression(text(), (1, 2), quoted), Source::Quoted),
            (ArmError::ResourceExpression(text(), (1, 2), unfinished()), Source::Unverified),
            (template(TemplateError::Output(text(), ExpressionError::Member("type"))), Source::Unverified),
            (ArmError::InvalidRequestContent(text()), Source::Unverified),
            (secret(Source::Recorded), Source::Quoted),
            (secret(Source::Unverified), Source::Unverified),
            (several(secret(Source::Quoted)), Source::Quoted),
            (several(secret(Source::Unverified)), Source::Unverified),
            (several(ArmError::VaultReferenceNotFound(text())), Source::Unverified),
        ] {
            assert_eq!(error.answer().source, source, "{error:?}");
        }
    }

    /// As in azure-docs issue 115708.
    #[test]
    fn a_resources_expressions_are_placed_without_a_path() {
        let error = ArmError::ResourceExpression("x".to_owned(), (1, 2), unfinished());
        assert_eq!(
            document(&error)["additionalInfo"],
            serde_json::json!([{
                "type": "TemplateViolation",
                "info": { "lineNumber": 1, "linePosition": 2, "path": "" },
            }])
        );
    }
}

//! Refusals of template deployments: their texts, and the members that only they have, `details` and `additionalInfo`.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::answer;
use super::{ArmError, TemplateError};
use crate::error::{Answer, Error, Source};
use crate::timestamp::Timestamp;
use crate::vault::location::Location;

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What.
    pub why: TemplateError,
    /// Line and column in the request.
    pub place: (usize, usize),
    /// Path in the request.
    pub path: String,
}

/// Why a parameter's secret cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRefusal {
    /// The parameter.
    pub parameter: String,
    /// The vault's status.
    pub status: u16,
    /// The vault's message.
    pub message: String,
    /// Where that message is from.
    pub source: Source,
}

impl SecretRefusal {
    /// A vault that Resource Manager may not read, because `enabledForTemplateDeployment` is not set or because the
    /// firewall has no exception for Azure's services. How the vault's message begins is in bicep issues 6859 and 18455;
    /// the whole of it nobody has recorded.
    #[must_use]
    pub fn not_enabled(parameter: &str, vault: &str, location: Location) -> Self {
        Self {
            parameter: parameter.to_owned(),
            status: 403,
            source: Source::Unverified,
            message: format!("Access denied to first party service. Vault: {vault};location={location}"),
        }
    }

    /// What the vault says itself.
    #[must_use]
    pub fn by_vault(parameter: &str, error: &Error) -> Self {
        let Answer { status, message, source, .. } = error.answer();
        Self { parameter: parameter.to_owned(), status, message: message.into_owned(), source }
    }
}

/// A status as texts of Resource Manager name it: those with which a secret's parameter is refused.
const fn status_name(status: u16) -> &'static str {
    match status {
        403 => "Forbidden",
        404 => "NotFound",
        _ => "BadRequest",
    }
}

/// Several refusals at once. Where one status is that of all, bicep 18455 (2025) shows the text, and the status by what
/// az raised: `ResourceNotFoundError` for `NotFound,NotFound`. The members of the details are in azure-powershell 28308
/// (2025) and 5324 (2018, when each was a `Conflict`). What is said of several statuses nobody has recorded.
fn several(refusals: &[ArmError]) -> Answer {
    let answers: Vec<_> = refusals.iter().map(ArmError::answer).collect();
    let status = answers.first().map_or(400, |first| first.status);
    let names: Vec<_> = answers.iter().map(|answer| status_name(answer.status)).collect();
    let alike = answers.iter().all(|answer| {
        answer.status == status && answer.code == SECRET_REFUSED && answer.source == Source::Quoted
    });
    let source = if alike { Source::Quoted } else { Source::Unverified };
    let message = format!("Multiple error occurred: {}. Please see details.", names.join(","));
    answer(status, "MultipleErrorsOccurred", message, source)
}

const SECRET_REFUSED: &str = "KeyVaultParameterReferenceSecretRetrieveFailed";

/// For how long a deployment that does not end keeps its name: bicep issues 13771 and 14369.
const ACTIVE_FOR: Duration = Duration::from_hours(7 * 24);

/// `4/8/2024 7:18:56 PM`, as texts of Resource Manager write an instant.
fn american(at: Timestamp) -> String {
    let at = at.to_utc();
    let (hour, half) = match at.hour() {
        0 => (12, "AM"),
        hour @ 1..12 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    let (month, day, year) = (u8::from(at.month()), at.day(), at.year());
    format!("{month}/{day}/{year} {hour}:{:02}:{:02} {half}", at.minute(), at.second())
}

impl ArmError {
    /// Texts of the deployments' own. `Quoted` ones are in public issues, in the newest wording that there is:
    /// azure-cli 28834 (a deployment that is not there, 2024), jenkins-infra/helpdesk 5220 (a running one, 2026),
    /// azure-docs 107757 (a failed one, 2023), azure-dev 786 (a template that a provider does not take, 2022),
    /// azure-docs 115708 and F5's f5-azure-arm-templates 238 (a resource's expressions), azure-policy 1442 (outputs),
    /// ResourceModules 456 and aci-connector-k8s 13 (a namespace), bicep 4068 (a vault that is not there, 2021; with the
    /// page to read, in the README of bicep-with-keyvault-secret), bicep 1571 and azure-powershell 28308 (a vault's
    /// secret, 2025).
    pub(super) fn answer_deployment(&self) -> Answer {
        match self {
            Self::DeploymentNotFound(name) => answer(
                404,
                "DeploymentNotFound",
                format!("Deployment '{name}' could not be found."),
                Source::Quoted,
            ),
            Self::InvalidDeploymentName(name) => answer(
                400,
                "InvalidDeploymentName",
                format!(
                    "The deployment name '{name}' is not valid. It has at most 64 characters: letters, digits, '-', '.', '(', ')' and '_'."
                ),
                Source::Unverified,
            ),
            Self::DeploymentActive(id, correlation, since) => answer(
                409,
                "DeploymentActive",
                format!(
                    "The deployment with resource id '{id}' cannot be saved, because this would overwrite an existing deployment which is still active. If this is an intentional re-deployment, please wait for the original deployment to complete, or cancel it before re-attempting the operation. The previous deployment was started at '{}' with correlationId '{correlation}', and will expire at '{}' if it does not complete before then. Please see https://aka.ms/arm-deploy-resources for usage details.",
                    american(*since),
                    american(*since + ACTIVE_FOR)
                ),
                Source::Quoted,
            ),
            Self::DeploymentNotCancellable(name, state) => answer(
                409,
                "DeploymentCannotBeCancelled",
                format!("The deployment '{name}' cannot be cancelled because it has ended: '{state}'."),
                Source::Unverified,
            ),
            Self::DeploymentCanceled => {
                answer(409, "DeploymentCanceled", "The deployment was canceled.", Source::Unverified)
            }
            Self::InvalidTemplate(violation) => answer(
                400,
                "InvalidTemplate",
                format!(
                    "Deployment template validation failed: '{}'.",
                    violation.why.sentence(violation.place)
                ),
                violation.why.source(),
            ),
            Self::InvalidTemplateDeployment(name, tracking, _) => answer(
                400,
                "InvalidTemplateDeployment",
                format!(
                    "The template deployment '{name}' is not valid according to the validation procedure. The tracking id is '{tracking}'. See inner errors for details."
                ),
                Source::Quoted,
            ),
            Self::DeploymentFailed(_) => answer(
                409,
                "DeploymentFailed",
                "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
                Source::Quoted,
            ),
            _ => self.answer_names(),
        }
    }

    fn answer_names(&self) -> Answer {
        match self {
            Self::ResourceExpression(id, (line, column), why) => answer(
                400,
                "InvalidTemplate",
                format!(
                    "Unable to process template language expressions for resource '{id}' at line '{line}' and column '{column}'. '{why}'"
                ),
                why.source(),
            ),
            Self::OutputsFailed(outputs) => {
                let names: Vec<_> = outputs.iter().map(|(name, _)| name.as_str()).collect();
                answer(
                    400,
                    "DeploymentOutputEvaluationFailed",
                    format!(
                        "Unable to evaluate template outputs: '{}'. Please see error details and deployment operations. Please see https://aka.ms/arm-common-errors for usage details.",
                        names.join(",")
                    ),
                    Source::Quoted,
                )
            }
            Self::InvalidResourceType(namespace, kind, version) => answer(
                400,
                "InvalidResourceType",
                format!(
                    "The resource type '{kind}' could not be found in the namespace '{namespace}' for api version '{version}'."
                ),
                // Azure names the versions of a type that it knows besides.
                Source::Unverified,
            ),
            Self::InvalidResourceNamespace(namespace) => answer(
                400,
                "InvalidResourceNamespace",
                format!("The resource namespace '{namespace}' is invalid."),
                Source::Quoted,
            ),
            Self::VaultReferenceNotFound(id) => answer(
                400,
                "KeyVaultParameterReferenceNotFound",
                format!(
                    "The specified KeyVault '{id}' could not be found. Please see https://aka.ms/arm-keyvault for usage details."
                ),
                Source::Quoted,
            ),
            Self::SecretReferenceRefused(refusal) => answer(
                refusal.status,
                SECRET_REFUSED,
                format!(
                    "The secret of KeyVault parameter '{}' cannot be retrieved. Http status code: '{}'. Error message: '{}'. Please see https://aka.ms/arm-keyvault for usage details.",
                    refusal.parameter,
                    status_name(refusal.status),
                    refusal.message
                ),
                match refusal.source {
                    Source::Unverified => Source::Unverified,
                    _ => Source::Quoted,
                },
            ),
            Self::SeveralReferencesRefused(refusals) => several(refusals),
            _ => self.answer_request(),
        }
    }
}

/// A refusal as JSON, with the refusals in it.
#[must_use]
pub fn document(error: &ArmError) -> Value {
    let Answer { code, message, .. } = error.answer();
    let mut document = json!({ "code": code, "message": message });
    match error {
        ArmError::ResourceFailed(id, inner) => {
            document = self::document(inner);
            document["target"] = id.as_str().into();
        }
        ArmError::InvalidTemplateDeployment(_, _, details)
        | ArmError::DeploymentFailed(details)
        | ArmError::SeveralReferencesRefused(details) => {
            document["details"] = details.iter().map(self::document).collect();
        }
        ArmError::OutputsFailed(outputs) => {
            let detail = |(name, why): &(String, _)| json!({ "code": code, "target": name, "message": format!("The template output '{name}' is not valid: {why}.") });
            document["details"] = outputs.iter().map(detail).collect();
        }
        ArmError::InvalidTemplate(violation) => {
            document["additionalInfo"] = violation_at(violation.place, &violation.path);
        }
        ArmError::ResourceExpression(_, place, _) => document["additionalInfo"] = violation_at(*place, ""),
        _ => {}
    }
    document
}

/// `additionalInfo` of what is wrong with a template; a resource's expressions come without a path (azure-docs 115708).
fn violation_at((line, column): (usize, usize), path: &str) -> Value {
    let info = json!({ "lineNumber": line, "linePosition": column, "path": path });
    json!([{ "type": "TemplateViolation", "info": info }])
}

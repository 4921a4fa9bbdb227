//! A request into something that can be carried out: read, its parameters resolved, planned, and shown to the providers
//! as far as that goes before anything is made. Whatever is refused here leaves nothing behind.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};
use uuid::Uuid;

use super::apply;
use super::facts::{Facts, Level};
use super::parameters::{self, Given};
use super::plan::{self, Flaw, Planned};
use super::secrets;
use super::settle::{Settled, Standing, Unsettled, Values, settle};
use super::template::{Properties, Request, Template};
use super::text as request_text;
use crate::arm::Call;
use crate::arm::error::{ArmError, ExpressionError, TemplateError, Violation};
use crate::arm::store::deployments::Mode;
use crate::authorization::scope::Scope;

/// The versions of the schema of templates.
const SCHEMAS: [&str; 5] = ["2014-04-01-preview", "2015-01-01", "2018-05-01", "2019-04-01", "2019-08-01"];

/// A deployment that may begin.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) template: Template,
    facts: Facts<'a>,
    pub(super) values: Values,
    variables: Values,
    pub(super) plan: Vec<Planned>,
    pub(super) mode: Mode,
    /// The request.
    text: &'a [u8],
}

/// A [`Prepared`] to come; deployments may contain deployments.
pub(super) type Preparing<'a> = Pin<Box<dyn Future<Output = Result<Prepared<'a>, ArmError>> + Send + 'a>>;

impl Planned {
    pub(super) fn is_deployment(&self) -> bool {
        self.kind.eq_ignore_ascii_case("Microsoft.Resources/deployments")
    }

    /// Whether a deployment inside evaluates its own template (`expressionEvaluationOptions`).
    pub(super) fn has_scope_of_its_own(&self) -> bool {
        let options =
            self.body.get("properties").map(|properties| &properties["expressionEvaluationOptions"]);
        let scope = options.and_then(|options| options["scope"].as_str());
        scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
    }
}

impl Prepared<'_> {
    /// What its expressions may name, with nothing deployed yet.
    pub(super) fn settled(&self) -> Settled<'_> {
        Settled {
            place: Standing { template: &self.template, facts: &self.facts },
            parameters: &self.values,
            variables: &self.variables,
            plan: &self.plan,
            deployed: vec![None; self.plan.len()],
            fetched: Values::new(),
        }
    }

    /// Line and column of a place in the template.
    pub(super) fn place(&self, path: &str) -> (usize, usize) {
        request_text::position(self.text, &format!("properties.template.{path}"))
    }
}

/// Prepares what a request asks for; `text` is the request.
///
/// # Errors
/// 400 for a template, parameters or resources that are not valid, with nothing made.
pub(super) fn prepare<'a>(
    call: &'a Call<'_>,
    level: &'a Level,
    name: &'a str,
    properties: &'a Properties,
    text: &'a [u8],
) -> Preparing<'a> {
    Box::pin(async move {
        // What is wrong with the whole has no place, as where a template has too many resources.
        let invalid = |path: String, why: TemplateError| {
            let (place, path) = match path.as_str() {
                "" => ((0, 0), path),
                _ => {
                    let path = format!("properties.template.{path}");
                    (request_text::position(text, &path), path)
                }
            };
            ArmError::InvalidTemplate(Box::new(Violation { why, place, path }))
        };
        let mode = mode(properties, level)?;
        let (template, given) = read(properties, &invalid)?;
        let mut values = secrets::resolve(call, given).await?;
        parameters::all_given(&template, &mut values).map_err(|why| {
            let TemplateError::ParameterMissing(name) = &why else { return invalid(String::new(), why) };
            invalid(format!("parameters.{name}"), why)
        })?;
        let own = json!({
            "template": properties.template,
            "parameters": properties.parameters,
            "mode": mode,
            "provisioningState": "Accepted",
        });
        let facts = Facts::of(call, level, name, &own)?;
        let (values, variables) =
            settle(&template, &facts, values).map_err(|Unsettled { path, name, why }| {
                let variable = path.starts_with("variables");
                let why = if variable {
                    TemplateError::Variable(name, why)
                } else {
                    TemplateError::Resource(name, why)
                };
                invalid(path, why)
            })?;
        parameters::check(&template, &values).map_err(|why| match &why {
            TemplateError::ParameterValue(name, _) | TemplateError::ParameterType(name) => {
                invalid(format!("parameters.{name}"), why)
            }
            _ => invalid(String::new(), why),
        })?;
        let mut prepared = Prepared { template, facts, values, variables, plan: Vec::new(), mode, text };
        prepared.plan = plan::plan(&prepared.settled()).map_err(|Flaw { path, why }| invalid(path, why))?;
        prepared.plan.iter().try_for_each(supported)?;
        check(call, name, &prepared, &invalid).await?;
        Ok(prepared)
    })
}

fn mode(properties: &Properties, level: &Level) -> Result<Mode, ArmError> {
    match properties.mode.as_deref().unwrap_or("Incremental") {
        mode if mode.eq_ignore_ascii_case("incremental") => Ok(Mode::Incremental),
        mode if mode.eq_ignore_ascii_case("complete") && *level != Level::Subscription => Ok(Mode::Complete),
        mode => Err(ArmError::InvalidRequestContent(format!("the mode '{mode}' is not supported here"))),
    }
}

/// The template, and the values that are given for it.
fn read(
    properties: &Properties,
    invalid: &impl Fn(String, TemplateError) -> ArmError,
) -> Result<(Template, Vec<(String, Given)>), ArmError> {
    if properties.template_link.is_some() || properties.parameters_link.is_some() {
        return Err(ArmError::NotEmulated(
            "a template or parameters by link: the template itself is, which".to_owned(),
        ));
    }
    let template = properties.template.clone().unwrap_or_default();
    let template: Template = serde_json::from_value(template)
        .map_err(|error| ArmError::InvalidRequestContent(format!("{error}. Path 'properties.template'")))?;
    ensure_form(&template).map_err(|why| invalid(String::new(), why))?;
    if template.api_profile.is_some() {
        return Err(ArmError::NotEmulated("a template's apiProfile".to_owned()));
    }
    let given = properties.parameters.clone().unwrap_or_default();
    let given = parameters::read(&template, &given).map_err(|why| match &why {
        TemplateError::ParameterValue(name, _) => invalid(format!("parameters.{name}"), why),
        _ => invalid(String::new(), why),
    })?;
    Ok((template, given))
}

/// What templates say of themselves.
fn ensure_form(template: &Template) -> Result<(), TemplateError> {
    let version = template.schema.trim_end_matches('#').rsplit('/').nth(1).unwrap_or_default();
    if !template.schema.to_lowercase().contains("deploymenttemplate.json") || !SCHEMAS.contains(&version) {
        return Err(TemplateError::Schema(template.schema.clone(), SCHEMAS.join(",")));
    }
    let numbers: Vec<_> = template.content_version.split('.').collect();
    if numbers.len() != 4 || numbers.iter().any(|number| number.parse::<u32>().is_err()) {
        return Err(TemplateError::ContentVersion(template.content_version.clone()));
    }
    let symbolic = template.language_version.as_deref().is_some_and(|version| version.starts_with("2."));
    match template.resources.is_object() && !symbolic {
        true => Err(TemplateError::LanguageVersion),
        false => Ok(()),
    }
}

/// Whether resources of its type are deployed here.
///
/// # Errors
/// 400 as Resource Manager refuses a type or namespace that it does not know.
fn supported(planned: &Planned) -> Result<(), ArmError> {
    if planned.skipped || planned.existing {
        return Ok(());
    }
    let scope = Scope::parse(&planned.id);
    let segments: Vec<_> = scope.segments().collect();
    let Some(at) = segments.iter().rposition(|segment| *segment == "providers") else { return Ok(()) };
    let (namespace, rest) =
        (segments.get(at + 1).copied().unwrap_or_default(), segments.get(at + 2..).unwrap_or_default());
    let kinds: Vec<_> = rest.iter().step_by(2).copied().collect();
    match (namespace, kinds.as_slice()) {
        (
            "microsoft.keyvault",
            ["vaults"] | ["vaults", "accesspolicies" | "secrets" | "keys"] | ["managedhsms"],
        )
        | ("microsoft.authorization", ["roleassignments" | "roledefinitions"])
        | ("microsoft.resources", ["deployments"]) => Ok(()),
        ("microsoft.keyvault" | "microsoft.authorization" | "microsoft.resources", _) => {
            let (namespace, kind) = planned.kind.split_once('/').unwrap_or_default();
            Err(ArmError::InvalidResourceType(namespace.to_owned(), kind.to_owned(), planned.version.clone()))
        }
        _ => Err(ArmError::InvalidResourceNamespace(
            planned.kind.split('/').next().unwrap_or_default().to_owned(),
        )),
    }
}

/// Evaluates what can be evaluated beforehand, and shows it to the providers.
async fn check(
    call: &Call<'_>,
    name: &str,
    prepared: &Prepared<'_>,
    invalid: &(impl Fn(String, TemplateError) -> ArmError + Sync),
) -> Result<(), ArmError> {
    let settled = prepared.settled();
    let mut refused = Vec::new();
    for planned in prepared.plan.iter().filter(|planned| !planned.skipped && !planned.existing) {
        let wrong = |why| invalid(planned.path.clone(), TemplateError::Resource(planned.name.clone(), why));
        let body = match apply::body(&settled, planned) {
            Ok(body) => body,
            // It will be known once what it asks for is there.
            Err(ExpressionError::Awaits(..)) => {
                apply::look_at(&settled, planned).map_err(wrong)?;
                continue;
            }
            Err(why) => return Err(wrong(why)),
        };
        let result = match planned.is_deployment() {
            true => nested(call, planned, &body).await,
            false => apply::check(call, planned, &body),
        };
        refused.extend(result.err());
    }
    for output in prepared.template.outputs.keys() {
        let looked_at = match apply::output(&settled, output) {
            Err(ExpressionError::Awaits(..)) => apply::look_at_output(&settled, output),
            other => other.map(drop),
        };
        looked_at.map_err(|why| {
            invalid(format!("outputs.{output}"), TemplateError::Output(output.clone(), why))
        })?;
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(ArmError::InvalidTemplateDeployment(name.to_owned(), call.draw.uuid(), refused)),
    }
}

/// A deployment inside is looked at too, unless it stands on what only the deployment around it makes.
async fn nested(call: &Call<'_>, planned: &Planned, body: &Value) -> Result<(), ArmError> {
    let (level, request) = (nested_level(&planned.id), nested_request(body)?);
    let text = body.to_string().into_bytes();
    match prepare(call, &level, &planned.name, &request.properties, &text).await {
        Ok(_)
        | Err(
            ArmError::ResourceGroupNotFound(_)
            | ArmError::VaultReferenceNotFound(_)
            | ArmError::SecretReferenceRefused(_)
            | ArmError::SeveralReferencesRefused(_),
        ) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Where a deployment inside is made.
pub(super) fn nested_level(id: &str) -> Level {
    let scope = Scope::parse(id);
    match scope.as_str().split('/').collect::<Vec<_>>().as_slice() {
        ["", _, _, groups, group, ..] if groups.eq_ignore_ascii_case("resourceGroups") => {
            Level::Group((*group).to_owned())
        }
        _ => Level::Subscription,
    }
}

/// The request of a deployment inside.
///
/// # Errors
/// 400 for a body that is none.
pub(super) fn nested_request(body: &Value) -> Result<Request, ArmError> {
    serde_json::from_value(body.clone()).map_err(|error| ArmError::InvalidRequestContent(error.to_string()))
}

/// `templateHash`: a number for the template, made as Azure makes its own, of members in the order of their names.
pub(super) fn template_hash(template: &Value) -> String {
    super::expression::hash(template.to_string().to_uppercase().as_bytes()).to_string()
}

/// Another id for the same deployment asked for again, kept with it.
pub(super) fn correlation(call: &Call<'_>) -> Uuid {
    let header = call.headers.get("x-ms-correlation-request-id").and_then(|value| value.to_str().ok());
    header.and_then(|text| text.parse().ok()).unwrap_or_else(|| call.draw.uuid())
}

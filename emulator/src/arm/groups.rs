//! Resource groups and the list of resources: routes, and what carries each out.

use http::StatusCode;

use super::bodies::{GroupBody, GroupParameters, Page, ProvisioningState, ResourceItem, read};
use super::error::ArmError;
use super::filter::{self, Term};
use super::route::Asked;
use super::store::groups::{Group, GroupChange};
use super::store::{hsms, vault_resource};
use super::{Call, reply};
use crate::authorization::scope::Scope;
use crate::http::reply::Reply;

/// One operation with what the request gave for it.
#[derive(Debug)]
pub(super) enum Operation {
    /// `GET ../resourceGroups`
    List,
    /// `PUT ../resourceGroups/{name}`
    Put(String, GroupChange),
    /// `PATCH ../resourceGroups/{name}`
    Update(String, GroupChange),
    /// `GET ../resourceGroups/{name}`
    Get(String),
    /// `HEAD ../resourceGroups/{name}`
    Exists(String),
    /// `DELETE ../resourceGroups/{name}`
    Delete(String),
    /// `GET ../resources`, of the subscription or of a group
    ListResources(Option<String>),
}

impl Operation {
    /// The operation that a request below a subscription asks for.
    ///
    /// # Errors
    /// 400, 404, 405.
    pub(super) fn route(asked: Asked<'_>) -> Result<Self, ArmError> {
        Ok(match (asked.method, asked.lower) {
            ("GET", ["resourcegroups"]) => Self::List,
            ("PUT", ["resourcegroups", _]) => Self::Put(asked.name(1), change(asked.body)?),
            ("PATCH", ["resourcegroups", _]) => Self::Update(asked.name(1), change(asked.body)?),
            ("GET", ["resourcegroups", _]) => Self::Get(asked.name(1)),
            ("HEAD", ["resourcegroups", _]) => Self::Exists(asked.name(1)),
            ("DELETE", ["resourcegroups", _]) => Self::Delete(asked.name(1)),
            ("GET", ["resources"]) => Self::ListResources(None),
            ("GET", ["resourcegroups", _, "resources"]) => Self::ListResources(Some(asked.name(1))),
            ("POST", ["resourcegroups", _, "exporttemplate"]) => {
                return Err(ArmError::NotEmulated("the export of a resource group".to_owned()));
            }
            _ => {
                return Err(asked.refused(&[
                    &["resourcegroups"],
                    &["resourcegroups", "*"],
                    &["resources"],
                    &["resourcegroups", "*", "resources"],
                ]));
            }
        })
    }
}

fn change(body: &[u8]) -> Result<GroupChange, ArmError> {
    let given: GroupParameters = read(body)?;
    Ok(GroupChange { location: given.location, tags: given.tags, managed_by: given.managed_by })
}

/// Carries out one operation.
///
/// # Errors
/// The situation in which it is refused.
pub(super) fn run(operation: Operation, call: &Call<'_>) -> Result<Reply, ArmError> {
    let (store, now) = (call.store, call.now);
    match operation {
        Operation::List => {
            let value = store.groups(now).into_iter().map(|group| body(call, group)).collect();
            reply::ok(&Page { value, next_link: None })
        }
        Operation::Put(name, change) => {
            let (group, written) = store.put_group(&name, change, call.stamp())?;
            reply::written(written, &body(call, group))
        }
        Operation::Update(name, change) => reply::ok(&body(call, store.update_group(&name, change, now)?)),
        Operation::Get(name) => reply::ok(&body(call, store.group(&name, now)?)),
        Operation::Exists(name) => match store.group(&name, now) {
            Ok(_) => Ok(reply::empty(StatusCode::NO_CONTENT)),
            Err(_) => Ok(reply::empty(StatusCode::NOT_FOUND)),
        },
        Operation::Delete(name) => {
            let gone_at = call.settles_at();
            store.delete_group(&name, now, gone_at)?;
            Ok(call.accepted("operationresults", gone_at))
        }
        Operation::ListResources(group) => resources(call, group.as_deref()),
    }
}

fn body(call: &Call<'_>, group: Group) -> GroupBody {
    GroupBody {
        id: group.scope(call.store).to_string(),
        kind: "Microsoft.Resources/resourceGroups",
        location: group.location.name(),
        properties: ProvisioningState { provisioning_state: group.provisioning_state() },
        managed_by: group.managed_by,
        tags: group.tags,
        name: group.name,
    }
}

fn resources(call: &Call<'_>, group: Option<&str>) -> Result<Reply, ArmError> {
    let terms = filter::parse(call.target.query("$filter"))?;
    let scope = match group {
        Some(name) => call.store.group(name, call.now)?.scope(call.store),
        None => call.store.scope(),
    };
    let vaults = call.store.vaults().into_iter().map(|vault| {
        let location = vault.vault.settings().location.name();
        (vault.scope, item(vault_resource::KIND, vault.name, location, vault.tags))
    });
    let hsms = call.store.hsms().into_iter().map(|hsm| {
        let location = hsm.location.name();
        (hsm.scope, item(hsms::KIND, hsm.name, location, hsm.tags))
    });
    let mut value = Vec::new();
    for (id, found) in vaults.chain(hsms).filter(|(id, _)| scope.contains(id)) {
        if admits(&terms, &id, &found)? {
            value.push(ResourceItem { id: id.to_string(), ..found });
        }
    }
    if let Some(top) = call.target.query("$top").and_then(|top| top.parse().ok()) {
        value.truncate(top);
    }
    reply::ok(&Page { value, next_link: None })
}

fn item(kind: &'static str, name: String, location: &'static str, tags: super::store::Tags) -> ResourceItem {
    ResourceItem { id: String::new(), name, kind, location, tags }
}

/// Whether all terms of the filter hold of a resource.
fn admits(terms: &[Term], id: &Scope, item: &ResourceItem) -> Result<bool, ArmError> {
    let same = |own: &str, asked: &str| own.eq_ignore_ascii_case(asked);
    let tag = terms.iter().find_map(|term| match term {
        Term::Equal(field, name) if field == "tagname" => item.tags.get(name),
        _ => None,
    });
    for term in terms {
        let Term::Equal(field, value) = term else {
            return Err(ArmError::InvalidFilter(format!("{term:?}")));
        };
        let holds = match field.as_str() {
            "resourcetype" => same(item.kind, value),
            "name" => same(&item.name, value),
            "location" => same(item.location, value),
            "resourcegroup" => id.segments().nth(3).is_some_and(|group| same(group, value)),
            "tagname" => item.tags.contains_key(value),
            "tagvalue" => tag.is_some_and(|own| own == value),
            _ => return Err(ArmError::InvalidFilter(format!("{field} eq '{value}'"))),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

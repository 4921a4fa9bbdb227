//! Groups and who belongs to them.

use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refusal::GraphError;
use super::{Call, Reply, bodies, list, member};
use crate::identity::directory::{Group, Object, Refusal};

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "@odata.id")]
    id: String,
}

impl Reference {
    /// The object id at the end of its URL.
    fn object_id(&self) -> Result<Uuid, GraphError> {
        let id = self.id.trim_end_matches('/').rsplit('/').next().and_then(|id| id.parse().ok());
        id.ok_or(GraphError::InvalidMember("@odata.id"))
    }
}

impl Call<'_> {
    pub(super) fn groups(&self) -> Result<Reply, GraphError> {
        let groups = self.directory.groups().into_iter().map(Object::Group);
        Ok(Reply::Found(self.list_of(groups, &self.filter()?)))
    }

    pub(super) fn create_group(&self) -> Result<Reply, GraphError> {
        let body: Map<String, Value> = self.body()?;
        let display_name = member(&body, "displayName", "Group")?.to_owned();
        let nickname = member(&body, "mailNickname", "Group")?.to_owned();
        let description = body.get("description").and_then(Value::as_str).map(str::to_owned);
        let created = self.directory.create_group(display_name, nickname, description)?;
        Ok(Reply::Created(bodies::group(&created)))
    }

    pub(super) fn group(&self, method: &Method, key: &str, rest: &[&str]) -> Result<Reply, GraphError> {
        let found = key.parse().ok().and_then(|id| self.directory.object(id));
        let Some(Object::Group(group)) = found else { return Err(GraphError::NotFound(key.to_owned())) };
        match (method, rest) {
            (&Method::GET, []) => Ok(Reply::Found(self.selected(&Object::Group(group)))),
            (&Method::DELETE, []) => self.remove(group.id),
            (&Method::GET, ["members" | "transitiveMembers"]) => {
                let members = group.members.iter().filter_map(|id| self.directory.object(*id));
                Ok(Reply::Found(list(members.map(|object| self.selected(&object)).collect())))
            }
            (&Method::GET, ["owners"]) => Ok(Reply::Found(list(Vec::new()))),
            (&Method::POST, ["members", "$ref"]) => self.join(&group),
            (&Method::DELETE, ["members", member, "$ref"]) => self.leave(&group, member),
            _ => self.members_of(method, group.id, rest),
        }
    }

    fn join(&self, group: &Group) -> Result<Reply, GraphError> {
        let member = self.body::<Reference>()?.object_id()?;
        let object = self.directory.object(member).filter(|object| !matches!(object, Object::Application(_)));
        object.ok_or_else(|| GraphError::NotFound(member.to_string()))?;
        let joined = self.change_group(group.id, |members| {
            let is_new = !members.contains(&member);
            if is_new {
                members.push(member);
            }
            is_new
        })?;
        if joined { Ok(Reply::Done) } else { Err(GraphError::ReferenceExists) }
    }

    fn leave(&self, group: &Group, member: &str) -> Result<Reply, GraphError> {
        let unknown = || GraphError::NotFound(member.to_owned());
        let id: Uuid = member.parse().map_err(|_| unknown())?;
        let left = self.change_group(group.id, |members| {
            let before = members.len();
            members.retain(|member| *member != id);
            members.len() < before
        })?;
        if left { Ok(Reply::Done) } else { Err(unknown()) }
    }

    fn change_group<T>(&self, id: Uuid, change: impl FnOnce(&mut Vec<Uuid>) -> T) -> Result<T, GraphError> {
        let changed = self.directory.change(id, |object| match object {
            Object::Group(group) => Ok(change(&mut group.members)),
            _ => Err(Refusal::NotFound(id)),
        });
        Ok(changed?)
    }

    /// What is asked below an object about the groups that it belongs to.
    pub(super) fn members_of(&self, method: &Method, id: Uuid, rest: &[&str]) -> Result<Reply, GraphError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Candidates {
            group_ids: Vec<Uuid>,
        }
        let ids = |ids: Vec<Uuid>| Ok(Reply::Found(list(ids.into_iter().map(|id| json!(id)).collect())));
        match (method, rest) {
            (&Method::POST, ["getMemberGroups" | "getMemberObjects"]) => ids(self.directory.groups_of(id)),
            (&Method::POST, ["checkMemberGroups"]) => {
                let Candidates { group_ids } = self.body()?;
                let groups = self.directory.groups_of(id);
                ids(group_ids.into_iter().filter(|id| groups.contains(id)).collect())
            }
            (&Method::GET, ["memberOf"]) => self.found_groups(|group| group.members.contains(&id)),
            (&Method::GET, ["transitiveMemberOf"]) => {
                let groups = self.directory.groups_of(id);
                self.found_groups(|group| groups.contains(&group.id))
            }
            _ => Err(self.not_emulated(method, rest)),
        }
    }

    fn found_groups(&self, wanted: impl Fn(&Group) -> bool) -> Result<Reply, GraphError> {
        let groups = self.directory.groups().into_iter().filter(wanted).map(Object::Group);
        Ok(Reply::Found(self.list_of(groups, &self.filter()?)))
    }
}

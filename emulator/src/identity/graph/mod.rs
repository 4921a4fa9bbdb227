//! The directory's door, `graph.microsoft.com`: what `az ad`, `az keyvault set-policy` and `az role assignment` ask.
//!
//! Whoever has a token may read and change everything. A list is one page. People and applications who are looked up by
//! name appear, unless the directory is closed. Source: identity-and-control-plane.md section 4.3, and the Microsoft
//! Graph v1.0 reference. It must not keep anything: that is the directory's.

mod applications;
mod bodies;
mod members;
mod query;
mod refusal;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::query::{Filter, select};
use self::refusal::GraphError;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::http::auth::bearer_token;
use crate::http::origin::Origin;
use crate::http::target::Target;
use crate::identity::directory::{Directory, Object, Refusal, Secret, User, UserPrincipalName};
use crate::identity::tokens::{Caller, CallerType};
use crate::identity::{Identity, answer_json};
use crate::journal;
use crate::timestamp::Timestamp;

/// By what tokens for Graph name it.
const AUDIENCES: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// Whether a path on this machine's own names is Graph's (identity-and-control-plane.md section 7).
pub(super) fn owns(path: &str) -> bool {
    path.starts_with("/v1.0/") || path.starts_with("/beta/")
}

/// What is answered to a request that is carried out.
enum Reply {
    Found(Value),
    Created(Value),
    Done,
}

/// One request, and all that it may use.
struct Call<'a> {
    directory: &'a Directory,
    draw: &'a Chance,
    caller: &'a Caller,
    now: Timestamp,
    target: &'a Target<'a>,
    body: &'a [u8],
}

impl Identity {
    /// Answers a request to Graph.
    pub fn graph(&self, origin: &Origin, parts: &Parts, body: &[u8]) -> Response<Bytes> {
        let now = Clock::wall();
        // In a cloud of one's own, Graph is named by the address that it is called at.
        let (own, slash) = (origin.url(), format!("{}/", origin.url()));
        let mut audiences = AUDIENCES.to_vec();
        audiences.extend([own.as_str(), slash.as_str()]);
        let token = bearer_token(&parts.headers).ok_or(GraphError::NoToken);
        let caller = token.and_then(|token| self.verify(token, &audiences, now).map_err(GraphError::Token));
        let who = caller.as_ref().ok().map(journal::Caller::from);
        let result = caller.and_then(|caller| self.carry_out(&caller, parts, body, now));
        let mut response = self.answer_graph(result, now);
        if let Some(who) = who {
            response.extensions_mut().insert(who);
        }
        response
    }

    fn answer_graph(&self, result: Result<Reply, GraphError>, now: Timestamp) -> Response<Bytes> {
        match result {
            Ok(Reply::Found(value)) => answer_json(StatusCode::OK, &value),
            Ok(Reply::Created(value)) => answer_json(StatusCode::CREATED, &value),
            Ok(Reply::Done) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Err(error) => error.answer(self.draw.uuid(), now),
        }
    }

    fn carry_out(
        &self,
        caller: &Caller,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Reply, GraphError> {
        let target = Target::of(&parts.uri);
        let call = Call { directory: self.directory(), draw: &self.draw, caller, now, target: &target, body };
        let segments: Vec<String> = target.segments().into_iter().flat_map(keyed).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["v1.0" | "beta", path @ ..] => call.route(&parts.method, path),
            _ => Err(GraphError::NotEmulated(parts.uri.path().to_owned())),
        }
    }
}

/// `users('x')` is `users`, `x`, and `applications(appId='x')` is `applications`, `appId=x`.
fn keyed(segment: &str) -> Vec<String> {
    let Some((collection, key)) = segment.strip_suffix(')').and_then(|rest| rest.split_once('(')) else {
        return vec![segment.to_owned()];
    };
    vec![collection.to_owned(), key.replace('\'', "")]
}

impl Call<'_> {
    fn route(&self, method: &Method, path: &[&str]) -> Result<Reply, GraphError> {
        let get = method == Method::GET;
        match path {
            ["me"] if get => Ok(Reply::Found(self.selected(&Object::User(self.directory_user()?)))),
            ["me", "ownedObjects"] if get => Ok(Reply::Found(list(Vec::new()))),
            ["me", rest @ ..] => self.members_of(method, self.directory_user()?.id, rest),
            ["users"] if get => self.users(),
            ["users"] if method == Method::POST => self.create_user(),
            ["users", user, rest @ ..] => self.user(method, user, rest),
            ["groups"] if get => self.groups(),
            ["groups"] if method == Method::POST => self.create_group(),
            ["groups", group, rest @ ..] => self.group(method, group, rest),
            ["applications", rest @ ..] => self.applications(method, rest),
            ["servicePrincipals", rest @ ..] => self.service_principals(method, rest),
            ["directoryObjects", "getByIds"] if method == Method::POST => self.objects_by_ids(),
            ["directoryObjects", id, rest @ ..] => self.directory_object(method, id, rest),
            _ => Err(self.not_emulated(method, path)),
        }
    }

    fn not_emulated(&self, method: &Method, path: &[&str]) -> GraphError {
        GraphError::NotEmulated(format!("{method} /{}", path.join("/")))
    }

    /// The user who calls; an application has none.
    fn directory_user(&self) -> Result<User, GraphError> {
        if self.caller.kind != CallerType::User {
            return Err(GraphError::NotDelegated);
        }
        let id = self.caller.object_id;
        self.directory.user(id).ok_or_else(|| GraphError::NotFound(id.to_string()))
    }

    fn users(&self) -> Result<Reply, GraphError> {
        let filter = self.filter()?;
        for name in filter.texts_of("userPrincipalName").chain(filter.texts_of("mail")) {
            let named = UserPrincipalName::parse(name).and_then(|name| self.directory.user_named(&name));
            // Looking somebody up by the developer's second name must find the developer.
            if let Some(user) = named.filter(|user| user.user_principal_name.as_str() != name) {
                return Ok(Reply::Found(list(vec![self.selected(&Object::User(user))])));
            }
        }
        let users = self.directory.users().into_iter().map(Object::User);
        Ok(Reply::Found(self.list_of(users, &filter)))
    }

    fn create_user(&self) -> Result<Reply, GraphError> {
        let body: Map<String, Value> = self.body()?;
        let name = member(&body, "userPrincipalName", "User")?;
        let name = UserPrincipalName::parse(name).ok_or(GraphError::InvalidMember("userPrincipalName"))?;
        let display_name = member(&body, "displayName", "User")?.to_owned();
        let password = body.get("passwordProfile").and_then(|profile| profile["password"].as_str());
        let password = password.filter(|password| !password.is_empty());
        let password = password.ok_or(GraphError::MissingMember("passwordProfile", "User"))?;
        let created = self.directory.create_user(name, display_name, Some(Secret::of(password)))?;
        Ok(Reply::Created(bodies::user(&created)))
    }

    fn user(&self, method: &Method, key: &str, rest: &[&str]) -> Result<Reply, GraphError> {
        let by_id = key.parse().ok().and_then(|id| self.directory.user(id));
        let by_name = || UserPrincipalName::parse(key).and_then(|name| self.directory.user_named(&name));
        let user = by_id.or_else(by_name).ok_or_else(|| GraphError::NotFound(key.to_owned()))?;
        match (method, rest) {
            (&Method::GET, []) => Ok(Reply::Found(self.selected(&Object::User(user)))),
            (&Method::DELETE, []) => self.remove(user.id),
            (&Method::PATCH, []) => self.update_user(user.id),
            _ => self.members_of(method, user.id, rest),
        }
    }

    fn update_user(&self, id: Uuid) -> Result<Reply, GraphError> {
        let body: Map<String, Value> = self.body()?;
        let display_name = body.get("displayName").and_then(Value::as_str);
        let password = body.get("passwordProfile").and_then(|profile| profile["password"].as_str());
        self.directory.change(id, |object| {
            let Object::User(user) = object else { return Err(Refusal::NotFound(id)) };
            if let Some(name) = display_name {
                name.clone_into(&mut user.display_name);
            }
            if let Some(password) = password {
                user.password = Some(Secret::of(password));
            }
            Ok(())
        })?;
        Ok(Reply::Done)
    }

    /// Objects of any kind by their ids; those that are nobody's are left out.
    fn objects_by_ids(&self) -> Result<Reply, GraphError> {
        #[derive(serde::Deserialize)]
        struct Ids {
            ids: Vec<Uuid>,
        }
        let Ids { ids } = self.body()?;
        let found = ids.into_iter().filter_map(|id| self.directory.object(id));
        Ok(Reply::Found(list(found.map(|object| self.shown(&object)).collect())))
    }

    fn directory_object(&self, method: &Method, key: &str, rest: &[&str]) -> Result<Reply, GraphError> {
        let object = key.parse().ok().and_then(|id| self.directory.object(id));
        let object = object.ok_or_else(|| GraphError::NotFound(key.to_owned()))?;
        match (method, rest) {
            (&Method::GET, []) => Ok(Reply::Found(self.selected(&object))),
            (&Method::DELETE, []) => self.remove(object.id()),
            _ => self.members_of(method, object.id(), rest),
        }
    }

    fn remove(&self, id: Uuid) -> Result<Reply, GraphError> {
        self.directory.remove(id)?;
        Ok(Reply::Done)
    }

    fn body<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        serde_json::from_slice(self.body).map_err(|error| GraphError::Body(error.to_string()))
    }

    fn filter(&self) -> Result<Filter, GraphError> {
        match self.target.query("$filter") {
            None => Ok(Filter::default()),
            Some(text) => Filter::parse(text).ok_or_else(|| GraphError::Filter(text.to_owned())),
        }
    }

    fn shown(&self, object: &Object) -> Value {
        bodies::object(object, |app_id| self.directory.application_of(app_id))
    }

    fn selected(&self, object: &Object) -> Value {
        select(self.shown(object), self.target.query("$select"))
    }

    fn list_of(&self, objects: impl Iterator<Item = Object>, filter: &Filter) -> Value {
        let shown = objects.map(|object| self.shown(&object)).filter(|shown| filter.is_met_by(shown));
        list(shown.map(|shown| select(shown, self.target.query("$select"))).collect())
    }
}

/// A page of objects or ids.
fn list(value: Vec<Value>) -> Value {
    let context = json!("https://graph.microsoft.com/v1.0/$metadata#directoryObjects");
    let members = [("@odata.context".to_owned(), context), ("value".to_owned(), Value::Array(value))];
    Value::Object(members.into_iter().collect())
}

/// A text that a body must have.
fn member<'a>(
    body: &'a Map<String, Value>,
    name: &'static str,
    resource: &'static str,
) -> Result<&'a str, GraphError> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or(GraphError::MissingMember(name, resource))
}

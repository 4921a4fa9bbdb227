//! The directory of the one tenant: who there is, under which object ids.
//!
//! # Who is the developer
//!
//! One user is the person at the keyboard: whoever logs in without saying a name (device code, browser), every bearer
//! string of another issuer, and the machine's own managed identity ([`SystemIdentity`]). `--user` names them. Without it
//! they are [`DEFAULT_USER`], the name that Microsoft's quickstarts print, *and* the first other name that anybody logs in
//! with or looks up: a reader who types their own address at `az keyvault set-policy --upn` means themselves
//! (identity-and-control-plane.md P14). Every later name is a user of its own.
//!
//! Object ids are drawn from names, never at random: the same name has the same id in every run, so that a token that
//! outlives a restart still names somebody. It must not read a clock, nor judge what a principal may do.

mod appearance;
mod creation;
mod objects;
mod seeding;
mod snapshot;

use std::collections::BTreeMap;

use parking_lot::RwLock;
use uuid::Uuid;

pub(super) use self::appearance::developer_id;
pub use self::appearance::system_app_id;
use self::appearance::{seeded_application, service_principal, user, user_id};
pub use self::objects::{
    Application, Credentials, FederatedCredential, Group, KeyCredential, Object, PasswordCredential, Secret,
    ServicePrincipal, ServicePrincipalType, User, UserPrincipalName,
};

pub use self::snapshot::DirectoryRecord;

/// The developer's name unless `--user` gives another: what the quickstarts print.
pub const DEFAULT_USER: &str = "user@domain.com";

/// How many objects there may be, as in a new tenant of Entra's; from then on nobody appears by first use.
const QUOTA: usize = 50_000;

/// Whether somebody unknown comes into being when they are first named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// Users, applications and managed identities appear on first use.
    #[default]
    FirstUse,
    /// Only those that were named at the start or created through Graph are there.
    Closed,
}

/// Whose the machine's own (system-assigned) managed identity is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SystemIdentity {
    /// The developer's, so that `DefaultAzureCredential()` is the one to whom `az` gave permissions.
    #[default]
    Developer,
    /// Its own, as on Azure.
    Own,
}

/// Whom a token of the machine's own identity names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemAssigned {
    /// The developer.
    Developer(User),
    /// A principal of its own.
    Own(ServicePrincipal),
}

/// What a directory is told at the start.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Users from the start; the first is the developer.
    pub users: Vec<UserPrincipalName>,
    /// Applications from the start, by client id; one without a secret takes any.
    pub applications: Vec<(Uuid, Option<Secret>)>,
    /// Whether others appear on first use.
    pub admission: Admission,
    /// Who the system-assigned identity is.
    pub system_identity: SystemIdentity,
}

/// Why something was not created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another object has the name or id that must be unique: which member.
    Taken(&'static str),
    /// No such object.
    NotFound(Uuid),
    /// The tenant is full.
    Quota,
}

/// The directory.
#[derive(Debug)]
pub struct Directory {
    tenant: Uuid,
    rules: Rules,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<Uuid, User>,
    groups: BTreeMap<Uuid, Group>,
    applications: BTreeMap<Uuid, Application>,
    principals: BTreeMap<Uuid, ServicePrincipal>,
    /// Whether the developer still goes by [`DEFAULT_USER`] alone.
    developer_unnamed: bool,
    /// How many objects were created by name; names that recur get different ids by it.
    created: u64,
}

impl Directory {
    /// A tenant's directory as `rules` say.
    #[must_use]
    pub fn new(tenant: Uuid, rules: Rules) -> Self {
        let mut state = State {
            developer_unnamed: rules.users.is_empty() && rules.admission == Admission::FirstUse,
            ..State::default()
        };
        let developer = rules.users.first().cloned().unwrap_or_default();
        let others = rules.users.iter().skip(1).map(|name| (user_id(tenant, name), name.clone()));
        for (id, name) in [(developer_id(tenant), developer)].into_iter().chain(others) {
            state.users.insert(id, user(id, name));
        }
        for (app_id, secret) in &rules.applications {
            let principal = service_principal(tenant, *app_id, ServicePrincipalType::Application);
            state.principals.insert(principal.id, principal);
            let application = seeded_application(tenant, *app_id, secret.clone());
            state.applications.insert(application.id, application);
        }
        Self { tenant, rules, state: RwLock::new(state) }
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> Uuid {
        self.tenant
    }

    /// The tenant's first domain: the developer's at the start.
    #[must_use]
    pub fn default_domain(&self) -> String {
        self.rules.users.first().cloned().unwrap_or_default().domain().to_owned()
    }

    /// Whether unknown people and applications appear on first use.
    #[must_use]
    pub const fn admission(&self) -> Admission {
        self.rules.admission
    }

    /// The person at the keyboard.
    #[must_use]
    pub fn developer(&self) -> User {
        let id = developer_id(self.tenant);
        // There from the start, and `remove` refuses them.
        self.user(id).unwrap_or_else(|| user(id, UserPrincipalName::default()))
    }

    /// The user of that object id.
    #[must_use]
    pub fn user(&self, id: Uuid) -> Option<User> {
        self.state.read().users.get(&id).cloned()
    }

    /// The user of that name; one who is unknown appears, unless the directory is closed.
    pub fn user_named(&self, name: &UserPrincipalName) -> Option<User> {
        if let Some(found) = self.named(&self.state.read(), name) {
            return Some(found);
        }
        let mut state = self.admitting()?;
        if let Some(found) = self.named(&state, name) {
            return Some(found);
        }
        let id = match state.developer_unnamed {
            true => developer_id(self.tenant),
            false => user_id(self.tenant, name),
        };
        Some(self.appear(&mut state, id, name))
    }

    /// The user of that object id, whom a token of an earlier run may name: then they appear again.
    pub fn user_again(&self, id: Uuid, name: &UserPrincipalName) -> Option<User> {
        let unnamed = self.state.read().developer_unnamed && id == developer_id(self.tenant);
        if let Some(found) = self.user(id).filter(|user| !unnamed || user.user_principal_name == *name) {
            return Some(found);
        }
        let mut state = self.admitting()?;
        Some(self.appear(&mut state, id, name))
    }

    fn appear(&self, state: &mut State, id: Uuid, name: &UserPrincipalName) -> User {
        if id == developer_id(self.tenant) {
            state.developer_unnamed = false;
        }
        let appeared = user(id, name.clone());
        state.users.insert(id, appeared.clone());
        appeared
    }

    /// The service principal of that object id.
    #[must_use]
    pub fn service_principal(&self, id: Uuid) -> Option<ServicePrincipal> {
        self.state.read().principals.get(&id).cloned()
    }

    /// The service principal of an application; one of an unknown client id appears, unless the directory is closed,
    /// the application is registered without one, or the id is some object's and so no client id.
    pub fn service_principal_of(&self, app_id: Uuid) -> Option<ServicePrincipal> {
        self.principal_appearing(app_id, ServicePrincipalType::Application)
    }

    /// The machine's own managed identity: the developer, or a principal of its own.
    #[must_use]
    pub fn system_identity(&self) -> SystemAssigned {
        match self.rules.system_identity {
            SystemIdentity::Developer => SystemAssigned::Developer(self.developer()),
            SystemIdentity::Own => {
                let app_id = system_app_id(self.tenant);
                let own = service_principal(self.tenant, app_id, ServicePrincipalType::ManagedIdentity);
                SystemAssigned::Own(self.state.write().principals.entry(own.id).or_insert(own).clone())
            }
        }
    }

    /// The user-assigned identity of a client id; it appears as [`Self::service_principal_of`] says.
    pub fn user_assigned_identity(&self, client_id: Uuid) -> Option<ServicePrincipal> {
        self.principal_appearing(client_id, ServicePrincipalType::ManagedIdentity)
    }

    /// The user-assigned identity of a resource id `/subscriptions/../userAssignedIdentities/NAME`, compared without
    /// case; it appears unless the directory is closed.
    pub fn user_assigned_identity_at(&self, resource_id: &str) -> Option<ServicePrincipal> {
        let client_id = self.client_id_at(resource_id);
        let found = self.principal_appearing(client_id, ServicePrincipalType::ManagedIdentity)?;
        let mut state = self.state.write();
        let principal = state.principals.get_mut(&found.id)?;
        principal.resource_id = Some(resource_id.to_owned());
        if let Some((_, name)) = resource_id.rsplit_once('/') {
            name.clone_into(&mut principal.display_name);
        }
        Some(principal.clone())
    }

    /// The client id of the user-assigned identity of a resource id.
    fn client_id_at(&self, resource_id: &str) -> Uuid {
        Uuid::new_v5(&self.tenant, resource_id.to_ascii_lowercase().as_bytes())
    }

    fn principal_appearing(&self, app_id: Uuid, kind: ServicePrincipalType) -> Option<ServicePrincipal> {
        let find = |state: &State| state.principals.values().find(|p| p.app_id == app_id).cloned();
        if let Some(found) = find(&self.state.read()) {
            return Some(found);
        }
        let mut state = self.admitting()?;
        let registered = state.applications.values().any(|application| application.app_id == app_id);
        if registered || state.object(app_id).is_some() {
            return find(&state);
        }
        let appeared = service_principal(self.tenant, app_id, kind);
        Some(state.principals.entry(appeared.id).or_insert(appeared).clone())
    }

    /// The groups that a principal belongs to, directly or through groups.
    #[must_use]
    pub fn groups_of(&self, member: Uuid) -> Vec<Uuid> {
        let state = self.state.read();
        let mut found: Vec<Uuid> = Vec::new();
        if state.groups.is_empty() {
            return found;
        }
        let mut open = vec![member];
        while let Some(member) = open.pop() {
            for group in state.groups.values().filter(|group| group.members.contains(&member)) {
                if !found.contains(&group.id) {
                    found.push(group.id);
                    open.push(group.id);
                }
            }
        }
        found
    }

    /// The object of that id, of whatever kind.
    #[must_use]
    pub fn object(&self, id: Uuid) -> Option<Object> {
        self.state.read().object(id)
    }

    /// Every user, by object id.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.state.read().users.values().cloned().collect()
    }

    /// Every group, by object id.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        self.state.read().groups.values().cloned().collect()
    }

    /// Every registered application, by object id.
    #[must_use]
    pub fn applications(&self) -> Vec<Application> {
        self.state.read().applications.values().cloned().collect()
    }

    /// Every service principal, by object id.
    #[must_use]
    pub fn service_principals(&self) -> Vec<ServicePrincipal> {
        self.state.read().principals.values().cloned().collect()
    }

    /// The registered application of a client id.
    #[must_use]
    pub fn application_of(&self, app_id: Uuid) -> Option<Application> {
        self.state.read().applications.values().find(|application| application.app_id == app_id).cloned()
    }

    /// Who goes by that name: the developer by two, unless `--user` names them.
    fn named(&self, state: &State, name: &UserPrincipalName) -> Option<User> {
        let by_default = self.rules.users.is_empty() && *name == UserPrincipalName::default();
        let mut users = state.users.values();
        match by_default {
            true => state.users.get(&developer_id(self.tenant)).cloned(),
            false => users.find(|user| user.user_principal_name == *name).cloned(),
        }
    }

    /// The state, if somebody unknown may appear in it.
    fn admitting(&self) -> Option<parking_lot::RwLockWriteGuard<'_, State>> {
        match self.rules.admission {
            Admission::Closed => None,
            Admission::FirstUse => self.creating().ok(),
        }
    }

    fn creating(&self) -> Result<parking_lot::RwLockWriteGuard<'_, State>, Refusal> {
        let state = self.state.write();
        if state.count() < QUOTA { Ok(state) } else { Err(Refusal::Quota) }
    }
}

impl State {
    fn object(&self, id: Uuid) -> Option<Object> {
        let user = self.users.get(&id).cloned().map(Object::User);
        user.or_else(|| self.groups.get(&id).cloned().map(Object::Group))
            .or_else(|| self.principals.get(&id).cloned().map(Object::ServicePrincipal))
            .or_else(|| self.applications.get(&id).cloned().map(Object::Application))
    }

    fn count(&self) -> usize {
        self.users.len() + self.groups.len() + self.applications.len() + self.principals.len()
    }

    /// The id of the next object of that name.
    fn next_id(&mut self, tenant: Uuid, kind: &str, name: &str) -> Uuid {
        self.created += 1;
        Uuid::new_v5(&tenant, format!("{kind} {name} {}", self.created).as_bytes())
    }
}

#[cfg(test)]
mod tests;

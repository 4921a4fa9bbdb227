//! Principals that are to be there, as contents say: made if they are missing, changed if they are there.

use uuid::Uuid;

use super::appearance::{developer_id, seeded_application, service_principal, user, user_id};
use super::objects::{Group, Secret, ServicePrincipal, ServicePrincipalType, UserPrincipalName};
use super::{Directory, Refusal};

impl Directory {
    /// A user of that name; never the developer by being the first one named.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn settle_user(
        &self,
        name: UserPrincipalName,
        display_name: Option<String>,
        password: Option<Secret>,
    ) -> Result<(), Refusal> {
        let mut state = self.creating()?;
        let found = self.named(&state, &name);
        let mut settled = found.unwrap_or_else(|| user(user_id(self.tenant, &name), name));
        settled.display_name = display_name.unwrap_or(settled.display_name);
        settled.password = password;
        state.users.insert(settled.id, settled);
        Ok(())
    }

    /// An application of that client id with its service principal, and this secret only.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn settle_application(
        &self,
        app_id: Uuid,
        display_name: Option<String>,
        secret: Option<Secret>,
    ) -> Result<(), Refusal> {
        let mut state = self.creating()?;
        let mut application = seeded_application(self.tenant, app_id, secret);
        let mut principal = service_principal(self.tenant, app_id, ServicePrincipalType::Application);
        if let Some(name) = display_name {
            application.display_name.clone_from(&name);
            principal.display_name = name;
        }
        state.applications.insert(application.id, application);
        state.principals.insert(principal.id, principal);
        Ok(())
    }

    /// The user-assigned identity of that resource id.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn settle_managed_identity(&self, resource_id: &str) -> Result<(), Refusal> {
        let mut state = self.creating()?;
        let client_id = self.client_id_at(resource_id);
        let bare = service_principal(self.tenant, client_id, ServicePrincipalType::ManagedIdentity);
        let name = resource_id.rsplit('/').next().unwrap_or_default().to_owned();
        let settled =
            ServicePrincipal { display_name: name, resource_id: Some(resource_id.to_owned()), ..bare };
        state.principals.insert(settled.id, settled);
        Ok(())
    }

    /// A group of that name with these members and no others.
    ///
    /// # Errors
    /// [`Refusal::Quota`].
    pub fn settle_group(&self, name: &str, members: Vec<Uuid>) -> Result<(), Refusal> {
        let mut state = self.creating()?;
        let found = state.groups.values().find(|group| group.display_name == name).cloned();
        let settled = found.unwrap_or_else(|| Group {
            id: Uuid::new_v5(&self.tenant, format!("group {name}").as_bytes()),
            display_name: name.to_owned(),
            mail_nickname: name.to_owned(),
            description: None,
            members: Vec::new(),
        });
        state.groups.insert(settled.id, Group { members, ..settled });
        Ok(())
    }

    /// The object id of whom a person writes down: `developer`, a sign-in name, a client id or an object id, a group's
    /// name, a managed identity's resource id.
    #[must_use]
    pub fn principal_called(&self, text: &str) -> Option<Uuid> {
        let state = self.state.read();
        if let Ok(id) = text.parse::<Uuid>() {
            return Some(state.principals.values().find(|one| one.app_id == id).map_or(id, |one| one.id));
        }
        if text == "developer" {
            return Some(developer_id(self.tenant));
        }
        let person = UserPrincipalName::parse(text).and_then(|name| self.named(&state, &name));
        let group = || state.groups.values().find(|group| group.display_name == text).map(|group| group.id);
        let identity = || {
            let here = |one: &&ServicePrincipal| {
                one.resource_id.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(text))
            };
            state.principals.values().find(here).map(|one| one.id)
        };
        person.map(|user| user.id).or_else(group).or_else(identity)
    }
}

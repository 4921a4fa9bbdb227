//! Objects that somebody creates, changes and removes, as opposed to those that appear on first use.
//!
//! Uniqueness is decided here, under one lock.

use uuid::Uuid;

use super::appearance::{application_object_id, developer_id, service_principal, user, user_id};
use super::objects::{
    Application, Credentials, Group, Object, Secret, ServicePrincipal, ServicePrincipalType, User,
    UserPrincipalName,
};
use super::{Directory, Refusal};
use crate::timestamp::Timestamp;

impl Directory {
    /// Creates a user.
    ///
    /// # Errors
    /// [`Refusal::Taken`] if somebody has the name, [`Refusal::Quota`].
    pub fn create_user(
        &self,
        name: UserPrincipalName,
        display_name: String,
        password: Option<Secret>,
    ) -> Result<User, Refusal> {
        let mut state = self.creating()?;
        if self.named(&state, &name).is_some() {
            return Err(Refusal::Taken("userPrincipalName"));
        }
        let id = user_id(self.tenant, &name);
        let created = User { display_name, password, ..user(id, name) };
        state.users.insert(id, created.clone());
        Ok(created)
    }

    /// Creates a group without members.
    ///
    /// # Errors
    /// [`Refusal::Quota`]; a name may recur.
    pub fn create_group(
        &self,
        display_name: String,
        mail_nickname: String,
        description: Option<String>,
    ) -> Result<Group, Refusal> {
        let mut state = self.creating()?;
        let id = state.next_id(self.tenant, "group", &display_name);
        let created = Group { id, display_name, mail_nickname, description, members: Vec::new() };
        state.groups.insert(id, created.clone());
        Ok(created)
    }

    /// Registers an application, without a service principal.
    ///
    /// # Errors
    /// [`Refusal::Quota`]; a name may recur.
    pub fn register(
        &self,
        display_name: String,
        identifier_uris: Vec<String>,
        created: Timestamp,
    ) -> Result<Application, Refusal> {
        let mut state = self.creating()?;
        let app_id = state.next_id(self.tenant, "application", &display_name);
        let registered = Application {
            id: application_object_id(self.tenant, app_id),
            app_id,
            display_name,
            identifier_uris,
            redirect_uris: Vec::new(),
            credentials: Credentials::default(),
            created,
        };
        state.applications.insert(registered.id, registered.clone());
        Ok(registered)
    }

    /// Gives a registered application its service principal.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if it is not registered, [`Refusal::Taken`] if it has one.
    pub fn create_service_principal(&self, app_id: Uuid) -> Result<ServicePrincipal, Refusal> {
        let mut state = self.creating()?;
        let application = state.applications.values().find(|application| application.app_id == app_id);
        let display_name = application.ok_or(Refusal::NotFound(app_id))?.display_name.clone();
        if state.principals.values().any(|principal| principal.app_id == app_id) {
            return Err(Refusal::Taken("servicePrincipalNames"));
        }
        let made = service_principal(self.tenant, app_id, ServicePrincipalType::Application);
        let made = ServicePrincipal { display_name, ..made };
        state.principals.insert(made.id, made.clone());
        Ok(made)
    }

    /// Changes a group, an application or a user by `change`, all at once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or what `change` says; then nothing has changed.
    pub fn change<T>(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut Object) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.state.write();
        let mut object = state.object(id).ok_or(Refusal::NotFound(id))?;
        let result = change(&mut object)?;
        match object {
            Object::User(user) => drop(state.users.insert(id, user)),
            Object::Group(group) => drop(state.groups.insert(id, group)),
            Object::Application(application) => drop(state.applications.insert(id, application)),
            Object::ServicePrincipal(principal) => drop(state.principals.insert(id, principal)),
        }
        Ok(result)
    }

    /// Removes an object from the directory and from every group; an application takes its principal along. The
    /// developer stays: somebody has to sit at the keyboard.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn remove(&self, id: Uuid) -> Result<(), Refusal> {
        let mut state = self.state.write();
        let object = state.object(id).filter(|_| id != developer_id(self.tenant));
        let mut gone = vec![id];
        match object.ok_or(Refusal::NotFound(id))? {
            Object::User(_) => drop(state.users.remove(&id)),
            Object::Group(_) => drop(state.groups.remove(&id)),
            Object::ServicePrincipal(_) => drop(state.principals.remove(&id)),
            Object::Application(Application { app_id, .. }) => {
                state.applications.remove(&id);
                gone.extend(state.principals.values().filter(|p| p.app_id == app_id).map(|p| p.id));
                state.principals.retain(|_, principal| principal.app_id != app_id);
            }
        }
        for group in state.groups.values_mut() {
            group.members.retain(|member| !gone.contains(member));
        }
        Ok(())
    }
}

//! Whom the directory holds from the start: users, applications, managed identities, groups.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{Contents, ContentsError};
use crate::identity::directory::{Directory, Refusal, Secret, UserPrincipalName};

/// A user.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UserContents {
    /// For people; by default what stands before the `@`.
    display_name: Option<String>,
    /// The only right one; without it any is.
    password: Option<String>,
}

/// An application and its service principal.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ApplicationContents {
    /// For people; by default the client id.
    display_name: Option<String>,
    /// The only right client secret; without it any is.
    secret: Option<String>,
}

/// A group.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GroupContents {
    /// Who is in it: sign-in names, client ids, object ids, resource ids of managed identities, or `developer`.
    members: Vec<String>,
}

/// Everybody.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct People {
    /// Users by sign-in name, `user@domain.com`.
    users: BTreeMap<String, UserContents>,
    /// Applications by client id, a GUID.
    #[schemars(with = "BTreeMap<String, ApplicationContents>")]
    applications: BTreeMap<Uuid, ApplicationContents>,
    /// User-assigned managed identities, by resource id.
    managed_identities: Vec<String>,
    /// Groups by name.
    groups: BTreeMap<String, GroupContents>,
}

impl fmt::Debug for UserContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserContents").field("display_name", &self.display_name).finish_non_exhaustive()
    }
}

impl fmt::Debug for ApplicationContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationContents")
            .field("display_name", &self.display_name)
            .finish_non_exhaustive()
    }
}

impl Contents {
    /// Puts everybody into the directory, or makes them anew what the contents say they are. Others stay.
    ///
    /// # Errors
    /// One line that names who cannot be.
    pub fn people_into(&self, directory: &Directory) -> Result<(), ContentsError> {
        let full = |_: Refusal| ContentsError("the directory is full".to_owned());
        let secret = |text: &Option<String>| text.as_deref().map(Secret::of);
        for (name, user) in &self.directory.users {
            let upn = UserPrincipalName::parse(name);
            let upn = upn.ok_or_else(|| {
                ContentsError(format!("user `{name}`: a user's name is like user@domain.com"))
            })?;
            directory.settle_user(upn, user.display_name.clone(), secret(&user.password)).map_err(full)?;
        }
        for (app_id, application) in &self.directory.applications {
            let display_name = application.display_name.clone();
            directory.settle_application(*app_id, display_name, secret(&application.secret)).map_err(full)?;
        }
        for resource in &self.directory.managed_identities {
            directory.settle_managed_identity(resource).map_err(full)?;
        }
        for (name, group) in &self.directory.groups {
            let members = group.members.iter().map(|member| {
                let unknown = || ContentsError(format!("group `{name}`: nobody is called `{member}`"));
                directory.principal_called(member).ok_or_else(unknown)
            });
            directory.settle_group(name, members.collect::<Result<_, _>>()?).map_err(full)?;
        }
        Ok(())
    }
}

//! The directory as one document, and back. Who appears by first use is decided by the flags of the running emulator,
//! not by the document.

use serde::{Deserialize, Serialize};

use super::{Application, Directory, Group, ServicePrincipal, State, User, developer_id};

/// Who there is, and what proves them.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryRecord {
    users: Vec<User>,
    groups: Vec<Group>,
    applications: Vec<Application>,
    principals: Vec<ServicePrincipal>,
    developer_unnamed: bool,
    created: u64,
}

/// What a directory is to hold from now on: nothing of it can fail any more.
#[derive(Debug)]
pub struct Restored(State);

impl Directory {
    /// Everybody.
    #[must_use]
    pub fn record(&self) -> DirectoryRecord {
        let state = self.state.read();
        DirectoryRecord {
            users: state.users.values().cloned().collect(),
            groups: state.groups.values().cloned().collect(),
            applications: state.applications.values().cloned().collect(),
            principals: state.principals.values().cloned().collect(),
            developer_unnamed: state.developer_unnamed,
            created: state.created,
        }
    }

    /// What the record says.
    ///
    /// # Errors
    /// If the developer is not in it: somebody has to sit at the keyboard.
    pub fn restored(&self, record: DirectoryRecord) -> Result<Restored, String> {
        let state = State {
            users: record.users.into_iter().map(|user| (user.id, user)).collect(),
            groups: record.groups.into_iter().map(|group| (group.id, group)).collect(),
            applications: record.applications.into_iter().map(|one| (one.id, one)).collect(),
            principals: record.principals.into_iter().map(|principal| (principal.id, principal)).collect(),
            developer_unnamed: record.developer_unnamed,
            created: record.created,
        };
        match state.users.contains_key(&developer_id(self.tenant)) {
            true => Ok(Restored(state)),
            false => Err("its directory has no developer".to_owned()),
        }
    }

    /// Holds that and nothing else.
    pub fn replace(&self, restored: Restored) {
        *self.state.write() = restored.0;
    }
}

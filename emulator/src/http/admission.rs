//! Whether a vault lets a caller in, and whether the caller may do what was asked: firewall first, then permission.
//!
//! The facts are the vault's and the control plane's; the decision is [`crate::authorization::decision`].

use std::net::IpAddr;

use http::Method;
use uuid::Uuid;

use crate::arm::store::Store;
use crate::authorization::decision::{self, Denial, Grant, Refusal};
use crate::authorization::policy::Kind;
use crate::authorization::{Governance, PermissionModel, Principal};
use crate::error::Error;
use crate::http::permissions;
use crate::identity::tokens::Caller;
use crate::vault::name::ObjectName;
use crate::vault::{Access, Settings};

/// A caller at the door of a vault.
#[derive(Debug)]
pub struct Admission<'a> {
    store: &'a Store,
    settings: &'a Settings,
    caller: &'a Caller,
}

impl<'a> Admission<'a> {
    /// `caller` at the door of a vault of these settings.
    #[must_use]
    pub const fn new(store: &'a Store, settings: &'a Settings, caller: &'a Caller) -> Self {
        Self { store, settings, caller }
    }

    /// Whether calls from `address` are answered at all.
    ///
    /// # Errors
    /// 403: public access is off, or the firewall does not know the address.
    pub fn admit(&self, address: IpAddr) -> Result<(), Error> {
        let Access::Governed(governance) = &self.settings.access else { return Ok(()) };
        decision::admit(governance, address).map_err(|denial| self.refused(governance, denial))
    }

    /// Whether the caller may do what a request asks; the role assignment that says so, in a vault that goes by roles.
    /// `is_symmetric` says so of the key that the request is for.
    ///
    /// # Errors
    /// 400 for an object's name that is none, 403 for a caller that may not.
    pub fn permit(
        &self,
        method: &Method,
        path: &[&str],
        is_symmetric: impl FnOnce(&ObjectName) -> bool,
    ) -> Result<Option<Uuid>, Error> {
        let Access::Governed(governance) = &self.settings.access else { return Ok(None) };
        // What is no operation is refused for that, by the family's own table.
        let Some((mut needed, object)) = permissions::requirement(method, path) else {
            return Ok(None);
        };
        if let Some((_, name)) = object {
            let name = ObjectName::parse(name)?;
            if needed.kind == Kind::Keys && needed.actions.len() > 1 && is_symmetric(&name) {
                needed = needed.without_alternatives();
            }
        }
        let principal = self.principal();
        let decided = match governance.model {
            PermissionModel::AccessPolicies => decision::by_policies(governance, &principal, needed),
            PermissionModel::Rbac => {
                self.store.weigh(&principal, needed, &decision::resource(governance, object))
            }
        };
        match decided {
            Ok(Grant::Policy) => Ok(None),
            Ok(Grant::Assignment(id)) => Ok(Some(id)),
            Err(denial) => Err(self.refused(governance, denial)),
        }
    }

    fn principal(&self) -> Principal {
        let Caller { object_id, app_id, groups, issuer, resource_id, .. } = self.caller.clone();
        Principal { tenant: self.store.tenant, object_id, app_id, groups, issuer, resource_id }
    }

    fn refused(&self, governance: &Governance, denial: Denial) -> Error {
        Error::Denied(Box::new(Refusal {
            principal: self.principal(),
            vault: governance.vault_name().to_owned(),
            location: self.settings.location.name(),
            denial,
        }))
    }
}

//! Access policies: what a vault itself grants to principals.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Principal;

/// The four families of an access policy's permissions, in its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `certificates`.
    Certificates,
    /// `keys`.
    Keys,
    /// `secrets`.
    Secrets,
    /// `storage`.
    Storage,
}

/// Every permission of certificates, as Azure spells them (azure-rest-api-specs, keyvault.json).
const CERTIFICATES: &[&str] = &[
    "all",
    "get",
    "list",
    "delete",
    "create",
    "import",
    "update",
    "managecontacts",
    "getissuers",
    "listissuers",
    "setissuers",
    "deleteissuers",
    "manageissuers",
    "recover",
    "purge",
    "backup",
    "restore",
];
const KEYS: &[&str] = &[
    "all",
    "encrypt",
    "decrypt",
    "wrapKey",
    "unwrapKey",
    "sign",
    "verify",
    "get",
    "list",
    "create",
    "update",
    "import",
    "delete",
    "backup",
    "restore",
    "recover",
    "purge",
    "release",
    "rotate",
    "getrotationpolicy",
    "setrotationpolicy",
];
const SECRETS: &[&str] = &["all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge"];
const STORAGE: &[&str] = &[
    "all",
    "get",
    "list",
    "delete",
    "set",
    "update",
    "regeneratekey",
    "recover",
    "purge",
    "backup",
    "restore",
    "setsas",
    "listsas",
    "getsas",
    "deletesas",
];

impl Kind {
    /// All of them, in the order of Azure's bodies.
    pub const ALL: [Self; 4] = [Self::Keys, Self::Secrets, Self::Certificates, Self::Storage];

    /// `certificates`, as in bodies and refusals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificates => "certificates",
            Self::Keys => "keys",
            Self::Secrets => "secrets",
            Self::Storage => "storage",
        }
    }

    /// Every permission of the family.
    #[must_use]
    pub const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Certificates => CERTIFICATES,
            Self::Keys => KEYS,
            Self::Secrets => SECRETS,
            Self::Storage => STORAGE,
        }
    }

    /// Whether `word` is one of them, in any case.
    #[must_use]
    pub fn knows(self, word: &str) -> bool {
        self.permissions().iter().any(|known| known.eq_ignore_ascii_case(word))
    }
}

/// What one policy grants of one family, in the spelling it was given; `None` where the policy does not speak of it.
pub type Granted = Option<Vec<String>>;

/// One entry of `accessPolicies`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct AccessPolicy {
    /// The tenant of the principal.
    pub tenant: Uuid,
    /// A user, service principal or group.
    pub object_id: Uuid,
    /// With it, the policy is for that principal through this application only.
    pub application_id: Option<Uuid>,
    /// `permissions.keys`.
    pub keys: Granted,
    /// `permissions.secrets`.
    pub secrets: Granted,
    /// `permissions.certificates`.
    pub certificates: Granted,
    /// `permissions.storage`.
    pub storage: Granted,
}

impl AccessPolicy {
    /// What it grants of a family.
    #[must_use]
    pub const fn granted(&self, kind: Kind) -> &Granted {
        match kind {
            Kind::Certificates => &self.certificates,
            Kind::Keys => &self.keys,
            Kind::Secrets => &self.secrets,
            Kind::Storage => &self.storage,
        }
    }

    /// The same, to change.
    pub const fn granted_mut(&mut self, kind: Kind) -> &mut Granted {
        match kind {
            Kind::Certificates => &mut self.certificates,
            Kind::Keys => &mut self.keys,
            Kind::Secrets => &mut self.secrets,
            Kind::Storage => &mut self.storage,
        }
    }

    /// A policy that grants everything but to purge, as the CLI gave to creators before 2.61.
    #[must_use]
    pub fn all(tenant: Uuid, object_id: Uuid) -> Self {
        let all = || Some(vec!["all".to_owned()]);
        Self {
            tenant,
            object_id,
            application_id: None,
            keys: all(),
            secrets: all(),
            certificates: all(),
            storage: all(),
        }
    }

    /// A policy that grants everything.
    #[must_use]
    pub fn all_and_purge(tenant: Uuid, object_id: Uuid) -> Self {
        let mut policy = Self::all(tenant, object_id);
        for kind in Kind::ALL {
            policy.granted_mut(kind).get_or_insert_default().push("purge".to_owned());
        }
        policy
    }

    /// Whether two entries are for the same principal through the same application.
    #[must_use]
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        (self.tenant, self.object_id, self.application_id)
            == (other.tenant, other.object_id, other.application_id)
    }

    /// Whether it speaks of `principal`: by its own id or a group's, and through the application it names.
    #[must_use]
    pub fn applies_to(&self, principal: &Principal) -> bool {
        self.tenant == principal.tenant
            && principal.is_or_is_in(self.object_id)
            && self.application_id.is_none_or(|app| principal.app_id == app)
    }

    /// Whether it grants `word`. `all` is everything but `purge`, which must be said
    /// (Set-AzKeyVaultAccessPolicy's warning).
    #[must_use]
    pub fn grants(&self, kind: Kind, word: &str) -> bool {
        self.granted(kind).iter().flatten().any(|granted| {
            granted.eq_ignore_ascii_case(word) || (granted.eq_ignore_ascii_case("all") && word != "purge")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: Uuid = Uuid::from_u128(1);
    const USER: Uuid = Uuid::from_u128(2);
    const GROUP: Uuid = Uuid::from_u128(3);
    const APP: Uuid = Uuid::from_u128(4);

    fn caller() -> Principal {
        Principal {
            tenant: TENANT,
            object_id: USER,
            app_id: APP,
            groups: vec![GROUP],
            issuer: "".into(),
            resource_id: None,
        }
    }

    #[test]
    fn a_policy_is_for_a_principal_its_groups_and_only_through_the_application_it_names() {
        let policy = |object_id, application_id| AccessPolicy {
            application_id,
            ..AccessPolicy::all(TENANT, object_id)
        };
        assert!(policy(USER, None).applies_to(&caller()));
        assert!(policy(GROUP, None).applies_to(&caller()));
        assert!(policy(USER, Some(APP)).applies_to(&caller()));
        assert!(!policy(USER, Some(Uuid::from_u128(9))).applies_to(&caller()));
        assert!(!policy(APP, None).applies_to(&caller()), "an application is named by its object id");
        let elsewhere = AccessPolicy::all(Uuid::from_u128(9), USER);
        assert!(!elsewhere.applies_to(&caller()));
    }

    #[test]
    fn all_is_everything_but_purge_and_words_have_no_case() {
        let mut policy = AccessPolicy::all(TENANT, USER);
        assert!(policy.grants(Kind::Keys, "unwrapKey") && !policy.grants(Kind::Keys, "purge"));
        policy.keys = Some(vec!["UNWRAPKEY".into(), "Purge".into()]);
        assert!(policy.grants(Kind::Keys, "unwrapKey") && policy.grants(Kind::Keys, "purge"));
        assert!(!policy.grants(Kind::Keys, "get"));
        policy.secrets = None;
        assert!(!policy.grants(Kind::Secrets, "get"));
    }
}

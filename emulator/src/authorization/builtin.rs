//! Azure's built-in roles for Key Vault and the general ones that people assign to vaults.
//!
//! Source: Azure's reference of built-in roles (role-based-access-control/built-in-roles/security, privileged and
//! general, as of February 2026).

use std::sync::LazyLock;

use uuid::{Uuid, uuid};

use super::role::{RoleDefinition, RolePermission, RoleType};
use super::scope::Scope;

/// One row: id, name, description, actions, notActions, dataActions.
struct Row(
    Uuid,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

/// The actions that most of the vault's roles share.
const READ_VAULTS: &[&str] = &[
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
    "Microsoft.KeyVault/checkNameAvailability/read",
    "Microsoft.KeyVault/deletedVaults/read",
    "Microsoft.KeyVault/locations/*/read",
    "Microsoft.KeyVault/vaults/*/read",
    "Microsoft.KeyVault/operations/read",
];

static ROWS: [Row; 17] = [
    Row(
        uuid!("00482a5a-887f-4fb3-b363-3b7fe8e74483"),
        "Key Vault Administrator",
        "Perform all data plane operations on a key vault and all objects in it, including certificates, keys, and secrets. Cannot manage key vault resources or manage role assignments. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        READ_VAULTS,
        &[],
        &["Microsoft.KeyVault/vaults/*"],
    ),
    Row(
        uuid!("db79e9a7-68ee-4b58-9aeb-b90e7c24fcba"),
        "Key Vault Certificate User",
        "Read certificate contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/certificates/read",
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
            "Microsoft.KeyVault/vaults/keys/read",
        ],
    ),
    Row(
        uuid!("a4417e6f-fecd-4de8-b567-7b0420556985"),
        "Key Vault Certificates Officer",
        "Perform any action on the certificates of a key vault, except manage permissions. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        READ_VAULTS,
        &[],
        &[
            "Microsoft.KeyVault/vaults/certificatecas/*",
            "Microsoft.KeyVault/vaults/certificates/*",
            "Microsoft.KeyVault/vaults/certificatecontacts/write",
        ],
    ),
    Row(
        uuid!("f25e0fa2-a7c8-4377-a976-54943a77a395"),
        "Key Vault Contributor",
        "Lets you manage key vaults, but not access to them.",
        &[
            "Microsoft.Authorization/*/read",
            "Microsoft.Insights/alertRules/*",
            "Microsoft.KeyVault/*",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Support/*",
        ],
        &[
            "Microsoft.KeyVault/locations/deletedVaults/purge/action",
            "Microsoft.KeyVault/hsmPools/*",
            "Microsoft.KeyVault/managedHsms/*",
        ],
        &[],
    ),
    Row(
        uuid!("14b46e9e-c2b7-41b4-b07b-48a6ebf60603"),
        "Key Vault Crypto Officer",
        "Perform any action on the keys of a key vault, except manage permissions. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        READ_VAULTS,
        &[],
        &["Microsoft.KeyVault/vaults/keys/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"],
    ),
    Row(
        uuid!("e147488a-f6f5-4113-8e2d-b22465e65bf6"),
        "Key Vault Crypto Service Encryption User",
        "Read metadata of keys and perform wrap/unwrap operations. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[
            "Microsoft.EventGrid/eventSubscriptions/write",
            "Microsoft.EventGrid/eventSubscriptions/read",
            "Microsoft.EventGrid/eventSubscriptions/delete",
        ],
        &[],
        &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
        ],
    ),
    Row(
        uuid!("08bbd89e-9f13-488c-ac41-acfcb10c90ab"),
        "Key Vault Crypto Service Release User",
        "Release keys. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[],
        &[],
        &["Microsoft.KeyVault/vaults/keys/release/action"],
    ),
    Row(
        uuid!("12338af0-0e69-4776-bea7-57ae8d297424"),
        "Key Vault Crypto User",
        "Perform cryptographic operations using keys. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/keys/read",
            "Microsoft.KeyVault/vaults/keys/update/action",
            "Microsoft.KeyVault/vaults/keys/backup/action",
            "Microsoft.KeyVault/vaults/keys/encrypt/action",
            "Microsoft.KeyVault/vaults/keys/decrypt/action",
            "Microsoft.KeyVault/vaults/keys/wrap/action",
            "Microsoft.KeyVault/vaults/keys/unwrap/action",
            "Microsoft.KeyVault/vaults/keys/sign/action",
            "Microsoft.KeyVault/vaults/keys/verify/action",
        ],
    ),
    Row(
        uuid!("8b54135c-b56d-4d72-a534-26097cfdc8d8"),
        "Key Vault Data Access Administrator",
        "Manage access to Azure Key Vault by adding or removing role assignments for the Key Vault Administrator, Key Vault Certificates Officer, Key Vault Crypto Officer, Key Vault Crypto Service Encryption User, Key Vault Crypto User, Key Vault Reader, Key Vault Secrets Officer, or Key Vault Secrets User roles. Includes an ABAC condition to constrain role assignments.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Management/managementGroups/read",
            "Microsoft.Support/*",
            "Microsoft.KeyVault/vaults/*/read",
        ],
        &[],
        &[],
    ),
    Row(
        uuid!("21090545-7ca7-4776-b22c-e363652d74d2"),
        "Key Vault Reader",
        "Read metadata of key vaults and its certificates, keys, and secrets. Cannot read sensitive values such as secret contents or key material. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        READ_VAULTS,
        &[],
        &["Microsoft.KeyVault/vaults/*/read", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"],
    ),
    Row(
        uuid!("b86a8fe4-44ce-4948-aee5-eccb2c155cd7"),
        "Key Vault Secrets Officer",
        "Perform any action on the secrets of a key vault, except manage permissions. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        READ_VAULTS,
        &[],
        &["Microsoft.KeyVault/vaults/secrets/*"],
    ),
    Row(
        uuid!("4633458b-17de-408a-b874-0445c86b69e6"),
        "Key Vault Secrets User",
        "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
        &[],
        &[],
        &[
            "Microsoft.KeyVault/vaults/secrets/getSecret/action",
            "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        ],
    ),
    Row(
        uuid!("18500a29-7fe2-46b2-a342-b16a415e101d"),
        "Managed HSM contributor",
        "Lets you manage managed HSM pools, but not access to them.",
        &[
            "Microsoft.KeyVault/managedHSMs/*",
            "Microsoft.KeyVault/deletedManagedHsms/read",
            "Microsoft.KeyVault/locations/deletedManagedHsms/read",
            "Microsoft.KeyVault/locations/deletedManagedHsms/purge/action",
            "Microsoft.KeyVault/locations/managedHsmOperationResults/read",
        ],
        &[],
        &[],
    ),
    Row(
        uuid!("b24988ac-6180-42a0-ab88-20f7382dd24c"),
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage assignments in Azure Blueprints, or share image galleries.",
        &["*"],
        &[
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
            "Microsoft.Purview/consents/write",
            "Microsoft.Purview/consents/delete",
            "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
        ],
        &[],
    ),
    Row(
        uuid!("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        &["*"],
        &[],
        &[],
    ),
    Row(
        uuid!("acdd72a7-3385-48ef-bd42-f606fba81ae7"),
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        &["*/read"],
        &[],
        &[],
    ),
    Row(
        uuid!("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        &["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
        &[],
        &[],
    ),
];

/// The built-in roles, in the order of their names.
pub static ROLES: LazyLock<Vec<RoleDefinition>> = LazyLock::new(|| {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let role = |&Row(id, name, description, actions, not_actions, data_actions): &Row| RoleDefinition {
        id,
        name: name.to_owned(),
        description: description.to_owned(),
        role_type: RoleType::BuiltIn,
        assignable_scopes: vec![Scope::parse("/")],
        permissions: vec![RolePermission {
            actions: owned(actions),
            not_actions: owned(not_actions),
            data_actions: owned(data_actions),
            not_data_actions: Vec::new(),
        }],
    };
    let mut roles: Vec<_> = ROWS.iter().map(role).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    roles
});

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> &'static RoleDefinition {
        ROLES.iter().find(|role| role.name == name).unwrap()
    }

    /// Azure's reference of built-in roles.
    #[test]
    fn each_role_grants_what_azure_says() {
        for (name, granted, refused) in [
            ("Key Vault Administrator", "keys/purge/action", ""),
            ("Key Vault Certificates Officer", "certificates/create/action", "secrets/getSecret/action"),
            ("Key Vault Certificate User", "secrets/getSecret/action", "certificates/create/action"),
            ("Key Vault Crypto Officer", "keyrotationpolicies/write", "certificates/read"),
            ("Key Vault Crypto User", "keys/sign/action", "keys/create/action"),
            ("Key Vault Crypto Service Encryption User", "keys/unwrap/action", "keys/sign/action"),
            ("Key Vault Crypto Service Release User", "keys/release/action", "keys/read"),
            ("Key Vault Secrets Officer", "secrets/setSecret/action", "keys/read"),
            ("Key Vault Secrets User", "secrets/getSecret/action", "secrets/setSecret/action"),
            ("Key Vault Reader", "certificatecas/read", "secrets/getSecret/action"),
            ("Key Vault Data Access Administrator", "", "keys/read"),
            ("Owner", "", "keys/read"),
            ("Contributor", "", "keys/read"),
        ] {
            let grants =
                |action: &str| role(name).grants_data(&format!("Microsoft.KeyVault/vaults/{action}"));
            assert!(granted.is_empty() || grants(granted), "{name} grants {granted}");
            assert!(refused.is_empty() || !grants(refused), "{name} refuses {refused}");
        }
    }

    #[test]
    fn no_role_is_there_twice() {
        let mut ids: Vec<_> = ROLES.iter().map(|role| role.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), ROWS.len());
    }
}

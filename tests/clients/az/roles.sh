#!/usr/bin/env bash
# Roles by az: built-in and custom ones, at a vault and at one of its secrets.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$files"

step az login --use-device-code --output none
step az group create --name "$group" --location eastus --output none
step az keyvault create --name "$vault" --resource-group "$group" --enable-rbac-authorization true --output none
scope=$(az keyvault show --name "$vault" --query id --output tsv)
subscription=$(az account show --query id --output tsv)

# assigned SCOPE: the roles at a scope.
assigned() {
    az role assignment list --scope "$1" --query '[].roleDefinitionName' --output tsv
}

# --- A built-in role at the vault ------------------------------------------------------------------------------------

expect 'Key Vault Secrets Officer' az role definition list --name 'Key Vault Secrets Officer' --query '[].roleName' --output tsv
refused "Role 'No Such Role' doesn't exist." \
    -- az role assignment create --role 'No Such Role' --assignee user@domain.com --scope "$scope"
expect User az role assignment create --role 'Key Vault Secrets Officer' --assignee user@domain.com --scope "$scope" \
    --query principalType --output tsv
expect one az keyvault secret set --vault-name "$vault" --name db --value one --query value --output tsv
step az keyvault secret set --vault-name "$vault" --name other --value two --output none
expect 'Key Vault Secrets Officer' assigned "$scope"
expect 'Key Vault Secrets Officer' az role assignment list --assignee user@domain.com --all \
    --query '[].roleDefinitionName' --output tsv
step az role assignment delete --role 'Key Vault Secrets Officer' --assignee user@domain.com --scope "$scope"
refused "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'" "Assignment: (not found)" ForbiddenByRbac \
    -- az keyvault secret show --vault-name "$vault" --name db

# --- A custom role at one secret -------------------------------------------------------------------------------------

cat >role.json <<ROLE
{
  "Name": "Secret Reader",
  "Description": "Reads values.",
  "IsCustom": true,
  "Actions": [],
  "DataActions": ["Microsoft.KeyVault/vaults/secrets/getSecret/action"],
  "AssignableScopes": ["/subscriptions/$subscription"]
}
ROLE
expect CustomRole az role definition create --role-definition @role.json --query roleType --output tsv
expect 'Secret Reader' az role definition list --custom-role-only true --query '[].roleName' --output tsv
step az role assignment create --role 'Secret Reader' --assignee user@domain.com --scope "$scope/secrets/db" --output none
expect one az keyvault secret show --vault-name "$vault" --name db --query value --output tsv
refused ForbiddenByRbac -- az keyvault secret show --vault-name "$vault" --name other
refused ForbiddenByRbac -- az keyvault secret list --vault-name "$vault"
expect 'Secret Reader' assigned "$scope/secrets/db"
refused RoleDefinitionHasAssignments -- az role definition delete --name 'Secret Reader'
sed -i.old 's/getSecret/readMetadata/' role.json
expect Microsoft.KeyVault/vaults/secrets/readMetadata/action \
    az role definition update --role-definition @role.json --query 'permissions[0].dataActions' --output tsv
refused ForbiddenByRbac -- az keyvault secret show --vault-name "$vault" --name db
step az role assignment delete --role 'Secret Reader' --assignee user@domain.com --scope "$scope/secrets/db"
step az role definition delete --name 'Secret Reader'
expect '' az role definition list --custom-role-only true --query '[].roleName' --output tsv

# --- An application's role, with its credentials ---------------------------------------------------------------------

printf '\n$ az ad sp create-for-rbac --name reader --role .. --scopes ..\n'
application=$(az ad sp create-for-rbac --name reader --role 'Key Vault Secrets User' --scopes "$scope" \
    --query '[appId, password, tenant]' --output tsv)
{
    read -r id
    read -r secret
    read -r tenant
} <<<"$application"
step az login --service-principal --username "$id" --password "$secret" --tenant "$tenant" --output none
expect one az keyvault secret show --vault-name "$vault" --name db --query value --output tsv
refused ForbiddenByRbac -- az keyvault secret set --vault-name "$vault" --name db --value three

#!/usr/bin/env bash
# The quickstart without the permission to create, and by a role instead of an access policy.
. "$(dirname "$0")/steps.sh"

step az login --output none
step az group create --name "$group" --location eastus --output none

step az keyvault create --name "$KEY_VAULT_NAME" --resource-group "$group" --output none
step az keyvault set-policy --name "$KEY_VAULT_NAME" --upn user@domain.com \
    --certificate-permissions delete get list --output none
refused '(Forbidden) The user, group or application' \
    "does not have certificates create permission on key vault '$KEY_VAULT_NAME;location=eastus'" \
    -- "$PYTHON" "$QUICKSTART"

export KEY_VAULT_NAME=$KEY_VAULT_NAME-rbac
step az keyvault create --name "$KEY_VAULT_NAME" --resource-group "$group" --enable-rbac-authorization true --output none
refused '(Forbidden) Caller is not authorized to perform action on resource.' \
    "Action: 'Microsoft.KeyVault/vaults/certificates/create/action'" \
    -- "$PYTHON" "$QUICKSTART"
scope=$(az keyvault show --name "$KEY_VAULT_NAME" --query id --output tsv)
step az role assignment create --role 'Key Vault Certificates Officer' --assignee user@domain.com --scope "$scope" \
    --output none
step "$PYTHON" "$QUICKSTART"

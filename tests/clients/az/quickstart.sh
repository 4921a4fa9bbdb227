#!/usr/bin/env bash
# The steps of Microsoft's certificates quickstart for Python, as it prints them; then the same script by the login of az.
. "$(dirname "$0")/steps.sh"

step az login --output none
step az group create --name "$group" --location eastus --output none
step az keyvault create --name "$KEY_VAULT_NAME" --resource-group "$group" --output none
step az keyvault set-policy --name "$KEY_VAULT_NAME" --upn user@domain.com \
    --certificate-permissions delete get list create --output none
step "$PYTHON" "$QUICKSTART"
refused '(Conflict) Certificate quickstart is currently in a deleted but recoverable state' \
    -- "$PYTHON" "$QUICKSTART"

# The same program as whom az logged in, not as the machine's identity: the permissions are the same person's.
export AZURE_TOKEN_CREDENTIALS=AzureCliCredential
step "$PYTHON" "$QUICKSTART" by-az
unset AZURE_TOKEN_CREDENTIALS

step az keyvault certificate create --vault-name "$KEY_VAULT_NAME" --name shown \
    --policy "$(az keyvault certificate get-default-policy)" --output none
expect shown az keyvault certificate show --vault-name "$KEY_VAULT_NAME" --name shown --query name --output tsv
step az group delete --name "$group" --yes
expect "$KEY_VAULT_NAME" az keyvault list-deleted --resource-type vault --query '[].name' --output tsv

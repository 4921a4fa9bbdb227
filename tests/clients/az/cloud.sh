#!/usr/bin/env bash
# A cloud of one's own by `az cloud register`, without a proxy: login, control plane and Graph at one address.
. "$(dirname "$0")/steps.sh"

port=${HTTPS_PROXY##*:}
unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy
# Else az would ask Azure whether it knows this authority.
export AZURE_CORE_INSTANCE_DISCOVERY=false

step az cloud register --name Own --endpoint-resource-manager "https://localhost:$port"
step az cloud set --name Own
expect $'https://localhost:'"$port"$'/\n.vault.localhost:'"$port" az cloud show \
    --query '[endpoints.activeDirectory, suffixes.keyvaultDns]' --output tsv
step az login --use-device-code --output none
step az group create --name "$group" --location eastus --output none
expect "https://$KEY_VAULT_NAME.vault.localhost:$port/" az keyvault create --name "$KEY_VAULT_NAME" \
    --resource-group "$group" --query properties.vaultUri --output tsv
expect user@domain.com az ad signed-in-user show --query userPrincipalName --output tsv
step az keyvault set-policy --name "$KEY_VAULT_NAME" --upn user@domain.com \
    --certificate-permissions delete get list create --output none
step az group delete --name "$group" --yes
step az cloud set --name AzureCloud
step az cloud unregister --name Own

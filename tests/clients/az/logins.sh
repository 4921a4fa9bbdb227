#!/usr/bin/env bash
# Every way in that az has without a person, the directory's commands, and Entra's refusals.
. "$(dirname "$0")/steps.sh"

resource=https://vault.azure.net
tenant=$1

# oid: whom a token of the present login names to a vault.
oid() {
    az account get-access-token --resource "$resource" --query accessToken --output tsv |
        "$PYTHON" -c 'import base64, json, sys; print(json.loads(base64.urlsafe_b64decode(sys.stdin.read().split(".")[1] + "=="))["oid"])'
}

step az login --use-device-code --output none
expect user@domain.com az account show --query user.name --output tsv
expect user@domain.com az ad signed-in-user show --query userPrincipalName --output tsv
developer=$(az ad signed-in-user show --query id --output tsv)
expect "$developer" az ad user show --id user@domain.com --query id --output tsv

reader=$(az ad group create --display-name readers --mail-nickname readers --query id --output tsv)
step az ad group member add --group readers --member-id "$developer"
expect true az ad group member check --group readers --member-id "$developer" --query value --output tsv
expect "$reader" az ad user get-member-groups --id user@domain.com --query '[].id' --output tsv

printf '\n$ az ad sp create-for-rbac --name tool\n'
application=$(az ad sp create-for-rbac --name tool --query '[appId, password]' --output tsv)
{
    read -r id
    read -r secret
} <<<"$application"
principal=$(az ad sp show --id "$id" --query id --output tsv)
refused 'AADSTS7000215: Invalid client secret provided.' \
    -- az login --service-principal --username "$id" --password wrong --tenant "$tenant"
step az login --service-principal --username "$id" --password "$secret" --tenant "$tenant" --output none
expect servicePrincipal az account show --query user.type --output tsv
[[ $(oid) == "$principal" ]]

step az login --username bob@contoso.com --password anything --output none
step az login --username jane@contoso.com --password anything --output none
expect jane@contoso.com az account show --query user.name --output tsv
[[ $(oid) != "$developer" ]]

step az login --identity --output none
expect systemAssignedIdentity az account show --query user.name --output tsv
[[ $(oid) == "$developer" ]]

step az logout
refused "az login" -- az account get-access-token --resource "$resource"

#!/usr/bin/env bash
# The whole `az keyvault secret` group, each command's output looked at.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$files"

az login --output none

# secret COMMAND...: a command of the group, its output as text.
secret() {
    az keyvault secret "$@" --output tsv
}

# in_vault COMMAND...: the same for those that ask for a vault.
in_vault() {
    secret "$@" --vault-name "$vault"
}

# --- Set, show, list, update -----------------------------------------------------------------------------------------

expect one in_vault set --name db --value one --description text/plain --tags team=a --query value
first=$(in_vault show --name db --query id)
expect true in_vault show --name db --query "starts_with(id, 'https://$vault.vault.azure.net/secrets/db/')"
expect $'text/plain\na\ntrue' in_vault show --name db --query '[contentType, tags.team, attributes.enabled]'
expect $'one\ntwo' in_vault set --name db --value $'one\ntwo' --query value
second=$(in_vault show --name db --query id)
[[ $first != "$second" ]]
expect one secret show --id "$first" --query value
expect one in_vault show --name db --version "${first##*/}" --query value

expect 2027-01-31T12:00:00+00:00 in_vault set --name dated --value x --not-before 2026-01-31T12:00:00Z \
    --expires 2027-01-31T12:00:00Z --query attributes.expires
expect $'dated\ndb' in_vault list --query '[].name'
expect dated in_vault list --maxresults 1 --query '[].name'
expect 2 in_vault list-versions --name db --query 'length(@)'
expect 1 in_vault list-versions --name db --maxresults 1 --query 'length(@)'

expect $'false\nb' in_vault set-attributes --name db --enabled false --tags team=b \
    --query '[attributes.enabled, tags.team]'
refused 'Operation get is not allowed on a disabled secret.' \
    -- az keyvault secret show --vault-name "$vault" --name db
expect one secret show --id "$first" --query value
expect text/html in_vault set-attributes --name db --enabled true --content-type text/html --query contentType

# --- Files: set from one, download to one ----------------------------------------------------------------------------

head -c 300 /dev/urandom >blob
step az keyvault secret set --vault-name "$vault" --name blob --file blob --encoding base64 --output none
step az keyvault secret download --vault-name "$vault" --name blob --file back --encoding base64
expect '' cmp blob back
printf 'a text\nof two lines' >text
expect $'a text\nof two lines' in_vault set --name text --file text --query value
step az keyvault secret download --vault-name "$vault" --name text --file text.back
expect '' cmp text text.back
head -c 25601 /dev/zero | tr '\0' x >long
refused 'Secret is beyond the maximum permitted length of 25600 characters.' \
    -- az keyvault secret set --vault-name "$vault" --name long --file long

# --- Backup, delete, recover, purge, restore -------------------------------------------------------------------------

step az keyvault secret backup --vault-name "$vault" --name db --file db.backup
versions=$(in_vault list-versions --name db --query 'sort([].id)')
expect "https://$vault.vault.azure.net/deletedsecrets/db" in_vault delete --name db --query recoveryId
expect db in_vault list-deleted --query '[].name'
expect db in_vault list-deleted --maxresults 5 --query '[].name'
expect "$second" in_vault show-deleted --name db --query id
refused '(SecretNotFound) A secret with (name/id) db was not found in this key vault.' \
    -- az keyvault secret show --vault-name "$vault" --name db
refused 'is currently in a deleted but recoverable state' \
    -- az keyvault secret set --vault-name "$vault" --name db --value x
expect "$second" in_vault recover --name db --query id
expect $'one\ntwo' in_vault show --name db --query value
step az keyvault secret delete --vault-name "$vault" --name db --output none
step az keyvault secret purge --vault-name "$vault" --name db
refused 'Deleted Secret not found: db' -- az keyvault secret show-deleted --vault-name "$vault" --name db
expect "$second" in_vault restore --file db.backup --query id
expect "$versions" in_vault list-versions --name db --query 'sort([].id)'
refused 'There was a conflict restoring the secret' \
    -- az keyvault secret restore --vault-name "$vault" --file db.backup

#!/usr/bin/env bash
# The control plane by az: groups, vaults and their lives, firewall, access policies, managed HSMs, resources.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME protected=$KEY_VAULT_NAME-kept pool=$KEY_VAULT_NAME-pool

# vaults COMMAND...: a command of the group, its output as text.
vaults() {
    az keyvault "$@" --output tsv
}

# named COMMAND...: the same of the vault.
named() {
    vaults "$@" --name "$vault"
}

step az login --use-device-code --output none

# --- Groups ----------------------------------------------------------------------------------------------------------

expect $'westus\na' az group create --name "$group" --location westus --tags team=a --query '[location, tags.team]' --output tsv
expect true az group exists --name "$group"
expect false az group exists --name absent
expect "$group" az group list --query '[].name' --output tsv
expect b az group update --name "$group" --set tags.team=b --query tags.team --output tsv
refused LocationNotAvailableForResourceGroup -- az group create --name other --location nowhere
refused "Resource group 'absent' could not be found." -- az group delete --name absent --yes
expect Registered az provider show --namespace Microsoft.KeyVault --query registrationState --output tsv

# --- Vaults ----------------------------------------------------------------------------------------------------------

expect $'westus\n7\na\nfalse\nall' named create --resource-group "$group" --retention-days 7 --tags team=a --query \
    '[location, properties.softDeleteRetentionInDays, tags.team, properties.enableRbacAuthorization, properties.accessPolicies[0].permissions.secrets[0]]'
refused "The specified vault: $vault already exists" -- az keyvault create --name "$vault" --resource-group "$group"
expect "https://$vault.vault.azure.net/" named show --query properties.vaultUri
expect "$vault" vaults list --resource-group "$group" --query '[].name'
expect "$vault" vaults list --resource-type vault --query '[].name'
expect true named update --enabled-for-deployment true --query properties.enabledForDeployment
expect b named update --set tags.team=b --query tags.team
refused 'The property "softDeleteRetentionInDays" has been set already' \
    -- az keyvault update --name "$vault" --retention-days 30
refused VaultNameNotValid -- az keyvault create --name bad_name --resource-group "$group"
refused ResourceGroupNotFound -- az keyvault create --name "$vault-x" --resource-group absent --location eastus
refused "An invalid value was provided for 'softDeleteRetentionInDays'." \
    -- az keyvault create --name "$vault-x" --resource-group "$group" --retention-days 5
refused LocationNotAvailableForResourceType -- az keyvault create --name "$vault-x" --resource-group "$group" --location nowhere

# --- The firewall ----------------------------------------------------------------------------------------------------

expect 10.1.2.0/24 named network-rule add --ip-address 10.1.2.0/24 --query 'properties.networkAcls.ipRules[].value'
expect 10.1.2.0/24 named network-rule list --query 'ipRules[].value'
expect $'Deny\nNone' named update --default-action Deny --bypass None \
    --query '[properties.networkAcls.defaultAction, properties.networkAcls.bypass]'
refused '(Forbidden) Client address is not authorized and caller is not a trusted service.' ForbiddenByFirewall \
    -- az keyvault secret list --vault-name "$vault"
step az keyvault network-rule add --name "$vault" --ip-address 127.0.0.1 --output none
expect '' az keyvault secret list --vault-name "$vault" --output tsv
step az keyvault network-rule remove --name "$vault" --ip-address 127.0.0.1/32 --output none
refused ForbiddenByFirewall -- az keyvault secret list --vault-name "$vault"
step az keyvault update --name "$vault" --default-action Allow --public-network-access Disabled --output none
refused '(Forbidden) Public network access is disabled' ForbiddenByConnection -- az keyvault secret list --vault-name "$vault"
step az keyvault update --name "$vault" --public-network-access Enabled --output none

# --- Access policies -------------------------------------------------------------------------------------------------

# The first other name that is looked up is the developer's own; jane is somebody else.
expect 1 named set-policy --upn bob@contoso.com --secret-permissions get list --query 'length(properties.accessPolicies)'
expect 2 named set-policy --upn jane@contoso.com --secret-permissions get --query 'length(properties.accessPolicies)'
expect 3 named set-policy --spn 11111111-2222-3333-4444-555555555555 --key-permissions get \
    --query 'length(properties.accessPolicies)'
expect 4 named set-policy --object-id 22222222-2222-3333-4444-555555555555 --certificate-permissions get \
    --query 'length(properties.accessPolicies)'
expect 3 named delete-policy --upn jane@contoso.com --query 'length(properties.accessPolicies)'
me=$(az ad signed-in-user show --query id --output tsv)
step az keyvault set-policy --name "$vault" --object-id "$me" --secret-permissions list --output none
refused '(Forbidden) The user, group or application' 'does not have secrets set permission on key vault' ForbiddenByPolicy \
    -- az keyvault secret set --vault-name "$vault" --name db --value x

# --- Deleted, recovered, purged, protected ---------------------------------------------------------------------------

step az keyvault delete --name "$vault"
expect "$vault" vaults list-deleted --resource-type vault --query '[].name'
expect "$vault" named show-deleted --query name
refused '(ConflictError) A vault with the same name already exists in deleted state.' \
    -- az keyvault create --name "$vault" --resource-group "$group"
expect "$vault" named recover --query name
step az keyvault delete --name "$vault"
step az keyvault purge --name "$vault"
refused 'No deleted Vault or HSM was found' -- az keyvault show-deleted --name "$vault"

expect true vaults create --name "$protected" --resource-group "$group" --enable-purge-protection true \
    --query properties.enablePurgeProtection
refused 'Enabling the purge protection for a vault is an irreversible action.' \
    -- az keyvault update --name "$protected" --enable-purge-protection false
step az keyvault delete --name "$protected"
refused "Operation 'DeletedVaultPurge' is not allowed." -- az keyvault purge --name "$protected"
step az keyvault recover --name "$protected" --output none

# --- Managed HSMs as resources ---------------------------------------------------------------------------------------

expect true vaults check-name --name "$pool" --resource-type hsm --query nameAvailable
expect "$pool" vaults create --hsm-name "$pool" --resource-group "$group" --location eastus --administrators "$me" \
    --retention-days 7 --query name
expect "https://$pool.managedhsm.azure.net/" vaults show --hsm-name "$pool" --query properties.hsmUri
expect "$pool" vaults list --resource-type hsm --query '[].name'
expect a vaults update-hsm --hsm-name "$pool" --set tags.team=a --query tags.team
step az keyvault delete --hsm-name "$pool"
expect "$pool" vaults list-deleted --resource-type hsm --query '[].name'
step az keyvault recover --hsm-name "$pool" --location eastus --output none
step az keyvault delete --hsm-name "$pool"
step az keyvault purge --hsm-name "$pool" --location eastus

# --- Resources, and the end ------------------------------------------------------------------------------------------

expect "$protected" az resource list --query '[].name' --output tsv
expect "$protected" az resource list --resource-group "$group" --resource-type Microsoft.KeyVault/vaults --query '[].name' --output tsv
expect '' az resource list --tag team=nobody --query '[].name' --output tsv
id=$(vaults show --name "$protected" --query id)
expect "$protected" az resource show --ids "$id" --query name --output tsv
step az group delete --name "$group" --yes --no-wait
expect false az group exists --name "$group"
expect "$protected" vaults list-deleted --resource-type vault --query '[].name'

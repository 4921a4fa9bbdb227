#!/usr/bin/env bash
# Template deployments: vaults, secrets and keys out of templates, as az sends them, comments and all.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$files"

# deployed COMMAND...: a command of the group, its output as text.
deployed() {
    az deployment group "$@" --resource-group "$group" --output tsv
}

cat >vault.json <<'TEMPLATE'
{
  // What Microsoft's quickstart deploys, and a key.
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "keyVaultName": { "type": "string" },
    "location": { "type": "string", "defaultValue": "[resourceGroup().location]" },
    "objectId": { "type": "string" },
    "keys": { "type": "array", "defaultValue": ["signer", "other"] },
    "premium": { "type": "bool", "defaultValue": false },
    "secretValue": { "type": "securestring" }
  },
  "variables": { "id": "[resourceId('Microsoft.KeyVault/vaults', parameters('keyVaultName'))]" },
  "resources": [
    {
      "type": "Microsoft.KeyVault/vaults/keys",
      "apiVersion": "2023-07-01",
      "name": "[format('{0}/{1}', parameters('keyVaultName'), parameters('keys')[copyIndex()])]",
      "copy": { "name": "keys", "count": "[length(parameters('keys'))]" },
      "dependsOn": ["[variables('id')]"],
      "properties": { "kty": "EC", "curveName": "P-256" }
    },
    {
      "type": "Microsoft.KeyVault/vaults",
      "apiVersion": "2023-07-01",
      "name": "[parameters('keyVaultName')]",
      "location": "[parameters('location')]",
      "properties": {
        "enabledForTemplateDeployment": true,
        "tenantId": "[subscription().tenantId]",
        "accessPolicies": [
          {
            "objectId": "[parameters('objectId')]",
            "tenantId": "[subscription().tenantId]",
            "permissions": { "secrets": ["list", "get"], "keys": ["list"] }
          }
        ],
        "sku": { "name": "[if(parameters('premium'), 'premium', 'standard')]", "family": "A" }
      },
      "resources": [
        {
          "type": "secrets",
          "apiVersion": "2023-07-01",
          "name": "db",
          "dependsOn": ["[variables('id')]"],
          "properties": { "value": "[parameters('secretValue')]" }
        }
      ]
    }
  ],
  "outputs": {
    "uri": { "type": "string", "value": "[reference(variables('id')).vaultUri]" },
    "unique": { "type": "string", "value": "[uniqueString('hello', 'world')]" }
  }
}
TEMPLATE

# As Bicep compiles a module: symbolic names, and a parameter that is a secret of the vault.
cat >reader.json <<'TEMPLATE'
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "languageVersion": "2.0",
  "contentVersion": "1.0.0.0",
  "parameters": { "vault": { "type": "string" }, "password": { "type": "securestring" } },
  "resources": {
    "kv": {
      "existing": true,
      "type": "Microsoft.KeyVault/vaults",
      "apiVersion": "2023-07-01",
      "name": "[parameters('vault')]"
    },
    "copied": {
      "type": "Microsoft.KeyVault/vaults/secrets",
      "apiVersion": "2023-07-01",
      "name": "[format('{0}/{1}', parameters('vault'), 'copied')]",
      "properties": { "value": "[concat(parameters('password'), '!')]", "contentType": "[reference('kv').vaultUri]" }
    }
  },
  "outputs": { "secret": { "type": "string", "value": "[reference('copied').secretUri]" } }
}
TEMPLATE

step az login --use-device-code --output none
step az group create --name "$group" --location eastus --output none
me=$(az ad signed-in-user show --query id --output tsv)
given=(keyVaultName="$vault" objectId="$me" secretValue=hunter2)

# --- Validate, create, show, list, export, delete --------------------------------------------------------------------

expect Succeeded deployed validate --template-file vault.json --parameters "${given[@]}" --query properties.provisioningState
refused ResourceNotFound -- az keyvault show --name "$vault" --resource-group "$group"
expect Succeeded deployed create --name first --template-file vault.json --parameters "${given[@]}" \
    --query properties.provisioningState
expect $'https://'"$vault"$'.vault.azure.net/\na7wkljktk6wne\nNone' deployed show --name first \
    --query '[properties.outputs.uri.value, properties.outputs.unique.value, properties.parameters.secretValue.value]'
expect hunter2 az keyvault secret show --vault-name "$vault" --name db --query value --output tsv
expect $'other\nsigner' az keyvault key list --vault-name "$vault" --query '[].name' --output tsv
expect first deployed list --query '[].name'
expect 5 az deployment operation group list --resource-group "$group" --name first --query 'length(@)' --output tsv
step az deployment group export --resource-group "$group" --name first >exported.json
grep -q '"contentVersion": "1.0.0.0"' exported.json

# --- A vault's secret as a parameter, as Bicep writes modules --------------------------------------------------------

id=$(az keyvault show --name "$vault" --query id --output tsv)
cat >reader.parameters.json <<PARAMETERS
{
  "\$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "vault": { "value": "$vault" },
    "password": { "reference": { "keyVault": { "id": "$id" }, "secretName": "db" } }
  }
}
PARAMETERS
expect "https://$vault.vault.azure.net/secrets/copied" deployed create --name reader --template-file reader.json \
    --parameters reader.parameters.json --query properties.outputs.secret.value
expect $'hunter2!\nhttps://'"$vault.vault.azure.net/" az keyvault secret show --vault-name "$vault" --name copied \
    --query '[value, contentType]' --output tsv
step az keyvault update --name "$vault" --enabled-for-template-deployment false --output none
refused KeyVaultParameterReferenceSecretRetrieveFailed "The secret of KeyVault parameter 'password' cannot be retrieved" \
    -- az deployment group create --resource-group "$group" --template-file reader.json --parameters reader.parameters.json

# --- Refused, with nothing made --------------------------------------------------------------------------------------

refused InvalidTemplate "The provided value for the template parameter 'keys' is not valid." "Expected a value of type 'Array'" \
    -- az deployment group create --resource-group "$group" --template-file vault.json --parameters "${given[@]}" keys='{}'
sed 's/\[concat(/[nonsense(/' reader.json >nonsense.json
refused InvalidTemplate "The template resource '$vault/copied' at line '" "The template function 'nonsense' is not valid." \
    -- az deployment group create --resource-group "$group" --template-file nonsense.json \
    --parameters vault="$vault" password=x
sed 's/Microsoft.KeyVault\/vaults\/keys/Microsoft.Storage\/storageAccounts\/keys/' vault.json >storage.json
refused InvalidResourceNamespace \
    -- az deployment group create --resource-group "$group" --template-file storage.json --parameters "${given[@]}"
refused 'akv: what a deployment would change (what-if) is not emulated.' \
    -- az deployment group what-if --resource-group "$group" --template-file vault.json --parameters "${given[@]}"

# --- A resource that its provider refuses ----------------------------------------------------------------------------

step az keyvault delete --name "$vault"
refused DeploymentFailed 'At least one resource deployment operation failed.' ConflictError \
    -- az deployment group create --resource-group "$group" --name again --template-file vault.json \
    --parameters "${given[@]}"
expect Failed deployed show --name again --query properties.provisioningState

step az deployment group delete --resource-group "$group" --name first
refused "Deployment 'first' could not be found." -- az deployment group show --resource-group "$group" --name first
step az group delete --name "$group" --yes

#!/usr/bin/env bash
# The whole `az keyvault certificate` group, each command's output looked at. openssl makes and judges what goes in and
# comes out. The vault is there or comes into being on first use.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$files"

az login --output none

# cert COMMAND...: a command of the group, its output as text.
cert() {
    az keyvault certificate "$@" --output tsv
}

# in_vault COMMAND...: the same for those that ask for a vault.
in_vault() {
    cert "$@" --vault-name "$vault"
}

# fingerprint FILE [FORM]: the SHA-1 of a certificate, as --query x509ThumbprintHex has it.
fingerprint() {
    openssl x509 -in "$1" -inform "${2:-PEM}" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'
}

# --- Create, show, list, update --------------------------------------------------------------------------------------

step az keyvault certificate get-default-policy --output none
az keyvault certificate get-default-policy >policy.json
az keyvault certificate get-default-policy --scaffold >scaffold.json
grep -q '"subject": "CN=CLIGetDefaultPolicy"' policy.json
grep -q '"subjectAlternativeNames"' scaffold.json

expect completed in_vault create --name web --policy @policy.json --tags team=a --query status
expect true in_vault show --name web --query "starts_with(id, 'https://$vault.vault.azure.net/certificates/web/')"
expect $'CN=CLIGetDefaultPolicy\nSelf' in_vault show --name web \
    --query '[policy.x509CertificateProperties.subject, policy.issuerParameters.name]'
expect a in_vault show --name web --query tags.team
first=$(in_vault show --name web --query id)
expect "$first" cert show --id "$first" --query id

expect completed in_vault create --name web --policy @policy.json --validity 24 --query status
second=$(in_vault show --name web --query id)
[[ $first != "$second" ]]
expect 24 in_vault show --name web --query policy.x509CertificateProperties.validityInMonths
expect 2 in_vault list-versions --name web --query 'length(@)'
expect web in_vault list --query '[].name'
expect 1 in_vault list --maxresults 5 --include-pending true --query 'length(@)'

expect false in_vault set-attributes --name web --enabled false --tags team=b --query attributes.enabled
expect b in_vault show --name web --query tags.team
expect true in_vault set-attributes --name web --enabled true --query attributes.enabled
step az keyvault certificate set-attributes --vault-name "$vault" --name web --policy @policy.json --output none
expect 12 in_vault show --name web --query policy.x509CertificateProperties.validityInMonths

# --- Download and import ---------------------------------------------------------------------------------------------

step az keyvault certificate download --vault-name "$vault" --name web --file web.pem
step az keyvault certificate download --vault-name "$vault" --name web --file web.der --encoding DER
expect "$(fingerprint web.der DER)" fingerprint web.pem
expect "$(fingerprint web.pem)" in_vault show --name web --query x509ThumbprintHex

openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.pem -days 3650 -subj /CN=own.example -addext keyUsage=digitalSignature 2>/dev/null
cat own.key own.pem >both.pem
sed 's/x-pkcs12/x-pem-file/' policy.json >pem.json
openssl pkcs12 -export -inkey own.key -in own.pem -passout pass:secret -out own.p12
expect "$(fingerprint own.pem)" in_vault import --name from-pem --file both.pem --policy @pem.json --query x509ThumbprintHex
expect "$(fingerprint own.pem)" in_vault import --name from-p12 --file own.p12 --password secret --tags a=b --query x509ThumbprintHex
expect CN=own.example in_vault show --name from-p12 --query policy.x509CertificateProperties.subject
refused 'The specified PKCS#12 X.509 certificate content can not be read.' \
    -- az keyvault certificate import --vault-name "$vault" --name broken --file own.p12 --password wrong

# The secret is the certificate with its key.
step az keyvault secret download --vault-name "$vault" --name from-p12 --file secret.p12 --encoding base64
openssl pkcs12 -in secret.p12 -passin pass: -nodes -out secret.pem
expect "$(openssl pkey -in own.key -pubout)" openssl pkey -in secret.pem -pubout

# --- Pending ---------------------------------------------------------------------------------------------------------

sed 's/"name": "Self"/"name": "Unknown"/' policy.json >unknown.json
step az keyvault certificate create --vault-name "$vault" --name merged --policy @unknown.json --output none
expect inProgress in_vault pending show --name merged --query status
expect 'Pending certificate created. Please Perform Merge to complete the request.' \
    in_vault pending show --name merged --query statusDetails
{
    echo '-----BEGIN CERTIFICATE REQUEST-----'
    in_vault pending show --name merged --query csr | fold -w 64
    echo '-----END CERTIFICATE REQUEST-----'
} >merged.csr
openssl req -in merged.csr -verify -noout 2>/dev/null
openssl x509 -req -in merged.csr -CA own.pem -CAkey own.key -CAcreateserial -days 90 -out merged.pem 2>/dev/null
refused 'does not match the public part of the specified private key' \
    -- az keyvault certificate pending merge --vault-name "$vault" --name merged --file own.pem
expect "$(fingerprint merged.pem)" in_vault pending merge --name merged --file merged.pem --query x509ThumbprintHex
expect completed in_vault pending show --name merged --query status

step az keyvault certificate create --vault-name "$vault" --name removed --policy @unknown.json --output none
expect inProgress in_vault pending delete --name removed --query status
refused 'Pending Certificate not found: removed' \
    -- az keyvault certificate pending show --vault-name "$vault" --name removed

# --- Backup, delete, recover, purge, restore -------------------------------------------------------------------------

step az keyvault certificate backup --vault-name "$vault" --name web --file web.backup
versions=$(in_vault list-versions --name web --query 'sort([].id)')
step az keyvault certificate delete --vault-name "$vault" --name web --output none
expect web in_vault list-deleted --query "[?name=='web'].name"
expect "https://$vault.vault.azure.net/deletedcertificates/web" in_vault show-deleted --name web --query recoveryId
refused 'A certificate with (name/id) web was not found in this key vault.' \
    -- az keyvault certificate show --vault-name "$vault" --name web
refused 'is currently in a deleted but recoverable state' \
    -- az keyvault certificate create --vault-name "$vault" --name web --policy @policy.json
expect web in_vault recover --name web --query name
expect "$second" in_vault show --name web --query id
step az keyvault certificate delete --vault-name "$vault" --name web --output none
step az keyvault certificate purge --vault-name "$vault" --name web
refused 'Deleted Certificate not found: web' -- az keyvault certificate show-deleted --vault-name "$vault" --name web
expect web in_vault restore --file web.backup --query name
expect "$versions" in_vault list-versions --name web --query 'sort([].id)'

# --- Issuers and contacts --------------------------------------------------------------------------------------------

expect Test in_vault issuer create --issuer-name authority --provider-name Test --account-id me --password hidden \
    --organization-id org --query provider
expect $'me\norg' in_vault issuer show --issuer-name authority \
    --query '[credentials.accountId, organizationDetails.id]'
expect 1 in_vault issuer list --query 'length(@)'
step az keyvault certificate issuer admin add --vault-name "$vault" --issuer-name authority \
    --email ada@example.com --first-name Ada --last-name Lovelace --phone 1 --output none
step az keyvault certificate issuer admin add --vault-name "$vault" --issuer-name authority --email bob@example.com \
    --output none
expect $'ada@example.com\nbob@example.com' in_vault issuer admin list --issuer-name authority --query '[].emailAddress'
step az keyvault certificate issuer admin delete --vault-name "$vault" --issuer-name authority --email ada@example.com
expect bob@example.com in_vault issuer admin list --issuer-name authority --query '[].emailAddress'
step az keyvault certificate issuer update --vault-name "$vault" --issuer-name authority --account-id you --output none
expect you in_vault issuer show --issuer-name authority --query credentials.accountId
step az keyvault certificate issuer delete --vault-name "$vault" --issuer-name authority --output none
refused 'Issuer not found' -- az keyvault certificate issuer show --vault-name "$vault" --issuer-name authority

step az keyvault certificate contact add --vault-name "$vault" --email a@example.com --name A --phone 1 --output none
step az keyvault certificate contact add --vault-name "$vault" --email b@example.com --output none
expect $'a@example.com\nb@example.com' in_vault contact list --query 'contactList[].emailAddress'
step az keyvault certificate contact delete --vault-name "$vault" --email a@example.com --output none
step az keyvault certificate contact delete --vault-name "$vault" --email b@example.com --output none

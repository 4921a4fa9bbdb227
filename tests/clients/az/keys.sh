#!/usr/bin/env bash
# The whole `az keyvault key` group, each command's output looked at. openssl makes and judges what goes in and comes out.
. "$(dirname "$0")/steps.sh"

vault=$KEY_VAULT_NAME pool=$KEY_VAULT_NAME-pool
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$files"

az login --output none

# key COMMAND...: a command of the group, its output as text.
key() {
    az keyvault key "$@" --output tsv
}

# in_vault COMMAND...: the same for those that ask for a vault.
in_vault() {
    key "$@" --vault-name "$vault"
}

# in_pool COMMAND...: the same in a Managed HSM.
in_pool() {
    key "$@" --hsm-name "$pool"
}

# curve_of FILE: by which name openssl knows the curve of a public key.
curve_of() {
    openssl pkey -pubin -in "$1" -noout -text_pub | sed -n 's/^ASN1 OID: //p'
}

# random_bytes COUNT: how many came. az prints bytes as Python spells them.
random_bytes() {
    in_pool random --count "$1" --query value | sed "s/^b'//; s/'$//" | base64 --decode | wc --bytes
}

# --- Create, show, list, update --------------------------------------------------------------------------------------

expect $'RSA\na' in_vault create --name rsa --size 2048 --tags team=a --query '[key.kty, tags.team]'
rsa=$(in_vault show --name rsa --query key.kid)
expect true in_vault show --name rsa --query "starts_with(key.kid, 'https://$vault.vault.azure.net/keys/rsa/')"
expect $'EC\nP-256K\nsign\nverify' in_vault create --name k1 --kty EC --curve P-256K \
    --query '[key.kty, key.crv, key.keyOps[0], key.keyOps[1]]'
expect verify in_vault create --name ec --kty EC --ops verify --disabled true --query 'key.keyOps[]'
first=$(in_vault show --name ec --query key.kid)
expect P-256 in_vault create --name ec --kty EC --curve P-256 --query key.crv
[[ $first != "$(in_vault show --name ec --query key.kid)" ]]
expect false key show --id "$first" --query attributes.enabled
expect $'ec\nk1\nrsa' in_vault list --query '[].name'
expect ec in_vault list --maxresults 1 --query '[].name'
expect 2 in_vault list-versions --name ec --query 'length(@)'
expect $'encrypt\ndecrypt' in_vault set-attributes --name rsa --ops encrypt decrypt --tags team=b --query 'key.keyOps[]'
expect b in_vault show --name rsa --query tags.team
refused 'Operation sign is not permitted on this key.' \
    -- az keyvault key sign --vault-name "$vault" --name rsa --algorithm RS256 --digest "$(head -c 32 /dev/zero | base64)"
step az keyvault key set-attributes --vault-name "$vault" --name rsa \
    --ops encrypt decrypt sign verify wrapKey unwrapKey --output none
refused 'Hardware key operation not allowed on standard vault' \
    -- az keyvault key create --vault-name "$vault" --name hsm --kty RSA-HSM

# A rotation policy where a release policy belongs: Azure/azure-cli issue 28288.
refused 'AKV.SKR.1005: Non-exportable keys must not have release policy.' \
    -- az keyvault key create --vault-name "$vault" --name rp \
    --policy '{"lifetimeActions": [], "attributes": {"expiryTime": "P2Y"}}'

# --- Download; encrypt here and decrypt there, sign there and verify here --------------------------------------------

step az keyvault key download --vault-name "$vault" --name rsa --file rsa.pem
step az keyvault key download --vault-name "$vault" --name rsa --file rsa.der --encoding DER
expect "$(openssl pkey -pubin -in rsa.pem)" openssl pkey -pubin -in rsa.der -inform DER
step az keyvault key download --vault-name "$vault" --name ec --file ec.pem
expect prime256v1 curve_of ec.pem

text=$(printf 'a text' | base64)
sealed=$(in_vault encrypt --name rsa --algorithm RSA-OAEP-256 --value "$text" --query result)
expect "$text" in_vault decrypt --name rsa --algorithm RSA-OAEP-256 --value "$sealed" --query result
sealed=$(in_vault encrypt --name rsa --algorithm RSA1_5 --value 'a text' --data-type plaintext --query result)
expect "$text" in_vault decrypt --name rsa --algorithm RSA1_5 --value "$sealed" --query result
sealed=$(printf 'a text' | openssl pkeyutl -encrypt -pubin -inkey rsa.pem -pkeyopt rsa_padding_mode:oaep | base64 --wrap 0)
expect "$text" key decrypt --id "$rsa" --algorithm RSA-OAEP --value "$sealed" --query result

printf 'a text' >text
digest=$(openssl dgst -sha256 -binary text | base64)
in_vault sign --name rsa --algorithm RS256 --digest "$digest" --query signature | base64 --decode >signature
expect 'Verified OK' openssl dgst -sha256 -verify rsa.pem -signature signature text
signature=$(in_vault sign --name ec --algorithm ES256 --digest "$digest" --query signature)
expect true in_vault verify --name ec --algorithm ES256 --digest "$digest" --signature "$signature" --query isValid
other=$(printf 'x' | openssl dgst -sha256 -binary | base64)
expect false in_vault verify --name ec --algorithm ES256 --digest "$other" --signature "$signature" --query isValid

# --- Import ----------------------------------------------------------------------------------------------------------

openssl genrsa -out own.key 2048 2>/dev/null
openssl ecparam -name secp384r1 -genkey -noout -out own-ec.key
openssl pkey -in own.key -aes256 -passout pass:secret -out locked.key -traditional
expect RSA in_vault import --name imported --pem-file own.key --query key.kty
expect P-384 in_vault import --name imported-ec --pem-file own-ec.key --query key.crv
expect RSA in_vault import --name unlocked --pem-file locked.key --pem-password secret --query key.kty
expect EC in_vault import --name from-string --pem-string "$(cat own-ec.key)" --query key.kty
for name in imported unlocked; do
    rm -f public.pem
    step az keyvault key download --vault-name "$vault" --name "$name" --file public.pem
    expect "$(openssl pkey -in own.key -pubout)" openssl pkey -pubin -in public.pem
done
signature=$(in_vault sign --name imported --algorithm PS256 --digest "$digest" --query signature)
base64 --decode <<<"$signature" >signature
expect 'Verified OK' openssl dgst -sha256 -verify public.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 \
    -signature signature text

# --- Rotation, policy templates --------------------------------------------------------------------------------------

expect Notify in_vault rotation-policy show --name rsa --query 'lifetimeActions[].action'
cat >rotation.json <<'END'
{"lifetimeActions": [{"trigger": {"timeAfterCreate": "P30D"}, "action": {"type": "Rotate"}}],
 "attributes": {"expiryTime": "P90D"}}
END
expect P90D in_vault rotation-policy update --name rsa --value rotation.json --query expiresIn
expect $'Rotate\tP30D\nNotify\tNone' in_vault rotation-policy show --name rsa \
    --query 'lifetimeActions[].[action, timeAfterCreate]'
rotated=$(in_vault rotate --name rsa --query key.kid)
[[ $rotated != "$rsa" ]]
expect "$rotated" in_vault show --name rsa --query key.kid
expect 2 in_vault list-versions --name rsa --query 'length(@)'

expect 1.0.0 key get-policy-template --query version

# --- A Managed HSM ---------------------------------------------------------------------------------------------------

expect 32 random_bytes 32
expect oct-HSM in_pool create --name aes --kty oct-HSM --size 256 --query key.kty
sealed=$(in_pool encrypt --name aes --algorithm A256GCM --value 'a text' --data-type plaintext --aad 616164 \
    --query '[result, iv, tag]')
mapfile -t parts <<<"$sealed"
expect "$text" in_pool decrypt --name aes --algorithm A256GCM --value "${parts[0]}" --iv "${parts[1]}" \
    --tag "${parts[2]}" --aad 616164 --query result
cat >release.json <<'END'
{"version": "1.0.0", "anyOf": [{"authority": "https://sharedeus.eus.attest.azure.net",
                                "allOf": [{"claim": "sdk-test", "equals": true}]}]}
END
expect $'RSA-HSM\ntrue' in_pool create --name hard --kty RSA-HSM --exportable true --policy release.json \
    --query '[key.kty, attributes.exportable]'
expect true in_pool get-attestation --name hard --query 'length(@) > `0`'

# --- Keys in hardware, of a vault that was made as premium: az asks which provider attests for its region -------------

premium=$KEY_VAULT_NAME-premium
step az group create --name "$group" --location westeurope --output none
step az keyvault create --name "$premium" --resource-group "$group" --sku premium --output none
for policy in cvm data-disk; do
    expect $'RSA-HSM\ntrue' key create --vault-name "$premium" --name "$policy" --kty RSA-HSM --exportable true \
        "--default-$policy-policy" --query '[key.kty, attributes.exportable]'
    az keyvault key show --vault-name "$premium" --name "$policy" --query releasePolicy.encodedPolicy |
        grep -F 'https://sharedweu.weu.attest.azure.net'
done

# Sealed for a key exchange key, as the specification of "Bring your own key" has it.
kek=$(key create --vault-name "$premium" --name kek --kty RSA-HSM --ops import --query key.kid)
step az keyvault key download --vault-name "$premium" --name kek --file kek.pem
head -c 32 /dev/urandom >wrapping
{
    openssl pkeyutl -encrypt -pubin -inkey kek.pem -pkeyopt rsa_padding_mode:oaep -in wrapping
    openssl pkcs8 -topk8 -nocrypt -outform DER -in own.key |
        openssl enc -id-aes256-wrap-pad -K "$(od -A n -t x1 -v wrapping | tr -d ' \n')" -iv a65959a6
} | base64 --wrap 0 | tr '+/' '-_' | tr -d '=' >ciphertext
printf '{"schema_version": "1.0.0", "header": {"kid": "%s", "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"},
    "ciphertext": "%s", "generator": "openssl"}' "$kek" "$(<ciphertext)" >own.byok
expect RSA-HSM key import --vault-name "$premium" --name brought --byok-file own.byok --query key.kty
rm -f public.pem
step az keyvault key download --vault-name "$premium" --name brought --file public.pem
expect "$(openssl pkey -in own.key -pubout)" openssl pkey -pubin -in public.pem

# --- Backup, delete, recover, purge, restore -------------------------------------------------------------------------

step az keyvault key backup --vault-name "$vault" --name rsa --file rsa.backup
versions=$(in_vault list-versions --name rsa --query 'sort([].kid)')
expect "https://$vault.vault.azure.net/deletedkeys/rsa" in_vault delete --name rsa --query recoveryId
expect rsa in_vault list-deleted --query '[].name'
expect "$rotated" in_vault show-deleted --name rsa --query key.kid
refused '(KeyNotFound) A key with (name/id) rsa was not found in this key vault.' \
    -- az keyvault key show --vault-name "$vault" --name rsa
refused 'is currently in a deleted but recoverable state' -- az keyvault key create --vault-name "$vault" --name rsa
expect "$rotated" in_vault recover --name rsa --query key.kid
step az keyvault key delete --vault-name "$vault" --name rsa --output none
step az keyvault key purge --vault-name "$vault" --name rsa
refused 'Deleted Key not found: rsa' -- az keyvault key show-deleted --vault-name "$vault" --name rsa
expect "$rotated" in_vault restore --file rsa.backup --query key.kid
expect "$versions" in_vault list-versions --name rsa --query 'sort([].kid)'
expect "$text" key decrypt --id "$rsa" --algorithm RSA-OAEP-256 \
    --value "$(key encrypt --id "$rsa" --algorithm RSA-OAEP-256 --value "$text" --query result)" --query result

#!/usr/bin/env bash
# credentials/run.sh RESULTS LANGUAGE PROGRAM...: each credential of one language's SDK, inside `akv run --auth strict`.
#
# PROGRAM takes a credential's name, opens the vault by it and prints the object id that its token names. What worked is
# written to RESULTS/LANGUAGE, a line for each credential, from which README's matrix is made.
set -euo pipefail

results=$1 language=$2
shift 2

tenant=$(curl --silent --noproxy '*' "$HTTPS_PROXY/akv/info" | sed -n 's/.*"tenant_id":"\([^"]*\)".*/\1/p')
client=7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e60
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=client -days 1 \
    -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
cat "$folder/key.pem" "$folder/certificate.pem" >"$folder/client.pem"
printf e30.e30.c2lnbmF0dXJl >"$folder/token" # a JSON Web Token of nobody's

opened=()

# opens CREDENTIAL [VARIABLE=VALUE...] -- PROGRAM...: whom its token names is in $oid.
opens() {
    local credential=$1 variables=()
    shift
    while [[ $1 != -- ]]; do
        variables+=("$1")
        shift
    done
    shift
    oid=$(env "${variables[@]}" "$@" "$credential")
    echo "$credential: $oid"
    opened+=("$credential")
}

# same WHAT LEFT RIGHT, other WHAT LEFT RIGHT
same() {
    [[ $2 == "$3" ]] || { echo "$1: $2 is not $3"; exit 1; }
}
other() {
    [[ $2 != "$3" ]] || { echo "$1: both are $2"; exit 1; }
}

opens DefaultAzureCredential -- "$@"
developer=$oid
opens ManagedIdentityCredential -- "$@"
same "the machine's identity is the developer" "$oid" "$developer"
opens "ManagedIdentityCredential, user-assigned" AZURE_CLIENT_ID=$client -- "$@"
other "a user-assigned identity is its own" "$oid" "$developer"
opens WorkloadIdentityCredential -u IDENTITY_ENDPOINT -u IDENTITY_HEADER AZURE_TENANT_ID="$tenant" AZURE_CLIENT_ID=$client \
    AZURE_FEDERATED_TOKEN_FILE="$folder/token" -- "$@"
application=$oid
other "an application is its own" "$application" "$developer"
opens ClientSecretCredential AZURE_TENANT_ID="$tenant" AZURE_CLIENT_ID=$client AZURE_CLIENT_SECRET=any -- "$@"
same "an application is one however it proves itself" "$oid" "$application"
opens ClientCertificateCredential AZURE_TENANT_ID="$tenant" AZURE_CLIENT_ID=$client \
    AZURE_CLIENT_CERTIFICATE_PATH="$folder/client.pem" -- "$@"
same "an application is one however it proves itself" "$oid" "$application"

export AZURE_CONFIG_DIR=$folder/azure
az login --output none
opens AzureCliCredential -- "$@"
same "az logs the developer in" "$oid" "$developer"

mkdir -p "$results"
printf '%s\n' "${opened[@]}" >"$results/$language"

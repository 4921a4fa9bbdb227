"""Opens the vault by one credential of azure-identity and prints whom its token names.

Nothing here knows of an emulator: what a credential needs comes from the environment.
"""

import base64
import json
import os
import sys

from azure import identity
from azure.keyvault.certificates import CertificateClient

SETTING = os.environ.get

CREDENTIALS = {
    "DefaultAzureCredential": identity.DefaultAzureCredential,
    "ManagedIdentityCredential": identity.ManagedIdentityCredential,
    "ManagedIdentityCredential, user-assigned": lambda: identity.ManagedIdentityCredential(
        client_id=SETTING("AZURE_CLIENT_ID")
    ),
    "WorkloadIdentityCredential": identity.WorkloadIdentityCredential,
    "ClientSecretCredential": lambda: identity.ClientSecretCredential(
        SETTING("AZURE_TENANT_ID"), SETTING("AZURE_CLIENT_ID"), SETTING("AZURE_CLIENT_SECRET")
    ),
    "ClientCertificateCredential": lambda: identity.CertificateCredential(
        SETTING("AZURE_TENANT_ID"), SETTING("AZURE_CLIENT_ID"), SETTING("AZURE_CLIENT_CERTIFICATE_PATH")
    ),
    "AzureCliCredential": lambda: identity.AzureCliCredential(process_timeout=60),
}


def main() -> None:
    credential = CREDENTIALS[sys.argv[1]]()
    with CertificateClient(f"https://{SETTING('KEY_VAULT_NAME')}.vault.azure.net", credential) as client:
        list(client.list_properties_of_certificates())
    claims = credential.get_token("https://vault.azure.net/.default").token.split(".")[1]
    print(json.loads(base64.urlsafe_b64decode(claims + "=="))["oid"])


if __name__ == "__main__":
    main()

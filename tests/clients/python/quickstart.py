"""The three steps of Microsoft's certificates quickstart: create, read, delete.

Nothing here knows of an emulator: the same file runs against Azure. Run twice against one vault, the second run fails
because the first one's name is deleted but recoverable.
"""

import os
import sys

from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy


def main() -> None:
    vault_name = os.environ["KEY_VAULT_NAME"]
    certificate_name = sys.argv[1] if len(sys.argv) > 1 else "quickstart"
    client = CertificateClient(
        vault_url=f"https://{vault_name}.vault.azure.net", credential=DefaultAzureCredential()
    )

    created = client.begin_create_certificate(
        certificate_name=certificate_name, policy=CertificatePolicy.get_default()
    ).result()
    print(f"created {created.name}, version {created.properties.version}")

    found = client.get_certificate(certificate_name)
    print(f"found {found.name}, valid until {found.properties.expires_on:%Y-%m-%d}")

    deleted = client.begin_delete_certificate(certificate_name).result()
    print(f"deleted {deleted.name}, to be purged on {deleted.scheduled_purge_date:%Y-%m-%d}")


if __name__ == "__main__":
    main()

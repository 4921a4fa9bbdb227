"""The three steps of quickstart.py through the asynchronous clients.

They speak through aiohttp, which takes its proxy and its certificate authorities from other variables than requests.
"""

import asyncio
import os

from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.certificates import CertificatePolicy
from azure.keyvault.certificates.aio import CertificateClient


async def main() -> None:
    vault_url = f"https://{os.environ['KEY_VAULT_NAME']}.vault.azure.net"
    async with DefaultAzureCredential() as credential, CertificateClient(vault_url, credential) as client:
        created = await client.create_certificate("quickstart-aio", CertificatePolicy.get_default())
        print(f"created {created.name}, version {created.properties.version}")

        found = await client.get_certificate("quickstart-aio")
        assert found.properties.version == created.properties.version
        names = [listed.name async for listed in client.list_properties_of_certificates()]
        assert names == ["quickstart-aio"], names

        deleted = await client.delete_certificate("quickstart-aio")
        print(f"deleted {deleted.name}, to be purged on {deleted.scheduled_purge_date:%Y-%m-%d}")


if __name__ == "__main__":
    asyncio.run(main())

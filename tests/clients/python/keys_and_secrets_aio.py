"""The life of a secret and a key by the asynchronous clients. Nothing here knows of an emulator."""

import asyncio
import hashlib
import os

from azure.core.exceptions import ResourceNotFoundError
from azure.identity.aio import DefaultAzureCredential
from azure.keyvault.keys.aio import KeyClient
from azure.keyvault.keys.crypto import EncryptionAlgorithm, SignatureAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient
from azure.keyvault.secrets.aio import SecretClient

URL = f"https://{os.environ['KEY_VAULT_NAME']}.vault.azure.net"


async def pages(items) -> list[int]:
    return [len([item async for item in page]) async for page in items.by_page()]


async def secrets(client: SecretClient) -> None:
    await asyncio.gather(*(client.set_secret(f"s{number}", str(number)) for number in range(60)))
    assert await pages(client.list_properties_of_secrets()) == [25, 25, 10]
    first = await client.get_secret("s0")
    await client.set_secret("s0", "another")
    assert (await client.get_secret("s0", first.properties.version)).value == "0"
    await client.delete_secret("s0")
    await client.recover_deleted_secret("s0")
    assert (await client.get_secret("s0")).value == "another"
    await client.delete_secret("s0")
    await client.purge_deleted_secret("s0")
    try:
        await client.get_deleted_secret("s0")
        raise SystemExit("a purged secret is still there")
    except ResourceNotFoundError:
        print("secrets: ok")


async def keys(client: KeyClient, credential: DefaultAzureCredential) -> None:
    made = await client.create_rsa_key("k")
    key = await client.rotate_key("k")
    assert key.id != made.id
    digest = hashlib.sha256(b"a text").digest()
    async with CryptographyClient(key, credential) as remote:
        local = CryptographyClient.from_jwk(key.key)
        signed = await remote.sign(SignatureAlgorithm.ps256, digest)
        assert signed.key_id == key.id
        assert (await local.verify(SignatureAlgorithm.ps256, digest, signed.signature)).is_valid
        sealed = await local.encrypt(EncryptionAlgorithm.rsa_oaep_256, b"a text")
        opened = await remote.decrypt(EncryptionAlgorithm.rsa_oaep_256, sealed.ciphertext)
        assert opened.plaintext == b"a text"
    await asyncio.gather(*(client.create_ec_key(f"p{number}") for number in range(59)))
    assert await pages(client.list_properties_of_keys()) == [25, 25, 10]
    await client.delete_key("k")
    await client.recover_deleted_key("k")
    await client.delete_key("k")
    await client.purge_deleted_key("k")
    print("keys: ok")


async def main() -> None:
    async with DefaultAzureCredential() as credential:
        async with SecretClient(URL, credential) as client:
            await secrets(client)
        async with KeyClient(URL, credential) as client:
            await keys(client, credential)


asyncio.run(main())

"""Keys and secrets through their lives: create, rotate, sign there and verify here, encrypt here and decrypt there, page,
delete, recover, purge. Nothing here knows of an emulator: the same file runs against Azure.
"""

import hashlib
import os

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import (
    JsonWebKey,
    KeyClient,
    KeyRotationLifetimeAction,
    KeyRotationPolicy,
    KeyRotationPolicyAction,
)
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm
from azure.keyvault.secrets import SecretClient
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

URL = f"https://{os.environ['KEY_VAULT_NAME']}.vault.azure.net"
DIGEST = hashlib.sha256(b"a text").digest()


def secrets(client: SecretClient) -> None:
    first = client.set_secret("s", "one", content_type="text/plain", tags={"a": "b"})
    second = client.set_secret("s", "two")
    assert client.get_secret("s").value == "two" and client.get_secret("s", first.properties.version).value == "one"
    updated = client.update_secret_properties("s", second.properties.version, enabled=False, tags={"c": "d"})
    assert updated.tags == {"c": "d"} and not updated.enabled
    refused(lambda: client.get_secret("s"), 403, "Operation get is not allowed on a disabled secret.")
    client.update_secret_properties("s", enabled=True)
    versions = {properties.version for properties in client.list_properties_of_secret_versions("s")}
    assert versions == {first.properties.version, second.properties.version}
    backup = client.backup_secret("s")

    deleted = client.begin_delete_secret("s").result()
    assert deleted.recovery_id == f"{URL}/deletedsecrets/s", deleted.recovery_id
    try:
        client.set_secret("s", "three")
        raise SystemExit("the name of a deleted secret was given again")
    except ResourceExistsError as conflict:
        assert "deleted but recoverable state" in conflict.message
    client.begin_recover_deleted_secret("s").wait()
    assert client.get_secret("s").value == "two"
    client.begin_delete_secret("s").wait()
    client.purge_deleted_secret("s")
    refused(lambda: client.get_deleted_secret("s"), 404, "Deleted Secret not found: s")
    assert client.restore_secret_backup(backup).version == second.properties.version
    assert client.get_secret("s", first.properties.version).value == "one"

    for number in range(59):
        client.set_secret(f"page{number}", str(number))
    pages = [len(list(page)) for page in client.list_properties_of_secrets().by_page()]
    assert pages == [25, 25, 10], pages
    print("secrets: ok")


def keys(client: KeyClient) -> None:
    made = client.create_rsa_key("k", size=2048, tags={"a": "b"})
    client.update_key_rotation_policy(
        "k",
        KeyRotationPolicy(
            lifetime_actions=[KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_after_create="P30D")],
            expires_in="P90D",
        ),
    )
    policy = client.get_key_rotation_policy("k")
    assert policy.expires_in == "P90D" and len(policy.lifetime_actions) == 2
    rotated = client.rotate_key("k")
    assert rotated.properties.version != made.properties.version and rotated.key.n != made.key.n
    assert rotated.properties.tags == {"a": "b"}
    life = rotated.properties.expires_on - rotated.properties.created_on
    assert life.days == 90, life
    assert len(list(client.list_properties_of_key_versions("k"))) == 2
    backup = client.backup_key("k")

    client.begin_delete_key("k").wait()
    client.begin_recover_deleted_key("k").wait()
    assert client.get_key("k").properties.version == rotated.properties.version
    client.begin_delete_key("k").wait()
    assert [key.name for key in client.list_deleted_keys()] == ["k"]
    client.purge_deleted_key("k")
    refused(lambda: client.get_deleted_key("k"), 404, "Deleted Key not found: k")
    assert client.restore_key_backup(backup).id == rotated.id

    for number in range(59):
        client.create_ec_key(f"page{number}")
    pages = [len(list(page)) for page in client.list_properties_of_keys().by_page()]
    assert pages == [25, 25, 10], pages
    print("keys: ok")


def cryptography(client: KeyClient) -> None:
    """The key of each client is judged by the `cryptography` package, which shares no code with the emulator."""
    key = client.create_rsa_key("rsa", size=3072)
    n, e = (int.from_bytes(number, "big") for number in (key.key.n, key.key.e))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    remote = client.get_cryptography_client("rsa")
    local = CryptographyClient.from_jwk(key.key)
    prehashed = utils.Prehashed(hashes.SHA256())
    for algorithm, scheme in (
        (SignatureAlgorithm.rs256, padding.PKCS1v15()),
        (SignatureAlgorithm.ps256, padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
    ):
        signature = remote.sign(algorithm, DIGEST).signature
        public.verify(signature, DIGEST, scheme, prehashed)
        assert local.verify(algorithm, DIGEST, signature).is_valid
        assert remote.verify(algorithm, DIGEST, signature).is_valid
        assert not remote.verify(algorithm, hashlib.sha256(b"x").digest(), signature).is_valid
    for algorithm in (EncryptionAlgorithm.rsa_oaep, EncryptionAlgorithm.rsa_oaep_256, EncryptionAlgorithm.rsa1_5):
        assert remote.decrypt(algorithm, local.encrypt(algorithm, b"a text").ciphertext).plaintext == b"a text"
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    assert remote.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, public.encrypt(DIGEST, oaep)).key == DIGEST

    for crv, curve, algorithm in (
        ("P-256", ec.SECP256R1(), SignatureAlgorithm.es256),
        ("P-384", ec.SECP384R1(), SignatureAlgorithm.es384),
        ("P-521", ec.SECP521R1(), SignatureAlgorithm.es512),
        ("P-256K", ec.SECP256K1(), SignatureAlgorithm.es256_k),
    ):
        hash_of = {"P-384": hashes.SHA384(), "P-521": hashes.SHA512()}.get(crv, hashes.SHA256())
        digest = hashlib.new(hash_of.name, b"a text").digest()
        key = client.create_ec_key(f"ec{crv}", curve=crv)
        x, y = (int.from_bytes(number, "big") for number in (key.key.x, key.key.y))
        signature = client.get_cryptography_client(key.name).sign(algorithm, digest).signature
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        public = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
        public.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(hash_of)))
    print("cryptography: ok")


def imported(client: KeyClient) -> None:
    """The same key here and there."""
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.private_numbers()
    as_bytes = lambda number: number.to_bytes((number.bit_length() + 7) // 8, "big")
    jwk = JsonWebKey(
        kty="RSA",
        key_ops=["sign", "decrypt", "encrypt", "verify"],
        n=as_bytes(numbers.public_numbers.n),
        e=as_bytes(numbers.public_numbers.e),
        d=as_bytes(numbers.d),
        p=as_bytes(numbers.p),
        q=as_bytes(numbers.q),
        dp=as_bytes(numbers.dmp1),
        dq=as_bytes(numbers.dmq1),
        qi=as_bytes(numbers.iqmp),
    )
    key = client.import_key("imported", jwk)
    assert key.key.d is None and key.key_operations == jwk.key_ops
    crypto = client.get_cryptography_client("imported")
    signature = crypto.sign(SignatureAlgorithm.rs256, DIGEST).signature
    assert signature == private.sign(DIGEST, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    not_permitted = "Operation wrapKey is not permitted on this key."
    refused(lambda: crypto.wrap_key(KeyWrapAlgorithm.rsa_oaep, DIGEST), 403, not_permitted)
    jwk.d = bytes(256)
    refused(lambda: client.import_key("imported", jwk), 400, "invalid value")
    print("imported: ok")


def refused(call, status: int, text: str) -> None:
    try:
        call()
    except HttpResponseError as error:
        assert error.status_code == status and text in error.message, error
        assert isinstance(error, ResourceNotFoundError) == (status == 404)
        return
    raise SystemExit(f"not refused: {text}")


def main() -> None:
    credential = DefaultAzureCredential()
    secrets(SecretClient(URL, credential))
    client = KeyClient(URL, credential)
    keys(client)
    cryptography(client)
    imported(client)


if __name__ == "__main__":
    main()

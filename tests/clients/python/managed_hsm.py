"""A Managed HSM pool as the official client sees it, and a key released to an attested environment.

What comes back is judged by the `cryptography` package, which shares no code with the emulator. Assertions are made at
the emulator's own address, which is the proxy's.
"""

import base64
import hmac
import json
import os
import urllib.request

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import JsonWebKey, KeyClient, KeyReleasePolicy
from azure.keyvault.keys.crypto import EncryptionAlgorithm
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_der_x509_certificate

AUTHORITY = "https://sharedeus.eus.attest.azure.net"


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def attest(**request: object) -> dict:
    body = json.dumps(request).encode()
    url = os.environ["HTTPS_PROXY"] + "/akv/attestation"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, body, method="POST")) as answer:
        return json.load(answer)


def operate(client: KeyClient, kid: str, operation: str, algorithm: str, value: bytes) -> bytes:
    """By hand: the client wraps with symmetric keys on its own, with a key that it draws, if it has none."""
    body = {"alg": algorithm, "value": base64.urlsafe_b64encode(value).decode().rstrip("=")}
    answer = client.send_request(
        HttpRequest("POST", f"{kid}/{operation}?api-version=2025-07-01", json=body)
    )
    answer.raise_for_status()
    return decode(answer.json()["value"])


def symmetric_keys(client: KeyClient) -> None:
    assert len(client.get_random_bytes(32)) == 32
    for bits in (128, 192, 256):
        key = client.create_oct_key(f"oct{bits}", size=bits, hardware_protected=True)
        assert key.key_type == "oct-HSM", key.key_type
        crypto = client.get_cryptography_client(key.name)
        gcm = EncryptionAlgorithm(f"A{bits}GCM")
        sealed = crypto.encrypt(gcm, b"a text", additional_authenticated_data=b"aad")
        opened = crypto.decrypt(
            gcm,
            sealed.ciphertext,
            iv=sealed.iv,
            authentication_tag=sealed.tag,
            additional_authenticated_data=b"aad",
        )
        assert opened.plaintext == b"a text"
        wrapped = operate(client, key.id, "wrapkey", f"A{bits}KW", bytes(range(32)))
        assert operate(client, key.id, "unwrapkey", f"A{bits}KW", wrapped) == bytes(range(32))
    print("symmetric keys: ok")


def release(client: KeyClient) -> None:
    policy = {
        "version": "1.0.0",
        "anyOf": [{"authority": AUTHORITY, "allOf": [{"claim": "sdk-test", "equals": True}]}],
    }
    key = client.create_rsa_key(
        "released",
        hardware_protected=True,
        exportable=True,
        release_policy=KeyReleasePolicy(json.dumps(policy).encode()),
    )
    environment = attest(authority=AUTHORITY, claims={"sdk-test": True})
    token = client.release_key("released", environment["assertion"], nonce="once").value
    header, payload, signature = token.split(".")
    certificate = load_der_x509_certificate(base64.b64decode(json.loads(decode(header))["x5c"][0]))
    certificate.public_key().verify(
        decode(signature), f"{header}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    released = json.loads(decode(payload))
    assert released["request"]["nonce"] == "once"
    sealed = json.loads(decode(released["response"]["key"]["key"]["key_hsm"]))
    recipient = serialization.load_pem_private_key(environment["privateKey"].encode(), None)
    ciphertext = decode(sealed["ciphertext"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    wrapping_key = recipient.decrypt(ciphertext[:256], oaep)
    der = keywrap.aes_key_unwrap_with_padding(wrapping_key, ciphertext[256:])
    private = serialization.load_der_private_key(der, None)
    assert private.public_key().public_numbers().n == int.from_bytes(key.key.n, "big")
    for flaw in ("expired", "forged"):
        flawed = attest(authority=AUTHORITY, claims={"sdk-test": True}, flaw=flaw)
        try:
            client.release_key("released", flawed["assertion"])
            raise SystemExit(f"a key was released to an {flaw} environment")
        except HttpResponseError as refused:
            assert refused.status_code == 403, refused
    print("release: ok")


def imported(client: KeyClient) -> None:
    """The same key here and there: what one makes the other reads."""
    k = os.urandom(32)
    key = client.import_key("imported", JsonWebKey(kty="oct-HSM", k=k))
    crypto = client.get_cryptography_client("imported")
    sealed = crypto.encrypt(EncryptionAlgorithm.a256_gcm, b"a text")
    assert AESGCM(k).decrypt(sealed.iv, sealed.ciphertext + sealed.tag, None) == b"a text"
    iv = os.urandom(12)
    ours = AESGCM(k).encrypt(iv, b"ours", None)
    opened = crypto.decrypt(
        EncryptionAlgorithm.a256_gcm, ours[:-16], iv=iv, authentication_tag=ours[-16:]
    )
    assert opened.plaintext == b"ours"
    assert keywrap.aes_key_unwrap(k, operate(client, key.id, "wrapkey", "A256KW", bytes(32))) == bytes(32)
    ours = keywrap.aes_key_wrap_with_padding(k, b"ours")
    assert operate(client, key.id, "unwrapkey", "CKM_AES_KEY_WRAP_PAD", ours) == b"ours"
    code = hmac.digest(k, b"a text", "sha384")
    assert operate(client, key.id, "sign", "HS384", b"a text") == code
    print("imported key: ok")


def main() -> None:
    client = KeyClient(
        vault_url=os.environ.get("AZURE_MANAGEDHSM_URL", "https://pool.managedhsm.azure.net"),
        credential=DefaultAzureCredential(),
    )
    symmetric_keys(client)
    imported(client)
    release(client)


if __name__ == "__main__":
    main()

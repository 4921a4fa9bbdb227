"""Every algorithm with every size, both ways: what the vault makes, `cryptography` reads, and the other way round.

`cryptography` shares no code with the emulator. Keys of every kind are made there and imported, so that the private
halves are on both sides; a key that the vault made itself is judged by its public half.
"""

import base64
import hashlib
import hmac
import os

from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import JsonWebKey, KeyClient
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "2025-07-01"
TEXT = b"a text of more than a block"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {
    "P-256": (ec.SECP256R1(), "ES256", "256"),
    "P-384": (ec.SECP384R1(), "ES384", "384"),
    "P-521": (ec.SECP521R1(), "ES512", "512"),
    "P-256K": (ec.SECP256K1(), "ES256K", "256"),
}
done = 0


def encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def operate(client: KeyClient, kid: str, operation: str, alg: str, value: bytes, **members: bytes) -> dict:
    """By hand: the clients do with a public key, and with symmetric keys, whatever they can on their own."""
    body = {"alg": alg, "value": encode(value)} | {name: encode(octets) for name, octets in members.items()}
    answer = client.send_request(HttpRequest("POST", f"{kid}/{operation}?api-version={VERSION}", json=body))
    answer.raise_for_status()
    result = answer.json()
    return {name: decode(text) if name in ("value", "iv", "tag") and isinstance(text, str) else text
            for name, text in result.items()}


def said(operation: str, subject: str, alg: str) -> None:
    global done
    done += 1
    print(f"{operation} {subject} {alg}: ok")


def octets(number: int, length: int = 0) -> bytes:
    return number.to_bytes(length or (number.bit_length() + 7) // 8, "big")


def rsa_pair(client: KeyClient, size: int) -> tuple[str, rsa.RSAPrivateKey]:
    private = rsa.generate_private_key(65537, size)
    numbers = private.private_numbers()
    public = numbers.public_numbers
    jwk = JsonWebKey(
        kty="RSA", n=octets(public.n), e=octets(public.e), d=octets(numbers.d), p=octets(numbers.p), q=octets(numbers.q),
        dp=octets(numbers.dmp1), dq=octets(numbers.dmq1), qi=octets(numbers.iqmp),
        key_ops=["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"],
    )
    return client.import_key(f"rsa{size}", jwk).id, private


def rsa_signatures(client: KeyClient, kid: str, public: rsa.RSAPublicKey, private: rsa.RSAPrivateKey | None) -> None:
    for family in ("RS", "PS"):
        for bits, hash_ in HASHES.items():
            alg = family + bits
            scheme = padding.PKCS1v15() if family == "RS" else padding.PSS(padding.MGF1(hash_), hash_.digest_size)
            digest = hashlib.new(hash_.name, TEXT).digest()
            signature = operate(client, kid, "sign", alg, digest)["value"]
            public.verify(signature, digest, scheme, utils.Prehashed(hash_))
            if private:
                ours = private.sign(digest, scheme, utils.Prehashed(hash_))
                assert operate(client, kid, "verify", alg, ours, digest=digest)["value"] is True
                wrong = ours[:-1] + bytes([ours[-1] ^ 1])
                assert operate(client, kid, "verify", alg, wrong, digest=digest)["value"] is False
            said("sign and verify", f"RSA-{public.key_size}", alg)


def rsa_without_hash(client: KeyClient, kid: str, private: rsa.RSAPrivateKey) -> None:
    """RSNULL signs what it is given: here the DigestInfo that RS256 makes itself."""
    digest = hashlib.sha256(TEXT).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    signature = operate(client, kid, "sign", "RSNULL", info)["value"]
    assert signature == private.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    assert operate(client, kid, "verify", "RSNULL", signature, digest=info)["value"] is True
    said("sign and verify", f"RSA-{private.key_size}", "RSNULL")


def rsa_encryption(client: KeyClient, kid: str, private: rsa.RSAPrivateKey) -> None:
    oaep = lambda hash_: padding.OAEP(padding.MGF1(hash_), hash_, None)
    schemes = {"RSA1_5": padding.PKCS1v15(), "RSA-OAEP": oaep(hashes.SHA1()), "RSA-OAEP-256": oaep(hashes.SHA256())}
    for alg, scheme in schemes.items():
        for there, back in (("encrypt", "decrypt"), ("wrapkey", "unwrapkey")):
            assert private.decrypt(operate(client, kid, there, alg, TEXT)["value"], scheme) == TEXT
            sealed = private.public_key().encrypt(TEXT, scheme)
            assert operate(client, kid, back, alg, sealed)["value"] == TEXT
            said(f"{there} and {back}", f"RSA-{private.key_size}", alg)


def curves(client: KeyClient) -> None:
    for crv, (curve, alg, bits) in CURVES.items():
        hash_, length = HASHES[bits], (curve.key_size + 7) // 8
        digest = hashlib.new(hash_.name, TEXT).digest()
        private = ec.generate_private_key(curve)
        numbers = private.private_numbers()
        point = numbers.public_numbers
        jwk = JsonWebKey(kty="EC", crv=crv, x=octets(point.x, length), y=octets(point.y, length),
                         d=octets(numbers.private_value, length), key_ops=["sign", "verify"])
        kid = client.import_key(f"ec{crv}", jwk).id
        made = client.create_ec_key(f"made{crv}", curve=crv)
        x, y = (int.from_bytes(octets_, "big") for octets_ in (made.key.x, made.key.y))
        for id_, public in (
            (kid, private.public_key()),
            (made.id, ec.EllipticCurvePublicNumbers(x, y, curve).public_key()),
        ):
            signature = operate(client, id_, "sign", alg, digest)["value"]
            assert len(signature) == 2 * length, "r and s, each as long as the field"
            r, s = (int.from_bytes(half, "big") for half in (signature[:length], signature[length:]))
            public.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(hash_)))
        r, s = utils.decode_dss_signature(private.sign(digest, ec.ECDSA(utils.Prehashed(hash_))))
        ours = octets(r, length) + octets(s, length)
        assert operate(client, kid, "verify", alg, ours, digest=digest)["value"] is True
        other = hashlib.new(hash_.name, b"x").digest()
        assert operate(client, kid, "verify", alg, ours, digest=other)["value"] is False
        said("sign and verify", crv, alg)


def symmetric(client: KeyClient, bits: int) -> None:
    k = os.urandom(bits // 8)
    kid = client.import_key(f"oct{bits}", JsonWebKey(kty="oct-HSM", k=k)).id
    blocks = TEXT[:16]

    def cbc(value: bytes, iv: bytes, encrypt: bool) -> bytes:
        cipher = Cipher(algorithms.AES(k), modes.CBC(iv))
        worker = cipher.encryptor() if encrypt else cipher.decryptor()
        return worker.update(value) + worker.finalize()

    for alg, text in ((f"A{bits}CBC", blocks), (f"A{bits}CBCPAD", TEXT)):
        iv, pad = os.urandom(16), block_padding.PKCS7(128)
        padder, unpadder = pad.padder(), pad.unpadder()
        padded = padder.update(text) + padder.finalize() if alg.endswith("PAD") else text
        assert operate(client, kid, "encrypt", alg, text, iv=iv)["value"] == cbc(padded, iv, True)
        assert operate(client, kid, "decrypt", alg, cbc(padded, iv, True), iv=iv)["value"] == text
        said("encrypt and decrypt", f"oct-{bits}", alg)

    alg = f"A{bits}GCM"
    sealed = operate(client, kid, "encrypt", alg, TEXT, aad=b"aad")
    assert AESGCM(k).decrypt(sealed["iv"], sealed["value"] + sealed["tag"], b"aad") == TEXT
    iv = os.urandom(12)
    ours = AESGCM(k).encrypt(iv, TEXT, b"aad")
    assert operate(client, kid, "decrypt", alg, ours[:-16], iv=iv, tag=ours[-16:], aad=b"aad")["value"] == TEXT
    said("encrypt and decrypt", f"oct-{bits}", alg)

    key = bytes(range(32))
    for alg in (f"A{bits}KW", "CKM_AES_KEY_WRAP"):
        assert operate(client, kid, "wrapkey", alg, key)["value"] == keywrap.aes_key_wrap(k, key)
        assert operate(client, kid, "unwrapkey", alg, keywrap.aes_key_wrap(k, key))["value"] == key
        said("wrapkey and unwrapkey", f"oct-{bits}", alg)
    alg, wrapped = "CKM_AES_KEY_WRAP_PAD", keywrap.aes_key_wrap_with_padding(k, TEXT)
    assert operate(client, kid, "wrapkey", alg, TEXT)["value"] == wrapped
    assert operate(client, kid, "unwrapkey", alg, wrapped)["value"] == TEXT
    said("wrapkey and unwrapkey", f"oct-{bits}", alg)

    for length in HASHES:
        alg, code = f"HS{length}", hmac.digest(k, TEXT, f"sha{length}")
        assert operate(client, kid, "sign", alg, TEXT)["value"] == code
        assert operate(client, kid, "verify", alg, code, digest=TEXT)["value"] is True
        assert operate(client, kid, "verify", alg, bytes(len(code)), digest=TEXT)["value"] is False
        said("sign and verify", f"oct-{bits}", alg)


def main() -> None:
    credential = DefaultAzureCredential()
    vault = KeyClient(f"https://{os.environ['KEY_VAULT_NAME']}.vault.azure.net", credential)
    for size in (2048, 3072, 4096):
        kid, private = rsa_pair(vault, size)
        rsa_signatures(vault, kid, private.public_key(), private)
        rsa_without_hash(vault, kid, private)
        rsa_encryption(vault, kid, private)
        made = vault.create_rsa_key(f"made{size}", size=size)
        public = rsa.RSAPublicNumbers(*(int.from_bytes(number, "big") for number in (made.key.e, made.key.n)))
        rsa_signatures(vault, made.id, public.public_key(), None)
    curves(vault)
    pool = KeyClient("https://pool.managedhsm.azure.net", credential)
    for bits in (128, 192, 256):
        symmetric(pool, bits)
    print(f"{done} pairs")


if __name__ == "__main__":
    main()

"""A certificate of every key type in both forms of its secret, judged by strangers: `cryptography`, the openssl command
and a TLS handshake of Python's own `ssl`. The clock is the machine's: a handshake wants a certificate that is valid now.
"""

import base64
import ssl
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import emulator
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateContentType, CertificatePolicy
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12

HOST = "witness.example"
KINDS = {
    "RSA-2048": {"key_type": "RSA", "key_size": 2048},
    "RSA-3072": {"key_type": "RSA", "key_size": 3072},
    "RSA-4096": {"key_type": "RSA", "key_size": 4096},
    "P-256": {"key_type": "EC", "key_curve_name": "P-256"},
    "P-384": {"key_type": "EC", "key_curve_name": "P-384"},
    "P-521": {"key_type": "EC", "key_curve_name": "P-521"},
    "P-256K": {"key_type": "EC", "key_curve_name": "P-256K"},
}


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, timeout=30, check=False)
    if done.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stdout!r} {done.stderr!r}")
    return done.stdout


def handshake(server_pem: Path, certificate: str) -> str:
    """Serves TLS with the certificate to a client that trusts it alone and checks the host's name."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(server_pem)
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.load_verify_locations(cadata=certificate)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server, server_hostname=HOST)
    waiting = [client, server]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    return client.version()


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-secrets")
        cls.secrets = SecretClient(emulator.vault_url("-secrets"), DefaultAzureCredential())
        forms = [CertificateContentType.pkcs12, CertificateContentType.pem]
        with ThreadPoolExecutor() as threads:
            cls.created = dict(threads.map(cls.create, *zip(*[(kind, form) for kind in KINDS for form in forms])))

    @classmethod
    def create(cls, kind: str, form: CertificateContentType) -> tuple[tuple[str, CertificateContentType], bytes]:
        policy = CertificatePolicy(
            "Self", subject=f"CN={HOST}", san_dns_names=[HOST], content_type=form, **KINDS[kind]
        )
        issued = cls.client.begin_create_certificate(f"{kind}-{form.name}", policy).result()
        return (kind, form), bytes(issued.cer)

    def test_pkcs12_of_every_key_type(self) -> None:
        self.judge(CertificateContentType.pkcs12)

    def test_pem_of_every_key_type(self) -> None:
        self.judge(CertificateContentType.pem)

    def judge(self, form: CertificateContentType) -> None:
        for kind in KINDS:
            with self.subTest(kind), tempfile.TemporaryDirectory() as folder:
                der = self.created[kind, form]
                secret = self.secrets.get_secret(f"{kind}-{form.name}")
                self.assertEqual(secret.properties.content_type, form.value)
                if form == CertificateContentType.pem:
                    pem = secret.value.encode()
                else:
                    pfx = base64.b64decode(secret.value)
                    pem = openssl("pkcs12", "-passin", "pass:", "-nodes", given=pfx)
                path = Path(folder, "own.pem")
                path.write_bytes(pem)
                # openssl: key and certificate belong together, and the certificate vouches for itself and the host.
                self.assertEqual(openssl("x509", "-outform", "DER", given=pem), der)
                public = openssl("pkey", "-pubout", given=pem)
                certified = openssl("x509", "-noout", "-pubkey", given=pem)
                if kind == "P-256K":
                    # Azure spells the curve out in the certificate; what PKCS#8 has is the same curve's name.
                    certified = openssl("ec", "-pubin", "-param_enc", "named_curve", given=certified)
                self.assertEqual(certified, public)
                checks = ["-partial_chain", "-check_ss_sig", "-purpose", "sslserver", "-verify_hostname", HOST]
                openssl("verify", *checks, "-CAfile", str(path), str(path))
                if kind == "P-256K":
                    # `cryptography` reads no curve that is spelled out, and TLS 1.3 has no signature with this one.
                    with self.assertRaises((ValueError, UnsupportedAlgorithm)):
                        x509.load_der_x509_certificate(der).public_key()
                    continue
                if form == CertificateContentType.pem:
                    key = load_pem_private_key(pem, None)
                else:
                    key, own, more = pkcs12.load_key_and_certificates(pfx, b"")
                    self.assertEqual((own.public_bytes(Encoding.DER), more), (der, []))
                self.assertEqual(
                    key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), public
                )
                self.assertEqual(handshake(path, ssl.DER_cert_to_PEM_cert(der)), "TLSv1.3")


if __name__ == "__main__":
    unittest.main()

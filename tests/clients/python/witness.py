"""Two strangers to the emulator, `cryptography` and the openssl command, look at what it issues.

Run with `--freeze-at 2027-01-31T12:00:00Z`, so that every date is known. What is expected was read from certificates
that Azure issued: shape of the serial number, order of extensions and of name parts, dates.
"""

import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

import emulator
from azure.keyvault.certificates import CertificatePolicy, KeyUsageType
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.oid import ExtensionOID as Extension

FROZEN = datetime(2027, 1, 31, 12, tzinfo=timezone.utc)
USER_PRINCIPAL_NAME = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


def openssl(*arguments: str, der: bytes = b"") -> str:
    done = subprocess.run(["openssl", *arguments], input=der, capture_output=True, timeout=30, check=False)
    if done.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stdout!r} {done.stderr!r}")
    return done.stdout.decode()


class Witness(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-witness")

    def issue(self, name: str, policy: CertificatePolicy) -> tuple[bytes, bytes]:
        """The certificate and its request, DER."""
        issued = self.client.begin_create_certificate(name, policy).result()
        request = self.client.get_certificate_operation(name).csr
        digest = Hash(SHA1())
        digest.update(bytes(issued.cer))
        self.assertEqual(bytes(issued.properties.x509_thumbprint), digest.finalize())
        return bytes(issued.cer), bytes(request)

    def verify(self, certificate: bytes, request: bytes) -> None:
        """Both signatures hold, and both are by the same key."""
        with tempfile.TemporaryDirectory() as folder:
            pem = Path(folder, "certificate.pem")
            pem.write_text(openssl("x509", "-inform", "DER", der=certificate))
            at = str(int(FROZEN.timestamp()))
            arguments = ["-check_ss_sig", "-partial_chain", "-attime", at, "-CAfile", str(pem), str(pem)]
            self.assertIn(": OK", openssl("verify", *arguments))
        openssl("req", "-inform", "DER", "-verify", "-noout", der=request)
        key = openssl("x509", "-inform", "DER", "-noout", "-pubkey", der=certificate)
        self.assertEqual(openssl("req", "-inform", "DER", "-noout", "-pubkey", der=request), key)

    def test_rsa_as_azure_issues_it(self) -> None:
        subject = "C=US, ST=WA, L=Redmond, O=Fabrikam, OU=Test, CN=rsa.example"
        der, request = self.issue("rsa", CertificatePolicy("Self", subject=subject, validity_in_months=13))
        self.verify(der, request)
        certificate = x509.load_der_x509_certificate(der)

        self.assertEqual(certificate.version, x509.Version.v3)
        self.assertIsInstance(certificate.signature_hash_algorithm, SHA256)
        self.assertIsInstance(certificate.public_key(), rsa.RSAPublicKey)
        self.assertEqual((certificate.public_key().key_size, certificate.public_key().public_numbers().e), (2048, 65537))
        # Ten minutes back, and so many calendar months on: there is no 31 February.
        self.assertEqual(certificate.not_valid_before_utc, FROZEN - timedelta(minutes=10))
        self.assertEqual(certificate.not_valid_after_utc, datetime(2028, 2, 29, 12, tzinfo=timezone.utc))
        # DER has the parts of a name in the reverse of the text's order.
        self.assertEqual(
            [part.oid for part in certificate.subject],
            [
                NameOID.COMMON_NAME,
                NameOID.ORGANIZATIONAL_UNIT_NAME,
                NameOID.ORGANIZATION_NAME,
                NameOID.LOCALITY_NAME,
                NameOID.STATE_OR_PROVINCE_NAME,
                NameOID.COUNTRY_NAME,
            ],
        )
        self.assertEqual(certificate.issuer, certificate.subject)
        self.assertEqual({part._type.name for part in certificate.subject}, {"PrintableString"})

    def test_serial_numbers_are_random_uuids_without_their_top_bit(self) -> None:
        policy = CertificatePolicy("Self", subject="CN=serial", key_type="EC", key_curve_name="P-256")
        seen = set()
        for _ in range(8):
            der, _request = self.issue("serial", policy)
            serial = x509.load_der_x509_certificate(der).serial_number
            octets = serial.to_bytes(16, "big")
            self.assertEqual(octets[0] & 0x80, 0)
            self.assertEqual(octets[6] >> 4, 4, "version")
            self.assertEqual(octets[8] >> 6, 0b10, "variant")
            seen.add(serial)
        self.assertEqual(len(seen), 8)

    def test_extensions_in_azures_order(self) -> None:
        policy = CertificatePolicy("Self", subject="CN=extensions", san_dns_names=["extensions.example"])
        der, request = self.issue("extensions", policy)
        self.verify(der, request)
        certificate = x509.load_der_x509_certificate(der)
        self.assertEqual(
            [(extension.oid, extension.critical) for extension in certificate.extensions],
            [
                (Extension.KEY_USAGE, True),
                (Extension.BASIC_CONSTRAINTS, False),
                (Extension.EXTENDED_KEY_USAGE, False),
                (Extension.SUBJECT_ALTERNATIVE_NAME, False),
                (Extension.AUTHORITY_KEY_IDENTIFIER, False),
                (Extension.SUBJECT_KEY_IDENTIFIER, False),
            ],
        )
        found = {extension.oid: extension.value for extension in certificate.extensions}
        # An empty SEQUENCE: `cA FALSE` is a default and not written.
        self.assertEqual(found[Extension.BASIC_CONSTRAINTS].public_bytes(), bytes.fromhex("3000"))
        own = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
        self.assertEqual(found[Extension.SUBJECT_KEY_IDENTIFIER], own)
        self.assertEqual(
            found[Extension.AUTHORITY_KEY_IDENTIFIER], x509.AuthorityKeyIdentifier(own.digest, None, None)
        )
        self.assertEqual(
            list(found[Extension.EXTENDED_KEY_USAGE]),
            [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
        )
        asked = x509.load_der_x509_csr(request)
        self.assertEqual(
            [(extension.oid, extension.critical) for extension in asked.extensions],
            [
                (Extension.KEY_USAGE, True),
                (Extension.EXTENDED_KEY_USAGE, False),
                (Extension.SUBJECT_ALTERNATIVE_NAME, False),
                (Extension.BASIC_CONSTRAINTS, False),
            ],
        )
        self.assertEqual(asked.subject, certificate.subject)

    def test_every_key_usage_reaches_the_certificate(self) -> None:
        policy = CertificatePolicy("Self", subject="CN=usage", key_usage=list(KeyUsageType))
        der, _request = self.issue("usage", policy)
        usage = x509.load_der_x509_certificate(der).extensions.get_extension_for_oid(Extension.KEY_USAGE).value
        self.assertEqual(usage.public_bytes(), bytes.fromhex("030307ff80"))

    def test_alternative_names_of_all_kinds_in_order(self) -> None:
        policy = CertificatePolicy(
            "Self",
            subject="CN=names",
            key_type="EC",
            key_curve_name="P-256",
            san_ip_addresses=["192.0.2.1", "::1"],
            san_uris=["https://names.example", "https://names.example/path"],
            san_dns_names=["names.example", "*.names.example"],
            san_user_principal_names=["user@names.example"],
            san_emails=["admin@names.example"],
        )
        der, request = self.issue("names", policy)
        self.verify(der, request)
        for document in (x509.load_der_x509_certificate(der), x509.load_der_x509_csr(request)):
            names = document.extensions.get_extension_for_oid(Extension.SUBJECT_ALTERNATIVE_NAME).value
            user = names[1]
            self.assertIsInstance(user, x509.OtherName)
            self.assertEqual((user.type_id, user.value[:2]), (USER_PRINCIPAL_NAME, b"\x0c\x12"))
            self.assertEqual(user.value[2:], b"user@names.example")
            self.assertEqual(
                [str(name.value) for name in names if name is not user],
                [
                    "admin@names.example",
                    "names.example",
                    "*.names.example",
                    "https://names.example/",  # a URI without a path gets one, in the certificate alone
                    "https://names.example/path",
                    "192.0.2.1",
                    "::1",
                ],
            )
        kept = self.client.get_certificate_policy("names")
        self.assertEqual(kept.san_uris, ["https://names.example", "https://names.example/path"])

    def test_named_curves(self) -> None:
        for name, curve in (("P-256", ec.SECP256R1), ("P-384", ec.SECP384R1), ("P-521", ec.SECP521R1)):
            with self.subTest(name):
                policy = CertificatePolicy("Self", subject="CN=curve", key_type="EC", key_curve_name=name)
                der, request = self.issue(name, policy)
                self.verify(der, request)
                certificate = x509.load_der_x509_certificate(der)
                self.assertIsInstance(certificate.public_key().curve, curve)
                usage = certificate.extensions.get_extension_for_oid(Extension.KEY_USAGE).value
                self.assertEqual(usage.public_bytes(), bytes.fromhex("03020780"))

    def test_p256k_spells_its_curve_out(self) -> None:
        """As Azure does; `cryptography` refuses such keys, so openssl is the only witness."""
        policy = CertificatePolicy("Self", subject="CN=curve", key_type="EC", key_curve_name="P-256K")
        der, request = self.issue("P-256K", policy)
        self.verify(der, request)
        for kind, document in (("x509", der), ("req", request)):
            text = openssl(kind, "-inform", "DER", "-noout", "-text", der=document)
            self.assertIn("Field Type: prime-field", text)
            self.assertIn("ecdsa-with-SHA256", text)

    def test_rsa_sizes(self) -> None:
        for size in (3072, 4096):
            with self.subTest(size):
                policy = CertificatePolicy("Self", subject="CN=size", key_size=size)
                der, request = self.issue(f"rsa-{size}", policy)
                self.verify(der, request)
                self.assertEqual(x509.load_der_x509_certificate(der).public_key().key_size, size)


if __name__ == "__main__":
    unittest.main()

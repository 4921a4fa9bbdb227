"""A certificate's whole life at an issuer: issued, verified, revoked and renewed, with `cryptography` as its judge."""

import base64
import unittest
import urllib.request
from datetime import datetime, timedelta, timezone

import emulator
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import (
    AdministratorContact,
    CertificateContact,
    CertificatePolicy,
    LifetimeAction,
)
from azure.keyvault.secrets import SecretClient
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

VAULT = "-issuers"
NAME = "shop.example"
DAY = timedelta(days=1)


def fetch(url: str, body: bytes | None = None) -> bytes:
    """What a validating client finds where a certificate points to, past any proxy."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(url, data=body), timeout=10) as answer:
        return answer.read()


def now() -> datetime:
    return datetime.fromtimestamp(emulator.now(), timezone.utc)


def public(key) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Chain:
    """A version as its secret holds it: the key, the certificate and the authorities above it."""

    def __init__(self, version: str) -> None:
        secrets = SecretClient(emulator.vault_url(VAULT), DefaultAzureCredential())
        pfx = base64.b64decode(secrets.get_secret("shop", version).value)
        self.key, self.leaf, above = pkcs12.load_key_and_certificates(pfx, None)
        self.issuing, self.root = above

    def verify(self, name: str) -> None:
        """By the root that the emulator is asked for, not by the one that came along."""
        root = x509.load_pem_x509_certificate(emulator.akv("issuer", "root").encode())
        verifier = PolicyBuilder().store(Store([root])).time(now()).build_server_verifier(x509.DNSName(name))
        verifier.verify(self.leaf, [self.issuing])

    def standing(self) -> ocsp.OCSPResponse:
        """The answer of the responder that the certificate names, its signature verified."""
        request = ocsp.OCSPRequestBuilder().add_certificate(self.leaf, self.issuing, SHA256()).build()
        places = self.leaf.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
        (url,) = [p.access_location.value for p in places if p.access_method == AuthorityInformationAccessOID.OCSP]
        response = ocsp.load_der_ocsp_response(fetch(url, request.public_bytes(Encoding.DER)))
        arguments = response.signature, response.tbs_response_bytes
        self.issuing.public_key().verify(*arguments, padding.PKCS1v15(), response.signature_hash_algorithm)
        return response

    def listed(self) -> x509.RevokedCertificate | None:
        """The certificate's entry in the list that it names, the list's signature verified."""
        (point,) = self.leaf.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
        revoked = x509.load_der_x509_crl(fetch(point.full_name[0].value))
        assert revoked.is_signature_valid(self.issuing.public_key())
        return revoked.get_revoked_certificate_by_serial_number(self.leaf.serial_number)


class Issuers(unittest.TestCase):
    def test_a_certificate_is_issued_verified_revoked_and_renewed(self) -> None:
        client = emulator.client(VAULT)
        admin = AdministratorContact(first_name="Jo", last_name="Doe", email="jo@shop.example", phone="42")
        issuer = client.create_issuer(
            "authority", "DigiCert", account_id="a", password="p", organization_id="1", admin_contacts=[admin]
        )
        self.assertEqual((issuer.provider, issuer.account_id, issuer.password), ("DigiCert", "a", None))
        self.assertEqual([i.name for i in client.list_properties_of_issuers()], ["authority"])
        client.set_contacts([CertificateContact(email="ops@shop.example")])

        action = LifetimeAction("AutoRenew", lifetime_percentage=80)
        policy = CertificatePolicy(
            "authority", subject=f"CN={NAME}", san_dns_names=[NAME], validity_in_months=12, lifetime_actions=[action]
        )
        begun = now()
        first = client.begin_create_certificate("shop", policy).result()
        self.assertEqual(client.get_certificate_operation("shop").issuer_name, "authority")
        chain = Chain(first.properties.version)
        self.assertEqual(chain.leaf.public_bytes(Encoding.DER), bytes(first.cer))
        self.assertEqual(public(chain.key.public_key()), public(chain.leaf.public_key()))
        chain.verify(NAME)
        with self.assertRaises(VerificationError):
            chain.verify("other.example")

        self.assertEqual(chain.standing().certificate_status, ocsp.OCSPCertStatus.GOOD)
        self.assertIsNone(chain.listed())
        vault = emulator.vault_url(VAULT).removeprefix("https://").split(".")[0]
        emulator.akv("issuer", "revoke", f"{vault}/shop", "--reason", "keyCompromise")
        revoked = chain.standing()
        self.assertEqual(revoked.certificate_status, ocsp.OCSPCertStatus.REVOKED)
        self.assertEqual(revoked.revocation_reason, x509.ReasonFlags.key_compromise)
        reason = chain.listed().extensions.get_extension_for_class(x509.CRLReason).value
        self.assertEqual(reason.reason, x509.ReasonFlags.key_compromise)

        # Thirteen months later it has expired; it was renewed when 80 % of its life were over.
        emulator.advance_clock("395d")
        second = client.get_certificate("shop")
        versions = {v.version for v in client.list_properties_of_certificate_versions("shop")}
        self.assertEqual(versions, {first.properties.version, second.properties.version})
        self.assertEqual(len(versions), 2)
        life = first.properties.expires_on - first.properties.not_before
        due = first.properties.not_before + life * 0.8
        self.assertLess(abs(second.properties.created_on - due), timedelta(seconds=2))
        self.assertGreater(second.properties.expires_on, begun + 395 * DAY)

        renewed = Chain(second.properties.version)
        self.assertNotEqual(public(renewed.key.public_key()), public(chain.key.public_key()))
        self.assertEqual(renewed.leaf.subject, chain.leaf.subject)
        renewed.verify(NAME)
        self.assertEqual(renewed.standing().certificate_status, ocsp.OCSPCertStatus.GOOD)
        self.assertEqual(chain.standing().certificate_status, ocsp.OCSPCertStatus.REVOKED)
        with self.assertRaises(VerificationError):  # by now it has expired, too
            chain.verify(NAME)
        mails = emulator.akv("journal", "--json")
        self.assertIn("ops@shop.example", mails)

    def test_an_issuer_that_is_not_there_is_refused(self) -> None:
        policy = CertificatePolicy("nobody", subject="CN=a")
        with self.assertRaises(HttpResponseError) as refused:
            emulator.client(VAULT).begin_create_certificate("other", policy)
        self.assertEqual((refused.exception.status_code, refused.exception.error.code), (400, "BadParameter"))


if __name__ == "__main__":
    unittest.main()

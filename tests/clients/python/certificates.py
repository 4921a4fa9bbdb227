"""Every operation on certificates that the emulator has, through azure-keyvault-certificates, where nothing takes time."""

import unittest
from datetime import timedelta

import emulator
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import (
    CertificateClient,
    CertificateContentType,
    CertificatePolicy,
    CertificatePolicyAction,
    KeyCurveName,
    KeyType,
    KeyUsageType,
    LifetimeAction,
)

SIMPLE = CertificatePolicy("Self", subject="CN=simple.example")
# Nothing but a curve: made in no time, for tests that are not about keys.
QUICK = CertificatePolicy("Self", subject="CN=quick.example", key_type="EC", key_curve_name="P-256")


def create(client: CertificateClient, name: str, policy: CertificatePolicy = QUICK, **more):
    return client.begin_create_certificate(name, policy, **more).result()


def code(error: HttpResponseError) -> tuple[int, str]:
    return error.status_code, error.error.code


class Create(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-create")

    def test_a_policy_of_subject_and_issuer_is_filled_in(self) -> None:
        policy = create(self.client, "simple", SIMPLE).policy
        self.assertEqual(policy.issuer_name, "Self")
        self.assertEqual(policy.subject, "CN=simple.example")
        self.assertEqual((policy.key_type, policy.key_size, policy.key_curve_name), (KeyType.rsa, 2048, None))
        self.assertEqual((policy.exportable, policy.reuse_key), (True, False))
        self.assertEqual(policy.content_type, CertificateContentType.pkcs12)
        self.assertEqual(policy.enhanced_key_usage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
        self.assertEqual(policy.key_usage, [KeyUsageType.digital_signature, KeyUsageType.key_encipherment])
        self.assertEqual(policy.validity_in_months, 12)
        self.assertTrue(policy.enabled)
        (action,) = policy.lifetime_actions
        self.assertEqual(action.action, CertificatePolicyAction.auto_renew)
        self.assertEqual((action.lifetime_percentage, action.days_before_expiry), (80, None))

    def test_an_explicit_rsa_policy_is_kept(self) -> None:
        sent = CertificatePolicy(
            "Self",
            subject="cn=RSA.example, O=Fabrikam, C=US",
            san_dns_names=["rsa.example", "*.rsa.example"],
            san_emails=["admin@rsa.example"],
            san_user_principal_names=["user@rsa.example"],
            san_uris=["https://rsa.example/path"],
            san_ip_addresses=["192.0.2.1", "2001:db8::1"],
            exportable=False,
            key_type=KeyType.rsa,
            key_size=3072,
            reuse_key=True,
            enhanced_key_usage=["1.3.6.1.5.5.7.3.2"],
            key_usage=[KeyUsageType.key_encipherment, KeyUsageType.crl_sign, KeyUsageType.data_encipherment],
            content_type=CertificateContentType.pem,
            validity_in_months=6,
            lifetime_actions=[LifetimeAction(CertificatePolicyAction.email_contacts, days_before_expiry=30)],
        )
        made = create(self.client, "explicit", sent, enabled=False, tags={"purpose": "test", "empty": ""})
        kept = made.policy
        for member in (
            "subject",
            "san_dns_names",
            "san_emails",
            "san_user_principal_names",
            "san_uris",
            "san_ip_addresses",
            "exportable",
            "key_type",
            "key_size",
            "reuse_key",
            "enhanced_key_usage",
            "content_type",
            "validity_in_months",
        ):
            with self.subTest(member):
                self.assertEqual(getattr(kept, member), getattr(sent, member))
        # The service sorts them.
        self.assertEqual(
            kept.key_usage,
            [KeyUsageType.crl_sign, KeyUsageType.data_encipherment, KeyUsageType.key_encipherment],
        )
        (action,) = kept.lifetime_actions
        self.assertEqual((action.action, action.days_before_expiry), (CertificatePolicyAction.email_contacts, 30))
        self.assertIs(made.properties.enabled, False)
        self.assertEqual(made.properties.tags, {"purpose": "test", "empty": ""})

    def test_every_curve_brings_its_size(self) -> None:
        for curve, size in (
            (KeyCurveName.p_256, 256),
            (KeyCurveName.p_256_k, 256),
            (KeyCurveName.p_384, 384),
            (KeyCurveName.p_521, 521),
        ):
            with self.subTest(curve):
                sent = CertificatePolicy("Self", subject="CN=ec", key_type=KeyType.ec, key_curve_name=curve)
                kept = create(self.client, f"ec-{curve.value}", sent).policy
                self.assertEqual((kept.key_type, kept.key_curve_name, kept.key_size), (KeyType.ec, curve, size))
                self.assertEqual(kept.key_usage, [KeyUsageType.digital_signature])

    def test_ids_dates_and_links_belong_together(self) -> None:
        before = emulator.now()
        made = create(self.client, "links")
        vault, version = emulator.vault_url("-create"), made.properties.version
        self.assertRegex(version, r"\A[0-9a-f]{32}\Z")
        self.assertEqual(made.id, f"{vault}/certificates/links/{version}")
        self.assertEqual(made.key_id, f"{vault}/keys/links/{version}")
        self.assertEqual(made.secret_id, f"{vault}/secrets/links/{version}")
        properties = made.properties
        self.assertTrue(before <= properties.created_on.timestamp() <= emulator.now())
        self.assertEqual(properties.updated_on, properties.created_on)
        self.assertEqual(properties.created_on - properties.not_before, timedelta(minutes=10))
        self.assertEqual((properties.recovery_level, properties.recoverable_days), ("Recoverable+Purgeable", 90))
        self.assertEqual(len(properties.x509_thumbprint), 20)
        # Asked for by its version, a certificate comes without policy, also if it is the latest.
        by_version = self.client.get_certificate_version("links", version)
        self.assertEqual((by_version.cer, by_version.policy.subject if by_version.policy else None), (made.cer, None))

    def test_a_finished_operation_can_be_read_until_it_is_deleted(self) -> None:
        create(self.client, "operation")
        operation = self.client.get_certificate_operation("operation")
        self.assertEqual((operation.status, operation.issuer_name), ("completed", "Self"))
        self.assertEqual(operation.target, f"{emulator.vault_url('-create')}/certificates/operation")
        self.assertEqual((operation.cancellation_requested, operation.error), (False, None))
        self.assertRegex(operation.request_id, r"\A[0-9a-f]{32}\Z")
        with self.assertRaises(HttpResponseError) as late:
            self.client.cancel_certificate_operation("operation")
        self.assertEqual(code(late.exception), (403, "Forbidden"))
        self.assertEqual(self.client.delete_certificate_operation("operation").status, "completed")
        with self.assertRaises(ResourceNotFoundError) as gone:
            self.client.get_certificate_operation("operation")
        self.assertEqual(code(gone.exception), (404, "PendingCertificateNotFound"))
        self.assertIn("Pending Certificate not found: operation", gone.exception.message)
        self.assertEqual(self.client.get_certificate("operation").name, "operation")


class Lists(unittest.TestCase):
    def test_certificates_come_by_name_page_by_page(self) -> None:
        client = emulator.client("-lists")
        for name in ("d", "b", "e", "a", "c"):
            create(client, name, tags={"name": name})
        pages = [list(page) for page in client.list_properties_of_certificates(max_page_size=2).by_page()]
        self.assertEqual([[item.name for item in page] for page in pages], [["a", "b"], ["c", "d"], ["e"]])
        first = pages[0][0]
        self.assertEqual((first.version, first.tags, first.enabled), (None, {"name": "a"}, True))
        self.assertEqual(first.x509_thumbprint, client.get_certificate("a").properties.x509_thumbprint)
        self.assertIsNone(first.recovery_level)
        self.assertEqual([item.name for item in client.list_properties_of_certificates()], list("abcde"))

    def test_versions_come_by_their_id_page_by_page(self) -> None:
        client = emulator.client("-versions")
        made = [create(client, "versions").properties.version for _ in range(4)]
        self.assertEqual(len(set(made)), 4)
        pages = client.list_properties_of_certificate_versions("versions", max_page_size=3).by_page()
        listed = [[item.version for item in page] for page in pages]
        self.assertEqual(listed, [sorted(made)[:3], sorted(made)[3:]])
        self.assertEqual(client.get_certificate("versions").properties.version, made[-1])
        self.assertEqual(list(client.list_properties_of_certificate_versions("unknown")), [])


class Update(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-update")

    def test_policy_sections_are_replaced_and_the_others_stay(self) -> None:
        made = create(self.client, "policy", CertificatePolicy("Self", subject="CN=policy", validity_in_months=24))
        change = CertificatePolicy(
            "Self", lifetime_actions=[LifetimeAction(CertificatePolicyAction.auto_renew, lifetime_percentage=50)]
        )
        changed = self.client.update_certificate_policy("policy", change)
        read = self.client.get_certificate_policy("policy")
        for policy in (changed, read):
            self.assertEqual((policy.subject, policy.validity_in_months, policy.key_size), ("CN=policy", 24, 2048))
            self.assertEqual([action.lifetime_percentage for action in policy.lifetime_actions], [50])
            self.assertEqual(policy.created_on, made.policy.created_on)

    def test_tags_are_replaced_cleared_or_left_alone(self) -> None:
        create(self.client, "tags", tags={"a": "1", "b": "2"})
        update = self.client.update_certificate_properties
        self.assertEqual(update("tags", tags={"c": "3"}).properties.tags, {"c": "3"})
        self.assertEqual(update("tags", enabled=True).properties.tags, {"c": "3"})
        self.assertEqual(update("tags", tags={}).properties.tags, {})

    def test_a_disabled_certificate_is_still_readable(self) -> None:
        version = create(self.client, "disabled").properties.version
        updated = self.client.update_certificate_properties("disabled", version=version, enabled=False)
        self.assertIs(updated.properties.enabled, False)
        read = self.client.get_certificate("disabled")
        self.assertEqual((read.properties.enabled, read.properties.version), (False, version))
        self.assertTrue(read.cer)

    def test_an_older_version_is_updated_alone(self) -> None:
        old, new = (create(self.client, "older").properties.version for _ in range(2))
        self.client.update_certificate_properties("older", version=old, tags={"age": "old"})
        self.assertEqual(self.client.get_certificate_version("older", old).properties.tags, {"age": "old"})
        self.assertFalse(self.client.get_certificate_version("older", new).properties.tags)


class Delete(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-delete")

    def test_a_deleted_certificate_keeps_its_name_until_it_is_purged(self) -> None:
        client, name = self.client, "life"
        made = create(client, name)
        deleting = client.begin_delete_certificate(name)
        deleting.wait()
        deleted = deleting.result()
        self.assertEqual(deleted.recovery_id, f"{emulator.vault_url('-delete')}/deletedcertificates/{name}")
        self.assertEqual(deleted.scheduled_purge_date - deleted.deleted_on, timedelta(days=90))
        self.assertEqual((deleted.properties.version, deleted.cer), (made.properties.version, made.cer))

        with self.assertRaises(ResourceNotFoundError) as gone:
            client.get_certificate(name)
        self.assertEqual(code(gone.exception), (404, "CertificateNotFound"))
        self.assertIn(
            f"A certificate with (name/id) {name} was not found in this key vault. If you recently deleted this "
            "certificate you may be able to recover it using the correct recovery command. For help resolving this "
            "issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
            gone.exception.message,
        )
        self.assertEqual(client.get_deleted_certificate(name).recovery_id, deleted.recovery_id)
        listed = {item.name: item for item in client.list_deleted_certificates()}
        self.assertEqual(listed[name].scheduled_purge_date, deleted.scheduled_purge_date)
        self.assertNotIn(name, [item.name for item in client.list_properties_of_certificates()])

        with self.assertRaises(ResourceExistsError) as taken:
            create(client, name)
        self.assertEqual(code(taken.exception), (409, "Conflict"))
        self.assertEqual(taken.exception.error.innererror["code"], "ObjectIsDeletedButRecoverable")
        self.assertEqual(
            taken.exception.error.message,
            f"Certificate {name} is currently in a deleted but recoverable state, and its name cannot be reused; in "
            "this state, the certificate can only be recovered or purged.",
        )

        recovering = client.begin_recover_deleted_certificate(name)
        recovering.wait()
        self.assertEqual(recovering.result().properties.version, made.properties.version)
        self.assertEqual(client.get_certificate(name).cer, made.cer)

        client.begin_delete_certificate(name).wait()
        client.purge_deleted_certificate(name)
        with self.assertRaises(ResourceNotFoundError) as purged:
            client.get_deleted_certificate(name)
        self.assertIn(f"Deleted Certificate not found: {name}", purged.exception.message)
        self.assertNotEqual(create(client, name).cer, made.cer)

    def test_deleted_certificates_come_page_by_page(self) -> None:
        client = emulator.client("-deleted")
        for name in ("c", "a", "b"):
            create(client, name)
            client.begin_delete_certificate(name).wait()
        pages = client.list_deleted_certificates(max_page_size=2).by_page()
        self.assertEqual([[item.name for item in page] for page in pages], [["a", "b"], ["c"]])


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.client = emulator.client("-refusals")

    def test_names_nobody_has(self) -> None:
        client = self.client
        for operation in (
            client.get_certificate,
            client.get_certificate_policy,
            client.begin_delete_certificate,
            client.begin_recover_deleted_certificate,
            client.purge_deleted_certificate,
            client.get_deleted_certificate,
        ):
            with self.subTest(operation.__name__), self.assertRaises(ResourceNotFoundError) as unknown:
                operation("nobody")
            self.assertEqual(code(unknown.exception), (404, "CertificateNotFound"))

    def test_a_name_that_cannot_be_one(self) -> None:
        with self.assertRaises(HttpResponseError) as wrong:
            create(self.client, "not_a_name")
        self.assertEqual(code(wrong.exception), (400, "BadParameter"))
        self.assertIn("The request URI contains an invalid name: not_a_name", wrong.exception.message)

    def test_a_subject_that_is_no_distinguished_name(self) -> None:
        with self.assertRaises(HttpResponseError) as wrong:
            create(self.client, "subject", CertificatePolicy("Self", subject="Self"))
        self.assertEqual(code(wrong.exception), (400, "BadParameter"))
        self.assertEqual(
            wrong.exception.error.message,
            "Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n",
        )


if __name__ == "__main__":
    unittest.main()

"""What certificates are while Azure is still at work: run with `--timing custom:issue=1h,cancel=1h,delete=1h,recover=1h`.

Nothing here waits for an hour: the vaults' clock is moved. All tests share that clock, and none minds how late it is.
"""

import unittest

import emulator
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.certificates import CertificatePolicy

POLICY = CertificatePolicy("Self", subject="CN=pending", key_type="EC", key_curve_name="P-256")
IN_PROGRESS = (
    "Pending certificate created. Certificate request is in progress. This may take some time based on the issuer "
    "provider. Please check again later."
)


def code(error: HttpResponseError) -> tuple[int, str, str | None]:
    return error.status_code, error.error.code, (error.error.innererror or {}).get("code")


class Issue(unittest.TestCase):
    def test_a_certificate_is_a_disabled_placeholder_until_it_is_issued(self) -> None:
        client = emulator.client("-issue")
        poller = client.begin_create_certificate("slow", POLICY)
        operation = client.get_certificate_operation("slow")
        self.assertEqual((operation.status, operation.status_details), ("inProgress", IN_PROGRESS))
        self.assertEqual((operation.target, operation.cancellation_requested), (None, False))
        self.assertTrue(operation.csr)

        placeholder = client.get_certificate("slow")
        self.assertIs(placeholder.properties.enabled, False)
        self.assertFalse(placeholder.cer)
        self.assertEqual((placeholder.key_id, placeholder.secret_id), (None, None))
        self.assertEqual(list(client.list_properties_of_certificates()), [])
        (listed,) = client.list_properties_of_certificates(include_pending=True)
        self.assertEqual((listed.name, listed.enabled), ("slow", False))

        with self.assertRaises(ResourceExistsError) as busy:
            client.begin_create_certificate("slow", POLICY)
        self.assertEqual(code(busy.exception)[:2], (409, "Conflict"))
        self.assertIn(
            "A new key vault certificate can not be created or imported while a pending key vault certificate's "
            "status is inProgress.",
            busy.exception.message,
        )

        emulator.advance_clock("1h")
        issued = poller.result()  # asleep for up to 5 s, as against Azure
        self.assertEqual(client.get_certificate_operation("slow").status, "completed")
        self.assertNotEqual(issued.properties.version, placeholder.properties.version)
        self.assertTrue(issued.properties.enabled)
        self.assertTrue(issued.cer)

    def test_the_version_before_stays_until_the_next_is_issued(self) -> None:
        client = emulator.client("-renew")
        client.begin_create_certificate("twice", POLICY)
        emulator.advance_clock("1h")
        first = client.get_certificate("twice").properties.version
        client.begin_create_certificate("twice", POLICY)
        self.assertEqual(client.get_certificate("twice").properties.version, first)
        emulator.advance_clock("1h")
        self.assertNotEqual(client.get_certificate("twice").properties.version, first)


class Cancel(unittest.TestCase):
    def test_a_cancelled_operation_issues_nothing(self) -> None:
        client = emulator.client("-cancel")
        client.begin_create_certificate("cancelled", POLICY)
        asked = client.cancel_certificate_operation("cancelled")
        self.assertEqual((asked.status, asked.cancellation_requested), ("inProgress", True))
        emulator.advance_clock("1h")
        operation = client.get_certificate_operation("cancelled")
        self.assertEqual((operation.status, operation.status_details, operation.target), ("cancelled", None, None))
        self.assertFalse(client.get_certificate("cancelled").cer)
        self.assertEqual(client.delete_certificate_operation("cancelled").status, "cancelled")
        with self.assertRaises(ResourceNotFoundError) as gone:
            client.get_certificate_operation("cancelled")
        self.assertEqual(code(gone.exception), (404, "PendingCertificateNotFound", None))
        self.assertFalse(client.begin_delete_certificate("cancelled").result().cer)

    def test_an_operation_can_be_deleted_while_it_runs(self) -> None:
        client = emulator.client("-drop")
        client.begin_create_certificate("dropped", POLICY)
        self.assertEqual(client.delete_certificate_operation("dropped").status, "inProgress")
        with self.assertRaises(ResourceNotFoundError) as gone:
            client.get_certificate_operation("dropped")
        self.assertEqual(code(gone.exception), (404, "PendingCertificateNotFound", None))


class Settle(unittest.TestCase):
    def test_deletion_and_recovery_take_their_time(self) -> None:
        client, name = emulator.client("-settle"), "settling"
        client.begin_create_certificate(name, POLICY)
        emulator.advance_clock("1h")
        issued = client.get_certificate(name)

        deleted = client.begin_delete_certificate(name).result()
        with self.assertRaises(ResourceNotFoundError):
            client.get_certificate(name)
        with self.assertRaises(ResourceNotFoundError):
            client.get_deleted_certificate(name)
        self.assertEqual(list(client.list_deleted_certificates()), [])
        with self.assertRaises(HttpResponseError) as early:
            client.purge_deleted_certificate(name)
        self.assertEqual(code(early.exception), (409, "Conflict", "ObjectIsBeingDeleted"))
        self.assertEqual(early.exception.error.message, "Certificate is currently being deleted.")
        with self.assertRaises(ResourceExistsError) as busy:
            client.begin_create_certificate(name, POLICY)
        self.assertEqual(code(busy.exception), (409, "Conflict", "ObjectIsBeingDeleted"))
        self.assertEqual(
            busy.exception.error.message,
            f"Certificate {name} is currently being deleted and cannot be re-created; retry later.",
        )

        emulator.advance_clock("1h")
        self.assertEqual(client.get_deleted_certificate(name).deleted_on, deleted.deleted_on)
        client.begin_recover_deleted_certificate(name)
        with self.assertRaises(ResourceNotFoundError):
            client.get_certificate(name)
        with self.assertRaises(ResourceExistsError) as recovering:
            client.begin_create_certificate(name, POLICY)
        self.assertEqual(code(recovering.exception), (409, "Conflict", "ObjectIsBeingRecovered"))
        emulator.advance_clock("1h")
        self.assertEqual(client.get_certificate(name).cer, issued.cer)

    def test_what_was_deleted_is_purged_when_its_days_are_over(self) -> None:
        client = emulator.client("-retention")
        client.begin_create_certificate("forgotten", POLICY)
        emulator.advance_clock("1h")
        client.begin_delete_certificate("forgotten")
        emulator.advance_clock("89d")
        self.assertEqual(client.get_deleted_certificate("forgotten").name, "forgotten")
        emulator.advance_clock("1d1s")
        with self.assertRaises(ResourceNotFoundError):
            client.get_deleted_certificate("forgotten")
        self.assertEqual(list(client.list_deleted_certificates()), [])


if __name__ == "__main__":
    unittest.main()

"""The control plane through Microsoft's management SDKs, and what it grants, seen at the vault itself."""

import time
import unittest
import uuid

import emulator
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

OWNER = "7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e60"
GUEST = "7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e61"
SECRETS_OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"


def inner(error: HttpResponseError) -> str:
    return error.error.innererror["code"]


class ControlPlane(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.tenant = emulator.control("info")["tenant_id"]
        cls.owner = ClientSecretCredential(cls.tenant, OWNER, "secret")
        cls.guest = ClientSecretCredential(cls.tenant, GUEST, "secret")
        cls.subscription = emulator.control("info")["subscription_id"]
        cls.resources = ResourceManagementClient(cls.owner, cls.subscription)
        cls.keyvault = KeyVaultManagementClient(cls.owner, cls.subscription)
        cls.authorization = AuthorizationManagementClient(cls.owner, cls.subscription)

    def setUp(self) -> None:
        self.group = f"group-{uuid.uuid4().hex[:8]}"
        self.name = f"v{uuid.uuid4().hex[:12]}"
        self.resources.resource_groups.create_or_update(self.group, {"location": "eastus"})

    def create(self, name: str | None = None, **properties):
        body = {
            "location": "eastus",
            "tags": {"a": "b"},
            "properties": {
                "tenantId": self.tenant,
                "sku": {"family": "A", "name": "standard"},
                "accessPolicies": [],
                "enableRbacAuthorization": False,
                **properties,
            },
        }
        return self.keyvault.vaults.begin_create_or_update(self.group, name or self.name, body).result()

    def secrets(self, credential) -> SecretClient:
        return SecretClient(f"https://{self.name}.vault.azure.net", credential)

    def object_id(self) -> str:
        """The guest's, as a refusal names it."""
        with self.assertRaises(HttpResponseError) as refusal:
            self.secrets(self.guest).set_secret("s", "value")
        return refusal.exception.message.split("oid=")[1][:36]

    def test_access_policies_let_in_and_keep_out(self) -> None:
        self.assertEqual(self.create().properties.vault_uri, f"https://{self.name}.vault.azure.net/")
        guest = self.secrets(self.guest)
        with self.assertRaises(HttpResponseError) as refusal:
            guest.set_secret("s", "value")
        self.assertEqual((refusal.exception.status_code, inner(refusal.exception)), (403, "ForbiddenByPolicy"))
        policy = {"tenantId": self.tenant, "objectId": self.object_id(), "permissions": {"secrets": ["set"]}}
        change = {"properties": {"accessPolicies": [policy]}}
        self.keyvault.vaults.update_access_policy(self.group, self.name, "add", change)
        guest.set_secret("s", "value")
        with self.assertRaises(HttpResponseError) as refusal:
            guest.get_secret("s")
        self.assertIn("does not have secrets get permission", refusal.exception.message)
        self.keyvault.vaults.update_access_policy(self.group, self.name, "remove", change)
        with self.assertRaises(HttpResponseError):
            guest.set_secret("s", "value")

    def test_a_role_lets_in_and_taking_it_away_keeps_out(self) -> None:
        vault = self.create(enableRbacAuthorization=True)
        guest = self.secrets(self.guest)
        with self.assertRaises(HttpResponseError) as refusal:
            guest.set_secret("s", "value")
        self.assertEqual(inner(refusal.exception), "ForbiddenByRbac")
        (role,) = self.authorization.role_definitions.list(vault.id, filter="roleName eq 'Key Vault Secrets Officer'")
        self.assertEqual(role.name, SECRETS_OFFICER)
        assignment = str(uuid.uuid4())
        wanted = {
            "properties": {
                "roleDefinitionId": role.id,
                "principalId": self.object_id(),
                "principalType": "ServicePrincipal",
            }
        }
        self.authorization.role_assignments.create(vault.id, assignment, wanted)
        guest.set_secret("s", "value")
        self.assertEqual(guest.get_secret("s").value, "value")
        found = self.authorization.role_assignments.list_for_scope(vault.id, filter="atScope()")
        self.assertEqual([found.name for found in found], [assignment])
        self.authorization.role_assignments.delete(vault.id, assignment)
        with self.assertRaises(HttpResponseError):
            guest.get_secret("s")

    def test_the_firewall_knows_its_addresses(self) -> None:
        everybody = {"bypass": "None", "defaultAction": "Deny", "ipRules": [{"value": "127.0.0.0/8"}]}
        self.create(networkAcls=everybody, enableRbacAuthorization=False)
        with self.assertRaises(HttpResponseError) as refusal:
            self.secrets(self.guest).get_secret("s")
        self.assertEqual(inner(refusal.exception), "ForbiddenByPolicy")
        nobody = {**everybody, "ipRules": []}
        self.keyvault.vaults.update(self.group, self.name, {"properties": {"networkAcls": nobody}})
        with self.assertRaises(HttpResponseError) as refusal:
            self.secrets(self.guest).get_secret("s")
        self.assertEqual(inner(refusal.exception), "ForbiddenByFirewall")

    def test_a_vault_is_deleted_recovered_and_purged(self) -> None:
        self.create()
        self.keyvault.vaults.delete(self.group, self.name)
        with self.assertRaises(ResourceNotFoundError):
            self.keyvault.vaults.get(self.group, self.name)
        with self.assertRaises(ResourceExistsError) as refusal:
            self.create()
        self.assertEqual(refusal.exception.error.code, "ConflictError")
        self.assertIn(self.name, [vault.name for vault in self.keyvault.vaults.list_deleted()])
        self.assertEqual(self.create(createMode="recover").name, self.name)
        self.keyvault.vaults.delete(self.group, self.name)
        self.keyvault.vaults.begin_purge_deleted(self.name, "eastus").result()
        with self.assertRaises(ResourceNotFoundError):
            self.keyvault.vaults.get_deleted(self.name, "eastus")
        self.create()

    def test_what_cannot_be_undone_is_refused(self) -> None:
        self.create(enablePurgeProtection=True, softDeleteRetentionInDays=7)
        for properties in ({"enablePurgeProtection": False}, {"softDeleteRetentionInDays": 8}):
            with self.assertRaises(HttpResponseError) as refusal:
                self.keyvault.vaults.update(self.group, self.name, {"properties": properties})
            self.assertEqual((refusal.exception.status_code, refusal.exception.error.code), (400, "BadRequest"))

    def test_lists_are_paged(self) -> None:
        names = [f"{self.name}{n}" for n in range(5)]
        for name in names:
            self.create(name)
        pages = self.keyvault.vaults.list_by_resource_group(self.group, top=2).by_page()
        self.assertEqual([[vault.name for vault in page] for page in pages], [names[:2], names[2:4], names[4:]])

    def test_a_name_is_checked_and_a_group_takes_its_vaults_with_it(self) -> None:
        check = {"name": self.name, "type": "Microsoft.KeyVault/vaults"}
        self.assertTrue(self.keyvault.vaults.check_name_availability(check).name_available)
        self.create()
        self.assertEqual(self.keyvault.vaults.check_name_availability(check).reason, "AlreadyExists")
        begun = time.monotonic()
        self.resources.resource_groups.begin_delete(self.group).result()
        self.assertLess(time.monotonic() - begun, 10)
        self.assertFalse(self.resources.resource_groups.check_existence(self.group))
        deleted = self.keyvault.vaults.get_deleted(self.name, "eastus")
        self.assertEqual(deleted.properties.tags, {"a": "b"})


if __name__ == "__main__":
    unittest.main()

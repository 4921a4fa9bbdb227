"""Every way to log in that works without a person, and the refusals; each one opens a vault or fails to.

Run with `--auth strict`, so that no token opens a vault but the emulator's own.
"""

import json
import os
import socket
import tempfile
import time
import unittest
from base64 import urlsafe_b64encode
from pathlib import Path
from unittest import mock

import emulator
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.keyvault.certificates import CertificateClient

APPLICATION = "7d6f3a52-0b5e-4b52-9b0e-3d2c8a1f4e60"


class Fixed:
    """A credential that hands out one token whatever is asked for."""

    def __init__(self, token: AccessToken) -> None:
        self.token = token

    def get_token(self, *_scopes: str, **_options) -> AccessToken:
        return self.token


class Credentials(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.tenant = emulator.control("info")["tenant_id"]

    def opens(self, credential, vault_url: str = emulator.vault_url()) -> None:
        with CertificateClient(vault_url, credential) as client:
            self.assertEqual(list(client.list_properties_of_certificates()), [])

    def refused(self, credential) -> str:
        with self.assertRaises(ClientAuthenticationError) as refusal:
            self.opens(credential)
        return refusal.exception.message

    def test_default_credential(self) -> None:
        self.opens(DefaultAzureCredential())

    def test_managed_identity(self) -> None:
        self.opens(ManagedIdentityCredential())
        self.opens(ManagedIdentityCredential(client_id=APPLICATION))

    def test_managed_identity_needs_the_header_of_its_environment(self) -> None:
        with mock.patch.dict(os.environ, IDENTITY_HEADER="somebody else's"):
            self.assertIn("X-IDENTITY-HEADER", self.refused(ManagedIdentityCredential()))

    def test_client_secret(self) -> None:
        self.opens(ClientSecretCredential(self.tenant, APPLICATION, "any secret"))

    def test_client_secret_of_the_environment(self) -> None:
        variables = {"TENANT_ID": self.tenant, "CLIENT_ID": APPLICATION, "CLIENT_SECRET": "any secret"}
        with mock.patch.dict(os.environ, {f"AZURE_{name}": value for name, value in variables.items()}):
            credential = DefaultAzureCredential(exclude_managed_identity_credential=True)
            self.opens(credential)

    def test_client_secret_of_another_tenant(self) -> None:
        nobodys = "00000000-0000-4000-8000-000000000000"
        credential = ClientSecretCredential(nobodys, APPLICATION, "any secret")
        # Asked outright: the vaults' challenge names their own tenant, for which this credential would not even try.
        with self.assertRaises(ClientAuthenticationError) as refusal:
            credential.get_token("https://vault.azure.net/.default")
        self.assertIn(nobodys, refusal.exception.message)

    def test_workload_identity(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            token = Path(folder, "token")
            token.write_text("e30.e30.c2lnbmF0dXJl")
            variables = {
                "AZURE_TENANT_ID": self.tenant,
                "AZURE_CLIENT_ID": APPLICATION,
                "AZURE_FEDERATED_TOKEN_FILE": str(token),
            }
            with mock.patch.dict(os.environ, variables):
                self.opens(WorkloadIdentityCredential())

    def test_a_token_for_another_service_opens_no_vault(self) -> None:
        token = ManagedIdentityCredential().get_token("https://management.azure.com/.default")
        self.assertIn(
            "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com.",
            self.refused(Fixed(token)),
        )

    def test_a_forged_token_opens_no_vault(self) -> None:
        good = ManagedIdentityCredential().get_token("https://vault.azure.net/.default")
        head, claims, signature = good.token.split(".")
        # In the middle: a last character may carry bits that mean nothing.
        middle = len(signature) // 2
        other = "A" if signature[middle] != "A" else "B"
        forged = f"{head}.{claims}.{signature[:middle]}{other}{signature[middle + 1 :]}"
        self.assertIn("Signature validation failed", self.refused(Fixed(AccessToken(forged, good.expires_on))))

    def test_a_token_of_another_issuer_opens_no_vault(self) -> None:
        claims = {"aud": "https://vault.azure.net", "iss": "https://sts.windows.net/elsewhere/"}
        parts = ({"alg": "RS256", "typ": "JWT", "kid": "unknown"}, claims, "signature")
        token = ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        refusal = self.refused(Fixed(AccessToken(token, int(time.time()) + 3600)))
        self.assertIn("AKV10032: Invalid issuer. Expected one of https://sts.windows.net/", refusal)
        self.assertIn(f"https://sts.windows.net/{self.tenant}/", refusal)
        self.assertIn(", found https://sts.windows.net/elsewhere/.", refusal)

    def test_a_vault_has_an_address_of_its_own_without_proxy(self) -> None:
        """No variable of the proxy, and the challenge's resource is verified as always."""
        resolve = socket.getaddrinfo

        def resolve_localhost(host, *arguments, **options):
            # RFC 6761 gives every name below localhost to loopback, but not every resolver knows.
            return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *arguments, **options)

        with mock.patch.dict(os.environ), mock.patch("socket.getaddrinfo", resolve_localhost):
            for variable in ("HTTPS_PROXY", "https_proxy"):
                del os.environ[variable]
            address = f"https://{os.environ['KEY_VAULT_NAME']}.vault.localhost:{emulator.ADDRESS.port}"
            self.opens(DefaultAzureCredential(), address)


if __name__ == "__main__":
    unittest.main()

"""What these programs know of the emulator and could not ask of Azure. The quickstarts must not import it."""

import json
import os
import subprocess
import urllib.request
from urllib.parse import urlsplit

from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient

# Taken when the program starts: a test may take the variable away to go without the proxy.
ADDRESS = urlsplit(os.environ["HTTPS_PROXY"])


def control(path: str) -> dict:
    """The control API's answer. A proxy would carry the question away from the emulator: none is used."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://{ADDRESS.netloc}/akv/{path}", timeout=10) as answer:
        return json.load(answer)


def now() -> int:
    """The vaults' time in Unix seconds."""
    return control("clock")["unix"]


def akv(command: str, *arguments: str) -> str:
    """What the command prints that a person would type."""
    line = [os.environ["AKV"], command, "--port", str(ADDRESS.port), *arguments]
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, timeout=10).stdout


def advance_clock(by: str) -> None:
    """Moves the vaults' clock."""
    akv("clock", "advance", by)


def vault_url(suffix: str = "") -> str:
    """A vault's address. Any name comes into being on first use, so that each test has a vault to itself."""
    return f"https://{os.environ['KEY_VAULT_NAME']}{suffix}.vault.azure.net"


def client(suffix: str = "") -> CertificateClient:
    """A client as the quickstart makes it."""
    return CertificateClient(vault_url(suffix), DefaultAzureCredential())

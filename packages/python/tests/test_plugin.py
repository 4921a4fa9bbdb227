"""A stranger's tests: the official SDK, the plugin's fixtures and nothing else."""

import pytest
from akv_emulator import Emulator
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.certificates import CertificateClient, CertificatePolicy
from azure.keyvault.secrets import SecretClient


@pytest.fixture
def secrets(akv_vault):
    return SecretClient(akv_vault, DefaultAzureCredential())


def test_a_secret_is_set_and_read(secrets):
    secrets.set_secret("db", "s3cret")
    assert secrets.get_secret("db").value == "s3cret"


def test_each_test_has_a_vault_to_itself(secrets):
    with pytest.raises(ResourceNotFoundError):
        secrets.get_secret("db")


def test_the_journal_says_what_was_asked(akv, secrets):
    secrets.set_secret("db", "1")
    secrets.get_secret("db")
    assert [request["operation"] for request in akv.requests(status=200)] == ["SecretSet", "SecretGet"]
    assert [request["path"] for request in akv.requests(operation="SecretSet", status=200)] == ["/secrets/db"]
    # The token came from somewhere too.
    kinds = {kind for entry in akv.journal() for kind in entry.keys() - {"sequence", "at"}}
    assert kinds <= {"request", "service"} and "request" in kinds
    with pytest.raises(ValueError, match="letter"):
        akv.journal(kind="letter")


def test_a_fault_happens_as_often_as_it_was_asked_to(akv, secrets):
    secrets.set_secret("db", "1")
    akv.fault({"answer": {"status": 403}}, {"operation": "SecretGet"}, times=1)
    with pytest.raises(HttpResponseError):
        secrets.get_secret("db")
    assert secrets.get_secret("db").value == "1"


def test_faults_are_taken_back(akv, secrets):
    secrets.set_secret("db", "1")
    akv.fault({"answer": {"status": 403}})
    with pytest.raises(HttpResponseError):
        secrets.get_secret("db")
    akv.clear_faults()
    assert secrets.get_secret("db").value == "1"


def test_a_frozen_clock_stands(akv, secrets):
    akv.set_clock("2040-01-01")
    assert akv.freeze()["frozen"]
    created = {secrets.set_secret(name, "1").properties.created_on for name in ("a", "b")}
    assert [moment.isoformat() for moment in created] == ["2040-01-01T00:00:00+00:00"]


def test_thirteen_months_later_the_certificate_is_another(akv, akv_vault):
    certificates = CertificateClient(akv_vault, DefaultAzureCredential())
    policy = CertificatePolicy.get_default()
    first = certificates.begin_create_certificate("web", policy).result().properties.version
    akv.advance("395d")
    assert certificates.get_certificate("web").properties.version != first


def test_the_clock_is_back(akv):
    before = akv.advance("0s")["unix"]
    assert akv.set_clock("2040-01-01")["unix"] > before
    akv.reset()
    assert akv.advance("0s")["unix"] < before + 60


def test_vaults_are_back_at_their_start(akv, secrets):
    secrets.set_secret("db", "1")
    akv.reset()
    with pytest.raises(HttpResponseError, match="SecretNotFound"):
        secrets.get_secret("db")


def test_nonsense_is_refused_in_words(akv):
    with pytest.raises(ValueError, match="soon"):
        akv.advance("soon")


def test_one_of_ones_own_ends_with_its_block():
    with Emulator("--timing", "azure") as own:
        assert own.journal() == []
        assert own.env["HTTPS_PROXY"] == own.proxy
    with pytest.raises(OSError):
        own.journal()

"""The pytest plugin: an emulator for the session, its variables set, everything else put back after each test."""

import os

import pytest

from . import Emulator


def pytest_addoption(parser):
    """`--akv-option=--timing=azure`: more options for `akv serve`."""
    parser.addoption("--akv-option", action="append", default=[], help="one more option for `akv serve`")


@pytest.fixture(scope="session")
def _akv_session(request):
    with Emulator(*request.config.getoption("--akv-option")) as emulator, pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.env.items():
            if value is not None:
                patch.setenv(name, value)
            elif name in os.environ:
                patch.delenv(name)
        yield emulator


@pytest.fixture
def akv(_akv_session):
    """The session's emulator, as it was at its start."""
    _akv_session.reset()
    yield _akv_session
    _akv_session.reset()


@pytest.fixture
def akv_vault(akv):
    """The URL of a vault that only this test uses; `DefaultAzureCredential()` opens it."""
    return akv.vault_url()

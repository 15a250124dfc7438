"""One running office for all tests of a module."""

from collections.abc import Iterator

import pytest

from mynumber.gateway.office import listener as office_routes
from tests.gateway import running
from tests.gateway.running import Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """City A with hanako (link-107), jiro (link-106, no other right) and taro (acquisition)."""
    with running.make(tmp_path_factory.mktemp("network")).listening() as open_office:
        open_office.hire("hanako", "link-107")
        open_office.hire("jiro", "link-106", department="Housing")
        open_office.hire("taro", "acquisition")
        yield open_office


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an inquiry be waited for very shortly: nobody answers here."""
    monkeypatch.setattr(office_routes, "WAIT_SECONDS", 0.05)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an inquiry be waited for until it is known who does not answer."""
    monkeypatch.setattr(office_routes, "WAIT_SECONDS", 1.0)

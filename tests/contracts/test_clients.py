"""What is told of the clients from PyPI; they themselves are driven on request only."""

from __future__ import annotations

import pytest

from tests.contracts import clients, clients_driver
from tests.contracts.clients import Made, lines


def test_every_client_that_is_installed_is_driven() -> None:
    assert set(clients_driver.CLIENTS) == set(clients.PACKAGES)


def test_what_goes_wrong_is_told_and_what_may_is_excused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "OWN_FAULTS", {("ozon-sdk", "roles"): "it asks wrongly"})
    made = [
        Made("ozon-sdk", "roles", "404"),
        Made("ozon-sdk", "returns", "500"),
        Made("wildberries-sdk", "ping", ""),
    ]
    assert list(lines(made)) == [
        "ozon-sdk: roles: 404 (it asks wrongly)",
        "ozon-sdk: returns: 500",
        "clients: 2, calls: 3, wrong: 1, excused: 1",
    ]

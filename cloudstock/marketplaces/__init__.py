"""The marketplaces by name. A further one is a folder of its own and an entry here."""

from __future__ import annotations

import sys

from cloudstock.marketplaces.ozon import settings as ozon
from cloudstock.marketplaces.registration import Registration as Registration
from cloudstock.marketplaces.wildberries import settings as wildberries
from cloudstock.marketplaces.yandex_market import settings as yandex_market

# httpx loads its own command line where the parts of that are installed, and does without where
# they are not: a fifth of what starting a job costs.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

MARKETPLACES: dict[str, Registration] = {
    "ozon": ozon.REGISTRATION,
    "wildberries": wildberries.REGISTRATION,
    "yandex_market": yandex_market.REGISTRATION,
}

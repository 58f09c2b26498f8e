"""A book that is used for months grows by its ledger and by nothing else."""

from __future__ import annotations

from tests.jobs.town import Town

# What a round writes beside the ledger: pushes, runs, readings, places of jobs.
FORGETFUL = ("push", "run", "listing_stock", "cursor", "dirty", "marketplace_warehouse")


def _rows(town: Town, *tables: str) -> dict[str, int]:
    count = town.store.connection.execute
    return {t: int(count(f"SELECT count(*) FROM {t}").fetchone()[0]) for t in tables}


def test_months_of_rounds_leave_the_ledger_and_what_is_recent(open_town: Town) -> None:
    days: list[dict[str, int]] = []
    ledger: list[int] = []
    for day in range(64):
        for part in range(2):
            open_town.clock.move(hours=12)
            # Counted anew, so that every window is pushed, and read back.
            open_town.count("MUG", 10 + (day + part) % 3)
            open_town.run("sync")
        open_town.run("catalog")
        days.append(_rows(open_town, *FORGETFUL))
        ledger.append(open_town.movements())
    pushes = [day["push"] for day in days]
    assert pushes[9] > pushes[0]
    # Pushes are kept for a month, runs for a week: from then on nothing is added.
    assert days[63] == days[48] == days[36]
    assert ledger[63] - ledger[51] == ledger[51] - ledger[39] >= 12
    assert open_town.store.ledger.totals_that_differ() == []

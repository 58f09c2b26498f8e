"""Queries follow the keys they are given, not the size of the account."""

from __future__ import annotations

import re

import pytest

from tests.jobs.town import Town


@pytest.mark.parametrize("job", ["catalog", "orders", "returns", "reserves", "push"])
def test_a_list_of_keys_is_walked_first(open_town: Town, job: str) -> None:
    north = open_town.shops["north"]
    north.place("N1", {"MUG": 1})
    north.send_back("R1", "N1", "MUG", 1)
    north.hand_over("R1")
    connection = open_town.store.connection
    asked: set[str] = set()
    connection.set_trace_callback(asked.add)
    open_town.count("CUP", 7)
    open_town.run(job)
    connection.set_trace_callback(None)
    keyed = [sql for sql in asked if re.search(r"FROM json_each\(.*?\) j\b", sql, re.DOTALL)]
    assert keyed, "the job asks by keys"
    for sql in keyed:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        walks = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
        assert walks[0].startswith("SCAN j "), (sql, plan)


def test_a_page_of_the_catalog_is_linked_without_walking_the_others(open_town: Town) -> None:
    connection = open_town.store.connection
    asked: set[str] = set()
    connection.set_trace_callback(asked.add)
    open_town.run("catalog")
    connection.set_trace_callback(None)
    of_page = [sql for sql in asked if "temp.page" in sql and not sql.startswith("CREATE")]
    assert len(of_page) >= 8
    for sql in of_page:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        walked = {step.split()[1] for step in plan if step.startswith("SCAN")}
        assert walked <= {"t", "p", "j", "page", "temp.page", "json_each"}, (sql, plan)

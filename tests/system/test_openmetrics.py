"""`status --openmetrics` is read by Prometheus' own parser, and says what is so."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from cloudstock.store.troubles.table import KINDS
from tests.system.conftest import Shop

Samples = dict[tuple[tuple[str, str], ...], float]


def metrics(text: str) -> dict[str, Samples]:
    samples: dict[str, Samples] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            samples[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
    return samples


def test_it_tells_the_state(shop: Shop) -> None:
    shop.open(5)
    sku, other, *_ = shop.skus()
    assert shop.buys("ozon-main", (sku, 2))
    began = datetime.now(UTC).timestamp()
    shop.run("sync", "--quiet")
    told = metrics(shop.run("status", "--openmetrics").out)
    stock = shop.stock()
    main = (("warehouse", "main"),)
    for column in ("on_hand", "reserved", "available"):
        assert told[f"cloudstock_stock_{column}_units"][main] == sum(
            row[column] or 0 for row in stock.values()
        )
    assert told["cloudstock_stock_reserved_units"][main] == 2
    assert told["cloudstock_ok"] == {(): 1}
    for name in ("ozon-main", "wb-main", "ym-main"):
        (at,) = (
            value
            for labels, value in told["cloudstock_job_last_success_timestamp_seconds"].items()
            if {("account", name), ("job", "orders")} <= set(labels)
        )
        assert began <= at <= datetime.now(UTC).timestamp()
        limits = [
            {labels: value for labels, value in told[metric].items() if ("account", name) in labels}
            for metric in ("cloudstock_requests_total", "cloudstock_limit_per_second")
        ]
        assert limits[0].keys() == limits[1].keys()
        assert all(value > 0 for metric in limits for value in metric.values())
    assert told["cloudstock_requests_total"].keys() == told["cloudstock_limit_used_ratio"].keys()
    assert told["cloudstock_pushes_total"][()] > 0
    kinds = {dict(labels)["kind"] for labels in told["cloudstock_troubles"]}
    assert kinds == {kind.name for kind in KINDS}
    assert not any(v for k, v in told["cloudstock_troubles"].items() if ("wrong", "true") in k)
    # One unit fewer than was promised.
    assert shop.buys("wb-main", (other, 1))
    shop.run("sync", "--quiet")
    shop.run("set-stock", other, "0", "--yes")
    told = metrics(shop.run("status", "--openmetrics", expect=1).out)
    assert told["cloudstock_troubles"][("kind", "oversold"), ("wrong", "true")] == 1
    assert told["cloudstock_stock_oversold_units"][main] == 1
    assert told["cloudstock_ok"] == {(): 0}


def test_a_round_tells_where_its_time_went_by_account(shop: Shop) -> None:
    shop.open(5)
    lines = [
        line
        for line in map(
            json.loads, shop.run("sync", "--verbose", "--log-format", "json").err.splitlines()
        )
        if line["event"] in ("http.answer", "spent")
    ]
    asked = Counter(line["account"] for line in lines if line["event"] == "http.answer")
    told = {line.get("account", ""): line for line in lines if line["event"] == "spent"}
    assert set(told) == {"ozon-main", "wb-main", "ym-main", ""}
    assert {name: line["requests"] for name, line in told.items() if name} == asked
    assert told[""]["requests"] == 0
    for line in told.values():
        assert line["transactions"] > 0
        assert {"answers_s", "waits_s", "writing_s"} <= line.keys()


def test_a_name_with_quotes_breaks_no_line(shop: Shop) -> None:
    name = 'second "hall" \\ left'
    shop.open(5)
    shop.run("add-warehouse", name)
    shop.run("set-stock", shop.skus()[0], "3", "--warehouse", name)
    told = metrics(shop.run("status", "--openmetrics", expect=None).out)
    assert told["cloudstock_stock_on_hand_units"][(("warehouse", name),)] == 3


@pytest.mark.parametrize("also", ["--json", "--csv"])
def test_it_is_a_form_of_its_own(shop: Shop, also: str) -> None:
    assert "--openmetrics" in shop.run("status", "--openmetrics", also, expect=2).err

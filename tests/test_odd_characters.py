"""Every control and odd character through every text from outside: nothing is booked twice or dies.

From marketplaces' answers, from sheets, from the terminal, and from forms and scripts.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock.__main__ import main
from cloudstock.cli import SECTIONS
from cloudstock.cli.app import app
from cloudstock.domain.texts import is_fit
from cloudstock.store import Store
from cloudstock.store.integrity import examine
from tests.store.trade import CONFIG, sell_and_return, trade
from tests.wire.line import Line
from tests.wire.shop import ACCOUNTS, Shop, Trial, a_shop
from tests.wire.spoiling import Spoilt

# Controls, what has no width or turns the direction, ends of lines, halves of pairs, what is no
# character, letters of two parts, what SQL, JSON, CSV and shells mean something by.
ODD = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA1)),
    *"\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202e\u2060\u2066\ufeff\ufff9",
    *"\ud800\udbff\udc00\udfff\ufdd0\ufffd\ufffe\uffff\U0001f600\U000e0041\U0010ffff\u0301",
    *"'\"\\;,%_*?[]{}<>&$`|=+@#\u0130\u1e9e",
]
ALL_AT_ONCE = "".join(ODD)
# What is no name: moments, numbers, places in lists, and words whose meaning is fixed.
NO_NAME = re.compile(r"\d{4}-\d\d|-?\d+([.:]\d+)*$|[A-Z_]+$|[a-z_]+$|$")
NO_FIELD = re.compile(r"(?i)status|state|cursor|page|token|last_id|type|schema|currency|date|_at$")


def spoilt(value: Any, odd: str, field: str = "") -> Any:
    """Return JSON with an odd text inside every name."""
    if isinstance(value, dict):
        return {k: spoilt(v, odd, k) for k, v in value.items()}
    if isinstance(value, list):
        return [spoilt(v, odd, field) for v in value]
    if not isinstance(value, str) or NO_NAME.match(value) or NO_FIELD.search(field):
        return value
    return f"{value[:1]}{odd}{value[1:]}"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with a_shop() as opened:
        yield opened


def booked(trial: Trial) -> list[Any]:
    """Return what is in the database of orders, returns and movements, but when it was seen."""
    tables = {
        "movement": "document, number, quantity",
        "orders": "order_id, step, shipped, ended",
        "returns": "return_id, step, waiting",
        "listing": "external_id, offer_id, name",
    }
    db = trial.store.connection
    return [
        sorted(tuple(r) for r in db.execute(f"SELECT {columns} FROM {table}"))
        for table, columns in tables.items()
    ]


@pytest.mark.parametrize("marketplace", list(ACCOUNTS))
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(odd=st.just(ALL_AT_ONCE) | st.text(st.sampled_from(ODD), min_size=1, max_size=4))
def test_an_answer_is_booked_once_whatever_its_names_hold(
    shop: Shop, marketplace: str, odd: str
) -> None:
    def decide(_number: int, _method: str, _path: str, good: Spoilt) -> tuple[str, Spoilt]:
        try:
            body = json.dumps(spoilt(json.loads(good.body), odd)).encode()
        except ValueError:
            return "", good
        return "odd", replace(good, body=body)

    with shop.copy() as trial:

        def run(job: str) -> None:
            name = ACCOUNTS[marketplace]
            result = trial.run(
                job,
                lambda account: Line(trial.sandbox, decide if account.name == name else None),
                yes=True,
            )
            errors = [a.error for a in result.accounts if a.error]
            assert not errors, (job, errors)
            trial.time.advance(400)

        for job in ("pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks"):
            run(job)
        before = booked(trial)
        for job in ("pull-catalog", "poll-orders", "poll-returns", "poll-reserves", "push-stocks"):
            run(job)
        assert booked(trial) == before
        assert not examine(trial.store).wrong
        text = repr(before)
        assert "\\x00" not in text
        assert "\ufffd" in text or "\0" not in odd


# ---------------------------------------------------------------- the terminal, and sheets

HALVES = re.compile("[\ud800-\udfff]")
# No command line can carry a NUL.
TYPED = HALVES.sub("", ALL_AT_ONCE.replace("\0", ""))
LINES = (
    ("set-stock", "{}", "3"),
    ("set-stock", "MUG", "3", "--note", "{}"),
    ("set-stock", "MUG", "3", "--warehouse", "{}"),
    ("adjust-stock", "{}", "-1", "--reason", "{}"),
    ("move-stock", "{}", "1", "--from", "main", "--to", "{}"),
    ("add-warehouse", "{}"),
    ("rename-warehouse", "main", "{}"),
    ("set-policy", "{}", "split"),
    ("link-listing", "{}", "{}"),
    ("unlink-listing", "{}"),
    ("receive-return", "{}"),
    ("show-stock", "{}", "--json"),
    ("products", "--search", "{}", "--json"),
    ("listings", "--search", "{}", "--csv"),
    ("show-orders", "--sku", "{}"),
    ("show-history", "{}"),
    ("explain", "{}"),
    ("status", "--account", "{}"),
    ("import-stock", "{}"),
    ("export-stock", "{}/x.csv"),
    ("backup", "{}/x.db"),
    ("restore", "{}"),
    ("status", "--config", "{}"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with trade(tmp_path, sell_and_return):
        pass
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "config.yaml").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_command_line_that_holds_them_is_done_or_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in LINES:
        for odd in (TYPED, f"MUG{TYPED[:9]}", "\udcff"):
            code = main([word.replace("{}", odd) for word in line])
            told = capsys.readouterr().err
            assert "bug" not in told, (line, told)
            assert code == 2 if odd == "\udcff" else code in (0, 1, 2, 78), (line, code, told)
    with Store.open(folder / "book.db") as store:
        assert not examine(store).wrong


def test_a_file_to_import_is_called_as_it_pleases(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = os.fsdecode("склад".encode("cp1251") + b".csv")
    (folder / name).write_text("sku,quantity\nNO-SUCH,1\n")
    shown = r"\xf1\xea\xeb\xe0\xe4.csv"
    assert main(["import-stock", name]) == 2
    assert f"{shown}: 1 row names a product that you do not have" in capsys.readouterr().err
    assert main(["import-stock", f"no-{name}"]) == 2
    assert "expected text in UTF-8" in capsys.readouterr().err


def sheet_of(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def test_a_sheet_that_holds_them_is_taken_as_it_is_or_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = TYPED.replace("\r", "").strip()
    with Store.open(folder / "book.db") as store:
        (before,) = store.connection.execute("SELECT count(*) FROM product").fetchone()
    sheets = [
        f"sku,quantity,name\nMUG,{n},{sheet_of(f'x{odd}y')}\n"
        for n, odd in enumerate(["\0", *(ALL_AT_ONCE[i : i + 8] for i in range(1, len(ODD), 8))])
    ]
    sheets.append(f"sku,quantity,name,barcode\nMUG,3,{sheet_of(name)},{sheet_of(name)}\n")
    for sheet in sheets:
        raw = sheet.encode("utf-8", "surrogatepass")
        (folder / "stock.csv").write_bytes(raw)
        code = main(["import-stock", "stock.csv", "--yes"])
        told = capsys.readouterr().err
        assert "bug" not in told, (sheet, told)
        assert code == (2 if "\0" in sheet else 0) or HALVES.search(sheet), (sheet, told)
    with Store.open(folder / "book.db") as store:
        assert store.connection.execute("SELECT count(*) FROM product").fetchone()[0] == before
        assert not examine(store).wrong
        assert "\0" not in "\n".join(store.connection.iterdump())


@pytest.mark.parametrize(("escape", "code"), [("_x0000_", 2), ("_xD800_", 0), ("_xDFFF_", 0)])
def test_what_no_database_holds_comes_into_none_by_a_workbook(
    folder: Path, capsys: pytest.CaptureFixture[str], escape: str, code: int
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (("sku", "quantity", "name"), ("MUG", 3, f"a{escape}b")):
        book.active.append(row)
    book.save(folder / "stock.xlsx")
    assert main(["import-stock", "stock.xlsx", "--update", "names"]) == code
    told = "cell C2 (name): a character that cannot be stored" in capsys.readouterr().err
    with Store.open(folder / "book.db") as store:
        name = store.connection.execute("SELECT name FROM product WHERE sku = 'MUG'").fetchone()[0]
    # Half a letter stays written as it was.
    assert (told, is_fit(name)) == (code == 2, True)


def lines_with(number: str) -> Iterator[tuple[str, ...]]:
    """Yield a line for each option that takes a number."""
    program: Any = typer.main.get_command(app)
    for name in (name for _, _, names in SECTIONS for name in names):
        parameters = program.get_command(None, name).params
        needed = ["1" for p in parameters if p.required and not p.opts[0].startswith("-")]
        for p in parameters:
            if p.opts[0].startswith("-") and p.metavar in ("N", "SECONDS", "DAYS", "X"):
                yield (name, p.opts[0], number, *needed)


def test_a_number_beyond_reason_is_told_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    number = "9223372036854775808"
    lines = [
        *lines_with(number),
        ("set-stock", "MUG", number),
        ("adjust-stock", "MUG", f"+{number}", "--reason", "x"),
        ("move-stock", "MUG", number, "--from", "main", "--to", "attic"),
    ]
    assert len(lines) > 30
    for line in lines:
        assert main(line) == 2, line
        told = capsys.readouterr().err
        assert "expected at most" in told or "is not a whole number" in told, (line, told)

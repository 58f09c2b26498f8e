"""The log: one line per event, in two forms, and no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import re
import string
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudstock import logs
from cloudstock.log_format import Format
from cloudstock.redaction import HIDDEN, Redactor
from cloudstock.settings import Account, Configuration, Secret

log = logging.getLogger("cloudstock.tests")
SECRET = Secret('s3cr3t+"key"/\\=')
FORMATS = list(Format)


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [h for h in root.handlers if type(h).__module__ == logs.__name__]:
        root.removeHandler(handler)
    root.setLevel(level)


@contextmanager
def ours_alone() -> Iterator[None]:
    """Keep what is logged from pytest, which would send it on: lone surrogates cannot be sent."""
    root = logging.getLogger()
    others = [h for h in root.handlers if type(h).__module__ != logs.__name__]
    for handler in others:
        root.removeHandler(handler)
    try:
        yield
    finally:
        for handler in others:
            root.addHandler(handler)


@pytest.fixture
def moscow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Moscow")
        time.tzset()
        yield
    time.tzset()


def started(
    log_format: Format = Format.TEXT, *, quiet: bool = False, verbose: bool = False
) -> io.StringIO:
    stream = io.StringIO()
    redactor = Redactor()
    redactor.learn([SECRET])
    logs.start(redactor, log_format=log_format, quiet=quiet, verbose=verbose, stream=stream)
    return stream


def test_a_line_is_time_level_event_and_facts(moscow: None) -> None:
    stream = started()
    logs.event(log, logging.INFO, "orders.page", account="ozon-main", records=50, new=3)
    at, rest = stream.getvalue().split(" ", 1)
    assert rest == "INFO orders.page account=ozon-main records=50 new=3\n"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00", at)


def test_json_lines_carry_the_same_keys(moscow: None) -> None:
    stream = started(Format.JSON)
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    logs.event(log, logging.WARNING, "push.kept", account="wb", left=2, at=at, why=None, ok=False)
    line = json.loads(stream.getvalue())
    assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert line == {
        "level": "warning",
        "logger": "cloudstock.tests",
        "event": "push.kept",
        "account": "wb",
        "left": 2,
        "at": "2026-11-23T13:00:00+03:00",
        "why": None,
        "ok": False,
    }


def test_facts_given_by_extra_are_told_too() -> None:
    stream = started(verbose=True)
    log.debug("http.answer", extra={"account": "ym", "status": 200})
    assert stream.getvalue().endswith(" DEBUG http.answer account=ym status=200\n")


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (7, "7"),
        (1.5, "1.5"),
        (None, "null"),
        (True, "true"),
        ("", '""'),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "no"', r'"say \"no\""'),
        ("Кружка", "Кружка"),
        ("a\nb", r"a\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202e", r"\u202e"),
        ("\udc80", r"\udc80"),
        (Secret("x"), "Secret(***)"),
    ],
)
def test_a_fact_ends_where_a_reader_sees_it(fact: object, text: str) -> None:
    stream = started()
    logs.event(log, logging.INFO, "e", fact=fact)
    assert stream.getvalue().split(" ", 2)[2] == f"e fact={text}\n"


@pytest.mark.parametrize("log_format", FORMATS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=30))
def test_nothing_from_outside_starts_a_line_or_moves_a_cursor(
    log_format: Format, text: str
) -> None:
    stream = started(log_format)
    with ours_alone():
        logs.event(log, logging.INFO, text, fact=text, **{f"k{text}": 1})
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert not any(logs.moves(c) for c in written.removesuffix("\n"))


@pytest.mark.parametrize("key", ["time", "level", "event", "logger", "trace", "msg", "name"])
def test_a_fact_cannot_take_the_place_of_what_every_line_has(key: str) -> None:
    stream = started(Format.JSON)
    logs.event(log, logging.INFO, "real", **{key: "forged"})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["logger"]) == ("info", "real", "cloudstock.tests")
    assert "forged" in line.values()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"quiet": True}, ["WARNING", "ERROR"]),
        ({}, ["INFO", "WARNING", "ERROR"]),
        ({"verbose": True}, ["DEBUG", "INFO", "WARNING", "ERROR"]),
        ({"quiet": True, "verbose": True}, ["WARNING", "ERROR"]),
    ],
)
def test_quiet_tells_what_somebody_should_look_at(
    options: dict[str, bool], told: list[str]
) -> None:
    stream = started(**options)
    for name in ("DEBUG", "INFO", "WARNING", "ERROR"):
        logs.event(log, getattr(logging, name), "e")
    assert [line.split()[1] for line in stream.getvalue().splitlines()] == told


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "httpcore.http11", "asyncio"])
def test_libraries_that_log_urls_say_nothing(name: str) -> None:
    stream = started(verbose=True)
    logging.getLogger(name).error("GET https://host/?key=1")
    assert stream.getvalue() == ""


def test_a_second_start_replaces_the_first() -> None:
    first, second = started(), started()
    logs.event(log, logging.INFO, "once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def raise_from(cause: Exception) -> None:
    raise RuntimeError("outer") from cause


# --- secrets


@pytest.mark.parametrize("log_format", FORMATS)
def test_no_path_into_a_line_carries_a_secret(log_format: Format) -> None:
    plain = SECRET.reveal()
    stream = started(log_format)
    log.info(f"in the message {plain}")  # noqa: G004 - the very mistake to guard against
    log.info("in an argument %s", plain)
    log.info("in a form %r", {"key": plain})
    log.info("in a URL %s", f"https://h/?k={quote(plain, safe='')}")
    log.info("by extra", extra={"body": json.dumps({"key": plain})})
    logs.event(log, logging.INFO, "as a fact", fact=plain, **{plain: 1})
    try:
        raise_from(ValueError(plain))
    except RuntimeError:
        log.exception("in a traceback")
    written = stream.getvalue()
    assert written.count(HIDDEN) >= 8
    assert "s3cr3t" not in written
    assert "ValueError" in written


@pytest.mark.parametrize("log_format", FORMATS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plain=st.text(string.printable[:94], min_size=8, max_size=40))
def test_no_credential_that_the_configuration_allows_gets_out(
    log_format: Format, plain: str
) -> None:
    stream = io.StringIO()
    redactor = Redactor()
    redactor.learn([Secret(plain)])
    logs.start(redactor, log_format=log_format, stream=stream)
    logs.event(log, logging.INFO, f"<{plain}>", fact=f"<{plain}>", other=f"a <{plain}> b")
    written = stream.getvalue()
    assert written.count(f"<{HIDDEN}>") == 3


def test_a_secret_that_begins_another_leaves_no_rest() -> None:
    redactor = Redactor()
    redactor.learn([Secret("token"), Secret("token-and-more")])
    assert redactor("token-and-more token") == "*** ***"


def test_secrets_learned_later_are_hidden_from_then_on() -> None:
    stream = io.StringIO()
    redactor = Redactor()
    logs.start(redactor, stream=stream)
    redactor.learn([Secret("late-key")])
    log.info("late-key")
    assert "late-key" not in stream.getvalue()


def test_every_secret_of_a_configuration_is_known() -> None:
    accounts = (
        Account("a", "ozon", (), secrets={"api_key": Secret("one")}),
        Account("b", "wildberries", (), secrets={"token": Secret("two")}),
    )
    configuration = Configuration(Path("c"), Path("d"), accounts)
    assert logs.secrets_of(configuration) == [Secret("one"), Secret("two")]


def test_a_traceback_cannot_pass_for_an_event() -> None:
    stream = started()
    try:
        raise_from(ValueError("first\n2026-11-23T10:00:00+03:00 INFO forged\r\x1b[2J"))
    except RuntimeError:
        log.exception("job.bug")
    first, *others = stream.getvalue().splitlines()
    assert first.endswith(" ERROR job.bug")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_record_that_cannot_be_written_does_not_show_what_is_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = started()
    record = log.makeRecord(log.name, logging.INFO, "f", 7, "%d", (SECRET.reveal(),), None)
    logging.getLogger().handlers[-1].handle(record)
    assert re.fullmatch(r"ERROR log\.failed logger=cloudstock\.tests line=\d+\n", stream.getvalue())
    assert capsys.readouterr().err == ""

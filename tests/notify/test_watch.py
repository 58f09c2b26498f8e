"""What is told of how a job ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cloudstock.errors import Busy, Exit
from cloudstock.notify.watch import watched
from cloudstock.settings import Configuration, Secret
from tests.receiver import Receiver, listening


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


def ends(
    receiver: Receiver,
    code: Exit | None,
    error: BaseException | None = None,
    *,
    command: str = "sync",
    dry_run: bool = False,
) -> list[str]:
    """What is told of a job that ends so."""
    address = Secret(f"http://127.0.0.1:{receiver.port}/ping")
    config = Configuration(Path("config.yaml"), Path("book.db"), (), heartbeats={"sync": address})
    with suppress(*([] if error is None else [type(error)])):
        with watched(command, config, dry_run=dry_run) as watch:
            watch.exit_code = code
            if error is not None:
                raise error
        assert error is None, "it is not swallowed"
    return receiver.beats


@pytest.mark.parametrize("code", [*Exit])
def test_all_that_is_not_well_has_failed(receiver: Receiver, code: Exit) -> None:
    assert ends(receiver, code) == ["/ping/start", "/ping" if code == Exit.OK else "/ping/fail"]


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        (None, ValueError(), ["/ping/fail"]),
        # What was done is done, though its words found no reader.
        (Exit.OK, BrokenPipeError(), ["/ping"]),
        (Exit.FAILED, BrokenPipeError(), ["/ping/fail"]),
        # Another run tells; nobody does.
        (None, Busy("held"), []),
        (None, KeyboardInterrupt(), []),
    ],
)
def test_a_job_that_an_error_ends(
    receiver: Receiver, code: Exit | None, error: BaseException, told: list[str]
) -> None:
    assert ends(receiver, code, error) == ["/ping/start", *told]


def test_nothing_is_told_of_a_rehearsal_or_of_what_nobody_listens_to(receiver: Receiver) -> None:
    assert ends(receiver, Exit.OK, dry_run=True) == []
    assert ends(receiver, None, ValueError(), dry_run=True) == []
    assert ends(receiver, Exit.OK, command="push-stocks") == []

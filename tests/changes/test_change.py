"""What holds for every change: a script may ask for it, and a sentence tells what became of it."""

from __future__ import annotations

import msgspec
import pytest

from cloudstock.changes import counts, links, moves, policies, returns
from cloudstock.changes.change import Change
from cloudstock.render import changes as sentences

MODULES = (counts, links, moves, policies, returns)
CHANGES = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Change) and kind is not Change
]


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_a_change_is_offered_to_scripts_and_told_in_a_sentence(kind: type[Change]) -> None:
    api = pytest.importorskip("cloudstock.web.api")
    (operation,) = [o for o in api.OPERATIONS if o.body is kind]
    assert operation.method == "post"
    assert kind.result.__name__ in sentences._SENTENCES
    fields = {f.name for f in msgspec.structs.fields(operation.answer)}
    assert fields > {"dry_run"}

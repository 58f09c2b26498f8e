"""What holds for every change: a script may ask for it, and a sentence tells what became of it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import msgspec
import pytest

from cloudstock import changes
from cloudstock.changes.change import Change
from cloudstock.render import changes as sentences

for _module in iter_modules(changes.__path__):
    import_module(f"{changes.__name__}.{_module.name}")
CHANGES = [kind for base in Change.__subclasses__() for kind in base.__subclasses__() or [base]]


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_a_change_is_told_in_a_sentence(kind: type[Change]) -> None:
    assert kind.result.__name__ in sentences._SENTENCES


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
def test_a_change_is_offered_to_scripts(kind: type[Change]) -> None:
    api = pytest.importorskip("cloudstock.web.api")
    operations = [o for o in api.OPERATIONS if o.body is kind]
    (operation,) = operations
    assert operation.method == "post"
    fields = {f.name for f in msgspec.structs.fields(operation.answer)}
    assert fields > {"dry_run"}


def test_a_change_that_does_not_say_how_it_is_carried_out_cannot_be_made() -> None:
    class Unfinished(Change, frozen=True, kw_only=True):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Unfinished()  # type: ignore[abstract]

"""What a person does to the stock, as data: what is asked for, and what became of it.

A change is a request: the terminal, a form and a script make it, `act` carries it out and returns
its result, or several, and `render.changes` has the sentence for each. The texts of its fields are
their help everywhere.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, ClassVar, get_type_hints

from msgspec import Meta, Struct, StructMeta, json

from cloudstock.errors import UsageProblem
from cloudstock.language import mark, tr
from cloudstock.logs import secrets_of
from cloudstock.redaction import TELLING_LENGTH, Redactor
from cloudstock.settings import Configuration, Secret
from cloudstock.store import Store

# More than this of one thing in one warehouse is a slip of the finger (a barcode for a number).
QUANTITY_MAX = 1_000_000_000
# Of one request.
ROWS_MAX = 1000

Sku = Annotated[str, Meta(min_length=1, max_length=500, description=mark("The product's article."))]
Warehouse = Annotated[str, Meta(min_length=1, max_length=100, description=mark("The warehouse."))]
# None: `names.meant`.
Counted = Annotated[
    Warehouse | None,
    Meta(description=mark("The warehouse; else main, or the only one.")),
]
Note = Annotated[str, Meta(max_length=500, description=mark("For the ledger."))]
Confirmed = Annotated[bool, Meta(description=mark("Do it also where it would be asked about."))]


class _Abstract(StructMeta, ABCMeta):
    """Of a request that does not say how it is carried out none can be made."""


class Change(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, metaclass=_Abstract):
    """A request."""

    # What JSON calls the results where there may be several; "": there is one.
    several: ClassVar[str] = ""
    # Whether it says which warehouse or account a name in the configuration stands for.
    settles_names: ClassVar[bool] = False
    # Of one result.
    result: ClassVar[type]
    # Nothing is changed, all is checked.
    dry_run: bool = False

    def check(self, config: Configuration) -> None:
        """Raise `UsageProblem` where the configuration forbids it, or one of its keys is in it."""
        written = json.encode(self).decode()
        if Redactor(telling_secrets(config))(written) is not written:
            raise UsageProblem(key_in_it())
        self.forbid(config)

    def forbid(self, config: Configuration) -> None:
        """Raise `UsageProblem` where the configuration forbids it."""

    @abstractmethod
    def act(self, store: Store, *, now: datetime, configured: Collection[str] = ()) -> Any:
        """Carry it out and return the result, or all of them; raises `UsageProblem`.

        `configured`: warehouses that the configuration names and the database may not know yet.
        """


def telling_secrets(config: Configuration) -> list[Secret]:
    """Return the secrets that are no words, and so stand in a text only by mistake."""
    return [s for s in secrets_of(config) if len(s.reveal()) >= TELLING_LENGTH]


def key_in_it() -> str:
    """Return why a text is not kept in which a key stands."""
    return tr("a key of the configuration stands in it, and no key is kept; nothing was changed")


def help_of(request: type[Struct], field: str) -> str:
    """Return the help of a field, in English."""
    kind = get_type_hints(request, include_extras=True)[field]
    # The last one says what it is here.
    *_, description = (m.description for m in kind.__metadata__ if m.description)
    return str(description)

"""Keys of the configuration as they are declared once: name, type, default, help.

A dataclass declares the keys of a section: `buffer: int = key(whole(0), 0, "units kept back")`.
From it come how a section is read and what is told of it, its JSON Schema, and the example file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, fields
from functools import cache, partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from cloudstock.config.types import TEXT, Schema, Type, is_variable
from cloudstock.config.yamlfile import Kind, Unfit, Value, suggestion
from cloudstock.language import spoken, system_words, tr

T = TypeVar("T")
D = TypeVar("D")
MAX_SECRET_FILE_BYTES = 65_536


class Composite(Protocol):
    """A type of what is no scalar: it keeps the problems of its parts itself."""

    def read(self, default: Any, value: Value) -> Any:
        """Return what is meant, `default` where nothing is; raises `Unfit`."""

    def schema(self) -> Schema:
        """Return its JSON Schema."""


class Key(NamedTuple):
    """One key of a section."""

    name: str
    type: Type[Any] | Composite
    # A phrase for people, translated where it is told: what it is, and where it comes from.
    help: str
    default: Any = None
    # As the example file shows it; "": with its default.
    example: str = ""
    required: bool = False
    # Of the dataclass that declares it.
    field: str = ""

    @property
    def file_name(self) -> str:
        """The name of the key that names a file instead; "" where there is none."""
        if not getattr(self.type, "secret", False):
            return ""
        return f"{self.name[:-1]}_files" if isinstance(self.type, ListOf) else f"{self.name}_file"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in the file that is this key's."""
        return (self.name, self.file_name) if self.file_name else (self.name,)

    @property
    def written(self) -> str:
        """Its example, else its default, as the file has it."""
        if self.example or not isinstance(self.type, Type | ListOf):
            return self.example
        return self.type.write(self.default)

    def missing(self) -> str:
        """Return what is told where it is required and not there."""
        what = spoken(self.help).partition(". ")[0]
        if self.file_name:
            what = tr(
                "{help}; or {name} with the path of a file that holds it",
                help=what,
                name=self.file_name,
            )
        return tr("missing; {what}", what=what)


def key(
    kind: Type[T] | Composite,
    default: D,
    help: str,  # noqa: A002 - as typer calls it
    *,
    name: str = "",
    example: str = "",
    required: bool = False,
) -> T | D:
    """Declare a key as the field of a dataclass; `name` is its own in the file."""
    declared = Key(name, kind, help, default, example, required)
    declaration: T | D = field(default_factory=lambda: default, metadata={"key": declared})
    return declaration


@cache
def keys_of(declaring: type[Any]) -> tuple[Key, ...]:
    """Return the keys that a dataclass declares."""
    return tuple(
        f.metadata["key"]._replace(name=f.metadata["key"].name or f.name, field=f.name)
        for f in fields(declaring)
        if "key" in f.metadata
    )


def attempt(value: Value, reader: Callable[[Value], Any], default: Any = None) -> Any:
    """Return what a reader makes of a value; the default, and keep a problem, where it is unfit."""
    try:
        return reader(value)
    except Unfit as unfit:
        value.complain(str(unfit))
        return default


def read_keys(
    section: Value, keys: Iterable[Key], base: object = None, *, no_others: bool = True
) -> dict[str, Any]:
    """Return what a section says, by the keys' fields or names; raises `Unfit` where it is none.

    What is left out, or unfit, is as in `base`, else as declared. `no_others`: other keys are
    refused.
    """
    entries = section.entries()
    values: dict[str, Any] = {}
    names: set[str] = set()
    for key in keys:
        default = getattr(base, key.field) if base is not None and key.field else key.default
        values[key.field or key.name] = _read(key, section, entries, default)
        names.update(key.names)
    for name, (_, value) in entries.items():
        if no_others and name not in names:
            value.complain(tr("unknown key; {suggestion}", suggestion=suggestion(name, names)))
    return values


def _read(
    key: Key, section: Value, entries: Mapping[str, tuple[Value, Value]], default: Any
) -> Any:
    given = {name: entries[name][1] for name in key.names if name in entries}
    kind = key.type
    if not given:
        if key.required:
            section.complain(key.missing(), key.name)
        return default
    # A secret may stand in a file, or some of several do.
    readers = {name: _from_file if name == key.file_name else _scalar for name in given}
    if isinstance(kind, ListOf):
        lists = [attempt(v, partial(kind.gather, readers[name]), ()) for name, v in given.items()]
        return tuple(one for items in lists for one in items)
    if len(given) > 1:
        given[key.file_name].complain(tr("given beside {name}; keep one of them", name=key.name))
        return default
    ((name, value),) = given.items()
    if isinstance(kind, Type):
        return attempt(value, partial(readers[name], kind), default)
    return attempt(value, partial(kind.read, default), default)


def _scalar(kind: Type[T], value: Value) -> T:
    if kind.secret and not is_variable(value):
        value.document.literal_secrets.append(value.path)
    return kind.read(value)


def _from_file(kind: Type[T], value: Value) -> T:
    path = value.document.folder / Path(TEXT.read(value)).expanduser()
    value.document.secret_files[path] = value.path.removesuffix("_file")
    try:
        with path.open("rb") as file:
            # Not chained: the error would carry the file's bytes.
            plain = file.read(MAX_SECRET_FILE_BYTES).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Unfit(tr("{path} holds no text", path=path)) from None
    except OSError as error:
        raise Unfit(
            tr("cannot read {path}: {reason}", path=path, reason=system_words(error))
        ) from None
    if not plain:
        raise Unfit(tr("{path} is empty", path=path))
    try:
        return kind.of(plain, value)
    except Unfit as unfit:
        raise Unfit(f"{path}: {unfit}") from None


class Section(NamedTuple, Generic[D]):
    """A section of declared keys; `make` is called with their values by field, else by name."""

    keys: tuple[Key, ...]
    make: Callable[..., D]

    def read(self, default: D, value: Value) -> D:
        """Return `default` with what the section says otherwise."""
        return self.make(**read_keys(value, self.keys, default))

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return section_schema(self.keys)


def section(declaring: Callable[..., D]) -> Section[D]:
    """Return the section whose keys a dataclass declares."""
    return Section(keys_of(declaring), declaring)


def only_given(**given: T | None) -> Mapping[str, T]:
    """Return the keys of a section that were there."""
    return {name: value for name, value in given.items() if value is not None}


class ListOf(NamedTuple, Generic[T]):
    """A list of scalars; of words in the order of their declaration."""

    item: Type[T]

    @property
    def secret(self) -> bool:
        """Whether its values are never shown."""
        return self.item.secret

    def read(self, default: object, value: Value) -> tuple[T, ...]:  # noqa: ARG002 - all or none
        """Return its values, those that are unfit left out."""
        return self.gather(_scalar, value)

    def gather(self, reader: Callable[[Type[T], Value], T], value: Value) -> tuple[T, ...]:
        """Return its values as `reader` reads them."""
        items = [attempt(v, partial(reader, self.item)) for v in value.items()]
        values = [i for i in items if i is not None]
        words: Sequence[Any] = self.item.words
        return tuple(w for w in words if w in values) if words else tuple(values)

    def write(self, values: Iterable[T]) -> str:
        """Return a list as the file has it."""
        return f"[{', '.join(map(self.item.write, values))}]"

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return {"type": "array", "items": self.item.schema()}


class MapOf(NamedTuple, Generic[T]):
    """A section whose names a person chooses; `of` says in the plural what is in it."""

    names: Type[str]
    item: Type[T] | Composite
    of: str

    def read(self, default: object, value: Value) -> Mapping[str, T]:  # noqa: ARG002 - all or none
        """Return what it says by name, what is unfit left out."""
        reader = (
            partial(_scalar, self.item)
            if isinstance(self.item, Type)
            else partial(self.item.read, None)
        )
        entries = value.entries(self.of).values()
        pairs = [(attempt(name, self.names.read), attempt(v, reader)) for name, v in entries]
        return {name: item for name, item in pairs if name is not None and item is not None}

    def schema(self) -> Schema:
        """Return its JSON Schema."""
        names = {"enum": [*self.names.words]} if self.names.words else {"minLength": 1}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": self.item.schema(),
        }


def section_schema(keys: Iterable[Key], **const: object) -> dict[str, Any]:
    """Return the JSON Schema of a section; `const` are keys of one value."""
    properties: dict[str, Any] = {name: {"const": value} for name, value in const.items()}
    needed: list[Schema] = []
    for key in keys:
        schema_of_key: dict[str, Any] = {"description": spoken(key.help)} if key.help else {}
        if isinstance(key.type, Type) and key.default is not None:
            number = Kind.NUMBER in key.type.kinds
            schema_of_key["default"] = key.default if number else key.type.write(key.default)
        properties[key.name] = schema_of_key | dict(key.type.schema())
        if key.file_name:
            file = (ListOf(TEXT) if isinstance(key.type, ListOf) else TEXT).schema()
            properties[key.file_name] = schema_of_key | dict(file)
        if key.required:
            needed.append({"anyOf": [{"required": [name]} for name in key.names]})
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | {"required": [*const]} | ({"allOf": needed} if needed else {})

"""Types of configuration values: what is due in words, how it is read, and its JSON Schema.

They are strict about what is written and clear about what is due. A variable's text is never read
as YAML: `${OZON_CLIENT_ID}` is `012345` if the environment says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from cloudstock.config.yamlfile import CHANGED, Kind, Unfit, Value, meant_instead, veiled
from cloudstock.domain import grammar
from cloudstock.language import mark, spoken, tr
from cloudstock.language.local import zone_of
from cloudstock.redaction import is_key

T = TypeVar("T")
Schema = Mapping[str, object]

# `$${` stands for `${` itself.
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Numbers that every YAML takes for the same: no `010`, `0x10`, `1_000`, `1e5`, `1:30`.
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+")
# What one HTTP header may hold of a credential; blanks and line ends are paste accidents.
VISIBLE = "[!-~]"

# Above any stock; keeps sums of configured numbers inside what SQLite holds.
MAX_WHOLE = 1_000_000_000
MAX_DAYS = 366
# Ids are int64 on every marketplace.
MAX_DIGITS = 19
NULL, NEVER = "null", "never"

JUST_TEXT = frozenset({Kind.TEXT})
JUST_NUMBERS = frozenset({Kind.NUMBER})
# How JSON Schema calls what is taken.
_JSON = {Kind.NUMBER: "number", Kind.YES_NO: "boolean", Kind.NOTHING: "null", Kind.TEXT: "string"}


class Type(NamedTuple, Generic[T]):
    """One type of scalar."""

    # What is due, as in "expected ..., got ...": a function, for the language is known later.
    due: Callable[[], str]
    # Of the whole text.
    pattern: str
    # Makes a value of its text; ValueError: that is not what is due; `Unfit`: and this is why.
    parse: Callable[[str], T]
    # How it is written where no variable stands in it.
    kinds: frozenset[Kind] = JUST_TEXT
    # Quotes would make a number, a date, a yes/no word fit.
    quotable: bool = True
    # A misspelt one is told what it may mean.
    words: Sequence[str] = ()
    # Never shown; and it may be given as a file.
    secret: bool = False
    # What its JSON Schema says beyond its pattern.
    bounds: Schema = MappingProxyType({})
    # As the file has a value.
    write: Callable[[T], str] = str

    def read(self, value: Value) -> T:
        """Return what is due; raises `Unfit` with one sentence."""
        kind = value.kind
        if kind is Kind.TEXT and (kind in self.kinds or is_variable(value)):
            text = _expanded(value)
            return self.of(text if self.secret else _line(text), value)
        plain = kind is not Kind.NUMBER or _PLAIN_NUMBER.fullmatch(value.source)
        if kind not in self.kinds or not plain:
            raise self._unfit(value)
        return self.of(NULL if kind is Kind.NOTHING else value.source, value)

    def of(self, text: str, value: Value) -> T:
        """Return what is due from a text, of the value or of a file that it names."""
        if not self.secret and is_key(text):
            # Whatever it is taken for would be shown.
            raise Unfit(tr("expected {due}, got what looks like a key", due=self.due()))
        try:
            return self.plain(text)
        except ValueError:
            # Not chained: it may quote a secret.
            pass
        raise self._unfit(value)

    def plain(self, text: str) -> T:
        """Return what is due from a text; `ValueError` where it is not that."""
        if self.secret:
            visible(text)
        if not re.fullmatch(self.pattern, text):
            raise ValueError
        return self.parse(text)

    def schema(self) -> dict[str, object]:
        """Return its JSON Schema; a variable may stand for whatever it is."""
        kinds = [_JSON[kind] for kind in sorted({*self.kinds, Kind.TEXT})]
        variable = r"\$\{\w+\}"
        if self.words:
            return {"anyOf": [{"enum": list(self.words)}, {"type": "string", "pattern": variable}]}
        text = f"^({self.pattern})$|{variable}" if Kind.TEXT in self.kinds else variable
        return {"type": kinds, "pattern": text, **self.bounds}

    def _unfit(self, value: Value) -> Unfit:
        kind, due = value.kind, self.due()
        if kind in CHANGED and self.quotable:
            example = "" if self.secret else f': "{veiled(value.source)}"'
            return Unfit(
                tr(
                    "expected {due}, got {kind}; write it in quotes{example}",
                    due=due,
                    kind=spoken(kind),
                    example=example,
                )
            )
        if self.secret and kind is Kind.TEXT:
            return Unfit(tr("expected {due}", due=due))
        meant = self.words and kind is Kind.TEXT and meant_instead(value.source, self.words)
        hint = f"; {meant}" if meant else ""
        return Unfit(tr("expected {due}, got {got}", due=due, got=value.got + hint))


def whole(minimum: int, maximum: int = MAX_WHOLE) -> Type[int]:
    """Whole numbers from `minimum` to `maximum`."""

    def parse(text: str) -> int:
        if not minimum <= int(text) <= maximum:
            raise ValueError
        return int(text)

    return Type(
        lambda: tr("a whole number from {minimum} to {maximum}", minimum=minimum, maximum=maximum),
        "-?(0|[1-9][0-9]*)",
        parse,
        JUST_NUMBERS,
        quotable=False,
        bounds={"multipleOf": 1, "minimum": minimum, "maximum": maximum},
    )


def _above_zero(text: str) -> float:
    number = grammar.decimal(text)
    if not number:
        raise ValueError
    return number


FACTOR = Type(
    lambda: tr("a number above 0"),
    ".+",
    _above_zero,
    JUST_NUMBERS,
    quotable=False,
    bounds={"exclusiveMinimum": 0},
)


def _time_zone(name: str) -> str:
    try:
        zone_of(name)
    except (KeyError, ValueError):
        raise ValueError(name) from None
    return name


TIME_ZONE = Type(
    lambda: tr("the IANA name of a time zone, such as Europe/Moscow or Asia/Yekaterinburg"),
    "[A-Za-z0-9_+/-]{1,64}",
    _time_zone,
)
PERCENT = Type(
    lambda: tr("whole per cent from 0% to 100%, such as 60%"),
    "([0-9]|[1-9][0-9]|100)( ?%)?",
    lambda text: int(text.rstrip(" %")),
    JUST_NUMBERS | JUST_TEXT,
    quotable=False,
    bounds={"multipleOf": 1, "minimum": 0, "maximum": 100},
    write=lambda percent: f"{percent}%",
)


def duration(minimum_s: int) -> Type[timedelta]:
    """Durations of at least `minimum_s` seconds."""

    def parse(text: str) -> timedelta:
        span = grammar.duration(text)
        if span is None or not timedelta(seconds=minimum_s) <= span <= timedelta(days=MAX_DAYS):
            raise ValueError
        return span

    def write(span: timedelta) -> str:
        seconds = int(span.total_seconds())
        units = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
        return next(f"{seconds // n}{unit}" for n, unit in units if seconds % n == 0)

    return Type(
        lambda: tr(
            "a duration such as 45s, 30m, 2h or 1d, from {minimum_s}s to {max_days}d",
            minimum_s=minimum_s,
            max_days=MAX_DAYS,
        ),
        "[0-9]+[smhdw]",
        parse,
        quotable=False,
        write=write,
    )


def or_none(word: str, kind: Type[T]) -> Type[T | None]:
    """Return a type that takes a word, or `null`, for None."""
    return Type(
        lambda: tr("{due}, or {word}", due=kind.due(), word=word),
        f"{kind.pattern}|{word}",
        lambda text: None if text == word else kind.parse(text),
        kind.kinds | {Kind.NOTHING if word == NULL else Kind.TEXT},
        kind.quotable,
        bounds=kind.bounds,
        write=lambda value: word if value is None else kind.write(value),
    )


def choice(*words: str) -> Type[str]:
    """One of a few words."""

    def due() -> str:
        few = len(words) < 3
        return tr(" or ").join(words) if few else tr("one of {words}", words=", ".join(words))

    return Type(due, "|".join(map(re.escape, words)), str, quotable=False, words=words)


def _switch(on: str, off: str) -> Type[bool]:
    """Two words, in quotes or without; `true` and `false` mean the same to YAML."""
    return Type(
        lambda: tr(" or ").join((on, off)),
        f"{on}|{off}|true|false",
        lambda text: text in (on, "true"),
        frozenset({Kind.YES_NO, Kind.TEXT}),
        quotable=False,
        write=lambda value: on if value else off,
    )


ON_OFF = _switch("on", "off")
YES_NO = _switch("true", "false")


def matching(due: str, pattern: str) -> Type[str]:
    """Text of a pattern; `due`, marked for translation, says which."""
    return Type(lambda: spoken(due), pattern, str)


TEXT = matching(mark("text"), ".+")
ACCOUNT_NAME = matching(mark("a name of letters, digits, '.', '_' and '-'"), "[A-Za-z0-9._-]+")
# Exactly as written; plain where YAML would not change it.
DIGITS = Type(
    lambda: tr("an id of 1 to {max_digits} digits", max_digits=MAX_DIGITS),
    f"[0-9]{{1,{MAX_DIGITS}}}",
    str,
    JUST_NUMBERS | JUST_TEXT,
    bounds={"multipleOf": 1, "minimum": 0, "maximum": 10**MAX_DIGITS - 1},
)


def is_variable(value: Value) -> bool:
    """Tell whether a value is written as a variable, so that its text is not in the file."""
    return value.kind is Kind.TEXT and any(m[1] for m in _VARIABLE.finditer(value.source))


def _line(text: str) -> str:
    if not text.isprintable():
        raise Unfit(tr("expected one line of text without control characters"))
    if text != text.strip():
        raise Unfit(tr("expected text without blanks at its ends"))
    return text


def visible(text: str) -> str:
    """Return a text; raises `Unfit` for what no header can carry, without showing it."""
    where = next((n for n, c in enumerate(text, 1) if not re.fullmatch(VISIBLE, c)), None)
    if where is not None:
        raise Unfit(
            tr(
                "expected letters, digits and signs of ASCII; character {where} of {count}"
                " is a blank, a line end or another letter",
                where=where,
                count=len(text),
            )
        )
    return text


def _expanded(value: Value) -> str:
    """Return a text with its variables replaced; raises `Unfit` where nothing is left."""
    missing: list[str] = []
    environ = value.document.environ

    def replaced(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name = match[1]
        if not match[0].endswith("}") or not _NAME.fullmatch(name):
            raise Unfit(
                tr("expected a variable written ${NAME}; write $${ for the signs themselves")
            )
        if name not in environ:
            missing.append(name)
        return environ.get(name, "")

    text = _VARIABLE.sub(replaced, value.source)
    if missing:
        names = tr(" and no ").join(dict.fromkeys(map(veiled, missing)))
        raise Unfit(tr("the environment has no variable {names}", names=names))
    if not text:
        because = tr(": {source} is empty", source=value.source) if is_variable(value) else ""
        raise Unfit(tr("expected text, got nothing{because}", because=because))
    return text

"""How a sheet is read, as a form says it: what it asks, and what may be said unasked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cloudstock.config.keys import Key, ListOf, MapOf, keys_of
from cloudstock.config.types import YES_NO
from cloudstock.errors import UsageProblem
from cloudstock.language import tr
from cloudstock.sheets.answers import Answers, told
from cloudstock.sheets.questions import Question
from cloudstock.web import inputs
from cloudstock.web.site import Site

# Of the field for a number in place of a word.
UNITS = "units"


def answers_in(values: Mapping[str, str]) -> Answers:
    """Return what a form says of how a file is read; raises `UsageProblem`.

    Fields are named as those of `Answers` are; where these have a name in turn, after a colon.
    """
    answers = {key.field: _answer(key, values) for key in keys_of(Answers)}
    return Answers(**{field: value for field, value in answers.items() if value})


def _answer(key: Key, values: Mapping[str, str]) -> Any:
    kind, under = key.type, f"{key.field}:"
    named = {
        name.removeprefix(under): inputs.text(values, name)
        for name in values
        if name.startswith(under) and values[name].strip()
    }
    if isinstance(kind, MapOf):
        return {_plain(kind.names, name): _plain(kind.item, of) for name, of in named.items()}
    if isinstance(kind, ListOf):
        return tuple(word for word in kind.item.words if word in named)
    written = inputs.text(values, key.field) or named.get(UNITS, "")
    return _plain(kind, written) if written else None


def _plain(kind: Any, text: str) -> Any:
    try:
        return kind.plain(text)
    except ValueError as error:
        raise UsageProblem(
            tr("expected {due}, got {got}", due=kind.due(), got=repr(text[:40]))
        ) from error


def is_said(name: str) -> bool:
    """Tell whether a field of a form says how a file is read, or when it was counted."""
    return name == "at" or name.partition(":")[0] in {key.field for key in keys_of(Answers)}


class Setting(NamedTuple):
    """One thing that may be said of a file though it does not ask, as a form has it."""

    name: str
    label: str
    about: str
    is_yes: bool
    # One of a few, and what each does; none: it is typed.
    words: Mapping[str, str]
    # Any of a few: the field of each, and what it does.
    listed: Mapping[str, str]
    # What holds where nothing is said; "": it is asked where it matters.
    default: str
    # The field for a number in place of a word; "": there is none.
    units: str

    @property
    def names(self) -> Sequence[str]:
        """Its fields."""
        return tuple(self.listed) or tuple(filter(None, (self.name, self.units)))


def settings_of_files() -> Iterator[Setting]:
    """Yield what may be said of any file."""
    for key in keys_of(Answers):
        if isinstance(key.type, MapOf):
            # Names in it are the file's own: it asks about them.
            continue
        kind: Any = key.type
        what, words, about = told(key.field)
        is_list = isinstance(kind, ListOf)
        yield Setting(
            key.field,
            what[:1].upper() + what[1:],
            about,
            kind is YES_NO,
            {} if is_list else words,
            {f"{key.field}:{word}": label for word, label in words.items()} if is_list else {},
            key.default if words and not is_list and key.default else "",
            f"{key.field}:{UNITS}" if words and not is_list and not kind.words else "",
        )


class _Choice(NamedTuple):
    """One thing that a question leaves open, as a form has it."""

    # Of its field.
    name: str
    # Value -> words.
    options: dict[str, str]
    # The word that stands in place of a number, which is to be typed; "": nothing is typed.
    word: str


class Asked(NamedTuple):
    """A question as a form has it: what it does not ask, another one of them does."""

    text: str
    choices: list[_Choice]
    # Only another file helps.
    closed: bool


def questions_of(questions: Sequence[Question], name: str, site: Site) -> Iterator[Asked]:
    """Yield the questions of a file; what settles several of them is asked once."""
    seen: set[str] = set()
    for question in questions:
        choices: dict[str, _Choice] = {}
        for option in question.options:
            for field, value, word in _fields(option.answers):
                if field not in seen:
                    one = choices.setdefault(field, _Choice(field, {}, word))
                    one.options[value] = option.words
        seen.update(choices)
        # The page is of the file already.
        text = question.text.removeprefix(f"{name}: ")
        yield Asked(site.told(text), list(choices.values()), not question.options)


def _fields(answers: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield the name and value of each field that says the same, and the word that it is of."""
    for field, value in answers.items():
        if isinstance(value, Mapping):
            for name, of in value.items():
                word = name if field == "words" and of.isdigit() else ""
                yield f"{field}:{name}", of, word
        else:
            yield field, "true" if value is True else str(value), ""

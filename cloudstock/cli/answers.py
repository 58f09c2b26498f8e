"""What a user says of a stock file, as options of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import wraps
from shlex import quote
from typing import Annotated, Any, TypeVar

import typer
from typer import Option

from cloudstock.changes.change import QUANTITY_MAX
from cloudstock.cli import options, prompts
from cloudstock.cli.run import Run
from cloudstock.config.keys import Key, ListOf, MapOf, keys_of
from cloudstock.config.types import JUST_NUMBERS, YES_NO, Type
from cloudstock.domain import grammar
from cloudstock.language import mark, tr
from cloudstock.render.text import strip_controls
from cloudstock.sheets.answers import SKIP, Answers, option_of
from cloudstock.sheets.questions import Question, Undecided

Result = TypeVar("Result")

PANEL = mark("How the file is read")
# What stands for the values that are no words of a few.
METAVARS: Mapping[str, str] = {
    "columns": mark("COLUMN=TITLE"),
    "sheet": mark("NAME"),
    "header_row": mark("N"),
    "more_than": mark("N|floor|skip"),
    "words": mark("WORD=N"),
    "warehouses": mark("NAME=NAME"),
    "encoding": mark("NAME"),
    "update": mark("WHAT,..."),
}


def with_answers(act: Callable[..., int]) -> Callable[..., int]:
    """Give a command an option for each field of `Answers`; `act` takes them as `answers`."""
    keys = keys_of(Answers)

    @wraps(act)
    def answered(*positional: Any, **given: Any) -> int:
        fields = {key.field: _value(given.pop(key.field)) for key in keys}
        answers = Answers(**{f: v for f, v in fields.items() if v not in (None, False, {})})
        return act(*positional, **given, answers=answers)

    signature = inspect.signature(act, eval_str=True)
    own = [p for p in signature.parameters.values() if p.name != "answers"]
    answered.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own, *map(_parameter, keys)]
    )
    return answered


def _value(given: Any) -> Any:
    """Return what an option said as `Answers` have it; None, False or nothing: it was not given."""
    if isinstance(given, list):
        return dict(given)
    return str(given) if isinstance(given, StrEnum) else given


def _parameter(key: Key) -> inspect.Parameter:
    """Return the option of a key of `Answers`."""
    default = False if key.type is YES_NO else None
    return inspect.Parameter(
        key.field, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_annotation(key)
    )


def _annotation(key: Key) -> Any:
    name, kind = option_of(key.field), key.type
    if key.field == "warehouse":
        option = options.warehouse_option(name, key.help)
        option.rich_help_panel = PANEL
        return Annotated[str | None, option]
    settings: dict[str, Any] = {"help": key.help, "rich_help_panel": PANEL}
    if kind is YES_NO:
        return Annotated[bool, Option(name, **settings)]
    if isinstance(kind, Type) and kind.words:
        words: Any = _choice(key.field, kind.words)
        return Annotated[words | None, Option(name, **settings)]
    settings["metavar"] = METAVARS[key.field]
    if isinstance(kind, Type) and kind.kinds == JUST_NUMBERS:
        bounds: dict[str, Any] = {"min": kind.bounds["minimum"], "max": kind.bounds["maximum"]}
        return Annotated[int | None, Option(name, **settings, **bounds)]
    settings["parser"] = _parser(kind)
    value: Any = list[Any] if isinstance(kind, MapOf) else Any
    return Annotated[value | None, Option(name, **settings)]


def _choice(name: str, words: Iterable[str]) -> type[StrEnum]:
    """Return an enumeration of a few words, as typer takes them."""
    made: Any = StrEnum
    enumeration: type[StrEnum] = made(name, {word.replace("-", "_"): word for word in words})
    return enumeration


def _parser(kind: Any) -> Callable[[str], Any]:
    """Return what reads a value that is written as one word."""

    def parse(text: str) -> Any:
        if isinstance(kind, MapOf):
            # A title may hold an = sign; the name before it is short.
            name, separator, value = text.partition("=")
            if not separator:
                raise typer.BadParameter(tr("expected NAME=VALUE, got {text!r}", text=text))
            return _plain(kind.names, name), _plain(kind.item, value)
        if isinstance(kind, ListOf):
            return tuple(_plain(kind.item, word) for word in text.split(","))
        return _plain(kind, text)

    return parse


def _plain(kind: Any, text: str) -> Any:
    text = text.strip()
    try:
        return kind.plain(text)
    except ValueError as error:
        due = kind.due()
        raise typer.BadParameter(
            tr("expected {due}, got {got}", due=due, got=repr(text))
        ) from error


# ---------------------------------------------------------------- at a terminal


def asking(run: Run, answers: Answers, act: Callable[[Answers], Result]) -> Result:
    """Do what needs answers, of which a person at the terminal is asked those that are missing.

    Raises `Undecided` where nobody is there, or a question has no answer but another file.
    """
    chosen: list[str] = []
    while True:
        try:
            done = act(answers)
            break
        except Undecided as undecided:
            if not run.at_terminal or not all(q.options for q in undecided.questions):
                raise
            for question in undecided.questions:
                answer, option = _answer(run, question)
                answers = answer.over(answers)
                chosen.append(option)
    if chosen:
        run.tell(tr("Without questions: {options}", options=" ".join(chosen)))
    return done


def _within(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a number that is typed; another answer is asked for again."""

    def read(text: str) -> int:
        number = grammar.whole_number(str(text))
        if number is None or not least <= number <= most:
            raise ValueError(
                tr("expected a number from {least} to {most:,}", least=least, most=most)
            )
        return number

    return read


def _answer(run: Run, question: Question) -> tuple[Answers, str]:
    """Ask a person; return what was answered, and the option that says so."""
    run.problem(run.redacted(question.text), Undecided.kind)
    for number, option in enumerate(question.options, start=1):
        typer.echo(f"  {number}) {strip_controls(option.words)}{option.hint}", err=True)
    number = prompts.value(tr("Which"), _within(1, len(question.options)))
    option = question.options[number - 1]
    fields: dict[str, Any] = dict(option.answers)
    words = fields.get("words")
    if not words or SKIP in words.values():
        return Answers(**fields), option.option
    ((word, usual),) = words.items()
    units = prompts.value(
        tr("How many units is {word}", word=repr(word)),
        _within(0, QUANTITY_MAX),
        default=str(usual),
    )
    pair = quote(f"{word}={units}")
    return Answers(words={word: str(units)}), f"{option_of('words')} {pair}"

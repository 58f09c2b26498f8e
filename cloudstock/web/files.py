"""Files: sheets of stock that are looked at, then counted; sheets, lists and backups handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from cloudstock.changes import backup as copying
from cloudstock.changes.change import telling_secrets
from cloudstock.config.keys import Key, ListOf, MapOf, keys_of
from cloudstock.config.types import YES_NO
from cloudstock.errors import Unconfirmed, Unfinished, UsageProblem
from cloudstock.language import tr
from cloudstock.language.local import local
from cloudstock.lists.declared import List
from cloudstock.lists.reading import rows as rows_of
from cloudstock.render import as_csv
from cloudstock.render import importing as forms
from cloudstock.render import rows as list_forms
from cloudstock.render.sheets import moved
from cloudstock.sheets import moysklad
from cloudstock.sheets.answers import Answers, told
from cloudstock.sheets.counting import Difference, ImportResult
from cloudstock.sheets.exporting import export_stock
from cloudstock.sheets.form import Form
from cloudstock.sheets.importing import Look, import_stock
from cloudstock.sheets.questions import Question, Undecided
from cloudstock.sheets.reading.whole import Copy
from cloudstock.sheets.templates import cabinets, export_template
from cloudstock.web import inputs
from cloudstock.web.access import Note
from cloudstock.web.guard import FILE_BYTES_MAX, FILES
from cloudstock.web.lists import given_in, sort_of
from cloudstock.web.pages import Typed, countable, filled, path
from cloudstock.web.replies import Refused
from cloudstock.web.site import Site, caller_of, site_of
from cloudstock.web.uploads import is_multipart, parts

# Products of a look that a page has; a sheet has all of them.
ROWS_MAX = 200
# Of the field for a number in place of a word.
UNITS = "units"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def files(request: Request, *, problem: str = "", unconfirmed: bool = False) -> Response:
    """Show what may be sent and what is handed out; `problem`: why something was not."""
    site = site_of(request)
    with site.reading() as store:
        own = countable(site, store)
    theirs = (w.warehouse_id for a in site.config.accounts for w in a.warehouses)
    return filled(
        request,
        "files.html",
        422 if problem else 200,
        problem=problem,
        unconfirmed=unconfirmed,
        most=FILE_BYTES_MAX // 1024**2,
        cabinets=[a.name for a in site.config.accounts if a.marketplace in cabinets()],
        program=moysklad.NAME,
        warehouses=[*own, *filter(None, theirs)],
        typed=Typed(request.query_params),
    )


# ---------------------------------------------------------------- a sheet that is counted


def choose(request: Request) -> Response:
    """Keep the file that a form carries, and go on to what is in it."""
    kind, caller = request.headers.get("content-type", ""), caller_of(request)
    if not is_multipart(kind):
        raise Refused(415, "form", tr("expected a form"))
    part = parts(kind, caller.body).get("file")
    if part is None or not part.file_name:
        return files(request, problem=tr("choose a file"))
    digest = site_of(request).uploads.keep(caller.visitor, part.file_name, part.content)
    return RedirectResponse(path("/files/look", file=digest), 303)


@dataclass(slots=True)
class _Seen:
    """What a look at a file found."""

    # None: it cannot be counted as it is.
    result: ImportResult | None = None
    rows: tuple[Difference, ...] = ()
    # Beyond these rows.
    more: int = 0
    # What it leaves open.
    questions: tuple[Question, ...] = ()
    # Why it cannot be read; why it may not be meant.
    problem: str = ""
    doubt: str = ""


def look(request: Request) -> Response:
    """Tell what is in a file and what it would change, and ask what it leaves open."""
    return _look(request, request.query_params)


def _look(request: Request, values: Mapping[str, str], *, status: int = 200) -> Response:
    site = site_of(request)
    copy = _copy(request, values)
    seen = _Seen()

    def keep(differences: Iterator[Difference]) -> None:
        seen.rows = tuple(islice(differences, ROWS_MAX))
        seen.more = sum(1 for _ in differences)

    try:
        seen.result, seen.doubt = _rehearsed(site, copy, values, keep)
    except Undecided as undecided:
        seen.questions = undecided.questions
    except (UsageProblem, Unfinished) as problem:
        seen.problem = str(problem)
    questions, settings = [*_questions(seen.questions, copy.name, site)], [*_settings()]
    kept = {name: value for name, value in values.items() if value and _is_said(name)}
    return filled(
        request,
        "look.html",
        status,
        name=copy.name,
        seen=seen,
        asked=questions,
        asked_names={choice.name for question in questions for choice in question.choices},
        found=_found(site, seen.result),
        made=[] if seen.result is None else _made(site, seen.result),
        also=[site.redact(forms.also_changed(row)) for row in seen.rows],
        settings=settings,
        setting_names={"at", *(name for one in settings for name in one.names)},
        values=Typed(kept),
        file=copy.digest,
        all_of_it=path("/files/look.csv", file=copy.digest, **kept),
        redacted=site.redact,
    )


def _made(site: Site, result: ImportResult) -> list[str]:
    """Tell what a file changes."""
    return [site.redact(line) for line in (forms.imported(result), *moved(result))]


def _found(site: Site, result: ImportResult | None) -> list[str]:
    """Tell what is in a file."""
    if result is None or result.found is None:
        return []
    return [*map(site.redact, forms.found(result.found))]


def _copy(request: Request, values: Mapping[str, str]) -> Copy:
    return site_of(request).uploads.of(caller_of(request).visitor, inputs.text(values, "file"))


def _rehearsed(
    site: Site, copy: Copy, values: Mapping[str, str], look: Look
) -> tuple[ImportResult, str]:
    """Return what a file would change, and why that may not be meant; "" where it may."""
    try:
        return _import(site, copy, values, yes=False, look=look)[0], ""
    except Unconfirmed as doubt:
        return _import(site, copy, values, yes=True, look=look)[0], str(doubt)


def _import(
    site: Site, copy: Copy, values: Mapping[str, str], *, yes: bool, look: Look | None = None
) -> tuple[ImportResult, int | None]:
    """Count a file; with `look` only show what that would change.

    Returns the number of the change, too; None: there is none.
    """
    with site.writing() as store:
        store.made_by = "browser"
        result = import_stock(
            store,
            copy,
            answers=_answers(values),
            now=site.now,
            at=inputs.optional_moment(values, "at"),
            yes=yes,
            dry_run=look is not None,
            configured=site.config.warehouse_names,
            secrets=telling_secrets(site.config),
            look=look,
        )
        return result, store.changes.last


def look_as_csv(request: Request) -> Response:
    """Hand out all that a file would change."""
    site, values = site_of(request), request.query_params
    copy = _copy(request, values)

    def write(file: Path) -> None:
        def look(differences: Iterator[Difference]) -> None:
            rows = as_csv.document(Difference._fields, differences, Form.EXCEL, to_file=True)
            _write(file, rows)

        _rehearsed(site, copy, values, look)

    return _handed_out(f"{Path(copy.name).stem}-changes.csv", CSV, write)


def count(request: Request) -> Response:
    """Count a file that was looked at, once."""
    site, form = site_of(request), inputs.form_of(request)
    visitor = caller_of(request).visitor
    try:
        with site.uploads.taken(visitor, inputs.text(form, "file")) as copy:
            result, number = _import(site, copy, form, yes="yes" in form)
    except (UsageProblem, Unfinished):
        # It is looked at once more, which says what is wrong.
        return _look(request, form, status=422)
    text = "\n".join([site.redact(copy.name), *_made(site, result)])
    site.access.leave_note(visitor, Note(text, number))
    return RedirectResponse(FILES, 303)


# ---------------------------------------------------------------- what is said of a file


def _answers(values: Mapping[str, str]) -> Answers:
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


def _is_said(name: str) -> bool:
    """Tell whether a field of a form says how a file is read, or when it was counted."""
    return name == "at" or name.partition(":")[0] in {key.field for key in keys_of(Answers)}


class _Setting(NamedTuple):
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


def _settings() -> Iterator[_Setting]:
    for key in keys_of(Answers):
        if isinstance(key.type, MapOf):
            # Names in it are the file's own: it asks about them.
            continue
        kind: Any = key.type
        what, words, about = told(key.field)
        is_list = isinstance(kind, ListOf)
        yield _Setting(
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


class _Asked(NamedTuple):
    """A question as a form has it: what it does not ask, another one of them does."""

    text: str
    choices: list[_Choice]
    # Only another file helps.
    closed: bool


def _questions(questions: Sequence[Question], name: str, site: Site) -> Iterator[_Asked]:
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
        yield _Asked(site.redact(text), list(choices.values()), not question.options)


def _fields(answers: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield the name and value of each field that says the same, and the word that it is of."""
    for field, value in answers.items():
        if isinstance(value, Mapping):
            for name, of in value.items():
                word = name if field == "words" and of.isdigit() else ""
                yield f"{field}:{name}", of, word
        else:
            yield field, "true" if value is True else str(value), ""


# ---------------------------------------------------------------- what is handed out


def _handed_out(name: str, kind: str, write: Callable[[Path], object]) -> Response:
    """Hand out a file that `write` makes; it is private, and gone once it was sent."""
    folder = TemporaryDirectory(prefix="cloudstock-")
    file = Path(folder.name) / f"file{Path(name).suffix}"
    try:
        write(file)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        file, media_type=kind, filename=name, background=BackgroundTask(folder.cleanup)
    )


def _write(file: Path, lines: Iterable[str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(lines)


def _dated(name: str, now: datetime) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{local(now):%Y-%m-%d-%H%M}.{ending}"


def stock_sheet(request: Request) -> Response:
    """Hand out all counts, as Excel opens them in the language in use."""
    site, ending = site_of(request), request.path_params["ending"]
    if ending not in ("csv", "xlsx"):
        raise Refused(404, "address", tr("there is no such page"))

    def write(file: Path) -> None:
        with site.reading() as store:
            export_stock(store, file, now=site.now, form=Form.EXCEL)

    kind = CSV if ending == "csv" else XLSX
    return _handed_out(_dated(f"stock.{ending}", site.now), kind, write)


def cabinet_sheet(request: Request) -> Response:
    """Hand out the table that a cabinet takes by hand."""
    site, values = site_of(request), request.query_params
    name = inputs.text(values, "for")
    own = [account for account in site.config.accounts if account.name == name]
    if not own and name != moysklad.NAME:
        raise Refused(404, "address", tr("there is no account of this name"))

    def write(file: Path) -> None:
        with site.reading() as store:
            export_template(
                store,
                file,
                own[0].marketplace if own else name,
                config=site.config,
                among=own,
                warehouse=inputs.text(values, "warehouse") or None,
                now=site.now,
                yes="yes" in values,
            )

    try:
        return _handed_out(_dated(f"{name}.xlsx", site.now), XLSX, write)
    except UsageProblem as problem:
        unconfirmed = isinstance(problem, Unconfirmed)
        return files(request, problem=site.redact(str(problem)), unconfirmed=unconfirmed)


def list_sheet(request: Request, wanted: List[Any]) -> Response:
    """Hand out a whole list, narrowed as its page is, as Excel opens it."""
    site = site_of(request)
    only = request.query_params.get("only", "")
    tab = wanted.tabs.get(only)
    given = {**(tab.given if tab is not None else {}), **given_in(request, wanted)}
    sort = sort_of(request, wanted)

    def write(file: Path) -> None:
        with site.reading() as store:
            rows = rows_of(store.connection, wanted, given, sort=sort)
            _write(file, list_forms.csv(wanted, rows, Form.EXCEL, to_file=True))

    return _handed_out(_dated(f"{wanted.name}.csv", site.now), CSV, write)


def backup(request: Request) -> Response:
    """Hand out a copy of the database, read back and compared."""
    site = site_of(request)
    return _handed_out(
        _dated("cloudstock.db", site.now),
        "application/vnd.sqlite3",
        lambda file: copying.backup(site.config.database, file),
    )

"""A sheet of stock that was sent: it is looked at, and then counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudstock.changes.change import telling_secrets
from cloudstock.errors import Unconfirmed, Unfinished, UsageProblem
from cloudstock.language import tr
from cloudstock.render import as_csv
from cloudstock.render import importing as forms
from cloudstock.render.sheets import moved
from cloudstock.sheets.counting import Difference, ImportResult
from cloudstock.sheets.form import Form
from cloudstock.sheets.importing import Look, import_stock
from cloudstock.sheets.questions import Question, Undecided
from cloudstock.sheets.reading.whole import Copy
from cloudstock.web import inputs
from cloudstock.web.access import Note
from cloudstock.web.answering import answers_in, is_said, questions_of, settings_of_files
from cloudstock.web.files import CSV, files, handed_out, write_lines
from cloudstock.web.guard import FILES
from cloudstock.web.pages import Typed, filled, path
from cloudstock.web.replies import Refused
from cloudstock.web.site import Site, caller_of, site_of
from cloudstock.web.uploads import is_multipart, parts

# Products of a look that a page has; a sheet has all of them.
ROWS_MAX = 200


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
    questions, settings = [*questions_of(seen.questions, copy.name, site)], [*settings_of_files()]
    kept = {name: value for name, value in values.items() if value and is_said(name)}
    return filled(
        request,
        "look.html",
        status,
        name=copy.name,
        seen=seen,
        questions=questions,
        question_names={choice.name for question in questions for choice in question.choices},
        contents=_contents(site, seen.result),
        made=[] if seen.result is None else _made(site, seen.result),
        also=[site.redact(forms.also_changed(row)) for row in seen.rows],
        settings=settings,
        setting_names={"at", *(name for one in settings for name in one.names)},
        values=Typed(kept),
        file=copy.digest,
        all_of_it=path("/files/look.csv", file=copy.digest, **kept),
        told=site.told,
    )


def _made(site: Site, result: ImportResult) -> list[str]:
    """Tell what a file changes."""
    return [site.told(line) for line in (forms.imported(result), *moved(result))]


def _contents(site: Site, result: ImportResult | None) -> list[str]:
    """Tell what is in a file."""
    if result is None or result.found is None:
        return []
    return [*map(site.told, forms.found(result.found))]


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
            answers=answers_in(values),
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
            write_lines(file, rows)

        _rehearsed(site, copy, values, look)

    return handed_out(f"{Path(copy.name).stem}-changes.csv", CSV, write)


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

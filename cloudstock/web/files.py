"""Files: the page of them, and what is handed out: sheets of stock, lists, backups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from cloudstock.changes import backup as copying
from cloudstock.errors import Unconfirmed, UsageProblem
from cloudstock.language import tr
from cloudstock.language.local import local
from cloudstock.lists.declared import List
from cloudstock.lists.reading import rows as rows_of
from cloudstock.render import rows as list_forms
from cloudstock.sheets import moysklad
from cloudstock.sheets.exporting import export_stock
from cloudstock.sheets.form import Form
from cloudstock.sheets.templates import cabinets, export_template
from cloudstock.web import inputs
from cloudstock.web.guard import FILE_BYTES_MAX
from cloudstock.web.lists import given_in, sort_of
from cloudstock.web.pages import Typed, countable, filled
from cloudstock.web.replies import Refused
from cloudstock.web.site import site_of

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


def handed_out(name: str, kind: str, write: Callable[[Path], object]) -> Response:
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


def write_lines(file: Path, lines: Iterable[str]) -> None:
    """Write a file of text."""
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
    return handed_out(_dated(f"stock.{ending}", site.now), kind, write)


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
        return handed_out(_dated(f"{name}.xlsx", site.now), XLSX, write)
    except UsageProblem as problem:
        unconfirmed = isinstance(problem, Unconfirmed)
        return files(request, problem=site.told(problem), unconfirmed=unconfirmed)


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
            write_lines(file, list_forms.csv(wanted, rows, Form.EXCEL, to_file=True))

    return handed_out(_dated(f"{wanted.name}.csv", site.now), CSV, write)


def backup(request: Request) -> Response:
    """Hand out a copy of the database, read back and compared."""
    site = site_of(request)
    return handed_out(
        _dated("cloudstock.db", site.now),
        "application/vnd.sqlite3",
        lambda file: copying.backup(site.config.database, file),
    )

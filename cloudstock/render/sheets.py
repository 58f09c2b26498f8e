"""What a sheet counted or holds, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudstock.language import tr, trn
from cloudstock.render.text import signed, strip_controls

if TYPE_CHECKING:
    from cloudstock.sheets.counting import ImportResult
    from cloudstock.sheets.exporting import ExportResult
    from cloudstock.sheets.templates import TemplateResult


def moved(result: ImportResult) -> list[str]:
    """Tell of each product what moved since it was counted."""
    rows = result.moved_since
    lines = [
        tr(
            "{sku} in {warehouse}: {counted} counted, {moved} since, {left} on hand",
            sku=row.sku,
            warehouse=row.warehouse,
            counted=row.counted,
            moved=signed(row.moved),
            left=row.counted + row.moved,
        )
        for row in rows
    ]
    return [*map(strip_controls, lines)]


def exported(result: ExportResult, file: str) -> str:
    """Tell what a sheet holds."""
    empty = (
        tr(", {uncounted} of them never counted", uncounted=result.uncounted)
        if result.uncounted
        else ""
    )
    return strip_controls(f"{file}: {trn('{n} row', '{n} rows', result.rows)}{empty}")


def filled(result: TemplateResult, file: str) -> list[str]:
    """Tell what a cabinet's table holds, and what it cannot know."""
    lines = [f"{file}: {result.cabinet}, {trn('{n} row', '{n} rows', result.rows)}"]
    if result.emptied:
        lines.append(
            trn(
                "1 listing falls to 0: look at it before you upload the file",
                "{n} listings fall to 0: look at them before you upload the file",
                result.emptied,
            )
        )
    if result.left_out:
        lines.append(
            trn(
                "1 is left out and stays as it is: it may not be raised now, lacks a barcode, or is"
                " below zero; see `cloudstock explain SKU`",
                "{n} are left out and stay as they are: they may not be raised now, lack a barcode,"
                " or are below zero; see `cloudstock explain SKU`",
                result.left_out,
            )
        )
    if result.unread:
        lines.append(
            tr(
                "the orders of {accounts} were not read lately: what was sold since is not taken"
                " off these numbers; take it off by hand before you upload the file",
                accounts=", ".join(result.unread),
            )
        )
    return [*map(strip_controls, lines)]
